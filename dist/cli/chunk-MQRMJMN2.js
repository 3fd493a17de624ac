import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  LockError,
  __require
} from "./chunk-VU7GLJQV.js";

// builtin:path
var builtin = () => __require("node:path");
var path_default = /* @__PURE__ */ builtin();
var basename = /* @__PURE__ */ (() => builtin().basename)();
var delimiter = /* @__PURE__ */ (() => builtin().delimiter)();
var dirname = /* @__PURE__ */ (() => builtin().dirname)();
var isAbsolute = /* @__PURE__ */ (() => builtin().isAbsolute)();
var join = /* @__PURE__ */ (() => builtin().join)();
var relative = /* @__PURE__ */ (() => builtin().relative)();
var resolve = /* @__PURE__ */ (() => builtin().resolve)();
var sep = /* @__PURE__ */ (() => builtin().sep)();

// src/lock/duration.ts
var UNIT_MS = { d: 864e5, h: 36e5, m: 6e4, s: 1e3 };
var MAX_MS = 3650 * 864e5;
function parseDuration(text, what) {
  if (text === "0") return 0;
  if (text === "forever") return Number.POSITIVE_INFINITY;
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (match === null || text === "") throw notADuration(text, what);
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = match;
  const ms = Number(days) * 864e5 + Number(hours) * 36e5 + Number(minutes) * 6e4 + Number(seconds) * 1e3;
  if (ms > MAX_MS)
    throw new LockError("usage", `\`${what}: ${text}\` is longer than ten years. Write \`forever\` instead.`);
  return ms;
}
function notADuration(text, what) {
  const hint = /^\d+$/.test(text) ? ` A number needs its unit: \`${text}s\` or \`${text}m\`.` : "";
  return new LockError(
    "usage",
    `\`${what}: ${JSON.stringify(text.slice(0, 40)).slice(1, -1)}\` is not a duration.${hint} Write \`0\`, \`forever\`, or such as \`90s\`, \`10m\`, \`1h30m\`.`
  );
}
function formatDuration(ms) {
  if (ms === Number.POSITIVE_INFINITY) return "forever";
  let rest = Math.max(0, Math.round(ms / 1e3) * 1e3);
  const parts = [];
  for (const [unit, unitMs] of Object.entries(UNIT_MS)) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0 || parts.length > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).filter((part) => !part.startsWith("0")).join(" ") || "0s";
}

// src/lock/name.ts
var MAX_ENCODED_BYTES = 200;
function parseName(text, namespace = DEFAULT_NAMESPACE) {
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}\u2026` : text);
  if (text === "")
    throw new LockError("usage", "The lock's name is empty. Give it one, such as `name: publish`.");
  if (!text.isWellFormed() || /[\p{Cc}\u2028\u2029]/u.test(text)) {
    throw new LockError(
      "usage",
      `The lock name ${shown} has a control character in it. Use plain text, one name a line.`
    );
  }
  if (text === "*") {
    throw new LockError(
      "usage",
      "The name `*` means all locks, which only `status` and `clear` can take. Name one lock."
    );
  }
  const composed = text.normalize("NFC");
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
function parseNamespace(text) {
  if (!/^refs(\/[A-Za-z0-9_][A-Za-z0-9_-]*){1,8}$/.test(text) || /^refs\/(heads|tags)$/.test(text)) {
    throw new LockError(
      "usage",
      `The namespace ${JSON.stringify(text.slice(0, 80))} is not one that refs can live in. Write \`refs/locks\`, \`refs/heads/locks\` or \`refs/tags/locks\`.`
    );
  }
  return text;
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

// src/cli/settings.ts
function usage(message) {
  return new LockError("usage", message);
}
function namespaceOf({ namespace }) {
  return parseNamespace(namespace ?? DEFAULT_NAMESPACE);
}
function parseNames(names, options) {
  const namespace = namespaceOf(options);
  if (names.length === 0) throw usage("Name a lock, such as `publish`.");
  const parsed = names.map((name) => parseName(name, namespace));
  return parsed.filter(
    ({ encoded }, index) => parsed.findIndex((other) => other.encoded === encoded) === index
  );
}
function parseNamesOrAll(names, options, otherwise) {
  if (names.length === 0 && otherwise === "all") return "all";
  if (!names.includes("*")) return parseNames(names, options);
  if (names.length > 1) throw usage("`*` means all locks, and can't stand beside others. Name either.");
  namespaceOf(options);
  return "all";
}
function parseNamesAndClaims(words, options) {
  const isClaim = (word, index) => index > 0 && OID.test(word);
  const names = words.filter((word, index) => !isClaim(word, index));
  const claims = [
    ...words.filter(isClaim),
    ...(options.claim ?? []).map((text) => parseOid(text, "--claim"))
  ];
  return { locks: parseNames(names, options), claims: claims.map((oid) => oid.toLowerCase()) };
}
var OID = /^([0-9a-f]{40}|[0-9a-f]{64})$/i;
function parseOid(text, option) {
  if (OID.test(text)) return text.toLowerCase();
  throw usage(
    `\`${option} ${quoted(text)}\` is not the oid of a claim: 40 hexadecimal digits, as \`reflock acquire\` printed them and \`reflock status\` shows them.`
  );
}
function waitMsOf({ wait }, isInteractive) {
  if (wait === false) return 0;
  if (wait !== void 0) return parseDuration(wait, "--wait");
  return isInteractive ? Number.POSITIVE_INFINITY : parseDuration("1h", "--wait");
}
function conflictStatusOf({ conflictExitCode: text = "75" }) {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 255) return Number(text);
  throw usage(`\`--conflict-exit-code ${quoted(text)}\` is not a whole number from 0 to 255.`);
}
function slotsOf({ slots: text = "1" }) {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw usage(`\`--slots ${quoted(text)}\` is not a whole number from 1 to 999.`);
}
function limitOf({ limit: text = "20" }) {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw usage(`\`--limit ${quoted(text)}\` is not a whole number from 1 to 9999.`);
}
function reasonOf({ reason }) {
  if (reason !== void 0 && reason.length > 1e3)
    throw usage("`--reason` is longer than 1000 characters. Shorten it.");
  return reason === void 0 || reason === "" ? null : reason;
}
function maxHoldSecondsOf({ maxHold }) {
  return limitSeconds(maxHold, "--max-hold");
}
var SHORTEST_LEASE_SECONDS = 3;
function leaseSecondsOf({ lease }, otherwise) {
  const seconds = limitSeconds(lease ?? otherwise ?? void 0, "--lease");
  if (seconds !== null && seconds < SHORTEST_LEASE_SECONDS)
    throw usage(
      `\`--lease ${quoted(lease ?? "")}\` is too short to be renewed in time, and to end a command in time where it can't be. Write ${SHORTEST_LEASE_SECONDS}s or more.`
    );
  return seconds;
}
function limitSeconds(text, option) {
  if (text === void 0) return null;
  const ms = parseDuration(text, option);
  if (ms === 0)
    throw usage(`\`${option} 0\` would let others take the lock over at once. Write such as \`2h\`.`);
  return ms === Number.POSITIVE_INFINITY ? null : ms / 1e3;
}
function clearingOf(options) {
  const { expect, force = false, dryRun = false } = options;
  const reason = reasonOf(options);
  if (force && (expect === void 0 || reason === null))
    throw usage(
      "`--force` ends what may be alive. Say which by `--expect OID`, as `reflock status` shows it, and why by `--reason TEXT`."
    );
  return { expect: expect === void 0 ? null : parseOid(expect, "--expect"), force, dryRun, reason };
}
function quoted(text) {
  return JSON.stringify(text.slice(0, 60)).slice(1, -1);
}

// src/cli/text.ts
var UNSEEN = /(?!\u200d)[\p{Cc}\p{Cf}\u2028\u2029]/gu;
function visible(text) {
  return text.toWellFormed().replaceAll(UNSEEN, escaped).replaceAll("##[", "## [");
}
function escaped(character) {
  const short = { "\n": "\\n", "\r": "\\r", "	": "\\t" };
  return short[character] ?? hexadecimal(character.codePointAt(0) ?? 0);
}
function hexadecimal(code) {
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}
function shownName(name) {
  const isPlain = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}._/@+-]*$/u.test(name);
  return isPlain ? name : `"${visible(name).replaceAll('"', '\\"')}"`;
}
function json(value) {
  return JSON.stringify(value, null, 2).replaceAll(UNSEEN, (character) => character === "\n" ? character : unitsOf(character).join("")).replaceAll("##[", "#\\u0023[");
}
function unitsOf(character) {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`
  );
}
function shellWord(text) {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

// builtin:fs
var builtin2 = () => __require("node:fs");
var fs_default = /* @__PURE__ */ builtin2();
var accessSync = /* @__PURE__ */ (() => builtin2().accessSync)();
var closeSync = /* @__PURE__ */ (() => builtin2().closeSync)();
var constants = /* @__PURE__ */ (() => builtin2().constants)();
var existsSync = /* @__PURE__ */ (() => builtin2().existsSync)();
var fstatSync = /* @__PURE__ */ (() => builtin2().fstatSync)();
var lstatSync = /* @__PURE__ */ (() => builtin2().lstatSync)();
var lutimesSync = /* @__PURE__ */ (() => builtin2().lutimesSync)();
var mkdirSync = /* @__PURE__ */ (() => builtin2().mkdirSync)();
var mkdtempSync = /* @__PURE__ */ (() => builtin2().mkdtempSync)();
var openSync = /* @__PURE__ */ (() => builtin2().openSync)();
var readFile = /* @__PURE__ */ (() => builtin2().readFile)();
var readFileSync = /* @__PURE__ */ (() => builtin2().readFileSync)();
var readSync = /* @__PURE__ */ (() => builtin2().readSync)();
var readdirSync = /* @__PURE__ */ (() => builtin2().readdirSync)();
var readlinkSync = /* @__PURE__ */ (() => builtin2().readlinkSync)();
var realpathSync = /* @__PURE__ */ (() => builtin2().realpathSync)();
var renameSync = /* @__PURE__ */ (() => builtin2().renameSync)();
var rmSync = /* @__PURE__ */ (() => builtin2().rmSync)();
var statSync = /* @__PURE__ */ (() => builtin2().statSync)();
var symlinkSync = /* @__PURE__ */ (() => builtin2().symlinkSync)();
var unlinkSync = /* @__PURE__ */ (() => builtin2().unlinkSync)();
var writeFileSync = /* @__PURE__ */ (() => builtin2().writeFileSync)();

export {
  path_default,
  basename,
  delimiter,
  dirname,
  isAbsolute,
  join,
  relative,
  resolve,
  sep,
  fs_default,
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFile,
  readFileSync,
  readSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  parseDuration,
  formatDuration,
  parseName,
  listedLocks,
  DEFAULT_NAMESPACE,
  logRef,
  holderRef,
  isLogRef,
  usage,
  namespaceOf,
  parseNames,
  parseNamesOrAll,
  parseNamesAndClaims,
  waitMsOf,
  conflictStatusOf,
  slotsOf,
  limitOf,
  reasonOf,
  maxHoldSecondsOf,
  leaseSecondsOf,
  clearingOf,
  visible,
  shownName,
  json,
  shellWord
};
