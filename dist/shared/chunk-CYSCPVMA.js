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
function describeEnding(entry) {
  const url = entry.by.run === null ? "" : ` (${entry.by.run.url})`;
  const why = entry.reason === null ? "" : `: ${clip(entry.reason)}`;
  return `${entry.outcome} by ${describeIdentity(entry.by)}${url}${why}`;
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
  const wait = (wish.saidWaitMs ?? wish.waitMs) === 0 ? "Set `wait` to wait for it" : "Raise `wait`";
  return `${wait}, or clear the lock if that run is gone.`;
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
  describeEnding,
  parseName,
  listedLocks,
  parseNamespace,
  logRef,
  holderRef,
  isLogRef,
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
