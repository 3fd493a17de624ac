/**
 * Takes the text of a script apart into the simple commands that it may run, in the order of the text.
 * Owns quotes, comments, substitutions, here-documents and what joins commands. Must not know what any command does.
 * Lenient: a script that no shell would take yields what can be seen in it.
 */
import {
  balanced,
  type Closer,
  type Command,
  type Dialect,
  type Draft,
  expansion,
  indexOrEnd,
  nested,
  type Scan,
  skipTo,
  word,
} from "./shell-words.ts";

const RESERVED = /^(if|then|elif|else|fi|while|until|do|done|esac|time|coproc|\{|\}|!)$/;
const ASSIGNMENT = /^[A-Za-z_]\w*(\[[^\]]*\])?\+?=/;

export function commandsIn(text: string, dialect: Dialect = "sh"): Command[] {
  const scan: Scan = {
    text: text.replaceAll("\r", " "),
    dialect,
    at: 0,
    commands: [],
    pending: [],
    depth: 0,
    list,
  };
  while (scan.at < scan.text.length) {
    list(scan, null);
    scan.at += 1;
  }
  return scan.commands;
}

/** Commands up to the character that closes them, which is left to be read. */
function list(scan: Scan, closer: Closer): void {
  let draft = newDraft();
  let openCases = 0;
  while (scan.at < scan.text.length) {
    const character = scan.text[scan.at] ?? "";
    if (character === closer) break;
    if (openCases > 0 && /^;[;&]/.test(scan.text.slice(scan.at, scan.at + 2))) {
      draft = finished(scan, draft);
      scan.at += scan.text.startsWith(";;&", scan.at) ? 3 : 2;
      patterns(scan);
    } else if (";&|\n".includes(character) && !scan.text.startsWith("&>", scan.at)) {
      draft = finished(scan, draft);
      scan.at += 1;
      if (character === "\n") hereDocuments(scan);
    } else if (character === "(") {
      // `name()` defines, and runs nothing here.
      if (draft.words.length === 1) draft = newDraft();
      group(scan);
    } else if (character === ")") {
      // Of a text that no shell would take.
      draft = newDraft();
      scan.at += 1;
    } else if (!blank(scan) && !redirection(scan, draft, closer)) {
      const offset = scan.at;
      const text = word(scan, closer);
      if (draft.words.length === 0 && text === "esac") openCases = Math.max(0, openCases - 1);
      if (draft.words[0] === "function" && text === "{") draft = newDraft();
      else if (draft.words[0] === "case" && draft.words.length === 2 && text === "in") {
        openCases += 1;
        draft = newDraft();
        patterns(scan);
      } else add(scan, draft, text, offset);
    }
  }
  finished(scan, draft);
}

/** @returns a draft for the next command */
function finished(scan: Scan, draft: Draft): Draft {
  // What `for` and `select` go through is run by nobody.
  if (draft.words.length > 0 && !/^(for|select|case|function)$/.test(draft.words[0] ?? ""))
    scan.commands.push(draft);
  return newDraft();
}

/** What stands before the `)` of a branch of `case`, or nothing before `esac`. */
function patterns(scan: Scan): void {
  while (scan.text[scan.at] === "\n" || blank(scan)) if (scan.text[scan.at] === "\n") scan.at += 1;
  if (/^esac\b/.test(scan.text.slice(scan.at, scan.at + 5))) return;
  if (scan.text[scan.at] === "(") scan.at += 1;
  while (scan.at < scan.text.length && scan.text[scan.at] !== ")") {
    if ("|\n".includes(scan.text[scan.at] ?? "")) scan.at += 1;
    else if (!blank(scan)) word(scan, ")");
  }
  scan.at += 1;
}

function newDraft(): Draft {
  return { words: [], offset: 0, input: null };
}

function add(scan: Scan, draft: Draft, text: string, offset: number): void {
  if (draft.words.length === 0) {
    const raw = scan.text.slice(offset, scan.at);
    if (raw === "[[") {
      skipTo(scan, "]]");
      return;
    }
    if (RESERVED.test(raw) || ASSIGNMENT.test(raw)) {
      if (raw.endsWith("=") && scan.text[scan.at] === "(") balanced(scan, "(", ")");
      return;
    }
    draft.offset = offset;
  }
  draft.words.push(text);
}

/** `( … )` is a list of its own; `(( … ))` is arithmetic. */
function group(scan: Scan): void {
  if (scan.text.startsWith("((", scan.at)) {
    balanced(scan, "(", ")");
    return;
  }
  scan.at += 1;
  nested(scan, ")");
}

/** Blanks, continued lines and comments; whether there were any. */
function blank(scan: Scan): boolean {
  const { text, at } = scan;
  const continuation = scan.dialect === "sh" ? "\\\n" : "`\n";
  if (text[at] === " " || text[at] === "\t") scan.at += 1;
  else if (text.startsWith(continuation, at)) scan.at += 2;
  else if (text[at] === "#") scan.at = indexOrEnd(text, "\n", at);
  else if (scan.dialect === "powershell" && text.startsWith("<#", at)) skipTo(scan, "#>");
  else return false;
  return true;
}

function redirection(scan: Scan, draft: Draft, closer: Closer): boolean {
  const found = /^(?:\d*|&)(<<-|<<<|<<|<>|>>|>\||>&|<&|<|>)/.exec(scan.text.slice(scan.at, scan.at + 8));
  if (found === null) return false;
  const operator = found[1] ?? "";
  // `<(…)` and `>(…)` are words.
  if (/^[<>]$/.test(operator) && scan.text[scan.at + found[0].length] === "(") return false;
  scan.at += found[0].length;
  while (blank(scan));
  const offset = scan.at;
  const target = word(scan, closer);
  if (operator === "<<<") draft.input = { text: target, offset };
  if (operator === "<<" || operator === "<<-") {
    const quoted = /["'\\]/.test(scan.text.slice(offset, scan.at));
    scan.pending.push({ end: target, tabs: operator === "<<-", quoted, of: draft });
  }
  return true;
}

/** What stands between the end of a line and the words that end its here-documents. */
function hereDocuments(scan: Scan): void {
  for (const document of scan.pending.splice(0)) {
    const offset = scan.at;
    let next = offset;
    while (next < scan.text.length) {
      const lineEnd = indexOrEnd(scan.text, "\n", next);
      const line = scan.text.slice(next, lineEnd).trimEnd();
      if ((document.tabs ? line.replace(/^\t+/, "") : line) === document.end) break;
      next = lineEnd + 1;
    }
    document.of.input = { text: scan.text.slice(offset, next), offset };
    if (!document.quoted) substitutions(scan, offset, Math.min(next, scan.text.length));
    scan.at = indexOrEnd(scan.text, "\n", next) + 1;
  }
}

function substitutions(scan: Scan, from: number, to: number): void {
  scan.at = from;
  while (scan.at < to) {
    if (scan.text[scan.at] === "\\") scan.at += 2;
    else if (!expansion(scan)) scan.at += 1;
  }
}
