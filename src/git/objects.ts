/**
 * The private store: a bare repository of this process alone, in the machine's folder for temporary files, gone when the process ends.
 * Owns its files; must not know any remote.
 *
 * One a process, and not one a remote that is kept: what a lock needs is a few commits, which one request fetches, so that keeping them would save
 * little. But many processes that share a store have to wait for each other's lock files, and one that is killed leaves them behind for all.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LockError } from "../lock/errors.ts";
import type { Oid } from "../lock/refs.ts";
import { EMPTY_TREE, type GitObject, type ObjectFormat } from "./commit.ts";
import { readLoose, writeLoose } from "./loose.ts";

export interface Objects {
  readonly format: ObjectFormat;
  /** `null` where it is not here. */
  read(oid: Oid): Promise<GitObject | null>;
  write(object: GitObject): Promise<Oid>;
}

export interface PrivateObjects extends Objects {
  /** A bare repository without refs. */
  readonly gitDir: string;
  readonly folder: string;
  /** Another repository over the same objects, with refs of its own. */
  newGitDir(): string;
}

const folders = new Set<string>();

/** A folder that is removed when the process ends, however that comes about, but for being killed. */
export function newFolder(): { readonly path: string; remove(): void } {
  let path: string;
  try {
    path = mkdtempSync(join(tmpdir(), "reflock-git-"));
  } catch (cause) {
    const message = `The folder for temporary files can't be written to: ${tmpdir()}`;
    throw new LockError("usage", message, { cause });
  }
  if (folders.size === 0) process.on("exit", removeFolders);
  folders.add(path);
  return {
    path,
    remove() {
      removeFolder(path);
      if (folders.size === 0) process.off("exit", removeFolders);
    },
  };
}

function removeFolders(): void {
  for (const path of folders) removeFolder(path);
}

function removeFolder(path: string): void {
  folders.delete(path);
  try {
    // A git that was told to end may still write.
    rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  } catch {
    // What is left is a few kilobytes, where the system cleans up.
  }
}

export function openObjects(root: string, format: ObjectFormat): PrivateObjects {
  const gitDir = join(root, randomUUID());
  const folder = join(gitDir, "objects");
  makeRepository(gitDir, format);
  let hasEmptyTree = false;

  return {
    ...{ gitDir, folder, format },
    async read(oid) {
      return readLoose(folder, oid);
    },
    async write(object) {
      if (!hasEmptyTree) writeLoose(folder, EMPTY_TREE, format);
      hasEmptyTree = true;
      return writeLoose(folder, object, format);
    },
    newGitDir() {
      const path = join(root, randomUUID());
      makeRepository(path, format);
      return path;
    },
  };
}

/** What `git init --bare` makes, as far as git needs it. */
function makeRepository(gitDir: string, format: ObjectFormat): void {
  mkdirSync(join(gitDir, "objects"), { recursive: true });
  mkdirSync(join(gitDir, "refs"));
  writeFileSync(join(gitDir, "HEAD"), "ref: refs/heads/none\n");
  const [version, extension] =
    format === "sha1" ? ["0", ""] : ["1", `[extensions]\n\tobjectFormat = ${format}\n`];
  writeFileSync(
    join(gitDir, "config"),
    `[core]\n\trepositoryFormatVersion = ${version}\n\tbare = true\n${extension}`,
  );
}
