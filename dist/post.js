import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  post
} from "./shared/chunk-F6O4N6IO.js";

// src/post.ts
leave(await post());
