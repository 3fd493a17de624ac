import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  main
} from "./shared/chunk-NUIWKDHY.js";
import "./shared/chunk-KF7V2YGH.js";

// src/main.ts
leave(await main());
