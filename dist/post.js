import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  leave,
  post
} from "./shared/chunk-W5NH4RHY.js";
import "./shared/chunk-CYSCPVMA.js";

// src/post.ts
leave(await post());
