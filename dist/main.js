import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  main
} from "./shared/chunk-L63H3NRZ.js";
import "./shared/chunk-5K2RBNO5.js";

// src/main.ts
leave(await main());
