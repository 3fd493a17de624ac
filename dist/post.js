import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  post
} from "./shared/chunk-3IZL6LIE.js";
import "./shared/chunk-UGD6SGXU.js";

// src/post.ts
leave(await post());
