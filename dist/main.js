import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  main
} from "./shared/chunk-JZQX3QRJ.js";
import "./shared/chunk-7D2PEUZB.js";

// src/main.ts
leave(await main());
