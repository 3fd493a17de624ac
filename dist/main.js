import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  main
} from "./shared/chunk-3IZL6LIE.js";
import "./shared/chunk-UGD6SGXU.js";

// src/main.ts
leave(await main());
