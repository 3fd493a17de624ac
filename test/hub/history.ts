/**
 * Owns walks back through commits, whose parents are read one by one. Knows nothing of what they say.
 */
import type { Commit } from "./objects.ts";
import type { HubRepository } from "./repository.ts";

/** Up to `count` commits from `start` on, newest first, in git's order. */
export async function history(repository: HubRepository, start: string, count: number): Promise<Commit[]> {
  const found: Commit[] = [];
  for (let next: string | undefined = start; next !== undefined && found.length < count; ) {
    const commit: Commit | null = await repository.commit(next);
    if (commit === null) break;
    if (commit.parents.length > 1) return mergedHistory(repository, start, count);
    found.push(commit);
    next = commit.parents[0];
  }
  return found;
}

/** Where lines of history meet, which comes first is git's to say. */
async function mergedHistory(repository: HubRepository, start: string, count: number): Promise<Commit[]> {
  const oids = await repository.git(["rev-list", `--max-count=${count}`, start]);
  const commits = await Promise.all(oids.split("\n").filter(Boolean).map(repository.commit));
  return commits.filter((commit) => commit !== null);
}

/** Whether `ancestor` is `descendant` itself, or before it by whatever parents. */
export async function isAncestor(
  read: HubRepository["commit"],
  ancestor: string,
  descendant: string,
): Promise<boolean> {
  const seen = new Set([descendant]);
  // What is added while the set is walked is walked as well.
  for (const oid of seen) {
    if (oid === ancestor) return true;
    for (const parent of (await read(oid))?.parents ?? []) seen.add(parent);
  }
  return false;
}
