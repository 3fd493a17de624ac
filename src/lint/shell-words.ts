/**
 * The words of a script: quotes, escapes, expansions, and where each of them ends.
 * Owns the steps over one word; must not know how words make commands.
 */

/** How quotes and line ends are written: POSIX shells, or PowerShell. */
export type Dialect = "sh" | "powershell";

export interface Command {
  /** Quotes removed; `$name`, `$(…)` and `${{ … }}` left as they stand. Assignments in front, and redirections, are not words. */
  readonly words: readonly string[];
  /** Of the first word, in the script, from zero. */
  readonly offset: number;
  /** What a here-document or here-string gives to it, and where that begins. */
  readonly input: Input | null;
}

export interface Input {
  readonly text: string;
  readonly offset: number;
}

export interface Draft {
  words: string[];
  offset: number;
  input: Input | null;
}

export interface HereDocument {
  readonly end: string;
  readonly tabs: boolean;
  readonly quoted: boolean;
  readonly of: Draft;
}

export interface Scan {
  readonly text: string;
  readonly dialect: Dialect;
  at: number;
  readonly commands: Command[];
  readonly pending: HereDocument[];
  /** Substitutions and subshells around the place. */
  depth: number;
  /** Reads commands up to the character that closes them: substitutions hold whole scripts. */
  readonly list: (scan: Scan, closer: Closer) => void;
}

export type Closer = ")" | "`" | null;

/** Scripts are written by people: deeper is an attack on the stack. */
const MAX_DEPTH = 50;

/** One word, or the rest of one that something unknown cut off; always at least one character. */
export function word(scan: Scan, closer: Closer): string {
  const { text } = scan;
  const start = scan.at;
  let value = "";
  while (scan.at < text.length) {
    const character = text[scan.at] ?? "";
    const at = scan.at;
    if (" \t\n;&|)".includes(character) || character === closer) break;
    // Of a word only arrays and patterns such as `@(a|b)` go on with a parenthesis.
    if (character === "(" && !/[=@?*+!<>$]/.test(text[at - 1] ?? "")) break;
    if ((character === "<" || character === ">") && text[at + 1] !== "(") break;
    if (quoted(scan)) value += unquoted(text.slice(at, scan.at));
    else if (expansion(scan)) value += text.slice(at, scan.at);
    else if (character === escapeOf(scan)) {
      value += text[at + 1] === "\n" ? "" : (text[at + 1] ?? "");
      scan.at += 2;
    } else {
      if (character === "(") balanced(scan, "(", ")");
      else scan.at += 1;
      value += text.slice(at, scan.at);
    }
  }
  if (scan.at === start) scan.at += 1;
  return value;
}

function escapeOf({ dialect }: Scan): string {
  return dialect === "sh" ? "\\" : "`";
}

/** Steps over a quoted text; what it substitutes is run. */
export function quoted(scan: Scan): boolean {
  const { text, at } = scan;
  if (text[at] === "'") {
    skipTo(scan, "'");
    return true;
  }
  if (text.startsWith("$'", at)) {
    scan.at += 2;
    while (scan.at < text.length && text[scan.at] !== "'") scan.at += text[scan.at] === "\\" ? 2 : 1;
    scan.at += 1;
    return true;
  }
  if (text[at] !== '"') return false;
  scan.at += 1;
  while (scan.at < text.length && text[scan.at] !== '"') {
    if (text[scan.at] === escapeOf(scan)) scan.at += 2;
    else if (!expansion(scan)) scan.at += 1;
  }
  scan.at += 1;
  return true;
}

function unquoted(raw: string): string {
  const inner = raw.replace(/^\$?["']/, "").replace(/["']$/, "");
  return raw.startsWith("'") ? inner : inner.replaceAll("\\\n", "").replaceAll(/\\(["$`\\])/g, "$1");
}

/** Steps over `${{ … }}`, `$(…)`, `${…}`, backticks and process substitutions; the commands in them are found. */
export function expansion(scan: Scan): boolean {
  const { text, at } = scan;
  if (text.startsWith("${{", at)) skipTo(scan, "}}");
  else if (text.startsWith("$((", at)) {
    scan.at += 1;
    balanced(scan, "(", ")");
  } else if (/^[$<>]\($/.test(text.slice(at, at + 2))) {
    scan.at += 2;
    nested(scan, ")");
  } else if (text.startsWith("${", at)) {
    scan.at += 1;
    balanced(scan, "{", "}");
  } else if (text[at] === "`" && scan.dialect === "sh") {
    scan.at += 1;
    nested(scan, "`");
  } else return false;
  return true;
}

/** From an opening bracket to behind the one that closes it; substitutions in between are run. */
export function balanced(scan: Scan, opening: string, closing: string): void {
  scan.at += 1;
  scan.depth += 1;
  if (scan.depth > MAX_DEPTH) scan.at = scan.text.length;
  let open = 1;
  while (scan.at < scan.text.length && open > 0) {
    const character = scan.text[scan.at];
    if (quoted(scan) || expansion(scan)) continue;
    if (character === opening) open += 1;
    if (character === closing) open -= 1;
    scan.at += character === "\\" ? 2 : 1;
  }
  scan.depth -= 1;
}

export function skipTo(scan: Scan, end: string): void {
  scan.at = indexOrEnd(scan.text, end, scan.at + 1) + end.length;
}

export function indexOrEnd(text: string, part: string, from: number): number {
  const index = text.indexOf(part, from);
  return index < 0 ? text.length : index;
}

/** The commands of a substitution; the place is behind what closes it afterwards. */
export function nested(scan: Scan, closer: ")" | "`"): void {
  scan.depth += 1;
  if (scan.depth > MAX_DEPTH) scan.at = scan.text.length;
  else scan.list(scan, closer);
  scan.depth -= 1;
  scan.at += 1;
}
