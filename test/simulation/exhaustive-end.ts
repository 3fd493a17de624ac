/**
 * Owns what must be true when everybody of the exhaustive search has left: what may be left behind, and who must have been served. Must not know the way
 * there.
 */
import { type State, standAt } from "./exhaustive-moves.ts";
import type { Server } from "./exhaustive-server.ts";
import { slotOf, type Violation } from "./invariants.ts";

/** @param isUntroubled nothing has gone wrong, and nobody was told to stop */
export function judgeEnd(
  state: State,
  waits: readonly (0 | "forever")[],
  isUntroubled: boolean,
  server: Server,
): Violation | null {
  return leftBehind(state, isUntroubled, server) ?? (isUntroubled ? unserved(state, waits) : null);
}

/** What is late may still land, so that this is asked whenever all have left, and not only at the very end. */
function leftBehind(state: State, isUntroubled: boolean, { logs }: Server): Violation | null {
  const { all } = state.refs;
  for (const { name, oid } of all.filter(({ name }) => slotOf(name) !== null)) {
    const { kind, jobId } = logs.node(oid);
    if (kind === "claim" && standAt(state, jobId).place.stage === "done")
      return { promise: 3, what: `${name} is held by job ${jobId}` };
  }
  const other = all.find(({ name }) => slotOf(name) === null);
  return isUntroubled && other !== undefined ? { promise: 7, what: `${other.name} is left` } : null;
}

/** Whoever waits for ever is served; and of those who do not, one at least, since somebody must have been in the way of the others. */
function unserved({ actors }: State, waits: readonly (0 | "forever")[]): Violation | null {
  const forgotten = waits.findIndex((wait, index) => wait === "forever" && !actors[index]?.isServed);
  if (forgotten >= 0) return { promise: 4, what: `job ${forgotten + 1} waited for ever, and left unserved` };
  return actors.some(({ isServed }) => isServed) ? null : { promise: 4, what: "nobody was served" };
}
