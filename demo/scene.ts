/**
 * The demo's five workflow runs: each takes the lock, runs the guarded script, and gives the lock back in post.
 * Owns what happens, in which order, and what is known of it. Must not know how it is shown, nor judge it.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Hub, startHub } from "../test/hub/hub.ts";
import type { HubRepository } from "../test/hub/repository.ts";
import { type Job, startJob } from "../test/runner/runner.ts";
import type { Running } from "../test/runner/running.ts";
import { type LockView, tokenLabel, watchLock } from "./lock-watch.ts";
import { createTracked, repeat, type Tracked, track } from "./observer.ts";
import { phaseOf, type Row } from "./timeline.ts";

const LOCK = "publish";
export const PREFIX = `refs/locks/${LOCK}/`;
const RUN_IDS = [811, 812, 813, 814, 815];
const GUARDED = fileURLToPath(new URL("guarded.ts", import.meta.url));

/** What all of it stands on. */
interface Stage {
  readonly hub: Hub;
  readonly repository: HubRepository;
  /** The file that the guarded script counts in; its journal stands beside it. */
  readonly sharedFile: string;
}

export interface Scene extends Stage {
  readonly rows: readonly Row[];
  /** The run whose main was killed while it waited. */
  readonly killedRun: number | null;
  elapsedMs(): number;
  /** Until all runs have ended. */
  play(onEvent: (text: string) => void): Promise<void>;
  /** Ends every process, and removes all that was made. */
  close(): Promise<void>;
}

interface Actor extends Tracked {
  readonly job: Job;
  main: Running | null;
}

export async function openScene(bundle: string): Promise<Scene> {
  const hub = await startHub();
  const repository = await hub.addRepository("octo/app");
  await hub.warm();
  const folder = mkdtempSync(join(tmpdir(), "reflock-demo-"));
  const stage = { hub, repository, sharedFile: join(folder, "shared") };
  writeFileSync(stage.sharedFile, "0");
  writeFileSync(`${stage.sharedFile}.journal`, "");
  const actors = await Promise.all(RUN_IDS.map((runId) => castActor(stage, runId, bundle)));
  const startedAt = performance.now();
  const elapsedMs = (): number => performance.now() - startedAt;
  let killed: Actor | null = null;
  return {
    ...stage,
    rows: actors.map((actor) => actor.row),
    get killedRun() {
      return killed?.row.runId ?? null;
    },
    elapsedMs,
    play: async (onEvent) => {
      const look = watchLock(hub, repository, PREFIX);
      const observe = async (): Promise<void> => {
        const view = await look();
        for (const actor of inOrderOfEvents(actors, view)) track(actor, view, elapsedMs(), onEvent);
        killed ??= killOneWaiter(actors, view, elapsedMs(), onEvent);
      };
      const observing = repeat(observe);
      try {
        await Promise.all(actors.map((actor) => act(stage, actor)));
      } finally {
        await observing.stop();
      }
      await observe();
    },
    close: async () => {
      await Promise.all(actors.map((actor) => actor.job.dispose()));
      await hub.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function castActor({ hub, repository }: Stage, runId: number, bundle: string): Promise<Actor> {
  const token = hub.addToken({ label: tokenLabel(runId) });
  const [jobId, runnerName] = [runId * 10 + 1, `runner-${runId}`];
  repository.runs.addRun({ id: runId, name: "Publish" });
  repository.runs.addJob(runId, { id: jobId, name: "publish", runnerName });
  const job = await startJob({ hub, repository, token, runId, jobId, runnerName, bundle });
  return { ...createTracked(runId), job, main: null };
}

/** One workflow run, as its workflow file would have it: the action, a script, and the action's post. */
async function act({ repository, sharedFile }: Stage, actor: Actor): Promise<void> {
  const { job, row } = actor;
  const step = job.step({ inputs: { name: LOCK, wait: "1m" } });
  actor.main = step.main();
  const main = await actor.main.result;
  if (main.outputs.acquired === "true") {
    actor.stage = "script";
    const workMs = String(300 + Math.round(Math.random() * 300));
    const script = job.command(process.execPath, [GUARDED], { SHARED_FILE: sharedFile, WORK_MS: workMs });
    const { code, log } = await script.result;
    if (code !== 0) throw new Error(`the guarded script of run ${row.runId} failed:\n${log}`);
  } else if (main.signal !== "SIGKILL") {
    throw new Error(`main of run ${row.runId} failed:\n${main.log}`);
  }
  actor.stage = "post";
  const post = await step.post();
  if (post.code !== 0) throw new Error(`post of run ${row.runId} failed:\n${post.log}`);
  actor.stage = "over";
  const conclusion = main.code === 0 ? "success" : "failure";
  for (const one of repository.runs.attempt(row.runId)?.jobs ?? [])
    repository.runs.completeJob(one.id, conclusion);
  repository.runs.completeRun(row.runId, conclusion);
}

/** What was seen in one look is told in the order in which it must have happened: given back, taken, and the rest. */
function inOrderOfEvents(actors: readonly Actor[], { holder }: LockView): Actor[] {
  const rank = (actor: Actor): number => (actor.holds ? 0 : actor.row.runId === holder ? 1 : 2);
  return actors.toSorted((one, other) => rank(one) - rank(other));
}

/**
 * Once everybody waits who was not served yet, and only while the holder's script runs: then none of them can get the lock between this look
 * and the signal. Of a queue it takes the second, because the third watches that one's ticket.
 */
function killOneWaiter(
  actors: readonly Actor[],
  view: LockView,
  nowMs: number,
  onEvent: (text: string) => void,
): Actor | null {
  const unserved = actors.filter((actor) => actor.stage === "main");
  const allWait = unserved.length > 1 && unserved.every((actor) => phaseOf(actor.row) === "waiting");
  if (!allWait || !actors.some((actor) => actor.stage === "script")) return null;
  const victim = unserved.find((actor) => actor.row.runId === view.queue[1]) ?? unserved[1];
  if (victim?.main?.kill("SIGKILL") !== true) return null;
  victim.row.killedMs = nowMs;
  onEvent(`run ${victim.row.runId} is killed (SIGKILL) while it waits; its post still runs`);
  return victim;
}
