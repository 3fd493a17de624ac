/**
 * Owns the life of a process that guards a command with the lock, as `reflock run` does: it waits, runs the command, keeps the hold meanwhile, and gives
 * it back; and what becomes of its command when it is killed. Must not judge, but report what it was told.
 */
import type { Hold } from "../../src/lock/hold.ts";
import { handedNothing } from "../../src/lock/identity.ts";
import type { Liveness } from "../../src/lock/ports.ts";
import { type JobState, whoIsProcess } from "./jobs.ts";
import { type Body, embody, slownessOf } from "./leases-body.ts";
import { type Desk, type LeaseScene, type Living, pidOf, wholeSeconds, widened } from "./leases-scene.ts";
import { judgeFailure, judgeGiven, judgeLoss, type Renewals, withRenewals } from "./leases-testimony.ts";
import type { Fate, Process } from "./process.ts";
import type { Random } from "./random.ts";
import {
  count,
  endOfStep,
  type Machine,
  type Saved,
  type SavedState,
  type Step,
  startStep,
} from "./scene.ts";

/** As src/cli/run-guarded.ts. */
const GIVE_BACK_MS = 60_000;
/** Between TERM and KILL. */
const GRACE_MS = 5000;

export interface Guard {
  readonly scene: LeaseScene;
  readonly desk: Desk;
  readonly pid: number;
  readonly random: Random;
  readonly state: JobState;
  readonly living: Living;
  readonly leaseSeconds: number;
  readonly maxHoldSeconds: number | null;
  readonly saved: Saved;
  readonly renewals: Renewals;
  body: Body | null;
}

/** One who runs the same thing a few times on a machine of theirs. */
export async function workAt(scene: LeaseScene, desk: Desk, actor: number): Promise<void> {
  const visits = desk.random.pick([1, 1, 2, 3]);
  for (let visit = 1; visit <= visits; visit++) {
    const random = desk.random.split(`visit ${visit}`);
    await scene.world.sleep(random.between(0, random.pick([2000, 60_000, 200_000])));
    await visitOnce(scene, desk, pidOf(actor, visit), random, random.pick([0, 120_000, Infinity, Infinity]));
  }
}

export async function visitOnce(
  scene: LeaseScene,
  desk: Desk,
  pid: number,
  random: Random,
  waitMs: number,
): Promise<boolean> {
  const state = scene.jobs.begin(pid);
  state.completedAtMs = Infinity;
  const living: Living = { host: desk.host, isAlive: true, stoodStillMs: -Infinity };
  scene.living.set(pid, living);
  const guard: Guard = {
    ...{ scene, desk, pid, random, state, living, saved: { text: "" }, body: null },
    leaseSeconds: random.pick([30, 45, 60, 120, 300]),
    maxHoldSeconds: random.chance(0.1) ? 20 + random.below(200) : null,
    renewals: { appliedMs: null },
  };
  count(scene, "processes");
  const step = start(guard);
  void step.process.died.then(() => {
    living.isAlive = false;
  });
  const hold = await acquire(guard, step, waitMs);
  if (hold !== null) await work(guard, step, hold);
  if (step.process.isAlive()) await giveBack(guard, step, hold);
  living.isAlive = false;
  state.isGone = true;
  step.process.exit();
  return hold !== null;
}

function start(guard: Guard): Step {
  const { scene, desk, pid, random, saved } = guard;
  const { world, faults } = scene;
  const isOver = () => world.nowMs() >= faults.plan.untilMs;
  const isCutOff = faults.plan.likelihoods.outage > 0 && random.split("network").chance(0.6);
  const slowness = isCutOff ? Math.max(desk.slowness, 0.3) : desk.slowness;
  const slownessMs = slownessOf(random.split("slowness"), slowness, isOver, () =>
    count(scene, "slow answers"),
  );
  const fateOf = faults.machine(random.split("requests"));
  const machine = {
    ...{ name: `process ${pid}`, random, isBlind: desk.isBlind, clock: "local" as const },
    ...(desk.sightings === null ? {} : { sightings: desk.sightings }),
    fateOf: isCutOff ? cutOff(guard, fateOf) : fateOf,
    fate: ({ clockJump: jump, ...drawn }: Fate) => {
      const clockJump = jump === null || scene.isOnTime ? null : { ...jump, ms: wholeSeconds(jump.ms) };
      return { ...drawn, pause: null, clockJump };
    },
    embody: (process: Process) => {
      guard.body = embody(world, process, { offsetMs: desk.offsetMs, slownessMs });
      return guard.body;
    },
    widen: (liveness: Liveness) => widened(scene, desk.host, liveness),
  };
  const way = random.pick(["atomic", "atomic", "log-alone"] as const);
  const step = startStep(scene, machine, "run", way, saved);
  planTrouble(guard);
  return { ...step, ports: withRenewals(step.ports, guard.renewals) };
}

/** The network gets slow, and then is gone from one of its changes on, for about as long as its lease. */
function cutOff({ scene, random, leaseSeconds }: Guard, fateOf: Machine["fateOf"]): Machine["fateOf"] {
  const { world, faults } = scene;
  const chance = random.split("cut off");
  let left = 1 + chance.below(6);
  let untilMs = 0;
  return (kind) => {
    const fate = fateOf(kind);
    if (world.nowMs() >= faults.plan.untilMs) return fate;
    if (world.nowMs() < untilMs) return { kind: "unreachable" };
    if (kind !== "swap" || --left !== 0) return fate;
    faults.note("outage");
    const silenceMs = chance.pick([100, 10_000, 30_000]);
    untilMs = world.nowMs() + leaseSeconds * 1000 * chance.between(0.3, 1.5);
    return { kind: "lost", landsAfterMs: chance.pick([null, 0, 0, 5000]), silenceMs };
  };
}

/** Kills, and moments in which it stands still: short enough for its lease or, in worlds of that kind, not. */
function planTrouble(guard: Guard): void {
  const { scene, random, leaseSeconds, body } = guard;
  const trouble = random.split("trouble");
  const { world, faults } = scene;
  const isOver = () => world.nowMs() >= faults.plan.untilMs;
  if (body === null || isOver()) return;
  const { likelihoods } = faults.plan;
  if (trouble.chance(likelihoods.kill)) killLater(guard, trouble.between(0, 400_000));
  const stops = trouble.chance(likelihoods.pause * 3) || scene.isOverlong ? 1 + trouble.below(4) : 0;
  for (let atMs = 0, stop = 0; stop < stops; stop++) {
    // Two within one lease add up.
    atMs += leaseSeconds * 1000 + trouble.between(0, 120_000);
    world.after(atMs - leaseSeconds * 900, () => {
      if (!body.isAlive() || isOver()) return;
      const suspended = trouble.chance(0.3);
      const ms = stopMs(guard, trouble, suspended);
      faults.note("pause");
      guard.living.stoodStillMs = Math.max(guard.living.stoodStillMs, world.nowMs() + ms);
      body.standStill(ms, suspended);
    });
  }
}

function killLater({ scene: { world, faults }, body }: Guard, ms: number): void {
  world.after(ms, () => {
    if (!body?.isAlive() || world.nowMs() >= faults.plan.untilMs) return;
    faults.note("kill");
    body.kill("by somebody");
  });
}

/** What a lease spares, once its holder was told of its loss and its command has been ended. */
const SPARE_MS = 2500;

function stopMs({ scene, leaseSeconds, renewals, body }: Guard, random: Random, suspended: boolean): number {
  const leaseMs = leaseSeconds * 1000;
  if (scene.isOverlong && random.chance(0.7)) return random.between(leaseMs / 2, leaseMs * 3);
  const spareMs = random.between(0, SPARE_MS);
  // Of a clock that stands still, too, the process itself does not know how much is left.
  if (renewals.appliedMs === null || body === null || suspended || random.chance(0.5)) return spareMs;
  const untilMs = renewals.appliedMs + leaseMs - GRACE_MS - 1000;
  return Math.max(spareMs, random.next() * (untilMs - body.clock.monotonicMs()));
}

async function acquire(guard: Guard, step: Step, waitMs: number): Promise<Hold | null> {
  const { scene, pid, desk, leaseSeconds, maxHoldSeconds } = guard;
  const who = whoIsProcess(pid, desk.host);
  const startedMs = scene.world.nowMs();
  const wish = {
    ...{ lock: scene.lock, slots: scene.slots, scope: "job" as const, waitMs, who, mine: handedNothing(who) },
    ...{ maxHoldSeconds, leaseSeconds, reason: null, freeze: false },
  };
  const acquiring = scene.policy.acquire(step.ports, wish).then((hold) => {
    const { slot, nonce, claim, sequence } = hold;
    scene.world.trace(() => `process ${pid} is inside slot ${slot}, token ${sequence}`);
    guard.renewals.appliedMs = hold.sentAtMs ?? null;
    scene.judge.entered({ jobId: pid, slot, nonce, claim, sequence });
    count(scene, "process acquired");
    count(scene, "process acquired after minutes", scene.world.nowMs() - startedMs > 60_000 ? 1 : 0);
    return hold;
  });
  const end = await Promise.race([
    acquiring.catch((error: unknown) => {
      judgeFailure(scene, pid, error, waitMs);
      return null;
    }),
    step.process.died.then(() => "killed" as const),
  ]);
  if (end !== "killed") return end;
  count(scene, "process killed in acquire");
  return null;
}

/** The command is inside until it has ended, whatever becomes of the process. */
async function work(guard: Guard, step: Step, hold: Hold): Promise<void> {
  const { scene, random, leaseSeconds, pid, desk } = guard;
  const { world, judge } = scene;
  const command = startCommand(guard, hold);
  if (random.chance(scene.faults.plan.likelihoods.kill)) killLater(guard, random.between(0, 200_000));
  const keeping = new AbortController();
  const mine = { ...handedNothing(whoIsProcess(pid, desk.host)), nonces: new Set([hold.nonce]) };
  const lost = scene.policy
    .keep(step.ports, hold, {
      leaseSeconds,
      mine: { ...mine, handed: () => hold.sequence },
      signal: keeping.signal,
    })
    .then(() => new Promise<never>(() => {}))
    .catch((error: unknown) => ({ error }));
  const end = await Promise.race([command.ended, lost, step.process.died.then(() => "killed" as const)]);
  if (end === "killed") {
    count(scene, "process killed inside");
    // Its watcher ends the command; a machine that is gone needs no watcher.
    await world.sleep(random.pick([0, random.between(0, GRACE_MS), GRACE_MS]));
    command.stop();
  } else if (end !== undefined) {
    judgeLoss(guard, hold, end.error);
    const killed = Promise.race([step.ports.clock.sleep(GRACE_MS), step.process.died]);
    await Promise.race([killed, random.chance(0.3) ? killed : world.sleep(random.between(0, GRACE_MS))]);
    command.stop();
  }
  keeping.abort();
  const endedAtMs = judge.endedAtMs(hold.nonce);
  if (endedAtMs !== null && !scene.isOverlong && scene.serverMs() > endedAtMs + leaseSeconds * 1000 + 10_000)
    judge.accuse(6, `process ${pid} was inside for more than a lease after its hold was ended`);
}

interface Command {
  /** It ended by itself. */
  readonly ended: Promise<undefined>;
  stop(): void;
}

function startCommand({ scene, random, pid }: Guard, { slot, nonce, claim, sequence }: Hold): Command {
  const { world, judge } = scene;
  const visit = { jobId: pid, slot, nonce, claim, sequence };
  let isOver = false;
  const finish = (): undefined => {
    if (isOver) return;
    isOver = true;
    world.trace(() => `the command of process ${pid} has ended`);
    judge.leaving(nonce);
  };
  const update = (): void => {
    if (isOver) return;
    const basis = judge.resource.read(visit);
    world.after(random.between(100, 30_000), () => {
      const isWritten = !isOver && basis !== null && judge.resource.write(visit, basis);
      if (!isOver) count(scene, isWritten ? "updates" : "updates refused");
      if (!isOver) world.after(random.between(100, 30_000), update);
    });
  };
  update();
  const workMs = random.between(100, random.pick([5000, 100_000, 600_000]));
  return {
    ended: world.sleep(workMs).then(finish),
    stop: finish,
  };
}

async function giveBack(guard: Guard, step: Step, hold: Hold | null): Promise<void> {
  const { scene, pid, saved, state, desk } = guard;
  if (saved.text === "") return;
  const left = JSON.parse(saved.text) as SavedState;
  const ending = { by: whoIsProcess(pid, desk.host), reason: null };
  const giving = scene.policy.giveAllBack(step.ports, left, ending, GIVE_BACK_MS);
  const end = await endOfStep(step, giving);
  if (end.kind === "failed")
    scene.judge.accuse(0, `giving back by process ${pid} failed: ${(end.error as Error).stack}`);
  if (end.kind !== "done") return;
  state.isClean = end.result.every((done) => !("error" in done));
  for (const done of end.result) if ("given" in done) judgeGiven(guard, done.hold, done.given, hold);
}
