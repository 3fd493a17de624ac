/**
 * Owns the life of the jobs that use the lock: wait for it, work, check, give back, and what runners do to jobs meanwhile. Uses the policy only as the
 * action does. Must not judge, but report what a job was told.
 */

import { isLockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { handedNothing, type Identity, type Mine } from "../../src/lock/identity.ts";
import type { LockName } from "../../src/lock/name.ts";
import { type JobState, whoIs } from "./jobs.ts";
import type { Way } from "./memory-store.ts";
import type { Random } from "./random.ts";
import {
  count,
  endOfStep,
  type Machine,
  type Saved,
  type SavedState,
  type Scene,
  type Step,
  startStep,
} from "./scene.ts";
import {
  judgeDuration,
  judgeEntrance,
  judgeFailedAcquire,
  judgeFailedCheck,
  judgeGivenBack,
} from "./testimony.ts";

const TROUBLE_MS = 60_000;
/** The runner's patience with a cancelled step: SIGINT, then SIGTERM, then the tree is killed. */
const CANCEL_MS = 10_000;

export interface Job {
  readonly id: number;
  readonly machine: Machine;
  readonly who: Identity;
  readonly state: JobState;
  readonly random: Random;
  readonly way: Way;
  /** Of main: what post finds. */
  readonly saved: Saved;
}

/** One who runs the same job a few times, each time as a new run. */
export async function liveOn(scene: Scene, actor: number, way: Way): Promise<void> {
  const random = scene.random.split(`actor ${actor}`);
  const runs = 1 + random.below(3);
  for (let run = 1; run <= runs; run++) {
    await scene.world.sleep(random.chance(0.3) ? 0 : random.between(0, 120_000) ** random.between(0.5, 1));
    await runJob(scene, createJob(scene, actor, run, random.split(`run ${run}`), way));
  }
}

function createJob(scene: Scene, actor: number, run: number, random: Random, way: Way): Job {
  const id = actor * 100 + run;
  const name = `job ${id}`;
  const state = scene.jobs.begin(id);
  const isBlind = scene.clock === "local" || (!scene.isOrderly && random.chance(0.1));
  count(scene, "jobs");
  const machine = { name, random, isBlind, fateOf: scene.faults.machine(random.split("requests")) };
  return { id, machine, who: whoIs(id), state, random, way, saved: { text: "" } };
}

async function runJob(scene: Scene, job: Job): Promise<void> {
  const hold = await main(scene, job);
  const isAlive = hold === "dead" ? false : hold === null || (await work(scene, job, hold));
  if (isAlive) job.state.isClean = await post(scene, job, hold === "dead" ? null : hold);
  if (hold !== null && hold !== "dead") scene.judge.leaving(hold.nonce);
  complete(scene, job, isAlive);
}

/** A job whose machine died stays in progress for a while, or for good. */
function complete(scene: Scene, { state, random, machine }: Job, isAlive: boolean): void {
  const isStuck = !isAlive && random.chance(0.2);
  const noticedAfterMs = isAlive ? 0 : random.between(600_000, 2_400_000);
  state.isGone = true;
  if (!isStuck) state.completedAtMs = Math.floor((scene.serverMs() + noticedAfterMs) / 1000) * 1000;
  scene.world.trace(() => `${machine.name} is gone${state.isClean ? "" : ", and did not clean up"}`);
}

async function main(scene: Scene, job: Job): Promise<Hold | null | "dead"> {
  const { random } = job;
  const step = startStep(scene, job.machine, "main", job.way, job.saved);
  const waitMs = random.pick([
    0,
    random.between(5000, 120_000),
    random.between(600_000, 3_600_000),
    Infinity,
  ]);
  const cancel = random.chance(0.15) ? new AbortController() : null;
  if (cancel !== null) cancelLater(scene, step, cancel, random.between(0, random.pick([5000, 600_000])));
  const startedMs = scene.world.nowMs();
  const wish = {
    ...({
      lock: scene.lock,
      slots: scene.slots,
      scope: "job",
      waitMs,
      who: job.who,
      mine: handedNothing(job.who),
    } as const),
    ...{
      maxHoldSeconds: random.chance(0.2) ? 5 + random.below(300) : null,
      leaseSeconds: null,
      reason: null,
      freeze: false,
    },
    ...{ ...(cancel === null ? {} : { signal: cancel.signal }) },
  };
  const acquired = scene.policy.acquire(step.ports, wish).then((hold) => {
    judgeEntrance(scene, job, step, hold, scene.world.nowMs() - startedMs);
    return hold;
  });
  const end = await endOfStep(step, acquired);
  judgeDuration(scene, job, waitMs, scene.world.nowMs() - startedMs - step.process.stoodStillMs());
  switch (end.kind) {
    case "done":
      return end.result;
    case "killed":
      count(scene, "killed in acquire");
      return random.chance(0.4) ? "dead" : null;
    case "failed":
      judgeFailedAcquire(scene, job, end.error, { waitMs, tookMs: scene.world.nowMs() - startedMs, cancel });
      return null;
  }
}

function cancelLater(scene: Scene, { process }: Step, cancel: AbortController, afterMs: number): void {
  scene.world.after(afterMs, () => {
    if (!process.isAlive()) return;
    count(scene, "cancelled");
    scene.world.trace(() => `${process.name} is cancelled`);
    process.interrupt(() => cancel.abort());
    scene.world.after(CANCEL_MS, () => process.kill("since it did not end in time"));
  });
}

/** @returns whether the machine lives on */
async function work(scene: Scene, job: Job, hold: Hold): Promise<boolean> {
  const { random } = job;
  const parts = random.pick([1, 1, 2, 3]);
  for (let part = 1; part <= parts; part++) {
    const step = startStep(scene, job.machine, `work ${part}`, job.way, null);
    const workMs = random.between(1, random.pick([100, 20_000, 300_000]));
    const end = await endOfStep(step, step.ports.clock.sleep(workMs));
    if (end.kind === "killed") return !random.chance(0.4);
    if (random.chance(0.3) && !(await checkHold(scene, job, hold, part))) return !random.chance(0.4);
  }
  return random.chance(0.25) ? await release(scene, job, hold) : true;
}

/** @returns whether the job goes on */
async function checkHold(scene: Scene, job: Job, hold: Hold, part: number): Promise<boolean> {
  const step = startStep(scene, job.machine, `check ${part}`, job.way, null);
  const patience = { untilMs: step.ports.clock.monotonicMs() + TROUBLE_MS };
  const endedBefore = scene.judge.endOf(hold.nonce);
  const end = await endOfStep(step, scene.policy.check(step.ports, scene.lock, mineOf(job, hold), patience));
  if (end.kind === "failed") judgeFailedCheck(scene, job, hold, end.error);
  if (end.kind === "done" && endedBefore !== null)
    scene.judge.accuse(6, `job ${job.id} was told that its hold stands, which was ended by ${endedBefore}`);
  if (end.kind === "done" && !scene.judge.hasLanded(end.result.claim))
    scene.judge.accuse(6, `job ${job.id} was told that its hold stands, by a renewal that never landed`);
  count(scene, `check: ${end.kind}`);
  return end.kind === "done";
}

/** As the action's `release` does. @returns whether the machine lives on */
async function release(scene: Scene, job: Job, hold: Hold): Promise<boolean> {
  const step = startStep(scene, job.machine, "release", job.way, null);
  scene.judge.leaving(hold.nonce);
  const patience = { untilMs: step.ports.clock.monotonicMs() + TROUBLE_MS };
  const { policy } = scene;
  const released = async () => {
    const own = await policy.findOwn(step.ports, scene.lock, mineOf(job, hold), patience);
    if (own.kind !== "held") return null;
    const given = await policy.giveBack(step.ports, own.hold, { by: job.who, reason: null }, patience, own);
    judgeGivenBack(scene, job, own.hold, given);
    return given;
  };
  const end = await endOfStep(step, released());
  if (end.kind === "failed") judgeFailedCheck(scene, job, hold, end.error);
  count(scene, `release: ${end.kind}`);
  return !(end.kind === "killed" && job.random.chance(0.4));
}

/** @returns whether it left nothing behind, as far as it was told */
async function post(scene: Scene, job: Job, hold: Hold | null): Promise<boolean> {
  if (hold !== null) scene.judge.leaving(hold.nonce);
  if (job.saved.text === "") return true;
  const saved = JSON.parse(job.saved.text) as SavedState;
  const step = startStep(scene, job.machine, "post", saved.way, null);
  const ending = { by: job.who, reason: null };
  const end = await endOfStep(step, scene.policy.giveAllBack(step.ports, saved, ending, TROUBLE_MS));
  count(scene, `post: ${end.kind}`);
  if (end.kind === "failed" && !isLockError(end.error, "unreachable", "throttled", "denied"))
    scene.judge.accuse(0, `post of job ${job.id} failed: ${String(end.error)}`);
  if (end.kind !== "done") return false;
  let isClean = true;
  for (const done of end.result) {
    if (!("error" in done)) judgeGivenBack(scene, job, done.hold, done.given);
    else if (isLockError(done.error, "unreachable", "throttled", "denied")) isClean = false;
    else scene.judge.accuse(0, `post of job ${job.id} failed: ${String(done.error)}`);
  }
  return isClean;
}

function mineOf(job: Job, hold: Hold): Mine {
  const handed = (lock: LockName) => (lock.encoded === hold.lock.encoded ? hold.sequence : null);
  return { nonces: new Set([hold.nonce]), handed, identity: job.who };
}
