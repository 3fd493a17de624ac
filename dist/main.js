import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  main
} from "./shared/chunk-F6O4N6IO.js";

// src/main.ts
leave(await main());
