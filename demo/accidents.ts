/**
 * The two accidents: the machine of the first holder dies under its script, and a waiter is killed in the queue.
 * Owns whom they hit, when, and what GitHub would say after. Must not know what a run does otherwise, nor how it ends for the others.
 */
import { setTimeout } from "node:timers/promises";
import type { HubRepository } from "../test/hub/repository.ts";
import type { Running } from "../test/runner/running.ts";
import { hasBegun, noteKilled } from "./journal.ts";
import type { LockView } from "./lock-watch.ts";
import type { Tracked } from "./observer.ts";
import { enter } from "./timeline.ts";

/** How long the doomed script works: long enough to be seen. */
const WORKED_MS = 400;

/**
 * How long its job goes on being called in progress. On GitHub that takes minutes. Here, together with what comes before, it must leave ten seconds
 * before the others look for the first time, 15 s after they came: they look again only a minute later.
 */
const CALLED_COMPLETED_AFTER_MS = 200;

/** When the waiter is killed, counted from the first death: late enough to be seen as another one, and before anybody can be served. */
const SECOND_ACCIDENT_MS = { from: 2000, to: 8000 } as const;

export interface Scenery {
  readonly repository: HubRepository;
  readonly sharedFile: string;
  elapsedMs(): number;
  onEvent(text: string): void;
}

/** All that is left of the run is the script, so that its death is the machine's: nothing of the run starts after it, and no post. */
export async function crash(scenery: Scenery, doomed: Tracked, script: Running): Promise<void> {
  const { repository, sharedFile, elapsedMs, onEvent } = scenery;
  const { row } = doomed;
  const { runId } = row;
  const hasEnded = script.exited.then(() => true);
  while (!hasBegun(sharedFile, runId)) {
    if (await Promise.race([hasEnded, setTimeout(10, false)])) break;
  }
  await setTimeout(WORKED_MS);
  if (!script.kill("SIGKILL")) throw new Error(`the script of run ${runId} ended before it was killed`);
  await script.exited;
  noteKilled(sharedFile, runId);
  row.killedMs = elapsedMs();
  doomed.stage = "dead";
  // Not only with the next look: its script must not seem to run on.
  enter(row, "dead", row.killedMs);
  onEvent(`run ${runId} is killed (SIGKILL) while it holds; its post never runs`);
  await setTimeout(CALLED_COMPLETED_AFTER_MS);
  completeJobs(repository, runId, "failure");
  onEvent(`the API calls run ${runId}'s job completed; who waits looks after 15 s`);
}

export function completeJobs(
  { runs }: HubRepository,
  runId: number,
  conclusion: "success" | "failure",
): void {
  for (const { id } of runs.attempt(runId)?.jobs ?? []) runs.completeJob(id, conclusion);
  runs.completeRun(runId, conclusion);
}

/**
 * Only while the lock is held by the dead, whom nobody may take for dead yet: then none of the waiters can get it between this look and the signal.
 * It takes the second in the queue, because the third watches that one's ticket.
 * @returns whom it has hit
 */
export function killOneWaiter<Actor extends Tracked & { readonly main: Running | null }>(
  actors: readonly Actor[],
  { queue }: LockView,
  dead: Tracked,
  { elapsedMs, onEvent }: Scenery,
): Actor | null {
  const sinceMs = elapsedMs() - (dead.row.killedMs ?? Number.POSITIVE_INFINITY);
  if (!dead.holds || sinceMs < SECOND_ACCIDENT_MS.from || sinceMs > SECOND_ACCIDENT_MS.to) return null;
  if (queue.length < actors.length - 1) return null;
  const victim = actors.find(({ row }) => row.runId === queue[1]);
  if (victim?.main?.kill("SIGKILL") !== true) return null;
  victim.row.killedMs = elapsedMs();
  onEvent(`run ${victim.row.runId} is killed (SIGKILL) while it waits; its post still runs`);
  return victim;
}
