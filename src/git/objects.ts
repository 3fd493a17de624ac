/**
 * The private store: a bare repository of this process alone, in the machine's folder for temporary files, gone when the process ends.
 * Owns its files, and the reading and writing of objects without starting a git where that can be; must not know any remote.
 *
 * One a process, and not one a remote that is kept: what a lock needs is a few commits, which one request fetches, so that keeping them would save
 * little. But many processes that share a store have to wait for each other's lock files, and one that is killed leaves them behind for all.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";
import { LockError } from "../lock/errors.ts";
import type { Oid } from "../lock/refs.ts";
import { openBatchReader } from "./batch-reader.ts";
import { EMPTY_TREE, frame, type GitObject, isOid, type ObjectFormat, oidOf } from "./commit.ts";

export interface Objects {
  /** A bare repository without refs. */
  readonly gitDir: string;
  readonly folder: string;
  readonly format: ObjectFormat;
  /** `null` where it is not here. */
  read(oid: Oid): Promise<GitObject | null>;
  write(object: GitObject): Promise<Oid>;
  /** Another repository over the same objects, with refs of its own. */
  newGitDir(): string;
  close(): void;
}

/** No record of ours comes near it. What inflates to more is somebody's mischief. */
const SIZE_LIMIT = 4 * 1024 * 1024;

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

/**
 * @param elsewhere the objects of another repository, which are read in place
 */
export function openObjects(
  root: string,
  format: ObjectFormat,
  elsewhere: string | null,
  timeoutMs: number,
): Objects {
  const gitDir = join(root, randomUUID());
  const folder = join(gitDir, "objects");
  makeRepository(gitDir, format);
  if (elsewhere !== null) {
    mkdirSync(join(folder, "info"));
    writeFileSync(join(folder, "info", "alternates"), `${elsewhere}\n`);
  }
  const packed = elsewhere === null ? null : openBatchReader({ cwd: root, gitDir }, timeoutMs);
  let hasEmptyTree = false;

  return {
    ...{ gitDir, folder, format },
    async read(oid) {
      if (!isOid(oid)) throw new LockError("bug", "An object was to be read that has no object's name.");
      const own = readLoose(folder, oid);
      if (own !== null || elsewhere === null) return own;
      return (await readLooseElsewhere(elsewhere, oid)) ?? (await packed?.read(oid)) ?? null;
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
    close: () => packed?.close(),
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

function looseAt(folder: string, oid: Oid): { readonly directory: string; readonly file: string } {
  const directory = join(folder, oid.slice(0, 2));
  return { directory, file: join(directory, oid.slice(2)) };
}

/** A few hundred bytes that were just written: waiting for them in any other way takes longer. */
function readLoose(folder: string, oid: Oid): GitObject | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(looseAt(folder, oid).file);
  } catch {
    return null;
  }
  return parseLoose(bytes, oid);
}

/** What is elsewhere may be on a network's file system, which may hang: our deadlines must not hang with it. */
async function readLooseElsewhere(folder: string, oid: Oid): Promise<GitObject | null> {
  const bytes = await readFile(looseAt(folder, oid).file).catch(() => null);
  return bytes === null ? null : parseLoose(bytes, oid);
}

function parseLoose(bytes: Buffer, oid: Oid): GitObject {
  try {
    const framed = inflateSync(bytes, { maxOutputLength: SIZE_LIMIT });
    const end = framed.indexOf(0);
    const type = framed.subarray(0, end).toString().split(" ")[0] ?? "";
    return { type, content: framed.subarray(end + 1) };
  } catch (cause) {
    throw new LockError("foreign", `The object ${oid} is damaged, or too large for a lock's.`, { cause });
  }
}

/** Where it is there already, the same bytes replace it. */
export function writeLoose(folder: string, object: GitObject, format: ObjectFormat): Oid {
  const oid = oidOf(object, format);
  const { directory, file } = looseAt(folder, oid);
  const draft = join(folder, `tmp-${randomUUID()}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(draft, deflateSync(frame(object)));
  renameSync(draft, file);
  return oid;
}

/** Loads what it takes to name and to store objects, for whoever has to wait for something else just now. */
export function prepareObjects(): void {
  oidOf(EMPTY_TREE, "sha1");
  deflateSync(frame(EMPTY_TREE));
}
