import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
var __knownSymbol = (name, symbol) => (symbol = Symbol[name]) ? symbol : /* @__PURE__ */ Symbol.for("Symbol." + name);
var __typeError = (msg) => {
  throw TypeError(msg);
};
var __require = /* @__PURE__ */ ((x) => typeof require !== "undefined" ? require : typeof Proxy !== "undefined" ? new Proxy(x, {
  get: (a, b) => (typeof require !== "undefined" ? require : a)[b]
}) : x)(function(x) {
  if (typeof require !== "undefined") return require.apply(this, arguments);
  throw Error('Dynamic require of "' + x + '" is not supported');
});
var __using = (stack, value, async) => {
  if (value != null) {
    if (typeof value !== "object" && typeof value !== "function") __typeError("Object expected");
    var dispose, inner;
    if (async) dispose = value[__knownSymbol("asyncDispose")];
    if (dispose === void 0) {
      dispose = value[__knownSymbol("dispose")];
      if (async) inner = dispose;
    }
    if (typeof dispose !== "function") __typeError("Object not disposable");
    if (inner) dispose = function() {
      try {
        inner.call(this);
      } catch (e) {
        return Promise.reject(e);
      }
    };
    stack.push([async, dispose, value]);
  } else if (async) {
    stack.push([async]);
  }
  return value;
};
var __callDispose = (stack, error2, hasError) => {
  var E = typeof SuppressedError === "function" ? SuppressedError : function(e, s, m, _) {
    return _ = Error(m), _.name = "SuppressedError", _.error = e, _.suppressed = s, _;
  };
  var fail = (e) => error2 = hasError ? new E(e, error2, "An error was suppressed during disposal") : (hasError = true, e);
  var next = (it) => {
    while (it = stack.pop()) {
      try {
        var result = it[1] && it[1].call(it[2]);
        if (it[0]) return Promise.resolve(result).then(next, (e) => (fail(e), next()));
      } catch (e) {
        fail(e);
      }
    }
    if (hasError) throw error2;
  };
  return next();
};

// src/lock/errors.ts
var LockError = class extends Error {
  kind;
  retryAfterMs;
  status;
  constructor(kind, message, details = {}) {
    super(message, details.cause === void 0 ? void 0 : { cause: details.cause });
    this.name = "LockError";
    this.kind = kind;
    this.retryAfterMs = details.retryAfterMs;
    this.status = details.status;
  }
};
function isLockError(error2, ...kinds) {
  return error2 instanceof LockError && (kinds.length === 0 || kinds.includes(error2.kind));
}

// src/lock/name.ts
var MAX_ENCODED_BYTES = 200;
function parseName(text2, namespace = DEFAULT_NAMESPACE) {
  const shown = JSON.stringify(text2.length > 60 ? `${text2.slice(0, 60)}\u2026` : text2);
  if (text2 === "")
    throw new LockError("usage", "The lock's name is empty. Give it one, such as `name: publish`.");
  if (!text2.isWellFormed() || /[\p{Cc}\u2028\u2029]/u.test(text2)) {
    throw new LockError(
      "usage",
      `The lock name ${shown} has a control character in it. Use plain text, one name a line.`
    );
  }
  if (text2 === "*") {
    throw new LockError(
      "usage",
      "The name `*` means all locks, which only `status` and `clear` can take. Name one lock."
    );
  }
  const composed = text2.normalize("NFC");
  const encoded = encode(composed);
  if (encoded.length > MAX_ENCODED_BYTES) {
    throw new LockError(
      "usage",
      `The lock name ${shown} takes ${encoded.length} bytes in a ref (letters other than a-z take three each), and may take ${MAX_ENCODED_BYTES}. Use a shorter one.`
    );
  }
  return { text: composed, encoded, prefix: `${namespace}/${encoded}/` };
}
function encode(composed) {
  let encoded = "";
  for (const byte of new TextEncoder().encode(composed.toLowerCase().normalize("NFC"))) {
    const character = String.fromCharCode(byte);
    encoded += /[a-z0-9_-]/.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
function nameOfEncoded(encoded, namespace) {
  const bytes = [];
  for (const [part] of encoded.matchAll(/=[0-9A-F]{2}|./gs)) {
    bytes.push(part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0));
  }
  try {
    const name = parseName(
      new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes)),
      namespace
    );
    return name.encoded === encoded ? name : null;
  } catch {
    return null;
  }
}
function listedLocks({ refs }, namespace) {
  const encoded = new Set(refs.map(({ name }) => name.slice(namespace.length + 1).split("/")[0] ?? ""));
  return [...encoded].sort().flatMap((name) => nameOfEncoded(name, namespace) ?? []);
}
var DEFAULT_NAMESPACE = "refs/locks";
function parseNamespace(text2) {
  if (!/^refs(\/[A-Za-z0-9_][A-Za-z0-9_-]*){1,8}$/.test(text2) || /^refs\/(heads|tags)$/.test(text2)) {
    throw new LockError(
      "usage",
      `The namespace ${JSON.stringify(text2.slice(0, 80))} is not one that refs can live in. Write \`refs/locks\`, \`refs/heads/locks\` or \`refs/tags/locks\`.`
    );
  }
  return text2;
}
function logRef(lock, slot) {
  return `${lock.prefix}log/${slot}`;
}
function holderRef(lock, slot) {
  return `${lock.prefix}holder/${slot}`;
}
function isLogRef(ref) {
  return /\/log\/[1-9]\d*$/.test(ref);
}

// src/lock/identity.ts
function handedNothing(identity2) {
  return { nonces: /* @__PURE__ */ new Set(), handed: () => null, identity: identity2 };
}
function isSameRun(a, b) {
  return a.repository.toLowerCase() === b.repository.toLowerCase() && a.id === b.id && a.attempt === b.attempt;
}
function isSameJob(a, b) {
  return isSameRun(a, b) && a.jobId !== null && a.jobId === b.jobId;
}
function describeIdentity({ run, process: process2 }) {
  if (run !== null) return `run ${run.id}, attempt ${run.attempt}, job ${run.job}`;
  if (process2 !== null) return `${process2.user} on ${process2.host}`;
  return "somebody who left no name";
}
function isRepository(text2) {
  return /^[A-Za-z0-9][\w-]{0,99}\/(?!\.{1,2}$)[\w.-]{1,100}$/.test(text2);
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
var records = /* @__PURE__ */ new WeakMap();
function readRecord(commit) {
  const known = records.get(commit);
  if (known !== void 0) return known;
  const record = decode(commit);
  records.set(commit, record);
  return record;
}
function decode(commit) {
  const decoded = decodeRecord(commit.message);
  if (decoded.kind === "foreign") return decoded;
  try {
    const kind = oneOf(decoded.fields, "kind", ["claim", "entry"]);
    if (kind === "claim") return { kind, claim: parseClaim(decoded.fields) };
    return { kind, entry: parseEntry(decoded.fields) };
  } catch (error2) {
    if (error2 instanceof DamagedRecord) return { kind: "foreign", why: error2.message };
    throw error2;
  }
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

// src/lock/insist.ts
var FIRST_PAUSE_MS = 500;
var LONGEST_PAUSE_MS = 15e3;
async function insist(ports, patience, request) {
  for (let tries = 0; ; tries++) {
    throwIfCancelled(patience.signal);
    try {
      return await orCancelled(request(), patience.signal);
    } catch (error2) {
      if (!isLockError(error2, "unreachable", "throttled")) throw error2;
      const pauseMs = error2.retryAfterMs ?? backoffMs(tries, ports.random());
      const untilMs = error2.kind === "unreachable" ? patience.silenceUntilMs : void 0;
      if (ports.clock.monotonicMs() + pauseMs > (untilMs ?? patience.untilMs)) throw error2;
      ports.tell({ kind: "trouble", error: error2, pauseMs });
      await ports.clock.sleep(pauseMs, patience.signal);
    }
  }
}
function backoffMs(tries, random) {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + random / 2);
}
async function backOff(ports, tries, patience, what) {
  const pauseMs = backoffMs(tries, ports.random());
  const error2 = new LockError("unreachable", what);
  if (ports.clock.monotonicMs() + pauseMs > patience.untilMs) throw error2;
  ports.tell({ kind: "trouble", error: error2, pauseMs });
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
function encodeTicket({ who, ...plain2 }) {
  const subject = `${plain2.lock} awaited by ${describeIdentity(who)}`;
  return encodeRecord(subject, { kind: "ticket", ...plain2, run: who.run, process: who.process });
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
  } catch (error2) {
    if (error2 instanceof DamagedRecord) return null;
    throw error2;
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

// src/lock/verdict.ts
var DEAD_AFTER_MS = 1e4;
function ageMs({ clock, date }, { readAtMs, seenMs }, ...keys) {
  if (clock === "server" && readAtMs !== null) return readAtMs - Date.parse(date);
  const seen = keys.find((key) => seenMs.has(key));
  return seen === void 0 ? 0 : seenMs.get(seen) ?? 0;
}
function deathOf(claim, commit, verdict, now, isFrozen) {
  if (isFrozen) return null;
  if (verdict?.state === "dead")
    return { outcome: "taken-over", why: verdict.why, forMs: deadForMs(verdict, commit, now) };
  const over = limitsOf(claim, commit, now).find(({ leftMs: leftMs2 }) => leftMs2 < 0);
  return over === void 0 ? null : { outcome: "expired", why: over.why, forMs: -over.leftMs };
}
function leftMs(claim, commit, now) {
  return Math.min(...limitsOf(claim, commit, now).map((limit) => limit.leftMs));
}
function limitsOf(claim, commit, now) {
  const { clock, acquiredClock, maxHoldSeconds, leaseSeconds } = claim;
  const acquired = { clock: acquiredClock, date: claim.acquiredAt ?? commit.date };
  const heldMs = ageMs(acquired, now, claim.nonce, commit.oid);
  const renewedMs = ageMs({ clock, date: commit.date }, now, commit.oid);
  return [
    { leftMs: (maxHoldSeconds ?? Infinity) * 1e3 - heldMs, why: "it is past its max-hold" },
    { leftMs: (leaseSeconds ?? Infinity) * 1e3 - renewedMs, why: "its lease ran out" }
  ];
}
function deadForMs({ sinceMs }, commit, { readAtMs, seenMs }) {
  if (readAtMs !== null) return readAtMs - (sinceMs ?? Date.parse(commit.date));
  return seenMs.get(deathKey(commit.oid)) ?? 0;
}
function deathKey(oid) {
  return `dead-${oid}`;
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
function slotsOf(refs, slots) {
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
  const { clock } = last.kind === "claim" ? last.claim : last.entry;
  const isDated = clock === "server" && claim.clock === "server";
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
  const verdict = await ask(liveness, kind, ticket, commit, isThorough);
  return verdict.state === "dead" ? verdict : lapsed(ticket, commit, now) ?? verdict;
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

// src/lock/status.ts
var SHOWN_WAITERS = 20;
var SHOWN_COMMITS = 20;
function statusOf(lock, slots, refs, known) {
  const holders = [];
  let agreed = slots;
  for (const slot of slotsOf(refs, slots)) {
    const tip = tipOf(lock, slot, refs, known.commits);
    const ref = holderRef(lock, slot);
    if (tip.kind === "foreign")
      holders.push({ ...nobody(tip.oid, ref, tip.commit.date), who: `a commit which ${tip.why}` });
    if (tip.kind === "unread" && refs.holders.has(slot)) holders.push(nobody(tip.oid, ref, null));
    if (tip.kind === "entry") agreed = tip.entry.slots;
    if (tip.kind !== "claim") continue;
    agreed = tip.claim.slots;
    const verdict = known.verdicts.get(tip.oid);
    const isFrozen = isCompleteFreeze(lock, tip, refs, known.commits);
    const now = { readAtMs: refs.readAtMs, seenMs: known.seenMs };
    const death = deathOf(tip.claim, tip.commit, verdict, now, isFrozen);
    const life = death === null ? lifeOf(isFrozen ? FROZEN : verdict) : { alive: "dead", why: death.why };
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
function lifeOf(verdict) {
  return { alive: verdict?.state ?? "unknown", why: verdict?.why ?? null };
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
  const judge = async (kind, commit) => {
    if (commit === void 0 || kind === "claim" && readRecord(commit).kind !== "claim") return;
    const now = { readAtMs: refs.readAtMs, seenMs: see() };
    const verdict = await insist(ports, patience, () => judgeWriter(ports.liveness, kind, commit, true, now));
    verdicts.set(commit.oid, verdict);
  };
  const logs = commitTips(refs).map(async (oid) => {
    const log = await insist(ports, patience, () => ports.store.history(oid, SHOWN_COMMITS));
    for (const commit of log) commits.set(commit.oid, commit);
    await judge("claim", log[0]);
  });
  const waiters = refs.queue.slice(0, SHOWN_WAITERS).map(async ({ oid }) => {
    const commit = await insist(ports, patience, () => ports.store.read(oid));
    commits.set(oid, commit);
    await judge("ticket", commit);
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
  const { sequence: token, slot, outcome, reason, waitedSeconds, heldSeconds: heldSeconds2 } = record.entry;
  return [
    {
      token,
      slot,
      outcome,
      by: describeIdentity(record.entry.by),
      reason,
      at: commit.date,
      waitedSeconds,
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
async function look(attempt) {
  const { lock, signal } = attempt.wish;
  const refs = parseRefs(lock, await ask2(attempt, (store) => store.list(lock.prefix)));
  attempt.refs = refs;
  attempt.lastRefs = refs;
  attempt.patience = { untilMs: attempt.deadlineMs + TROUBLE_MS, signal };
  const { ticket } = attempt;
  const seen = refs.queue.find(({ ref }) => ref === ticket?.ref);
  if (ticket !== null && seen !== void 0) attempt.ticket = { ...ticket, oid: seen.oid };
  return refs;
}
async function ask2(attempt, request) {
  const { ports, patience, wish } = attempt;
  try {
    return await insist(ports, patience, () => request(ports.store, ports.liveness));
  } catch (error2) {
    if (!isLockError(error2, "throttled")) throw error2;
    const message = `Could not acquire "${wish.lock.text}" in time: ${error2.message}. Raise \`wait\`, or make fewer requests.`;
    throw new LockError("not-acquired", message, { status: statusNow(attempt), cause: error2 });
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

// src/lock/ticket-lease.ts
var TICKET_LEASE_SECONDS = 300;
function writeTicket(attempt) {
  const { ports, wish, nonce, requestedAt } = attempt;
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
  return ask2(attempt, (store) => store.write(message, null));
}
function ticketLeaseSeconds({ who, leaseSeconds }) {
  return who.run === null ? Math.min(leaseSeconds ?? TICKET_LEASE_SECONDS, TICKET_LEASE_SECONDS) : null;
}
function ticketDueMs({ wish, ticket, ticketSentMs }) {
  const leaseSeconds = ticket === null ? null : ticketLeaseSeconds(wish);
  return leaseSeconds === null ? Infinity : ticketSentMs + leaseSeconds * 1e3 / 3;
}
async function renewTicket(attempt) {
  const { ports, ticket } = attempt;
  if (ticket === null) return;
  const sentMs = ports.clock.monotonicMs();
  const { oid } = await writeTicket(attempt);
  const change = { ref: ticket.ref, from: ticket.oid, to: oid };
  attempt.ticketSentMs = sentMs;
  if (await ask2(attempt, (store) => store.transact([change])) !== "applied") {
    attempt.refs = null;
    return;
  }
  attempt.ticket = { ...ticket, oid };
  ports.journal.saveTicket(attempt.ticket);
  attempt.lastRefs = withTicket(attempt.lastRefs, attempt.ticket);
  if (attempt.refs !== null) attempt.refs = withTicket(attempt.refs, attempt.ticket);
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
async function giveWay(attempt) {
  const { ports, ticket } = attempt;
  if (ticket === null) return;
  const search = await findCircle(attempt, ticket);
  if (search.kind !== "deadlock") return;
  if (!search.isOurTurn) {
    ports.tell({ kind: "deadlock", message: `${search.circle}. Another of them came later and gives way.` });
    return;
  }
  const advice2 = "This job came last and gives way. Take all names in one step, a line each: then everybody takes them in one order.";
  throw new LockError("not-acquired", `${search.circle}. ${advice2}`, { status: statusNow(attempt) });
}
async function findCircle(attempt, ticket) {
  const { wish, known, verdicts, seenMs } = attempt;
  const namespace = wish.lock.prefix.slice(0, -wish.lock.encoded.length - 2);
  const listing = await ask2(attempt, (store) => store.list(`${namespace}/`));
  const served = /* @__PURE__ */ new Set();
  const knowledge = { commits: known, verdicts, seenMs, served };
  for (let reads = 0; reads < MOST_READ; reads++) {
    const search = findDeadlock(namespace, listing, wish.lock, knowledge, ticket, wish.mine);
    if (search.kind === "need") {
      known.set(search.oid, await ask2(attempt, (store) => store.read(search.oid)));
    } else {
      const inVain = search.kind === "deadlock" ? await servedOf(attempt, search.waits) : [];
      if (inVain.length === 0) return search;
      for (const oid of inVain) served.add(oid);
    }
  }
  return { kind: "none" };
}
async function servedOf(attempt, waits) {
  const logs = await Promise.all(
    waits.map(({ log }) => ask2(attempt, (store) => store.history(log, LOG_COMMITS)))
  );
  return waits.flatMap(
    ({ ticket, nonce }, at) => (logs[at] ?? []).some((commit) => hasNonce(commit, nonce)) ? [ticket] : []
  );
}
function hasNonce(commit, nonce) {
  const record = readRecord(commit);
  if (record.kind === "claim") return record.claim.nonce === nonce;
  return record.kind === "entry" && record.entry.ends === nonce;
}

// src/lock/wait.ts
function paceMs(pollMs, place, waitedMs2, random) {
  const pace = Math.min(2.5, 1 + waitedMs2 / 24e4) * pollMs * place ** 0.6;
  return Math.min(15e3, pace) * (0.75 + random / 2);
}
function glanceMs(place) {
  return Math.max(6e4, place * 3e4);
}
async function wait(attempt, { place, watch }) {
  const { ports, wish, deadlineMs } = attempt;
  attempt.pauses = 0;
  if (attempt.isGlancing && attempt.glances > 0 && wish.mine.nonces.size > 0) await giveWay(attempt);
  attempt.isGlancing = false;
  ports.tell({
    kind: "waiting",
    lock: wish.lock.text,
    place,
    status: statusNow(attempt),
    waitedMs: waitedMs(attempt)
  });
  const overMs = ports.clock.monotonicMs() + nextExpiryMs(attempt, watch);
  for (; ; ) {
    const now = ports.clock.monotonicMs();
    if (now >= deadlineMs) return;
    if (now >= overMs) {
      attempt.refs = null;
      return;
    }
    if (now >= attempt.glanceAtMs) return glance(attempt, place);
    const pace = paceMs(ports.store.pollMs, place, waitedMs(attempt), ports.random());
    const untilMs = Math.min(now + pace, deadlineMs, attempt.glanceAtMs, overMs, ticketDueMs(attempt));
    await ports.clock.sleep(untilMs - now, wish.signal);
    throwIfCancelled(wish.signal);
    if (ports.clock.monotonicMs() >= ticketDueMs(attempt)) await renewTicket(attempt);
    if (attempt.refs === null) return;
    if (await hasChanged(attempt, watch)) return;
  }
}
function nextExpiryMs({ wish, lastRefs, known, seenMs, frozen }, watch) {
  if (watch.kind === "ticket") return Infinity;
  const now = { readAtMs: lastRefs.readAtMs, seenMs };
  const slots = wish.freeze ? [frozen.length + 1] : slotsOf(lastRefs, wish.slots);
  const left = slots.map((slot) => {
    const tip = tipOf(wish.lock, slot, lastRefs, known);
    if (tip.kind !== "claim" || isCompleteFreeze(wish.lock, tip, lastRefs, known)) return Infinity;
    const leftNowMs = leftMs(tip.claim, tip.commit, now);
    return leftNowMs < 0 ? Infinity : leftNowMs;
  });
  return Math.min(...left) + 1e3;
}
function glance(attempt, place) {
  attempt.glanceAtMs = attempt.ports.clock.monotonicMs() + glanceMs(place);
  attempt.isGlancing = true;
  for (const [oid, { state }] of attempt.verdicts) if (state !== "dead") attempt.verdicts.delete(oid);
  attempt.glances++;
  attempt.refs = null;
}
async function hasChanged(attempt, watch) {
  switch (watch.kind) {
    case "refs": {
      const refs = await look(attempt);
      if (!isEqual(watch.seen.logs, refs.logs)) return true;
      if (watch.seen.queue.map(({ ref }) => ref).join() === refs.queue.map(({ ref }) => ref).join())
        return false;
      attempt.fruitlessLooks++;
      return true;
    }
    case "logs": {
      const { lock } = attempt.wish;
      const { logs } = parseRefs(lock, await ask2(attempt, (store) => store.list(`${lock.prefix}log/`)));
      if (isEqual(watch.seen, logs)) return false;
      attempt.refs = withLogs(attempt.lastRefs, logs, attempt.known);
      return true;
    }
    case "ticket": {
      if (await ask2(attempt, (store) => store.tip(watch.ref)) === watch.seen) return false;
      attempt.refs = null;
      return true;
    }
  }
}
function isEqual(a, b) {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
async function pause(attempt, why, patience = attempt.patience) {
  await backOff(
    attempt.ports,
    attempt.pauses++,
    patience,
    `The lock "${attempt.wish.lock.text}" could not be taken: ${why}`
  );
  attempt.refs = null;
}

// src/lock/queue.ts
var REFUSALS = 2;
async function enqueue(attempt, number) {
  const { ports, wish } = attempt;
  const sentMs = ports.clock.monotonicMs();
  const ticket = ticketFor(wish.lock, number, await writeTicket(attempt));
  attempt.ticketSentMs = sentMs;
  ports.journal.saveTicket(ticket);
  attempt.ticket = ticket;
  await create(attempt);
  attempt.refs = null;
  attempt.isGlancing = false;
}
async function requeue(attempt) {
  if (attempt.ticket !== null && ticketDueMs(attempt) !== Infinity) {
    const sentMs = attempt.ports.clock.monotonicMs();
    const { oid } = await writeTicket(attempt);
    attempt.ticketSentMs = sentMs;
    attempt.ticket = { ...attempt.ticket, oid };
    attempt.ports.journal.saveTicket(attempt.ticket);
  }
  await create(attempt);
}
async function create(attempt) {
  const { ticket } = attempt;
  if (ticket === null) return;
  const create2 = { ref: ticket.ref, from: null, to: ticket.oid };
  const wasInDoubt = attempt.isTicketInDoubt;
  for (let tries = 0, refusals = 0, unanswered = 0; refusals < REFUSALS; tries++) {
    attempt.isTicketInDoubt = true;
    const outcome = await ask2(attempt, (store) => store.transact([create2]));
    if (outcome === "unknown") unanswered++;
    attempt.isTicketInDoubt = wasInDoubt || unanswered > 0;
    if (outcome === "applied") break;
    if (outcome === "conflict") refusals++;
    else
      await backOff(
        attempt.ports,
        tries,
        attempt.patience,
        "It is not known whether the ticket in the queue was made"
      );
  }
  attempt.refs = withTicket(attempt.lastRefs, ticket);
  attempt.lastRefs = attempt.refs;
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
async function remove(attempt, ticket, why) {
  const change = { ref: ticket.ref, from: ticket.oid, to: null };
  if (await ask2(attempt, (store) => store.transact([change])) !== "applied") {
    return await pause(attempt, "a dead waiter's ticket could not be removed");
  }
  attempt.ports.tell({ kind: "removed", lock: attempt.wish.lock.text, ticket: ticket.ref, why });
  attempt.refs = null;
}

// src/lock/read-back.ts
var COMMITS = 50;
async function readBack(ports, oid, known, patience) {
  const commits = await insist(ports, patience, () => ports.store.history(oid, COMMITS));
  for (const commit of commits) known.set(commit.oid, commit);
  return commits;
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
  } catch (error2) {
    if (!isLockError(error2)) throw error2;
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
  for (const hold of left.holds.flatMap(wholeOf).toReversed()) {
    const give = hold.reentered ? assertLasted(ports, hold, patience()) : giveBack(ports, hold, ending, patience());
    results.push(await give.then((given) => ({ hold, given }), orError(hold)));
  }
  for (const ticket of left.tickets) {
    const error2 = await withdraw(ports, ticket, patience()).then(() => null, orError(null));
    if (error2 !== null) results.push(error2);
  }
  return results;
}
function orError(hold) {
  return (error2) => {
    if (!isLockError(error2)) throw error2;
    return { hold, error: error2 };
  };
}
function describeEnding(entry) {
  const url = entry.by.run === null ? "" : ` (${entry.by.run.url})`;
  const why = entry.reason === null ? "" : `: ${clip(entry.reason)}`;
  return `${entry.outcome} by ${describeIdentity(entry.by)}${url}${why}`;
}

// src/lock/duration.ts
var UNIT_MS = { d: 864e5, h: 36e5, m: 6e4, s: 1e3 };
var MAX_MS = 3650 * 864e5;
function parseDuration(text2, what) {
  if (text2 === "0") return 0;
  if (text2 === "forever") return Number.POSITIVE_INFINITY;
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text2);
  if (match === null || text2 === "") throw notADuration(text2, what);
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = match;
  const ms = Number(days) * 864e5 + Number(hours) * 36e5 + Number(minutes) * 6e4 + Number(seconds) * 1e3;
  if (ms > MAX_MS)
    throw new LockError("usage", `\`${what}: ${text2}\` is longer than ten years. Write \`forever\` instead.`);
  return ms;
}
function notADuration(text2, what) {
  const hint = /^\d+$/.test(text2) ? ` A number needs its unit: \`${text2}s\` or \`${text2}m\`.` : "";
  return new LockError(
    "usage",
    `\`${what}: ${JSON.stringify(text2.slice(0, 40)).slice(1, -1)}\` is not a duration.${hint} Write \`0\`, \`forever\`, or such as \`90s\`, \`10m\`, \`1h30m\`.`
  );
}
function formatDuration(ms) {
  if (ms === Number.POSITIVE_INFINITY) return "forever";
  let rest = Math.max(0, Math.round(ms / 1e3) * 1e3);
  const parts = [];
  for (const [unit, unitMs] of Object.entries(UNIT_MS)) {
    const count2 = Math.floor(rest / unitMs);
    rest -= count2 * unitMs;
    if (count2 > 0 || parts.length > 0) parts.push(`${count2}${unit}`);
  }
  return parts.slice(0, 2).filter((part) => !part.startsWith("0")).join(" ") || "0s";
}

// builtin:os
var builtin = () => __require("node:os");
var EOL = /* @__PURE__ */ (() => builtin().EOL)();

// node_modules/@actions/core/lib/utils.js
function toCommandValue(input) {
  if (input === null || input === void 0) {
    return "";
  } else if (typeof input === "string" || input instanceof String) {
    return input;
  }
  return JSON.stringify(input);
}
function toCommandProperties(annotationProperties) {
  if (!Object.keys(annotationProperties).length) {
    return {};
  }
  return {
    title: annotationProperties.title,
    file: annotationProperties.file,
    line: annotationProperties.startLine,
    endLine: annotationProperties.endLine,
    col: annotationProperties.startColumn,
    endColumn: annotationProperties.endColumn
  };
}

// node_modules/@actions/core/lib/command.js
function issueCommand(command, properties, message) {
  const cmd = new Command(command, properties, message);
  process.stdout.write(cmd.toString() + EOL);
}
var CMD_STRING = "::";
var Command = class {
  constructor(command, properties, message) {
    if (!command) {
      command = "missing.command";
    }
    this.command = command;
    this.properties = properties;
    this.message = message;
  }
  toString() {
    let cmdStr = CMD_STRING + this.command;
    if (this.properties && Object.keys(this.properties).length > 0) {
      cmdStr += " ";
      let first = true;
      for (const key in this.properties) {
        if (this.properties.hasOwnProperty(key)) {
          const val = this.properties[key];
          if (val) {
            if (first) {
              first = false;
            } else {
              cmdStr += ",";
            }
            cmdStr += `${key}=${escapeProperty(val)}`;
          }
        }
      }
    }
    cmdStr += `${CMD_STRING}${escapeData(this.message)}`;
    return cmdStr;
  }
};
function escapeData(s) {
  return toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}
function escapeProperty(s) {
  return toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/:/g, "%3A").replace(/,/g, "%2C");
}

// builtin:crypto
var builtin2 = () => __require("node:crypto");
var randomUUID = (...given) => builtin2().randomUUID(...given);

// builtin:fs
var builtin3 = () => __require("node:fs");
var appendFileSync = /* @__PURE__ */ (() => builtin3().appendFileSync)();
var existsSync = /* @__PURE__ */ (() => builtin3().existsSync)();
var readFileSync = /* @__PURE__ */ (() => builtin3().readFileSync)();
var statSync = /* @__PURE__ */ (() => builtin3().statSync)();

// node_modules/@actions/core/lib/file-command.js
function issueFileCommand(command, message) {
  const filePath = process.env[`GITHUB_${command}`];
  if (!filePath) {
    throw new Error(`Unable to find environment variable for file command ${command}`);
  }
  if (!existsSync(filePath)) {
    throw new Error(`Missing file at path: ${filePath}`);
  }
  appendFileSync(filePath, `${toCommandValue(message)}${EOL}`, {
    encoding: "utf8"
  });
}
function prepareKeyValueMessage(key, value) {
  const delimiter = `ghadelimiter_${randomUUID()}`;
  const convertedValue = toCommandValue(value);
  if (key.includes(delimiter)) {
    throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
  }
  if (convertedValue.includes(delimiter)) {
    throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
  }
  return `${key}<<${delimiter}${EOL}${convertedValue}${EOL}${delimiter}`;
}

// node_modules/@actions/core/lib/core.js
var ExitCode;
(function(ExitCode2) {
  ExitCode2[ExitCode2["Success"] = 0] = "Success";
  ExitCode2[ExitCode2["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
function exportVariable(name, val) {
  const convertedVal = toCommandValue(val);
  process.env[name] = convertedVal;
  const filePath = process.env["GITHUB_ENV"] || "";
  if (filePath) {
    return issueFileCommand("ENV", prepareKeyValueMessage(name, val));
  }
  issueCommand("set-env", { name }, convertedVal);
}
function setSecret(secret) {
  issueCommand("add-mask", {}, secret);
}
function getInput(name, options) {
  const val = process.env[`INPUT_${name.replace(/ /g, "_").toUpperCase()}`] || "";
  if (options && options.required && !val) {
    throw new Error(`Input required and not supplied: ${name}`);
  }
  if (options && options.trimWhitespace === false) {
    return val;
  }
  return val.trim();
}
function getMultilineInput(name, options) {
  const inputs = getInput(name, options).split("\n").filter((x) => x !== "");
  if (options && options.trimWhitespace === false) {
    return inputs;
  }
  return inputs.map((input) => input.trim());
}
function setOutput(name, value) {
  const filePath = process.env["GITHUB_OUTPUT"] || "";
  if (filePath) {
    return issueFileCommand("OUTPUT", prepareKeyValueMessage(name, value));
  }
  process.stdout.write(EOL);
  issueCommand("set-output", { name }, toCommandValue(value));
}
function setFailed(message) {
  process.exitCode = ExitCode.Failure;
  error(message);
}
function isDebug() {
  return process.env["RUNNER_DEBUG"] === "1";
}
function debug(message) {
  issueCommand("debug", {}, message);
}
function error(message, properties = {}) {
  issueCommand("error", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
function warning(message, properties = {}) {
  issueCommand("warning", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
function info(message) {
  process.stdout.write(message + EOL);
}
function saveState(name, value) {
  const filePath = process.env["GITHUB_STATE"] || "";
  if (filePath) {
    return issueFileCommand("STATE", prepareKeyValueMessage(name, value));
  }
  issueCommand("save-state", { name }, toCommandValue(value));
}
function getState(name) {
  return process.env[`STATE_${name}`] || "";
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

// src/action/messages.ts
function plain(text2) {
  return text2.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").replaceAll("##[", "## [").trim();
}
function say(text2) {
  info(`reflock: ${plain(text2)}`);
}
function warn(text2) {
  warning(plain(text2));
}
var REMIND_MS = 3e5;
function progressTeller() {
  let said = { text: "", atMs: 0 };
  return (progress) => {
    switch (progress.kind) {
      case "move":
        if (isDebug()) debug(plain(JSON.stringify(progress.move, withMaps)));
        return;
      case "took-over":
        say(`took over "${progress.lock}" from ${progress.from}: ${progress.why}`);
        return;
      case "removed":
        say(`removed a dead waiter's ticket from the queue of "${progress.lock}": ${progress.why}`);
        return;
      case "deadlock":
        warn(progress.message);
        return;
      case "trouble": {
        const until = new Date(Date.now() + progress.pauseMs).toISOString().slice(11, 19);
        say(
          `${progress.error.message}; trying again in ${formatDuration(progress.pauseMs)}, at ${until} UTC`
        );
        return;
      }
      case "waiting": {
        const text2 = `${ordinal(progress.place)} in line for "${progress.lock}", ${describeStatus(progress.status)}`;
        if (text2 === said.text && progress.waitedMs - said.atMs < REMIND_MS) return;
        say(`${text2}${progress.waitedMs < 1e3 ? "" : `; waited ${formatDuration(progress.waitedMs)}`}`);
        said = { text: text2, atMs: progress.waitedMs };
      }
    }
  };
}
function withMaps(_key, value) {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

export {
  __require,
  __using,
  __callDispose,
  EOL,
  appendFileSync,
  existsSync,
  readFileSync,
  statSync,
  exportVariable,
  setSecret,
  getInput,
  getMultilineInput,
  setOutput,
  setFailed,
  saveState,
  getState,
  LockError,
  isLockError,
  handedNothing,
  isSameRun,
  describeIdentity,
  isRepository,
  foreignCommit,
  clip,
  encodeClaim,
  isOurs,
  encodeEntry,
  readRecord,
  wholeOf,
  locate,
  insist,
  backOff,
  throwIfCancelled,
  parseName,
  parseNamespace,
  logRef,
  holderRef,
  isLogRef,
  FREEZE_NUMBER,
  readTicket,
  nextNumber,
  DEAD_AFTER_MS,
  ageMs,
  deathOf,
  parseRefs,
  commitTips,
  withTip,
  tipOf,
  slotsOf,
  sequenceOf,
  isCompleteFreeze,
  FROZEN,
  judgeWriter,
  rememberSightings,
  keysOf,
  ticketKey,
  statusOf,
  readStatus,
  listLocks,
  begin,
  look,
  ask2 as ask,
  statusNow,
  waitedMs,
  wait,
  pause,
  enqueue,
  requeue,
  withdraw,
  remove,
  readBack,
  giveBack,
  giveAllBack,
  describeEnding,
  parseDuration,
  formatDuration,
  notAcquired,
  describeHolder,
  describeStatus,
  plain,
  say,
  warn,
  progressTeller
};
