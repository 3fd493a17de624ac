import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  main
} from "./shared/chunk-I6RZU23J.js";
import "./shared/chunk-CYSCPVMA.js";

// src/main.ts
leave(await main());
