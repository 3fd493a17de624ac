/**
 * The message of every commit that we write: a subject in plain English, a blank line, JSON.
 * Owns that frame and the format's version; claim.ts, entry.ts and ticket.ts own what stands in it.
 */
import { LockError } from "./errors.ts";
import type { Identity, Process, Run } from "./identity.ts";
import type { Commit } from "./refs.ts";

/** The format's major version. Unknown fields are kept; a greater major is refused. */
export const FORMAT = 1;

/** No message of ours comes near it; a longer one is somebody's mischief and is not parsed. */
const MAX_MESSAGE_LENGTH = 65_536;

export type Fields = Readonly<Record<string, unknown>>;

export type Decoded =
  | { readonly kind: "ours"; readonly fields: Fields }
  /** Not written by us, or damaged. `why` completes the sentence "it …". */
  | { readonly kind: "foreign"; readonly why: string };

export function encodeRecord(subject: string, fields: Fields): string {
  return `${oneLine(subject)}\n\n${JSON.stringify({ reflock: FORMAT, ...fields }, null, 1)}\n`;
}

export function decodeRecord(message: string): Decoded {
  if (message.length > MAX_MESSAGE_LENGTH) return { kind: "foreign", why: "is too long for a lock record" };
  const start = message.indexOf("\n\n");
  const parsed = start < 0 ? undefined : parseJson(message.slice(start));
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return { kind: "foreign", why: "is not a lock record" };
  }
  const fields = parsed as Fields;
  const version = fields.reflock;
  if (typeof version !== "number") return { kind: "foreign", why: "is not a lock record" };
  if (version !== FORMAT) {
    return {
      kind: "foreign",
      why: `was written by reflock ${version}, use reflock ${version} or later for this lock`,
    };
  }
  return { kind: "ours", fields };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function foreignCommit(commit: Commit, ref: string, why: string): LockError {
  return new LockError(
    "foreign",
    `${ref} points at commit ${commit.oid}, which ${why}. reflock leaves it alone. If nobody needs it, remove it with \`clear\`, \`force\`, a reason and \`expect: ${commit.oid}\`.`,
  );
}

/** What somebody else wrote is shown in part: nobody floods a log by a reason. */
export function clip(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

/** A subject is one line, whatever a name or a reason may contain. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ").slice(0, 200);
}

/** Thrown inside a record's parser and turned into `foreign` at its edge. */
export class DamagedRecord extends Error {}

export function text(fields: Fields, field: string): string {
  const value = fields[field];
  if (typeof value !== "string") throw new DamagedRecord(`has no text in "${field}"`);
  return value;
}

export function textOrNull(fields: Fields, field: string): string | null {
  return fields[field] === undefined || fields[field] === null ? null : text(fields, field);
}

export function count(fields: Fields, field: string): number {
  const value = fields[field];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new DamagedRecord(`has no whole number in "${field}"`);
  }
  return value;
}

export function countOrNull(fields: Fields, field: string): number | null {
  return fields[field] === undefined || fields[field] === null ? null : count(fields, field);
}

export function oneOf<const Choice extends string>(
  fields: Fields,
  field: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === fields[field]);
  if (found === undefined) throw new DamagedRecord(`has none of ${choices.join(", ")} in "${field}"`);
  return found;
}

export function identity(fields: Fields): Identity {
  const run = fieldsOrNull(fields, "run");
  const process = fieldsOrNull(fields, "process");
  return {
    run: run === null ? null : parseRun(run),
    process: process === null ? null : parseProcess(process),
  };
}

export function fieldsOrNull(fields: Fields, field: string): Fields | null {
  const value = fields[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== "object" || Array.isArray(value))
    throw new DamagedRecord(`has no object in "${field}"`);
  return value as Fields;
}

function parseRun(fields: Fields): Run {
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
    url: text(fields, "url"),
  };
}

function parseProcess(fields: Fields): Process {
  return {
    ...fields,
    user: text(fields, "user"),
    host: text(fields, "host"),
    bootId: textOrNull(fields, "bootId"),
    pidNamespace: textOrNull(fields, "pidNamespace"),
    pid: countOrNull(fields, "pid"),
    startedAt: textOrNull(fields, "startedAt"),
  };
}
