/**
 * Reads a log back from one of its commits.
 */
import { insist, type Patience } from "./insist.ts";
import type { Ports } from "./ports.ts";
import type { Commit, Oid } from "./refs.ts";

/** More than most holds, with their renewals, leave behind: one request. */
const COMMITS = 50;

/** Adds to `known` the commit and those behind it, and returns them, newest first. */
export async function readBack(
  ports: Ports,
  oid: Oid,
  known: Map<Oid, Commit>,
  patience: Patience,
): Promise<readonly Commit[]> {
  const commits = await insist(ports, patience, () => ports.store.history(oid, COMMITS));
  for (const commit of commits) known.set(commit.oid, commit);
  return commits;
}
