import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  main
} from "./shared/chunk-O2EPSUA5.js";
import "./shared/chunk-4G3BNXHT.js";

// src/main.ts
leave(await main());
