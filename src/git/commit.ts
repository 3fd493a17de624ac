/**
 * A commit as git keeps it: its bytes, and their name. Owns that encoding; must not know where the bytes are kept.
 */
import { createHash } from "node:crypto";
import { LockError } from "../lock/errors.ts";
import type { Commit, Oid } from "../lock/refs.ts";

export type ObjectFormat = "sha1" | "sha256";

export interface GitObject {
  /** commit, tree, blob or tag */
  readonly type: string;
  readonly content: Buffer;
}

export interface Draft {
  readonly message: string;
  readonly parent: Oid | null;
  readonly committer: { readonly name: string; readonly email: string };
  readonly date: Date;
}

/** The tree without files. Every commit of ours is of it, so that there is nothing to check out. */
export const EMPTY_TREE: GitObject = { type: "tree", content: Buffer.alloc(0) };

export function isOid(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** What is stored, and hashed: a header, then the content. */
export function frame({ type, content }: GitObject): Buffer {
  return Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
}

export function oidOf(object: GitObject, format: ObjectFormat): Oid {
  return createHash(format).update(frame(object)).digest("hex");
}

export function encodeCommit({ message, parent, committer, date }: Draft, format: ObjectFormat): GitObject {
  if (message.includes("\0")) throw new LockError("bug", "A record with a zero byte was to be written.");
  const who = `${committer.name} <${committer.email}> ${Math.floor(date.getTime() / 1000)} +0000`;
  const lines = [
    `tree ${oidOf(EMPTY_TREE, format)}`,
    ...(parent === null ? [] : [`parent ${parent}`]),
    `author ${who}`,
    `committer ${who}`,
    "",
    message,
  ];
  return { type: "commit", content: Buffer.from(lines.join("\n")) };
}

/** @throws LockError `foreign` where it is not a commit: nothing of ours */
export function decodeCommit(oid: Oid, { type, content }: GitObject): Commit {
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
    date: new Date(seconds * 1000).toISOString().replace(".000Z", "Z"),
  };
}
