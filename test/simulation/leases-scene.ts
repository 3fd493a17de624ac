/**
 * Owns what all parts of a simulation with leases share: the scene, the policy with `keep`, and the machines on which processes run. Must not know what
 * they do.
 */
import { keep } from "../../src/lock/keep.ts";
import type { Liveness, Sightings } from "../../src/lock/ports.ts";
import { rememberSightings } from "../../src/lock/sightings.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import type { LeaseJudge } from "./leases-judge.ts";
import type { Random } from "./random.ts";
import type { Policy, Scene } from "./scene.ts";

/** The code under test. A test of the simulator puts something broken in its place. */
export interface LeasePolicy extends Policy {
  readonly keep: typeof keep;
}

export const REAL_KEEP = { keep };

export interface LeaseScene extends Scene {
  readonly policy: LeasePolicy;
  readonly judge: LeaseJudge;
  /** Processes stand still for longer than their leases. */
  readonly isOverlong: boolean;
  /** Whether clocks tell the true time: what is decided must not depend on it. */
  readonly isOnTime: boolean;
  readonly living: Map<number, Living>;
}

/** What is true of a process, for those who judge. */
export interface Living {
  readonly host: string;
  isAlive: boolean;
  /** When it last stood still, in milliseconds of the world. */
  stoodStillMs: number;
}

const PROCESSES = 10_000;

export function isProcess(id: number): boolean {
  return id >= PROCESSES;
}

export function pidOf(actor: number, visit: number): number {
  return PROCESSES + actor * 100 + visit;
}

/** One that somebody works at. */
export interface Desk {
  readonly host: string;
  readonly random: Random;
  readonly offsetMs: number;
  /** What all its processes have seen; `null`: each remembers for itself alone. */
  readonly sightings: Sightings | null;
  /** Nothing tells whether a job is completed. */
  readonly isBlind: boolean;
  readonly slowness: number;
}

/** Nothing at all goes wrong. */
export function isCalm({ faults }: LeaseScene): boolean {
  return Object.values(faults.plan.likelihoods).every((likelihood) => likelihood === 0);
}

const HOUR_MS = 3_600_000;

export function createDesk(scene: LeaseScene, number: number): Desk {
  const random = scene.random.split(`desk ${number}`);
  const offsetMs = random.pick([0, -1, 1]) * wholeSeconds(random.between(0.5, 12) * HOUR_MS);
  const isShared = random.chance(0.5);
  return {
    random,
    host: random.chance(0.3) ? "build" : `desk-${number}`,
    offsetMs: scene.isOnTime ? 0 : offsetMs,
    sightings: isShared ? rememberSightings(scene.world.nowMs) : null,
    isBlind: random.chance(0.5),
    slowness: isCalm(scene) ? 0 : random.pick([0, 0, 0.03, 0.3]),
  };
}

/** What is written within one second is of one date, by a clock that is off as by one that is not. */
export function wholeSeconds(ms: number): number {
  return Math.round(ms / 1000) * 1000;
}

/** As src/machine/process-liveness.ts: of a process that waits, its own machine knows whether it is there. */
export function widened(scene: LeaseScene, host: string, liveness: Liveness): Liveness {
  return {
    async judge(subject) {
      const { process } = subject.who;
      if (process === null || process.pid === null) return await liveness.judge(subject);
      const theirs = scene.living.get(process.pid);
      const verdict = (state: Verdict["state"], why: string) => ({ state, why, sinceMs: null });
      if (subject.kind === "claim" || theirs?.host !== host) return verdict("unknown", "nobody says");
      return theirs.isAlive ? verdict("alive", "it runs") : verdict("dead", "there is no such process");
    },
  };
}
