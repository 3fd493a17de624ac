/**
 * The demo's five workflow runs: each takes the lock, runs the guarded script, and gives the lock back in post, but for those that are killed.
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
import { completeJobs, crash, killOneWaiter, type Scenery } from "./accidents.ts";
import { journalBeside } from "./journal.ts";
import { type LockView, tokenLabel, watchLock } from "./lock-watch.ts";
import { createTracked, repeat, type Tracked, track } from "./observer.ts";
import type { Row } from "./timeline.ts";

const LOCK = "publish";
export const PREFIX = `refs/locks/${LOCK}/`;
const RUN_IDS = [811, 812, 813, 814, 815];
const GUARDED = fileURLToPath(new URL("guarded.ts", import.meta.url));

/** How long the script of the one works that is to be killed under it: however slow the machine, that comes first. */
const DOOMED_WORK_MS = 20_000;

/** What all of it stands on. */
interface Stage {
  readonly hub: Hub;
  readonly repository: HubRepository;
  /** The file that the guarded script counts in; its journal stands beside it. */
  readonly sharedFile: string;
}

export interface Scene extends Stage {
  readonly rows: readonly Row[];
  /** The run that was killed while it held: the first that got the lock. */
  readonly deadHolder: number | null;
  /** The run whose main was killed while it waited. */
  readonly deadWaiter: number | null;
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

/** Who was hit. */
interface Accidents {
  holder: Actor | null;
  waiter: Actor | null;
}

export async function openScene(bundle: string): Promise<Scene> {
  const hub = await startHub();
  const repository = await hub.addRepository("octo/app");
  await hub.warm();
  const folder = mkdtempSync(join(tmpdir(), "reflock-demo-"));
  const stage = { hub, repository, sharedFile: join(folder, "shared") };
  writeFileSync(stage.sharedFile, "0");
  writeFileSync(journalBeside(stage.sharedFile), "");
  const actors = await Promise.all(RUN_IDS.map((runId) => castActor(stage, runId, bundle)));
  const accidents: Accidents = { holder: null, waiter: null };
  const startedAt = performance.now();
  const elapsedMs = (): number => performance.now() - startedAt;
  return {
    ...stage,
    rows: actors.map((actor) => actor.row),
    get deadHolder() {
      return accidents.holder?.row.runId ?? null;
    },
    get deadWaiter() {
      return accidents.waiter?.row.runId ?? null;
    },
    elapsedMs,
    play: (onEvent) => play(stage, actors, accidents, { ...stage, elapsedMs, onEvent }),
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

async function play(
  { hub, repository }: Stage,
  actors: readonly Actor[],
  accidents: Accidents,
  scenery: Scenery,
): Promise<void> {
  const look = watchLock(hub, repository, PREFIX);
  const observe = async (): Promise<void> => {
    const view = await look();
    for (const actor of inOrderOfEvents(actors, view))
      track(actor, view, scenery.elapsedMs(), scenery.onEvent);
    if (accidents.holder !== null)
      accidents.waiter ??= killOneWaiter(actors, view, accidents.holder, scenery);
  };
  const observing = repeat(observe);
  try {
    await Promise.all(actors.map((actor) => act(actor, accidents, scenery)));
  } finally {
    await observing.stop();
  }
  await observe();
}

/** One workflow run, as its workflow file would have it: the action, a script, and the action's post. */
async function act(actor: Actor, accidents: Accidents, scenery: Scenery): Promise<void> {
  const { job, row } = actor;
  const step = job.step({ inputs: { name: LOCK, wait: "1m" } });
  actor.main = step.main();
  const main = await actor.main.result;
  if (main.outputs.acquired === "true") {
    actor.stage = "script";
    if (accidents.holder === null) {
      accidents.holder = actor;
      await crash(scenery, actor, startScript(actor, scenery, DOOMED_WORK_MS));
      return;
    }
    const script = startScript(actor, scenery, 200 + Math.round(Math.random() * 200));
    const { code, log } = await script.result;
    if (code !== 0) throw new Error(`the guarded script of run ${row.runId} failed:\n${log}`);
  } else if (main.signal !== "SIGKILL") {
    throw new Error(`main of run ${row.runId} failed:\n${main.log}`);
  }
  actor.stage = "post";
  const post = await step.post();
  if (post.code !== 0) throw new Error(`post of run ${row.runId} failed:\n${post.log}`);
  actor.stage = "over";
  completeJobs(scenery.repository, row.runId, main.code === 0 ? "success" : "failure");
}

function startScript({ job }: Actor, { sharedFile }: Scenery, workMs: number): Running {
  return job.command(process.execPath, [GUARDED], { SHARED_FILE: sharedFile, WORK_MS: String(workMs) });
}

/** What was seen in one look is told in the order in which it must have happened: given back, taken, and the rest. */
function inOrderOfEvents(actors: readonly Actor[], { holder }: LockView): Actor[] {
  const rank = (actor: Actor): number => (actor.holds ? 0 : actor.row.runId === holder ? 1 : 2);
  return actors.toSorted((one, other) => rank(one) - rank(other));
}
