/**
 * Owns git objects: reading them, and writing commits, each through one git process that stays open as long as the
 * repository. Knows nothing of refs, but that one can be read by its name.
 */
import { unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openGit } from "./open-git.ts";

export const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
export const ZERO_OID = "0".repeat(40);

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly date: Date;
}

export interface Commit {
  readonly oid: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export interface GitObject {
  readonly oid: string;
  readonly type: string;
  readonly content: Buffer;
}

export interface Objects {
  /** By its oid, or by a ref's full name, which is resolved anew each time. null: there is no such object. */
  read(name: string): Promise<GitObject | null>;
  /** Writes a commit whose message is kept byte for byte; gives its oid. */
  writeCommit(commit: Omit<Commit, "oid">): Promise<string>;
  close(): void;
}

export function isOid(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{40}$/.test(value);
}

/** A line with oid, type and size, and then the content; or a line that says that there is none. */
function takeObject(received: Buffer): { answer: GitObject | null; bytes: number } | null {
  const end = received.indexOf(10);
  if (end < 0) return null;
  const [oid = "", type = "", size] = received.subarray(0, end).toString().split(" ");
  if (size === undefined || !isOid(oid)) return { answer: null, bytes: end + 1 };
  const after = end + 1 + Number(size);
  if (received.length < after + 1) return null;
  return { answer: { oid, type, content: Buffer.from(received.subarray(end + 1, after)) }, bytes: after + 1 };
}

function takeLine(received: Buffer): { answer: string; bytes: number } | null {
  const end = received.indexOf(10);
  return end < 0 ? null : { answer: received.subarray(0, end).toString(), bytes: end + 1 };
}

export function openObjects(dir: string): Objects {
  const reader = openGit(dir, ["cat-file", "--batch"], takeObject);
  const writer = openGit(dir, ["hash-object", "-t", "commit", "-w", "--stdin-paths"], takeLine);
  /** What an oid stands for never changes. */
  const known = new Map<string, GitObject>();
  let written = 0;
  return {
    async read(name) {
      const before = known.get(name);
      if (before) return before;
      const object = await reader.ask(name);
      if (object?.oid === name) known.set(name, object);
      return object;
    },
    async writeCommit(commit) {
      // At once: four turns through other threads would take several times as long as what they do.
      const file = join(dir, `commit-${++written}`);
      writeFileSync(file, formatCommit(commit));
      const oid = await writer.ask(file);
      unlinkSync(file);
      return oid;
    },
    close() {
      reader.close();
      writer.close();
    },
  };
}

function parsePerson(line: string): Person {
  const match = /^(.*) <(.*)> (\d+) [+-]\d{4}$/.exec(line);
  return { name: match?.[1] ?? "", email: match?.[2] ?? "", date: new Date(Number(match?.[3] ?? 0) * 1000) };
}

export function parseCommit(oid: string, content: Buffer): Commit {
  const text = content.toString();
  const blank = text.indexOf("\n\n");
  const headers = text.slice(0, blank).split("\n");
  const valuesOf = (name: string): string[] =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    oid,
    tree: valuesOf("tree")[0] ?? "",
    parents: valuesOf("parent"),
    author: parsePerson(valuesOf("author")[0] ?? ""),
    committer: parsePerson(valuesOf("committer")[0] ?? ""),
    message: text.slice(blank + 2),
  };
}

function formatPerson(person: Person): string {
  const clean = (text: string): string => text.replace(/[<>\n\0]/g, "");
  return `${clean(person.name)} <${clean(person.email)}> ${Math.floor(person.date.getTime() / 1000)} +0000`;
}

function formatCommit(commit: Omit<Commit, "oid">): string {
  return [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${formatPerson(commit.author)}`,
    `committer ${formatPerson(commit.committer)}`,
    "",
    commit.message,
  ].join("\n");
}
