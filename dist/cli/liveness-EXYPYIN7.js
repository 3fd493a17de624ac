import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  openLiveness
} from "./chunk-UHONYSSY.js";
import "./chunk-6BM6MBGU.js";
import "./chunk-A2VMGYTI.js";
import "./chunk-VU7GLJQV.js";
export {
  openLiveness
};
