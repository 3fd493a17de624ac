import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  main
} from "./shared/chunk-TDAXNLFS.js";
import "./shared/chunk-RJ72C2JV.js";

// src/main.ts
leave(await main());
