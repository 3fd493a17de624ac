import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  post
} from "./shared/chunk-TDAXNLFS.js";
import "./shared/chunk-RJ72C2JV.js";

// src/post.ts
leave(await post());
