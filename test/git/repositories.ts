/**
 * Bare repositories for one test file, with git's own refs, hooks and settings, in a folder that goes with them.
 * Owns what the hand reaches past every client; must know nothing of stores.
 */
import { appendFile, chmod, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ObjectFormat } from "../../src/git/commit.ts";
import type { Oid } from "../../src/lock/refs.ts";
import { git, runGit } from "../hub/git.ts";

export interface BareRepository {
  readonly path: string;
  git(...args: string[]): Promise<string>;
  tip(ref: string): Promise<Oid | null>;
  set(ref: string, oid: Oid | null): Promise<void>;
  /** A commit by hand, of the empty tree. */
  commit(message: string, parent?: Oid): Promise<Oid>;
  /** A shell script that git runs at that moment. */
  hook(name: string, script: string): Promise<void>;
}

export interface Repositories {
  readonly folder: string;
  add(
    name: string,
    format?: ObjectFormat,
    settings?: Readonly<Record<string, string>>,
  ): Promise<BareRepository>;
  close(): Promise<void>;
}

const IDENTITY = ["-c", "user.name=hand", "-c", "user.email=hand@example.com"];

export async function openRepositories(): Promise<Repositories> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "reflock-test-")));
  return {
    folder,
    async add(name, format = "sha1", settings = {}) {
      const path = join(folder, name);
      await mkdir(path);
      await git(path, ["init", "--quiet", "--bare", `--object-format=${format}`, "."]);
      // Many pushes at once wait for each other's locks; over HTTP nobody is asked for a name unless the server does. A repository that lives for one test needs no
      // tidying up.
      const all = {
        "core.filesRefLockTimeout": "20000",
        "core.fsync": "none",
        "http.receivepack": "true",
        "receive.autogc": "false",
        ...settings,
      };
      await appendFile(join(path, "config"), Object.entries(all).map(asLines).join(""));
      return repositoryAt(path);
    },
    // A server may still be at work on what a client has given up.
    close: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }),
  };
}

/** As git would write it: a git for each would be most of what a repository costs. */
function asLines([setting, value]: readonly [string, string]): string {
  const [section, name] = setting.split(".");
  return `[${section}]\n\t${name} = ${value}\n`;
}

function repositoryAt(path: string): BareRepository {
  return {
    path,
    git: async (...args) => (await git(path, args)).trim(),
    async tip(ref) {
      const result = await runGit(path, ["rev-parse", "--verify", "--quiet", ref]);
      return result.code === 0 ? result.stdout.toString().trim() : null;
    },
    async set(ref, oid) {
      await git(path, oid === null ? ["update-ref", "-d", ref] : ["update-ref", ref, oid]);
    },
    async commit(message, parent) {
      const tree = (await git(path, ["hash-object", "-t", "tree", "-w", "--stdin"])).trim();
      const parents = parent === undefined ? [] : ["-p", parent];
      return (await git(path, [...IDENTITY, "commit-tree", tree, ...parents], message)).trim();
    },
    async hook(name, script) {
      const file = join(path, "hooks", name);
      await mkdir(join(path, "hooks"), { recursive: true });
      await writeFile(file, `#!/bin/sh\n${script}\n`);
      await chmod(file, 0o755);
    },
  };
}
