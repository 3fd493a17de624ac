import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  post
} from "./shared/chunk-W5RGCVM2.js";
import "./shared/chunk-4G3BNXHT.js";

// src/post.ts
leave(await post());
