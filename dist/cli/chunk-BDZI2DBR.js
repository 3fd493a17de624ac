import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  deathKey,
  describeIdentity,
  isSameJob,
  isSameRun
} from "./chunk-A2VMGYTI.js";
import {
  LockError
} from "./chunk-VU7GLJQV.js";

// src/lock/record.ts
var FORMAT = 1;
var MAX_MESSAGE_LENGTH = 65536;
function encodeRecord(subject, fields) {
  return `${oneLine(subject)}

${JSON.stringify({ reflock: FORMAT, ...fields }, null, 1)}
`;
}
function decodeRecord(message) {
  if (message.length > MAX_MESSAGE_LENGTH) return { kind: "foreign", why: "is too long for a lock record" };
  const start = message.indexOf("\n\n");
  const parsed = start < 0 ? void 0 : parseJson(message.slice(start));
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return { kind: "foreign", why: "is not a lock record" };
  }
  const fields = parsed;
  const version = fields.reflock;
  if (typeof version !== "number") return { kind: "foreign", why: "is not a lock record" };
  if (version !== FORMAT) {
    return {
      kind: "foreign",
      why: `was written by reflock ${version}, use reflock ${version} or later for this lock`
    };
  }
  return { kind: "ours", fields };
}
function parseJson(text2) {
  try {
    return JSON.parse(text2);
  } catch {
    return void 0;
  }
}
function foreignCommit(commit, ref, why) {
  return new LockError(
    "foreign",
    `${ref} points at commit ${commit.oid}, which ${why}. reflock leaves it alone. If nobody needs it, remove it with \`clear\`, \`force\`, a reason and \`expect: ${commit.oid}\`.`
  );
}
function clip(text2) {
  return text2.length > 300 ? `${text2.slice(0, 300)}\u2026` : text2;
}
function oneLine(text2) {
  return text2.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ").slice(0, 200);
}
var DamagedRecord = class extends Error {
};
function text(fields, field) {
  const value = fields[field];
  if (typeof value !== "string") throw new DamagedRecord(`has no text in "${field}"`);
  return value;
}
function textOrNull(fields, field) {
  return fields[field] === void 0 || fields[field] === null ? null : text(fields, field);
}
function count(fields, field) {
  const value = fields[field];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new DamagedRecord(`has no whole number in "${field}"`);
  }
  return value;
}
function countOrNull(fields, field) {
  return fields[field] === void 0 || fields[field] === null ? null : count(fields, field);
}
function oneOf(fields, field, choices) {
  const found = choices.find((choice) => choice === fields[field]);
  if (found === void 0) throw new DamagedRecord(`has none of ${choices.join(", ")} in "${field}"`);
  return found;
}
function identity(fields) {
  const run = fieldsOrNull(fields, "run");
  const process2 = fieldsOrNull(fields, "process");
  return {
    run: run === null ? null : parseRun(run),
    process: process2 === null ? null : parseProcess(process2)
  };
}
function fieldsOrNull(fields, field) {
  const value = fields[field];
  if (value === void 0 || value === null) return null;
  if (typeof value !== "object" || Array.isArray(value))
    throw new DamagedRecord(`has no object in "${field}"`);
  return value;
}
function parseRun(fields) {
  return {
    ...fields,
    repository: text(fields, "repository"),
    id: count(fields, "id"),
    attempt: count(fields, "attempt"),
    job: text(fields, "job"),
    jobId: countOrNull(fields, "jobId"),
    runner: text(fields, "runner"),
    workflow: text(fields, "workflow"),
    event: text(fields, "event"),
    actor: text(fields, "actor"),
    url: text(fields, "url")
  };
}
function parseProcess(fields) {
  return {
    ...fields,
    user: text(fields, "user"),
    host: text(fields, "host"),
    bootId: textOrNull(fields, "bootId"),
    pidNamespace: textOrNull(fields, "pidNamespace"),
    pid: countOrNull(fields, "pid"),
    startedAt: textOrNull(fields, "startedAt")
  };
}

// src/lock/claim.ts
function encodeClaim(claim) {
  const { who, fields, sequence, acquiredAt, acquiredClock, ...plain2 } = claim;
  const renewal = sequence === null ? {} : { sequence, acquiredAt, acquiredClock };
  const subject = `${claim.lock} ${sequence === null ? "held" : "still held"} by ${describeIdentity(who)}`;
  return encodeRecord(subject, {
    ...fields,
    kind: "claim",
    ...plain2,
    run: who.run,
    process: who.process,
    ...renewal
  });
}
function parseClaim(fields) {
  const clock = oneOf(fields, "clock", ["server", "local"]);
  return {
    nonce: text(fields, "nonce"),
    lock: text(fields, "lock"),
    slot: count(fields, "slot"),
    slots: count(fields, "slots"),
    scope: oneOf(fields, "scope", ["job", "run"]),
    clock,
    requestedAt: text(fields, "requestedAt"),
    maxHoldSeconds: countOrNull(fields, "maxHoldSeconds"),
    leaseSeconds: countOrNull(fields, "leaseSeconds"),
    freeze: fields.freeze === true,
    reason: textOrNull(fields, "reason"),
    who: identity(fields),
    sequence: countOrNull(fields, "sequence"),
    acquiredAt: textOrNull(fields, "acquiredAt"),
    acquiredClock: fields.acquiredClock === void 0 ? clock : oneOf(fields, "acquiredClock", ["server", "local"]),
    fields
  };
}
function isOurs(claim, mine) {
  if (claim.freeze) return false;
  if (mine.nonces.has(claim.nonce)) return true;
  const [theirs, ours] = [claim.who.run, mine.identity.run];
  if (theirs === null || ours === null) return false;
  return claim.scope === "run" ? isSameRun(theirs, ours) : isSameJob(theirs, ours);
}

// src/lock/entry.ts
function encodeEntry(entry) {
  const held = entry.heldSeconds === null ? "" : ` after ${entry.heldSeconds}s`;
  const subject = `${entry.lock} ${entry.outcome} by ${describeIdentity(entry.by)}${held}`;
  return encodeRecord(subject, { kind: "entry", ...entry });
}
function parseEntry(fields) {
  return {
    ends: text(fields, "ends"),
    lock: text(fields, "lock"),
    slot: count(fields, "slot"),
    slots: count(fields, "slots"),
    sequence: count(fields, "sequence"),
    outcome: oneOf(fields, "outcome", ["released", "taken-over", "cleared", "expired"]),
    clock: fields.clock === "local" ? "local" : "server",
    by: identity(fieldsOrNull(fields, "by") ?? {}),
    reason: textOrNull(fields, "reason"),
    waitedSeconds: countOrNull(fields, "waitedSeconds"),
    heldSeconds: countOrNull(fields, "heldSeconds")
  };
}
function readRecord(commit) {
  const decoded = decodeRecord(commit.message);
  if (decoded.kind === "foreign") return decoded;
  try {
    const kind = oneOf(decoded.fields, "kind", ["claim", "entry"]);
    if (kind === "claim") return { kind, claim: parseClaim(decoded.fields) };
    return { kind, entry: parseEntry(decoded.fields) };
  } catch (error) {
    if (error instanceof DamagedRecord) return { kind: "foreign", why: error.message };
    throw error;
  }
}

// src/lock/sightings.ts
var MOST_KEYS = 1e4;
function rememberSightings(monotonicMs) {
  const first = /* @__PURE__ */ new Map();
  return {
    see(keys) {
      const now = monotonicMs();
      if (first.size > MOST_KEYS) first.clear();
      for (const key of keys) if (!first.has(key)) first.set(key, now);
      return new Map(keys.map((key) => [key, now - (first.get(key) ?? now)]));
    }
  };
}
function keysOf(refs, { commits, verdicts }) {
  const tips = [...refs.logs.values()];
  const nonces = tips.flatMap((oid) => {
    const commit = commits.get(oid);
    const record = commit === void 0 ? null : readRecord(commit);
    return record?.kind === "claim" ? [record.claim.nonce] : [];
  });
  const waiting = refs.queue.flatMap((ticket) => [ticket.oid, ticketKey(ticket)]);
  const dead = [...tips, ...refs.queue.map(({ oid }) => oid)].filter(
    (oid) => verdicts.get(oid)?.state === "dead"
  );
  return [...tips, ...nonces, ...waiting, ...dead.map(deathKey)];
}
function ticketKey({ ref }) {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

// src/machine/process-identity.ts
import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";
function thisProcess() {
  return {
    user: userOf(process.env),
    host: hostname(),
    bootId: bootId(),
    pidNamespace: namespace("pid"),
    pid: process.pid,
    startedAt: startOf(process.pid)
  };
}
function userOf(env) {
  const user = effectiveUser();
  const caller = plain(env.SUDO_USER ?? "");
  return caller === "" || caller === user ? user : `${caller} as ${user}`;
}
function effectiveUser() {
  try {
    return plain(userInfo().username);
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
function plain(name) {
  return name.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, "").slice(0, 64);
}
function bootId() {
  if (process.platform === "linux") return line(readText("/proc/sys/kernel/random/boot_id"));
  if (process.platform === "darwin") return line(output("sysctl", ["-n", "kern.bootsessionuuid"]));
  return null;
}
function namespace(kind) {
  try {
    return readlinkSync(`/proc/self/ns/${kind}`);
  } catch {
    return null;
  }
}
function startOf(pid) {
  if (process.platform === "linux") return statOf(pid)?.startedAt ?? null;
  if (process.platform === "darwin") return line(output("ps", ["-o", "lstart=", "-p", String(pid)]));
  return null;
}
function statOf(pid) {
  const text2 = readText(`/proc/${pid}/stat`);
  const fields = text2?.slice(text2.lastIndexOf(")") + 2).split(" ");
  const [state, group, foreground, startedAt] = [fields?.[0], fields?.[2], fields?.[5], fields?.[19]];
  if (state === void 0 || startedAt === void 0) return null;
  return { state, group: Number(group), foregroundGroup: Number(foreground), startedAt };
}
function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
function output(file, args) {
  const env = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" };
  const { status, stdout } = spawnSync(file, args, { env, encoding: "utf8", timeout: 5e3 });
  return status === 0 ? stdout : null;
}
function line(text2) {
  const trimmed = text2?.trim() ?? "";
  return trimmed === "" ? null : trimmed;
}

export {
  encodeRecord,
  decodeRecord,
  foreignCommit,
  clip,
  DamagedRecord,
  text,
  textOrNull,
  count,
  countOrNull,
  oneOf,
  identity,
  encodeClaim,
  isOurs,
  encodeEntry,
  readRecord,
  rememberSightings,
  keysOf,
  ticketKey,
  thisProcess,
  bootId,
  namespace,
  startOf,
  statOf
};
