/**
 * Owns those who freeze a lock, as a job and as a person at a terminal do, and the person who ends freezes. Must not judge, but report what they were told.
 */
import { isLockError } from "../../src/lock/errors.ts";
import { handedNothing, type Identity } from "../../src/lock/identity.ts";
import type { Liveness } from "../../src/lock/ports.ts";
import { THAW } from "./freeze-judge.ts";
import { whoIs, whoIsProcess } from "./jobs.ts";
import type { Way } from "./memory-store.ts";
import type { Random } from "./random.ts";
import {
  count,
  endOfStep,
  type Machine,
  type Saved,
  type SavedState,
  type Scene,
  type Scenes,
  type Step,
  sceneOf,
  startStep,
} from "./scene.ts";

const MINUTE_MS = 60_000;
/** What a command that changes something bears of a store in trouble, and what is left to clean up after one that failed. */
const TROUBLE_MS = 60_000;
const GIVE_UP_MS = 10_000;
const FREEZERS = 5000;
const PERSON = {
  run: null,
  process: { ...{ user: "ops", host: "desk", bootId: null }, pidNamespace: null, pid: null, startedAt: null },
};

interface Freezer {
  readonly scenes: Scenes;
  /** What it freezes. */
  readonly wants: Scenes;
  readonly id: number;
  readonly who: Identity;
  readonly machine: Machine;
  readonly way: Way;
  readonly random: Random;
}

/** One who freezes a lock, or several, and is gone. */
export async function freezeOnce(scenes: Scenes, number: number, way: Way): Promise<void> {
  const [scene] = scenes;
  const random = scene.random.split(`freezer ${number}`);
  await scene.world.sleep(random.between(0, random.pick([10_000, 120_000, 600_000])));
  const freezer = createFreezer(scenes, FREEZERS + number, way, random);
  const state = scene.jobs.begin(freezer.id);
  state.isProcess = freezer.who.run === null;
  const saved = { text: "" };
  const step = startStep(scene, freezer.machine, "freeze", freezer.way, saved);
  const end = await endOfStep(step, freezing(freezer, step));
  if (end.kind === "failed") judgeFailed(freezer, end.error);
  count(scene, `freeze: ${end.kind}`);
  const isAlive = end.kind !== "killed" || random.chance(0.5);
  const cleansUp = freezer.who.run === null ? end.kind === "failed" : isAlive;
  if (cleansUp) state.isClean = await cleanUp(freezer, saved);
  state.isGone = true;
  // Of a process nobody is told that it is gone.
  if (freezer.who.run !== null && (isAlive || random.chance(0.7)))
    state.completedAtMs = Math.floor((scene.serverMs() + (isAlive ? 0 : 600_000)) / 1000) * 1000;
  scene.world.trace(() => `${freezer.machine.name} is gone`);
}

function createFreezer(scenes: Scenes, id: number, way: Way, random: Random): Freezer {
  const [scene] = scenes;
  const isPerson = random.chance(0.5);
  const name = `${isPerson ? "person" : "job"} ${id}`;
  const host = random.pick(["desk", "desk", `desk-${id}`]);
  const fateOf = scene.faults.machine(random.split("requests"));
  const machine: Machine = isPerson
    ? {
        ...{ name, random, fateOf, clock: "local", isBlind: scene.clock === "local" || random.chance(0.5) },
        widen: (liveness) => widened(scene, host, liveness),
      }
    : { name, random, fateOf, isBlind: scene.clock === "local" || (!scene.isOrderly && random.chance(0.1)) };
  count(scene, isPerson ? "persons who freeze" : "jobs that freeze");
  const one = scenes[random.below(scenes.length)] ?? scene;
  return {
    ...{ scenes, id, machine, random, wants: random.chance(0.3) ? scenes : [one] },
    who: isPerson ? whoIsProcess(id, host) : whoIs(id),
    way: isPerson && way === "update-refs" ? "atomic" : way,
  };
}

/** As src/machine/process-liveness.ts: of a process that waits, its own machine knows whether it is there. */
function widened({ jobs }: Scene, host: string, liveness: Liveness): Liveness {
  return {
    async judge(subject) {
      const { process } = subject.who;
      if (process === null) return await liveness.judge(subject);
      if (subject.kind === "claim" || process.pid === null || process.host !== host)
        return { state: "unknown", why: "nobody says", sinceMs: null };
      const isGone = jobs.of(process.pid).isGone;
      return isGone
        ? { state: "dead", why: "there is no such process", sinceMs: null }
        : { state: "alive", why: "it runs", sinceMs: null };
    },
  };
}

async function freezing({ wants, who, id, random, scenes }: Freezer, { ports }: Step): Promise<void> {
  const [scene] = wants;
  const waitMs = random.pick([0, random.between(10_000, 300_000), Infinity]);
  const wish = {
    ...({ slots: scene.slots, scope: "job", waitMs, maxHoldSeconds: null, leaseSeconds: null } as const),
    ...{ reason: "audit", freeze: true, who, mine: handedNothing(who) },
  };
  const { policy } = scene;
  const locks = wants.map(({ lock }) => lock);
  const holds =
    wants.length === 1
      ? [await policy.acquire(ports, { ...wish, lock: scene.lock })]
      : await policy.acquireAll(ports, locks, wish);
  for (const hold of holds) {
    const { nonce, claim, sequence, slot } = hold;
    const { judge, world, lock } = sceneOf(scenes, hold);
    world.trace(() => `${id} has frozen ${lock.text}`);
    judge.froze({ jobId: id, slot, nonce, claim, sequence });
    count(scene, "frozen");
    count(scene, "frozen, all of several slots", scene.slots > 1 ? 1 : 0);
    ports.journal.forgetHold(hold);
  }
  count(scene, "several locks frozen", holds.length > 1 ? 1 : 0);
}

function judgeFailed({ id, wants }: Freezer, error: unknown): void {
  const kind = isLockError(error) ? error.kind : "bug";
  const [scene] = wants;
  scene.world.trace(() => `${id} did not freeze: ${String(error)}`);
  count(scene, `freeze failed: ${kind}`);
  if (kind === "not-acquired") return;
  const isTrouble = ["unreachable", "throttled", "denied"].includes(kind) && !scene.isOrderly;
  const isLoss = kind === "lost" && wants.some(({ judge }) => judge.hasLost(id));
  if (!isTrouble && !isLoss) scene.judge.accuse(0, `freezing by ${id} failed: ${(error as Error).stack}`);
}

/** A job's post; or what a command does that failed. @returns whether it left nothing behind, as far as it was told */
async function cleanUp(freezer: Freezer, saved: Saved): Promise<boolean> {
  const [scene] = freezer.scenes;
  if (saved.text === "") return true;
  const left = JSON.parse(saved.text) as SavedState;
  const isPerson = freezer.who.run === null;
  const step = startStep(scene, freezer.machine, "clean up", left.way, null);
  const ending = { by: freezer.who, reason: null };
  const patienceMs = isPerson ? GIVE_UP_MS : TROUBLE_MS;
  const end = await endOfStep(step, scene.policy.giveAllBack(step.ports, left, ending, patienceMs));
  if (end.kind === "failed") scene.judge.accuse(0, `cleaning up failed: ${(end.error as Error).stack}`);
  return end.kind === "done" && end.result.every((done) => !("error" in done));
}

/** Somebody ends each freeze of a lock after a while, by naming one of its claims. */
export async function thawAll(scene: Scene, actorsLeft: () => number): Promise<void> {
  const random = scene.random.split("thaw");
  const found = new Set<string>();
  for (let visit = 1; actorsLeft() > 0; visit++) {
    await scene.world.sleep(random.between(5000, 2 * MINUTE_MS));
    const nonce = frozen(scene);
    if (nonce === null) continue;
    if (!found.has(nonce)) await scene.world.sleep(random.pick([0, random.between(0, 10 * MINUTE_MS)]));
    found.add(nonce);
    await thaw(scene, nonce, random, `thaw ${visit}`);
  }
}

/** The nonce of a complete freeze. */
function frozen({ repository, lock, logs, slots, judge }: Scene): string | null {
  for (let slot = 1; slot <= slots; slot++) {
    const tip = repository.at(`${lock.prefix}log/${slot}`);
    const node = tip === null ? null : logs.node(tip);
    if (node?.kind === "claim" && node.isFreeze && judge.isComplete(node.nonce)) return node.nonce;
  }
  return null;
}

async function thaw(scene: Scene, nonce: string, random: Random, name: string): Promise<void> {
  const { lock, faults, world, policy } = scene;
  const isCalm = world.nowMs() > faults.plan.untilMs;
  const claims = claimsOf(scene, nonce);
  const expect = claims[random.below(claims.length)];
  if (expect === undefined) return;
  const machine = { name, random, isBlind: false, fateOf: faults.machine(random.split(name)) };
  const step = startStep(scene, machine, "clear", "update-refs", null);
  const patience = { untilMs: step.ports.clock.monotonicMs() + MINUTE_MS };
  const clearing = { by: PERSON, reason: THAW, expect, force: false, dryRun: false };
  const end = await endOfStep(step, policy.clear(step.ports, lock, clearing, patience));
  count(scene, `thaw: ${end.kind}`);
  if (end.kind === "failed" && !isLockError(end.error, "unreachable", "throttled", "denied"))
    scene.judge.accuse(0, `clearing a freeze failed: ${(end.error as Error).stack}`);
  const left = claimsOf(scene, nonce);
  if (end.kind === "done" && left.length === 0) count(scene, "thawed");
  if (end.kind === "done" && isCalm && left.length > 0)
    scene.judge.accuse(3, `of a freeze that was cleared by ${expect} there is still ${left.join(", ")}`);
}

/** At the tips. */
function claimsOf({ repository, lock, logs, slots }: Scene, nonce: string): string[] {
  return Array.from({ length: slots }, (_, index) => repository.at(`${lock.prefix}log/${index + 1}`)).filter(
    (tip) => tip !== null && logs.node(tip).kind === "claim" && logs.node(tip).nonce === nonce,
  ) as string[];
}
