/**
 * Owns the network of one process: besides what goes wrong with everybody's requests its answers can be slow, and for a while it can be gone. Must not
 * know what is asked, nor what a lease is but a time.
 */
import type { RequestFate } from "./faults.ts";
import { isCalm, type LeaseScene } from "./leases-scene.ts";
import type { RequestKind } from "./memory-store.ts";
import type { Random } from "./random.ts";
import { count } from "./scene.ts";

export interface Network {
  readonly fateOf: (kind: RequestKind) => RequestFate;
  /** How much later than usual the answer comes to the request of which the fate was asked last. */
  readonly slownessMs: () => number;
  /** It has begun to guard something: the network may well go now. */
  readonly begin: () => void;
}

/** After this a client gives a request up. */
const LONGEST_ANSWER_MS = 29_000;

export function networkOf(
  scene: LeaseScene,
  random: Random,
  leaseSeconds: number,
  slowness: number,
): Network {
  const { world, faults } = scene;
  const isOver = () => world.nowMs() >= faults.plan.untilMs;
  const chance = random.split("network");
  const usual = faults.machine(random.split("requests"));
  const cut = cutOf(scene, chance, leaseSeconds);
  let isLast = false;
  return {
    fateOf(kind) {
      const fate = usual(kind);
      if (isOver()) return fate;
      const { fate: gone, isNext } = cut.next(kind);
      isLast = isNext;
      return gone ?? fate;
    },
    begin: cut.begin,
    slownessMs() {
      const wasLast = isLast;
      isLast = false;
      if (isOver() || !(wasLast || chance.chance(slowness))) return 0;
      count(scene, "slow answers");
      if (wasLast) return chance.between(LONGEST_ANSWER_MS / 3, LONGEST_ANSWER_MS);
      return chance.between(100, chance.pick([2000, LONGEST_ANSWER_MS]));
    },
  };
}

interface Cut {
  readonly fate: RequestFate | null;
  /** The next change is the one that gets lost: by now the network is slow. */
  readonly isNext: boolean;
}

/** From one of the changes on, for about as long as the lease; and once more while something is guarded. */
function cutOf(scene: LeaseScene, chance: Random, leaseSeconds: number) {
  const { world, faults } = scene;
  const isCut = (likelihood: number) => chance.chance(likelihood) && !isCalm(scene);
  let left = isCut(0.3) ? 1 + chance.below(4) : Infinity;
  let untilMs = 0;
  return {
    begin() {
      if (isCut(0.4)) left = 2 + chance.below(4);
    },
    next(kind: RequestKind): Cut {
      if (world.nowMs() < untilMs) return { fate: { kind: "unreachable" }, isNext: false };
      if (kind === "swap") left--;
      if (kind !== "swap" || left !== 0) return { fate: null, isNext: kind === "swap" && left === 1 };
      faults.note("outage");
      untilMs = world.nowMs() + leaseSeconds * 1000 * chance.between(0.4, 1.5);
      const silenceMs = chance.pick([100, 10_000, 30_000]);
      const landsAfterMs = chance.pick([null, null, 0, 5000]);
      return { fate: { kind: "lost", landsAfterMs, silenceMs }, isNext: false };
    },
  };
}
