import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  STATUS_BY_KIND,
  exitStatusOf,
  once,
  spawn,
  spawnSync,
  statusOfSignal,
  version
} from "./chunk-OQW4AZSB.js";
import {
  DEAD_AFTER_MS,
  ageMs,
  deathKey,
  deathOf,
  describeIdentity,
  handedNothing,
  isSameJob,
  isSameRun,
  leftMs
} from "./chunk-A2VMGYTI.js";
import {
  accessSync,
  basename,
  clearingOf,
  constants,
  delimiter,
  dirname,
  existsSync,
  formatDuration,
  fstatSync,
  holderRef,
  isAbsolute,
  isLogRef,
  join,
  json,
  leaseSecondsOf,
  limitOf,
  listedLocks,
  logRef,
  lstatSync,
  lutimesSync,
  maxHoldSecondsOf,
  mkdirSync,
  mkdtempSync,
  namespaceOf,
  parseName,
  parseNames,
  parseNamesAndClaims,
  parseNamesOrAll,
  readFile,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  reasonOf,
  renameSync,
  resolve,
  rmSync,
  shellWord,
  shownName,
  slotsOf,
  statSync,
  symlinkSync,
  unlinkSync,
  usage,
  visible,
  waitMsOf,
  writeFileSync
} from "./chunk-MQRMJMN2.js";
import {
  LockError,
  __callDispose,
  __require,
  __using,
  isLockError
} from "./chunk-VU7GLJQV.js";

// src/lock/insist.ts
var FIRST_PAUSE_MS = 500;
var LONGEST_PAUSE_MS = 15e3;
async function insist(ports, patience, request) {
  for (let tries = 0; ; tries++) {
    throwIfCancelled(patience.signal);
    try {
      return await orCancelled(request(), patience.signal);
    } catch (error) {
      if (!isLockError(error, "unreachable", "throttled")) throw error;
      const pauseMs = error.retryAfterMs ?? backoffMs(tries, ports.random());
      const untilMs = error.kind === "unreachable" ? patience.silenceUntilMs : void 0;
      if (ports.clock.monotonicMs() + pauseMs > (untilMs ?? patience.untilMs)) throw error;
      ports.tell({ kind: "trouble", error, pauseMs });
      await ports.clock.sleep(pauseMs, patience.signal);
    }
  }
}
function backoffMs(tries, random) {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + random / 2);
}
async function backOff(ports, tries, patience, what) {
  const pauseMs = backoffMs(tries, ports.random());
  const error = new LockError("unreachable", what);
  if (ports.clock.monotonicMs() + pauseMs > patience.untilMs) throw error;
  ports.tell({ kind: "trouble", error, pauseMs });
  await ports.clock.sleep(pauseMs, patience.signal);
}
function throwIfCancelled(signal) {
  if (signal?.aborted) throw new LockError("cancelled", "Cancelled.");
}
async function orCancelled(request, signal) {
  if (signal === void 0) return request;
  let abandon = () => {
  };
  const cancelled2 = new Promise((_, reject) => {
    abandon = () => reject(new LockError("cancelled", "Cancelled."));
    signal.addEventListener("abort", abandon, { once: true });
  });
  try {
    return await Promise.race([request, cancelled2]);
  } finally {
    signal.removeEventListener("abort", abandon);
    request.catch(() => {
    });
  }
}

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
  const start3 = message.indexOf("\n\n");
  const parsed2 = start3 < 0 ? void 0 : parseJson(message.slice(start3));
  if (typeof parsed2 !== "object" || parsed2 === null || Array.isArray(parsed2)) {
    return { kind: "foreign", why: "is not a lock record" };
  }
  const fields = parsed2;
  const version2 = fields.reflock;
  if (typeof version2 !== "number") return { kind: "foreign", why: "is not a lock record" };
  if (version2 !== FORMAT) {
    return {
      kind: "foreign",
      why: `was written by reflock ${version2}, use reflock ${version2} or later for this lock`
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
  const { who, fields, sequence, acquiredAt, acquiredClock, ...plain3 } = claim;
  const renewal = sequence === null ? {} : { sequence, acquiredAt, acquiredClock };
  const subject = `${claim.lock} ${sequence === null ? "held" : "still held"} by ${describeIdentity(who)}`;
  return encodeRecord(subject, {
    ...fields,
    kind: "claim",
    ...plain3,
    run: who.run,
    process: who.process,
    ...renewal
  });
}
function parseClaim(fields) {
  const clock2 = oneOf(fields, "clock", ["server", "local"]);
  return {
    nonce: text(fields, "nonce"),
    lock: text(fields, "lock"),
    slot: count(fields, "slot"),
    slots: count(fields, "slots"),
    scope: oneOf(fields, "scope", ["job", "run"]),
    clock: clock2,
    requestedAt: text(fields, "requestedAt"),
    maxHoldSeconds: countOrNull(fields, "maxHoldSeconds"),
    leaseSeconds: countOrNull(fields, "leaseSeconds"),
    freeze: fields.freeze === true,
    reason: textOrNull(fields, "reason"),
    who: identity(fields),
    sequence: countOrNull(fields, "sequence"),
    acquiredAt: textOrNull(fields, "acquiredAt"),
    acquiredClock: fields.acquiredClock === void 0 ? clock2 : oneOf(fields, "acquiredClock", ["server", "local"]),
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
var records = /* @__PURE__ */ new WeakMap();
function readRecord(commit) {
  const known = records.get(commit);
  if (known !== void 0) return known;
  const record = decode(commit);
  records.set(commit, record);
  return record;
}
function decode(commit) {
  const decoded2 = decodeRecord(commit.message);
  if (decoded2.kind === "foreign") return decoded2;
  try {
    const kind = oneOf(decoded2.fields, "kind", ["claim", "entry"]);
    if (kind === "claim") return { kind, claim: parseClaim(decoded2.fields) };
    return { kind, entry: parseEntry(decoded2.fields) };
  } catch (error) {
    if (error instanceof DamagedRecord) return { kind: "foreign", why: error.message };
    throw error;
  }
}
function describeEnding(entry) {
  const url = entry.by.run === null ? "" : ` (${entry.by.run.url})`;
  const why = entry.reason === null ? "" : `: ${clip(entry.reason)}`;
  return `${entry.outcome} by ${describeIdentity(entry.by)}${url}${why}`;
}

// src/lock/ticket.ts
var FREEZE_NUMBER = 0;
var MAX_NUMBER = 99999999;
function encodeTicket({ who, ...plain3 }) {
  const subject = `${plain3.lock} awaited by ${describeIdentity(who)}`;
  return encodeRecord(subject, { kind: "ticket", ...plain3, run: who.run, process: who.process });
}
function readTicket(commit) {
  const decoded2 = decodeRecord(commit.message);
  if (decoded2.kind === "foreign" || decoded2.fields.kind !== "ticket") return null;
  const { fields } = decoded2;
  try {
    return {
      nonce: text(fields, "nonce"),
      lock: text(fields, "lock"),
      slots: count(fields, "slots"),
      scope: oneOf(fields, "scope", ["job", "run"]),
      clock: oneOf(fields, "clock", ["server", "local"]),
      requestedAt: text(fields, "requestedAt"),
      leaseSeconds: countOrNull(fields, "leaseSeconds"),
      reason: textOrNull(fields, "reason"),
      who: identity(fields)
    };
  } catch (error) {
    if (error instanceof DamagedRecord) return null;
    throw error;
  }
}
function ticketFor(lock, number, commit) {
  const writtenAtMs = Date.parse(commit.date);
  const digits = String(number).padStart(8, "0");
  const seconds = String(Math.floor(writtenAtMs / 1e3)).padStart(12, "0");
  return {
    ref: `${lock.prefix}queue/${digits}-${seconds}-${commit.oid}`,
    oid: commit.oid,
    number,
    writtenAtMs
  };
}
function parseTicket(lock, ref) {
  if (!ref.name.startsWith(`${lock.prefix}queue/`)) return null;
  const match = /^(\d{8})-(\d{12})-[0-9a-f]{40,64}$/.exec(ref.name.slice(`${lock.prefix}queue/`.length));
  if (match === null) return null;
  return { ref: ref.name, oid: ref.oid, number: Number(match[1]), writtenAtMs: Number(match[2]) * 1e3 };
}
function byPlace(a, b) {
  return a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0;
}
function nextNumber(queue) {
  return Math.min(MAX_NUMBER, 1 + Math.max(0, ...queue.map(({ number }) => number)));
}

// src/lock/snapshot.ts
function parseRefs(lock, { refs, readAtMs }) {
  const logs = /* @__PURE__ */ new Map();
  const holders = /* @__PURE__ */ new Map();
  const odd = /* @__PURE__ */ new Set();
  for (const { name, oid, isCommit = true } of refs) {
    if (!isCommit) odd.add(oid);
    const match = name.startsWith(lock.prefix) ? /^(log|holder)\/([1-9]\d{0,8})$/.exec(name.slice(lock.prefix.length)) : null;
    if (match !== null) (match[1] === "log" ? logs : holders).set(Number(match[2]), oid);
  }
  const queue = refs.flatMap((ref) => odd.has(ref.oid) ? [] : parseTicket(lock, ref) ?? []).sort(byPlace);
  return { logs, holders, odd, queue, readAtMs, isFresh: true };
}
function commitTips({ logs, odd }) {
  return [...logs.values()].filter((oid) => !odd.has(oid));
}
var NOTHING_READ = {
  logs: /* @__PURE__ */ new Map(),
  holders: /* @__PURE__ */ new Map(),
  odd: /* @__PURE__ */ new Set(),
  queue: [],
  readAtMs: null,
  isFresh: false
};
function withTip(refs, slot, tip) {
  const logs = new Map(refs.logs);
  const holders = new Map(refs.holders);
  if (tip === null) logs.delete(slot);
  else logs.set(slot, tip);
  holders.delete(slot);
  return { ...refs, logs, holders, isFresh: false };
}
function withLogs(refs, logs, known) {
  const holders = new Map(refs.holders);
  for (const [slot, oid] of refs.logs) {
    const now = logs.get(slot);
    if (now === oid) continue;
    if (now === void 0 || !isRenewed(known.get(oid))) holders.delete(slot);
  }
  return { ...refs, logs, holders, isFresh: false };
}
function isRenewed(commit) {
  const record = commit === void 0 ? null : readRecord(commit);
  return record?.kind === "claim" && (record.claim.leaseSeconds !== null || record.claim.sequence !== null);
}
function withTicket(refs, ticket) {
  const others = refs.queue.filter(({ ref }) => ref !== ticket.ref);
  return { ...refs, queue: [...others, ticket].sort(byPlace) };
}
function tipOf(lock, slot, refs, known) {
  const oid = refs.logs.get(slot);
  if (oid === void 0) return { kind: "absent" };
  if (refs.odd.has(oid)) {
    return { kind: "foreign", oid, why: "is no commit", commit: { oid, parents: [], message: "", date: "" } };
  }
  const commit = known.get(oid);
  if (commit === void 0) return { kind: "unread", oid };
  const record = readRecord(commit);
  if (record.kind === "foreign") return { kind: "foreign", oid, why: record.why, commit };
  const body = record.kind === "claim" ? record.claim : record.entry;
  if (!isOf(body, lock, slot))
    return { kind: "foreign", oid, why: `belongs to slot ${body.slot} of another lock`, commit };
  if (record.kind === "entry") return { kind: "entry", oid, entry: record.entry, commit };
  return { kind: "claim", oid, claim: record.claim, commit };
}
function isOf(body, lock, slot) {
  try {
    return body.slot === slot && (body.lock === lock.text || parseName(body.lock).encoded === lock.encoded);
  } catch {
    return false;
  }
}
function slotsOf2(refs, slots) {
  const all = /* @__PURE__ */ new Set([...refs.logs.keys(), ...Array.from({ length: slots }, (_, index) => index + 1)]);
  return [...all].sort((a, b) => a - b);
}
function sequenceOf(claim, commit, known) {
  if (claim.sequence !== null) return { kind: "known", value: claim.sequence };
  const parent = commit.parents[0];
  if (parent === void 0) return { kind: "known", value: 1 };
  const before = known.get(parent);
  if (before === void 0) return { kind: "need", oid: parent };
  const record = readRecord(before);
  if (record.kind === "entry") return { kind: "known", value: record.entry.sequence + 1 };
  return { kind: "foreign", why: "follows a commit which is no entry" };
}
function isCompleteFreeze(lock, { claim, commit }, refs, known) {
  if (!claim.freeze) return false;
  const last = tipOf(lock, claim.slots, refs, known);
  if (claim.slot === claim.slots || last.kind === "unread") return true;
  if (last.kind === "claim" && last.claim.nonce === claim.nonce) return true;
  return claim.sequence !== null && !isPast(claim, commit, last, known);
}
function isPast(claim, { date }, last, known) {
  if (last.kind !== "claim" && last.kind !== "entry") return false;
  for (let commit = known.get(last.oid); commit !== void 0; commit = known.get(commit.parents[0] ?? "")) {
    const record = readRecord(commit);
    if (record.kind === "entry" && record.entry.ends === claim.nonce) return true;
  }
  const { clock: clock2 } = last.kind === "claim" ? last.claim : last.entry;
  const isDated = clock2 === "server" && claim.clock === "server";
  return isDated && Date.parse(last.commit.date) - Date.parse(date) > DEAD_AFTER_MS;
}

// src/lock/judge.ts
var UNREADABLE = { state: "unknown", why: "its record cannot be read", sinceMs: null };
var FROZEN = {
  state: "alive",
  why: "it is a freeze, which stays until it is cleared",
  sinceMs: null
};
async function judgeWriter(liveness, kind, commit, isThorough, now) {
  if (kind === "claim") {
    const record = readRecord(commit);
    if (record.kind !== "claim") return UNREADABLE;
    return await ask(liveness, record.claim.freeze ? "ticket" : kind, record.claim, commit, isThorough);
  }
  const ticket = readTicket(commit);
  if (ticket === null) return UNREADABLE;
  const verdict2 = await ask(liveness, kind, ticket, commit, isThorough);
  return verdict2.state === "dead" ? verdict2 : lapsed(ticket, commit, now) ?? verdict2;
}
function ask(liveness, kind, writer, commit, isThorough) {
  const { scope, who } = writer;
  return liveness.judge({ kind, scope, who, writtenAtMs: dateOf(writer, commit), isThorough });
}
function lapsed({ clock: clock2, leaseSeconds }, { oid, date }, now) {
  if (leaseSeconds === null) return null;
  const overMs = ageMs({ clock: clock2, date }, now, oid) - leaseSeconds * 1e3;
  if (overMs <= 0) return null;
  const sinceMs = clock2 === "server" && now.readAtMs !== null ? now.readAtMs - overMs : null;
  return { state: "dead", why: "its ticket's lease ran out", sinceMs };
}
function dateOf({ clock: clock2 }, commit) {
  return clock2 === "server" ? Date.parse(commit.date) : null;
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
  const dead2 = [...tips, ...refs.queue.map(({ oid }) => oid)].filter(
    (oid) => verdicts.get(oid)?.state === "dead"
  );
  return [...tips, ...nonces, ...waiting, ...dead2.map(deathKey)];
}
function ticketKey({ ref }) {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

// src/lock/status.ts
var SHOWN_WAITERS = 20;
var SHOWN_COMMITS = 20;
function statusOf(lock, slots, refs, known) {
  const holders = [];
  let agreed = slots;
  for (const slot of slotsOf2(refs, slots)) {
    const tip = tipOf(lock, slot, refs, known.commits);
    const ref = holderRef(lock, slot);
    if (tip.kind === "foreign")
      holders.push({ ...nobody(tip.oid, ref, tip.commit.date), who: `a commit which ${tip.why}` });
    if (tip.kind === "unread" && refs.holders.has(slot)) holders.push(nobody(tip.oid, ref, null));
    if (tip.kind === "entry") agreed = tip.entry.slots;
    if (tip.kind !== "claim") continue;
    agreed = tip.claim.slots;
    const verdict2 = known.verdicts.get(tip.oid);
    const isFrozen2 = isCompleteFreeze(lock, tip, refs, known.commits);
    const now = { readAtMs: refs.readAtMs, seenMs: known.seenMs };
    const death = deathOf(tip.claim, tip.commit, verdict2, now, isFrozen2);
    const life = death === null ? lifeOf(isFrozen2 ? FROZEN : verdict2) : { alive: "dead", why: death.why };
    holders.push({
      ...person(tip.claim, tip.oid, ref, tip.claim.acquiredAt ?? tip.commit.date),
      ...life,
      freeze: tip.claim.freeze
    });
  }
  return {
    name: lock.text,
    slots: agreed,
    holders,
    waiters: refs.queue.map((ticket) => waiterOf(ticket, known))
  };
}
function lifeOf(verdict2) {
  return { alive: verdict2?.state ?? "unknown", why: verdict2?.why ?? null };
}
function waiterOf({ ref, oid, writtenAtMs }, { commits, verdicts }) {
  const since = new Date(writtenAtMs).toISOString().replace(".000Z", "Z");
  const commit = commits.get(oid);
  const record = commit === void 0 ? null : readTicket(commit);
  const waiter = record === null ? nobody(oid, ref, since) : person(record, oid, ref, since);
  return { ...waiter, ...lifeOf(verdicts.get(oid)) };
}
function person(record, claim, ref, since) {
  const { run, process: process2 } = record.who;
  return {
    claim,
    ref,
    run: run?.id ?? null,
    attempt: run?.attempt ?? null,
    job: run?.job ?? null,
    url: run?.url ?? null,
    who: run?.actor ?? (process2 === null ? "unknown" : `${process2.user}@${process2.host}`),
    reason: record.reason,
    freeze: false,
    since,
    alive: "unknown",
    why: null
  };
}
function nobody(claim, ref, since) {
  const unnamed = { run: null, attempt: null, job: null, url: null, reason: null, freeze: false, why: null };
  return { claim, ref, ...unnamed, who: "somebody", since: since ?? "", alive: "unknown" };
}
async function readStatus(ports, lock, slots, patience) {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const commits = /* @__PURE__ */ new Map();
  const verdicts = /* @__PURE__ */ new Map();
  const see = () => ports.sightings.see(keysOf(refs, { commits, verdicts }));
  const judge3 = async (kind, commit) => {
    if (commit === void 0 || kind === "claim" && readRecord(commit).kind !== "claim") return;
    const now = { readAtMs: refs.readAtMs, seenMs: see() };
    const verdict2 = await insist(ports, patience, () => judgeWriter(ports.liveness, kind, commit, true, now));
    verdicts.set(commit.oid, verdict2);
  };
  const logs = commitTips(refs).map(async (oid) => {
    const log = await insist(ports, patience, () => ports.store.history(oid, SHOWN_COMMITS));
    for (const commit of log) commits.set(commit.oid, commit);
    await judge3("claim", log[0]);
  });
  const waiters = refs.queue.slice(0, SHOWN_WAITERS).map(async ({ oid }) => {
    const commit = await insist(ports, patience, () => ports.store.read(oid));
    commits.set(oid, commit);
    await judge3("ticket", commit);
  });
  await Promise.all([...logs, ...waiters]);
  const last = [...commits.values()].flatMap(pastHold).sort((a, b) => b.token - a.token || a.slot - b.slot);
  return {
    ...statusOf(lock, slots, refs, { commits, verdicts, seenMs: see() }),
    last: last.slice(0, SHOWN_COMMITS / 2)
  };
}
async function listLocks(ports, namespace2, patience) {
  return listedLocks(await insist(ports, patience, () => ports.store.list(`${namespace2}/`)), namespace2);
}
function pastHold(commit) {
  const record = readRecord(commit);
  if (record.kind !== "entry") return [];
  const { sequence: token, slot, outcome, reason, waitedSeconds: waitedSeconds2, heldSeconds: heldSeconds2 } = record.entry;
  return [
    {
      token,
      slot,
      outcome,
      by: describeIdentity(record.entry.by),
      reason,
      at: commit.date,
      waitedSeconds: waitedSeconds2,
      heldSeconds: heldSeconds2
    }
  ];
}

// src/lock/attempt.ts
var TROUBLE_MS = 6e4;
var FIRST_GLANCE_MS = 15e3;
function begin(ports, wish) {
  const startedMs = ports.clock.monotonicMs();
  const deadlineMs = startedMs + wish.waitMs;
  return {
    ports,
    wish,
    startedMs,
    deadlineMs,
    // A store that has never answered is a wrong address rather than an outage: it is not borne for the whole wait.
    patience: {
      untilMs: deadlineMs + TROUBLE_MS,
      silenceUntilMs: startedMs + TROUBLE_MS,
      signal: wish.signal
    },
    requestedAt: ports.clock.date().toISOString(),
    known: /* @__PURE__ */ new Map(),
    verdicts: /* @__PURE__ */ new Map(),
    nonce: ports.uuid(),
    spentNonces: /* @__PURE__ */ new Set(),
    refs: null,
    lastRefs: NOTHING_READ,
    prepared: null,
    ticket: null,
    ticketSentMs: startedMs,
    isTicketInDoubt: false,
    pauses: 0,
    staleSinceMs: startedMs,
    glanceAtMs: startedMs + FIRST_GLANCE_MS,
    isGlancing: true,
    glances: 0,
    knownSlots: /* @__PURE__ */ new Set(),
    seenMs: /* @__PURE__ */ new Map(),
    fruitlessLooks: 0,
    frozen: []
  };
}
async function look(attempt2) {
  const { lock, signal } = attempt2.wish;
  const refs = parseRefs(lock, await ask2(attempt2, (store) => store.list(lock.prefix)));
  attempt2.refs = refs;
  attempt2.lastRefs = refs;
  attempt2.patience = { untilMs: attempt2.deadlineMs + TROUBLE_MS, signal };
  const { ticket } = attempt2;
  const seen = refs.queue.find(({ ref }) => ref === ticket?.ref);
  if (ticket !== null && seen !== void 0) attempt2.ticket = { ...ticket, oid: seen.oid };
  return refs;
}
async function ask2(attempt2, request) {
  const { ports, patience, wish } = attempt2;
  try {
    return await insist(ports, patience, () => request(ports.store, ports.liveness));
  } catch (error) {
    if (!isLockError(error, "throttled")) throw error;
    const message = `Could not acquire "${wish.lock.text}" in time: ${error.message}. Raise \`wait\`, or make fewer requests.`;
    throw new LockError("not-acquired", message, { status: statusNow(attempt2), cause: error });
  }
}
function statusNow({ wish, lastRefs, known, verdicts, seenMs, ticket }) {
  const others = lastRefs.queue.filter(({ ref }) => ref !== ticket?.ref);
  return statusOf(
    wish.lock,
    wish.slots,
    { ...lastRefs, queue: others },
    { commits: known, verdicts, seenMs }
  );
}
function waitedMs({ ports, startedMs }) {
  return ports.clock.monotonicMs() - startedMs;
}

// src/lock/not-acquired.ts
function notAcquired(wish, status) {
  const within = (wish.saidWaitMs ?? wish.waitMs) === 0 ? "" : ` within ${formatDuration(wish.saidWaitMs ?? wish.waitMs)}`;
  const waiting = status.waiters.length;
  const others = waiting === 0 ? "" : ` ${waiting} more ${waiting === 1 ? "waits" : "wait"} for it.`;
  const message = `Could not acquire "${status.name}"${within}: ${inTheWay(status)}.${others}${doubts(status)} ${advice(wish, status)}`;
  return new LockError("not-acquired", message, { status });
}
function inTheWay({ holders }) {
  if (holders.length === 0) return "others were first in line";
  const verb = holders.some(({ freeze }) => freeze) ? "frozen" : "held";
  return `${verb} by ${holders.map(describeHolder).join(" and ")}`;
}
function advice(wish, { holders }) {
  const freeze = holders.find((holder) => holder.freeze);
  if (freeze !== void 0)
    return `It stays frozen until somebody clears it, with \`operation: clear\` and \`expect: ${freeze.claim}\`.`;
  const wait2 = (wish.saidWaitMs ?? wish.waitMs) === 0 ? "Set `wait` to wait for it" : "Raise `wait`";
  return `${wait2}, or clear the lock if that run is gone.`;
}
function doubts({ holders }) {
  const why = holders.find(({ alive, why: why2 }) => alive === "unknown" && why2 !== null)?.why;
  return why === void 0 || why === null ? "" : ` Whether it still runs is not known: ${why}.`;
}
function describeHolder(holder) {
  const who = holder.run === null ? holder.who : `run ${holder.run}, attempt ${holder.attempt}, job ${holder.job}`;
  const url = holder.url === null ? "" : ` (${holder.url})`;
  const since = holder.since === "" ? "" : ` since ${holder.since.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC")}`;
  const reason = holder.reason === null ? "" : `, reason: ${clip(holder.reason)}`;
  return `${who}${url}${since}${reason}`;
}

// src/lock/read-back.ts
var COMMITS = 50;
async function readBack(ports, oid, known, patience) {
  const commits = await insist(ports, patience, () => ports.store.history(oid, COMMITS));
  for (const commit of commits) known.set(commit.oid, commit);
  return commits;
}

// src/lock/own.ts
function isGivenBackByUs(entry, mine) {
  const [theirs, ours] = [entry.by.run, mine.identity.run];
  return entry.outcome === "released" && theirs !== null && ours !== null && isSameRun(theirs, ours);
}
async function findOwn(ports, lock, mine, patience) {
  for (let tries = 0; ; tries++) {
    const own = await look2(ports, lock, mine, patience);
    if (own.kind !== "none" || mine.handed(lock) === null) return own;
    const why = "either the server answers with old data, or somebody deleted the lock's refs by hand";
    await backOff(
      ports,
      tries,
      patience,
      `The log of "${lock.text}" shows no trace of the hold that this job was handed: ${why}.`
    );
  }
}
async function look2(ports, lock, mine, patience) {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const known = /* @__PURE__ */ new Map();
  await Promise.all(commitTips(refs).map((tip) => readUntil(ports, tip, mine.handed(lock), known, patience)));
  const isHanded2 = (tip) => tip.kind === "claim" && mine.nonces.has(tip.claim.nonce);
  const tips = slotsOf2(refs, 1).map((slot) => ({ slot, tip: tipOf(lock, slot, refs, known) }));
  const status = statusOf(lock, 1, refs, { commits: known, verdicts: /* @__PURE__ */ new Map(), seenMs: /* @__PURE__ */ new Map() });
  const isTraced = tips.some(({ tip }) => isHanded2(tip)) || isEndIn(known, mine.nonces);
  if (mine.handed(lock) !== null && !isTraced) return { kind: "none", status };
  tips.sort((a, b) => Number(isHanded2(b.tip)) - Number(isHanded2(a.tip)));
  for (const { slot, tip } of tips) {
    if (tip.kind === "claim" && isOurs(tip.claim, mine))
      return await holdAt(ports, lock, refs, slot, tip, known, patience);
  }
  for (const { slot, tip } of tips) {
    if (tip.kind === "foreign") throw foreignCommit(tip.commit, logRef(lock, slot), tip.why);
  }
  const ended = newestEnded(refs, known, mine);
  return ended === null ? { kind: "none", status } : { kind: "ended", entry: ended, status };
}
function isEndIn(known, nonces) {
  const records2 = [...known.values()].map(readRecord);
  return records2.some((record) => record.kind === "entry" && nonces.has(record.entry.ends));
}
async function readUntil(ports, tip, token, known, patience) {
  for (let oid = tip; oid !== void 0; ) {
    const read2 = await readBack(ports, oid, known, patience);
    const oldest = read2.at(-1);
    const sequences = read2.map(readRecord).flatMap((record) => record.kind === "entry" ? [record.entry.sequence] : []);
    oid = token === null || sequences.some((sequence) => sequence < token) ? void 0 : oldest?.parents[0];
  }
}
async function holdAt(ports, lock, refs, slot, { oid: tip, claim, commit }, known, patience) {
  let first = commit;
  for (; ; ) {
    const onto = first.parents[0] ?? null;
    const before = onto === null ? null : await commitOf(ports, onto, known, patience);
    const record = before === null ? null : readRecord(before);
    if (before !== null && record?.kind === "claim" && record.claim.nonce === claim.nonce) {
      first = before;
      continue;
    }
    const sequence = claim.sequence ?? (record?.kind === "entry" ? record.entry.sequence + 1 : 1);
    const acquiredAt = claim.acquiredAt ?? first.date;
    const acquiredAtMs = Date.parse(acquiredAt);
    const hold = {
      lock,
      slot,
      slots: claim.slots,
      nonce: claim.nonce,
      claim: first.oid,
      from: onto,
      sequence,
      waitedSeconds: null,
      acquiredAtMs,
      reentered: false
    };
    return { kind: "held", hold, claim, tip, marker: refs.holders.get(slot) ?? null, acquiredAt };
  }
}
async function commitOf(ports, oid, known, patience) {
  if (!known.has(oid)) await readBack(ports, oid, known, patience);
  return known.get(oid) ?? await insist(ports, patience, () => ports.store.read(oid));
}
function newestEnded(refs, known, mine) {
  const ended = [...refs.logs.values()].flatMap((tip) => endedIn(tip, known, mine) ?? []);
  const rank = ({ entry, at }) => (mine.nonces.has(entry.ends) ? 1e15 : 0) + Date.parse(at);
  return ended.sort((a, b) => rank(b) - rank(a))[0]?.entry ?? null;
}
function endedIn(tip, known, mine) {
  let ended = null;
  for (let commit = known.get(tip); commit !== void 0; commit = known.get(commit.parents[0] ?? "")) {
    const record = readRecord(commit);
    if (record.kind === "claim" && ended !== null && isOurs(record.claim, mine)) return ended;
    if (record.kind === "entry") ended = { entry: record.entry, at: commit.date };
  }
  return null;
}

// src/lock/renew.ts
async function renew(ports, own, patience) {
  const { renewal, sentMs } = await writeRenewal(ports, own, patience);
  const isServers = own.claim.acquiredClock === "server" && ports.store.clock === "server";
  if (isServers) refuseExpired(own, Date.parse(renewal.date));
  const change = { ref: logRef(own.hold.lock, own.hold.slot), from: own.tip, to: renewal.oid };
  const outcome = await insist(ports, patience, () => ports.store.transact([change]));
  return { outcome, claim: renewal.oid, sentMs };
}
async function writeRenewal(ports, own, patience) {
  const { claim, hold, acquiredAt } = own;
  const message = encodeClaim({ ...claim, clock: ports.store.clock, sequence: hold.sequence, acquiredAt });
  return await insist(ports, patience, async () => {
    const sentMs = ports.clock.monotonicMs();
    return { renewal: await ports.store.write(message, own.tip), sentMs };
  });
}
function refuseExpired({ hold, claim, acquiredAt }, nowMs) {
  const heldSeconds2 = Math.round((nowMs - Date.parse(acquiredAt)) / 1e3);
  if (claim.maxHoldSeconds === null || heldSeconds2 <= claim.maxHoldSeconds) return;
  throw new LockError(
    "lost",
    `The lock "${hold.lock.text}" is past its max-hold of ${formatDuration(claim.maxHoldSeconds * 1e3)}: it has been held for ${formatDuration(heldSeconds2 * 1e3)}, and others may take it over at any moment. Do not publish; raise \`max-hold\`.`
  );
}

// src/lock/check.ts
async function check(ports, lock, mine, patience, isByDates = false) {
  for (let tries = 0; ; tries++) {
    const own = await findOwn(ports, lock, mine, patience);
    if (own.kind !== "held") throw notHeld(lock, own, mine);
    if (isByDates && own.claim.acquiredClock === "local") refuseExpired(own, ports.clock.date().getTime());
    const { outcome, claim, sentMs } = await renew(ports, own, patience);
    if (outcome === "applied") return { hold: own.hold, claim, sentMs };
    await backOff(
      ports,
      tries,
      patience,
      `The hold of "${lock.text}" could not be renewed, so that nothing says it still stands.`
    );
  }
}
function notHeld(lock, own, mine) {
  const now = own.status.holders.map(describeHolder).join(" and ");
  const since = now === "" ? "It is free now." : `Now held by ${now}.`;
  if (own.kind === "none") {
    return new LockError(
      "not-held",
      `This job does not hold the lock "${lock.text}". ${since} Acquire it first.`
    );
  }
  if (isGivenBackByUs(own.entry, mine)) {
    return new LockError("not-held", `This job gave the lock "${lock.text}" back already. ${since}`);
  }
  return new LockError("lost", `The lock "${lock.text}" was lost: ${describeEnding(own.entry)}. ${since}`);
}

// src/lock/approach.ts
var ESCAPE_MS = 6e4;
var BACKWARDS = 50;
function approach(view, slot) {
  const tip = tipAt(view, slot);
  switch (tip.kind) {
    case "absent":
      return inTurn(view, Infinity, () => take(view, slot, null, 1, null));
    case "unread":
      return readTip(view, slot, tip.oid);
    case "entry":
      return inTurn(
        view,
        ageMs({ ...tip.commit, clock: tip.entry.clock }, nowOf(view), tip.oid),
        () => take(view, slot, tip.oid, tip.entry.sequence + 1, null)
      );
    case "claim":
      return approachHeld(view, slot, tip);
    case "foreign":
      return { kind: "fail", because: { kind: "foreign", slot, commit: tip.commit, why: tip.why } };
  }
}
function isOpen(view, slot) {
  const tip = tipAt(view, slot);
  if (tip.kind === "claim") return deathAt(view, tip) !== null;
  return tip.kind === "absent" || tip.kind === "entry";
}
function tipAt({ lock, refs, known }, slot) {
  return tipOf(lock, slot, refs, known.commits);
}
function approachHeld(view, slot, tip) {
  const { known, self } = view;
  const open = self.isGlancing ? readLastSlot(view, tip) : null;
  if (open !== null) return open;
  const death = deathAt(view, tip);
  if (death !== null) return inTurn(view, death.forMs, () => succeed(view, slot, tip, death));
  const isToBeJudged = self.isGlancing && !known.verdicts.has(tip.oid) && looksAfterHolder(view, slot, tip.oid);
  return isToBeJudged && canBeDead(view, tip) ? { kind: "judge", subject: "claim", oid: tip.oid } : null;
}
function readLastSlot({ lock, refs, known: { commits } }, { claim }) {
  if (!claim.freeze || claim.slot === claim.slots) return null;
  const last = tipOf(lock, claim.slots, refs, commits);
  if (last.kind === "unread") return { kind: "read", oids: [last.oid] };
  if (claim.sequence === null || last.kind !== "entry" && last.kind !== "claim") return null;
  if (last.kind === "claim" && last.claim.nonce === claim.nonce) return null;
  const unread = firstUnread(last.commit, claim.nonce, commits);
  return unread === null ? null : { kind: "trace", from: unread };
}
function firstUnread(from, nonce, commits) {
  let commit = from;
  for (let steps = 0; steps < BACKWARDS; steps++) {
    const record = readRecord(commit);
    if (record.kind === "entry" && record.entry.ends === nonce) return null;
    const [parent] = commit.parents;
    if (parent === void 0) return null;
    const before = commits.get(parent);
    if (before === void 0) return parent;
    commit = before;
  }
  return null;
}
function deathAt(view, tip) {
  const { lock, refs, known } = view;
  const isFrozen2 = isCompleteFreeze(lock, tip, refs, known.commits);
  return deathOf(tip.claim, tip.commit, known.verdicts.get(tip.oid), nowOf(view), isFrozen2);
}
function nowOf({ refs: { readAtMs }, known: { seenMs } }) {
  return { readAtMs, seenMs };
}
function looksAfterHolder({ known, ahead, self, isOurTurn: isOurTurn2 }, slot, tip) {
  if (self.ticket !== null && slot !== self.glances % self.slots + 1) return false;
  const stoodMs = known.seenMs.get(tip) ?? 0;
  return isOurTurn2 || self.ticket === null && self.timeIsUp || stoodMs >= (ahead.length + 1) * ESCAPE_MS;
}
function canBeDead({ lock, refs, known }, tip) {
  if (isCompleteFreeze(lock, tip, refs, known.commits)) return false;
  const { claim, commit } = tip;
  if (claim.clock !== "server" || refs.readAtMs === null) return true;
  return refs.readAtMs - Date.parse(claim.acquiredAt ?? commit.date) >= DEAD_AFTER_MS;
}
function readTip(view, slot, tip) {
  const { refs, self, isOurTurn: isOurTurn2 } = view;
  const marker = refs.holders.get(slot) ?? null;
  const isHeld = marker === tip && self.ticket !== null;
  const isAsked = self.isGlancing && (self.scope === "run" || looksAfterHolder(view, slot, tip));
  if (isHeld && !isAsked) return null;
  const isSent = self.prepared !== null && self.prepared.hold !== null;
  if (marker !== null || !isOurTurn2 || isSent || isPrepared(self.prepared, slot, tip, null))
    return { kind: "read", oids: [tip] };
  return { kind: "prepare", slot, from: tip, after: null, read: tip, look: !refs.isFresh };
}
function inTurn(view, freeMs, go) {
  if (view.isOurTurn) return go();
  const { ahead, known } = view;
  const needed = (ahead.length + 1) * ESCAPE_MS;
  if (freeMs < needed || ahead.some(({ number }) => number === FREEZE_NUMBER)) return null;
  const tooNew = ahead.filter((ticket) => waitedMs2(view, ticket) < needed);
  if (tooNew.length === 0) return go();
  const unread = tooNew.filter(({ oid }) => !known.commits.has(oid));
  const isPromising = unread.length === tooNew.length && unread.every((ticket) => ageByName(view, ticket) >= needed);
  return isPromising ? { kind: "read", oids: unread.map(({ oid }) => oid) } : null;
}
function waitedMs2(view, ticket) {
  const { commits, seenMs } = view.known;
  const commit = commits.get(ticket.oid);
  const isDated = commit !== void 0 && readTicket(commit)?.clock === "server";
  return Math.max(seenMs.get(ticketKey(ticket)) ?? 0, isDated ? ageByName(view, ticket) : 0);
}
function ageByName({ refs: { readAtMs } }, { writtenAtMs }) {
  return readAtMs === null ? 0 : readAtMs - writtenAtMs;
}
function succeed(view, slot, tip, death) {
  const sequence = sequenceOf(tip.claim, tip.commit, view.known.commits);
  if (sequence.kind === "need") return { kind: "read", oids: [sequence.oid] };
  if (sequence.kind === "foreign") {
    return { kind: "fail", because: { kind: "foreign", slot, commit: tip.commit, why: sequence.why } };
  }
  const after = { claim: tip.claim, sequence: sequence.value, death };
  return take(view, slot, tip.oid, sequence.value + 1, after);
}
function take({ refs, self }, slot, from, sequence, after) {
  const { prepared } = self;
  const sent = prepared?.hold ?? null;
  if (!isPrepared(prepared, slot, from, after)) {
    if (sent !== null) return { kind: "renounce", hold: sent };
    return { kind: "prepare", slot, from, after, read: null, look: !refs.isFresh };
  }
  if (!refs.isFresh) return { kind: "look" };
  const marker = refs.holders.get(slot) ?? null;
  return { kind: "take", slot, sequence, after, marker, alone: prepared.refusals > 0 };
}
function isPrepared(prepared, slot, from, after) {
  return prepared !== null && prepared.slot === slot && prepared.from === from && prepared.after === null === (after === null);
}

// src/lock/hold.ts
function wholeOf(hold) {
  return [...hold.parts ?? [], hold];
}
var MAX_STEPS = 1e4;
function locate(hold, tip, known) {
  if (tip === hold.from) return { kind: "not-yet" };
  if (tip === null) return { kind: "stale" };
  let cursor = tip;
  for (let step = 0; step < MAX_STEPS; step++) {
    if (cursor === hold.from) return { kind: "passed" };
    const commit = known.get(cursor);
    if (commit === void 0) return { kind: "need", oid: cursor };
    const record = readRecord(commit);
    if (record.kind === "claim" && record.claim.nonce === hold.nonce) {
      return cursor === tip ? { kind: "held", tip } : { kind: "gone" };
    }
    if (record.kind === "entry") {
      if (record.entry.ends === hold.nonce) return { kind: "ended", entry: record.entry, by: cursor };
      if (record.entry.sequence < hold.sequence - 1) return older(hold, tip, known);
    }
    const parent = commit.parents[0];
    if (parent === void 0) return hold.from === null ? { kind: "passed" } : older(hold, tip, known);
    cursor = parent;
  }
  return { kind: "gone" };
}
function older(hold, tip, known) {
  let cursor = hold.from ?? void 0;
  for (let step = 0; step < MAX_STEPS && cursor !== void 0; step++) {
    if (cursor === tip) return { kind: "stale" };
    const commit = known.get(cursor);
    if (commit === void 0) return { kind: "need", oid: cursor };
    cursor = commit.parents[0];
  }
  return { kind: "gone" };
}

// src/lock/decide.ts
var FRUITLESS_LOOKS = 3;
function decide(lock, refs, known, self) {
  if (refs === null) return { kind: "look" };
  const unsettled = settle(refs, known, self);
  if (unsettled !== null) return unsettled;
  const broken = settleFrozen(refs, known, self);
  if (broken !== null) return broken;
  const ahead = ticketsAhead(refs, self.ticket);
  if (ahead === null) return { kind: "requeue" };
  const view = { lock, refs, known, self, ahead, isOurTurn: isOurTurn(ahead, self) };
  const around = lookAround(view);
  if (around !== null) return around;
  if (self.freeze && self.slots > 1 && self.ticket === null) return { kind: "queue", number: FREEZE_NUMBER };
  const slots = slotsInOrder(view);
  for (const slot of slots) {
    const move2 = approach(view, slot);
    if (move2 !== null) return move2;
  }
  const isAnyOpen = slots.some((slot) => isOpen(view, slot));
  return askAhead(view, isAnyOpen) ?? standBy(view);
}
function lookAround({ lock, refs, known, self }) {
  const unread = [];
  for (const [slot, oid] of refs.logs) {
    const tip = tipOf(lock, slot, refs, known.commits);
    if (tip.kind === "unread" && !self.knownSlots.has(slot) && self.slots + slot > 2) unread.push(oid);
    const record = tip.kind === "claim" ? tip.claim : tip.kind === "entry" ? tip.entry : null;
    if (record !== null && record.slots !== self.slots) return slotsDiffer(record);
    if (tip.kind !== "claim" || !isOursNow(tip.claim, self)) continue;
    if (self.spentNonces.has(tip.claim.nonce))
      return { kind: "pause", why: "the log was read as it was before" };
    if (!self.freeze) return { kind: "reenter", slot, tip };
    if (self.frozen.every(({ nonce }) => nonce !== tip.claim.nonce))
      return { kind: "fail", because: { kind: "own" } };
  }
  return unread.length > 0 ? { kind: "read", oids: unread } : null;
}
function isOursNow(claim, { mine, nonce, spentNonces }) {
  return isOurs(claim, mine) || claim.nonce === nonce || spentNonces.has(claim.nonce);
}
function slotsDiffer(record) {
  const who = "who" in record ? `its holder, ${describeIdentity(record.who)}` : `${describeIdentity(record.by)} before`;
  return { kind: "fail", because: { kind: "slots", theirs: record.slots, who } };
}
function settle(refs, { commits }, { prepared }) {
  if (prepared === null || prepared.hold === null) return null;
  const position = locate(prepared.hold, refs.logs.get(prepared.slot) ?? null, commits);
  switch (position.kind) {
    case "held":
      return { kind: "hold", hold: prepared.hold };
    case "need":
      return { kind: "trace", from: position.oid };
    case "ended":
      return {
        kind: "restart",
        why: `its claim was ${position.entry.outcome} before it was known to have landed`
      };
    case "stale":
      return { kind: "pause", why: "the log was read as it was before" };
    case "passed":
    case "gone":
      return { kind: "forget" };
    case "not-yet":
      return null;
  }
}
function settleFrozen(refs, { commits }, { frozen: frozen2 }) {
  for (const part of frozen2) {
    const position = locate(part, refs.logs.get(part.slot) ?? null, commits);
    switch (position.kind) {
      case "held":
        continue;
      case "need":
        return { kind: "trace", from: position.oid };
      case "ended":
        return { kind: "restart", why: `its slot ${part.slot} was ${describeEnding(position.entry)}` };
      default:
        return { kind: "pause", why: "the log was read as it was before" };
    }
  }
  return null;
}
function ticketsAhead({ queue }, ticket) {
  if (ticket === null) return queue;
  const index = queue.findIndex(({ ref }) => ref === ticket.ref);
  return index < 0 ? null : queue.slice(0, index);
}
function isOurTurn(ahead, { ticket, freeze, frozen: frozen2, slots }) {
  if (frozen2.length > 0) return true;
  if (ahead.some(({ number }) => number === FREEZE_NUMBER)) return false;
  return ticket === null || freeze ? ahead.length === 0 : ahead.length < slots;
}
function slotsInOrder({ ahead, self: { slots, freeze, frozen: frozen2, prepared } }) {
  if (freeze) return [frozen2.length + 1];
  const pending = prepared !== null && prepared.hold !== null ? [prepared.slot] : [];
  const rotated = Array.from({ length: slots }, (_, index) => (index + ahead.length) % slots + 1);
  return [...pending, ...rotated.filter((slot) => !pending.includes(slot))];
}
function askAhead({ ahead, known: { verdicts }, self }, isAnyOpen) {
  const next = self.ticket !== null ? ahead.at(-1) : self.timeIsUp && isAnyOpen ? ahead[0] : void 0;
  if (next === void 0) return null;
  const verdict2 = verdicts.get(next.oid);
  if (verdict2?.state === "dead") return { kind: "remove", ticket: next, why: verdict2.why };
  return self.isGlancing && verdict2 === void 0 ? { kind: "judge", subject: "ticket", oid: next.oid } : null;
}
function standBy({ refs, ahead, self, isOurTurn: isOurTurn2 }) {
  if (self.timeIsUp) return { kind: "give-up" };
  if (self.ticket === null)
    return { kind: "queue", number: self.freeze ? FREEZE_NUMBER : nextNumber(refs.queue) };
  const place = ahead.length + 1;
  const predecessor = ahead.at(-1);
  if (!isOurTurn2 && predecessor !== void 0) {
    return { kind: "wait", place, watch: { kind: "ticket", ref: predecessor.ref, seen: predecessor.oid } };
  }
  if (self.fruitlessLooks < FRUITLESS_LOOKS)
    return { kind: "wait", place, watch: { kind: "refs", seen: refs } };
  return { kind: "wait", place, watch: { kind: "logs", seen: refs.logs } };
}

// src/lock/fresh.ts
function isFresh({ clock: clock2 }, { sentAtMs, reentered }, leaseSeconds) {
  if (leaseSeconds === null || reentered) return true;
  return clock2.monotonicMs() - (sentAtMs ?? 0) <= leaseSeconds * 1e3 / 3;
}
var OUTAGE_MS = 6e4;
function patienceMs(leaseSeconds) {
  return Math.max(OUTAGE_MS, (leaseSeconds ?? 0) * 1e3);
}
function throwIfTooLate({ clock: clock2 }, untilMs, leaseSeconds) {
  if (clock2.monotonicMs() <= untilMs) return;
  throw new LockError("unreachable", `The store answers too late for a lease of ${leaseSeconds}s.`);
}

// src/lock/ticket-lease.ts
var TICKET_LEASE_SECONDS = 300;
function writeTicket(attempt2) {
  const { ports, wish, nonce, requestedAt } = attempt2;
  const message = encodeTicket({
    nonce,
    lock: wish.lock.text,
    slots: wish.slots,
    scope: wish.scope,
    clock: ports.store.clock,
    requestedAt,
    leaseSeconds: ticketLeaseSeconds(wish),
    reason: wish.reason,
    who: wish.who
  });
  return ask2(attempt2, (store) => store.write(message, null));
}
function ticketLeaseSeconds({ who, leaseSeconds }) {
  return who.run === null ? Math.min(leaseSeconds ?? TICKET_LEASE_SECONDS, TICKET_LEASE_SECONDS) : null;
}
function ticketDueMs({ wish, ticket, ticketSentMs }) {
  const leaseSeconds = ticket === null ? null : ticketLeaseSeconds(wish);
  return leaseSeconds === null ? Infinity : ticketSentMs + leaseSeconds * 1e3 / 3;
}
async function renewTicket(attempt2) {
  const { ports, ticket } = attempt2;
  if (ticket === null) return;
  const sentMs = ports.clock.monotonicMs();
  const { oid } = await writeTicket(attempt2);
  const change = { ref: ticket.ref, from: ticket.oid, to: oid };
  attempt2.ticketSentMs = sentMs;
  if (await ask2(attempt2, (store) => store.transact([change])) !== "applied") {
    attempt2.refs = null;
    return;
  }
  attempt2.ticket = { ...ticket, oid };
  ports.journal.saveTicket(attempt2.ticket);
  attempt2.lastRefs = withTicket(attempt2.lastRefs, attempt2.ticket);
  if (attempt2.refs !== null) attempt2.refs = withTicket(attempt2.refs, attempt2.ticket);
}

// src/lock/deadlock.ts
function findDeadlock(namespace2, listing, waitedFor, known, ours, mine) {
  const locks = listedLocks(listing, namespace2).map((lock) => ({ lock, refs: parseRefs(lock, listing) }));
  const awaited = locks.filter(({ refs }) => refs.queue.length > 0);
  const goal = awaited.find(({ lock }) => lock.encoded === waitedFor.encoded);
  const holder = goal === void 0 ? null : holderOf(goal.refs, known);
  if (holder === null) return { kind: "none" };
  if (holder.kind === "need") return holder;
  const reached = [];
  for (const { lock, refs } of awaited.filter((one) => mine.handed(one.lock) !== null)) {
    const ours2 = holderOf(refs, known);
    if (ours2?.kind === "need") return ours2;
    if (ours2 !== null) reached.push({ lock, refs, log: ours2.log, next: null });
  }
  for (const { lock, refs, log, next } of reached) {
    for (const ticket of refs.queue) {
      const waiter = waiterOf2(ticket, known);
      if (waiter === null || ticket.ref === ours.ref) continue;
      if (waiter.kind === "need") return waiter;
      const { who, nonce } = waiter;
      const wait2 = { lock, ticket, log, nonce, who, next };
      if (isHeldBy(holder, who)) return deadlock(wait2, waitedFor, ours);
      for (const other of awaited) {
        if (reached.some((one) => one.lock.encoded === other.lock.encoded)) continue;
        const theirs = holderOf(other.refs, known);
        if (theirs?.kind === "need") return theirs;
        if (theirs !== null && isHeldBy(theirs, who)) reached.push({ ...other, log: theirs.log, next: wait2 });
      }
    }
  }
  return { kind: "none" };
}
function holderOf(refs, { commits, verdicts }) {
  const oid = refs.logs.get(1);
  if (oid === void 0 || refs.logs.size > 1 || verdicts.get(oid)?.state === "dead") return null;
  const commit = commits.get(oid);
  if (commit === void 0) return { kind: "need", oid };
  const record = readRecord(commit);
  return record.kind === "claim" && record.claim.slots === 1 ? { kind: "known", log: oid, who: record.claim.who, scope: record.claim.scope } : null;
}
function waiterOf2({ oid }, { commits, verdicts, served }) {
  if (verdicts.get(oid)?.state === "dead" || served.has(oid)) return null;
  const commit = commits.get(oid);
  if (commit === void 0) return { kind: "need", oid };
  const record = readTicket(commit);
  return record === null ? null : { kind: "known", who: record.who, nonce: record.nonce };
}
function isHeldBy({ who, scope }, waiter) {
  if (who.run === null || waiter.run === null) return JSON.stringify(who) === JSON.stringify(waiter);
  if (!isSameRun(who.run, waiter.run)) return false;
  if (scope === "run") return true;
  const [a, b] = [who.run, waiter.run];
  return a.jobId === null ? a.job === b.job && a.runner === b.runner : a.jobId === b.jobId;
}
function deadlock(last, waitedFor, ours) {
  const waits = [];
  for (let wait2 = last; wait2 !== null; wait2 = wait2.next) waits.push(wait2);
  const isLater = ({ ticket }) => ticket.writtenAtMs - ours.writtenAtMs || (ticket.oid > ours.oid ? 1 : -1);
  const others = waits.map(({ lock, who }) => `${describeIdentity(who)} waits for "${lock.text}"`);
  const circle = `Deadlock: this job waits for "${waitedFor.text}", ${others.join(", ")}, and each holds what the one before waits for`;
  return {
    kind: "deadlock",
    circle,
    isOurTurn: waits.every((wait2) => isLater(wait2) < 0),
    waits: waits.map(({ ticket, nonce, log }) => ({ ticket: ticket.oid, nonce, log }))
  };
}

// src/lock/give-way.ts
var MOST_READ = 50;
var LOG_COMMITS = 100;
async function giveWay(attempt2) {
  const { ports, ticket } = attempt2;
  if (ticket === null) return;
  const search = await findCircle(attempt2, ticket);
  if (search.kind !== "deadlock") return;
  if (!search.isOurTurn) {
    ports.tell({ kind: "deadlock", message: `${search.circle}. Another of them came later and gives way.` });
    return;
  }
  const advice2 = "This job came last and gives way. Take all names in one step, a line each: then everybody takes them in one order.";
  throw new LockError("not-acquired", `${search.circle}. ${advice2}`, { status: statusNow(attempt2) });
}
async function findCircle(attempt2, ticket) {
  const { wish, known, verdicts, seenMs } = attempt2;
  const namespace2 = wish.lock.prefix.slice(0, -wish.lock.encoded.length - 2);
  const listing = await ask2(attempt2, (store) => store.list(`${namespace2}/`));
  const served = /* @__PURE__ */ new Set();
  const knowledge = { commits: known, verdicts, seenMs, served };
  const logs = /* @__PURE__ */ new Map();
  for (let reads = 0; reads + logs.size < MOST_READ; reads++) {
    const search = findDeadlock(namespace2, listing, wish.lock, knowledge, ticket, wish.mine);
    if (search.kind === "need") {
      known.set(search.oid, await ask2(attempt2, (store) => store.read(search.oid)));
    } else {
      const inVain = search.kind === "deadlock" ? await servedOf(attempt2, search.waits, logs) : [];
      if (inVain.length === 0) return search;
      for (const oid of inVain) served.add(oid);
    }
  }
  return { kind: "none" };
}
async function servedOf(attempt2, waits, logs) {
  const unread = [...new Set(waits.map(({ log }) => log))].filter((log) => !logs.has(log));
  await Promise.all(
    unread.map(async (log) => {
      logs.set(log, await ask2(attempt2, (store) => store.history(log, LOG_COMMITS)));
    })
  );
  const isServed = ({ log, nonce }) => (logs.get(log) ?? []).some((commit) => hasNonce(commit, nonce));
  return waits.filter(isServed).map(({ ticket }) => ticket);
}
function hasNonce(commit, nonce) {
  const record = readRecord(commit);
  if (record.kind === "claim") return record.claim.nonce === nonce;
  return record.kind === "entry" && record.entry.ends === nonce;
}

// src/lock/wait.ts
function paceMs({ pollMs, isListCheap = false }, place, waitedMs3, random) {
  const pace = Math.min(2.5, 1 + waitedMs3 / 24e4) * pollMs * place ** (isListCheap ? 1 : 0.6);
  return Math.min(15e3, pace) * (0.75 + random / 2);
}
function glanceMs(place) {
  return Math.max(6e4, place * 3e4);
}
async function wait(attempt2, { place, watch }) {
  const { ports, wish, deadlineMs } = attempt2;
  attempt2.pauses = 0;
  if (attempt2.isGlancing && attempt2.glances > 0 && wish.mine.nonces.size > 0) await giveWay(attempt2);
  attempt2.isGlancing = false;
  ports.tell({
    kind: "waiting",
    lock: wish.lock.text,
    place,
    status: statusNow(attempt2),
    waitedMs: waitedMs(attempt2)
  });
  const overMs = ports.clock.monotonicMs() + nextExpiryMs(attempt2, watch);
  for (; ; ) {
    const now = ports.clock.monotonicMs();
    if (now >= deadlineMs) return;
    if (now >= overMs) {
      attempt2.refs = null;
      return;
    }
    if (now >= attempt2.glanceAtMs) return glance(attempt2, place);
    const pace = paceMs(ports.store, placeIn(attempt2, watch) ?? place, waitedMs(attempt2), ports.random());
    const untilMs = Math.min(now + pace, deadlineMs, attempt2.glanceAtMs, overMs, ticketDueMs(attempt2));
    await ports.clock.sleep(untilMs - now, wish.signal);
    throwIfCancelled(wish.signal);
    if (ports.clock.monotonicMs() >= ticketDueMs(attempt2)) await renewTicket(attempt2);
    if (attempt2.refs === null) return;
    if (await hasChanged(attempt2, watch)) return;
  }
}
function nextExpiryMs({ wish, lastRefs, known, seenMs, frozen: frozen2 }, watch) {
  if (watch.kind === "ticket") return Infinity;
  const now = { readAtMs: lastRefs.readAtMs, seenMs };
  const slots = wish.freeze ? [frozen2.length + 1] : slotsOf2(lastRefs, wish.slots);
  const left = slots.map((slot) => {
    const tip = tipOf(wish.lock, slot, lastRefs, known);
    if (tip.kind !== "claim" || isCompleteFreeze(wish.lock, tip, lastRefs, known)) return Infinity;
    const leftNowMs = leftMs(tip.claim, tip.commit, now);
    return leftNowMs < 0 ? Infinity : leftNowMs;
  });
  return Math.min(...left) + 1e3;
}
function glance(attempt2, place) {
  attempt2.glanceAtMs = attempt2.ports.clock.monotonicMs() + glanceMs(place);
  attempt2.isGlancing = true;
  for (const [oid, { state }] of attempt2.verdicts) if (state !== "dead") attempt2.verdicts.delete(oid);
  attempt2.glances++;
  attempt2.refs = null;
}
async function hasChanged(attempt2, watch) {
  switch (watch.kind) {
    case "refs": {
      const refs = await look(attempt2);
      if (!isEqual(watch.seen.logs, refs.logs)) return true;
      if (watch.seen.queue.map(({ ref }) => ref).join() === refs.queue.map(({ ref }) => ref).join())
        return false;
      attempt2.fruitlessLooks++;
      return true;
    }
    case "logs": {
      const { lock } = attempt2.wish;
      const { logs } = parseRefs(lock, await ask2(attempt2, (store) => store.list(`${lock.prefix}log/`)));
      if (isEqual(watch.seen, logs)) return false;
      attempt2.refs = withLogs(attempt2.lastRefs, logs, attempt2.known);
      return true;
    }
    case "ticket": {
      if (attempt2.ports.store.isListCheap) {
        const { queue } = await look(attempt2);
        return queue.find(({ ref }) => ref === watch.ref)?.oid !== watch.seen;
      }
      if (await ask2(attempt2, (store) => store.tip(watch.ref)) === watch.seen) return false;
      attempt2.refs = null;
      return true;
    }
  }
}
function placeIn({ ports, lastRefs, ticket }, watch) {
  if (watch.kind !== "ticket" || !ports.store.isListCheap) return null;
  const index = lastRefs.queue.findIndex(({ ref }) => ref === ticket?.ref);
  return index < 0 ? null : index + 1;
}
function isEqual(a, b) {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
async function pause(attempt2, why, patience = attempt2.patience) {
  await backOff(
    attempt2.ports,
    attempt2.pauses++,
    patience,
    `The lock "${attempt2.wish.lock.text}" could not be taken: ${why}`
  );
  attempt2.refs = null;
}

// src/lock/queue.ts
var REFUSALS = 2;
async function enqueue(attempt2, number) {
  const { ports, wish } = attempt2;
  const sentMs = ports.clock.monotonicMs();
  const ticket = ticketFor(wish.lock, number, await writeTicket(attempt2));
  attempt2.ticketSentMs = sentMs;
  ports.journal.saveTicket(ticket);
  attempt2.ticket = ticket;
  await create(attempt2);
  attempt2.refs = null;
  attempt2.isGlancing = false;
}
async function requeue(attempt2) {
  if (attempt2.ticket !== null && ticketDueMs(attempt2) !== Infinity) {
    const sentMs = attempt2.ports.clock.monotonicMs();
    const { oid } = await writeTicket(attempt2);
    attempt2.ticketSentMs = sentMs;
    attempt2.ticket = { ...attempt2.ticket, oid };
    attempt2.ports.journal.saveTicket(attempt2.ticket);
  }
  await create(attempt2);
}
async function create(attempt2) {
  const { ticket } = attempt2;
  if (ticket === null) return;
  const create2 = { ref: ticket.ref, from: null, to: ticket.oid };
  const wasInDoubt = attempt2.isTicketInDoubt;
  for (let tries = 0, refusals = 0, unanswered = 0; refusals < REFUSALS; tries++) {
    attempt2.isTicketInDoubt = true;
    const outcome = await ask2(attempt2, (store) => store.transact([create2]));
    if (outcome === "unknown") unanswered++;
    attempt2.isTicketInDoubt = wasInDoubt || unanswered > 0;
    if (outcome === "applied") break;
    if (outcome === "conflict") refusals++;
    else
      await backOff(
        attempt2.ports,
        tries,
        attempt2.patience,
        "It is not known whether the ticket in the queue was made"
      );
  }
  attempt2.refs = withTicket(attempt2.lastRefs, ticket);
  attempt2.lastRefs = attempt2.refs;
}
async function withdraw(ports, ticket, patience, isInDoubt = false) {
  if (ticket === null) return;
  let from = ticket.oid;
  for (let tries = 0, refusals = 0; refusals < REFUSALS; tries++) {
    const change = { ref: ticket.ref, from, to: null };
    const outcome = await insist(ports, patience, () => ports.store.transact([change]));
    if (outcome === "applied") break;
    if (outcome === "conflict") {
      refusals++;
      from = await insist(ports, patience, () => ports.store.tip(ticket.ref)) ?? from;
    } else
      await backOff(ports, tries, patience, "It is not known whether the ticket in the queue was withdrawn");
  }
  if (!isInDoubt) ports.journal.forgetTicket(ticket);
}
async function remove(attempt2, ticket, why) {
  const change = { ref: ticket.ref, from: ticket.oid, to: null };
  if (await ask2(attempt2, (store) => store.transact([change])) !== "applied") {
    return await pause(attempt2, "a dead waiter's ticket could not be removed");
  }
  attempt2.ports.tell({ kind: "removed", lock: attempt2.wish.lock.text, ticket: ticket.ref, why });
  attempt2.refs = null;
}

// src/lock/release.ts
async function giveBack(ports, hold, ending, patience, seen = { tip: hold.claim, marker: hold.claim }) {
  const known = /* @__PURE__ */ new Map();
  const entries = /* @__PURE__ */ new Map();
  const landed = hold.acquiredAtMs !== null;
  let position = landed ? { kind: "held", tip: seen.tip } : await whereIs(ports, hold, known, patience);
  let marker = landed ? seen.marker : void 0;
  for (let tries = 0; position.kind === "held" || position.kind === "not-yet"; tries++) {
    const parent = position.kind === "held" ? position.tip : hold.claim;
    const entry = entries.get(parent) ?? await writeEntry(ports, hold, ending, parent, patience);
    entries.set(parent, entry);
    const changes = changesOf(hold, position.kind === "held" ? position.tip : hold.from, entry.oid, marker);
    const outcome = await insist(ports, patience, () => ports.store.transact(changes));
    if (outcome === "applied") {
      if (marker === void 0 && position.kind === "held") await dropMarker(ports, hold);
      return { kind: "released", heldSeconds: heldSeconds(ports, hold) };
    }
    const expected = position;
    position = await whereIs(ports, hold, known, patience);
    if (!isSame(position, expected)) {
      if (ending.exactly && position.kind === "held") return { kind: "renewed" };
      continue;
    }
    if (outcome === "conflict") marker = void 0;
    await backOff(ports, tries, patience, `The log of "${hold.lock.text}" could not be read as it is now.`);
  }
  const concluded = conclude(position, entries, hold);
  if (concluded.kind === "released" && !ports.store.comparesAll()) await dropMarker(ports, hold);
  return concluded;
}
function isSame(a, b) {
  return a.kind === b.kind && (a.kind !== "held" || b.kind !== "held" || a.tip === b.tip);
}
async function whereIs(ports, hold, known, patience) {
  const ref = logRef(hold.lock, hold.slot);
  for (let tries = 0; ; tries++) {
    const tip = await insist(ports, patience, () => ports.store.tip(ref));
    let position = locate(hold, tip, known);
    while (position.kind === "need") {
      await readBack(ports, position.oid, known, patience);
      position = locate(hold, tip, known);
    }
    const landed = hold.acquiredAtMs !== null;
    if (position.kind !== "stale" && !(landed && position.kind === "not-yet")) return position;
    await backOff(ports, tries, patience, `The log of "${hold.lock.text}" could not be read as it is now.`);
  }
}
function conclude(position, entries, hold) {
  if (position.kind === "ended") {
    const ours = [...entries.values()].some((entry) => entry.oid === position.by);
    return ours ? { kind: "released", heldSeconds: position.entry.heldSeconds ?? 0 } : { kind: "ended", entry: position.entry };
  }
  return { kind: hold.acquiredAtMs === null ? "never-held" : "gone" };
}
function changesOf(hold, from, to, marker) {
  const log = { ref: logRef(hold.lock, hold.slot), from, to };
  return marker === void 0 ? [log] : [log, { ref: holderRef(hold.lock, hold.slot), from: marker, to: null }];
}
async function dropMarker(ports, hold) {
  const ref = holderRef(hold.lock, hold.slot);
  try {
    if (await ports.store.tip(ref) === hold.claim)
      await ports.store.transact([{ ref, from: hold.claim, to: null }]);
  } catch (error) {
    if (!isLockError(error)) throw error;
  }
}
function heldSeconds(ports, hold) {
  if (hold.acquiredAtMs === null) return 0;
  return Math.max(0, Math.round((ports.clock.date().getTime() - hold.acquiredAtMs) / 1e3));
}
function writeEntry(ports, hold, ending, parent, patience) {
  const message = encodeEntry({
    ends: hold.nonce,
    lock: hold.lock.text,
    slot: hold.slot,
    slots: hold.slots,
    sequence: hold.sequence,
    outcome: ending.outcome ?? "released",
    clock: ports.store.clock,
    by: ending.by,
    reason: ending.reason,
    waitedSeconds: hold.waitedSeconds,
    heldSeconds: heldSeconds(ports, hold)
  });
  return insist(ports, patience, () => ports.store.write(message, parent));
}
async function assertLasted(ports, hold, patience) {
  const position = await whereIs(ports, hold, /* @__PURE__ */ new Map(), patience);
  return position.kind === "held" ? { kind: "lasted" } : conclude(position, /* @__PURE__ */ new Map(), hold);
}
async function giveAllBack(ports, left, ending, patienceMs2) {
  const patience = () => ({ untilMs: ports.clock.monotonicMs() + patienceMs2 });
  const results = [];
  for (const hold of left.holds.flatMap(wholeOf).toReversed()) {
    const give = hold.reentered ? assertLasted(ports, hold, patience()) : giveBack(ports, hold, ending, patience());
    results.push(await give.then((given) => ({ hold, given }), orError(hold)));
  }
  for (const ticket of left.tickets) {
    const error = await withdraw(ports, ticket, patience()).then(() => null, orError(null));
    if (error !== null) results.push(error);
  }
  return results;
}
function orError(hold) {
  return (error) => {
    if (!isLockError(error)) throw error;
    return { hold, error };
  };
}

// src/lock/freeze.ts
var STALE_MS = 6e4;
async function assertFrozen(ports, parts, patience) {
  const known = /* @__PURE__ */ new Map();
  for (const part of parts) {
    let untilMs = patience.untilMs;
    for (let tries = 0; ; tries++) {
      const found = await assertPart(ports, part, known, patience);
      if (found === "asserted") break;
      if (tries === 0) untilMs = Math.min(untilMs, ports.clock.monotonicMs() + STALE_MS);
      const why = `It is not known whether slot ${part.slot} of "${part.lock.text}" is still frozen.`;
      await backOff(ports, tries, { ...patience, untilMs }, why).catch((error) => {
        throw found === "gone" ? lost(part, "its log was replaced by hand") : error;
      });
    }
  }
}
async function assertPart(ports, part, known, patience) {
  const { lock } = part;
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const log = refs.logs.get(part.slot) ?? null;
  let position = locate(part, log, known);
  while (position.kind === "need") {
    await readBack(ports, position.oid, known, patience);
    position = locate(part, log, known);
  }
  if (position.kind === "ended") throw lost(part, describeEnding(position.entry));
  if (position.kind === "gone" || position.kind === "passed") return "gone";
  const tip = tipOf(lock, part.slot, refs, known);
  if (position.kind !== "held" || tip.kind !== "claim") return "unclear";
  const own = await holdAt(ports, lock, refs, part.slot, tip, known, patience);
  return (await renew(ports, own, patience)).outcome === "applied" ? "asserted" : "unclear";
}
function lost({ lock, slot }, how) {
  return new LockError(
    "lost",
    `The freeze of "${lock.text}" had slot ${slot}, and lost it before it was complete: ${how}. Freeze it again.`
  );
}

// src/lock/take.ts
async function prepare(attempt2, { slot, from, after }) {
  const { wish, nonce, requestedAt, ports } = attempt2;
  const beganMs = ports.clock.monotonicMs();
  const message = encodeClaim({
    nonce,
    lock: wish.lock.text,
    slot,
    slots: wish.slots,
    scope: wish.scope,
    clock: ports.store.clock,
    requestedAt,
    maxHoldSeconds: wish.maxHoldSeconds,
    leaseSeconds: wish.leaseSeconds,
    freeze: wish.freeze,
    reason: wish.reason,
    who: wish.who,
    sequence: null,
    acquiredAt: null,
    acquiredClock: ports.store.clock
  });
  const parent = after === null ? from : await writeEntry2(attempt2, after, from);
  const { oid } = await ask2(attempt2, (store) => store.write(message, parent));
  forgetPrepared(attempt2);
  attempt2.prepared = { slot, from, after, claim: oid, hold: null, beganMs, refusals: 0 };
}
async function writeEntry2(attempt2, { claim, sequence, death }, parent) {
  const message = encodeEntry({
    ends: claim.nonce,
    lock: claim.lock,
    slot: claim.slot,
    slots: claim.slots,
    sequence,
    outcome: death.outcome,
    by: attempt2.wish.who,
    reason: death.why,
    clock: attempt2.ports.store.clock,
    waitedSeconds: null,
    heldSeconds: null
  });
  return (await ask2(attempt2, (store) => store.write(message, parent))).oid;
}
function forgetPrepared(attempt2) {
  if (attempt2.prepared?.hold) attempt2.ports.journal.forgetHold(attempt2.prepared.hold);
  attempt2.prepared = null;
}
async function take2(attempt2, move2) {
  const before = attempt2.prepared;
  if (before === null) throw new LockError("bug", "A claim was to be sent that was never written.");
  const hold = before.hold ?? holdOf(attempt2, before, move2.sequence);
  if (before.hold === null) attempt2.ports.journal.saveHold(hold);
  attempt2.prepared = { ...before, hold };
  const outcome = await ask2(attempt2, (store) => store.transact(changesOf2(attempt2, hold, move2)));
  if (outcome !== "applied") {
    await refused(attempt2, { ...before, hold }, outcome);
    return null;
  }
  if (isPartOfFreeze(attempt2, hold)) return await freezeNext(attempt2, hold, move2.alone);
  await assertFrozen(attempt2.ports, attempt2.frozen, attempt2.patience);
  if (move2.alone) return await enter(attempt2, hold);
  forgetTicket(attempt2);
  return entered(attempt2, hold);
}
function forgetTicket({ ports, ticket, isTicketInDoubt }) {
  if (ticket !== null && !isTicketInDoubt && ports.store.comparesAll()) ports.journal.forgetTicket(ticket);
}
function isPartOfFreeze({ wish }, { slot }) {
  return wish.freeze && slot < wish.slots;
}
async function freezeNext(attempt2, hold, alone) {
  if (alone) await mendMarker(attempt2, hold);
  attempt2.frozen.push(entered(attempt2, hold));
  attempt2.prepared = null;
  attempt2.refs = null;
  return null;
}
function tellSuccession({ ports, wish, prepared }, { claim }) {
  const after = prepared?.claim === claim ? prepared.after : null;
  if (after === null) return;
  ports.tell({
    kind: "took-over",
    lock: wish.lock.text,
    from: describeIdentity(after.claim.who),
    why: after.death.why
  });
}
function holdOf(attempt2, { slot, claim, from, beganMs }, sequence) {
  const { wish, nonce } = attempt2;
  const waitedSeconds2 = Math.round(waitedMs(attempt2) / 1e3);
  const { lock, slots } = wish;
  return {
    lock,
    slot,
    slots,
    nonce,
    claim,
    from,
    sequence,
    waitedSeconds: waitedSeconds2,
    acquiredAtMs: null,
    sentAtMs: beganMs,
    claimedAtMs: beganMs,
    reentered: false
  };
}
function changesOf2(attempt2, hold, { marker, alone }) {
  const { wish, ticket } = attempt2;
  const log = { ref: logRef(wish.lock, hold.slot), from: hold.from, to: hold.claim };
  if (alone) return [log];
  const changes = [log, { ref: holderRef(wish.lock, hold.slot), from: marker, to: hold.claim }];
  return ticket === null || isPartOfFreeze(attempt2, hold) ? changes : [...changes, { ref: ticket.ref, from: ticket.oid, to: null }];
}
async function refused(attempt2, before, outcome) {
  if (outcome === "unknown") return await pause(attempt2, "the answer to the take was lost");
  const tip = await ask2(attempt2, (store) => store.tipCommit(logRef(attempt2.wish.lock, before.slot)));
  if (tip !== null) attempt2.known.set(tip.oid, tip);
  if ((tip?.oid ?? null) === before.from) {
    attempt2.prepared = { ...before, refusals: before.refusals + 1 };
    return await pause(attempt2, "the take was refused although the log stands where it was expected");
  }
  attempt2.refs = withTip(attempt2.lastRefs, before.slot, tip?.oid ?? null);
  attempt2.lastRefs = attempt2.refs;
}
async function mendMarker({ ports, wish }, hold) {
  const ref = holderRef(wish.lock, hold.slot);
  try {
    const from = await ports.store.tip(ref);
    if (from !== hold.claim) await ports.store.transact([{ ref, from, to: hold.claim }]);
  } catch (error) {
    if (!isLockError(error)) throw error;
  }
}
async function reenter(attempt2, slot, tip) {
  const { ports, wish, known, patience } = attempt2;
  const own = await holdAt(ports, wish.lock, attempt2.lastRefs, slot, tip, known, patience);
  const { outcome, sentMs } = await renew(ports, own, patience).catch(async (error) => {
    const isOld = isLockError(error, "lost") && await ask2(attempt2, (store) => store.tip(logRef(wish.lock, slot))) !== tip.oid;
    if (isOld) return { outcome: "conflict", sentMs: 0 };
    throw error;
  });
  if (outcome !== "applied") {
    await pause(attempt2, "the hold which stands already could not be asserted");
    return null;
  }
  const isOurs2 = tip.claim.nonce === attempt2.nonce;
  return await enter(attempt2, {
    ...own.hold,
    ...isOurs2 ? { sentAtMs: sentMs, claimedAtMs: attempt2.startedMs } : {},
    waitedSeconds: Math.round(waitedMs(attempt2) / 1e3),
    reentered: !isOurs2
  });
}
async function enter(attempt2, hold) {
  if (isPartOfFreeze(attempt2, hold)) return await freezeNext(attempt2, hold, true);
  await assertFrozen(attempt2.ports, attempt2.frozen, attempt2.patience);
  const held = entered(attempt2, hold);
  if (!hold.reentered) await mendMarker(attempt2, hold);
  try {
    await withdraw(attempt2.ports, attempt2.ticket, attempt2.patience, attempt2.isTicketInDoubt);
  } catch (error) {
    if (!isLockError(error)) throw error;
  }
  return held;
}
function entered(attempt2, hold) {
  const { ports, wish, frozen: frozen2 } = attempt2;
  tellSuccession(attempt2, hold);
  const held = { ...hold, acquiredAtMs: ports.clock.date().getTime() };
  const isWhole = wish.freeze && hold.slot === wish.slots && frozen2.length > 0;
  const whole = isWhole ? { ...held, parts: [...frozen2] } : held;
  ports.journal.saveHold(whole);
  if (isWhole) for (const part of frozen2) ports.journal.forgetHold(part);
  return whole;
}

// src/lock/acquire.ts
var STALE_MS2 = 6e4;
var CLEAN_UP_MS = 1e4;
async function acquire(ports, wish) {
  const attempt2 = begin(ports, wish);
  try {
    for (; ; ) {
      throwIfCancelled(wish.signal);
      const hold = await carryOut(attempt2, nextMove(attempt2));
      const fresh = hold === null ? null : await freshen(attempt2, hold);
      if (fresh !== null) return fresh;
    }
  } catch (error) {
    await cleanUp(attempt2);
    throw error;
  }
}
function nextMove(attempt2) {
  const { ports, wish, refs, known, verdicts, knownSlots } = attempt2;
  if (refs !== null) attempt2.seenMs = ports.sightings.see(keysOf(refs, { commits: known, verdicts }));
  for (const [slot, oid] of refs?.logs ?? []) if (known.has(oid)) knownSlots.add(slot);
  const timeIsUp = ports.clock.monotonicMs() >= attempt2.deadlineMs;
  const knowledge = { commits: known, verdicts, seenMs: attempt2.seenMs };
  const move2 = decide(wish.lock, refs, knowledge, { ...wish, ...attempt2, timeIsUp });
  ports.tell({ kind: "move", move: move2 });
  return move2;
}
async function carryOut(attempt2, move2) {
  switch (move2.kind) {
    case "look":
      await look(attempt2);
      return null;
    case "read":
      await Promise.all(move2.oids.map((oid) => read(attempt2, oid)));
      return null;
    case "trace":
      await readBack(attempt2.ports, move2.from, attempt2.known, attempt2.patience);
      return null;
    case "judge":
      await judge(attempt2, move2.subject, move2.oid);
      return null;
    case "prepare":
      await Promise.all([
        prepare(attempt2, move2),
        move2.read === null ? null : read(attempt2, move2.read),
        move2.look ? look(attempt2) : null
      ]);
      return null;
    case "take":
      return await take2(attempt2, move2);
    case "hold":
      return await enter(attempt2, move2.hold);
    case "reenter":
      return await reenter(attempt2, move2.slot, move2.tip);
    case "renounce":
      await renounce(attempt2, move2.hold);
      return null;
    case "forget":
      forgetPrepared(attempt2);
      return null;
    case "restart":
      refuseHalf(attempt2, move2.why);
      await restart(attempt2);
      return null;
    case "pause":
      await pause(attempt2, move2.why, staleness(attempt2));
      return null;
    case "queue":
      await enqueue(attempt2, move2.number);
      return null;
    case "requeue":
      await requeue(attempt2);
      return null;
    case "remove":
      await remove(attempt2, move2.ticket, move2.why);
      return null;
    case "wait":
      await wait(attempt2, move2);
      return null;
    case "give-up":
      throw notAcquired(attempt2.wish, statusNow(attempt2));
    case "fail":
      throw obstacle(attempt2.wish, move2.because);
  }
}
function staleness(attempt2) {
  const now = attempt2.ports.clock.monotonicMs();
  if (attempt2.pauses === 0) attempt2.staleSinceMs = now;
  return {
    ...attempt2.patience,
    untilMs: Math.min(attempt2.patience.untilMs, attempt2.staleSinceMs + STALE_MS2)
  };
}
async function read(attempt2, oid) {
  attempt2.known.set(oid, await ask2(attempt2, (store) => store.read(oid)));
}
async function judge(attempt2, kind, oid) {
  const commit = attempt2.known.get(oid) ?? await ask2(attempt2, (store) => store.read(oid));
  attempt2.known.set(oid, commit);
  const isThorough = attempt2.glances > 1;
  const now = { readAtMs: attempt2.lastRefs.readAtMs, seenMs: attempt2.seenMs };
  const verdict2 = await ask2(attempt2, (_, liveness) => judgeWriter(liveness, kind, commit, isThorough, now));
  attempt2.verdicts.set(oid, verdict2);
}
async function renounce(attempt2, hold) {
  await giveBack(
    attempt2.ports,
    hold,
    { by: attempt2.wish.who, reason: "another slot came free first" },
    attempt2.patience
  );
  forgetPrepared(attempt2);
  attempt2.spentNonces.add(attempt2.nonce);
  Object.assign(attempt2, { nonce: attempt2.ports.uuid(), refs: null });
}
function refuseHalf({ wish, frozen: frozen2 }, why) {
  if (frozen2.length === 0) return;
  throw new LockError(
    "lost",
    `The freeze of "${wish.lock.text}" was ended before it had all slots: ${why}. Freeze it again.`
  );
}
async function restart(attempt2) {
  forgetPrepared(attempt2);
  await withdraw(attempt2.ports, attempt2.ticket, attempt2.patience, attempt2.isTicketInDoubt);
  attempt2.spentNonces.add(attempt2.nonce);
  Object.assign(attempt2, { nonce: attempt2.ports.uuid(), ticket: null, refs: null });
}
async function freshen(attempt2, hold) {
  const { ports, wish, patience } = attempt2;
  const { leaseSeconds } = wish;
  if (isFresh(ports, hold, leaseSeconds)) return hold;
  const mine = { nonces: /* @__PURE__ */ new Set([hold.nonce]), handed: () => hold.sequence, identity: wish.who };
  let { sentAtMs = 0 } = hold;
  const untilMs = Math.min(patience.untilMs, patienceMs(leaseSeconds) + ports.clock.monotonicMs());
  try {
    while (!isFresh(ports, { ...hold, sentAtMs }, leaseSeconds)) {
      throwIfTooLate(ports, untilMs, leaseSeconds);
      ({ sentMs: sentAtMs } = await check(ports, wish.lock, mine, { ...patience, untilMs }));
    }
    return { ...hold, sentAtMs };
  } catch (error) {
    if (!isLockError(error, "lost", "not-held")) throw error;
    ports.journal.forgetHold(hold);
    await restart(attempt2);
    return null;
  }
}
function obstacle(wish, because) {
  if (because.kind === "own") {
    return new LockError(
      "usage",
      `This job holds the lock "${wish.lock.text}" itself, and a freeze would wait for it. Release it first.`
    );
  }
  if (because.kind === "foreign")
    return foreignCommit(because.commit, logRef(wish.lock, because.slot), because.why);
  return new LockError(
    "usage",
    `The lock "${wish.lock.text}" has ${because.theirs} slots for ${because.who}, and ${wish.slots} for ${describeIdentity(wish.who)}. All who use it must say the same \`slots\`, or they would not exclude each other. To change the number, change it everywhere, and then delete the refs under ${wish.lock.prefix} once, while nobody holds it.`
  );
}
async function cleanUp({ ports, wish, prepared, ticket, isTicketInDoubt, frozen: frozen2 }) {
  const patience = { untilMs: ports.clock.monotonicMs() + CLEAN_UP_MS };
  const ending = { by: wish.who, reason: "the acquire gave up" };
  const sent = prepared?.hold ? [...frozen2, prepared.hold] : frozen2;
  const giveUp3 = async (hold) => {
    await giveBack(ports, hold, ending, patience);
    ports.journal.forgetHold(hold);
  };
  const left = [
    withdraw(ports, ticket, patience, isTicketInDoubt),
    ...wish.signal?.aborted ? [] : sent.map(giveUp3)
  ];
  for (const { status, reason } of (await Promise.allSettled(left)).map((one) => ({
    reason: null,
    ...one
  }))) {
    if (status === "rejected" && !isLockError(reason)) throw reason;
  }
}

// src/lock/keep.ts
var ENDING_MS = 8e3;
var LOOK_SECONDS = 300;
async function keep(ports, hold, { mine, signal, ...limits }) {
  const ours = { ...mine, nonces: /* @__PURE__ */ new Set([...mine.nonces, hold.nonce]), handed: () => hold.sequence };
  const now = () => ports.clock.monotonicMs();
  const overMs = hold.reentered ? Infinity : lastMomentMs(hold.claimedAtMs ?? now(), limits.maxHoldSeconds);
  let everyMs = (limits.leaseSeconds ?? (hold.reentered ? LOOK_SECONDS : Infinity)) * 1e3 / 3;
  let leaseSeconds = hold.reentered ? null : limits.leaseSeconds;
  let sentMs = hold.sentAtMs ?? (hold.reentered ? now() - everyMs : now());
  let own = null;
  for (; ; ) {
    var _stack = [];
    try {
      await ports.clock.sleep(Math.min(sentMs + everyMs, overMs) - now(), signal);
      if (signal.aborted) return;
      if (now() >= overMs) throw pastMaxHold(hold, limits.maxHoldSeconds);
      const untilMs = Math.min(overMs, lastMomentMs(sentMs, leaseSeconds));
      const deadline = __using(_stack, openDeadline(ports, untilMs, signal));
      try {
        ({ own, sentMs } = await renewed(ports, hold, ours, own, { untilMs, signal: deadline.signal }));
      } catch (error) {
        if (signal.aborted) return;
        throw now() >= overMs ? pastMaxHold(hold, limits.maxHoldSeconds) : asLost(hold, error);
      }
      if (!hold.reentered) continue;
      leaseSeconds = own.claim.leaseSeconds;
      everyMs = Math.min(everyMs, (leaseSeconds ?? Infinity) * 1e3 / 3);
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      __callDispose(_stack, _error, _hasError);
    }
  }
}
function lastMomentMs(sinceMs, seconds) {
  if (seconds === null) return Infinity;
  return sinceMs + seconds * 1e3 - Math.min(ENDING_MS, seconds * 1e3 / 3);
}
function pastMaxHold(hold, seconds) {
  const limit = formatDuration((seconds ?? 0) * 1e3);
  return new LockError(
    "lost",
    `The lock "${hold.lock.text}" is about to be past its max-hold of ${limit}, after which others may take it over.`
  );
}
function openDeadline(ports, untilMs, signal) {
  const isOver = new AbortController();
  const isSettled = new AbortController();
  void ports.clock.sleep(untilMs - ports.clock.monotonicMs(), isSettled.signal).then(() => isOver.abort());
  return {
    signal: AbortSignal.any([signal, isOver.signal]),
    [Symbol.dispose]: () => isSettled.abort()
  };
}
async function renewed(ports, hold, mine, before, patience) {
  let known = before;
  for (let tries = 0; ; tries++) {
    throwIfCancelled(patience.signal);
    let trouble = `The hold of "${hold.lock.text}" could not be renewed.`;
    try {
      const own = known ?? await findOwn(ports, hold.lock, mine, patience);
      if (own.kind !== "held" || own.hold.nonce !== hold.nonce) throw lostTo(hold, own, mine);
      const { outcome, claim, sentMs } = await renew(ports, own, patience);
      if (outcome === "applied") return { own: { ...own, tip: claim }, sentMs };
      const isFound = known === null;
      known = null;
      if (!isFound) continue;
    } catch (error) {
      if (!isLockError(error) || !MAY_PASS.has(error.kind)) throw error;
      trouble = error.message;
    }
    await backOff(ports, tries, patience, trouble);
  }
}
var MAY_PASS = /* @__PURE__ */ new Set(["unreachable", "throttled", "denied", "refused", "usage"]);
function lostTo(hold, own, mine) {
  if (own.kind !== "held") return notHeld(hold.lock, own, mine);
  return new LockError("lost", `The hold of "${hold.lock.text}" was ended, and this job has taken another.`);
}
function asLost(hold, error) {
  if (!isLockError(error) || error.kind === "lost" || error.kind === "bug") return error;
  const why = error.kind === "not-held" ? "it was given back" : "its lease is about to run out";
  const detail = error.kind === "cancelled" ? "The store did not answer in time." : error.message;
  const message = `The lock "${hold.lock.text}" was lost: ${why}. ${detail}`;
  return new LockError("lost", message, { cause: error });
}

// src/lock/acquire-all.ts
var GIVE_BACK_MS = 1e4;
async function acquireAll(ports, locks, wish) {
  const startedMs = ports.clock.monotonicMs();
  const kept = keeper(ports, wish);
  const ordered = locks.toSorted((a, b) => a.encoded < b.encoded ? -1 : 1);
  const holds = /* @__PURE__ */ new Map();
  try {
    for (const lock of ordered) {
      const waitMs = Math.max(0, wish.waitMs - (ports.clock.monotonicMs() - startedMs));
      const mine = withHolds(wish.mine, [...holds.values()]);
      const next = { ...wish, ...kept.signal(), lock, waitMs, saidWaitMs: wish.waitMs, mine };
      const hold = await acquire(ports, next);
      holds.set(lock.encoded, hold);
      if (holds.size < ordered.length) kept.add(hold);
    }
    await kept.end();
    await settleAll(ports, holds, wish);
  } catch (error) {
    await kept.end();
    await giveAllUp(ports, [...holds.values()], wish);
    throw wish.signal?.aborted ? error : kept.loss() ?? error;
  }
  return locks.flatMap(({ encoded }) => holds.get(encoded) ?? []);
}
function withHolds(mine, holds) {
  return {
    ...mine,
    nonces: /* @__PURE__ */ new Set([...mine.nonces, ...holds.map(({ nonce }) => nonce)]),
    handed: (lock) => holds.find((hold) => hold.lock.encoded === lock.encoded)?.sequence ?? mine.handed(lock)
  };
}
function keeper(ports, { leaseSeconds, maxHoldSeconds, who, mine, signal }) {
  const done = new AbortController();
  const lost2 = new AbortController();
  const all = [];
  return {
    add(hold) {
      if (leaseSeconds === null || hold.reentered) return;
      const ours = { ...mine, identity: who };
      const keeping = { leaseSeconds, maxHoldSeconds, mine: ours, signal: done.signal };
      const kept = keep(ports, hold, keeping);
      all.push(kept.catch((error) => lost2.abort(error)));
    },
    signal() {
      if (all.length === 0) return signal === void 0 ? {} : { signal };
      return { signal: AbortSignal.any([lost2.signal, ...signal === void 0 ? [] : [signal]]) };
    },
    async end() {
      done.abort();
      await Promise.all(all);
    },
    loss: () => lost2.signal.aborted ? lost2.signal.reason : null
  };
}
async function settleAll(ports, holds, wish) {
  const untilMs = ports.clock.monotonicMs() + patienceMs(wish.leaseSeconds);
  let open = [...holds.values()].slice(0, -1);
  for (; ; ) {
    for (const hold of await assertAll(ports, open, wish)) holds.set(hold.lock.encoded, hold);
    open = [...holds.values()];
    if (open.every((hold) => isFresh(ports, hold, wish.leaseSeconds))) return;
    throwIfTooLate(ports, untilMs, wish.leaseSeconds);
  }
}
async function assertAll(ports, holds, { who, freeze, signal }) {
  const patience = { untilMs: ports.clock.monotonicMs() + GIVE_BACK_MS, signal };
  const mine = withHolds(handedNothing(who), holds);
  const assert = async (hold) => {
    if (freeze) return assertFrozen(ports, wholeOf(hold), patience).then(() => hold);
    const { sentMs } = await check(ports, hold.lock, mine, patience);
    return hold.reentered ? hold : { ...hold, sentAtMs: sentMs };
  };
  return await Promise.all(holds.map(assert));
}
async function giveAllUp(ports, holds, { who, signal }) {
  if (signal?.aborted) return;
  const patience = { untilMs: ports.clock.monotonicMs() + GIVE_BACK_MS };
  const ending = { by: who, reason: "not all locks could be had" };
  for (const hold of holds.filter(({ reentered }) => !reentered).toReversed()) {
    let isLeft = false;
    for (const part of wholeOf(hold).toReversed()) {
      try {
        await giveBack(ports, part, ending, patience);
      } catch (error) {
        if (!isLockError(error)) throw error;
        isLeft = true;
      }
    }
    if (!isLeft) ports.journal.forgetHold(hold);
  }
}

// builtin:timers/promises
var builtin = () => __require("node:timers/promises");
var setTimeout2 = (...given) => builtin().setTimeout(...given);

// builtin:url
var builtin2 = () => __require("node:url");
var fileURLToPath = /* @__PURE__ */ (() => builtin2().fileURLToPath)();

// src/git/address.ts
var SCHEMES = ["file", "git", "http", "https", "ssh", "git+ssh", "ssh+git"];
function checkRemote(url) {
  const refuse2 = (why) => {
    throw new LockError("usage", `The remote ${quoted(showRemote(url))} ${why}.`);
  };
  if (url === "") refuse2("is empty");
  if (new RegExp("\\p{Cc}", "u").test(url)) refuse2("has a control character in it");
  if (url.startsWith("-")) refuse2("begins with a dash: write ./ before a path");
  if (/^[A-Za-z0-9][\w+.-]*::/.test(url)) refuse2("would run a transport helper, which reflock does not do");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase();
  if (scheme === void 0) return;
  if (!SCHEMES.includes(scheme)) refuse2(`is of a kind that reflock does not use; take ${SCHEMES.join(", ")}`);
  if (/^https?$/.test(scheme) && /[?#]/.test(url))
    refuse2(
      "has a query or a fragment in it, with which git reaches no repository; in a password, ? and # are %3F and %23"
    );
  if (/^[^/]*\/\/([^/@]*@)?-/.test(url)) refuse2("has a host that begins with a dash");
}
function showRemote(url) {
  const plain3 = url.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "");
  const shown = /^https?:\/\//i.test(plain3) ? plain3.replace(/^([^/]*\/\/)[^/]*[?#].*$/s, "$1\u2026").replace(/[?#].*$/s, "").replace(/^([^/]*\/\/)[^/]*@/, "$1") : plain3.replace(/^([a-z0-9+.-]*:\/\/[^/:@]*):[^/]*@/i, "$1@");
  return shown.length > 300 ? `${shown.slice(0, 300)}\u2026` : shown;
}
function addressOf(given, cwd) {
  checkRemote(given);
  const shown = showRemote(given);
  if (isPath(given)) {
    const path2 = resolve(cwd, given);
    return { url: path2, settings: [], secrets: [], shown: showRemote(path2), path: path2 };
  }
  const path = pathOfFileUrl(given);
  const [, scheme = "", userinfo, rest = ""] = /^(https?:\/\/)(?:([^/]*)@)?(.*)$/is.exec(given) ?? [];
  if (userinfo === void 0) return { url: given, settings: [], secrets: [], shown, path };
  const url = scheme + rest;
  const [user = "", password] = splitUserinfo(userinfo);
  const secrets = [userinfo, password ?? "", decoded(password ?? ""), user].filter((text2) => text2.length > 5);
  if (password === void 0)
    return { url, settings: [[`credential.${url}.username`, decoded(user)]], secrets, shown, path };
  const basic = Buffer.from(`${decoded(user)}:${decoded(password)}`).toString("base64");
  const header = `http.${url}.extraHeader`;
  const settings = [
    [header, ""],
    [header, `Authorization: Basic ${basic}`]
  ];
  return { url, settings, secrets: [...secrets, basic], shown, path };
}
function splitUserinfo(userinfo) {
  const colon = userinfo.indexOf(":");
  return colon < 0 ? [userinfo, void 0] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)];
}
function decoded(text2) {
  try {
    return decodeURIComponent(text2);
  } catch {
    return text2;
  }
}
function isPath(text2) {
  if (process.platform === "win32" && /^[A-Za-z]:/.test(text2)) return true;
  return !/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text2) && !/^[^/]+:/.test(text2);
}
function pathOfFileUrl(url) {
  if (!/^file:\/\//i.test(url)) return null;
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}
function quoted(text2) {
  return JSON.stringify(text2.length > 200 ? `${text2.slice(0, 200)}\u2026` : text2);
}

// builtin:crypto
var builtin3 = () => __require("node:crypto");
var createHash = (...given) => builtin3().createHash(...given);
var randomUUID = (...given) => builtin3().randomUUID(...given);

// builtin:zlib
var builtin4 = () => __require("node:zlib");
var deflateSync = (...given) => builtin4().deflateSync(...given);
var inflateSync = (...given) => builtin4().inflateSync(...given);

// src/git/commit.ts
var EMPTY_TREE = { type: "tree", content: Buffer.alloc(0) };
function isOid(text2) {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text2);
}
function frame({ type, content }) {
  return Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
}
function oidOf(object, format) {
  return createHash(format).update(frame(object)).digest("hex");
}
function encodeCommit({ message, parent, committer, date }, format) {
  if (message.includes("\0")) throw new LockError("bug", "A record with a zero byte was to be written.");
  const who = `${committer.name} <${committer.email}> ${Math.floor(date.getTime() / 1e3)} +0000`;
  const lines = [
    `tree ${oidOf(EMPTY_TREE, format)}`,
    ...parent === null ? [] : [`parent ${parent}`],
    `author ${who}`,
    `committer ${who}`,
    "",
    message
  ];
  return { type: "commit", content: Buffer.from(lines.join("\n")) };
}
function decodeCommit(oid, { type, content }) {
  if (type !== "commit")
    throw new LockError("foreign", `The object ${oid} is a ${type}, not a commit: it is not a lock's.`);
  const text2 = content.toString();
  const end2 = text2.indexOf("\n\n");
  const headers = (end2 < 0 ? text2 : text2.slice(0, end2)).split("\n");
  const parents = headers.flatMap((line2) => /^parent ([0-9a-f]+)$/.exec(line2)?.[1] ?? []);
  const committer = headers.find((line2) => line2.startsWith("committer ")) ?? "";
  const seconds = Number(/> (\d{1,12}) [+-]\d{4}$/.exec(committer)?.[1] ?? 0);
  return {
    oid,
    parents,
    message: end2 < 0 ? "" : text2.slice(end2 + 2),
    date: new Date(seconds * 1e3).toISOString().replace(".000Z", "Z")
  };
}

// src/git/loose.ts
var SIZE_LIMIT = 4 * 1024 * 1024;
function looseAt(folder, oid) {
  if (!isOid(oid)) throw new LockError("bug", "An object was to be read that has no object's name.");
  const directory = join(folder, oid.slice(0, 2));
  return { directory, file: join(directory, oid.slice(2)) };
}
function readLoose(folder, oid) {
  const { file } = looseAt(folder, oid);
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch {
    return null;
  }
  return parseLoose(bytes, oid);
}
async function readLooseElsewhere(folder, oid) {
  const { file } = looseAt(folder, oid);
  const bytes = await new Promise((resolve2) => {
    readFile(file, (error, content) => resolve2(error === null ? content : null));
  });
  return bytes === null ? null : parseLoose(bytes, oid);
}
function parseLoose(bytes, oid) {
  try {
    const framed = inflateSync(bytes, { maxOutputLength: SIZE_LIMIT });
    const end2 = framed.indexOf(0);
    const type = framed.subarray(0, end2).toString().split(" ")[0] ?? "";
    return { type, content: framed.subarray(end2 + 1) };
  } catch (cause) {
    throw new LockError("foreign", `The object ${oid} is damaged, or too large for a lock's.`, { cause });
  }
}
function writeLoose(folder, object, format) {
  const oid = oidOf(object, format);
  const { directory, file } = looseAt(folder, oid);
  const draft = join(folder, `tmp-${randomUUID()}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(draft, deflateSync(frame(object)));
  renameSync(draft, file);
  return oid;
}
function prepareObjects() {
  oidOf(EMPTY_TREE, "sha1");
}

// builtin:fs/promises
var builtin5 = () => __require("node:fs/promises");
var readFile2 = (...given) => builtin5().readFile(...given);
var readdir = (...given) => builtin5().readdir(...given);
var rm = (...given) => builtin5().rm(...given);

// src/git/failure.ts
var NO_REPOSITORY = /does not appear to be a git repository|repository '?.*'? not found|repository not found|returned error: 404|no such repository|project you were looking for could not be found|not a git repository|not exported|invalid gitfile/i;
var MEANINGS = [
  [
    /dubious ownership/,
    "denied",
    (shown) => `The repository ${shown} belongs to another user, and git reads it only if you allow it: git config --global --add safe.directory <its path>.`
  ],
  [
    /terminal prompts disabled|could not read (Username|Password)/i,
    "denied",
    (shown) => `${shown} asks for credentials, and there are none: reflock never prompts. Set up a credential helper or an ssh key, so that \`git push\` works without asking.`
  ],
  [
    /Authentication failed|Permission denied \(|Host key verification failed|returned error: 40[13]\b|HTTP 40[13]\b|Permission to \S+ denied|access denied|not allowed to|HTTP Basic: Access denied|Permission denied/i,
    "denied",
    (shown) => `${shown} does not let you in, or not do this. Check your credentials and what they may do.`
  ],
  [/returned error: 429|HTTP 429/, "throttled", (shown) => `${shown} asks for a pause: too many requests.`],
  [NO_REPOSITORY, "denied", (shown) => `There is no repository ${shown}, or you may not see it.`],
  [
    /transport '.*' not allowed|dumb http transport|protocol .* is not supported|unable to find remote helper|'remote-[^']*' is not a git command|strange (hostname|pathname|port)/i,
    "usage",
    (shown) => `${shown} can't be reached in a way that reflock uses.`
  ]
];
var THROTTLED_PAUSE_MS = 6e4;
function failureOf(result, address, timeoutMs) {
  const { shown } = address;
  if (result.ending === "aborted") return new LockError("cancelled", "Cancelled.");
  if (result.ending === "timeout")
    return new LockError("unreachable", `${shown} did not answer within ${timeoutMs / 1e3} s`);
  if (result.ending === "signal")
    return new LockError("unreachable", `git was ended while it talked to ${shown}`);
  if (result.ending === "flood") return new LockError("refused", `${shown} answers with too much to be read`);
  const words = wordsOf(result, address);
  const found = MEANINGS.find(([pattern2]) => pattern2.test(result.stderr));
  if (found === void 0) return new LockError("unreachable", `${shown} could not be reached: ${words}`);
  const [pattern, kind, message] = found;
  if (pattern === NO_REPOSITORY && address.path !== null)
    return new LockError("usage", `There is no repository at ${shown}. git says: ${words}`);
  const details = kind === "throttled" ? { retryAfterMs: THROTTLED_PAUSE_MS } : {};
  return new LockError(kind, `${message(shown)} git says: ${words}`, details);
}
function wordsOf({ stderr }, address) {
  const lines = stderr.split(/[\r\n]+/).map((line2) => line2.trim());
  const said = lines.filter(
    (line2) => line2 !== "" && !/^(hint:|To |Please make sure|and the repository)/.test(line2)
  );
  const theirs = said.filter((line2) => /^(remote:|ERROR:)/.test(line2));
  const all = (theirs.length > 0 ? theirs : said).map((line2) => line2.replace(/^(remote: ?)+/, "").trim());
  return clean(all.filter((line2) => line2 !== "").join(" \xB7 ") || "nothing", address);
}
function clean(text2, { secrets, shown, url }) {
  let cleaned = text2.replaceAll(url, shown);
  for (const secret of secrets) cleaned = cleaned.replaceAll(secret, "***");
  cleaned = cleaned.replaceAll(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/]*@/gi, "$1").replaceAll(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, "").replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
  return cleaned.length > 400 ? `${cleaned.slice(0, 400)}\u2026` : cleaned;
}

// src/git/mirror.ts
var DEPTH = 2;
var HERE = "refs/mirror/";
function openMirror(source, { objects, fetch, failure }) {
  const isPrefix = source.endsWith("/");
  const refspec = isPrefix ? `+${source}*:${HERE}*` : `+${source}:${HERE}tip`;
  let gitDir = null;
  let last = Promise.resolve();
  const look4 = async () => {
    const depth = gitDir === null ? [`--depth=${DEPTH}`] : [];
    gitDir ??= objects.newGitDir();
    const from = gitDir;
    try {
      const result = await fetch([...depth, ...isPrefix ? ["--prune"] : [], refspec], from);
      if (result.code === 0) return await refsIn(from, (name) => isPrefix ? source + name : source);
      if (!isNothing(result)) throw failure(result);
      await drop(from);
      return /* @__PURE__ */ new Map();
    } catch (error) {
      await drop(from);
      throw error;
    }
  };
  const drop = async (path) => {
    gitDir = null;
    await rm(path, { recursive: true, force: true });
  };
  return {
    read() {
      const read2 = last.then(look4);
      last = read2.catch(() => {
      });
      return read2;
    }
  };
}
function isNothing({ code, stderr }) {
  return /couldn't find remote ref|no matching remote head/.test(stderr) || code === 1 && stderr.trim() === "";
}
async function fetchCommit(oid, depth, fetching) {
  return await fetchOnce([`--depth=${depth}`, oid], fetching);
}
async function fetchAll(sources, fetching) {
  const refspecs = sources.map(
    (source) => source.endsWith("/") ? `+${source}*:${HERE}${source}*` : `+${source}:${HERE}${source}`
  );
  return await fetchOnce(refspecs, fetching);
}
async function fetchOnce(args, { objects, fetch }) {
  const gitDir = objects.newGitDir();
  try {
    return await fetch(args, gitDir);
  } finally {
    await rm(gitDir, { recursive: true, force: true });
  }
}
async function refsIn(gitDir, fullName) {
  const refs = /* @__PURE__ */ new Map();
  for (const line2 of (await textOf(join(gitDir, "packed-refs"))).split("\n")) {
    const [oid = "", name = ""] = line2.split(" ");
    if (isOid(oid) && name.startsWith(HERE)) refs.set(fullName(name.slice(HERE.length)), oid);
  }
  const folder = join(gitDir, HERE);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const found = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const oid = (await textOf(path)).trim();
      return [path.slice(folder.length).replaceAll("\\", "/"), oid];
    })
  );
  for (const [name, oid] of found) if (isOid(oid)) refs.set(fullName(name), oid);
  return refs;
}
async function textOf(path) {
  return await readFile2(path, "utf8").catch(() => "");
}

// builtin:tty
var builtin6 = () => __require("node:tty");
var isatty = /* @__PURE__ */ (() => builtin6().isatty)();

// src/git/environment.ts
var KEPT = /^GIT_(SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|HTTP_\w+|PROXY_\w+|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+|CONFIG_PARAMETERS|EXEC_PATH|ALLOW_PROTOCOL|PROTOCOL_FROM_USER|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)$/;
var PUSHERS_OWN = /^GIT_(NO_LAZY_FETCH|CONFIG_(COUNT|KEY_\d+|VALUE_\d+|PARAMETERS))$/;
var PROTOCOLS = ["file", "git", "http", "https", "ssh"];
var OVERRIDES = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.logAllRefUpdates", "false"],
  ["color.ui", "false"],
  ["credential.interactive", "false"],
  ["fetch.recurseSubmodules", "false"],
  // Loose objects can be read without another process.
  ["fetch.unpackLimit", "1000000"],
  ["fetch.writeCommitGraph", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["protocol.version", "2"],
  ["push.followTags", "false"],
  ["push.gpgSign", "false"],
  ["push.negotiate", "false"],
  ["push.pushOption", ""],
  ["push.recurseSubmodules", "no"],
  ["submodule.recurse", "false"]
];
function overridesFor(timeoutMs) {
  const seconds = String(Math.max(1, Math.ceil((timeoutMs ?? 0) / 1e3)));
  const silence = timeoutMs === void 0 ? [] : [
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", seconds]
  ];
  return [...OVERRIDES, ...silence].flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
function environmentFor(run, from = process.env) {
  const kept = Object.entries(from).filter(([name]) => !name.startsWith("GIT_") || KEPT.test(name));
  return {
    ...Object.fromEntries(kept),
    ...settingsIn(from, run.settings ?? []),
    ...run.gitDir === void 0 ? {} : { GIT_DIR: run.gitDir },
    ...run.objects === void 0 ? {} : { GIT_OBJECT_DIRECTORY: run.objects },
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    // A look into somebody's partial clone is to talk to nobody.
    GIT_NO_LAZY_FETCH: "1",
    GCM_INTERACTIVE: "never",
    GIT_ASKPASS: askpassIn(from),
    GIT_ALLOW_PROTOCOL: protocolsIn(from),
    ...run.environment
  };
}
function environmentOfServer(from = process.env) {
  const kept = Object.entries(environmentFor({}, from)).filter(([name]) => !PUSHERS_OWN.test(name));
  return Object.fromEntries(kept);
}
function askpassIn(from) {
  return isatty(0) ? "" : from.GIT_ASKPASS ?? "";
}
function protocolsIn({ GIT_ALLOW_PROTOCOL: allowed }) {
  const theirs = allowed?.split(":");
  return PROTOCOLS.filter((protocol) => theirs === void 0 || theirs.includes(protocol)).join(":");
}
function settingsIn(from, settings) {
  const count2 = /^\d{1,4}$/.test(from.GIT_CONFIG_COUNT ?? "") ? Number(from.GIT_CONFIG_COUNT) : 0;
  const theirs = Array.from(
    { length: count2 },
    (_, index) => [from[`GIT_CONFIG_KEY_${index}`] ?? "", from[`GIT_CONFIG_VALUE_${index}`] ?? ""]
  );
  const all = [...settings, ...theirs];
  if (all.length === 0) return {};
  const pairs = all.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, value]
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(all.length) };
}

// src/git/process.ts
var STDOUT_LIMIT = 32 * 1024 * 1024;
var STDERR_LIMIT = 64 * 1024;
var GRACE_MS = 3e3;
var LINGER_MS = 500;
async function runGit(args, run) {
  if (run.signal?.aborted) return { ending: "aborted", code: null, stdout: "", stderr: "" };
  const child = start(args, run, "ignore");
  const flood = new AbortController();
  const stdout = gather(child.stdout, STDOUT_LIMIT, () => flood.abort());
  const stderr = gather(child.stderr, STDERR_LIMIT, () => {
  });
  const { ending, code } = await endOf(child, run, flood.signal);
  return { ending, code, stdout: stdout(), stderr: stderr() };
}
function talkToGit(args, run, onData) {
  const child = start(args, run, "pipe");
  child.stdin.on("error", () => {
  });
  child.stdout.on("error", () => {
  });
  child.stdout.on("data", onData);
  const stderr = gather(child.stderr, STDERR_LIMIT, () => {
  });
  const ended = endOf(child, run, new AbortController().signal);
  return { stdin: child.stdin, result: ended.then((how) => ({ ...how, stderr: stderr() })) };
}
function endOf(child, { cwd, timeoutMs, signal, asServer = false }, flood) {
  return new Promise((resolve2, reject) => {
    let told = null;
    const end2 = (why) => {
      if (told !== null) return;
      told = why;
      endGently(child, asServer ? () => letGo(why) : () => child.kill("SIGKILL"));
    };
    const letGo = (why) => {
      stopWatching();
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      resolve2({ ending: why, code: null });
    };
    const timer = setTimeout(() => end2("timeout"), timeoutMs);
    const abort = () => end2("aborted");
    const overflow = () => end2("flood");
    signal?.addEventListener("abort", abort, { once: true });
    flood.addEventListener("abort", overflow, { once: true });
    if (signal?.aborted) abort();
    const stopWatching = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      flood.removeEventListener("abort", overflow);
    };
    child.on("error", (error) => {
      stopWatching();
      reject(withoutGit(error, cwd));
    });
    child.on("exit", (code) => {
      stopWatching();
      const how = told ?? (code === null ? "signal" : "exit");
      const leave = () => {
        clearTimeout(lingering);
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
        resolve2({ ending: how, code: how === "exit" ? code : null });
      };
      const lingering = setTimeout(leave, told === null ? LINGER_MS : 0);
      child.once("close", leave);
    });
  });
}
function openGit(args, run) {
  const child = start(args, run, "pipe");
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr])
    stream.unref?.();
  child.stdin.on("error", () => {
  });
  child.stderr.resume();
  return child;
}
function withoutGit(cause, cwd) {
  if (cause.code !== "ENOENT")
    return new LockError("unreachable", `git could not be started (${cause.code}).`, { cause });
  if (!existsSync(cwd))
    return new LockError("usage", `There is no folder ${JSON.stringify(cwd)}.`, { cause });
  return new LockError("usage", "There is no git on the PATH. Install git 2.31 or later.", { cause });
}
function start(args, run, stdin) {
  return spawn("git", [...run.asServer ? [] : overridesFor(run.timeoutMs), ...args], {
    cwd: run.cwd,
    env: run.asServer ? environmentOfServer() : environmentFor(run),
    stdio: [stdin, "pipe", "pipe"],
    // A session of its own: without a terminal nobody can be asked for a password, and the interrupt that a terminal sends to all of a foreground group
    // does not end a push whose outcome we then would not know.
    detached: process.platform !== "win32",
    windowsHide: true
  });
}
function endGently(child, onStubborn) {
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(onStubborn, GRACE_MS);
  child.on("exit", () => clearTimeout(timer));
}
function signalGroup(child, signal) {
  try {
    if (child.pid !== void 0 && process.platform !== "win32") process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
  }
}
function gather(stream, limit, onFlood) {
  const chunks = [];
  let length = 0;
  stream.on("data", (chunk) => {
    length += chunk.length;
    if (length > limit) onFlood();
    else chunks.push(chunk);
  });
  stream.on("error", () => {
  });
  return () => Buffer.concat(chunks).toString();
}

// src/git/batch-reader.ts
var SIZE_LIMIT2 = 4 * 1024 * 1024;
function openBatchReader(run, timeoutMs) {
  let child = null;
  const asked = [];
  const open = () => {
    const opened = openGit(["cat-file", "--batch"], run);
    let received = Buffer.alloc(0);
    opened.stdout.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (let answer = firstAnswer(received); answer !== null; answer = firstAnswer(received)) {
        received = received.subarray(answer.length);
        const one = asked.shift();
        clearTimeout(one?.timer);
        one?.resolve(answer.object);
      }
      if (received.length > SIZE_LIMIT2) opened.kill();
    });
    const end2 = (cause) => {
      if (child === opened) child = null;
      const error = new LockError("unreachable", "git was ended while it read an object", { cause });
      for (const one of asked.splice(0)) {
        clearTimeout(one.timer);
        one.reject(error);
      }
    };
    opened.on("error", end2);
    opened.on("close", () => end2());
    return opened;
  };
  return {
    read(oid) {
      child ??= open();
      const opened = child;
      return new Promise((resolve2, reject) => {
        asked.push({ timer: setTimeout(() => opened.kill(), timeoutMs), resolve: resolve2, reject });
        opened.stdin.write(`${oid}
`);
      });
    },
    close: () => void child?.kill()
  };
}
function firstAnswer(received) {
  const end2 = received.indexOf(10);
  if (end2 < 0) return null;
  const [, type = "", size] = received.subarray(0, end2).toString().split(" ");
  if (size === void 0) return { object: null, length: end2 + 1 };
  const after = end2 + 1 + Number(size);
  if (received.length < after + 1) return null;
  return { object: { type, content: Buffer.from(received.subarray(end2 + 1, after)) }, length: after + 1 };
}

// src/git/nearby.ts
async function findNearby(path, address, run) {
  checkAccess(path, address);
  if (/[\n"]/.test(path) || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return null;
  const cwd = realpathSync(path);
  const ceilings = [dirname(cwd), process.env.GIT_CEILING_DIRECTORIES ?? ""].join(delimiter);
  const question = ["rev-parse", "--path-format=absolute", "--git-common-dir", "--show-object-format"];
  const environment = { GIT_CEILING_DIRECTORIES: ceilings };
  const result = await runGit(question, { ...run, cwd, environment });
  if (result.ending !== "exit") throw failureOf(result, address, run.timeoutMs);
  const [gitDir, format] = result.stdout.split("\n");
  if (result.code !== 0 || gitDir === void 0 || format !== "sha1" && format !== "sha256") return null;
  return { gitDir, objects: join(gitDir, "objects"), format };
}
function checkAccess(path, { shown }) {
  for (const place of [path, join(path, ".git"), join(path, "refs"), join(path, "objects")]) {
    try {
      accessSync(place, constants.R_OK | constants.X_OK);
    } catch (error) {
      if (!isNoAccess(error) || isFile(place)) continue;
      throw new LockError("denied", `You may not read ${shown}: its permissions do not allow it.`, {
        cause: error
      });
    }
  }
}
function isNoAccess(error) {
  return error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM");
}
function isFile(place) {
  try {
    return statSync(place).isFile();
  } catch {
    return false;
  }
}
async function refsNearby({
  nearby: { gitDir },
  address,
  run
}, prefix) {
  const format = "--format=%(objectname) %(objecttype) %(refname)";
  const result = await runGit(["for-each-ref", format, "--", prefix], { ...run, gitDir });
  if (result.ending !== "exit" || result.code !== 0) throw failureOf(result, address, run.timeoutMs);
  return result.stdout.split("\n").flatMap((line2) => {
    const [oid, type, name] = line2.split(" ");
    if (oid === void 0 || name === void 0) return [];
    return [{ name, oid, isCommit: type === "commit" }];
  });
}
function openNearbyObjects({ gitDir, objects, format }, timeoutMs) {
  const written = /* @__PURE__ */ new Map();
  const packed = openBatchReader({ cwd: gitDir, gitDir }, timeoutMs);
  const unsentBehind = (tip) => {
    const found = [];
    for (let oid = tip; oid !== void 0; ) {
      const commit = written.get(oid);
      if (commit === void 0) break;
      found.push(commit);
      oid = decodeCommit(oid, commit).parents[0];
    }
    return found.length === 0 ? [] : [...found, EMPTY_TREE];
  };
  return {
    format,
    unsent: (tips) => [...new Set(tips.flatMap(unsentBehind))],
    forget(sent) {
      for (const object of sent) written.delete(oidOf(object, format));
    },
    read: async (oid) => written.get(oid) ?? await readLooseElsewhere(objects, oid) ?? await packed.read(oid),
    async write(object) {
      const oid = oidOf(object, format);
      written.set(oid, object);
      return oid;
    },
    close: () => packed.close()
  };
}

// builtin:os
var builtin7 = () => __require("node:os");
var constants2 = /* @__PURE__ */ (() => builtin7().constants)();
var homedir = /* @__PURE__ */ (() => builtin7().homedir)();
var hostname = /* @__PURE__ */ (() => builtin7().hostname)();
var tmpdir = /* @__PURE__ */ (() => builtin7().tmpdir)();
var userInfo = /* @__PURE__ */ (() => builtin7().userInfo)();

// src/git/objects.ts
var folders = /* @__PURE__ */ new Set();
function newFolder() {
  let path;
  try {
    path = mkdtempSync(join(tmpdir(), "reflock-git-"));
  } catch (cause) {
    const message = `The folder for temporary files can't be written to: ${tmpdir()}`;
    throw new LockError("usage", message, { cause });
  }
  if (folders.size === 0) process.on("exit", removeFolders);
  folders.add(path);
  return {
    path,
    remove() {
      removeFolder(path);
      if (folders.size === 0) process.off("exit", removeFolders);
    }
  };
}
function removeFolders() {
  for (const path of folders) removeFolder(path);
}
function removeFolder(path) {
  folders.delete(path);
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  } catch {
  }
}
function openObjects(root, format) {
  const gitDir = join(root, randomUUID());
  const folder = join(gitDir, "objects");
  makeRepository(gitDir, format);
  let hasEmptyTree = false;
  return {
    ...{ gitDir, folder, format },
    async read(oid) {
      return readLoose(folder, oid);
    },
    async write(object) {
      if (!hasEmptyTree) writeLoose(folder, EMPTY_TREE, format);
      hasEmptyTree = true;
      return writeLoose(folder, object, format);
    },
    newGitDir() {
      const path = join(root, randomUUID());
      makeRepository(path, format);
      return path;
    }
  };
}
function makeRepository(gitDir, format) {
  mkdirSync(join(gitDir, "objects"), { recursive: true });
  mkdirSync(join(gitDir, "refs"));
  writeFileSync(join(gitDir, "HEAD"), "ref: refs/heads/none\n");
  const [version2, extension] = format === "sha1" ? ["0", ""] : ["1", `[extensions]
	objectFormat = ${format}
`];
  writeFileSync(
    join(gitDir, "config"),
    `[core]
	repositoryFormatVersion = ${version2}
	bare = true
${extension}`
  );
}

// src/git/settings.ts
var NOBODY = { name: "reflock", email: "reflock@localhost" };
var OF_NETWORK = /^(credential|http|url|ssh)\.|^core\.(sshcommand|gitproxy)$/;
async function readSettings(run) {
  const entries = await list(run);
  const isConditional = entries.some(({ name }) => name.startsWith("includeif."));
  const seenAnyway = isConditional ? await list({ ...run, gitDir: "/dev/null" }).catch(() => []) : entries.filter(({ scope }) => scope !== "local" && scope !== "worktree");
  return {
    handedOn: without(
      entries.filter(({ name }) => OF_NETWORK.test(name)),
      seenAnyway
    ),
    committer: committerOf(entries),
    ssh: sshOf(entries),
    remotes: entries.filter(({ name }) => name.startsWith("remote.")).map(({ name, value }) => [name, value])
  };
}
async function list(run) {
  const { ending, code, stdout } = await runGit(["config", "--list", "--show-scope", "-z"], run);
  if (ending === "aborted") throw new LockError("cancelled", "Cancelled.");
  if (ending !== "exit")
    throw new LockError("unreachable", "git was ended while it read its own configuration");
  if (code !== 0) throw new LockError("usage", "git can't read its configuration: try `git config --list`.");
  const parts = stdout.split("\0");
  return parts.flatMap((scope, index) => {
    const entry = parts[index + 1];
    if (index % 2 === 1 || entry === void 0) return [];
    const end2 = entry.indexOf("\n");
    const [name, value] = end2 < 0 ? [entry, "true"] : [entry.slice(0, end2), entry.slice(end2 + 1)];
    return [{ scope, name, value }];
  });
}
function without(entries, seenAnyway) {
  const idOf = ({ name, value }) => `${name}
${value}`;
  const seen = seenAnyway.map(idOf);
  return entries.flatMap((entry) => {
    const at = seen.indexOf(idOf(entry));
    if (at < 0) return [[entry.name, entry.value]];
    seen.splice(at, 1);
    return [];
  });
}
function committerOf(entries) {
  const last = (name2) => entries.findLast((entry) => entry.name === name2)?.value;
  const { GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL } = process.env;
  const name = plain(GIT_COMMITTER_NAME ?? last("committer.name") ?? last("user.name") ?? "");
  const email = plain(GIT_COMMITTER_EMAIL ?? last("committer.email") ?? last("user.email") ?? "");
  return name === "" || email === "" ? NOBODY : { name, email };
}
function plain(text2) {
  return text2.replaceAll(/[<>\p{Cc}]/gu, "").trim();
}
function sshOf(entries) {
  const isChosen = process.env.GIT_SSH_COMMAND !== void 0 || process.env.GIT_SSH !== void 0 || entries.some(({ name }) => name === "core.sshcommand");
  return isChosen ? {} : { GIT_SSH_COMMAND: "ssh -oBatchMode=yes -oConnectTimeout=20" };
}

// src/git/connection.ts
function openConnection(options) {
  const { address, cwd, timeoutMs, signal } = options;
  let found = null;
  let closeGround = async () => {
  };
  let isClosed = false;
  const find = async () => {
    const here = { cwd, timeoutMs, signal };
    const asked = [
      options.settings ?? readSettings(here),
      options.nearby ?? (address.path === null ? null : findNearby(address.path, address, here))
    ];
    await Promise.allSettled(asked);
    const [settings, nearby] = await Promise.all(asked);
    if (isClosed) throw cancelled();
    const common = { address, settings, run: here };
    const { ground: ground2, close } = nearby === null ? farGround(common) : nearGround(common, nearby);
    closeGround = close;
    return ground2;
  };
  const ground = () => {
    found ??= find().catch((error) => {
      found = null;
      throw error;
    });
    return found;
  };
  if (address.path !== null) ground().catch(() => {
  });
  return {
    ground,
    async close() {
      isClosed = true;
      await closeGround();
    }
  };
}
function nearGround(common, nearby) {
  const run = { ...common.run, cwd: nearby.gitDir };
  const objects = openNearbyObjects(nearby, run.timeoutMs);
  const unended = /* @__PURE__ */ new Set();
  return {
    ground: { ...common, kind: "near", nearby, run, objects, unended },
    async close() {
      objects.close();
      await Promise.all(unended);
    }
  };
}
function farGround(common) {
  const { address, settings } = common;
  const folder = newFolder();
  const run = {
    ...common.run,
    cwd: folder.path,
    settings: [...settings.handedOn, ...address.settings],
    environment: settings.ssh
  };
  const state = { objects: openObjects(folder.path, "sha1"), isFormatKnown: false };
  return {
    ground: { ...common, kind: "far", run, root: folder.path, state, mirrors: /* @__PURE__ */ new Map() },
    close: async () => folder.remove()
  };
}
function fetchingFrom(ground, environment = () => ({})) {
  const { address, run } = ground;
  const { objects } = ground.state;
  const flags = ["--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules"];
  const failure = (result) => failureOf(result, address, run.timeoutMs);
  return {
    objects,
    failure,
    async fetch(args, gitDir) {
      const options = args.filter((arg) => arg.startsWith("--"));
      const refspecs = args.filter((arg) => !arg.startsWith("--"));
      const result = await runGit(
        ["fetch", "--quiet", ...flags, ...options, "--", address.url, ...refspecs],
        {
          ...run,
          gitDir,
          objects: objects.folder,
          environment: { ...run.environment, ...environment() }
        }
      );
      if (result.ending !== "exit") throw failure(result);
      return result;
    }
  };
}
async function refsElsewhere(ground, source) {
  if (!ground.state.isFormatKnown) return await refsAtFirst(ground, source);
  const mirror = ground.mirrors.get(source) ?? openMirror(source, fetchingFrom(ground));
  ground.mirrors.set(source, mirror);
  return await mirror.read();
}
async function refsAtFirst(ground, source) {
  const { state, root } = ground;
  const trace = join(root, `trace-${crypto.randomUUID()}`);
  const mirror = openMirror(
    source,
    fetchingFrom(ground, () => state.isFormatKnown ? {} : { GIT_TRACE_PACKET: trace })
  );
  try {
    const refs = await mirror.read().catch((error) => error);
    const format = await formatIn(trace);
    if (format === null && !(refs instanceof Map)) throw refs;
    if (!state.isFormatKnown) {
      state.isFormatKnown = true;
      if (format === "sha256") state.objects = openObjects(root, format);
    }
    if (refs instanceof Map && format !== "sha256") {
      ground.mirrors.set(source, mirror);
      return refs;
    }
    return await refsElsewhere(ground, source);
  } finally {
    await rm(trace, { force: true });
  }
}
async function formatIn(trace) {
  const text2 = await readFile2(trace, "utf8").catch(() => "");
  const said = /< (?:[^\n]* )?object-format=(sha1|sha256)\b/.exec(text2)?.[1];
  if (said === "sha1" || said === "sha256") return said;
  return /< /.test(text2) ? "sha1" : null;
}
async function objectsOf(ground) {
  if (ground.kind === "near") return ground.objects;
  if (!ground.state.isFormatKnown) await refsElsewhere(ground, "refs/reflock-format/");
  return ground.state.objects;
}
function objectsHere(ground) {
  return ground.kind === "near" ? ground.objects : ground.state.objects;
}
function cancelled() {
  return new LockError("cancelled", "Cancelled.");
}

// src/git/pack.ts
var TYPES = { commit: 1, tree: 2 };
function encodePack(objects, format) {
  const header = Buffer.from("PACK\0\0\0\0\0\0\0");
  header.writeUInt32BE(objects.length, 8);
  const parts = objects.flatMap((object) => [headerOf(object), deflateSync(object.content)]);
  const content = Buffer.concat([header, ...parts]);
  return Buffer.concat([content, createHash(format).update(content).digest()]);
}
function headerOf({ type, content }) {
  const number = TYPES[type];
  if (number === void 0) throw new LockError("bug", `A ${type} was to be sent.`);
  const bytes = [number << 4 | content.length & 15];
  for (let rest = content.length >>> 4; rest > 0; rest >>>= 7) {
    bytes.push((bytes.pop() ?? 0) | 128, rest & 127);
  }
  return Buffer.from(bytes);
}

// src/git/receive-pack.ts
function openReceiving(path, run, names) {
  const said = Promise.withResolvers();
  const done = Promise.withResolvers();
  const stop = new AbortController();
  const abort = () => stop.abort();
  if (run.signal?.aborted) abort();
  run.signal?.addEventListener("abort", abort);
  const lines = [];
  let asked = null;
  let refs = [];
  let isSaid = false;
  const report = () => {
    refs = answersIn(lines);
    if (refs.length === 0 || refs.some(({ state }) => state !== "changed")) return;
    run.signal?.removeEventListener("abort", abort);
    done.resolve({ ending: "exit", code: 0, stderr: "", refs: [...refs, ...unheardOf(asked, refs)] });
  };
  const onPacket = (packet) => {
    if (packet !== null && (isSaid || lines.length === 0 || names.has(nameIn(packet)))) lines.push(packet);
    if (packet !== null) return;
    if (isSaid) report();
    else said.resolve(advertisedIn(lines.splice(0)));
    isSaid = true;
  };
  const git = talkToGit(
    ["receive-pack", path],
    { ...run, signal: stop.signal, asServer: true },
    packetReader(onPacket)
  );
  const ended = git.result.then(({ ending, code, stderr }) => ({
    ...{ ending, code, stderr },
    refs: [...refs, ...unheardOf(asked, refs)]
  }));
  const end2 = ended.catch(() => {
  }).then(() => {
    run.signal?.removeEventListener("abort", abort);
    said.resolve(null);
  });
  return {
    advertised: said.promise,
    async send(request) {
      if (isSaid) asked = request.changes;
      const version2 = (await said.promise)?.capabilities.has("report-status-v2") ? "-v2" : "";
      git.stdin.end(encode(request, `report-status${version2}`));
      return await Promise.race([done.promise, ended]);
    },
    close: () => void git.stdin.end(FLUSH),
    end: end2
  };
}
function unheardOf(asked, answers) {
  const heard = new Set(answers.map(({ ref }) => ref));
  const unheard2 = (asked ?? []).filter(({ ref }) => !heard.has(ref));
  return unheard2.map(({ ref }) => ({ ref, state: "unheard", reason: "" }));
}
var FLUSH = "0000";
function encode({ changes, pack, format, isAtomic }, report) {
  const nothing = "0".repeat(format === "sha1" ? 40 : 64);
  const capabilities = [report, `object-format=${format}`, ...isAtomic ? ["atomic"] : []];
  const commands = changes.map(({ ref, from, to }, at) => {
    const command = `${from ?? nothing} ${to ?? nothing} ${ref}`;
    return packetOf(at === 0 ? `${command}\0 ${capabilities.join(" ")}` : command);
  });
  const isPackSent = changes.some(({ to }) => to !== null);
  return Buffer.concat([...commands, Buffer.from(FLUSH), ...isPackSent ? [pack] : []]);
}
function packetOf(text2) {
  const content = Buffer.from(text2);
  return Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, "0")), content]);
}
function packetReader(onPacket) {
  let received = Buffer.alloc(0);
  let isBroken = false;
  return (chunk) => {
    if (isBroken) return;
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4) {
      const length = Number.parseInt(received.subarray(0, 4).toString(), 16);
      isBroken = Number.isNaN(length);
      const end2 = Math.max(4, length);
      if (isBroken || received.length < end2) return;
      onPacket(length < 4 ? null : received.subarray(4, end2).toString().replace(/\n$/, ""));
      received = received.subarray(end2);
    }
  };
}
function advertisedIn(lines) {
  const [, capabilities = ""] = lines[0]?.split("\0") ?? [];
  const refs = lines.map((line2) => [nameIn(line2), line2.split(" ")[0] ?? ""]);
  return { refs: new Map(refs), capabilities: new Set(capabilities.trim().split(" ")) };
}
function nameIn(line2) {
  return /^[0-9a-f]{40,64} (refs\/[^\0]+)/.exec(line2)?.[1] ?? "";
}
function answersIn(lines) {
  const unpack = lines.find((line2) => line2.startsWith("unpack "))?.slice("unpack ".length) ?? "";
  return lines.flatMap((line2, at) => {
    const [, verdict2, ref, reason = ""] = /^(ok|ng) (\S+)(?: (.*))?$/.exec(line2) ?? [];
    if (ref === void 0) return [];
    if (verdict2 === "ng")
      return [
        { ref, state: "refused", reason: reason === "unpacker error" ? `${reason}: ${unpack}` : reason }
      ];
    return [{ ref, state: lines[at + 1]?.startsWith("option ") ? "unheard" : "changed", reason }];
  });
}

// src/git/rejection.ts
var CONSEQUENCE = /^atomic (push failed|push failure|transaction failed|transaction aborted)$/i;
var ELSEWHERE = /stale info|fetch first|non-fast.?forward|needs force|already exists|does not exist|failed to (update|delete|write|lock)|cannot (lock|update)|lock.?failure|incorrect old value|refname conflict|remote ref updated since|transaction failed to start/i;
var FINAL = /hook declined|hidden ref|prohibited|denied|deny |not permitted|not allowed|permission|protected|declined|forbidden|refusing|funny refname|bad ref|read.?only|policy|GH\d{3}/i;
var OVERTAKEN = /\b(is at|is missing)\b.*\bbut expected\b/i;
var PASSING = /internal (server )?error|tim(ed|e) ?out|try again|temporar|unavailable|overloaded|too busy|bad gateway|\b50[0-4]\b/i;
var NOT_KEPT = /unpack|necessary objects|bad pack|shallow/i;
function pushed(answer, deciding, address, timeoutMs) {
  const { ending, code, refs } = answer;
  if (ending !== "exit") return "unknown";
  if (refs.some(({ state }) => state === "unheard")) return unheard(answer, address);
  const refused3 = refs.filter(({ state }) => state === "refused");
  if (refused3.length > 0) return refusal(refused3, answer, address);
  if (code !== 0) return failed(answer, address, timeoutMs);
  const decided = refs.find(({ ref }) => ref === deciding);
  if (decided === void 0) return "unknown";
  return decided.state === "unchanged" ? "conflict" : "applied";
}
function unheard(answer, address) {
  if (/^fatal: ref updates aborted by hook$/m.test(answer.stderr))
    throw refusedBy(address, answer, ["hook declined"], "refused");
  return "unknown";
}
function answerOfPush({ ending, code, stdout, stderr }) {
  const refs = stdout.split("\n").flatMap((line2) => {
    const [, flag, ref, summary] = /^([ +\-*=!])\t[^\t]*:([^\t:]+)\t(.*)$/.exec(line2) ?? [];
    if (flag === void 0 || ref === void 0 || summary === void 0) return [];
    return [{ ref, state: stateOf(flag, summary), reason: /\((.*)\)$/.exec(summary)?.[1] ?? "" }];
  });
  return { ending, code, stderr, refs };
}
function stateOf(flag, summary) {
  if (flag === "=") return "unchanged";
  if (flag !== "!") return "changed";
  return summary.startsWith("[remote failure]") ? "unheard" : "refused";
}
function failed(answer, address, timeoutMs) {
  if (/does not support --atomic/.test(answer.stderr)) return { kind: "no-atomic" };
  if (/remote ref does not exist/.test(answer.stderr)) return "conflict";
  if (/aborted by hook/.test(answer.stderr)) throw refusedBy(address, answer, ["hook declined"], "refused");
  const error = failureOf(answer, address, timeoutMs);
  if (error.kind === "unreachable") return "unknown";
  throw error;
}
function refusal(refused3, answer, address) {
  const { stderr } = answer;
  const reasons = refused3.map(({ reason }) => reason).filter((reason) => !CONSEQUENCE.test(reason));
  throwIfBlocked(stderr);
  if (/Permission denied|insufficient permission|Read-only file system/i.test(stderr))
    throw refusedBy(address, answer, reasons, "denied");
  const words = reasons.map(withoutNames);
  const others = words.filter((reason) => !OVERTAKEN.test(reason));
  if (others.some((reason) => PASSING.test(reason))) throw refusedBy(address, answer, reasons, "unreachable");
  const final = others.find((reason) => FINAL.test(reason));
  if (final !== void 0 || /aborted by hook/.test(stderr)) {
    const kind = /permission|permitted|not allowed/i.test(final ?? "") ? "denied" : "refused";
    throw refusedBy(address, answer, reasons, kind);
  }
  if (others.some((reason) => NOT_KEPT.test(reason))) {
    if (/traverse parents|Could not read|bad object/.test(stderr)) return "conflict";
    throw refusedBy(address, answer, reasons, "unreachable");
  }
  if (/unable to create ('.*\.lock'|file .*packed-refs\.new)/i.test(stderr))
    return { kind: "locked", error: refusedBy(address, answer, reasons, "unreachable") };
  if (others.every((reason) => ELSEWHERE.test(reason))) return "conflict";
  return { kind: "unexplained", error: refusedBy(address, answer, reasons, "refused") };
}
function withoutNames(reason) {
  return reason.replaceAll(/'[^'\s]*'|"[^"\s]*"|\brefs\/\S+/g, "''");
}
function throwIfBlocked(stderr) {
  const [, ref, blocking] = /cannot lock ref '([^']+)': '(refs\/[^']+)' exists; cannot create/.exec(stderr) ?? /cannot lock ref '([^']+)': there is a non-empty directory '[^']*?(refs\/[^']+)'/.exec(stderr) ?? [];
  if (ref === void 0 || blocking === void 0) return;
  throw new LockError(
    "foreign",
    `A ref is in the way: ${shownRef(blocking)}. git cannot have both it and ${shownRef(ref)}. It is not the lock's; delete or rename it, or choose another namespace.`
  );
}
function shownRef(ref) {
  return ref.replaceAll(/[\p{Cc}\p{Cf}]/gu, "").slice(0, 300);
}
function refusedBy(address, answer, reasons, kind) {
  const why = clean([...new Set(reasons)].join(", ") || "no reason given", address);
  const hidden = /hidden ref/.test(why) ? " The server hides these refs: choose another namespace, such as refs/heads/locks." : "";
  return new LockError(
    kind,
    `${address.shown} refuses to change the lock's refs (${why}): ${wordsOf(answer, address)}.${hidden}`
  );
}

// src/git/push.ts
function openPusher() {
  let isAtomic = true;
  const refusedOnce = /* @__PURE__ */ new Set();
  const settled = (result, changes) => {
    if (typeof result === "string") return result;
    if (result.kind === "no-atomic") return "no-atomic";
    const id = changes.map(({ ref, from, to }) => `${ref} ${from} ${to}`).join("\n");
    if (refusedOnce.has(id)) throw result.error;
    refusedOnce.add(id);
    return "conflict";
  };
  const byLog = async (ground, changes) => {
    const deciding = decidingOf(changes);
    const outcome = settled(await push(ground, [deciding], deciding.ref, "alone"), [deciding]);
    if (outcome === "no-atomic") return "conflict";
    const others = changes.filter((other) => other !== deciding);
    if (outcome === "applied" && others.length > 0) await follow(ground, others);
    return outcome;
  };
  return {
    comparesAll: () => isAtomic,
    async transact(ground, given) {
      const changes = given.filter(({ from, to }) => from !== null || to !== null);
      if (changes.length === 0) return "applied";
      for (const change of changes) checkChange(change);
      if (ground.run.signal?.aborted) throw cancelled();
      if (!isAtomic || changes.length === 1) return await byLog(ground, changes);
      const outcome = settled(await push(ground, changes, decidingOf(changes).ref, "atomic"), changes);
      if (outcome !== "no-atomic") return outcome;
      isAtomic = false;
      return await byLog(ground, changes);
    }
  };
}
function decidingOf(changes) {
  const deciding = changes.find(({ ref }) => isLogRef(ref)) ?? changes[0];
  if (deciding === void 0)
    throw new LockError("bug", "A transaction was to be sent that changes nothing.");
  return deciding;
}
async function follow(ground, changes) {
  try {
    await push(ground, changes, decidingOf(changes).ref, "forced");
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
  }
}
function push(ground, changes, deciding, how) {
  return ground.kind === "near" ? pushNearby(ground, changes, deciding, how) : pushElsewhere(ground, changes, deciding, how);
}
function isForced({ to }, how) {
  return how === "forced" && to !== null;
}
async function pushNearby({ address, nearby, objects, run, unended }, changes, deciding, how) {
  const { format } = objects;
  const unsent = objects.unsent(changes.flatMap(({ to }) => to ?? []));
  const names = new Set(changes.map(({ ref }) => ref));
  const receiving = openReceiving(repositoryOf(nearby), run, names);
  const pack = encodePack(unsent, format);
  const advertised = await receiving.advertised;
  const isAtomic = how === "atomic";
  const sent = advertised === null ? changes : changesFor(changes, advertised, how);
  const isHopeless = isAtomic && advertised?.capabilities.has("atomic") === false;
  if (isHopeless || sent === null || sent.every(({ ref }) => ref !== deciding)) {
    receiving.close();
    return isHopeless ? { kind: "no-atomic" } : "conflict";
  }
  const answer = await receiving.send({ changes: sent, pack, format, isAtomic });
  const result = pushed(answer, deciding, address, run.timeoutMs);
  if (result !== "applied") return result;
  objects.forget(unsent);
  unended.add(receiving.end);
  receiving.end.then(() => unended.delete(receiving.end));
  return result;
}
function repositoryOf({ gitDir }) {
  return basename(gitDir) === ".git" ? dirname(gitDir) : gitDir;
}
function changesFor(changes, { refs }, how) {
  const left = changes.filter(({ ref, to }) => to === null || refs.get(ref) !== to);
  const possible = left.filter(({ ref, from, to }) => to !== null || refs.get(ref) === from);
  if (how === "atomic" && possible.length < left.length) return null;
  return possible.map(
    (change) => isForced(change, how) ? { ...change, from: refs.get(change.ref) ?? null } : change
  );
}
async function pushElsewhere({ address, run, state }, changes, deciding, how) {
  const leases = changes.filter((change) => !isForced(change, how)).map(({ ref, from }) => `--force-with-lease=${ref}:${from ?? ""}`);
  const refspecs = changes.map(
    (change) => `${isForced(change, how) ? "+" : ""}${change.to ?? ""}:${change.ref}`
  );
  const flags = ["--no-verify", "--no-signed", "--no-follow-tags", "--no-recurse-submodules"];
  const result = await runGit(
    [
      ...["push", "--porcelain", ...flags],
      ...how === "atomic" ? ["--atomic"] : [],
      ...leases,
      ...["--", address.url, ...refspecs]
    ],
    { ...run, gitDir: state.objects.gitDir }
  );
  return pushed(answerOfPush(result), deciding, address, run.timeoutMs);
}
function checkChange({ ref, from, to }) {
  checkRef(ref);
  if (from === to) throw new LockError("bug", `The ref ${ref} was to be changed to what it is.`);
  for (const oid of [from, to]) checkOid(oid);
}
function checkRef(ref) {
  if (!/^refs\/[^\x00-\x20\x7f~^:?*[\\]+$/.test(ref) || /\.\.|@\{|\/\//.test(ref))
    throw new LockError("usage", `${JSON.stringify(ref.slice(0, 200))} is no name for a ref.`);
}
function checkOid(oid) {
  if (oid !== null && !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(oid))
    throw new LockError("bug", `${JSON.stringify(oid.slice(0, 80))} is no object's name.`);
}

// src/git/ref-store.ts
var REQUEST_TIMEOUT_MS = 3e4;
var NEAR_POLL_MS = 100;
var LOOPBACK_POLL_MS = 250;
var FAR_POLL_MS = 1200;
var LONGEST_HISTORY = 1e3;
function pollMsOf({ path, url }) {
  if (path !== null) return NEAR_POLL_MS;
  return /^(https?|ssh|git):\/\/([^/@]*@)?(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)/i.test(url) ? LOOPBACK_POLL_MS : FAR_POLL_MS;
}
function openGitStore(options) {
  const {
    cwd = process.cwd(),
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    now = () => /* @__PURE__ */ new Date(),
    settings,
    nearby,
    signal
  } = options;
  const address = addressOf(options.remote, cwd);
  const connection = openConnection({
    address,
    cwd,
    settings,
    nearby,
    timeoutMs: requestTimeoutMs,
    signal
  });
  const { transact, comparesAll } = openPusher();
  const own = /* @__PURE__ */ new Map();
  const commitAt = commitReader(connection);
  const kindOf = kindReader();
  const refs = async (source) => {
    checkRef(source.replace(/\/$/, ""));
    const ground = await connection.ground();
    if (ground.kind === "near") return await refsNearby(ground, source);
    const found = await refsElsewhere(ground, source);
    return await Promise.all(
      [...found].map(async ([name, oid]) => ({ name, oid, ...await kindOf(ground, oid) }))
    );
  };
  const tip = async (ref) => (await refs(ref)).find(({ name }) => name === ref)?.oid ?? null;
  const bringDown = async ({ to }) => {
    let cursor = to;
    while (cursor && own.has(cursor)) cursor = own.get(cursor);
    if (cursor) await commitAt(cursor, 1);
  };
  return {
    clock: "local",
    pollMs: pollMsOf(address),
    isListCheap: true,
    comparesAll,
    tip,
    async list(prefix) {
      const found = (await refs(prefix)).filter(({ name }) => name.startsWith(prefix));
      return { refs: found, readAtMs: null };
    },
    async tipCommit(ref) {
      const oid = await tip(ref);
      return oid === null ? null : await commitAt(oid, 1);
    },
    read: (oid) => commitAt(oid, 1),
    async history(oid, limit) {
      const commits = [];
      const most = Math.min(limit, LONGEST_HISTORY);
      for (let cursor = oid; cursor !== void 0 && commits.length < most; ) {
        const commit = await commitAt(cursor, most - commits.length);
        commits.push(commit);
        cursor = commit.parents[0];
      }
      return commits;
    },
    async write(message, parent) {
      const ground = await connection.ground();
      const objects = await objectsOf(ground);
      const { committer } = ground.settings;
      const object = encodeCommit({ message, parent, committer, date: now() }, objects.format);
      const oid = await objects.write(object);
      own.set(oid, parent);
      return decodeCommit(oid, object);
    },
    async transact(changes) {
      const ground = await connection.ground();
      if (ground.kind === "far") await Promise.all(changes.map(bringDown));
      return await transact(ground, changes);
    },
    close: () => connection.close()
  };
}
function kindReader() {
  const known = /* @__PURE__ */ new Map();
  return async ({ state }, oid) => {
    let isCommit = known.get(oid);
    if (isCommit === void 0) {
      const object = await state.objects.read(oid).catch(() => null);
      if (object === null) return {};
      isCommit = object.type === "commit";
      known.set(oid, isCommit);
    }
    return { isCommit };
  };
}
function commitReader(connection) {
  const known = /* @__PURE__ */ new Map();
  const stored = async (ground, oid) => {
    const object = await objectsHere(ground).read(oid);
    if (object === null) return null;
    const commit = decodeCommit(oid, object);
    known.set(oid, commit);
    return commit;
  };
  return async (oid, depth) => {
    const commit = known.get(oid);
    if (commit !== void 0) return commit;
    if (!isOid(oid)) throw new LockError("bug", "A commit was to be read that has no commit's name.");
    const ground = await connection.ground();
    const here = await stored(ground, oid);
    if (here !== null) return here;
    if (ground.kind === "far") await bring(ground, oid, depth);
    const brought = await stored(ground, oid);
    if (brought !== null) return brought;
    throw new LockError("unreachable", `${ground.address.shown} does not have the commit ${oid}`);
  };
}
async function bring(ground, oid, depth) {
  await objectsOf(ground);
  const fetching = fetchingFrom(ground);
  const result = await fetchCommit(oid, depth + 1, fetching);
  if (result.code === 0) return;
  if (!/not our ref|unadvertised object/i.test(result.stderr)) throw fetching.failure(result);
  const sources = [...ground.mirrors.keys()];
  if (sources.length > 0) await fetchAll(sources, fetching);
}

// src/git/remote.ts
var TIMEOUT_MS = 2e4;
async function resolveRemote(cwd, given) {
  if (given !== null) checkRemote(given);
  const run = { cwd, timeoutMs: TIMEOUT_MS };
  const asked = [
    readSettings(run),
    mayBeHere(cwd, given) ? repositoryAt(cwd) : void 0,
    given !== null && isPath(given) ? lookAt(resolve(cwd, given), run) : void 0
  ];
  const [settings, looked, there] = await Promise.all(asked);
  const named = urlOf(settings.remotes, given ?? "origin");
  const found = looked === void 0 && named !== null ? await repositoryAt(cwd) : looked ?? null;
  const here = found instanceof LockError ? null : found;
  const remoteAt = (url) => {
    const isThisRepository = here !== null && (url === here.gitDir || url === here.top);
    return { url, isThisRepository, shown: showRemote(url), settings, nearby: void 0 };
  };
  if (named !== null) {
    checkRemote(named);
    return remoteAt(isPath(named) ? resolve(here?.top ?? cwd, named) : named);
  }
  if (given !== null) {
    if (!isPath(given)) return remoteAt(given);
    const path = resolve(cwd, given);
    if (isThere(path) || isThere(`${path}.git`)) return { ...remoteAt(path), nearby: there };
    if (found instanceof LockError) throw found;
    throw new LockError(
      "usage",
      `There is no remote named ${quoted(given)} here, and no repository at that path. Give --remote the name of a remote, a URL or a path.`
    );
  }
  if (found instanceof LockError) throw found;
  if (here !== null) return { ...remoteAt(here.gitDir), isThisRepository: true };
  throw new LockError(
    "usage",
    `${quoted(cwd)} is in no git repository. Name the repository that keeps the lock: --remote with a URL or a path.`
  );
}
async function lookAt(path, run) {
  return await findNearby(path, addressOf(path, run.cwd), run).catch(() => null) ?? void 0;
}
function urlOf(remotes, name) {
  const [push2, fetch] = ["pushurl", "url"].map(
    (what) => remotes.find(([setting]) => setting === `remote.${name}.${what}`)?.[1]
  );
  return push2 ?? fetch ?? null;
}
function mayBeHere(cwd, given) {
  if (given === null) return true;
  if (!isPath(given)) return false;
  const path = resolve(cwd, given);
  if (!isThere(path) && !isThere(`${path}.git`)) return true;
  try {
    for (let place = realpathSync(cwd), above = ""; place !== above; place = dirname(place)) {
      const git = join(place, ".git");
      if (place === path || git === path || statSync(git, { throwIfNoEntry: false })?.isFile()) return true;
      above = place;
    }
    return false;
  } catch {
    return true;
  }
}
function isThere(path) {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== void 0;
  } catch {
    return true;
  }
}
async function repositoryAt(cwd) {
  const run = { cwd, timeoutMs: TIMEOUT_MS };
  const common = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
  const result = await runGit([...common, "--show-toplevel"], run);
  const { ending, code, stdout, stderr } = result;
  if (ending !== "exit") throw new LockError("unreachable", "git was ended while it looked for a repository");
  const [gitDir = "", top = ""] = stdout.split("\n");
  if (/dubious ownership/.test(stderr)) return failureOf(result, addressOf(cwd, cwd), TIMEOUT_MS);
  if (!isAbsolute(gitDir)) return null;
  return { gitDir: resolve(gitDir), top: resolve(code === 0 ? top : gitDir) };
}

// src/machine/process-identity.ts
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
  const caller = plain2(env.SUDO_USER ?? "");
  return caller === "" || caller === user ? user : `${caller} as ${user}`;
}
function effectiveUser() {
  try {
    return plain2(userInfo().username);
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
function plain2(name) {
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

// src/machine/process-liveness.ts
var HERE2 = {
  exists,
  hasEnded: (pid) => ["Z", "X"].includes(statOf(pid)?.state ?? ""),
  startOf
};
function openProcessLiveness(self) {
  return {
    judge: async ({ kind, who }) => {
      if (who.process === null) return unknown("it is no process, but a run");
      if (kind === "claim")
        return unknown("a process holds the lock until it gives it back or its lease runs out");
      return judgeProcess(who.process, self);
    }
  };
}
function judgeProcess(who, self, table2 = HERE2) {
  if (who.host !== self.host) return unknown(`it runs on ${who.host}, which can't be asked from here`);
  if (!isText(who.bootId) || !isText(self.bootId))
    return unknown("nothing tells which start of the machine it belongs to");
  if (who.bootId !== self.bootId) return unknown("it belongs to another start of a machine of this name");
  if (!isText(who.pidNamespace) || who.pidNamespace !== self.pidNamespace)
    return unknown("it runs in another container of this machine, whose processes can't be seen from here");
  if (!isPid(who.pid)) return unknown("it named no process that could be looked for");
  return judgePid(who.pid, who.startedAt, table2);
}
function judgePid(pid, startedAt, table2) {
  const found = table2.exists(pid);
  if (found === null) return unknown("this machine does not tell which processes it has");
  if (!found) return dead(`its process ${pid} has ended`);
  if (table2.hasEnded(pid)) return dead(`its process ${pid} has ended`);
  const start3 = table2.startOf(pid);
  if (startedAt === null || start3 === null)
    return unknown(`whether process ${pid} is still the same one does not show`);
  if (start3 !== startedAt) return dead(`its process ${pid} has ended, and another one has that number`);
  return { state: "alive", why: `its process ${pid} runs on this machine`, sinceMs: null };
}
function exists(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    return code === "ESRCH" ? false : code === "EPERM" ? true : null;
  }
}
function isText(value) {
  return typeof value === "string" && value !== "";
}
function isPid(value) {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
function dead(why) {
  return { state: "dead", why, sinceMs: null };
}
function unknown(why) {
  return { state: "unknown", why, sinceMs: null };
}

// src/machine/sightings.ts
var KEEP_MS = 30 * 864e5;
var PRUNE_EVERY_MS = 864e5;
var KEY = /^[0-9a-zA-Z][0-9a-zA-Z_-]{0,127}$/;
function openSightings(directory = cacheDirectory(), clock2 = machineClock()) {
  const firstSeen = /* @__PURE__ */ new Map();
  const folder = directory === null || clock2.name === null ? null : join(directory, "seen", clock2.name);
  let isPruned = false;
  return {
    see: (keys) => {
      const nowNs = clock2.nowNs();
      if (folder !== null && !isPruned) {
        isPruned = true;
        quietly(() => prepare2(folder));
      }
      return new Map(
        keys.map((key) => {
          const before = firstSeen.get(key) ?? nowNs;
          const recorded = folder === null || !KEY.test(key) ? null : recall(folder, key, nowNs);
          const sinceNs = recorded !== null && recorded < before ? recorded : before;
          firstSeen.set(key, sinceNs);
          return [key, Number((nowNs - sinceNs) / 1000000n)];
        })
      );
    }
  };
}
function recall(folder, key, nowNs) {
  const path = join(folder, key);
  return quietly(() => {
    const made = make(path, nowNs);
    if (made) return nowNs;
    const firstNs = parse(readlinkSync(path));
    if (firstNs !== null && firstNs <= nowNs) {
      quietly(() => lutimesSync(path, /* @__PURE__ */ new Date(), /* @__PURE__ */ new Date()));
      return firstNs;
    }
    unlinkSync(path);
    return make(path, nowNs) ? nowNs : null;
  });
}
function make(path, nowNs) {
  try {
    symlinkSync(String(nowNs), path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
function parse(text2) {
  return /^\d{1,19}$/.test(text2) ? BigInt(text2) : null;
}
function prepare2(folder) {
  mkdirSync(folder, { recursive: true, mode: 448 });
  const stamp = join(folder, ".pruned");
  if (ageMs2(stamp) < PRUNE_EVERY_MS) return;
  quietly(() => unlinkSync(stamp));
  make(stamp, 0n);
  for (const name of readdirSync(folder)) {
    if (KEY.test(name) && ageMs2(join(folder, name)) > KEEP_MS) quietly(() => unlinkSync(join(folder, name)));
  }
  const all = join(folder, "..");
  for (const name of readdirSync(all)) {
    if (ageMs2(join(all, name)) > KEEP_MS) quietly(() => rmSync(join(all, name), { recursive: true }));
  }
}
function ageMs2(path) {
  return Math.max(0, Date.now() - (quietly(() => lstatSync(path).mtimeMs) ?? Number.NEGATIVE_INFINITY));
}
function quietly(work2) {
  try {
    return work2();
  } catch {
    return null;
  }
}
function machineClock() {
  const boot = bootId();
  const name = boot === null ? null : `${boot}-${namespace("time") ?? ""}`.replaceAll(/[^0-9a-zA-Z-]/g, "");
  return { name, nowNs: process.hrtime.bigint };
}
function cacheDirectory() {
  const { XDG_CACHE_HOME: xdg = "", LOCALAPPDATA: local = "" } = process.env;
  if (process.platform === "win32") return isAbsolute(local) ? join(local, "reflock") : null;
  if (isAbsolute(xdg)) return join(xdg, "reflock");
  const home = quietly(homedir) ?? "";
  if (!isAbsolute(home)) return null;
  return process.platform === "darwin" ? join(home, "Library", "Caches", "reflock") : join(home, ".cache", "reflock");
}

// src/wire.ts
async function openGit2(remote, cwd, signal = null) {
  const asked = resolveRemote(cwd, remote);
  prepareObjects();
  const { url, shown, isThisRepository, settings, nearby } = await asked;
  const store = openGitStore({ remote: url, cwd, settings, nearby, ...signal === null ? {} : { signal } });
  return { store, shown, isThisRepository, close: () => store.close() };
}
async function openRuns(apiUrl, token, repository) {
  const { connect } = await import("./client-4WI2WXBG.js");
  const { openLiveness } = await import("./liveness-HKFJQIXE.js");
  return openLiveness(await connect({ apiUrl, token, repository, nodeId: null }));
}
function openMachine() {
  const self = thisProcess();
  return { self, processes: openProcessLiveness(self), sightings: openSightings() };
}
var clock = {
  monotonicMs: () => performance.now(),
  date: () => /* @__PURE__ */ new Date(),
  sleep: async (ms, signal) => {
    await setTimeout2(
      Math.max(0, Math.min(ms, 2 ** 31 - 1)),
      void 0,
      signal === void 0 ? {} : { signal }
    ).catch(() => {
    });
  }
};
var machine = {
  clock,
  sightings: rememberSightings(clock.monotonicMs),
  random: Math.random,
  uuid: () => crypto.randomUUID()
};

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
async function commandToClear({ remote, namespace: namespace2 }, hold) {
  const words = ["reflock", "clear", "--expect", hold.claim];
  if (!hold.freeze) words.push("--force", "--reason", "WHY");
  if (remote !== void 0) words.push("--remote", showRemote(remote));
  if (namespace2 !== void 0) words.push("--namespace", namespace2);
  if (hold.name.startsWith("-")) words.push("--");
  return visible([...words, hold.name].map(shellWord).join(" "));
}

// src/lock/claimed.ts
var MOST_COMMITS = 1e4;
var STALE_MS3 = 15e3;
async function findClaimed(ports, lock, tag, patience) {
  const untilMs = Math.min(patience.untilMs, ports.clock.monotonicMs() + STALE_MS3);
  const what = `The log of "${lock.text}" has no trace of that hold so far.`;
  for (let tries = 0; ; tries++) {
    const found = await lookFor(ports, lock, tag, patience);
    if (found.kind !== "none" || tag.claims.size + tag.nonces.size === 0) return found;
    const isOver = await backOff(ports, tries, { ...patience, untilMs }, what).then(() => false, orOver);
    if (isOver) return found;
  }
}
function orOver(error) {
  if (isLockError(error, "unreachable")) return true;
  throw error;
}
async function lookFor(ports, lock, tag, patience) {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const known = /* @__PURE__ */ new Map();
  const nonces = await Promise.all(
    commitTips(refs).map((tip) => nonceBehind(ports, tip, tag, known, patience))
  );
  for (const slot of refs.logs.keys()) {
    const tip = tipOf(lock, slot, refs, known);
    if (tip.kind === "claim" && nonces.includes(tip.claim.nonce))
      return await holdAt(ports, lock, refs, slot, tip, known, patience);
  }
  const entry = entryOf(nonces, known);
  if (entry === null) refuseForeign(lock, refs, known);
  const status = statusOf(lock, 1, refs, { commits: known, verdicts: /* @__PURE__ */ new Map(), seenMs: /* @__PURE__ */ new Map() });
  return entry === null ? { kind: "none", status } : { kind: "ended", entry, status };
}
async function nonceBehind(ports, tip, tag, known, patience) {
  let count2 = 0;
  for (let oid = tip; oid !== void 0 && count2 < MOST_COMMITS; ) {
    const read2 = await readBack(ports, oid, known, patience);
    for (const commit of read2) {
      const record = readRecord(commit);
      if (record.kind !== "claim") continue;
      if (tag.claims.has(commit.oid) || tag.nonces.has(record.claim.nonce)) return record.claim.nonce;
    }
    count2 += read2.length;
    oid = read2.at(-1)?.parents[0];
  }
  return null;
}
function entryOf(nonces, known) {
  for (const commit of known.values()) {
    const record = readRecord(commit);
    if (record.kind === "entry" && nonces.includes(record.entry.ends)) return record.entry;
  }
  return null;
}
function refuseForeign(lock, refs, known) {
  for (const slot of refs.logs.keys()) {
    const tip = tipOf(lock, slot, refs, known);
    if (tip.kind === "foreign") throw foreignCommit(tip.commit, logRef(lock, slot), tip.why);
  }
}

// src/lock/handed.ts
function readHanded({ REFLOCK_HOLDS: text2 = "[]" }) {
  try {
    const holds = JSON.parse(text2);
    return Array.isArray(holds) ? holds.filter(isHanded) : [];
  } catch {
    return [];
  }
}
function isHanded(value) {
  if (typeof value !== "object" || value === null) return false;
  const { nonce, name, token } = value;
  return typeof nonce === "string" && typeof name === "string" && typeof token === "number";
}
function noncesTold(env) {
  const alone = (env.REFLOCK_CLAIM ?? "").split(/\s+/).filter((nonce) => nonce !== "");
  return /* @__PURE__ */ new Set([...readHanded(env).map(({ nonce }) => nonce), ...alone]);
}
function showHanded(holds, alone = []) {
  return {
    REFLOCK_HOLDS: JSON.stringify(holds),
    REFLOCK_NAME: holds.map(({ name }) => name).join(" "),
    REFLOCK_CLAIM: [...holds.map(({ nonce }) => nonce), ...alone].join(" "),
    REFLOCK_TOKEN: holds.map(({ token }) => token).join(" ")
  };
}

// src/cli/handed.ts
function handedOn(env, identity2) {
  return {
    nonces: noncesTold(env),
    // Tokens are of the repository in which they were given, which is not known here by the name under which it was handed on.
    handed: () => null,
    identity: identity2
  };
}

// src/cli/held.ts
function tagOf(claims, env) {
  const { nonces } = handedOn(env, { run: null, process: null });
  if (claims.length > 0) return { claims: new Set(claims), nonces: /* @__PURE__ */ new Set() };
  if (nonces.size > 0) return { claims: /* @__PURE__ */ new Set(), nonces };
  throw usage(
    "Say which hold: give its claim, as `reflock acquire` printed it, behind the name or by `--claim OID`. REFLOCK_CLAIM is not set either, so that this is not inside `reflock run`."
  );
}
function findHeld(session, lock, tag, ms) {
  return findClaimed(session.ports, lock, tag, session.patience(ms));
}
function isGivenBack(found) {
  return found.kind === "ended" && found.entry.outcome === "released";
}
function notHeld2(lock, found) {
  const holders = found.status.holders.map(describeHolder).join(" and ");
  const now = holders === "" ? "It is free now." : `Now held by ${holders}.`;
  if (found.kind === "none")
    return new LockError(
      "not-held",
      `That hold was not found: the log of "${lock.text}" has no trace of it. ${holders === "" ? "Check the oid, the name, --remote and --namespace." : now}`
    );
  const ending = describeEnding(found.entry);
  if (isGivenBack(found))
    return new LockError("not-held", `The lock "${lock.text}" is not held any more: ${ending}. ${now}`);
  return new LockError("lost", `The lock "${lock.text}" was lost: ${ending}. ${now}`);
}
function holdReport({
  lock,
  slot,
  slots,
  claim,
  nonce,
  sequence,
  waitedSeconds: waitedSeconds2,
  reentered
}) {
  return {
    name: lock.text,
    slot,
    slots,
    ref: holderRef(lock, slot),
    claim,
    nonce,
    fencingToken: sequence,
    waitedSeconds: waitedSeconds2,
    reentered
  };
}
function isNobodysTask({ who }) {
  return who.run === null && (who.process?.pid ?? null) === null;
}

// src/cli/api.ts
function apiIn(env) {
  const token = env.GH_TOKEN || env.GITHUB_TOKEN || "";
  if (token === "") return { why: "set GH_TOKEN or GITHUB_TOKEN, and GitHub tells" };
  if (!/^[\x21-\x7e]+$/.test(token))
    return { why: "GH_TOKEN or GITHUB_TOKEN has a character in it that no token has" };
  const url = parsed(env.GITHUB_API_URL || urlOfHost(env.GH_HOST || "github.com"));
  return url === null ? { why: "GITHUB_API_URL or GH_HOST is not the address of an API" } : { url: url.href.replace(/\/$/, ""), token };
}
function urlOfHost(host) {
  if (host === "github.com" || host.endsWith(".ghe.com")) return `https://api.${host}`;
  return `https://${host}/api/v3`;
}
function parsed(text2) {
  if (!URL.canParse(text2)) return null;
  const url = new URL(text2);
  const isPlain = url.username === "" && url.search === "" && url.hash === "";
  return isPlain && /^https?:$/.test(url.protocol) ? url : null;
}

// src/cli/journal.ts
function openJournal() {
  const holds = /* @__PURE__ */ new Map();
  const tickets = /* @__PURE__ */ new Map();
  return {
    saveHold: (hold) => void holds.set(hold.claim, hold),
    forgetHold: (hold) => void holds.delete(hold.claim),
    saveTicket: (ticket) => void tickets.set(ticket.ref, ticket),
    forgetTicket: (ticket) => void tickets.delete(ticket.ref),
    left: () => ({ holds: [...holds.values()], tickets: [...tickets.values()] })
  };
}

// src/cli/liveness.ts
var REPLACED = "the part of reflock that asks GitHub could not be loaded, start reflock anew";
function livenessFrom({ api, openRuns: openRuns2, processes }) {
  const opened = /* @__PURE__ */ new Map();
  return {
    async judge(subject) {
      const { run, process: process2 } = subject.who;
      if (process2 !== null && run === null) return await processes.judge(subject);
      if (run === null) return unknown2("its record names nobody");
      if ("why" in api) return unknown2(api.why);
      const elsewhere = elsewhereThan(api.url, run);
      if (elsewhere !== null) return unknown2(elsewhere);
      const runs = opened.get(run.repository) ?? openRuns2(api.url, api.token, run.repository).catch(() => null);
      opened.set(run.repository, runs);
      return await (await runs)?.judge(subject) ?? unknown2(REPLACED);
    }
  };
}
function elsewhereThan(apiUrl, run) {
  const theirs = URL.canParse(run.url) ? new URL(run.url).host : "";
  const ours = webHostOf(apiUrl);
  return theirs === ours ? null : `its run is at ${theirs === "" ? "an unknown host" : theirs}, and the environment names the API of ${ours}: set GH_HOST`;
}
function webHostOf(apiUrl) {
  const { host } = new URL(apiUrl);
  return host === "api.github.com" || host.endsWith(".ghe.com") ? host.replace(/^api\./, "") : host;
}
function unknown2(why) {
  return { state: "unknown", why, sinceMs: null };
}

// src/lock/describe.ts
function ordinal(place) {
  return ["first", "second", "third", "fourth", "fifth"][place - 1] ?? `number ${place}`;
}
function describeStatus(status) {
  const holders = status.holders.map((holder) => `${describeHolder(holder)}${aliveness(holder)}`).join(" and ");
  return holders === "" ? "free" : `held by ${holders}`;
}
function aliveness({ alive, why }) {
  if (why === null) return "";
  return alive === "unknown" ? ` (whether it still runs is not known: ${why})` : ` (${alive}: ${why})`;
}

// src/cli/progress.ts
var REMIND_MS = 3e5;
function progressTeller(terminal) {
  const said = /* @__PURE__ */ new Map();
  return (progress) => {
    switch (progress.kind) {
      case "move":
        if (terminal.isVerbose) terminal.detail(JSON.stringify(progress.move, withMaps));
        return;
      case "took-over":
        terminal.say(`took over "${progress.lock}" from ${progress.from}: ${progress.why}`);
        return;
      case "removed":
        terminal.say(`removed a dead waiter's ticket from the queue of "${progress.lock}": ${progress.why}`);
        return;
      case "deadlock":
        terminal.warn(progress.message);
        return;
      case "trouble":
        terminal.say(
          `${progress.error.message.replace(/\.$/, "")}; trying again in ${formatDuration(progress.pauseMs)}`
        );
        return;
      case "waiting": {
        const { lock, place, status, waitedMs: waitedMs3 } = progress;
        const text2 = `${ordinal(place)} in line for "${lock}", ${describeStatus(status)}`;
        const last = said.get(lock);
        if (text2 === last?.text && waitedMs3 - last.atMs < REMIND_MS) return;
        terminal.say(`${text2}${waitedMs3 < 1e3 ? "" : `; waited ${formatDuration(waitedMs3)}`}`);
        said.set(lock, { text: text2, atMs: waitedMs3 });
      }
    }
  };
}
function withMaps(_key, value) {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

// src/cli/session.ts
var TROUBLE_MS2 = 6e4;
var LOOK_TROUBLE_MS = 2e4;
var GIVE_UP_MS = 1e4;
var FINISH_MS = 4e3;
async function withSession({ options, terminal }, signal, work2, ends = "waiting") {
  const late = signal === null ? null : afterwards(signal, FINISH_MS);
  const git = await openGit2(options.remote ?? null, process.cwd(), ends === "all" ? late : null);
  try {
    if (git.isThisRepository && options.remote === void 0) sayLocal(terminal, git.shown);
    const { self, processes, sightings } = openMachine();
    const who = { run: null, process: self };
    const person2 = { run: null, process: { ...self, pid: null, startedAt: null } };
    const journal = openJournal();
    const ports = {
      ...machine,
      store: git.store,
      liveness: livenessFrom({ api: apiIn(process.env), openRuns, processes }),
      sightings,
      journal,
      tell: progressTeller(terminal)
    };
    return await work2({
      ports,
      who,
      person: person2,
      mine: handedOn(process.env, who),
      remote: git,
      patience: (ms) => patienceOf(ports, ms, signal),
      changePatience: (ms) => patienceOf(ports, ms, late),
      giveUp: (reason) => giveUp(ports, journal.left(), who, reason, terminal)
    });
  } finally {
    await git.close();
  }
}
function patienceOf(ports, ms, signal) {
  return { untilMs: ports.clock.monotonicMs() + ms, ...signal === null ? {} : { signal } };
}
function afterwards(signal, ms) {
  const late = new AbortController();
  signal.addEventListener("abort", () => setTimeout(() => late.abort(), ms), { once: true });
  return late.signal;
}
function sayLocal(terminal, shown) {
  terminal.say(
    `no --remote, and no origin here: the lock is kept in ${shown}, among the processes that use this very repository`
  );
}
async function giveUp(ports, { holds, tickets }, by, reason, terminal) {
  const ours = { holds: holds.filter(({ reentered }) => !reentered), tickets };
  for (const done of await giveAllBack(ports, ours, { by, reason }, GIVE_UP_MS)) {
    if (!("error" in done)) continue;
    const what = done.hold === null ? "A place in the queue" : `A claim of "${done.hold.lock.text}"`;
    terminal.warn(`${what} may be left behind: ${done.error.message}`);
  }
}

// src/cli/acquire.ts
var acquireCommand = (call) => takeAndLeave(call, false);
var freezeCommand = (call) => takeAndLeave(call, true);
async function takeAndLeave(call, freeze) {
  const { words, options, terminal } = call;
  const locks = parseNames(words, options);
  const wish = {
    slots: slotsOf(options),
    scope: "job",
    waitMs: waitMsOf(options, terminal.isInteractive),
    maxHoldSeconds: maxHoldSecondsOf(options),
    leaseSeconds: leaseSecondsOf(options, null),
    freeze,
    reason: reasonOf(options)
  };
  const signal = call.stop.listen();
  await withSession(call, signal, async (session) => {
    const who = freeze ? session.who : session.person;
    try {
      const holds = await acquireAll(session.ports, locks, { ...wish, who, mine: session.mine, signal });
      await tell(call, holds, freeze);
    } catch (error) {
      await session.giveUp("the acquire gave up");
      if (options.json && isLockError(error, "not-acquired") && error.status !== void 0)
        await terminal.print(json({ acquired: false, locks: [error.status] }));
      throw error;
    }
  });
  return 0;
}
async function tell({ options, terminal }, holds, freeze) {
  for (const hold of holds) terminal.say(freeze ? await frozen(hold, options) : taken(hold));
  if (options.json) await terminal.print(json({ acquired: true, holds: holds.map(holdReport) }));
  else await terminal.print(...holds.map(({ claim }) => claim));
}
function taken({ lock, reentered, waitedSeconds: waitedSeconds2, sequence }) {
  return reentered ? `"${lock.text}" is held already, fencing token ${sequence}` : `acquired "${lock.text}" after ${formatDuration((waitedSeconds2 ?? 0) * 1e3)}, fencing token ${sequence}`;
}
async function frozen({ lock, claim }, options) {
  const command = await commandToClear(options, { name: lock.text, claim, freeze: true });
  return `froze "${lock.text}": nobody gets it until it is cleared: ${command}`;
}

// src/cli/check.ts
var checkCommand = async (call) => {
  const { words, options, terminal } = call;
  const { locks, claims } = parseNamesAndClaims(words, options);
  const tag = tagOf(claims, process.env);
  const checkAll = async (session) => {
    const holds2 = [];
    for (const lock of locks) {
      try {
        holds2.push(await checkOne(session, lock, tag));
      } catch (error) {
        if (options.json && isLockError(error, "lost", "not-held")) {
          const { kind, message } = error;
          await terminal.print(json({ held: false, name: lock.text, result: kind, why: message }));
        }
        throw error;
      }
    }
    return holds2;
  };
  const holds = await withSession(call, call.stop.listen(), checkAll, "all");
  for (const { lock, sequence } of holds)
    terminal.say(`"${lock.text}" is still held, fencing token ${sequence}`);
  if (options.json) await terminal.print(json({ held: true, holds: holds.map(holdReport) }));
  return 0;
};
async function checkOne(session, lock, tag) {
  const found = await findHeld(session, lock, tag, TROUBLE_MS2);
  if (found.kind !== "held") throw notHeld2(lock, found);
  if (found.claim.freeze)
    throw usage(`The lock "${lock.text}" is frozen: a freeze stays until it is cleared, and is not checked.`);
  if (!isNobodysTask(found.claim) && !session.mine.nonces.has(found.claim.nonce))
    throw usage(
      `The lock "${lock.text}" is held by ${describeIdentity(found.claim.who)}, and not by whoever asks: it is theirs to renew. \`reflock status\` shows it.`
    );
  const mine = { ...session.mine, nonces: /* @__PURE__ */ new Set([found.hold.nonce]) };
  try {
    const { hold, claim } = await check(session.ports, lock, mine, session.changePatience(TROUBLE_MS2));
    return { ...hold, claim };
  } catch (error) {
    if (!isLockError(error, "not-held")) throw error;
    const now = await findHeld(session, lock, tag, TROUBLE_MS2);
    throw now.kind === "held" ? error : notHeld2(lock, now);
  }
}

// src/lock/settle.ts
async function settle2(ports, change, patience) {
  let isUnanswered = false;
  for (let tries = 0; ; tries++) {
    const outcome = await insist(ports, patience, () => ports.store.transact([change]));
    if (outcome === "applied") return "applied";
    isUnanswered ||= outcome === "unknown";
    const now = await insist(ports, patience, () => ports.store.tip(change.ref));
    if (now === change.to && (now !== null || isUnanswered)) return "applied";
    if (now !== change.from) return "superseded";
    await backOff(ports, tries, patience, `It is not known what became of a change of ${change.ref}.`);
  }
}

// src/lock/clear.ts
var RESULTS = { applied: "cleared", superseded: "too-late" };
async function clear(ports, lock, clearing, patience) {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const sweep = { ports, lock, refs, clearing, patience, known: /* @__PURE__ */ new Map() };
  await Promise.all(commitTips(refs).map((tip) => readBack(ports, tip, sweep.known, patience)));
  const slots = [.../* @__PURE__ */ new Set([...refs.logs.keys(), ...refs.holders.keys()])].sort((a, b) => a - b);
  const results = [];
  for (const slot of slots) results.push(...await clearSlot(sweep, slot));
  for (const ticket of refs.queue) results.push(await clearTicket(sweep, ticket));
  return results;
}
async function clearSlot(sweep, slot) {
  const tip = tipOf(sweep.lock, slot, sweep.refs, sweep.known);
  if (tip.kind === "claim") return [await clearClaim(sweep, slot, tip)];
  if (tip.kind === "foreign") return [await clearForeign(sweep, slot, tip)];
  return await clearMarker(sweep, slot);
}
async function clearClaim(sweep, slot, tip) {
  const { ports, lock, refs, clearing, patience, known } = sweep;
  const about = { what: `the hold of slot ${slot}`, oid: tip.oid };
  const own = await holdAt(ports, lock, refs, slot, tip, known, patience);
  const isExpected = clearing.expect !== null && nonceOf(known.get(clearing.expect)) === tip.claim.nonce;
  if (clearing.expect !== null && !isExpected)
    return { ...about, result: "other", why: "it is another hold than was expected" };
  const isFrozen2 = isCompleteFreeze(lock, tip, refs, known);
  const verdict2 = isFrozen2 ? FROZEN : await judge2(sweep, "claim", tip.commit);
  const death = deathOf(tip.claim, tip.commit, verdict2, nowOf2(sweep), isFrozen2);
  const mayEnd = death !== null || isExpected && (clearing.force || tip.claim.freeze);
  if (!mayEnd)
    return {
      ...about,
      result: "refused",
      why: inDoubt(verdict2)
    };
  const why = death?.why ?? clearing.reason ?? "asked for by hand";
  if (clearing.dryRun) return { ...about, result: "would-clear", why };
  const ending = {
    by: clearing.by,
    reason: clearing.reason ?? why,
    outcome: "cleared",
    exactly: !clearing.force && !(isExpected && tip.claim.freeze)
  };
  const given = await giveBack(ports, own.hold, ending, patience, own);
  if (given.kind === "released") return { ...about, result: "cleared", why };
  if (given.kind === "ended") return { ...about, result: "too-late", why: describeEnding(given.entry) };
  if (given.kind === "renewed")
    return { ...about, result: "refused", why: "it was renewed meanwhile: its holder is alive" };
  return { ...about, result: "too-late", why: "its log was replaced by hand" };
}
function nonceOf(commit) {
  const record = commit === void 0 ? null : readRecord(commit);
  return record?.kind === "claim" ? record.claim.nonce : null;
}
async function clearForeign(sweep, slot, tip) {
  const { ports, lock, refs, clearing, patience, known } = sweep;
  const about = { what: `the commit at the tip of slot ${slot}`, oid: tip.oid, why: `it ${tip.why}` };
  if (clearing.expect !== null && clearing.expect !== tip.oid) return { ...about, result: "other" };
  if (refs.odd.has(tip.oid))
    return {
      ...about,
      result: "refused",
      why: "it is no commit, on which no log can be built; delete the ref by hand"
    };
  if (!clearing.force || clearing.expect === null) return { ...about, result: "refused" };
  if (clearing.dryRun) return { ...about, result: "would-clear" };
  const marker = refs.holders.get(slot);
  if (marker !== void 0) await readBack(ports, marker, known, patience);
  const { sequence, slots } = lastKnown(known);
  const by = { by: clearing.by, reason: clearing.reason, waitedSeconds: null, heldSeconds: null };
  const message = encodeEntry({
    ends: tip.oid,
    lock: lock.text,
    slot,
    slots,
    sequence,
    outcome: "cleared",
    clock: ports.store.clock,
    ...by
  });
  const entry = await insist(ports, patience, () => ports.store.write(message, tip.oid));
  const change = { ref: logRef(lock, slot), from: tip.oid, to: entry.oid };
  if (await settle2(ports, change, patience) === "superseded")
    return { ...about, result: "too-late", why: "the log has moved meanwhile" };
  await clearMarker({ ...sweep, clearing: { ...clearing, expect: null } }, slot);
  return { ...about, result: "cleared" };
}
function lastKnown(known) {
  let last = { sequence: 0, slots: 1 };
  for (const commit of known.values()) {
    const record = readRecord(commit);
    if (record.kind === "foreign") {
      const told = [...commit.message.matchAll(/"sequence"\s*:\s*(\d{1,12})/g)].map(
        ([, digits]) => Number(digits) + 1
      );
      last = { ...last, sequence: Math.max(last.sequence, ...told) };
      continue;
    }
    const { slots } = record.kind === "claim" ? record.claim : record.entry;
    const sequence = record.kind === "entry" ? record.entry.sequence + 1 : record.claim.sequence ?? 1;
    if (sequence > last.sequence) last = { sequence, slots };
  }
  return last;
}
async function clearMarker({ ports, lock, refs, clearing, patience }, slot) {
  const oid = refs.holders.get(slot);
  if (oid === void 0 || clearing.expect !== null && clearing.expect !== oid) return [];
  const about = { what: `the leftover holder ref of slot ${slot}`, oid, why: "nobody holds the slot" };
  if (clearing.dryRun) return [{ ...about, result: "would-clear" }];
  const change = { ref: holderRef(lock, slot), from: oid, to: null };
  return [{ ...about, result: RESULTS[await settle2(ports, change, patience)] }];
}
async function clearTicket(sweep, ticket) {
  const { ports, clearing, patience } = sweep;
  const about = { what: `the ticket of number ${ticket.number}`, oid: ticket.oid };
  const isExpected = clearing.expect === ticket.oid;
  if (clearing.expect !== null && !isExpected)
    return { ...about, result: "other", why: "it is another ticket than was expected" };
  const commit = await insist(ports, patience, () => ports.store.read(ticket.oid));
  const verdict2 = await judge2(sweep, "ticket", commit);
  if (verdict2.state !== "dead" && !(clearing.force && isExpected))
    return { ...about, result: "refused", why: inDoubt(verdict2) };
  const why = verdict2.state === "dead" ? verdict2.why : clearing.reason ?? "asked for by hand";
  if (clearing.dryRun) return { ...about, result: "would-clear", why };
  const change = { ref: ticket.ref, from: ticket.oid, to: null };
  return { ...about, result: RESULTS[await settle2(ports, change, patience)], why };
}
function judge2(sweep, kind, commit) {
  const { ports, patience } = sweep;
  return insist(ports, patience, () => judgeWriter(ports.liveness, kind, commit, true, nowOf2(sweep)));
}
function nowOf2({ ports, refs, known }) {
  const keys = keysOf(refs, { commits: known, verdicts: /* @__PURE__ */ new Map() });
  return { readAtMs: refs.readAtMs, seenMs: ports.sightings.see(keys) };
}
function inDoubt({ state, why }) {
  return state === "alive" ? `it is alive: ${why}` : `whether it is alive is not known: ${why}`;
}

// src/cli/clear.ts
var clearCommand = async (call) => {
  const { words, options, terminal } = call;
  const named = parseNamesOrAll(words, options, "none");
  const clearing = clearingOf(options);
  const signal = call.stop.listen();
  const results = await withSession(
    call,
    signal,
    async ({ ports, person: person2, patience, changePatience }) => {
      const locks = named === "all" ? await listLocks(ports, namespaceOf(options), patience(TROUBLE_MS2)) : named;
      const done = [];
      for (const lock of locks) {
        if (signal.aborted) break;
        const cleared = await clear(ports, lock, { ...clearing, by: person2 }, changePatience(TROUBLE_MS2));
        done.push(...cleared.map((result) => ({ lock: lock.text, ...result })));
      }
      return done;
    },
    "all"
  );
  if (options.json) await terminal.print(json({ results }));
  else await terminal.print(...results.map(lineOf));
  if (clearing.expect !== null && results.every(({ result }) => result === "other"))
    terminal.say("nothing there with that oid");
  else if (results.length === 0) terminal.say("nothing to clear");
  await refuse(results, options);
  return 0;
};
var WORDS = {
  cleared: "cleared",
  "would-clear": "would be cleared",
  refused: "not cleared",
  other: "left alone",
  "too-late": "was ended before"
};
function lineOf({ lock, what, oid, result, why }) {
  return `${shownName(lock)}: ${what} (${oid}) ${WORDS[result]}: ${visible(why)}`;
}
async function refuse(results, options) {
  const refused3 = results.filter(({ result }) => result === "refused");
  if (refused3.length === 0) return;
  const list2 = refused3.map(({ lock, what }) => `${what} of "${lock}"`).join("; ");
  const frozen2 = refused3.filter(isFrozen);
  const advice2 = frozen2.length === refused3.length ? [] : [FORCE];
  for (const { lock, oid } of frozen2)
    advice2.push(
      `"${lock}" is frozen, which --expect alone ends: ${await commandToClear(options, { name: lock, claim: oid, freeze: true })}`
    );
  throw new LockError("not-acquired", `Not cleared: ${list2}. ${advice2.join(" ")}`);
}
var FORCE = "If you know better: --force, with the oid in --expect, and a --reason.";
function isFrozen({ why }) {
  return why.endsWith(FROZEN.why);
}

// src/cli/completed.ts
function completedOf(program) {
  const shown = program.createHelp().visibleCommands(program);
  return {
    commands: shown.map((command) => commandOf(command, shown)),
    options: program.createHelp().visibleOptions(program).map(optionOf)
  };
}
function commandOf(command, all) {
  const isHelp = command.name() === "help";
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  return {
    name: command.name(),
    about: command.summary() || command.description(),
    options: isHelp ? [] : command.createHelp().visibleOptions(command).map(optionOf),
    choices: isHelp ? all.map((other) => other.name()) : choices,
    takesPaths: command.name() === "lint",
    runsCommand: command.name() === "run"
  };
}
function optionOf(option) {
  return {
    long: option.long ?? "",
    short: option.short ?? null,
    // What stands in parentheses is for the help, where there is room.
    about: option.description.replace(/ \(.*\)$/, "").split(/[:;]/)[0] ?? "",
    takesValue: option.required || option.optional,
    isRepeated: option.long === "--claim",
    isRemote: option.long === "--remote"
  };
}

// src/cli/completion-bash.ts
function bashCompletion({ commands, options }) {
  const names = commands.map(({ name }) => name);
  return `# bash completion for reflock. Load it: eval "$(reflock completion bash)"
_reflock() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command="" words="" word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -z $command ]]; then
      [[ $word == -* ]] || command=$word
    elif [[ $command == run && $word == -- ]]; then
      # What follows is another command, with a completion of its own.
      if declare -F _command_offset >/dev/null; then
        _command_offset $((i + 1))
      elif ((COMP_CWORD == i + 1)); then
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -c -- "$current")
      else
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
      fi
      return
    fi
  done
  case $command in
    "") words="${[...names, ...flagsOf(options)].join(" ")}" ;;
${commands.map(commandCase).join("\n")}
  esac
  case " $command $previous " in
    *" --remote ")
      # Not by compgen -W, which would expand what a name has in it.
      while IFS= read -r word; do
        [[ $word == "$current"* ]] && COMPREPLY+=("$word")
      done < <(git remote 2>/dev/null)
      return ;;
${valueCase(commands)}
  esac
  [[ $current == -* || -z $command || $command == help || $command == completion ]] || return
  for word in $words; do
    [[ $word == "$current"* ]] && COMPREPLY+=("$word")
  done
}
complete -o default -F _reflock reflock
`;
}
function commandCase({ name, options, choices }) {
  return `    ${name}) words="${[...choices, ...flagsOf(options)].join(" ")}" ;;`;
}
function valueCase(commands) {
  const flags = new Set(
    commands.flatMap(
      ({ options }) => options.filter(({ takesValue, isRemote }) => takesValue && !isRemote).flatMap((option) => flagsOf([option]))
    )
  );
  return [...flags].map((flag) => `    *" ${flag} ") return ;;`).join("\n");
}
function flagsOf(options) {
  return options.flatMap(({ short, long }) => short === null ? [long] : [short, long]);
}

// src/cli/completion-fish.ts
function fishCompletion({ commands, options }) {
  const none = "__fish_use_subcommand";
  return `# fish completion for reflock. Put it into ~/.config/fish/completions/reflock.fish
# Whether another command follows behind \`--\`, with a completion of its own.
function __reflock_runs
    set -l words (commandline -opc)
    contains -- run $words; and contains -- -- $words
end
function __reflock_command
    set -l words (commandline -opc) (commandline -ct)
    set -l at (contains -i -- -- $words)
    set -e words[1..$at]
    complete -C (string join ' ' -- (string escape -- $words[1..-2]) $words[-1])
end
complete -c reflock -f
complete -c reflock -n __reflock_runs -a '(__reflock_command)'
${options.map((option) => lineOf2(none, option)).join("\n")}
${commands.map((command) => commandLines(none, command)).join("\n")}
`;
}
function commandLines(none, { name, about, options, choices, takesPaths }) {
  const here = `__fish_seen_subcommand_from ${name}; and not __reflock_runs`;
  const words = choices.length > 0 ? [`complete -c reflock -n ${quoted2(here)} -a ${quoted2(choices.join(" "))}`] : [];
  if (takesPaths) words.push(`complete -c reflock -n ${quoted2(here)} -F`);
  return [
    `complete -c reflock -n ${none} -a ${name} -d ${quoted2(about)}`,
    ...options.map((option) => lineOf2(here, option)),
    ...words
  ].join("\n");
}
function lineOf2(condition, { long, short, about, takesValue, isRemote }) {
  const flags = [`-l ${long.slice(2)}`, ...short === null ? [] : [`-s ${short.slice(1)}`]].join(" ");
  const value = isRemote ? " -x -a '(git remote 2>/dev/null; __fish_complete_directories (commandline -ct))'" : takesValue ? " -x" : "";
  return `complete -c reflock -n ${quoted2(condition)} ${flags}${value} -d ${quoted2(about)}`;
}
function quoted2(text2) {
  return `'${text2.replaceAll(/['\\]/g, "\\$&")}'`;
}

// src/cli/completion-zsh.ts
function zshCompletion({ commands, options }) {
  return `#compdef reflock
# zsh completion for reflock. Put it into a folder of fpath: reflock completion zsh > ~/.zfunc/_reflock
_reflock_remotes() {
  local -a remotes
  remotes=(\${(f)"$(git remote 2>/dev/null)"})
  compadd -a remotes
  _files -/
}
_reflock() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a commands
  commands=(
${commands.map(({ name, about }) => `    ${quoted3(`${name}:${about}`)}`).join("\n")}
  )
  _arguments -C \\
${options.map((option) => `    ${specOf(option)} \\`).join("\n")}
    '1: :->command' \\
    '*:: :->arguments'
  case $state in
    command) _describe -t commands 'reflock command' commands ;;
    arguments)
      case $words[1] in
${commands.map(commandCase2).join("\n")}
      esac ;;
  esac
}
if [[ $funcstack[1] == _reflock ]]; then
  _reflock "$@"
else
  compdef _reflock reflock
fi
`;
}
function commandCase2({ name, options, choices, takesPaths, runsCommand }) {
  const words = takesPaths ? "_files" : choices.length > 0 ? `(${choices.join(" ")})` : "";
  const argument = `'*: :${words}'`;
  const specs = [...options.map(specOf), argument].join(" \\\n          ");
  const others = runsCommand ? `        if (( \${words[(I)--]} && \${words[(i)--]} < CURRENT )); then
          local at=\${words[(i)--]}
          shift $at words
          (( CURRENT -= at ))
          _normal
          return
        fi
` : "";
  return `      ${name})
${others.replaceAll(/^ {8}/gm, "        ")}        _arguments -s \\
          ${specs} ;;`;
}
function specOf({ long, short, about, takesValue, isRepeated, isRemote }) {
  const value = isRemote ? ":remote:_reflock_remotes" : takesValue ? ": : " : "";
  const shown = `[${about.replaceAll(/[[\]:\\]/g, "\\$&")}]${value}`;
  if (short === null) return quoted3(`${isRepeated ? "*" : ""}${long}${shown}`);
  return `${quoted3(`(${short} ${long})`)}{${short},${long}}${quoted3(shown)}`;
}
function quoted3(text2) {
  return `'${text2.replaceAll("'", "'\\''")}'`;
}

// src/cli/completion.ts
var SCRIPTS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion
};
var completionCommand = async ({ words: [shell = ""], program, terminal }) => {
  const script = SCRIPTS[shell];
  if (script === void 0)
    throw usage(`There is no completion for that shell: bash, zsh and fish are known.`);
  await terminal.print(script(completedOf(program)).trimEnd());
  return 0;
};

// src/cli/table.ts
function table(head, rows) {
  const lines = [head, ...rows.map(({ cells }) => cells)].map((cells) => cells.map(visible));
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => widthOf(cells[column] ?? ""))));
  const [first = "", ...others] = lines.map(
    (cells) => cells.map(
      (cell, column) => column === cells.length - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) - widthOf(cell))
    ).join("  ").trimEnd()
  );
  return [
    first,
    ...others.flatMap((line2, index) => [
      line2,
      ...(rows[index]?.below ?? []).map((below) => `  ${visible(below)}`)
    ])
  ];
}
function widthOf(text2) {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text2)) {
    const isWide = /^[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]|\ufe0f/u.test(
      segment
    );
    width += isWide || /^[\uff01-\uff60\u3000-\u303f]/.test(segment) ? 2 : 1;
  }
  return width;
}
var UNITS = [
  ["d", 864e5],
  ["h", 36e5],
  ["m", 6e4],
  ["s", 1e3]
];
function age(ms) {
  const [unit, unitMs] = UNITS.find(([, size]) => ms >= size) ?? ["s", 1e3];
  return `${Math.max(0, Math.floor(ms / unitMs))}${unit}`;
}
function ageOf(date, nowMs) {
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? "" : age(Math.max(0, nowMs - ms));
}
function utc(date) {
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? date : `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

// src/cli/trials.ts
var STEPS = [
  [
    "read refs",
    "Check the remote's address, the network, and that these credentials may read it.",
    async ({ store, lock }) => {
      await store.list(lock.prefix);
      return null;
    }
  ],
  [
    "create a ref",
    "Give these credentials permission to push. If the server refuses refs of this kind, try --namespace refs/heads/locks or refs/tags/locks.",
    async (bench) => {
      const oid = await write(bench, null);
      return await move(bench, [{ ref: bench.log, from: null, to: oid }]);
    }
  ],
  [
    "refuse to create it again",
    "This server does not compare: two could hold one lock. Keep locks elsewhere.",
    async (bench) => {
      const oid = await write(bench, null);
      return await refused2(bench, [{ ref: bench.log, from: null, to: oid }]);
    }
  ],
  [
    "swap it for a commit that follows",
    "Let these credentials update refs: a rule of the server may forbid it in this namespace. Try --namespace.",
    async (bench) => await move(bench, [{ ref: bench.log, from: bench.tip, to: await write(bench, bench.tip) }])
  ],
  [
    "refuse to swap what is out of date",
    "This server does not compare: two could hold one lock. Keep locks elsewhere.",
    async (bench) => {
      const before = (await bench.store.read(bench.tip ?? "")).parents[0] ?? null;
      return await refused2(bench, [{ ref: bench.log, from: before, to: await write(bench, before) }]);
    }
  ],
  [
    "change two refs at once",
    "Let these credentials create and update refs in this namespace, or name another by --namespace.",
    async (bench) => {
      const oid = await write(bench, bench.tip);
      const marker = { ref: bench.marker, from: null, to: oid };
      await move(bench, [{ ref: bench.log, from: bench.tip, to: oid }, marker]);
      return null;
    }
  ],
  [
    "change both or none",
    "",
    async (bench) => {
      if (!bench.store.comparesAll()) return NOT_ATOMIC;
      const oid = await write(bench, bench.tip);
      const wrong = { ref: bench.marker, from: oid, to: null };
      const outcome = await bench.store.transact([{ ref: bench.log, from: bench.tip, to: oid }, wrong]);
      const now = await bench.store.tip(bench.log);
      if (outcome !== "applied" && now === bench.tip) return null;
      bench.tip = now;
      return NOT_ATOMIC;
    }
  ],
  [
    "delete refs",
    "Let these credentials delete refs in this namespace: a lock that is given back deletes its holder ref.",
    async (bench) => {
      await remove2(bench);
      const left = (await bench.store.list(bench.lock.prefix)).refs;
      if (left.length > 0) throw new LockError("refused", `${left.length} of the refs are still there.`);
      bench.tip = null;
      return null;
    }
  ]
];
var NOT_ATOMIC = "This server does not change several refs at once. Locks are as safe, since the log alone decides; the holder ref may lag behind for a moment.";
async function tryOut(store, lock, signal) {
  const bench = { store, lock, log: logRef(lock, 1), marker: holderRef(lock, 1), tip: null };
  const trials = [];
  try {
    for (const step of STEPS) {
      throwIfCancelled(signal);
      const trial = await unlessLate(perform(step, bench, trials), signal);
      if (trial !== null) trials.push(trial);
    }
    throwIfCancelled(signal);
  } finally {
    await unlessLate(
      remove2(bench).catch(() => {
      }),
      signal
    );
  }
  return trials;
}
async function unlessLate(work2, signal) {
  if (signal === void 0) return await work2;
  const late = Promise.withResolvers();
  const give = () => late.resolve(null);
  if (signal.aborted) setTimeout(give, FINISH_MS).unref();
  else afterwards(signal, FINISH_MS).addEventListener("abort", give, { once: true });
  return await Promise.race([work2, late.promise]);
}
async function perform([step, advice2, work2], bench, before) {
  if (before.some(({ result }) => result === "failed"))
    return { step, result: "skipped", detail: "", error: null };
  try {
    const note = await work2(bench);
    return { step, result: note === null ? "ok" : "note", detail: note ?? "", error: null };
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
    return { step, result: "failed", detail: `${error.message} ${advice2}`.trim(), error };
  }
}
async function write({ store }, parent) {
  const message = `reflock doctor

A trial, to be removed. ${crypto.randomUUID()}
`;
  return (await store.write(message, parent)).oid;
}
async function move(bench, changes) {
  const outcome = await bench.store.transact(changes);
  const [log] = changes;
  const now = log === void 0 ? null : await bench.store.tip(log.ref);
  if (now === log?.to) {
    bench.tip = now;
    return null;
  }
  throw unexpected(outcome);
}
function unexpected(outcome) {
  const what = outcome === "unknown" ? "The server did not answer." : "The server refused, and gave no reason that is known.";
  return new LockError(outcome === "unknown" ? "unreachable" : "refused", what);
}
async function refused2(bench, changes) {
  const outcome = await bench.store.transact(changes);
  const now = await bench.store.tip(bench.log);
  if (outcome === "applied" || now !== bench.tip) {
    bench.tip = now;
    throw new LockError("unreachable", "The server let through what it had to refuse.");
  }
  if (outcome === "unknown") throw unexpected(outcome);
  return null;
}
async function remove2({ store, lock }) {
  for (const { name, oid } of (await store.list(lock.prefix)).refs)
    await store.transact([{ ref: name, from: oid, to: null }]);
}

// src/cli/doctor.ts
var doctorCommand = async (call) => {
  const { words, options, terminal } = call;
  const locks = words.length === 0 ? [] : parseNames(words, options);
  const signal = call.stop.listen();
  const report = await withSession(call, signal, async (session) => {
    const { ports, remote, patience } = session;
    const own = parseName(`doctor-${ports.uuid()}`, namespaceOf(options));
    const trials = await tryOut(ports.store, own, signal);
    for (const lock of locks)
      trials.push(
        await attempt(`read "${lock.text}"`, () => readStatus(ports, lock, 1, patience(LOOK_TROUBLE_MS)))
      );
    return { ...surroundings(session, options), isThisRepository: remote.isThisRepository, trials };
  });
  if (options.json) await terminal.print(json(withoutErrors(report)));
  else await terminal.print(...layOut(report, terminal));
  return verdict(report.trials, terminal);
};
function surroundings({ remote }, options) {
  const api = apiIn(process.env);
  const runs = "why" in api ? `whether a workflow run is alive is not known: ${api.why}` : `asked at ${api.url}`;
  return { version: version(), remote: remote.shown, namespace: namespaceOf(options), runs };
}
async function attempt(step, work2) {
  try {
    await work2();
    return { step, result: "ok", detail: "", error: null };
  } catch (error) {
    if (!(error instanceof LockError) || error.kind === "cancelled") throw error;
    return { step, result: "failed", detail: error.message, error };
  }
}
function withoutErrors({ trials, ...rest }) {
  return { ...rest, trials: trials.map(({ step, result, detail }) => ({ step, result, detail })) };
}
function layOut(report, { paint }) {
  const about = table(
    ["reflock", report.version],
    [
      { cells: ["remote", report.remote] },
      { cells: ["namespace", report.namespace] },
      { cells: ["runs", report.runs] }
    ]
  );
  const colours = { ok: "green", failed: "red", skipped: "dim", note: "yellow" };
  const [, ...trials] = table(
    ["", ""],
    report.trials.map(({ result, step, detail }) => ({
      cells: [result, step],
      below: detail === "" ? [] : [detail]
    }))
  );
  const painted = trials.map(
    (line2) => line2.replace(/^(ok|failed|skipped|note)\b/, (word) => paint(colours[word], word))
  );
  return [...about, "", ...painted];
}
function verdict(trials, terminal) {
  const failed2 = trials.find(({ result }) => result === "failed");
  if (failed2 === void 0) {
    terminal.say("locks can be kept here");
    return 0;
  }
  terminal.fail(`locks can't be kept here: "${failed2.step}" failed`);
  return failed2.error === null ? 69 : exitStatusOf(failed2.error, { conflict: 69, signal: null });
}

// src/lock/history.ts
var PAGE = 100;
var MOST_COMMITS2 = 2e4;
async function readHistory(ports, lock, limit, patience) {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const logs = commitTips(refs).map((tip) => readLog(ports, tip, limit, patience));
  const holds = (await Promise.all(logs)).flat();
  return holds.sort((a, b) => Date.parse(b.since) - Date.parse(a.since) || (b.token ?? 0) - (a.token ?? 0)).slice(0, limit);
}
async function readLog(ports, tip, limit, patience) {
  const commits = [];
  for (let oid = tip; oid !== void 0 && commits.length < MOST_COMMITS2; ) {
    const from = oid;
    const page = await insist(ports, patience, () => ports.store.history(from, PAGE));
    commits.push(...page);
    if (holdsIn(commits).length > limit) break;
    oid = page.at(-1)?.parents[0];
  }
  return holdsIn(commits).slice(0, limit);
}
function holdsIn(commits) {
  const holds = [];
  let ended = null;
  let nonce = null;
  for (const commit of commits) {
    const record = readRecord(commit);
    if (record.kind === "entry") {
      ended = { entry: record.entry, at: commit.date };
      nonce = null;
      tellToken(holds, record.entry.sequence + 1);
    } else if (record.kind === "claim" && record.claim.nonce !== nonce) {
      nonce = record.claim.nonce;
      const end2 = ended?.entry.ends === nonce ? ended : null;
      holds.push(loggedHold(record.claim, commit, end2));
      ended = null;
    } else if (record.kind === "claim") {
      const hold = holds.pop();
      if (hold !== void 0) holds.push({ ...hold, since: record.claim.acquiredAt ?? commit.date });
    }
  }
  return rooted(holds, commits.at(-1));
}
function tellToken(holds, token) {
  const hold = holds.at(-1);
  if (hold !== void 0 && hold.token === null) holds[holds.length - 1] = { ...hold, token };
}
function rooted(holds, oldest) {
  if (oldest?.parents.length === 0) tellToken(holds, 1);
  return holds;
}
function loggedHold(claim, { oid, date }, end2) {
  const { run } = claim.who;
  return {
    lock: claim.lock,
    slot: claim.slot,
    slots: claim.slots,
    token: end2?.entry.sequence ?? claim.sequence,
    claim: oid,
    who: describeIdentity(claim.who),
    run: run?.id ?? null,
    attempt: run?.attempt ?? null,
    job: run?.job ?? null,
    url: run?.url ?? null,
    freeze: claim.freeze,
    reason: claim.reason,
    since: claim.acquiredAt ?? date,
    until: end2?.at ?? null,
    outcome: end2?.entry.outcome ?? "held",
    by: end2 === null ? null : describeIdentity(end2.entry.by),
    endReason: end2?.entry.reason ?? null,
    waitedSeconds: end2?.entry.waitedSeconds ?? null,
    heldSeconds: end2?.entry.heldSeconds ?? null
  };
}

// src/cli/log.ts
var logCommand = async (call) => {
  const { words, options, terminal } = call;
  const locks = parseNames(words, options);
  const limit = limitOf(options);
  const { holds, nowMs } = await withSession(
    call,
    call.stop.listen(),
    async ({ ports, patience }) => {
      const found = [];
      for (const lock of locks)
        found.push(...await readHistory(ports, lock, limit, patience(LOOK_TROUBLE_MS)));
      return { holds: found, nowMs: ports.clock.date().getTime() };
    },
    "all"
  );
  if (options.json) {
    await terminal.print(json({ holds }));
  } else if (holds.length === 0) {
    terminal.say(`nobody has ever held ${locks.map(({ text: text2 }) => `"${text2}"`).join(" or ")}`);
  } else {
    const [head = "", ...lines] = layOut2(holds, nowMs);
    await terminal.print(terminal.paint("bold", head), ...lines);
  }
  return 0;
};
var HEAD = ["LOCK", "TOKEN", "SLOT", "SINCE", "HELD", "WAITED", "OUTCOME", "WHO"];
function layOut2(holds, nowMs) {
  return table(
    HEAD,
    holds.map((hold) => rowOf(hold, nowMs))
  );
}
function rowOf(hold, nowMs) {
  const { lock, token, slot, slots, since, until, waitedSeconds: waitedSeconds2, outcome, who, url, reason } = hold;
  const heldMs = Math.max(0, (until === null ? nowMs : Date.parse(until)) - Date.parse(since));
  const state = hold.freeze && outcome === "held" ? "frozen" : outcome;
  const below = [url, reason === null ? null : `reason: ${reason}`, endingOf(hold)];
  return {
    cells: [
      shownName(lock),
      token === null ? "?" : String(token),
      `${slot}/${slots}`,
      utc(since),
      formatDuration(heldMs),
      waitedSeconds2 === null ? "" : formatDuration(waitedSeconds2 * 1e3),
      state,
      who
    ],
    below: below.filter((line2) => line2 !== null)
  };
}
function endingOf({ outcome, by, who, endReason }) {
  if (by === null || by === who && endReason === null) return null;
  return `${outcome} by ${by}${endReason === null ? "" : `: ${endReason}`}`;
}

// src/cli/release.ts
var releaseCommand = async (call) => {
  const { words, options, terminal } = call;
  const { locks, claims } = parseNamesAndClaims(words, options);
  const reason = reasonOf(options);
  const tag = tagOf(claims, process.env);
  const results = [];
  const failures = [];
  await withSession(
    call,
    call.stop.listen(),
    async (session) => {
      for (const lock of locks.toReversed()) {
        await releaseOne(session, lock, tag, reason, call).then(
          (result) => results.unshift(result),
          (error) => {
            failures.push(error);
            results.unshift(...failedResult(lock, error));
          }
        );
      }
    },
    "all"
  );
  if (options.json) await terminal.print(json({ released: results }));
  return endWith(failures, terminal);
};
function failedResult(lock, error) {
  if (!isLockError(error, "lost", "not-held")) return [];
  const result = error.kind === "lost" ? "lost" : "not-held";
  return [{ name: lock.text, result, heldSeconds: null, why: error.message }];
}
function endWith(failures, terminal) {
  const worst = failures.find((error) => isLockError(error, "lost")) ?? failures[0];
  if (worst === void 0) return 0;
  for (const error of failures) if (error !== worst && isLockError(error)) terminal.fail(error.message);
  throw worst;
}
async function releaseOne(session, lock, tag, reason, { options, terminal }) {
  const found = await findHeld(session, lock, tag, TROUBLE_MS2);
  if (found.kind !== "held") {
    if (!isGivenBack(found)) throw notHeld2(lock, found);
    terminal.say(`"${lock.text}" was given back already`);
    return { name: lock.text, result: "given-back-before", heldSeconds: null };
  }
  if (isCallers(found, session)) {
    terminal.say(`"${lock.text}" stays held: whoever took it gives it back`);
    return { name: lock.text, result: "stays-held", heldSeconds: null };
  }
  await refuseOthers(lock, found, options);
  const ending = { by: session.person, reason };
  const hold = { ...found.hold, waitedSeconds: waitedSeconds(found) };
  const given = await giveBack(session.ports, hold, ending, session.changePatience(TROUBLE_MS2), found);
  if (given.kind === "released") {
    terminal.say(`released "${lock.text}" after ${formatDuration(given.heldSeconds * 1e3)}`);
    return { name: lock.text, result: "released", heldSeconds: given.heldSeconds };
  }
  if (given.kind === "ended" && given.entry.outcome === "released")
    return { name: lock.text, result: "given-back-before", heldSeconds: null };
  const how = given.kind === "ended" ? describeEnding(given.entry) : "its log was replaced by hand";
  throw new LockError("lost", `The lock "${lock.text}" was lost: ${how}.`);
}
function waitedSeconds({ claim, acquiredAt }) {
  const ms = claim.clock === "local" ? Date.parse(acquiredAt) - Date.parse(claim.requestedAt) : Number.NaN;
  return Number.isNaN(ms) ? null : Math.max(0, Math.round(ms / 1e3));
}
function isCallers({ claim }, { mine }) {
  return mine.nonces.has(claim.nonce) && !isNobodysTask(claim);
}
async function refuseOthers(lock, { claim, tip }, options) {
  const { freeze } = claim;
  if (!freeze && isNobodysTask(claim)) return;
  const clear2 = await commandToClear(options, { name: lock.text, claim: tip, freeze });
  if (freeze)
    throw usage(`The lock "${lock.text}" is frozen, and a freeze is cleared, not released: ${clear2}`);
  throw new LockError(
    "refused",
    `The lock "${lock.text}" is held by ${describeIdentity(claim.who)}, which gives it back itself. To end its hold all the same: ${clear2}`
  );
}

// src/cli/run-environment.ts
function environmentFor2(holds, repository, env) {
  const before = readHanded(env);
  const ours = holds.map(({ nonce, lock, sequence }) => {
    const handed = before.find((other) => other.nonce === nonce);
    const known = handed ?? { nonce, repository, prefix: lock.prefix, name: lock.text, token: sequence };
    return { ...known, inner: (handed?.inner ?? 0) + 1, isTheirs: true };
  });
  const all = [...before.filter(({ nonce }) => !ours.some((one) => one.nonce === nonce)), ...ours];
  const alone = [...noncesTold(env)].filter((nonce) => all.every((handed) => handed.nonce !== nonce));
  return showHanded(all, alone);
}
function repositoryOf2(remote) {
  return remote.replace(/^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?/i, "").replace(/^[^/@:]+@([^/:]+):/, "$1/").replace(/\/+$/, "").replace(/\.git$/, "");
}

// src/cli/run-command.ts
var NOT_FOUND = 127;
var NOT_EXECUTABLE = 126;
function problemOf(name, env) {
  if (name === "") return { status: NOT_FOUND, message: "The command is empty: name a program behind `--`." };
  if (process.platform === "win32") return null;
  const isPath2 = name.includes("/");
  const found = isPath2 ? [look3(name)] : pathOf(env).map((folder) => look3(join(folder, name)));
  if (found.includes("program")) return null;
  if (found.includes("file") || isPath2 && found.includes("other"))
    return {
      status: NOT_EXECUTABLE,
      message: `${name} can't be run: it is not a file that you may execute.`
    };
  const where = isPath2 ? "there is no such file" : "no directory in PATH has it";
  return { status: NOT_FOUND, message: `${name} was not found: ${where}.` };
}
function pathOf({ PATH }) {
  return (PATH ?? "/usr/bin:/bin").split(delimiter).map((folder) => folder === "" ? "." : folder);
}
function look3(path) {
  try {
    if (!statSync(path).isFile()) return "other";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    return code === "EACCES" ? "other" : "nothing";
  }
  try {
    accessSync(path, constants.X_OK);
    return "program";
  } catch {
    return "file";
  }
}

// src/cli/run-group.ts
var GRACE_MS2 = 5e3;
var LINGER_MS2 = 2e3;
var AFTER_KILL_MS = 1e3;
function signalGroup2(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
function isAnybodyLeft(group) {
  if (!signalGroup2(group, 0)) return false;
  if (process.platform !== "linux") return true;
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.some((pid) => {
    const stat = statOf(Number(pid));
    return stat?.group === group && !["Z", "X"].includes(stat.state);
  });
}
async function isGoneWithin(group, ms) {
  const untilMs = performance.now() + ms;
  for (let pauseMs = 5; isAnybodyLeft(group); pauseMs = Math.min(100, pauseMs * 2)) {
    if (performance.now() >= untilMs) return false;
    await setTimeout2(pauseMs);
  }
  return true;
}
async function endGroup(group, graceMs2 = GRACE_MS2) {
  signalGroup2(group, "SIGTERM");
  signalGroup2(group, "SIGCONT");
  if (await isGoneWithin(group, graceMs2)) return true;
  signalGroup2(group, "SIGKILL");
  return await isGoneWithin(group, AFTER_KILL_MS);
}
async function endLeftBehind(group) {
  if (await isGoneWithin(group, LINGER_MS2)) return false;
  await endGroup(group);
  return true;
}

// src/cli/run-scripts.ts
var SHELL = "/bin/sh";
var GATE = `read -r go <&3 || exit 143
exec 3>&-
exec "$@"`;
var FOREGROUND = `trap 'exit 130' INT
set -m 2>/dev/null
case $ZSH_VERSION$- in *.*) echo none >&3; exit 0 ;; *m*) ;; *) echo none >&3; exit 0 ;; esac
( ${GATE.replaceAll("\n", "; ")} ) &
group=$!
echo "$group" >&3
exec 3>&-
[ -n "$BASH_VERSION" ] || exec 2>/dev/null
trap 'exit "$status"' EXIT
stops=0
front() {
  status=130
  fg >/dev/null
  status=$?
  kill -0 "$group" 2>/dev/null || return 0
  stops=$((stops + 1))
  [ "$stops" -lt 20 ] || sleep 1
  front
}
front
exit "$status"`;
var GRACE = "grace=";
var HURRY = "hurry";
var DONE = "done";
var WATCHER = `trap '' INT TERM HUP QUIT PIPE TSTP TTIN TTOU USR1 USR2
group=
seconds=5
while read -r word; do
  case $word in
    ${DONE}) exit 0 ;;
    ${HURRY}) seconds=0 ;;
    ${GRACE}*) seconds=\${word#${GRACE}} ;;
    *) group=$word ;;
  esac
done
case $group in '' | *[!0-9]* | 0 | 1) exit 0 ;; esac
kill -s TERM -- "-$group" 2>/dev/null
kill -s CONT -- "-$group" 2>/dev/null
while [ "$seconds" -gt 0 ] && kill -s 0 -- "-$group" 2>/dev/null; do
  sleep 1
  seconds=$((seconds - 1))
done
kill -s KILL -- "-$group" 2>/dev/null
exit 0`;
var NODE_WATCHER = `
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) process.on(signal, () => {});
let told = "";
process.stdin.setEncoding("utf8").on("data", (text) => {
  told += text;
  if (told.includes("${DONE}\\n")) process.exit(0);
});
const end = () => {
  const group = Number(/^\\d+$/m.exec(told)?.[0] ?? 0);
  if (group <= 1) process.exit(0);
  if (process.platform === "win32") {
    require("node:child_process").spawnSync("taskkill", ["/PID", String(group), "/T", "/F"], { stdio: "ignore" });
    process.exit(0);
  }
  const kill = (signal) => {
    try {
      process.kill(-group, signal);
    } catch {
      process.exit(0);
    }
  };
  kill("SIGTERM");
  kill("SIGCONT");
  const grace = Number(/^${GRACE}(\\d+)$/m.exec(told)?.[1] ?? 5);
  setTimeout(kill, told.includes("${HURRY}\\n") ? 0 : grace * 1000, "SIGKILL");
  setInterval(kill, 100, 0);
};
process.stdin.on("end", end).on("error", end);
`;

// src/cli/run-terminal.ts
function terminalUse() {
  if (!isatty(0)) return "none";
  const place = placeAtTerminal();
  return place === "foreground" && (isPipe(1) || isPipe(2)) ? "shared" : place;
}
function placeAtTerminal() {
  if (process.platform === "linux") {
    const stat = statOf(process.pid);
    if (stat === null || stat.foregroundGroup === -1) return "shared";
    return stat.foregroundGroup === stat.group ? "foreground" : "background";
  }
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(process.pid)], {
    encoding: "utf8",
    timeout: 5e3
  });
  if (typeof stdout !== "string" || stdout === "") return "shared";
  return stdout.includes("+") ? "foreground" : "background";
}
function isPipe(file) {
  try {
    const stat = fstatSync(file);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

// src/cli/watcher.ts
function startWatcher(graceMs2, shell = SHELL) {
  const [file, ...args] = existsSync(shell) ? [shell, "-c", WATCHER, "reflock-watcher"] : [process.execPath, "-e", NODE_WATCHER];
  const watcher = spawn(file, args, {
    // It must keep no directory busy, and needs nothing that the environment tells; nor may that reach it.
    cwd: process.platform === "win32" ? process.cwd() : "/",
    env: process.platform === "win32" ? process.env : { PATH: process.env.PATH ?? "/usr/bin:/bin" },
    ...file === shell ? { argv0: "sh" } : {},
    detached: true,
    windowsHide: true,
    stdio: ["pipe", "ignore", "ignore"]
  });
  const { stdin } = watcher;
  const ended = new Promise((resolve2) => {
    watcher.once("exit", () => resolve2());
    watcher.once("error", () => resolve2());
  });
  stdin.on("error", () => {
  });
  const told = (word) => new Promise((resolve2) => stdin.write(`${word}
`, () => resolve2()));
  void told(`${GRACE}${Math.floor(graceMs2 / 1e3)}`);
  return {
    watch: (group) => told(String(group)),
    hurry: () => void told(HURRY),
    dismiss: async () => {
      await told(DONE);
      stdin.end();
      await ended;
    }
  };
}

// src/cli/child.ts
var IS_WINDOWS = process.platform === "win32";
async function startChild(options) {
  const watcher = startWatcher(options.graceMs ?? GRACE_MS2, options.shell);
  const started = await start2(options);
  if (started.group === null) {
    await watcher.dismiss();
    return { ended: started.status, pass: () => {
    }, stop: async () => void await started.status };
  }
  await watcher.watch(started.group);
  started.open();
  return guard(started, started.group, watcher, options);
}
function guard(started, group, watcher, { warn, graceMs: graceMs2 }) {
  let stopping = null;
  let isOver = false;
  const finish = async () => {
    const status = await started.status;
    if (stopping !== null) await stopping;
    else if (await endLeftBehind(group))
      warn("The command left processes behind, which were ended: what the lock guards ends with it.");
    isOver = true;
    await watcher.dismiss();
    return status;
  };
  const ended = finish();
  return {
    ended,
    pass: (signal) => {
      if (isOver) return;
      signalAll(started.process, group, signal);
      if (signal === "SIGTERM") watcher.hurry();
    },
    stop: async () => {
      if (isOver) return;
      watcher.hurry();
      stopping ??= end(group, graceMs2, warn);
      await ended;
    }
  };
}
function signalAll(child, group, signal) {
  if (IS_WINDOWS) child.kill(signal);
  else signalGroup2(group, signal);
}
async function end(group, graceMs2, warn) {
  if (IS_WINDOWS)
    spawnSync("taskkill", ["/PID", String(group), "/T", "/F"], { stdio: "ignore", windowsHide: true });
  else if (!await endGroup(group, graceMs2))
    warn(
      "The command can't be ended, perhaps because it runs as another user. Waiting until it ends by itself."
    );
}
async function start2(options) {
  const use = terminalUse();
  if (IS_WINDOWS || !existsSync(options.shell ?? SHELL) || !isShellProof(options.env))
    return startDirectly(options, use === "background");
  if (use === "foreground") {
    const started = await startInForeground(options);
    if (started !== null) return started;
  }
  return startGated(options, use === "background");
}
function isShellProof(env) {
  const own = /^(IFS|PPID|UID|EUID|OPTIND|LINENO|SHELLOPTS|BASHOPTS)$/;
  return Object.keys(env).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !own.test(name));
}
async function startInForeground({
  command,
  env,
  warn,
  shell: file = SHELL
}) {
  const options = { env, argv0: "sh", stdio: ["inherit", "inherit", "inherit", "pipe"] };
  const shell = spawn(file, ["-c", FOREGROUND, "reflock", ...command], options);
  const status = statusOf2(shell, command[0], warn);
  const pipe = gateOf(shell);
  const group = await Promise.race([firstLine(pipe), status.then(() => "")]);
  if (!/^[1-9]\d*$/.test(group)) {
    await status;
    return null;
  }
  return { process: shell, group: Number(group), status, open: () => openGate(pipe) };
}
function startGated({ command, env, warn, shell: file = SHELL }, isInBackground) {
  const shell = spawn(file, ["-c", GATE, "reflock", ...command], {
    env,
    argv0: "sh",
    detached: true,
    stdio: [isInBackground ? "ignore" : "inherit", "inherit", "inherit", "pipe"]
  });
  const status = statusOf2(shell, command[0], warn);
  const pipe = gateOf(shell);
  return { process: shell, group: shell.pid ?? null, status, open: () => openGate(pipe) };
}
function startDirectly({ command, env, warn }, isInBackground) {
  const [file, ...args] = command;
  const stdin = isInBackground ? "ignore" : "inherit";
  const child = spawn(file, args, { env, detached: !IS_WINDOWS, stdio: [stdin, "inherit", "inherit"] });
  return { process: child, group: child.pid ?? null, status: statusOf2(child, file, warn), open: () => {
  } };
}
function gateOf(shell) {
  const pipe = shell.stdio[3];
  pipe.on("error", () => {
  });
  return pipe;
}
function openGate(pipe) {
  pipe.end("go\n");
  pipe.resume();
}
async function firstLine(pipe) {
  let text2 = "";
  pipe.setEncoding("utf8");
  pipe.on("data", (chunk) => {
    text2 += chunk;
    if (text2.includes("\n")) pipe.emit("line");
  });
  await Promise.race([once(pipe, "line"), once(pipe, "close")]);
  return text2.split("\n")[0] ?? "";
}
function statusOf2(child, name, warn) {
  return new Promise((resolve2) => {
    child.once(
      "exit",
      (code, signal) => resolve2(code ?? 128 + (signal === null ? 0 : constants2.signals[signal]))
    );
    child.once("error", (error) => {
      if (child.pid !== void 0) return;
      warn(`${name} can't be run: ${error.message}`);
      resolve2(error.code === "ENOENT" ? NOT_FOUND : NOT_EXECUTABLE);
    });
  });
}

// src/cli/run-signals.ts
var SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
var OTHERS = ["SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU", "SIGWINCH", "SIGCONT"];
function catchSignals() {
  const stopping = new AbortController();
  const insistence = Promise.withResolvers();
  const counts = /* @__PURE__ */ new Map();
  let pass = null;
  let first = null;
  let suspend = null;
  const onSignal = (signal) => {
    if (pass !== null) return pass(signal);
    first ??= signal;
    counts.set(signal, (counts.get(signal) ?? 0) + 1);
    stopping.abort();
    if (counts.get(signal) === 2) insistence.resolve();
  };
  const passNoMore = () => {
    pass = null;
    if (suspend !== null) process.off("SIGTSTP", suspend);
    suspend = null;
  };
  const others = process.platform === "win32" ? [] : OTHERS;
  const onOther = (signal) => pass?.(signal);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  for (const signal of others) process.on(signal, onOther);
  return {
    stopped: stopping.signal,
    insisted: insistence.promise,
    status: () => first === null ? null : statusOfSignal(constants2.signals[first]),
    passNoMore,
    passTo(to, suspended) {
      pass = to;
      suspend = suspended;
      process.on("SIGTSTP", suspended);
      if (first !== null) to(first);
    },
    [Symbol.dispose]() {
      passNoMore();
      for (const signal of SIGNALS) process.off(signal, onSignal);
      for (const signal of others) process.off(signal, onOther);
    }
  };
}

// src/cli/run-guarded.ts
var GIVE_BACK_MS2 = 6e4;
var GIVE_UP_MS2 = 1e4;
var IMPATIENT = "a second signal came first";
async function runGuarded(guarded) {
  var _stack = [];
  try {
    const { command, env, terminal } = guarded;
    const problem = problemOf(command[0], env);
    if (problem !== null) {
      terminal.fail(problem.message);
      return problem.status;
    }
    const signals = __using(_stack, catchSignals());
    const journal = openJournal();
    const ports = { ...guarded.ports, journal };
    try {
      const holds = await acquireAll(ports, guarded.locks, { ...guarded.wish, signal: signals.stopped });
      for (const hold of holds) terminal.say(describeHold(hold));
      if (signals.status() !== null) return await giveUp2(guarded, ports, journal.left(), signals);
      return await work(guarded, ports, holds, signals, () => journal.left());
    } catch (error) {
      const status = await giveUp2(guarded, ports, journal.left(), signals);
      if (isLockError(error, "cancelled") && signals.status() !== null) return status;
      throw error;
    }
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    __callDispose(_stack, _error, _hasError);
  }
}
function describeHold({ lock, reentered, waitedSeconds: waitedSeconds2, sequence }) {
  return reentered ? `entered "${lock.text}" again, which the caller holds` : `acquired "${lock.text}" after ${formatDuration((waitedSeconds2 ?? 0) * 1e3)}, fencing token ${sequence}`;
}
async function giveUp2({ wish, terminal }, ports, { holds, tickets }, signals) {
  if (signals.status() !== null) terminal.say("cancelled");
  const left = { holds: holds.filter(({ reentered }) => !reentered), tickets };
  const ending = {
    by: wish.who,
    reason: signals.status() === null ? "the run gave up" : "the run was cancelled"
  };
  const results = await Promise.race([giveAllBack(ports, left, ending, GIVE_UP_MS2), signals.insisted]);
  if (results === void 0) terminal.warn(notGivenBack(null, IMPATIENT, wish.leaseSeconds));
  for (const done of results ?? []) {
    if (!("error" in done)) continue;
    terminal.warn(notGivenBack(done.hold?.lock.text ?? null, done.error.message, wish.leaseSeconds));
  }
  return signals.status() ?? 0;
}
async function work(guarded, ports, holds, signals, left) {
  const keeping = new AbortController();
  let end2;
  try {
    end2 = await runUnder(guarded, holds, firstLoss(guarded, ports, holds, keeping.signal), signals);
  } finally {
    signals.passNoMore();
    keeping.abort();
  }
  const { wish, terminal } = guarded;
  const ending = { by: wish.who, reason: null };
  const results = await Promise.race([giveAllBack(ports, left(), ending, GIVE_BACK_MS2), signals.insisted]);
  if (results === void 0) terminal.warn(notGivenBack(null, IMPATIENT, wish.leaseSeconds));
  const isLost = tellEnds(results ?? [], guarded, end2.isLost);
  return isLost ? STATUS_BY_KIND.lost : end2.status;
}
async function runUnder({ command, env, repository, terminal, wish }, holds, loss, signals) {
  const child = await startChild({
    command,
    env: { ...env, ...environmentFor2(holds, repository, env) },
    warn: terminal.warn,
    graceMs: graceMs(wish)
  });
  signals.passTo(
    child.pass,
    () => terminal.warn("The command can't be suspended: its lock would run out meanwhile.")
  );
  const end2 = await Promise.race([child.ended, loss]);
  if (typeof end2 === "number") return { status: end2, isLost: false };
  if (isLockError(end2.error)) terminal.fail(`${end2.error.message} The command is ended.`);
  await child.stop();
  if (!isLockError(end2.error)) throw end2.error;
  return { status: await child.ended, isLost: true };
}
function graceMs({ leaseSeconds, maxHoldSeconds }) {
  const shortest = Math.min(leaseSeconds ?? Infinity, maxHoldSeconds ?? Infinity);
  return Math.max(500, Math.min(GRACE_MS2, shortest * 1e3 / 3 - 500));
}
function firstLoss({ wish: { leaseSeconds, maxHoldSeconds, mine } }, ports, holds, signal) {
  const { promise, resolve: resolve2 } = Promise.withResolvers();
  const ours = {
    ...mine,
    nonces: /* @__PURE__ */ new Set([...mine.nonces, ...holds.map(({ nonce }) => nonce)]),
    handed: (lock) => holds.find((hold) => hold.lock.prefix === lock.prefix)?.sequence ?? mine.handed(lock)
  };
  for (const hold of holds) {
    const keeping = { leaseSeconds, maxHoldSeconds, mine: ours, signal };
    keep(ports, hold, keeping).catch((error) => resolve2({ error }));
  }
  return promise;
}
function tellEnds(results, { terminal, wish }, wasTold) {
  let isLost = wasTold;
  for (const done of results) {
    if ("error" in done) {
      if (done.hold?.reentered) continue;
      terminal.warn(notGivenBack(done.hold?.lock.text ?? null, done.error.message, wish.leaseSeconds));
      continue;
    }
    const { hold, given } = done;
    const name = hold.lock.text;
    if (hold.acquiredAtMs === null || given.kind === "lasted") continue;
    if (given.kind === "released") {
      terminal.say(`released "${name}" after ${formatDuration(given.heldSeconds * 1e3)}`);
      continue;
    }
    if (!wasTold)
      terminal.fail(
        `The lock "${name}" was lost while the command ran: ${howItEnded(given)}. Check what it did meanwhile.`
      );
    isLost = true;
  }
  return isLost;
}
function howItEnded(given) {
  return given.kind === "ended" ? describeEnding(given.entry) : "its log was replaced by hand, and no longer shows who did it";
}
function notGivenBack(name, why, leaseSeconds) {
  const what = name === null ? "What was taken" : `The lock "${name}"`;
  const until = leaseSeconds === null ? "it is cleared" : `its lease of ${formatDuration(leaseSeconds * 1e3)} is out, or it is cleared`;
  return `${what} was not given back: ${why.replace(/\.$/, "")}. It stays held until ${until}.`;
}

// src/cli/run.ts
var runCommand = async (call) => {
  const { words, options, terminal } = call;
  const locks = parseNames(words, options);
  const [file, ...args] = call.command ?? [];
  if (file === void 0) throw usage("Name the command behind `--`: reflock run publish -- npm publish");
  const wish = {
    slots: slotsOf(options),
    scope: "job",
    waitMs: waitMsOf(options, terminal.isInteractive),
    maxHoldSeconds: maxHoldSecondsOf(options),
    leaseSeconds: leaseSecondsOf(options, "5m"),
    freeze: false,
    reason: reasonOf(options)
  };
  return await withSession(
    call,
    null,
    ({ ports, who, mine, remote }) => runGuarded({
      ...{ ports, locks, terminal },
      wish: { ...wish, who, mine },
      repository: repositoryOf2(remote.shown),
      command: [file, ...args],
      env: process.env
    })
  );
};

// src/cli/status.ts
var statusCommand = async (call) => {
  const { words, options, terminal } = call;
  const named = parseNamesOrAll(words, options, "all");
  const namespace2 = namespaceOf(options);
  const { statuses, nowMs } = await withSession(
    call,
    call.stop.listen(),
    async ({ ports, patience }) => {
      const locks = named === "all" ? await listLocks(ports, namespace2, patience(LOOK_TROUBLE_MS)) : named;
      const statuses2 = [];
      for (const lock of locks) statuses2.push(await readStatus(ports, lock, 1, patience(LOOK_TROUBLE_MS)));
      return { statuses: statuses2, nowMs: ports.clock.date().getTime() };
    },
    "all"
  );
  if (options.json) await terminal.print(json({ locks: statuses }));
  else if (statuses.length === 0) terminal.say(`there is no lock under ${namespace2}`);
  else await terminal.print(...layOut3(statuses, nowMs, terminal));
  return 0;
};
var HEAD2 = ["LOCK", "SLOT", "STATE", "AGE", "WHO", "LIFE", "CLAIM"];
function layOut3(statuses, nowMs, { paint }) {
  const rows = statuses.flatMap((status) => rowsOf(status, nowMs));
  const [head = "", ...lines] = table(HEAD2, rows);
  return [paint("bold", head), ...lines.map((line2) => line2.startsWith(" ") ? paint("dim", line2) : line2)];
}
function rowsOf({ name, slots, holders, waiters }, nowMs) {
  const lock = shownName(name);
  const free = slots - holders.length;
  const held = holders.map(
    (holder) => personRow([lock, `${slotOf(holder)}/${slots}`, holder.freeze ? "frozen" : "held"], holder, nowMs)
  );
  const waiting = waiters.map((waiter, index) => personRow([lock, "", `waits ${index + 1}`], waiter, nowMs));
  const isFree = free > 0 ? [{ cells: [lock, slots === 1 ? "1/1" : `${free} of ${slots}`, "free", "", "", "", ""] }] : [];
  return [...held, ...isFree, ...waiting];
}
function personRow(start3, person2, nowMs) {
  const { claim, url, reason, why, alive, since } = person2;
  const below = [url, reason === null ? null : `reason: ${reason}`, why === null ? null : `${alive}: ${why}`];
  return {
    cells: [...start3, ageOf(since, nowMs), whoOf(person2), alive, claim],
    below: below.filter((line2) => line2 !== null)
  };
}
function whoOf({ run, attempt: attempt2, job, who }) {
  return run === null ? who : `run ${run}, attempt ${attempt2}, job ${job}, by ${who}`;
}
function slotOf({ ref }) {
  return /\d+$/.exec(ref)?.[0] ?? "?";
}

// src/cli/commands.ts
var COMMANDS = {
  run: runCommand,
  acquire: acquireCommand,
  release: releaseCommand,
  check: checkCommand,
  status: statusCommand,
  log: logCommand,
  clear: clearCommand,
  freeze: freezeCommand,
  doctor: doctorCommand,
  // GitHub's own parser is larger than all the rest.
  lint: async ({ words, options }) => (await import("./lint-AER2UT3R.js")).lintCommand(words[0] ?? ".", options),
  completion: completionCommand
};
var advise = adviceFor;
export {
  COMMANDS,
  advise
};
