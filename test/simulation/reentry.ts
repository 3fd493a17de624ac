/**
 * Owns one simulation of a job that takes the same lock again and again, in several steps: it gives the lock back and wants it anew, enters it once
 * more while it holds it, and gives it back while others take it; and reads show it all as it was before. Must not know how a request travels.
 */
import { isLockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { Mine } from "../../src/lock/identity.ts";
import { parseName } from "../../src/lock/name.ts";
import type { GivenBack } from "../../src/lock/release.ts";
import { faultsOf, type Plan, TROUBLES, type Trouble } from "./faults.ts";
import { createJudge, type Violation } from "./invariants.ts";
import { createJobs, whoIs } from "./jobs.ts";
import { readLogs } from "./log-reader.ts";
import type { Way } from "./memory-store.ts";
import { judgeOrder } from "./order.ts";
import { type Random, randomOf } from "./random.ts";
import { createRepository } from "./repository.ts";
import {
  count,
  endOfStep,
  type Policy,
  REAL_POLICY,
  type Saved,
  type SavedState,
  type Scene,
  type Step,
  startStep,
} from "./scene.ts";
import { createWorld, EPOCH_MS } from "./world.ts";

const TROUBLE_MS = 60_000;
const PLAN_MS = 300_000;
const DAY_MS = 86_400_000;
/** Of the job that comes again and again; the others come once. */
export const REGULAR = 901;
const OTHERS = [1, 2, 3, 4];

/** Above all, reads that are behind. */
const LIKELIHOODS: Partial<Record<Trouble, number>> = {
  ...{ stale: 0.35, torn: 0.15, "lost after": 0.05, late: 0.05, "lost before": 0.03, conflict: 0.03 },
};

export interface ReentryVerdict {
  readonly violation: Violation | null;
  readonly counts: ReadonlyMap<string, number>;
}

export async function simulateReentry(
  seed: number,
  policy: Partial<Policy> = {},
  say: ((line: string) => void) | null = null,
): Promise<ReentryVerdict> {
  const random = randomOf(seed, "reentry");
  const scene = setScene(random, { ...REAL_POLICY, ...policy }, say);
  const { world, judge } = scene;
  const ids = [REGULAR, ...OTHERS];
  let left = ids.length;
  for (const id of ids) {
    const visits = id === REGULAR ? 3 + random.below(3) : 1;
    void live(scene, random.split(`job ${id}`), id, visits).then(
      () => left--,
      (error: unknown) => judge.accuse(0, `the simulator failed: ${(error as Error).stack}`),
    );
  }
  await world.run(scene.faults.plan.untilMs + DAY_MS, () => judge.violations.length > 0);
  if (judge.violations.length === 0 && left > 0)
    judge.accuse(4, `${left} still wait, a day after the last trouble`);
  for (const [trouble, times] of scene.faults.counts()) count(scene, `trouble: ${trouble}`, times);
  count(scene, "takes", judge.takes());
  count(scene, "events", world.events());
  return { violation: judge.violations[0] ?? null, counts: scene.counts };
}

function setScene(random: Random, policy: Policy, say: ((line: string) => void) | null): Scene {
  const world = createWorld(say);
  const repository = createRepository(() => EPOCH_MS + world.nowMs());
  const logs = readLogs(repository);
  const serverMs = () => EPOCH_MS + world.nowMs();
  const jobs = createJobs(serverMs);
  const judge = createJudge(repository, logs, jobs, serverMs);
  repository.onChange(judge.changed);
  const lock = parseName("publish");
  const slots = random.pick([1, 1, 2]);
  const likelihoods = Object.fromEntries(
    TROUBLES.map((trouble) => [trouble, LIKELIHOODS[trouble] ?? 0]),
  ) as Plan["likelihoods"];
  const plan: Plan = { untilMs: PLAN_MS, likelihoods, latencyMs: [20, 300] };
  const order = judgeOrder(serverMs, repository, logs, judge, jobs, lock.prefix, slots);
  return {
    ...{ world, repository, logs, judge, order, random, policy, lock, slots, jobs, serverMs },
    ...{ faults: faultsOf(plan, world.nowMs), clock: "server", isOrderly: false, counts: new Map() },
  };
}

const wayOf = (random: Random): Way => random.pick(["update-refs", "log-alone", "atomic"]);

/** A job, and all that it was ever told of its holds. */
interface Job {
  readonly id: number;
  readonly scene: Scene;
  readonly random: Random;
  readonly way: Way;
  readonly held: Hold[];
  /** Nonces of holds that it was told it has given back. */
  readonly given: Set<string>;
  steps: number;
}

async function live(scene: Scene, random: Random, id: number, visits: number): Promise<void> {
  const state = scene.jobs.begin(id);
  const job: Job = { id, scene, random, way: wayOf(random), held: [], given: new Set(), steps: 0 };
  for (let visit = 1; visit <= visits; visit++) {
    await scene.world.sleep(random.between(0, visits === 1 ? 60_000 : 10_000));
    const saved = { text: "" };
    const hold = await enter(job, saved, null);
    if (hold !== null) await stay(job, hold);
    await leave(job, saved, hold);
  }
  state.isGone = true;
  state.completedAtMs = Math.floor(scene.serverMs() / 1000) * 1000;
}

/** It works on, and some of its steps take the lock which it holds. */
async function stay(job: Job, outer: Hold): Promise<void> {
  const { scene, random } = job;
  await scene.world.sleep(random.between(0, 4000));
  if (!random.chance(0.5)) return;
  const saved = { text: "" };
  const inner = await enter(job, saved, outer);
  await scene.world.sleep(random.between(0, 2000));
  if (inner !== null && inner.nonce !== outer.nonce) scene.judge.leaving(inner.nonce);
  await post(job, saved);
}

function startOf({ id, scene, random, way, steps }: Job, saved: Saved | null, name: string): Step {
  const machine = {
    ...{ name: `job ${id}`, random, isBlind: false },
    fateOf: scene.faults.machine(random.split(`fate ${steps}`)),
  };
  return startStep(scene, machine, `${name} ${steps}`, way, saved);
}

/** Sometimes what it gave back is still handed on, as to a process that was started before. */
function mineOf({ id, held, random }: Job): Mine {
  const isHanded = random.chance(0.5);
  return {
    nonces: new Set(isHanded ? held.map(({ nonce }) => nonce) : []),
    handed: () => (isHanded ? (held.at(-1)?.sequence ?? null) : null),
    identity: whoIs(id),
  };
}

async function enter(job: Job, saved: Saved, outer: Hold | null): Promise<Hold | null> {
  const { id, scene, random, held, given } = job;
  job.steps++;
  const step = startOf(job, saved, "acquire");
  const { lock, slots, judge } = { ...scene };
  const wish = {
    ...{
      lock,
      slots,
      scope: random.pick(["job", "run"] as const),
      waitMs: random.pick([0, 30_000, Infinity]),
    },
    ...{
      maxHoldSeconds: null,
      leaseSeconds: null,
      freeze: false,
      reason: null,
      who: whoIs(id),
      mine: mineOf(job),
    },
  };
  const entering = scene.policy.acquire(step.ports, wish).then((hold) => {
    count(scene, hold.reentered ? "entered again" : "acquired");
    if (given.has(hold.nonce)) judge.accuse(1, `job ${id} entered what it had given back, ${hold.nonce}`);
    const { slot, nonce, claim, sequence } = hold;
    // The same hold once more is no second visitor.
    judge.leaving(nonce);
    judge.entered({ jobId: id, slot, nonce, claim, sequence });
    const isOuterHeld = outer !== null && judge.endOf(outer.nonce) === null;
    if (isOuterHeld && slots === 1 && nonce !== outer.nonce)
      judge.accuse(1, `job ${id} took the lock a second time`);
    return hold;
  });
  const end = await endOfStep(step, entering);
  if (end.kind === "done") {
    held.push(end.result);
    return end.result;
  }
  if (end.kind === "failed" && !isLockError(end.error, "not-acquired", "unreachable"))
    judge.accuse(0, `acquire of job ${id} failed: ${String((end.error as Error).stack)}`);
  return null;
}

/** By a step that says `release`, as often as not; post comes after that. */
async function leave(job: Job, saved: Saved, hold: Hold | null): Promise<void> {
  const { scene, random } = job;
  if (hold !== null) scene.judge.leaving(hold.nonce);
  if (hold !== null && random.chance(0.5)) {
    job.steps++;
    const step = startOf(job, null, "release");
    const patience = { untilMs: step.ports.clock.monotonicMs() + TROUBLE_MS };
    const mine = { ...mineOf(job), nonces: new Set([hold.nonce]), handed: () => hold.sequence };
    const releasing = async () => {
      const own = await scene.policy.findOwn(step.ports, scene.lock, mine, patience);
      const ending = { by: whoIs(job.id), reason: null };
      if (own.kind === "held")
        note(job, own.hold, await scene.policy.giveBack(step.ports, own.hold, ending, patience, own));
      if (scene.judge.endOf(hold.nonce) === null)
        scene.judge.accuse(6, `job ${job.id} was told that it holds nothing any more, and still holds`);
    };
    await endOfStep(step, releasing());
  }
  await post(job, saved);
}

async function post(job: Job, saved: Saved): Promise<void> {
  if (saved.text === "") return;
  const { scene } = job;
  job.steps++;
  const state = JSON.parse(saved.text) as SavedState;
  const step = startOf(job, null, "post");
  const ending = { by: whoIs(job.id), reason: null };
  const end = await endOfStep(step, scene.policy.giveAllBack(step.ports, state, ending, TROUBLE_MS));
  if (end.kind !== "done") return;
  for (const done of end.result) if ("given" in done) note(job, done.hold, done.given);
}

function note({ scene, given }: Job, hold: Hold, { kind }: GivenBack): void {
  count(scene, `given back: ${kind}`);
  if (kind === "released" || kind === "ended") given.add(hold.nonce);
}
