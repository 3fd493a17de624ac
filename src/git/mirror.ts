/**
 * Refs of a repository elsewhere, read by fetching them: one git lists them and brings the commits at their tips along, so that reading these costs
 * nothing more.
 * Owns the repositories into which is fetched, which share the private store's objects; must not know what the refs mean.
 *
 * Why not `git ls-remote`: it has the server list every ref that there is and picks from them afterwards, which in a repository with many pull requests
 * are megabytes for each look of a waiter. A fetch asks for a prefix.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Oid } from "../lock/refs.ts";
import { isOid } from "./commit.ts";
import type { PrivateObjects } from "./objects.ts";
import type { GitResult } from "./process.ts";

export interface Fetching {
  readonly objects: PrivateObjects;
  /** Runs `git fetch` with these arguments, and gives its result if it came to its end by itself. */
  fetch(args: readonly string[], gitDir: string): Promise<GitResult>;
  /** What a failure means. */
  failure(result: GitResult): Error;
}

export interface Mirror {
  /** The refs as they are now, by their full names. */
  read(): Promise<Map<string, Oid>>;
}

/** A claim's fencing token stands in the entry which it follows. */
const DEPTH = 2;

const HERE = "refs/mirror/";

/**
 * @param source a full ref name, or a prefix that ends with `/`
 */
export function openMirror(source: string, { objects, fetch, failure }: Fetching): Mirror {
  const isPrefix = source.endsWith("/");
  const refspec = isPrefix ? `+${source}*:${HERE}*` : `+${source}:${HERE}tip`;
  let gitDir: string | null = null;
  let last: Promise<unknown> = Promise.resolve();

  const look = async (): Promise<Map<string, Oid>> => {
    // Only the first time: from then on each fetch brings what is new, and asks for nothing where nothing is.
    const depth = gitDir === null ? [`--depth=${DEPTH}`] : [];
    gitDir ??= objects.newGitDir();
    const from = gitDir;
    try {
      const result = await fetch([...depth, ...(isPrefix ? ["--prune"] : []), refspec], from);
      if (result.code === 0) return await refsIn(from, (name) => (isPrefix ? source + name : source));
      if (!isNothing(result)) throw failure(result);
      await drop(from);
      return new Map();
    } catch (error) {
      await drop(from);
      throw error;
    }
  };

  /** What a failure leaves behind, among others the lock files of a git that was ended, is not looked at again. */
  const drop = async (path: string) => {
    gitDir = null;
    await rm(path, { recursive: true, force: true });
  };

  return {
    read() {
      // Two at once would meet at the same refs.
      const read = last.then(look);
      last = read.catch(() => {});
      return read;
    },
  };
}

/**
 * No such ref. Where a depth is asked for and none matches, git ends with 1 and says nothing, or, in its first protocol, that it found no match.
 */
function isNothing({ code, stderr }: GitResult): boolean {
  return (
    /couldn't find remote ref|no matching remote head/.test(stderr) || (code === 1 && stderr.trim() === "")
  );
}

/** A commit that no ref need point at, and those behind it, up to `depth`. */
export async function fetchCommit(oid: Oid, depth: number, fetching: Fetching): Promise<GitResult> {
  return await fetchOnce([`--depth=${depth}`, oid], fetching);
}

/** All that is behind these refs: for servers that give out nothing but the tips of refs. */
export async function fetchAll(sources: readonly string[], fetching: Fetching): Promise<GitResult> {
  const refspecs = sources.map((source) =>
    source.endsWith("/") ? `+${source}*:${HERE}${source}*` : `+${source}:${HERE}${source}`,
  );
  return await fetchOnce(refspecs, fetching);
}

async function fetchOnce(args: readonly string[], { objects, fetch }: Fetching): Promise<GitResult> {
  const gitDir = objects.newGitDir();
  try {
    return await fetch(args, gitDir);
  } finally {
    await rm(gitDir, { recursive: true, force: true });
  }
}

/** The refs as git's files have them, which here are all its own work: asking git for them would be one process more. */
async function refsIn(gitDir: string, fullName: (name: string) => string): Promise<Map<string, Oid>> {
  const refs = new Map<string, Oid>();
  for (const line of (await textOf(join(gitDir, "packed-refs"))).split("\n")) {
    const [oid = "", name = ""] = line.split(" ");
    if (isOid(oid) && name.startsWith(HERE)) refs.set(fullName(name.slice(HERE.length)), oid);
  }
  const folder = join(gitDir, HERE);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const found = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const oid = (await textOf(path)).trim();
      return [path.slice(folder.length).replaceAll("\\", "/"), oid] as const;
    }),
  );
  for (const [name, oid] of found) if (isOid(oid)) refs.set(fullName(name), oid);
  return refs;
}

async function textOf(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}
