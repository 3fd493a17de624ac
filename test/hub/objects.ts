/**
 * Owns git objects: reading them through one open `git cat-file --batch`, and writing commits.
 * Objects never change, so a reader may live as long as its repository. Knows nothing of refs.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { git, spawnGit } from "./git.ts";

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
  readonly type: string;
  readonly content: Buffer;
}

export interface ObjectReader {
  /** null: there is no such object. */
  read(oid: string): Promise<GitObject | null>;
  close(): void;
}

export function isOid(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{40}$/.test(value);
}

export function openObjectReader(dir: string): ObjectReader {
  let child: ChildProcessWithoutNullStreams | null = null;
  let received: Buffer = Buffer.alloc(0);
  const waiting: { resolve: (object: GitObject | null) => void; reject: (error: Error) => void }[] = [];

  function takeAnswers(): void {
    for (;;) {
      const end = received.indexOf(10);
      if (end < 0) return;
      const [, type, size] = received.subarray(0, end).toString().split(" ");
      if (size === undefined) {
        received = received.subarray(end + 1);
        waiting.shift()?.resolve(null);
        continue;
      }
      const after = end + 1 + Number(size);
      if (received.length < after + 1) return;
      const content = Buffer.from(received.subarray(end + 1, after));
      received = received.subarray(after + 1);
      waiting.shift()?.resolve({ type: type ?? "", content });
    }
  }

  function open(): ChildProcessWithoutNullStreams {
    const opened = spawnGit(dir, ["cat-file", "--batch"]);
    received = Buffer.alloc(0);
    opened.stdout.on("data", (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      takeAnswers();
    });
    opened.on("close", () => {
      if (child === opened) child = null;
      for (const one of waiting.splice(0)) one.reject(new Error(`git cat-file ended in ${dir}`));
    });
    opened.on("error", () => {});
    return opened;
  }

  return {
    read(oid) {
      if (!isOid(oid)) return Promise.resolve(null);
      child ??= open();
      const stdin = child.stdin;
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        stdin.write(`${oid}\n`);
      });
    },
    close() {
      child?.kill();
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

/** Writes a commit whose message is kept byte for byte. */
export async function writeCommit(dir: string, commit: Omit<Commit, "oid">): Promise<string> {
  const text = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${formatPerson(commit.author)}`,
    `committer ${formatPerson(commit.committer)}`,
    "",
    commit.message,
  ].join("\n");
  return (await git(dir, ["hash-object", "-t", "commit", "-w", "--stdin"], text)).trim();
}
