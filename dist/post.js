import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  post
} from "./shared/chunk-XDQ3H74M.js";
import "./shared/chunk-AZC5JBK5.js";

// src/post.ts
leave(await post());
