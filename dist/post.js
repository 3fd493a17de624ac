import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  post
} from "./shared/chunk-L63H3NRZ.js";
import "./shared/chunk-5K2RBNO5.js";

// src/post.ts
leave(await post());
