/**
 * What a script runs in the end: through wrappers, scripts within scripts, and scripts of the repository.
 * Owns the search, and that it ends; must not know which commands matter.
 */
import { publishes, toolOf } from "./publishing.ts";
import { commandsIn } from "./shell.ts";
import type { Command, Dialect } from "./shell-words.ts";
import type { Script } from "./workflows.ts";
import { innerOf, packageScriptOf } from "./wrappers.ts";

/** The text of a file of the repository, by its path from the root with slashes; `null` where there is none. */
export type Read = (path: string) => string | null;

export interface Said {
  /** `enter` and `leave` stand around what `reflock run` runs. */
  readonly kind: "call" | "enter" | "leave";
  readonly words: readonly string[];
  /** Where in the script it stands, or what leads to it. */
  readonly offset: number;
  /** The file that it stands in, where that is not the script itself. */
  readonly within: string | null;
}

interface Place {
  /** Where the text that is read now stands, if what is in it is to be counted from there. */
  readonly base: number;
  readonly isExact: boolean;
  readonly within: string | null;
  readonly folder: string;
  readonly depth: number;
}

interface Search {
  readonly read: Read;
  readonly said: Said[];
  readonly seen: Set<string>;
  /** What traps run at the end. */
  readonly later: (() => void)[];
  left: number;
}

const MAX_DEPTH = 40;
const MAX_COMMANDS = 20_000;

export function commandsOf({ text, dialect, folder }: Script, read: Read): Said[] {
  if (dialect === null) return [];
  return commandsOfText(text.text, dialect, folder, read);
}

export function commandsOfText(text: string, dialect: Dialect, folder: string, read: Read): Said[] {
  const search: Search = { read, said: [], seen: new Set(), later: [], left: MAX_COMMANDS };
  look(search, text, dialect, { base: 0, isExact: true, within: null, folder, depth: 0 });
  for (const look of search.later) look();
  return search.said;
}

function look(search: Search, text: string, dialect: Dialect, place: Place): void {
  if (place.depth > MAX_DEPTH) return;
  for (const command of commandsIn(text, dialect)) {
    search.left -= 1;
    if (search.left < 0) return;
    lookAt(search, command, place);
  }
}

function lookAt(search: Search, command: Command, place: Place): void {
  const at = {
    ...place,
    base: place.isExact ? place.base + command.offset : place.base,
    depth: place.depth + 1,
  };
  const { words, input } = command;
  // `bash <<END`, `ssh host <<END`: what is read is run.
  if (input !== null && /^(ba|da|z|k|a)?sh$|^ssh$/.test(toolOf(words[0] ?? ""))) {
    const exact = place.isExact ? { base: place.base + input.offset, isExact: true } : {};
    look(search, input.text, "sh", { ...at, ...exact });
  }
  lookInto(search, words, at);
}

function lookInto(search: Search, words: readonly string[], at: Place): void {
  if (at.depth > MAX_DEPTH || words.length === 0) return;
  const inside: Place = { ...at, isExact: false, depth: at.depth + 1 };
  const own = reflockWords(words);
  if (own !== null) {
    lock(search, own, inside);
    return;
  }
  const inner = innerOf(words);
  if (inner === null || publishes(words)) {
    call(search, words, inside);
  } else if (inner.kind === "words") {
    lookInto(search, inner.words, inside);
  } else if (inner.kind === "script") {
    look(search, inner.text, "sh", inside);
  } else if (inner.kind === "later") {
    search.later.push(() => look(search, inner.text, "sh", inside));
  } else {
    file(search, inner.path, inside);
  }
}

/** The words from `reflock` on, however it is started. */
function reflockWords(words: readonly string[]): readonly string[] | null {
  const [first = "", second = ""] = words;
  if (toolOf(first) === "reflock") return words;
  return /^node$/.test(toolOf(first)) && /(^|\/)reflock\b.*\.m?js$/.test(second) ? words.slice(1) : null;
}

function lock(search: Search, words: readonly string[], at: Place): void {
  const separator = words[1] === "run" ? words.indexOf("--") : -1;
  if (separator < 0) {
    say(search, "call", ["reflock", ...words.slice(1)], at);
    return;
  }
  const own = ["reflock", ...words.slice(1, separator)];
  say(search, "enter", own, at);
  lookInto(search, words.slice(separator + 1), at);
  say(search, "leave", own, at);
}

/** A command that no wrapper stands before: of a package manager, a script of the repository, or a tool. */
function call(search: Search, words: readonly string[], at: Place): void {
  const script = publishes(words) ? null : packageScriptOf(words);
  if (script !== null && packageScripts(search, script.name, script.more, at)) return;
  if (script?.isPerhaps) {
    say(search, "call", [script.name, ...script.more.split(" ")], at);
    return;
  }
  const [first = ""] = words;
  if (first.includes("/") && file(search, first, at)) return;
  say(search, "call", words, at);
}

/** @returns whether there is such a script */
function packageScripts(search: Search, name: string, more: string, at: Place): boolean {
  const path = at.folder === "" ? "package.json" : `${at.folder}/package.json`;
  const scripts = scriptsIn(search.read(path));
  if (scripts[name] === undefined) return false;
  for (const each of [`pre${name}`, name, `post${name}`]) {
    const text = scripts[each];
    if (text === undefined || !once(search, `${path}#${each} ${more}`)) continue;
    look(search, each === name ? `${text} ${more}` : text, "sh", { ...at, within: at.within ?? path });
  }
  return true;
}

function scriptsIn(text: string | null): Readonly<Record<string, string>> {
  try {
    const { scripts } = JSON.parse(text ?? "{}") as { scripts?: unknown };
    const entries = Object.entries(typeof scripts === "object" && scripts !== null ? scripts : {});
    const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return Object.assign(Object.create(null), Object.fromEntries(texts));
  } catch {
    return {};
  }
}

/** @returns whether it is a shell script of the repository */
function file(search: Search, path: string, at: Place): boolean {
  if (path.includes("$")) return false;
  const bare = path.replace(/^(\.\/)+/, "");
  const candidates = at.folder === "" ? [bare] : [`${at.folder}/${bare}`, bare];
  const found = candidates.find((candidate) => search.read(candidate) !== null);
  const text = found === undefined ? null : search.read(found);
  if (found === undefined || text === null || !isShellScript(found, text)) return false;
  if (once(search, found)) look(search, text, "sh", { ...at, within: at.within ?? found });
  return true;
}

function isShellScript(path: string, text: string): boolean {
  const shebang = /^#!(.*)/.exec(text)?.[1];
  return shebang === undefined ? /\.(sh|bash)$/.test(path) : /\b(ba|da|z|k|a)?sh\b/.test(shebang);
}

/** A script that calls itself would be read for ever. */
function once(search: Search, name: string): boolean {
  const isNew = !search.seen.has(name);
  search.seen.add(name);
  return isNew;
}

function say(search: Search, kind: Said["kind"], words: readonly string[], at: Place): void {
  search.said.push({ kind, words, offset: at.base, within: at.within });
}
