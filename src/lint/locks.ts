/**
 * What takes a lock, and gives it back: the action's inputs, and the words of the command line.
 * Owns names, scopes and times as workflows write them; must not know where they stand, nor of locks that are held.
 */
import { parseDuration } from "../lock/duration.ts";
import { DEFAULT_NAMESPACE, parseName } from "../lock/name.ts";
import type { Place, Text } from "./yaml.ts";

/** A lock as a workflow names it. */
export interface Named {
  readonly text: string;
  /** Equal for names of one lock; a name with an expression in it is compared as text. */
  readonly id: string;
  readonly at: Place;
}

export interface Usage {
  readonly operation: string;
  readonly locks: readonly Named[];
  /** `job` or `run`; of the command line, `command` for what it runs, or `kept` until it is given back. */
  readonly scope: string;
  /** As they are written; empty where they are not. */
  readonly wait: string;
  readonly maxHold: string;
  readonly slots: string;
  readonly onTimeout: string;
  /** Whether it goes by the credentials of the job, and so by its permissions. */
  readonly isOwnToken: boolean;
  readonly at: Place;
  /** What the action would refuse. */
  readonly mistakes: readonly Mistake[];
}

export interface Mistake {
  readonly at: Place;
  readonly message: string;
}

export const OPERATIONS = ["acquire", "release", "check", "status", "clear", "freeze"] as const;

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  operation: OPERATIONS,
  scope: ["job", "run"],
  "on-timeout": ["fail", "skip"],
};

const INPUTS =
  /^(name|operation|wait|on-timeout|slots|scope|max-hold|reason|repository|namespace|token|job-id|expect|force|dry-run)$/;

export function usageOfAction(given: ReadonlyMap<string, Text>, at: Place): Usage {
  const value = (input: string) => given.get(input)?.text.trim() ?? "";
  const operation = value("operation") || "acquire";
  const where = `${plainRepository(value("repository"))}|${value("namespace") || DEFAULT_NAMESPACE}`;
  const name = given.get("name");
  return {
    operation,
    locks: linesOf(name?.text ?? "").map((text) => named(text, where, name?.at ?? at)),
    scope: value("scope") || "job",
    wait: value("wait") || "1h",
    maxHold: value("max-hold"),
    slots: value("slots") || "1",
    onTimeout: value("on-timeout") || "fail",
    isOwnToken: /^(\$\{\{\s*(github\.token|secrets\.GITHUB_TOKEN)\s*\}\})?$/i.test(value("token")),
    at,
    mistakes: mistakesIn(given, operation, at),
  };
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function plainRepository(text: string): string {
  return /^\$\{\{\s*github\.repository\s*\}\}$/.test(text) ? "" : text.toLowerCase();
}

export function named(text: string, where: string, at: Place): Named {
  return { text, at, id: `${where}|${encodedOrText(text)}` };
}

function encodedOrText(text: string): string {
  if (!isOpen(text)) {
    try {
      return parseName(text).encoded;
    } catch {
      // Told as a mistake of its own.
    }
  }
  return text.toLowerCase().replaceAll(/(?<=\$\{\{)\s+|\s+(?=\}\})/g, "");
}

/** What it will be, only the run knows. */
export function isOpen(text: string): boolean {
  return /\$[\w{(]/.test(text);
}

function mistakesIn(given: ReadonlyMap<string, Text>, operation: string, at: Place): Mistake[] {
  const found: Mistake[] = [];
  for (const [input, { text, at: place }] of given) {
    const value = text.trim();
    if (!INPUTS.test(input)) found.push({ at: place, message: `there is no input \`${input}\`` });
    else if (value !== "" && !isOpen(value)) {
      const message = mistakeOf(input, value, operation);
      if (message !== null) found.push({ at: place, message });
    }
  }
  if ((given.get("name")?.text ?? "").trim() === "") found.push({ at, message: "the lock has no name" });
  return found;
}

function mistakeOf(input: string, value: string, operation: string): string | null {
  const choices = CHOICES[input];
  if (choices !== undefined && !choices.includes(value))
    return `\`${input}: ${value.slice(0, 60)}\` is none of ${choices.join(", ")}`;
  if (input === "wait" || input === "max-hold") return refusal(() => parseDuration(value, input));
  if (input === "slots" && !/^[1-9]\d{0,2}$/.test(value))
    return `\`slots: ${value.slice(0, 60)}\` is not a whole number from 1 to 999`;
  if (input !== "name" || (value === "*" && /^(status|clear)$/.test(operation))) return null;
  for (const line of linesOf(value)) {
    const problem = isOpen(line) ? null : refusal(() => parseName(line));
    if (problem !== null) return problem;
  }
  return null;
}

/** The action's own words, as the action would say them. */
function refusal(parse: () => unknown): string | null {
  try {
    parse();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
  }
}

const VALUED: Readonly<Record<string, string>> = {
  "--remote": "remote",
  "-w": "wait",
  "--wait": "wait",
  "-E": "conflict",
  "--conflict-exit-code": "conflict",
  "--slots": "slots",
  "--reason": "reason",
  "--max-hold": "maxHold",
  "--lease": "lease",
  "--claim": "claim",
  "--expect": "expect",
  "--namespace": "namespace",
  "--limit": "limit",
};

/** @param words from `reflock` on, without the command that it runs */
export function usageOfWords(words: readonly string[], at: Place): Usage {
  const options = new Map<string, string>();
  const names: string[] = [];
  for (let index = 2; index < words.length; index += 1) {
    const [, option = "", value] = /^(--[^=]+|-\w)(?:=(.*))?$/.exec(words[index] ?? "") ?? [];
    const name = VALUED[option];
    if (name !== undefined) {
      options.set(name, value ?? words[index + 1] ?? "");
      if (value === undefined) index += 1;
    } else if (/^(-n|--no-wait)$/.test(option)) options.set("wait", "0");
    else if (option === "" && !(names.length > 0 && OID.test(words[index] ?? "")))
      names.push(words[index] ?? "");
  }
  const remote = options.get("remote") ?? "origin";
  const where = `${remote === "origin" ? "" : remote}|${options.get("namespace") ?? DEFAULT_NAMESPACE}`;
  return {
    operation: words[1] === "run" ? "acquire" : (words[1] ?? ""),
    locks: names.map((text) => named(text, where, at)),
    scope: words[1] === "run" ? "command" : "kept",
    wait: options.get("wait") ?? "1h",
    maxHold: options.get("maxHold") ?? "",
    slots: options.get("slots") ?? "1",
    onTimeout: "fail",
    isOwnToken: remote === "origin",
    at,
    mistakes: names.length === 0 && words[1] === "run" ? [{ at, message: "the lock has no name" }] : [],
  };
}

/** Of what stands behind a name, a variable is a claim. */
const OID = /^([0-9a-f]{40}|[0-9a-f]{64}|\$.*)$/i;

/** Milliseconds; `null` for what is not written, not known, or no duration. */
export function durationMs(text: string): number | null {
  if (text === "" || isOpen(text)) return null;
  try {
    return parseDuration(text, "duration");
  } catch {
    return null;
  }
}
