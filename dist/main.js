import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  main
} from "./shared/chunk-56WUNIWD.js";
import "./shared/chunk-OPFB3QXO.js";

// src/main.ts
leave(await main());
