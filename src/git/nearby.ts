/**
 * Refs and objects of a repository on this machine, read in place: one git a look, and no copy of anything.
 * Owns how such a repository is found and read; must not change it.
 */
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { LockError } from "../lock/errors.ts";
import type { Oid, Ref } from "../lock/refs.ts";
import type { Address } from "./address.ts";
import { openBatchReader } from "./batch-reader.ts";
import { decodeCommit, EMPTY_TREE, type GitObject, type ObjectFormat, oidOf } from "./commit.ts";
import { failureOf } from "./failure.ts";
import { readLooseElsewhere } from "./loose.ts";
import type { Objects } from "./objects.ts";
import { type GitRun, runGit } from "./process.ts";

export interface Nearby {
  readonly gitDir: string;
  readonly objects: string;
  readonly format: ObjectFormat;
}

/** What is written stays in memory until it is sent. */
export interface NearbyObjects extends Objects {
  /** What is behind these commits and was not sent yet. */
  unsent(tips: readonly Oid[]): GitObject[];
  /** From now on these are read from the repository. */
  forget(objects: readonly GitObject[]): void;
  close(): void;
}

/**
 * Asks git itself, which also refuses what belongs to somebody else.
 * @returns `null` where there is nothing that can be read in place: then git is to say what is there
 */
export async function findNearby(path: string, address: Address, run: GitRun): Promise<Nearby | null> {
  checkAccess(path, address);
  if (/[\n"]/.test(path) || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return null;
  const cwd = realpathSync(path);
  // The folder itself, and not one in which it happens to be.
  const ceilings = [dirname(cwd), process.env.GIT_CEILING_DIRECTORIES ?? ""].join(delimiter);
  const question = ["rev-parse", "--path-format=absolute", "--git-common-dir", "--show-object-format"];
  const environment = { GIT_CEILING_DIRECTORIES: ceilings };
  const result = await runGit(question, { ...run, cwd, environment });
  if (result.ending !== "exit") throw failureOf(result, address, run.timeoutMs);
  const [gitDir, format] = result.stdout.split("\n");
  if (result.code !== 0 || gitDir === undefined || (format !== "sha1" && format !== "sha256")) return null;
  return { gitDir, objects: join(gitDir, "objects"), format };
}

/** git calls what it may not look into no repository, as if it were not there. */
function checkAccess(path: string, { shown }: Address): void {
  for (const place of [path, join(path, ".git"), join(path, "refs"), join(path, "objects")]) {
    try {
      accessSync(place, constants.R_OK | constants.X_OK);
    } catch (error) {
      if (!isNoAccess(error) || isFile(place)) continue;
      throw new LockError("denied", `You may not read ${shown}: its permissions do not allow it.`, {
        cause: error,
      });
    }
  }
}

function isNoAccess(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM");
}

/** Nobody needs to run a file to read it. */
function isFile(place: string): boolean {
  try {
    return statSync(place).isFile();
  } catch {
    return false;
  }
}

/** The refs that begin with `prefix`, or the one that it is. */
export async function refsNearby(
  {
    nearby: { gitDir },
    address,
    run,
  }: { readonly nearby: Nearby; readonly address: Address; readonly run: GitRun },
  prefix: string,
): Promise<Ref[]> {
  const format = "--format=%(objectname) %(objecttype) %(refname)";
  const result = await runGit(["for-each-ref", format, "--", prefix], { ...run, gitDir });
  if (result.ending !== "exit" || result.code !== 0) throw failureOf(result, address, run.timeoutMs);
  return result.stdout.split("\n").flatMap((line) => {
    const [oid, type, name] = line.split(" ");
    if (oid === undefined || name === undefined) return [];
    return [{ name, oid, isCommit: type === "commit" }];
  });
}

export function openNearbyObjects({ gitDir, objects, format }: Nearby, timeoutMs: number): NearbyObjects {
  const written = new Map<Oid, GitObject>();
  const packed = openBatchReader({ cwd: gitDir, gitDir }, timeoutMs);

  const unsentBehind = (tip: Oid): GitObject[] => {
    const found: GitObject[] = [];
    for (let oid: Oid | undefined = tip; oid !== undefined; ) {
      const commit = written.get(oid);
      if (commit === undefined) break;
      found.push(commit);
      oid = decodeCommit(oid, commit).parents[0];
    }
    // The tree that all of ours share: what they follow may be somebody else's.
    return found.length === 0 ? [] : [...found, EMPTY_TREE];
  };

  return {
    format,
    unsent: (tips) => [...new Set(tips.flatMap(unsentBehind))],
    forget(sent) {
      for (const object of sent) written.delete(oidOf(object, format));
    },
    read: async (oid) =>
      written.get(oid) ?? (await readLooseElsewhere(objects, oid)) ?? (await packed.read(oid)),
    async write(object) {
      const oid = oidOf(object, format);
      written.set(oid, object);
      return oid;
    },
    close: () => packed.close(),
  };
}
