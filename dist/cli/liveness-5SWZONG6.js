import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  openLiveness
} from "./chunk-2Y2U2WGX.js";
import "./chunk-6BM6MBGU.js";
import "./chunk-SD7HLQZ7.js";
import "./chunk-VU7GLJQV.js";
export {
  openLiveness
};
