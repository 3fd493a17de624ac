import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  connect
} from "./chunk-IHW6NWQY.js";
import "./chunk-6BM6MBGU.js";
import "./chunk-VU7GLJQV.js";
export {
  connect
};
