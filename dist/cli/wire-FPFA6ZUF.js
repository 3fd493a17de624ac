import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  connect
} from "./chunk-IHW6NWQY.js";
import {
  conditionalReads,
  openLiveness
} from "./chunk-UHONYSSY.js";
import {
  answerOf,
  isGraphqlFailure,
  throttledBy,
  unreachable,
  whole
} from "./chunk-6BM6MBGU.js";
import {
  bootId,
  namespace,
  rememberSightings,
  startOf,
  statOf,
  thisProcess
} from "./chunk-BDZI2DBR.js";
import "./chunk-A2VMGYTI.js";
import {
  isLogRef
} from "./chunk-7IIJV3GI.js";
import {
  LockError
} from "./chunk-VU7GLJQV.js";

// src/wire.ts
import { setTimeout as delay } from "node:timers/promises";

// src/git/address.ts
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
var SCHEMES = ["file", "git", "http", "https", "ssh", "git+ssh", "ssh+git"];
function checkRemote(url) {
  const refuse = (why) => {
    throw new LockError("usage", `The remote ${quoted(showRemote(url))} ${why}.`);
  };
  if (url === "") refuse("is empty");
  if (new RegExp("\\p{Cc}", "u").test(url)) refuse("has a control character in it");
  if (url.startsWith("-")) refuse("begins with a dash: write ./ before a path");
  if (/^[A-Za-z0-9][\w+.-]*::/.test(url)) refuse("would run a transport helper, which reflock does not do");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase();
  if (scheme === void 0) return;
  if (!SCHEMES.includes(scheme)) refuse(`is of a kind that reflock does not use; take ${SCHEMES.join(", ")}`);
  if (/^https?$/.test(scheme) && /[?#]/.test(url))
    refuse(
      "has a query or a fragment in it, with which git reaches no repository; in a password, ? and # are %3F and %23"
    );
  if (/^[^/]*\/\/([^/@]*@)?-/.test(url)) refuse("has a host that begins with a dash");
}
function showRemote(url) {
  const plain2 = url.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "");
  const shown = /^https?:\/\//i.test(plain2) ? plain2.replace(/^([^/]*\/\/)[^/]*[?#].*$/s, "$1\u2026").replace(/[?#].*$/s, "").replace(/^([^/]*\/\/)[^/]*@/, "$1") : plain2.replace(/^([a-z0-9+.-]*:\/\/[^/:@]*):[^/]*@/i, "$1@");
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
  const secrets = [userinfo, password ?? "", decoded(password ?? ""), user].filter((text) => text.length > 5);
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
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
function isPath(text) {
  if (process.platform === "win32" && /^[A-Za-z]:/.test(text)) return true;
  return !/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) && !/^[^/]+:/.test(text);
}
function pathOfFileUrl(url) {
  if (!/^file:\/\//i.test(url)) return null;
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}
function quoted(text) {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}\u2026` : text);
}

// src/git/commit.ts
import { createHash } from "node:crypto";
var EMPTY_TREE = { type: "tree", content: Buffer.alloc(0) };
function isOid(text) {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
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
  const text = content.toString();
  const end = text.indexOf("\n\n");
  const headers = (end < 0 ? text : text.slice(0, end)).split("\n");
  const parents = headers.flatMap((line) => /^parent ([0-9a-f]+)$/.exec(line)?.[1] ?? []);
  const committer = headers.find((line) => line.startsWith("committer ")) ?? "";
  const seconds = Number(/> (\d{1,12}) [+-]\d{4}$/.exec(committer)?.[1] ?? 0);
  return {
    oid,
    parents,
    message: end < 0 ? "" : text.slice(end + 2),
    date: new Date(seconds * 1e3).toISOString().replace(".000Z", "Z")
  };
}

// src/git/connection.ts
import { readFile as readFile3, rm as rm2 } from "node:fs/promises";
import { join as join4 } from "node:path";

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
  const lines = stderr.split(/[\r\n]+/).map((line) => line.trim());
  const said = lines.filter(
    (line) => line !== "" && !/^(hint:|To |Please make sure|and the repository)/.test(line)
  );
  const theirs = said.filter((line) => /^(remote:|ERROR:)/.test(line));
  const all = (theirs.length > 0 ? theirs : said).map((line) => line.replace(/^(remote: ?)+/, "").trim());
  return clean(all.filter((line) => line !== "").join(" \xB7 ") || "nothing", address);
}
function clean(text, { secrets, shown, url }) {
  let cleaned = text.replaceAll(url, shown);
  for (const secret of secrets) cleaned = cleaned.replaceAll(secret, "***");
  cleaned = cleaned.replaceAll(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/]*@/gi, "$1").replaceAll(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, "").replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
  return cleaned.length > 400 ? `${cleaned.slice(0, 400)}\u2026` : cleaned;
}

// src/git/mirror.ts
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
var DEPTH = 2;
var HERE = "refs/mirror/";
function openMirror(source, { objects, fetch, failure }) {
  const isPrefix = source.endsWith("/");
  const refspec = isPrefix ? `+${source}*:${HERE}*` : `+${source}:${HERE}tip`;
  let gitDir = null;
  let last = Promise.resolve();
  const look = async () => {
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
      const read = last.then(look);
      last = read.catch(() => {
      });
      return read;
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
  for (const line of (await textOf(join(gitDir, "packed-refs"))).split("\n")) {
    const [oid = "", name = ""] = line.split(" ");
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
  return await readFile(path, "utf8").catch(() => "");
}

// src/git/nearby.ts
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join as join2 } from "node:path";

// src/git/process.ts
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

// src/git/environment.ts
import { isatty } from "node:tty";
var KEPT = /^GIT_(SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|HTTP_\w+|PROXY_\w+|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+|CONFIG_PARAMETERS|EXEC_PATH|ALLOW_PROTOCOL|PROTOCOL_FROM_USER|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)$/;
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
    GCM_INTERACTIVE: "never",
    GIT_ASKPASS: askpassIn(from),
    GIT_ALLOW_PROTOCOL: protocolsIn(from),
    ...run.environment
  };
}
function askpassIn(from) {
  return isatty(0) ? "" : from.GIT_ASKPASS ?? "";
}
function protocolsIn({ GIT_ALLOW_PROTOCOL: allowed }) {
  const theirs = allowed?.split(":");
  return PROTOCOLS.filter((protocol) => theirs === void 0 || theirs.includes(protocol)).join(":");
}
function settingsIn(from, settings) {
  const count = /^\d{1,4}$/.test(from.GIT_CONFIG_COUNT ?? "") ? Number(from.GIT_CONFIG_COUNT) : 0;
  const theirs = Array.from(
    { length: count },
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
function endOf(child, { cwd, timeoutMs, signal }, flood) {
  return new Promise((resolve3, reject) => {
    let told = null;
    const end = (why) => {
      if (told !== null) return;
      told = why;
      endGently(child);
    };
    const timer = setTimeout(() => end("timeout"), timeoutMs);
    const abort = () => end("aborted");
    const overflow = () => end("flood");
    signal?.addEventListener("abort", abort, { once: true });
    flood.addEventListener("abort", overflow, { once: true });
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
      const leave2 = () => {
        clearTimeout(lingering);
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
        resolve3({ ending: how, code: how === "exit" ? code : null });
      };
      const lingering = setTimeout(leave2, told === null ? LINGER_MS : 0);
      child.once("close", leave2);
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
  return spawn("git", [...overridesFor(run.timeoutMs), ...args], {
    cwd: run.cwd,
    env: environmentFor(run),
    stdio: [stdin, "pipe", "pipe"],
    // A session of its own: without a terminal nobody can be asked for a password, and the interrupt that a terminal sends to all of a foreground group
    // does not end a push whose outcome we then would not know.
    detached: process.platform !== "win32",
    windowsHide: true
  });
}
function endGently(child) {
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
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
  return { gitDir, objects: join2(gitDir, "objects"), format };
}
function checkAccess(path, { shown }) {
  for (const place of [path, join2(path, ".git"), join2(path, "refs"), join2(path, "objects")]) {
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
async function refsNearby({ gitDir }, prefix, address, run) {
  const format = "--format=%(objectname) %(objecttype) %(refname)";
  const result = await runGit(["for-each-ref", format, "--", prefix], { ...run, gitDir });
  if (result.ending !== "exit" || result.code !== 0) throw failureOf(result, address, run.timeoutMs);
  return result.stdout.split("\n").flatMap((line) => {
    const [oid, type, name] = line.split(" ");
    if (oid === void 0 || name === void 0) return [];
    return [{ name, oid, isCommit: type === "commit" }];
  });
}

// src/git/objects.ts
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, readFile as readFile2, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as join3 } from "node:path";
import { promisify } from "node:util";
import { deflate, inflate } from "node:zlib";

// src/git/batch-reader.ts
var SIZE_LIMIT = 4 * 1024 * 1024;
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
      if (received.length > SIZE_LIMIT) opened.kill();
    });
    const end = (cause) => {
      if (child === opened) child = null;
      const error = new LockError("unreachable", "git was ended while it read an object", { cause });
      for (const one of asked.splice(0)) {
        clearTimeout(one.timer);
        one.reject(error);
      }
    };
    opened.on("error", end);
    opened.on("close", () => end());
    return opened;
  };
  return {
    read(oid) {
      child ??= open();
      const opened = child;
      return new Promise((resolve3, reject) => {
        asked.push({ timer: setTimeout(() => opened.kill(), timeoutMs), resolve: resolve3, reject });
        opened.stdin.write(`${oid}
`);
      });
    },
    close: () => void child?.kill()
  };
}
function firstAnswer(received) {
  const end = received.indexOf(10);
  if (end < 0) return null;
  const [, type = "", size] = received.subarray(0, end).toString().split(" ");
  if (size === void 0) return { object: null, length: end + 1 };
  const after = end + 1 + Number(size);
  if (received.length < after + 1) return null;
  return { object: { type, content: Buffer.from(received.subarray(end + 1, after)) }, length: after + 1 };
}

// src/git/objects.ts
var SIZE_LIMIT2 = 4 * 1024 * 1024;
var folders = /* @__PURE__ */ new Set();
function newFolder() {
  let path;
  try {
    path = mkdtempSync(join3(tmpdir(), "reflock-git-"));
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
    rmSync(path, { recursive: true, force: true });
  } catch {
  }
}
function openObjects(root, format, elsewhere, timeoutMs) {
  const gitDir = join3(root, randomUUID());
  const folder = join3(gitDir, "objects");
  makeRepository(gitDir, format);
  if (elsewhere !== null) {
    mkdirSync(join3(folder, "info"));
    writeFileSync(join3(folder, "info", "alternates"), `${elsewhere}
`);
  }
  const packed = elsewhere === null ? null : openBatchReader({ cwd: root, gitDir }, timeoutMs);
  const loose = [folder, ...elsewhere === null ? [] : [elsewhere]];
  let emptyTree = null;
  return {
    ...{ gitDir, folder, format },
    async read(oid) {
      if (!isOid(oid)) throw new LockError("bug", "An object was to be read that has no object's name.");
      for (const where of loose) {
        const object = await readLoose(where, oid);
        if (object !== null) return object;
      }
      return await packed?.read(oid) ?? null;
    },
    async write(object) {
      emptyTree ??= writeLoose(folder, EMPTY_TREE, format);
      const [oid] = await Promise.all([writeLoose(folder, object, format), emptyTree]);
      return oid;
    },
    newGitDir() {
      const path = join3(root, randomUUID());
      makeRepository(path, format);
      return path;
    },
    close: () => packed?.close()
  };
}
function makeRepository(gitDir, format) {
  mkdirSync(join3(gitDir, "objects"), { recursive: true });
  mkdirSync(join3(gitDir, "refs"));
  writeFileSync(join3(gitDir, "HEAD"), "ref: refs/heads/none\n");
  const [version, extension] = format === "sha1" ? ["0", ""] : ["1", `[extensions]
	objectFormat = ${format}
`];
  writeFileSync(
    join3(gitDir, "config"),
    `[core]
	repositoryFormatVersion = ${version}
	bare = true
${extension}`
  );
}
function looseAt(folder, oid) {
  const directory = join3(folder, oid.slice(0, 2));
  return { directory, file: join3(directory, oid.slice(2)) };
}
async function readLoose(folder, oid) {
  let bytes;
  try {
    bytes = await readFile2(looseAt(folder, oid).file);
  } catch {
    return null;
  }
  try {
    const framed = await promisify(inflate)(bytes, { maxOutputLength: SIZE_LIMIT2 });
    const end = framed.indexOf(0);
    const type = framed.subarray(0, end).toString().split(" ")[0] ?? "";
    return { type, content: framed.subarray(end + 1) };
  } catch (cause) {
    throw new LockError("foreign", `The object ${oid} is damaged, or too large for a lock's.`, { cause });
  }
}
async function writeLoose(folder, object, format) {
  const oid = oidOf(object, format);
  const { directory, file } = looseAt(folder, oid);
  const draft = join3(folder, `tmp-${randomUUID()}`);
  await Promise.all([
    mkdir(directory, { recursive: true }),
    promisify(deflate)(frame(object)).then((bytes) => writeFile(draft, bytes))
  ]);
  await rename(draft, file);
  return oid;
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
    const end = entry.indexOf("\n");
    const [name, value] = end < 0 ? [entry, "true"] : [entry.slice(0, end), entry.slice(end + 1)];
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
function plain(text) {
  return text.replaceAll(/[<>\p{Cc}]/gu, "").trim();
}
function sshOf(entries) {
  const isChosen = process.env.GIT_SSH_COMMAND !== void 0 || process.env.GIT_SSH !== void 0 || entries.some(({ name }) => name === "core.sshcommand");
  return isChosen ? {} : { GIT_SSH_COMMAND: "ssh -oBatchMode=yes -oConnectTimeout=20" };
}

// src/git/connection.ts
function openConnection({ address, cwd, timeoutMs, signal }) {
  const folder = newFolder();
  let found = null;
  let opened = null;
  const find = async () => {
    const here = { cwd, timeoutMs, signal };
    const asked = [
      readSettings(here),
      address.path === null ? null : findNearby(address.path, address, here)
    ];
    await Promise.allSettled(asked);
    const [settings, nearby] = await Promise.all(asked);
    const run = {
      ...here,
      cwd: folder.path,
      settings: [...settings.handedOn, ...address.settings],
      environment: settings.ssh
    };
    const objects = openObjects(folder.path, nearby?.format ?? "sha1", nearby?.objects ?? null, timeoutMs);
    opened = {
      ...{ address, settings, nearby, run, root: folder.path, mirrors: /* @__PURE__ */ new Map() },
      state: { objects, isFormatKnown: nearby !== null }
    };
    return opened;
  };
  return {
    ground() {
      found ??= find().catch((error) => {
        found = null;
        throw error;
      });
      return found;
    },
    close() {
      opened?.state.objects.close();
      folder.remove();
    }
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
  const { state, root, run } = ground;
  const trace = join4(root, `trace-${crypto.randomUUID()}`);
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
      if (format === "sha256") state.objects = openObjects(root, format, null, run.timeoutMs);
    }
    if (refs instanceof Map && format !== "sha256") {
      ground.mirrors.set(source, mirror);
      return refs;
    }
    return await refsElsewhere(ground, source);
  } finally {
    await rm2(trace, { force: true });
  }
}
async function formatIn(trace) {
  const text = await readFile3(trace, "utf8").catch(() => "");
  const said = /< (?:[^\n]* )?object-format=(sha1|sha256)\b/.exec(text)?.[1];
  if (said === "sha1" || said === "sha256") return said;
  return /< /.test(text) ? "sha1" : null;
}
async function objectsOf(ground) {
  if (!ground.state.isFormatKnown) await refsElsewhere(ground, "refs/reflock-format/");
  return ground.state.objects;
}
function cancelled() {
  return new LockError("cancelled", "Cancelled.");
}

// src/git/rejection.ts
var CONSEQUENCE = /^atomic (push failed|push failure|transaction failed|transaction aborted)$/i;
var ELSEWHERE = /stale info|fetch first|non-fast.?forward|needs force|already exists|does not exist|failed to (update|delete|write|lock)|cannot (lock|update)|lock.?failure|incorrect old value|refname conflict|remote ref updated since|transaction failed to start/i;
var FINAL = /hook declined|hidden ref|prohibited|denied|deny |not permitted|not allowed|permission|protected|declined|forbidden|refusing|funny refname|bad ref|read.?only|policy|GH\d{3}/i;
var OVERTAKEN = /\b(is at|is missing)\b.*\bbut expected\b/i;
var PASSING = /internal (server )?error|tim(ed|e) ?out|try again|temporar|unavailable|overloaded|too busy|bad gateway|\b50[0-4]\b/i;
var NOT_KEPT = /unpack|necessary objects|bad pack|shallow/i;
function pushed(result, deciding, address, timeoutMs) {
  if (result.ending !== "exit") return "unknown";
  const lines = linesOf(result.stdout);
  const refused = lines.filter(({ flag }) => flag === "!");
  if (refused.some(({ isFailure }) => isFailure)) return "unknown";
  if (refused.length > 0) return refusal(refused, result, address);
  if (result.code !== 0) return failed(result, address, timeoutMs);
  const line = lines.find(({ ref }) => ref === deciding);
  if (line === void 0) return "unknown";
  return line.flag === "=" ? "conflict" : "applied";
}
function linesOf(stdout) {
  return stdout.split("\n").flatMap((line) => {
    const [, flag, ref, summary] = /^([ +\-*=!])\t[^\t]*:([^\t:]+)\t(.*)$/.exec(line) ?? [];
    if (flag === void 0 || ref === void 0 || summary === void 0) return [];
    const reason = /\((.*)\)$/.exec(summary)?.[1] ?? "";
    return [{ flag, ref, reason, isFailure: summary.startsWith("[remote failure]") }];
  });
}
function failed(result, address, timeoutMs) {
  if (/does not support --atomic/.test(result.stderr)) return { kind: "no-atomic" };
  if (/remote ref does not exist/.test(result.stderr)) return "conflict";
  if (/aborted by hook/.test(result.stderr)) throw refusedBy(address, result, ["hook declined"], "refused");
  const error = failureOf(result, address, timeoutMs);
  if (error.kind === "unreachable") return "unknown";
  throw error;
}
function refusal(refused, result, address) {
  const { stderr } = result;
  const reasons = refused.map(({ reason }) => reason).filter((reason) => !CONSEQUENCE.test(reason));
  throwIfBlocked(stderr);
  if (/Permission denied|insufficient permission|Read-only file system/i.test(stderr))
    throw refusedBy(address, result, reasons, "denied");
  const words = reasons.map(withoutNames);
  const others = words.filter((reason) => !OVERTAKEN.test(reason));
  if (others.some((reason) => PASSING.test(reason))) throw refusedBy(address, result, reasons, "unreachable");
  const final = others.find((reason) => FINAL.test(reason));
  if (final !== void 0 || /aborted by hook/.test(stderr)) {
    const kind = /permission|permitted|not allowed/i.test(final ?? "") ? "denied" : "refused";
    throw refusedBy(address, result, reasons, kind);
  }
  if (others.some((reason) => NOT_KEPT.test(reason))) {
    if (/traverse parents|Could not read|bad object/.test(stderr)) return "conflict";
    throw refusedBy(address, result, reasons, "unreachable");
  }
  if (/Unable to create '.*\.lock'/.test(stderr))
    return { kind: "locked", error: refusedBy(address, result, reasons, "unreachable") };
  if (others.every((reason) => ELSEWHERE.test(reason))) return "conflict";
  return { kind: "unexplained", error: refusedBy(address, result, reasons, "refused") };
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
function refusedBy(address, result, reasons, kind) {
  const why = clean([...new Set(reasons)].join(", ") || "no reason given", address);
  const hidden = /hidden ref/.test(why) ? " The server hides these refs: choose another namespace, such as refs/heads/locks." : "";
  return new LockError(
    kind,
    `${address.shown} refuses to change the lock's refs (${why}): ${wordsOf(result, address)}.${hidden}`
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
      for (const change2 of changes) checkChange(change2);
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
async function push(ground, changes, deciding, how) {
  const { address, run, state } = ground;
  const isForced = ({ to }) => how === "forced" && to !== null;
  const leases = changes.filter((change2) => !isForced(change2)).map(({ ref, from }) => `--force-with-lease=${ref}:${from ?? ""}`);
  const refspecs = changes.map((change2) => `${isForced(change2) ? "+" : ""}${change2.to ?? ""}:${change2.ref}`);
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
  return pushed(result, deciding, address, run.timeoutMs);
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
var NEAR_POLL_MS = 150;
var FAR_POLL_MS = 1200;
var LONGEST_HISTORY = 1e3;
function isOfThisMachine({ path, url }) {
  return path !== null || /^(https?|ssh|git):\/\/([^/@]*@)?(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)/i.test(url);
}
function openGitStore(options) {
  const {
    cwd = process.cwd(),
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    now = () => /* @__PURE__ */ new Date(),
    signal
  } = options;
  const address = addressOf(options.remote, cwd);
  const connection = openConnection({ address, cwd, timeoutMs: requestTimeoutMs, signal });
  const { transact, comparesAll } = openPusher();
  const own = /* @__PURE__ */ new Map();
  const commitAt = commitReader(connection);
  const kindOf = kindReader();
  const refs = async (source) => {
    checkRef(source.replace(/\/$/, ""));
    const ground = await connection.ground();
    if (ground.nearby !== null) return await refsNearby(ground.nearby, source, address, ground.run);
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
    pollMs: isOfThisMachine(address) ? NEAR_POLL_MS : FAR_POLL_MS,
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
      await Promise.all(changes.map(bringDown));
      return await transact(ground, changes);
    },
    async close() {
      connection.close();
    }
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
    const object = await ground.state.objects.read(oid);
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
    if (ground.nearby === null) await bring(ground, oid, depth);
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
import { statSync as statSync2 } from "node:fs";
import { isAbsolute, resolve as resolve2 } from "node:path";
var TIMEOUT_MS = 2e4;
async function resolveRemote(cwd, given) {
  if (given !== null) checkRemote(given);
  const run = { cwd, timeoutMs: TIMEOUT_MS };
  const [{ remotes }, found] = await Promise.all([readSettings(run), repositoryAt(cwd)]);
  const here = found instanceof LockError ? null : found;
  const named = urlOf(remotes, given ?? "origin");
  if (named !== null) {
    checkRemote(named);
    return remoteAt(isPath(named) ? resolve2(here?.top ?? cwd, named) : named, here);
  }
  if (given !== null) {
    if (!isPath(given)) return remoteAt(given, here);
    const path = resolve2(cwd, given);
    if (isThere(path) || isThere(`${path}.git`)) return remoteAt(path, here);
    if (found instanceof LockError) throw found;
    throw new LockError(
      "usage",
      `There is no remote named ${quoted(given)} here, and no repository at that path. Give --remote the name of a remote, a URL or a path.`
    );
  }
  if (found instanceof LockError) throw found;
  if (here !== null) return { ...remoteAt(here.gitDir, here), isThisRepository: true };
  throw new LockError(
    "usage",
    `${quoted(cwd)} is in no git repository. Name the repository that keeps the lock: --remote with a URL or a path.`
  );
}
function urlOf(remotes, name) {
  const [push2, fetch] = ["pushurl", "url"].map(
    (what) => remotes.find(([setting]) => setting === `remote.${name}.${what}`)?.[1]
  );
  return push2 ?? fetch ?? null;
}
function remoteAt(url, here) {
  const isThisRepository = here !== null && (url === here.gitDir || url === here.top);
  return { url, isThisRepository, shown: showRemote(url) };
}
function isThere(path) {
  try {
    return statSync2(path, { throwIfNoEntry: false }) !== void 0;
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
  return { gitDir: resolve2(gitDir), top: resolve2(code === 0 ? top : gitDir) };
}

// src/github/commits.ts
var EMPTY_TREE2 = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
function openCommits(client) {
  const { octokit, owner, repo, send } = client;
  const known = /* @__PURE__ */ new Map();
  let tree = EMPTY_TREE2;
  const keep = (commit) => {
    known.set(commit.oid, commit);
    return commit;
  };
  const create = async (message, parents) => {
    const { data } = await send(
      (request) => orBehind(octokit.git.createCommit({ owner, repo, message, tree, parents, request }), /parent/i)
    );
    const { sha, parents: made, committer } = whole(data, hasSha);
    return keep(toCommit(sha, made, message, committer?.date));
  };
  return {
    async at(ref) {
      const commit = await objectAt(client, ref);
      return commit === null ? null : keep(commit);
    },
    async read(oid) {
      const commit = known.get(oid);
      if (commit !== void 0) return commit;
      const { data } = await send(
        (request) => orBehind(octokit.git.getCommit({ owner, repo, commit_sha: oid, request }))
      );
      const found = whole(data, hasSha);
      return keep(toCommit(found.sha, found.parents, found.message, found.committer?.date));
    },
    async history(oid, limit) {
      const { data } = await send(
        (request) => orBehind(octokit.repos.listCommits({ owner, repo, sha: oid, per_page: limit, request }))
      );
      for (const { sha, parents, commit } of whole(data, Array.isArray)) {
        keep(toCommit(sha, parents, commit.message, commit.committer?.date));
      }
      return inOrder(oid, known, limit);
    },
    async write(message, parent) {
      const parents = parent === null ? [] : [parent];
      try {
        return await create(message, parents);
      } catch (error) {
        if (!isTreeRefused(error) || tree !== EMPTY_TREE2) throw error;
        tree = await makeTree(client);
        return await create(message, parents);
      }
    }
  };
}
async function objectAt({ octokit, owner, repo, send }, ref) {
  const query = `query ($owner: String!, $repo: String!, $ref: String!) {
    repository(owner: $owner, name: $repo) {
      object(expression: $ref) { ... on Commit { oid message committedDate parents(first: 1) { nodes { oid } } } }
    }
  }`;
  try {
    const found = await send((request) => octokit.graphql(query, { owner, repo, ref, request }));
    const commit = found.repository?.object;
    if (commit?.oid === void 0) return null;
    const parents = commit.parents.nodes.map(({ oid }) => oid);
    return { oid: commit.oid, parents, message: commit.message, date: utc(commit.committedDate) };
  } catch (error) {
    if (error instanceof LockError && error.kind !== "refused") throw error;
    return null;
  }
}
async function makeTree({ octokit, owner, repo, send }) {
  const file = {
    path: "reflock",
    mode: "100644",
    type: "blob",
    content: "A lock: its records are the commit messages.\n"
  };
  const { data } = await send(
    ({ signal }) => octokit.git.createTree({ owner, repo, tree: [file], request: { signal } })
  );
  return whole(data, hasSha).sha;
}
function hasSha(data) {
  return typeof data?.sha === "string";
}
function isTreeRefused(error) {
  const answer = error instanceof LockError ? answerOf(error.cause) : null;
  return answer?.status === 422 && /tree/i.test(answer.message);
}
async function orBehind(request, text = /./) {
  try {
    return await request;
  } catch (error) {
    const answer = answerOf(error);
    if (answer === null || ![404, 409, 422].includes(answer.status) || !text.test(answer.message))
      throw error;
    throw unreachable("GitHub does not know a commit yet which it has", error);
  }
}
function toCommit(oid, parents, message, date) {
  if (typeof oid !== "string" || !Array.isArray(parents)) throw unreachable("GitHub's answer broke off");
  return {
    oid,
    parents: parents.flatMap(({ sha }) => sha === void 0 ? [] : [sha]),
    message,
    date: utc(date ?? "")
  };
}
function utc(date) {
  const time = Date.parse(date);
  return Number.isNaN(time) ? "1970-01-01T00:00:00Z" : new Date(time).toISOString().replace(".000Z", "Z");
}
function inOrder(from, commits, limit) {
  const ordered = [];
  for (let oid = from; oid !== void 0 && ordered.length < limit; ) {
    const commit = commits.get(oid);
    if (commit === void 0) break;
    ordered.push(commit);
    oid = commit.parents[0];
  }
  if (ordered.length === 0)
    throw unreachable("GitHub's list of commits does not begin with the one that was asked for");
  return ordered;
}

// src/github/log-alone.ts
function decidingOf2(changes) {
  const deciding = changes.find(({ ref }) => isLogRef(ref)) ?? changes[0];
  if (deciding === void 0)
    throw new LockError("bug", "A transaction was to be sent that changes nothing.");
  return deciding;
}
async function compareLog(client, changes) {
  const deciding = decidingOf2(changes);
  const outcome = await change(client, deciding, !isLogRef(deciding.ref));
  if (outcome !== "applied") return outcome;
  await Promise.all(changes.filter((other) => other !== deciding).map((other) => follow2(client, other)));
  return "applied";
}
async function follow2(client, marker) {
  try {
    const outcome = await change(client, marker, true);
    if (outcome === "conflict" && marker.from === null && marker.to !== null)
      await change(client, { ...marker, from: marker.to }, true);
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
  }
}
async function change(client, { ref, from, to }, force) {
  const { octokit, owner, repo, send } = client;
  const at = { owner, repo, ref: ref.replace(/^refs\//, "") };
  try {
    await send(async (request) => {
      try {
        if (to === null) await octokit.git.deleteRef({ ...at, request });
        else if (from === null) await octokit.git.createRef({ owner, repo, ref, sha: to, request });
        else await octokit.git.updateRef({ ...at, sha: to, force, request });
      } catch (error) {
        throw conflictOf(error) ?? error;
      }
    });
    return "applied";
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
    if (error instanceof Conflict) {
      if (error.isUnexplained) await refuseBlockedRef(client, ref);
      return "conflict";
    }
    if (error.kind === "unreachable") return "unknown";
    throw error;
  }
}
var Conflict = class extends LockError {
  /** `Reference update failed`: a directory/file conflict, and now and then nothing that anybody knows. */
  isUnexplained;
  constructor(message, cause) {
    super("refused", message, { cause });
    this.isUnexplained = /Reference update failed/i.test(message);
  }
};
function conflictOf(error) {
  const answer = answerOf(error);
  if (answer === null || !answer.isWhole || answer.status !== 422 && answer.status !== 409) return null;
  if (/already exists|not a fast.?forward|does not exist|update failed/i.test(answer.message)) {
    if (/object does not exist/i.test(answer.message))
      return unreachable("GitHub does not know our commit yet", error);
    return new Conflict(answer.message, error);
  }
  if (answer.status === 409) return null;
  return new LockError(
    "denied",
    `GitHub refuses to change the lock's refs: ${answer.message}. If a ruleset or a branch protection covers them, exempt them, or choose another \`namespace\`.`,
    { cause: error }
  );
}
async function refuseBlockedRef({ octokit, owner, repo, send }, ref) {
  const parts = ref.split("/");
  const folders2 = parts.slice(2, -1).map((_, index) => parts.slice(1, index + 3).join("/"));
  const found = await Promise.all(
    folders2.map(
      (folder) => send(async (request) => {
        try {
          return (await octokit.git.getRef({ owner, repo, ref: folder, request })).data.ref;
        } catch (error) {
          if (answerOf(error)?.status === 404) return null;
          throw error;
        }
      })
    )
  );
  const below = await send(
    (request) => octokit.git.listMatchingRefs({ owner, repo, ref: `${parts.slice(1).join("/")}/`, request })
  );
  const blocking = found.find((name) => name !== null) ?? below.data[0]?.ref;
  if (blocking === void 0) return;
  throw new LockError(
    "foreign",
    `The ref ${blocking} is in the way: git cannot have both it and ${ref}. It is not the lock's; delete or rename it, or choose another \`namespace\`.`
  );
}

// src/github/update-refs.ts
var ZERO_OID = "0".repeat(40);
var MUTATION = `mutation ($repositoryId: ID!, $refUpdates: [RefUpdate!]!) {
  updateRefs(input: { repositoryId: $repositoryId, refUpdates: $refUpdates }) { clientMutationId }
}`;
async function compareAll({ octokit, send }, repositoryId, changes) {
  const refUpdates = changes.map(({ ref, from, to }) => ({
    name: ref,
    beforeOid: from ?? ZERO_OID,
    afterOid: to ?? ZERO_OID,
    // A log only ever moves to a descendant, and the server shall see to it. A leftover marker may point anywhere.
    force: !isLogRef(ref)
  }));
  try {
    const data = await send(
      (request) => answered(octokit.graphql(MUTATION, { repositoryId, refUpdates, request }))
    );
    return hasPayload(data) ? "applied" : "unknown";
  } catch (error) {
    if (error instanceof GraphqlErrors) return error.outcome;
    if (error instanceof LockError && error.kind === "unreachable") return "unknown";
    throw error;
  }
}
function hasPayload(data) {
  return typeof data === "object" && data !== null && "updateRefs" in data && data.updateRefs !== null;
}
var GraphqlErrors = class extends LockError {
  outcome;
  constructor(outcome, message) {
    super("refused", message);
    this.outcome = outcome;
  }
};
async function answered(request) {
  try {
    return await request;
  } catch (error) {
    throw readErrors(error) ?? error;
  }
}
function readErrors(error) {
  if (!isGraphqlFailure(error)) return null;
  const failures = error.errors;
  const message = failures.map((failure) => failure.message ?? "").join("; ");
  const has = (pattern) => failures.some(({ type = "", message: message2 = "" }) => pattern.test(`${type} ${message2}`));
  if (has(/RATE_LIMITED|rate limit/i))
    return throttledBy({ status: 429, headers: error.headers ?? {}, message }, error);
  if (has(/something went wrong|timeout|timed out|try again/i))
    return unreachable(`GitHub answered: ${message}`, error);
  if (has(
    /doesn't exist on type|undefinedField|FORBIDDEN|not accessible|not allowed|not permitted|not supported|not a valid|invalid ref/i
  )) {
    return new GraphqlErrors("refused", message);
  }
  return new GraphqlErrors("conflict", message);
}

// src/github/ref-store.ts
var POLL_MS = 1200;
function openRefStore(client, connection, way = "update-refs") {
  const { octokit, owner, repo } = client;
  const { read, history, write, at } = openCommits(client);
  const conditional = conditionalReads();
  const nodeId = nodeIdOf(client, connection);
  const state = { way, refusedOnce: /* @__PURE__ */ new Set(), isSuspect: false };
  const tip = (ref) => conditional(client, ref, async (options) => {
    try {
      const { data, headers } = await octokit.git.getRef({
        owner,
        repo,
        ref: ref.replace(/^refs\//, ""),
        ...options
      });
      return { value: toRef(data).oid, etag: headers.etag };
    } catch (error) {
      if (answerOf(error)?.status !== 404) throw error;
      return { value: null, etag: void 0 };
    }
  });
  return {
    clock: "server",
    way: () => state.way,
    nodeId: () => nodeId.known(),
    pollMs: POLL_MS,
    comparesAll: () => state.way === "update-refs",
    read,
    history,
    write,
    async list(prefix) {
      if (state.way === "update-refs") nodeId().catch(() => {
      });
      const ref = prefix.replace(/^refs\//, "");
      const refs = await conditional(client, prefix, async (options) => {
        const { data, headers } = await emptyRepositorySaid(
          connection,
          () => octokit.git.listMatchingRefs({ owner, repo, ref, ...options })
        );
        return { value: whole(data, Array.isArray).map(toRef), etag: headers.etag };
      });
      return { refs, readAtMs: client.answeredAtMs() };
    },
    tip,
    async tipCommit(ref) {
      const commit = await at(ref);
      if (commit !== null) return commit;
      const oid = await tip(ref);
      return oid === null ? null : await read(oid);
    },
    async transact(changes) {
      if (changes.length === 1 && changes[0]?.from === null) return await compareLog(client, changes);
      const { ref, from, to } = decidingOf2(changes);
      const id = `${ref} ${from} ${to}`;
      let isDoubted = false;
      if (state.way === "update-refs" && !state.refusedOnce.has(id)) {
        const outcome2 = await compareAll(client, await nodeId(), changes);
        if (outcome2 === "applied") state.isSuspect = false;
        if (outcome2 === "applied" || outcome2 === "unknown") return outcome2;
        if (outcome2 === "refused") state.way = "log-alone";
        const isBelieved = outcome2 === "conflict" && (changes.length > 1 || !state.isSuspect);
        state.isSuspect = true;
        state.refusedOnce.add(id);
        if (isBelieved) return "conflict";
        isDoubted = true;
      }
      const outcome = await compareLog(client, changes);
      if (outcome === "applied" && isDoubted) state.way = "log-alone";
      return outcome;
    }
  };
}
function nodeIdOf({ octokit, owner, repo, send }, connection) {
  let told = connection.nodeId;
  let asked = null;
  const ask = async () => {
    const { data } = await send(({ signal }) => octokit.repos.get({ owner, repo, request: { signal } }));
    told = whole(
      data,
      (value) => typeof value?.node_id === "string"
    ).node_id;
    return told;
  };
  const nodeId = async () => {
    if (told !== null) return told;
    asked ??= ask().finally(() => {
      asked = null;
    });
    return await asked;
  };
  return Object.assign(nodeId, { known: () => told });
}
async function emptyRepositorySaid({ repository }, request) {
  try {
    return await request();
  } catch (error) {
    const answer = answerOf(error);
    if (answer?.status !== 409 || !/empty/i.test(answer.message)) throw error;
    const message = `The repository ${repository} has no commit yet, and refs need one. Push a first commit, or name another \`repository\`.`;
    throw new LockError("usage", message, { cause: error });
  }
}
function toRef(data) {
  whole(data, (value) => typeof value.object?.sha === "string");
  return { name: data.ref, oid: data.object.sha, isCommit: data.object.type === "commit" };
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
function judgeProcess(who, self, table = HERE2) {
  if (who.host !== self.host) return unknown(`it runs on ${who.host}, which can't be asked from here`);
  if (!isText(who.bootId) || !isText(self.bootId))
    return unknown("nothing tells which start of the machine it belongs to");
  if (who.bootId !== self.bootId) return unknown("it belongs to another start of a machine of this name");
  if (!isText(who.pidNamespace) || who.pidNamespace !== self.pidNamespace)
    return unknown("it runs in another container of this machine, whose processes can't be seen from here");
  if (!isPid(who.pid)) return unknown("it named no process that could be looked for");
  return judgePid(who.pid, who.startedAt, table);
}
function judgePid(pid, startedAt, table) {
  const found = table.exists(pid);
  if (found === null) return unknown("this machine does not tell which processes it has");
  if (!found) return dead(`its process ${pid} has ended`);
  if (table.hasEnded(pid)) return dead(`its process ${pid} has ended`);
  const start2 = table.startOf(pid);
  if (startedAt === null || start2 === null)
    return unknown(`whether process ${pid} is still the same one does not show`);
  if (start2 !== startedAt) return dead(`its process ${pid} has ended, and another one has that number`);
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
import {
  lstatSync,
  lutimesSync,
  mkdirSync as mkdirSync2,
  readdirSync,
  readlinkSync,
  rmSync as rmSync2,
  symlinkSync,
  unlinkSync
} from "node:fs";
import { homedir } from "node:os";
import { isAbsolute as isAbsolute2, join as join5 } from "node:path";
var KEEP_MS = 30 * 864e5;
var PRUNE_EVERY_MS = 864e5;
var KEY = /^[0-9a-zA-Z][0-9a-zA-Z_-]{0,127}$/;
function openSightings(directory = cacheDirectory(), clock2 = machineClock()) {
  const firstSeen = /* @__PURE__ */ new Map();
  const folder = directory === null || clock2.name === null ? null : join5(directory, "seen", clock2.name);
  let isPruned = false;
  return {
    see: (keys) => {
      const nowNs = clock2.nowNs();
      if (folder !== null && !isPruned) {
        isPruned = true;
        quietly(() => prepare(folder));
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
  const path = join5(folder, key);
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
function parse(text) {
  return /^\d{1,19}$/.test(text) ? BigInt(text) : null;
}
function prepare(folder) {
  mkdirSync2(folder, { recursive: true, mode: 448 });
  const stamp = join5(folder, ".pruned");
  if (ageMs(stamp) < PRUNE_EVERY_MS) return;
  quietly(() => unlinkSync(stamp));
  make(stamp, 0n);
  for (const name of readdirSync(folder)) {
    if (KEY.test(name) && ageMs(join5(folder, name)) > KEEP_MS) quietly(() => unlinkSync(join5(folder, name)));
  }
  const all = join5(folder, "..");
  for (const name of readdirSync(all)) {
    if (ageMs(join5(all, name)) > KEEP_MS) quietly(() => rmSync2(join5(all, name), { recursive: true }));
  }
}
function ageMs(path) {
  return Math.max(0, Date.now() - (quietly(() => lstatSync(path).mtimeMs) ?? Number.NEGATIVE_INFINITY));
}
function quietly(work) {
  try {
    return work();
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
  if (process.platform === "win32") return isAbsolute2(local) ? join5(local, "reflock") : null;
  if (isAbsolute2(xdg)) return join5(xdg, "reflock");
  const home = quietly(homedir) ?? "";
  if (!isAbsolute2(home)) return null;
  return process.platform === "darwin" ? join5(home, "Library", "Caches", "reflock") : join5(home, ".cache", "reflock");
}

// src/wire.ts
async function openGitHub(connection, way) {
  const client = await connect(connection);
  return { store: openRefStore(client, connection, way), liveness: openLiveness(client) };
}
async function openGit2(remote, cwd, signal = null) {
  const { url, shown, isThisRepository } = await resolveRemote(cwd, remote);
  const store = openGitStore({ remote: url, cwd, ...signal === null ? {} : { signal } });
  return { store, shown, isThisRepository, close: () => store.close() };
}
async function openRuns(apiUrl, token, repository) {
  const { connect: connect2 } = await import("./client-PB7ZLI3O.js");
  const { openLiveness: openLiveness2 } = await import("./liveness-EXYPYIN7.js");
  return openLiveness2(await connect2({ apiUrl, token, repository, nodeId: null }));
}
function openMachine() {
  const self = thisProcess();
  return { self, processes: openProcessLiveness(self), sightings: openSightings() };
}
var clock = {
  monotonicMs: () => performance.now(),
  date: () => /* @__PURE__ */ new Date(),
  sleep: async (ms, signal) => {
    await delay(
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
function leave(code) {
  process.stdout.write("", () => process.exit(code));
}
export {
  leave,
  machine,
  openGit2 as openGit,
  openGitHub,
  openMachine,
  openRuns,
  showRemote
};
