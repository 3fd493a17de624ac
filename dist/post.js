import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  post
} from "./shared/chunk-NUIWKDHY.js";
import "./shared/chunk-KF7V2YGH.js";

// src/post.ts
leave(await post());
