/**
 * Owns the life of a process that guards a command with the lock, as `reflock run` does: it waits, runs the command, keeps the hold meanwhile, and gives
 * it back; and what becomes of its command when it is killed. Must not judge, but report what it was told.
 */
import type { Hold } from "../../src/lock/hold.ts";
import { handedNothing } from "../../src/lock/identity.ts";
import type { Liveness } from "../../src/lock/ports.ts";
import { type JobState, whoIsProcess } from "./jobs.ts";
import { type Body, embody } from "./leases-body.ts";
import { startCommand } from "./leases-command.ts";
import { type Network, networkOf } from "./leases-network.ts";
import { type Desk, type LeaseScene, type Living, pidOf, wholeSeconds, widened } from "./leases-scene.ts";
import { judgeFailure, judgeGiven, judgeLoss, type Renewals, withRenewals } from "./leases-testimony.ts";
import type { Fate, Process } from "./process.ts";
import type { Random } from "./random.ts";
import { count, endOfStep, type Saved, type SavedState, type Step, startStep } from "./scene.ts";

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
  network: Network | null;
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
    ...{ scene, desk, pid, random, state, living, saved: { text: "" }, body: null, network: null },
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
  const { scene, desk, pid, random, saved, leaseSeconds } = guard;
  const network = networkOf(scene, random, leaseSeconds, desk.slowness);
  guard.network = network;
  const machine = {
    ...{ name: `process ${pid}`, random, isBlind: desk.isBlind, clock: "local" as const },
    ...(desk.sightings === null ? {} : { sightings: desk.sightings }),
    fateOf: network.fateOf,
    fate: ({ clockJump: jump, ...drawn }: Fate) => {
      const clockJump = jump === null || scene.isOnTime ? null : { ...jump, ms: wholeSeconds(jump.ms) };
      return { ...drawn, pause: null, clockJump };
    },
    embody: (process: Process) => {
      guard.body = embody(scene.world, process, { offsetMs: desk.offsetMs, slownessMs: network.slownessMs });
      return guard.body;
    },
    widen: (liveness: Liveness) => widened(scene, desk.host, liveness),
  };
  const way = random.pick(["atomic", "atomic", "log-alone"] as const);
  const step = startStep(scene, machine, "run", way, saved);
  planTrouble(guard);
  return { ...step, ports: withRenewals(step.ports, guard.renewals) };
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
  guard.network?.begin();
  const command = startCommand(scene, random, pid, hold);
  if (random.chance(scene.faults.plan.likelihoods.kill)) killLater(guard, random.between(0, 200_000));
  const keeping = new AbortController();
  const mine = { ...handedNothing(whoIsProcess(pid, desk.host)), nonces: new Set([hold.nonce]) };
  const lost = scene.policy
    .keep(step.ports, hold, {
      leaseSeconds,
      maxHoldSeconds: null,
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
