/**
 * Owns the lives of the jobs that use the locks: how often they come, as new runs or as further attempts of the same one, and what the runners and the
 * status API make of their ends. Must not know what a job does with its locks.
 */
import type { Identity } from "../../src/lock/identity.ts";
import { acquireLocks, type Held, post, work } from "./job-steps.ts";
import { type JobState, type Part, type RunState, whoIs } from "./jobs.ts";
import type { Way } from "./memory-store.ts";
import type { Random } from "./random.ts";
import { count, type Machine, type Saved, type Scene, type Scenes } from "./scene.ts";

export interface Job {
  readonly id: number;
  readonly scenes: Scenes;
  /** The locks that it wants, in the order in which it names them. */
  readonly wants: Scenes;
  readonly machine: Machine;
  readonly who: Identity;
  readonly state: JobState;
  readonly random: Random;
  readonly way: Way;
  /** Of main: what post finds. */
  readonly saved: Saved;
}

/** One who runs the same job a few times, each time as a new run, and now and then starts a run again. */
export async function liveOn(scenes: Scenes, actor: number, way: Way): Promise<void> {
  const [scene] = scenes;
  const random = scene.random.split(`actor ${actor}`);
  const runs = 1 + random.below(3);
  for (let run = 1; run <= runs; run++) {
    await scene.world.sleep(random.chance(0.3) ? 0 : random.between(0, 120_000) ** random.between(0.5, 1));
    await runAll(scenes, actor, run, random.split(`run ${run}`), way);
  }
}

/** The attempts of one run. A further one may leave our job out: "re-run failed jobs". */
async function runAll(scenes: Scenes, actor: number, run: number, random: Random, way: Way): Promise<void> {
  const [scene] = scenes;
  const chance = random.split("attempts");
  const attempts = chance.chance(0.25) ? 2 + chance.below(2) : 1;
  const runner = chance.chance(0.3) ? `own-${actor}` : null;
  const knowsId = !chance.chance(0.15);
  const state: RunState = { id: 10_000 + actor * 10 + run, attempts: [] };
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (attempt > 1) await scene.world.sleep(chance.pick([0, chance.between(0, 30_000), 600_000]));
    state.attempts.push({ startedAtMs: wholeSecondsOf(scene.serverMs()), completedAtMs: null });
    if (attempt > 1) count(scene, "attempts of a run after the first");
    if (attempt > 1 && chance.chance(0.25)) {
      count(scene, "attempts without the job that took the lock");
      continue;
    }
    const id = actor * 100 + run * 10 + attempt;
    const part = { run: state, attempt, knowsId, runner: runner ?? `r-${id}` };
    if (!knowsId) count(scene, "jobs that do not know their id");
    const job = createJob(scenes, id, part, attempt === 1 ? random : random.split(`attempt ${attempt}`), way);
    await runJob(job);
  }
}

function wholeSecondsOf(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function createJob(scenes: Scenes, id: number, part: Part, random: Random, way: Way): Job {
  const [scene] = scenes;
  const name = `job ${id}`;
  const state = scene.jobs.begin(id, part);
  const isBlind = scene.clock === "local" || (!scene.isOrderly && random.chance(0.1));
  count(scene, "jobs");
  const machine = { name, random, isBlind, fateOf: scene.faults.machine(random.split("requests")) };
  const wants = wanted(scenes, random.split("wants"));
  if (wants.length > 1) count(scene, "jobs that want several locks");
  return { id, scenes, wants, machine, who: whoIs(id, part), state, random, way, saved: { text: "" } };
}

/** One of them, or several in any order. */
function wanted(scenes: Scenes, random: Random): Scenes {
  if (scenes.length === 1) return scenes;
  const left = [...scenes];
  const wants: Scene[] = [];
  for (let more = random.pick([1, 1, 2, scenes.length]); more > 0; more--)
    wants.push(...left.splice(random.below(left.length), 1));
  const [first = scenes[0], ...others] = wants;
  return [first, ...others];
}

async function runJob(job: Job): Promise<void> {
  const held = await acquireLocks(job);
  const isAlive = held !== "dead" && (held === null || (await work(job, held)));
  if (isAlive) job.state.isClean = await post(job, held);
  if (held !== null && held !== "dead") leave(held);
  complete(job, isAlive);
}

export function leave(held: readonly Held[]): void {
  for (const { scene, hold } of held) scene.judge.leaving(hold.nonce);
}

/** A job whose machine died stays in progress for a while, or for good. */
function complete({ state, random, machine, scenes: [scene] }: Job, isAlive: boolean): void {
  const isStuck = !isAlive && random.chance(0.2);
  const noticedAfterMs = isAlive ? 0 : random.between(600_000, 2_400_000);
  const attempt = state.part?.run.attempts[state.part.attempt - 1];
  state.isGone = true;
  const atMs = wholeSecondsOf(scene.serverMs() + noticedAfterMs);
  if (!isStuck) state.completedAtMs = atMs;
  // Of a run that somebody cancelled the attempt is over, even where a job of it is shown as running for ever.
  if (attempt !== undefined && (!isStuck || random.chance(0.3))) attempt.completedAtMs = atMs + 2000;
  scene.world.trace(() => `${machine.name} is gone${state.isClean ? "" : ", and did not clean up"}`);
}
