import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  post
} from "./shared/chunk-NS73TSIH.js";
import "./shared/chunk-IND5JO7H.js";

// src/post.ts
leave(await post());
