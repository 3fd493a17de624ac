/**
 * Objects that are files of their own, read and written without starting a git. Owns their form; must not know whose they are.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFile, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";
import { LockError } from "../lock/errors.ts";
import type { Oid } from "../lock/refs.ts";
import { EMPTY_TREE, frame, type GitObject, isOid, type ObjectFormat, oidOf } from "./commit.ts";

/** No record of ours comes near it. What inflates to more is somebody's mischief. */
const SIZE_LIMIT = 4 * 1024 * 1024;

function looseAt(folder: string, oid: Oid): { readonly directory: string; readonly file: string } {
  if (!isOid(oid)) throw new LockError("bug", "An object was to be read that has no object's name.");
  const directory = join(folder, oid.slice(0, 2));
  return { directory, file: join(directory, oid.slice(2)) };
}

/** A few hundred bytes that were just written: waiting for them in any other way takes longer. */
export function readLoose(folder: string, oid: Oid): GitObject | null {
  const { file } = looseAt(folder, oid);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return null;
  }
  return parseLoose(bytes, oid);
}

/** What is elsewhere may be on a network's file system, which may hang: our deadlines must not hang with it. */
export async function readLooseElsewhere(folder: string, oid: Oid): Promise<GitObject | null> {
  const { file } = looseAt(folder, oid);
  // Not of fs/promises, which would take 3 ms to load.
  const bytes = await new Promise<Buffer | null>((resolve) => {
    readFile(file, (error, content) => resolve(error === null ? content : null));
  });
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

/** Loads what it takes to name objects, for whoever has to wait for something else just now. */
export function prepareObjects(): void {
  oidOf(EMPTY_TREE, "sha1");
}
