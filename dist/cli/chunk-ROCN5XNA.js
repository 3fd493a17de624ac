import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  shellWord,
  visible
} from "./chunk-MFK3LMS6.js";
import {
  LockError
} from "./chunk-VU7GLJQV.js";

// src/cli/advice.ts
async function adviceFor({ kind, status }, place) {
  if (kind !== "not-acquired" || status === void 0) return [];
  const lines = [];
  for (const { claim, freeze } of status.holders) {
    if (claim === "") continue;
    const command = await commandToClear(place, { name: status.name, claim, freeze });
    const to = freeze ? "to end the freeze" : "to end that hold, if nobody works under it any more";
    lines.push(`${to}: ${command}`);
  }
  return lines;
}
async function commandToClear({ remote, namespace }, hold) {
  const words = ["reflock", "clear", "--expect", hold.claim];
  if (!hold.freeze) words.push("--force", "--reason", "WHY");
  if (remote !== void 0) words.push("--remote", (await import("./wire-FPFA6ZUF.js")).showRemote(remote));
  if (namespace !== void 0) words.push("--namespace", namespace);
  if (hold.name.startsWith("-")) words.push("--");
  return visible([...words, hold.name].map(shellWord).join(" "));
}

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
import { readFileSync } from "node:fs";
function version() {
  if (true) return "0.1.0";
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return JSON.parse(manifest).version;
}

export {
  adviceFor,
  commandToClear,
  STATUS_BY_KIND,
  STATUSES,
  statusOfSignal,
  BROKEN_PIPE_STATUS,
  exitStatusOf,
  version
};
