/**
 * Refs of a repository on this machine, read in place: one git a look, and no copy of anything.
 * Owns how such a repository is found and read; must not change it.
 */
import { realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Ref } from "../lock/refs.ts";
import type { ObjectFormat } from "./commit.ts";
import { failureOf } from "./failure.ts";
import { type GitRun, runGit } from "./process.ts";
import type { Address } from "./remote.ts";

export interface Nearby {
  readonly gitDir: string;
  readonly objects: string;
  readonly format: ObjectFormat;
}

/**
 * Asks git itself, which also refuses what belongs to somebody else.
 * @returns `null` where there is nothing that can be read in place: then git is to say what is there
 */
export async function findNearby(path: string, address: Address, run: GitRun): Promise<Nearby | null> {
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

/** The refs that begin with `prefix`, or the one that it is. */
export async function refsNearby(
  { gitDir }: Nearby,
  prefix: string,
  address: Address,
  run: GitRun,
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
