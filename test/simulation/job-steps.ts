/**
 * Owns the steps of a job that uses locks: wait for them, work, check, give back, post. Uses the policy only as the action does. Must not judge, but
 * report what a job was told.
 */
import { isLockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { handedNothing, type Mine } from "../../src/lock/identity.ts";
import type { LockName } from "../../src/lock/name.ts";
import type { Job } from "./actors.ts";
import { count, endOfStep, type SavedState, type Scene, type Step, sceneOf, startStep } from "./scene.ts";
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

/** A hold, and the scene of its lock. */
export interface Held {
  readonly scene: Scene;
  readonly hold: Hold;
}

export async function acquireLocks(job: Job): Promise<Held[] | null | "dead"> {
  const { random, wants } = job;
  const [scene] = wants;
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
    ...({ slots: scene.slots, scope: "job", waitMs, who: job.who, mine: handedNothing(job.who) } as const),
    ...{ maxHoldSeconds: random.chance(0.2) ? 5 + random.below(300) : null, leaseSeconds: null },
    ...{ reason: null, freeze: false, ...(cancel === null ? {} : { signal: cancel.signal }) },
  };
  const acquiring =
    wants.length === 1
      ? scene.policy.acquire(step.ports, { ...wish, lock: scene.lock }).then((hold) => [hold])
      : scene.policy.acquireAll(
          step.ports,
          wants.map(({ lock }) => lock),
          wish,
        );
  const acquired = acquiring.then((holds) => {
    const held = holds.map((hold) => ({ hold, scene: sceneOf(job.scenes, hold) }));
    judgeEntrance(job, step, held, scene.world.nowMs() - startedMs);
    return held;
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
      judgeFailedAcquire(job, end.error, { waitMs, startedMs, cancel });
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
export async function work(job: Job, held: readonly Held[]): Promise<boolean> {
  const { random } = job;
  const parts = random.pick([1, 1, 2, 3]);
  for (let part = 1; part <= parts; part++) {
    const step = startStep(job.scenes[0], job.machine, `work ${part}`, job.way, null);
    const workMs = random.between(1, random.pick([100, 20_000, 300_000]));
    const end = await endOfStep(step, step.ports.clock.sleep(workMs));
    if (end.kind === "killed") return !random.chance(0.4);
    const checked = random.chance(0.3) ? held[random.below(held.length)] : undefined;
    if (checked !== undefined && !(await checkHold(job, checked, part))) return !random.chance(0.4);
  }
  return random.chance(0.25) ? await release(job, held) : true;
}

/** @returns whether the job goes on */
async function checkHold(job: Job, { scene, hold }: Held, part: number): Promise<boolean> {
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

/** As the action's `release` does, in reverse. @returns whether the machine lives on */
async function release(job: Job, held: readonly Held[]): Promise<boolean> {
  const step = startStep(job.scenes[0], job.machine, "release", job.way, null);
  for (const { scene, hold } of held) scene.judge.leaving(hold.nonce);
  const released = async () => {
    for (const { scene, hold } of held.toReversed()) await releaseOne(job, step, scene, hold);
  };
  const end = await endOfStep(step, released());
  if (end.kind === "failed") throw end.error;
  count(job.scenes[0], `release: ${end.kind}`);
  return !(end.kind === "killed" && job.random.chance(0.4));
}

async function releaseOne(job: Job, { ports }: Step, scene: Scene, hold: Hold): Promise<void> {
  const patience = { untilMs: ports.clock.monotonicMs() + TROUBLE_MS };
  const { policy } = scene;
  try {
    const own = await policy.findOwn(ports, scene.lock, mineOf(job, hold), patience);
    if (own.kind !== "held") return;
    const given = await policy.giveBack(ports, own.hold, { by: job.who, reason: null }, patience, own);
    judgeGivenBack(scene, job, own.hold, given);
  } catch (error) {
    judgeFailedCheck(scene, job, hold, error);
  }
}

/** @returns whether it left nothing behind, as far as it was told */
export async function post(job: Job, held: readonly Held[] | null): Promise<boolean> {
  const [scene] = job.scenes;
  for (const { scene, hold } of held ?? []) scene.judge.leaving(hold.nonce);
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
    if (!("error" in done)) judgeGivenBack(sceneOf(job.scenes, done.hold), job, done.hold, done.given);
    else if (isLockError(done.error, "unreachable", "throttled", "denied")) isClean = false;
    else scene.judge.accuse(0, `post of job ${job.id} failed: ${String(done.error)}`);
  }
  return isClean;
}

function mineOf(job: Job, hold: Hold): Mine {
  const handed = (lock: LockName) => (lock.encoded === hold.lock.encoded ? hold.sequence : null);
  return { nonces: new Set([hold.nonce]), handed, identity: job.who };
}
