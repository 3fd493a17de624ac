import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  post
} from "./shared/chunk-56WUNIWD.js";
import "./shared/chunk-OPFB3QXO.js";

// src/post.ts
leave(await post());
