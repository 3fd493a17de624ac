import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  readFileSync
} from "./chunk-MQRMJMN2.js";
import {
  LockError,
  __require
} from "./chunk-VU7GLJQV.js";

// src/cli/exit-status.ts
var STATUS_BY_KIND = {
  usage: 64,
  foreign: 65,
  unreachable: 69,
  throttled: 69,
  bug: 70,
  "not-acquired": 75,
  lost: 76,
  "not-held": 76,
  denied: 77,
  refused: 77
};
var STATUSES = [
  [0, "done; also where there was nothing to do"],
  [1, "lint found something"],
  [64, "usage: an option, a name or a duration that can't be; no repository and no --remote"],
  [65, "a ref of the lock is not reflock's"],
  [69, "the repository is out of reach, or the result could not be written"],
  [70, "a bug in reflock"],
  [75, "not acquired in time (-E sets another), or not cleared because it may be alive"],
  [76, "the lock is not, or no longer, held: it was lost"],
  [
    77,
    "permission denied, refused by the server's own rules, or not released because somebody works under it"
  ]
];
function statusOfSignal(number) {
  return 128 + number;
}
var BROKEN_PIPE_STATUS = statusOfSignal(13);
function exitStatusOf(error, { conflict, signal }) {
  if (!(error instanceof LockError)) return STATUS_BY_KIND.bug;
  if (error.kind === "cancelled") return statusOfSignal(signal ?? 2);
  return error.kind === "not-acquired" ? conflict : STATUS_BY_KIND[error.kind];
}

// src/cli/version.ts
function version() {
  if (true) return "0.1.0";
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return JSON.parse(manifest).version;
}

// builtin:events
var builtin = () => __require("node:events");
var EventEmitter = /* @__PURE__ */ (() => builtin().EventEmitter)();
var once = /* @__PURE__ */ (() => builtin().once)();

// builtin:child_process
var builtin2 = () => __require("node:child_process");
var child_process_default = /* @__PURE__ */ builtin2();
var spawn = /* @__PURE__ */ (() => builtin2().spawn)();
var spawnSync = /* @__PURE__ */ (() => builtin2().spawnSync)();

export {
  EventEmitter,
  once,
  child_process_default,
  spawn,
  spawnSync,
  STATUS_BY_KIND,
  STATUSES,
  statusOfSignal,
  BROKEN_PIPE_STATUS,
  exitStatusOf,
  version
};
