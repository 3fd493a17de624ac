/**
 * Owns refs: reading them from the repository each time (never from memory), and changing several
 * in one `git update-ref --stdin` transaction. What git answers is told as a reason, not as text.
 * Knows nothing of HTTP, nor of what a ref means.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Objects, ZERO_OID } from "./objects.ts";
import { type OpenGit, openGit } from "./open-git.ts";

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

const ifThere = <Content>(nothing: Content) => {
  return (error: NodeJS.ErrnoException): Content => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return nothing;
    throw error;
  };
};

/** A folder may go while it is read: git removes those that have become empty. */
async function looseNames(dir: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(dir, folder), { withFileTypes: true }).catch(ifThere([]));
  const names = entries.map((entry) => {
    const name = `${folder}/${entry.name}`;
    return entry.isDirectory() ? looseNames(dir, name) : [name];
  });
  return (await Promise.all(names)).flat();
}

async function packedNames(dir: string): Promise<string[]> {
  const text = await readFile(join(dir, "packed-refs"), "utf8").catch(ifThere(""));
  return Array.from(text.matchAll(/^[0-9a-f]+ (.+)$/gm), ([, name = ""]) => name);
}

/**
 * Every ref whose full name starts with `prefix` (which need not end at a slash), sorted by name. Which there may be is
 * told by the names of files, which costs no process; whether they are there, and where they point, by git.
 */
export async function listRefs(dir: string, objects: Objects, prefix = "refs/"): Promise<Ref[]> {
  const folder = prefix.slice(0, prefix.lastIndexOf("/")) || "refs";
  if (folder !== "refs" && !isRefName(folder)) return [];
  // In this order: a ref that is packed in between is found in one of them.
  const loose = await looseNames(dir, folder);
  const names = new Set([...loose, ...(await packedNames(dir))]);
  const wanted = [...names].filter((name) => name.startsWith(prefix)).sort();
  const refs = await Promise.all(wanted.map((name) => readRef(objects, name)));
  return refs.filter((ref) => ref !== null);
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

export interface Transactions {
  /** All changes or none, compared and swapped by git. */
  transact(changes: readonly RefChange[]): Promise<TransactionResult>;
  close(): void;
}

const DONE = "commit: ok\n";

/** git says `start: ok`, `prepare: ok` and `commit: ok`, or it says what is wrong, and ends. */
function takeDone(received: Buffer): { answer: TransactionResult; bytes: number } | null {
  const at = received.indexOf(DONE);
  return at < 0 ? null : { answer: { applied: true }, bytes: at + DONE.length };
}

/** Each transaction has a git to itself, so that as many as are under way at once contend for git's own locks. */
export function openTransactions(dir: string): Transactions {
  const all: OpenGit<TransactionResult>[] = [];
  const idle: OpenGit<TransactionResult>[] = [];

  async function send(script: string): Promise<TransactionResult> {
    let git = idle.pop();
    if (!git) {
      git = openGit(dir, ["update-ref", "--stdin"], takeDone, explain);
      all.push(git);
    }
    const result = await git.ask(script);
    idle.push(git);
    return result;
  }

  return {
    async transact(changes) {
      const bad = changes.find((change) => !isRefName(change.ref));
      if (bad)
        return { applied: false, reason: "name", ref: bad.ref, text: `invalid ref format: ${bad.ref}` };
      // In the order of their names: two transactions over the same refs can then never wait for each other's locks.
      const sorted = [...changes].sort((a, b) => (a.ref < b.ref ? -1 : 1));
      const script = ["start", ...sorted.map(commandOf), "prepare", "commit"].join("\n");
      let result = await send(script);
      // A lock that outlasts git's own patience says nothing about the values, so it is no answer to give.
      for (let tries = 0; !result.applied && result.reason === "locked" && tries < 10; tries++)
        result = await send(script);
      return result;
    },
    close() {
      for (const git of all) git.close();
    },
  };
}
