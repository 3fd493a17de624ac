/**
 * Owns refs: reading them from the repository each time (never from memory), and changing several
 * in one `git update-ref --stdin` transaction. What git answers is told as a reason, not as text.
 * Knows nothing of HTTP, nor of what a ref means.
 */
import { git, runGit } from "./git.ts";
import { type Objects, ZERO_OID } from "./objects.ts";

export interface Ref {
  readonly name: string;
  readonly oid: string;
  /** commit, tag, tree or blob */
  readonly type: string;
}

export interface RefChange {
  readonly ref: string;
  /** What the ref must be before: an oid, zeros for "must not exist", undefined for "whatever it is". */
  readonly before?: string | undefined;
  /** An oid, or zeros to delete. */
  readonly after: string;
}

export type RefusalReason =
  | "exists"
  | "absent"
  | "mismatch"
  | "directory"
  | "object"
  | "name"
  | "repeated"
  | "locked"
  | "other";

export type TransactionResult =
  | { readonly applied: true }
  | {
      readonly applied: false;
      readonly reason: RefusalReason;
      readonly ref: string | null;
      readonly text: string;
    };

/** The rules of `git check-ref-format` that a name can break, so that it may stand in a transaction's line. */
export function isRefName(name: string): boolean {
  if (!/^refs\/[^/]/.test(name) || name.length > 1024) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return !/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$|\/\.|\.lock(\/|$)/.test(name);
}

async function forEachRef(dir: string, pattern: string): Promise<Ref[]> {
  const format = "--format=%(objectname) %(objecttype) %(refname)";
  const output = await git(dir, ["for-each-ref", format, pattern.replace(/[*?[\\]/g, "\\$&")]);
  const refs: Ref[] = [];
  for (const line of output.split("\n")) {
    const [oid, type, name] = line.split(" ");
    if (oid && type && name) refs.push({ oid, type, name });
  }
  return refs;
}

/** Every ref whose full name starts with `prefix` (which need not end at a slash), sorted by name. */
export async function listRefs(dir: string, prefix = "refs/"): Promise<Ref[]> {
  const folder = prefix.slice(0, prefix.lastIndexOf("/")) || "refs";
  return (await forEachRef(dir, folder)).filter((ref) => ref.name.startsWith(prefix));
}

/** As it is at this moment. */
export async function readRef(objects: Objects, name: string): Promise<Ref | null> {
  if (!isRefName(name)) return null;
  const object = await objects.read(name);
  return object && { name, oid: object.oid, type: object.type };
}

function commandOf(change: RefChange): string {
  const { ref, before, after } = change;
  if (after === ZERO_OID) {
    if (before === undefined) return `delete ${ref}`;
    return before === ZERO_OID ? `verify ${ref} ${ZERO_OID}` : `delete ${ref} ${before}`;
  }
  if (before === undefined) return `update ${ref} ${after}`;
  return before === ZERO_OID ? `create ${ref} ${after}` : `update ${ref} ${after} ${before}`;
}

const REASONS: readonly (readonly [RegExp, RefusalReason])[] = [
  [/reference already exists/, "exists"],
  [/unable to resolve reference/, "absent"],
  [/is at [0-9a-f]+ but expected/, "mismatch"],
  [/' exists; cannot create '|at the same time|there is a non-empty directory/, "directory"],
  [/nonexistent object|trying to write non-commit object/, "object"],
  [/invalid ref format/, "name"],
  [/multiple updates for ref/, "repeated"],
  [/Unable to create .*\.lock|unable to lock|Unable to lock/i, "locked"],
];

function explain(stderr: string): TransactionResult {
  const text = stderr.trim();
  const reason = REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? "other";
  return { applied: false, reason, ref: /ref '([^']+)'/.exec(text)?.[1] ?? null, text };
}

/** All changes or none, compared and swapped by git. */
export async function transact(dir: string, changes: readonly RefChange[]): Promise<TransactionResult> {
  const bad = changes.find((change) => !isRefName(change.ref));
  if (bad) return { applied: false, reason: "name", ref: bad.ref, text: `invalid ref format: ${bad.ref}` };
  // In the order of their names: two transactions over the same refs can then never wait for each other's locks.
  const sorted = [...changes].sort((a, b) => (a.ref < b.ref ? -1 : 1));
  const script = ["start", ...sorted.map(commandOf), "prepare", "commit", ""].join("\n");
  let result = await runGit(dir, ["update-ref", "--stdin"], script);
  let refusal = result.code === 0 ? null : explain(result.stderr);
  // A lock that outlasts git's own patience says nothing about the values, so it is no answer to give.
  for (let tries = 0; refusal && !refusal.applied && refusal.reason === "locked" && tries < 10; tries++) {
    result = await runGit(dir, ["update-ref", "--stdin"], script);
    refusal = result.code === 0 ? null : explain(result.stderr);
  }
  return refusal ?? { applied: true };
}
