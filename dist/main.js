import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  main
} from "./shared/chunk-NS73TSIH.js";
import "./shared/chunk-IND5JO7H.js";

// src/main.ts
leave(await main());
