import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  main
} from "./shared/chunk-XDQ3H74M.js";
import "./shared/chunk-AZC5JBK5.js";

// src/main.ts
leave(await main());
