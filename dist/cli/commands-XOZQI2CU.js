import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  STATUS_BY_KIND,
  commandToClear,
  exitStatusOf,
  statusOfSignal,
  version
} from "./chunk-ROCN5XNA.js";
import {
  DamagedRecord,
  clip,
  count,
  countOrNull,
  decodeRecord,
  encodeClaim,
  encodeEntry,
  encodeRecord,
  foreignCommit,
  identity,
  isOurs,
  keysOf,
  oneOf,
  readRecord,
  statOf,
  text,
  textOrNull,
  ticketKey
} from "./chunk-BDZI2DBR.js";
import {
  DEAD_AFTER_MS,
  ageMs,
  deathOf,
  describeIdentity,
  handedNothing,
  isSameRun,
  leftMs
} from "./chunk-A2VMGYTI.js";
import {
  clearingOf,
  formatDuration,
  json,
  leaseSecondsOf,
  limitOf,
  maxHoldSecondsOf,
  namespaceOf,
  parseNames,
  parseNamesAndClaims,
  parseNamesOrAll,
  reasonOf,
  shownName,
  slotsOf,
  usage,
  visible,
  waitMsOf
} from "./chunk-MFK3LMS6.js";
import {
  holderRef,
  listedLocks,
  logRef,
  parseName
} from "./chunk-7IIJV3GI.js";
import {
  LockError,
  __callDispose,
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
  const cancelled = new Promise((_, reject) => {
    abandon = () => reject(new LockError("cancelled", "Cancelled."));
    signal.addEventListener("abort", abandon, { once: true });
  });
  try {
    return await Promise.race([request, cancelled]);
  } finally {
    signal.removeEventListener("abort", abandon);
    request.catch(() => {
    });
  }
}

// src/lock/ticket.ts
var FREEZE_NUMBER = 0;
var MAX_NUMBER = 99999999;
function encodeTicket({ who, ...plain }) {
  const subject = `${plain.lock} awaited by ${describeIdentity(who)}`;
  return encodeRecord(subject, { kind: "ticket", ...plain, run: who.run, process: who.process });
}
function readTicket(commit) {
  const decoded = decodeRecord(commit.message);
  if (decoded.kind === "foreign" || decoded.fields.kind !== "ticket") return null;
  const { fields } = decoded;
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
    return body.slot === slot && parseName(body.lock).encoded === lock.encoded;
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
function isCompleteFreeze(lock, claim, refs, known) {
  if (!claim.freeze) return false;
  const last = tipOf(lock, claim.slots, refs, known);
  return claim.slot === claim.slots || last.kind === "unread" || last.kind === "claim" && last.claim.nonce === claim.nonce;
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
function lapsed({ clock, leaseSeconds }, { oid, date }, now) {
  if (leaseSeconds === null) return null;
  const overMs = ageMs({ clock, date }, now, oid) - leaseSeconds * 1e3;
  if (overMs <= 0) return null;
  const sinceMs = clock === "server" && now.readAtMs !== null ? now.readAtMs - overMs : null;
  return { state: "dead", why: "its ticket's lease ran out", sinceMs };
}
function dateOf({ clock }, commit) {
  return clock === "server" ? Date.parse(commit.date) : null;
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
    const isFrozen2 = isCompleteFreeze(lock, tip.claim, refs, known.commits);
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
async function listLocks(ports, namespace, patience) {
  return listedLocks(await insist(ports, patience, () => ports.store.list(`${namespace}/`)), namespace);
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
  const records = [...known.values()].map(readRecord);
  return records.some((record) => record.kind === "entry" && nonces.has(record.entry.ends));
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

// src/lock/hold.ts
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
function findDeadlock(namespace, listing, waitedFor, known, ours, mine) {
  const locks = listedLocks(listing, namespace).map((lock) => ({ lock, refs: parseRefs(lock, listing) }));
  const awaited = locks.filter(({ refs }) => refs.queue.length > 0);
  const goal = awaited.find(({ lock }) => lock.encoded === waitedFor.encoded);
  const holder = goal === void 0 ? null : holderOf(goal.refs, known);
  if (holder === null) return { kind: "none" };
  if (holder.kind === "need") return holder;
  const reached = [];
  for (const { lock, refs } of awaited.filter((one) => mine.handed(one.lock) !== null)) {
    const ours2 = holderOf(refs, known);
    if (ours2?.kind === "need") return ours2;
    if (ours2 !== null) reached.push({ lock, refs, next: null });
  }
  for (const { lock, refs, next } of reached) {
    for (const ticket of refs.queue) {
      const who = waiterOf2(ticket, known);
      if (who === "dead" || ticket.ref === ours.ref) continue;
      if (who.kind === "need") return who;
      const wait2 = { lock, ticket, who: who.who, next };
      if (isHeldBy(holder, who.who)) return deadlock(wait2, waitedFor, ours);
      for (const other of awaited) {
        if (reached.some((one) => one.lock.encoded === other.lock.encoded)) continue;
        const theirs = holderOf(other.refs, known);
        if (theirs?.kind === "need") return theirs;
        if (theirs !== null && isHeldBy(theirs, who.who)) reached.push({ ...other, next: wait2 });
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
  return record.kind === "claim" && record.claim.slots === 1 ? { kind: "known", who: record.claim.who, scope: record.claim.scope } : null;
}
function waiterOf2({ oid }, { commits, verdicts }) {
  if (verdicts.get(oid)?.state === "dead") return "dead";
  const commit = commits.get(oid);
  if (commit === void 0) return { kind: "need", oid };
  const record = readTicket(commit);
  return record === null ? "dead" : { kind: "known", who: record.who };
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
  return { kind: "deadlock", circle, isOurTurn: waits.every((wait2) => isLater(wait2) < 0) };
}

// src/lock/wait.ts
function paceMs(pollMs, place, waitedMs3, random) {
  const pace = Math.min(2.5, 1 + waitedMs3 / 24e4) * pollMs * place ** 0.6;
  return Math.min(15e3, pace) * (0.75 + random / 2);
}
function glanceMs(place) {
  return Math.max(6e4, place * 3e4);
}
var MOST_READ = 50;
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
    const pace = paceMs(ports.store.pollMs, place, waitedMs(attempt2), ports.random());
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
    if (tip.kind !== "claim" || isCompleteFreeze(wish.lock, tip.claim, lastRefs, known)) return Infinity;
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
async function giveWay(attempt2) {
  const { ports, wish, ticket, known, verdicts, seenMs } = attempt2;
  const knowledge = { commits: known, verdicts, seenMs };
  if (ticket === null) return;
  const namespace = wish.lock.prefix.slice(0, -wish.lock.encoded.length - 2);
  const listing = await ask2(attempt2, (store) => store.list(`${namespace}/`));
  let search = findDeadlock(namespace, listing, wish.lock, knowledge, ticket, wish.mine);
  for (let reads = 0; search.kind === "need" && reads < MOST_READ; reads++) {
    const { oid } = search;
    known.set(oid, await ask2(attempt2, (store) => store.read(oid)));
    search = findDeadlock(namespace, listing, wish.lock, knowledge, ticket, wish.mine);
  }
  if (search.kind !== "deadlock") return;
  if (!search.isOurTurn) {
    ports.tell({ kind: "deadlock", message: `${search.circle}. Another of them came later and gives way.` });
    return;
  }
  const advice2 = "This job came last and gives way. Take all names in one step, a line each: then everybody takes them in one order.";
  throw new LockError("not-acquired", `${search.circle}. ${advice2}`, { status: statusNow(attempt2) });
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
      if (await ask2(attempt2, (store) => store.tip(watch.ref)) === watch.seen) return false;
      attempt2.refs = null;
      return true;
    }
  }
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
async function giveAllBack(ports, left, ending, patienceMs) {
  const patience = () => ({ untilMs: ports.clock.monotonicMs() + patienceMs });
  const results = [];
  for (const hold of left.holds.toReversed()) {
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
function describeEnding(entry) {
  const url = entry.by.run === null ? "" : ` (${entry.by.run.url})`;
  const why = entry.reason === null ? "" : `: ${clip(entry.reason)}`;
  return `${entry.outcome} by ${describeIdentity(entry.by)}${url}${why}`;
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
    const { outcome, claim } = await renew(ports, own, patience);
    if (outcome === "applied") return { hold: own.hold, claim };
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
  const death = deathAt(view, tip);
  if (death !== null) return inTurn(view, death.forMs, () => succeed(view, slot, tip, death));
  const isToBeJudged = self.isGlancing && !known.verdicts.has(tip.oid) && looksAfterHolder(view, slot, tip.oid);
  return isToBeJudged && canBeDead(view, tip) ? { kind: "judge", subject: "claim", oid: tip.oid } : null;
}
function deathAt(view, tip) {
  const { lock, refs, known } = view;
  const isFrozen2 = isCompleteFreeze(lock, tip.claim, refs, known.commits);
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
function canBeDead({ lock, refs, known }, { claim, commit }) {
  if (isCompleteFreeze(lock, claim, refs, known.commits)) return false;
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

// src/lock/decide.ts
var FRUITLESS_LOOKS = 3;
function decide(lock, refs, known, self) {
  if (refs === null) return { kind: "look" };
  const unsettled = settle(refs, known, self);
  if (unsettled !== null) return unsettled;
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
function ticketsAhead({ queue }, ticket) {
  if (ticket === null) return queue;
  const index = queue.findIndex(({ ref }) => ref === ticket.ref);
  return index < 0 ? null : queue.slice(0, index);
}
function isOurTurn(ahead, { ticket, freeze, slots }) {
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

// src/lock/freeze.ts
async function assertParts(attempt2) {
  for (const part of attempt2.frozen) {
    for (let tries = 0; !await isAsserted(attempt2, part); tries++) {
      const why = `It is not known whether slot ${part.slot} of "${part.lock.text}" is still frozen.`;
      await backOff(attempt2.ports, tries, attempt2.patience, why);
    }
  }
}
async function isAsserted(attempt2, part) {
  const { ports, known, patience } = attempt2;
  const refs = await look(attempt2);
  const log = refs.logs.get(part.slot) ?? null;
  let position = locate(part, log, known);
  while (position.kind === "need") {
    await readBack(ports, position.oid, known, patience);
    position = locate(part, log, known);
  }
  if (position.kind === "ended") throw lost(part, describeEnding(position.entry));
  if (position.kind === "gone" || position.kind === "passed")
    throw lost(part, "its log was replaced by hand");
  const tip = tipOf(part.lock, part.slot, refs, known);
  if (position.kind !== "held" || tip.kind !== "claim") return false;
  const own = await holdAt(ports, part.lock, refs, part.slot, tip, known, patience);
  return (await renew(ports, own, patience)).outcome === "applied";
}
function lost({ lock, slot }, how) {
  return new LockError(
    "lost",
    `The freeze of "${lock.text}" had slot ${slot}, and lost it before it had the others: ${how}. Freeze it again.`
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
  await assertParts(attempt2);
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
  const outcome = await renew(ports, own, patience).then(
    (renewed2) => renewed2.outcome,
    async (error) => {
      const isOld = isLockError(error, "lost") && await ask2(attempt2, (store) => store.tip(logRef(wish.lock, slot))) !== tip.oid;
      if (isOld) return "conflict";
      throw error;
    }
  );
  if (outcome !== "applied") {
    await pause(attempt2, "the hold which stands already could not be asserted");
    return null;
  }
  return await enter(attempt2, {
    ...own.hold,
    waitedSeconds: Math.round(waitedMs(attempt2) / 1e3),
    // A claim of this very acquisition that was lost from sight is ours to give back.
    reentered: tip.claim.nonce !== attempt2.nonce
  });
}
async function enter(attempt2, hold) {
  if (isPartOfFreeze(attempt2, hold)) return await freezeNext(attempt2, hold, true);
  await assertParts(attempt2);
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
  if (wish.freeze && hold.slot === wish.slots) for (const part of frozen2) ports.journal.forgetHold(part);
  const held = { ...hold, acquiredAtMs: ports.clock.date().getTime() };
  ports.journal.saveHold(held);
  return held;
}

// src/lock/acquire.ts
var STALE_MS = 6e4;
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
    untilMs: Math.min(attempt2.patience.untilMs, attempt2.staleSinceMs + STALE_MS)
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
async function restart(attempt2) {
  forgetPrepared(attempt2);
  await withdraw(attempt2.ports, attempt2.ticket, attempt2.patience, attempt2.isTicketInDoubt);
  attempt2.spentNonces.add(attempt2.nonce);
  Object.assign(attempt2, { nonce: attempt2.ports.uuid(), ticket: null, refs: null });
}
async function freshen(attempt2, hold) {
  const { ports, wish } = attempt2;
  const sentAtMs = ports.clock.monotonicMs();
  const isYoung = wish.leaseSeconds === null || sentAtMs - (hold.sentAtMs ?? 0) <= wish.leaseSeconds * 1e3 / 3;
  if (isYoung || hold.reentered) return hold;
  const mine = { nonces: /* @__PURE__ */ new Set([hold.nonce]), handed: () => hold.sequence, identity: wish.who };
  try {
    await check(ports, wish.lock, mine, attempt2.patience);
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
  const overMs = hold.reentered ? Infinity : lastMomentMs(hold.sentAtMs ?? now(), limits.maxHoldSeconds);
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
    for (const hold of await assertAll(ports, [...holds.values()].slice(0, -1), wish))
      holds.set(hold.lock.encoded, hold);
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
async function assertAll(ports, holds, { who, signal }) {
  const sentAtMs = ports.clock.monotonicMs();
  const patience = { untilMs: sentAtMs + GIVE_BACK_MS, signal };
  const mine = withHolds(handedNothing(who), holds);
  await Promise.all(holds.map((hold) => check(ports, hold.lock, mine, patience)));
  return holds.map((hold) => ({ ...hold, sentAtMs }));
}
async function giveAllUp(ports, holds, { who, signal }) {
  if (signal?.aborted) return;
  const patience = { untilMs: ports.clock.monotonicMs() + GIVE_BACK_MS };
  for (const hold of holds.filter(({ reentered }) => !reentered).toReversed()) {
    try {
      await giveBack(ports, hold, { by: who, reason: "not all locks could be had" }, patience);
      ports.journal.forgetHold(hold);
    } catch (error) {
      if (!isLockError(error)) throw error;
    }
  }
}

// src/lock/claimed.ts
var MOST_COMMITS = 1e4;
var STALE_MS2 = 15e3;
async function findClaimed(ports, lock, tag, patience) {
  const untilMs = Math.min(patience.untilMs, ports.clock.monotonicMs() + STALE_MS2);
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
function livenessFrom({ api, openRuns, processes }) {
  const opened = /* @__PURE__ */ new Map();
  return {
    async judge(subject) {
      const { run, process: process2 } = subject.who;
      if (process2 !== null && run === null) return await processes.judge(subject);
      if (run === null) return unknown("its record names nobody");
      if ("why" in api) return unknown(api.why);
      const elsewhere = elsewhereThan(api.url, run);
      if (elsewhere !== null) return unknown(elsewhere);
      const runs = opened.get(run.repository) ?? openRuns(api.url, api.token, run.repository).catch(() => null);
      opened.set(run.repository, runs);
      return await (await runs)?.judge(subject) ?? unknown(REPLACED);
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
function unknown(why) {
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
  const wire = await import("./wire-FPFA6ZUF.js");
  const late = signal === null ? null : afterwards(signal, FINISH_MS);
  const git = await wire.openGit(options.remote ?? null, process.cwd(), ends === "all" ? late : null);
  try {
    if (git.isThisRepository && options.remote === void 0) sayLocal(terminal, git.shown);
    const { self, processes, sightings } = wire.openMachine();
    const who = { run: null, process: self };
    const person2 = { run: null, process: { ...self, pid: null, startedAt: null } };
    const journal = openJournal();
    const ports = {
      ...wire.machine,
      store: git.store,
      liveness: livenessFrom({ api: apiIn(process.env), openRuns: wire.openRuns, processes }),
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
  const isFrozen2 = isCompleteFreeze(lock, tip.claim, refs, known);
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
    exactly: !clearing.force
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
  const list = refused3.map(({ lock, what }) => `${what} of "${lock}"`).join("; ");
  const frozen2 = refused3.filter(isFrozen);
  const advice2 = frozen2.length === refused3.length ? [] : [FORCE];
  for (const { lock, oid } of frozen2)
    advice2.push(
      `"${lock}" is frozen, which --expect alone ends: ${await commandToClear(options, { name: lock, claim: oid, freeze: true })}`
    );
  throw new LockError("not-acquired", `Not cleared: ${list}. ${advice2.join(" ")}`);
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
  const words = choices.length > 0 ? [`complete -c reflock -n ${quoted(here)} -a ${quoted(choices.join(" "))}`] : [];
  if (takesPaths) words.push(`complete -c reflock -n ${quoted(here)} -F`);
  return [
    `complete -c reflock -n ${none} -a ${name} -d ${quoted(about)}`,
    ...options.map((option) => lineOf2(here, option)),
    ...words
  ].join("\n");
}
function lineOf2(condition, { long, short, about, takesValue, isRemote }) {
  const flags = [`-l ${long.slice(2)}`, ...short === null ? [] : [`-s ${short.slice(1)}`]].join(" ");
  const value = isRemote ? " -x -a '(git remote 2>/dev/null; __fish_complete_directories (commandline -ct))'" : takesValue ? " -x" : "";
  return `complete -c reflock -n ${quoted(condition)} ${flags}${value} -d ${quoted(about)}`;
}
function quoted(text2) {
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
${commands.map(({ name, about }) => `    ${quoted2(`${name}:${about}`)}`).join("\n")}
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
  if (short === null) return quoted2(`${isRepeated ? "*" : ""}${long}${shown}`);
  return `${quoted2(`(${short} ${long})`)}{${short},${long}}${quoted2(shown)}`;
}
function quoted2(text2) {
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
    ...others.flatMap((line, index) => [
      line,
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
    (line) => line.replace(/^(ok|failed|skipped|note)\b/, (word) => paint(colours[word], word))
  );
  return [...about, "", ...painted];
}
function verdict(trials, terminal) {
  const failed = trials.find(({ result }) => result === "failed");
  if (failed === void 0) {
    terminal.say("locks can be kept here");
    return 0;
  }
  terminal.fail(`locks can't be kept here: "${failed.step}" failed`);
  return failed.error === null ? 69 : exitStatusOf(failed.error, { conflict: 69, signal: null });
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
    below: below.filter((line) => line !== null)
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
function environmentFor(holds, repository, env) {
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
function repositoryOf(remote) {
  return remote.replace(/^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?/i, "").replace(/^[^/@:]+@([^/:]+):/, "$1/").replace(/\/+$/, "").replace(/\.git$/, "");
}

// src/cli/child.ts
import { spawn as spawn2, spawnSync as spawnSync2 } from "node:child_process";
import { once } from "node:events";
import { existsSync as existsSync2 } from "node:fs";
import { constants as constants2 } from "node:os";

// src/cli/run-command.ts
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
var NOT_FOUND = 127;
var NOT_EXECUTABLE = 126;
function problemOf(name, env) {
  if (name === "") return { status: NOT_FOUND, message: "The command is empty: name a program behind `--`." };
  if (process.platform === "win32") return null;
  const isPath = name.includes("/");
  const found = isPath ? [look3(name)] : pathOf(env).map((folder) => look3(join(folder, name)));
  if (found.includes("program")) return null;
  if (found.includes("file") || isPath && found.includes("other"))
    return {
      status: NOT_EXECUTABLE,
      message: `${name} can't be run: it is not a file that you may execute.`
    };
  const where = isPath ? "there is no such file" : "no directory in PATH has it";
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
import { readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
var GRACE_MS = 5e3;
var LINGER_MS = 2e3;
var AFTER_KILL_MS = 1e3;
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
function isAnybodyLeft(group) {
  if (!signalGroup(group, 0)) return false;
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
    await delay(pauseMs);
  }
  return true;
}
async function endGroup(group, graceMs2 = GRACE_MS) {
  signalGroup(group, "SIGTERM");
  signalGroup(group, "SIGCONT");
  if (await isGoneWithin(group, graceMs2)) return true;
  signalGroup(group, "SIGKILL");
  return await isGoneWithin(group, AFTER_KILL_MS);
}
async function endLeftBehind(group) {
  if (await isGoneWithin(group, LINGER_MS)) return false;
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
import { spawnSync } from "node:child_process";
import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
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
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
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
  const ended = new Promise((resolve) => {
    watcher.once("exit", () => resolve());
    watcher.once("error", () => resolve());
  });
  stdin.on("error", () => {
  });
  const told = (word) => new Promise((resolve) => stdin.write(`${word}
`, () => resolve()));
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
  const watcher = startWatcher(options.graceMs ?? GRACE_MS, options.shell);
  const started = await start(options);
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
  else signalGroup(group, signal);
}
async function end(group, graceMs2, warn) {
  if (IS_WINDOWS)
    spawnSync2("taskkill", ["/PID", String(group), "/T", "/F"], { stdio: "ignore", windowsHide: true });
  else if (!await endGroup(group, graceMs2))
    warn(
      "The command can't be ended, perhaps because it runs as another user. Waiting until it ends by itself."
    );
}
async function start(options) {
  const use = terminalUse();
  if (IS_WINDOWS || !existsSync2(options.shell ?? SHELL) || !isShellProof(options.env))
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
  const shell = spawn2(file, ["-c", FOREGROUND, "reflock", ...command], options);
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
  const shell = spawn2(file, ["-c", GATE, "reflock", ...command], {
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
  const child = spawn2(file, args, { env, detached: !IS_WINDOWS, stdio: [stdin, "inherit", "inherit"] });
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
  return new Promise((resolve) => {
    child.once(
      "exit",
      (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants2.signals[signal]))
    );
    child.once("error", (error) => {
      if (child.pid !== void 0) return;
      warn(`${name} can't be run: ${error.message}`);
      resolve(error.code === "ENOENT" ? NOT_FOUND : NOT_EXECUTABLE);
    });
  });
}

// src/cli/run-signals.ts
import { constants as constants3 } from "node:os";
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
    status: () => first === null ? null : statusOfSignal(constants3.signals[first]),
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
    env: { ...env, ...environmentFor(holds, repository, env) },
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
  return Math.max(500, Math.min(GRACE_MS, shortest * 1e3 / 3 - 500));
}
function firstLoss({ wish: { leaseSeconds, maxHoldSeconds, mine } }, ports, holds, signal) {
  const { promise, resolve } = Promise.withResolvers();
  const ours = {
    ...mine,
    nonces: /* @__PURE__ */ new Set([...mine.nonces, ...holds.map(({ nonce }) => nonce)]),
    handed: (lock) => holds.find((hold) => hold.lock.prefix === lock.prefix)?.sequence ?? mine.handed(lock)
  };
  for (const hold of holds) {
    const keeping = { leaseSeconds, maxHoldSeconds, mine: ours, signal };
    keep(ports, hold, keeping).catch((error) => resolve({ error }));
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
      repository: repositoryOf(remote.shown),
      command: [file, ...args],
      env: process.env
    })
  );
};

// src/cli/status.ts
var statusCommand = async (call) => {
  const { words, options, terminal } = call;
  const named = parseNamesOrAll(words, options, "all");
  const namespace = namespaceOf(options);
  const { statuses, nowMs } = await withSession(
    call,
    call.stop.listen(),
    async ({ ports, patience }) => {
      const locks = named === "all" ? await listLocks(ports, namespace, patience(LOOK_TROUBLE_MS)) : named;
      const statuses2 = [];
      for (const lock of locks) statuses2.push(await readStatus(ports, lock, 1, patience(LOOK_TROUBLE_MS)));
      return { statuses: statuses2, nowMs: ports.clock.date().getTime() };
    },
    "all"
  );
  if (options.json) await terminal.print(json({ locks: statuses }));
  else if (statuses.length === 0) terminal.say(`there is no lock under ${namespace}`);
  else await terminal.print(...layOut3(statuses, nowMs, terminal));
  return 0;
};
var HEAD2 = ["LOCK", "SLOT", "STATE", "AGE", "WHO", "LIFE", "CLAIM"];
function layOut3(statuses, nowMs, { paint }) {
  const rows = statuses.flatMap((status) => rowsOf(status, nowMs));
  const [head = "", ...lines] = table(HEAD2, rows);
  return [paint("bold", head), ...lines.map((line) => line.startsWith(" ") ? paint("dim", line) : line)];
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
function personRow(start2, person2, nowMs) {
  const { claim, url, reason, why, alive, since } = person2;
  const below = [url, reason === null ? null : `reason: ${reason}`, why === null ? null : `${alive}: ${why}`];
  return {
    cells: [...start2, ageOf(since, nowMs), whoOf(person2), alive, claim],
    below: below.filter((line) => line !== null)
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
  lint: async ({ words, options }) => (await import("./lint-VK3S2KZ2.js")).lintCommand(words[0] ?? ".", options),
  completion: completionCommand
};
export {
  COMMANDS
};
