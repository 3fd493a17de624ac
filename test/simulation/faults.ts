/**
 * Owns what goes wrong: a plan drawn from the seed, and from it what becomes of each request and each process, until the plan's end. Must not know
 * what the requests are for.
 *
 * Each plan leaves out some kinds of trouble altogether, since too many at once hide each other; some plans leave out all.
 */
import type { RequestKind } from "./memory-store.ts";
import type { Fate } from "./process.ts";
import { UNTROUBLED } from "./process.ts";
import type { Random } from "./random.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How likely each is: the first group for a request, the second for a process, the third for the whole world in an hour. */
const LIKELIHOODS = {
  "lost before": 0.03,
  "lost after": 0.04,
  late: 0.04,
  stale: 0.1,
  torn: 0.15,
  unreachable: 0.03,
  throttled: 0.02,
  denied: 0.001,
  conflict: 0.03,
  outage: 0.003,

  pause: 0.15,
  "clock jump": 0.15,
  kill: 0.25,

  "forced clear": 4,
  "deleted marker": 3,
  "deleted ticket": 3,
  "deleted log": 1,
};

export type Trouble = keyof typeof LIKELIHOODS;

export const TROUBLES = Object.keys(LIKELIHOODS) as Trouble[];

export interface Plan {
  /** From here on nothing goes wrong any more. */
  readonly untilMs: number;
  readonly likelihoods: Readonly<Record<Trouble, number>>;
  readonly latencyMs: readonly [number, number];
}

export type RequestFate =
  | { readonly kind: "fine" }
  /** Answered from the state of some changes ago; `torn`: each ref from another. */
  | { readonly kind: "behind"; readonly versions: number; readonly torn: boolean }
  /** No answer comes. It is carried out after so long, or never. */
  | { readonly kind: "lost"; readonly landsAfterMs: number | null; readonly silenceMs: number }
  | { readonly kind: "unreachable" }
  | { readonly kind: "throttled"; readonly retryAfterMs: number }
  | { readonly kind: "denied" }
  /** Refused for no reason. */
  | { readonly kind: "conflict" };

export function drawPlan(random: Random): Plan {
  const isCalm = random.chance(0.1);
  const strength = random.pick([0.3, 1, 1, 2]);
  const likelihoods = Object.fromEntries(
    TROUBLES.map((trouble) => {
      const isLeftOut =
        isCalm || random.chance(trouble === "deleted log" || trouble === "denied" ? 0.8 : 0.5);
      return [trouble, isLeftOut ? 0 : LIKELIHOODS[trouble] * strength];
    }),
  ) as Record<Trouble, number>;
  const quickest = random.between(5, 200);
  return {
    untilMs: random.pick([5, 10, 20, 40, 120]) * MINUTE_MS,
    likelihoods,
    latencyMs: [quickest, quickest * random.between(1.1, 8)],
  };
}

export interface Faults {
  readonly plan: Plan;
  counts(): ReadonlyMap<Trouble, number>;
  note(trouble: Trouble): void;
  /** For the requests of one machine: what it cannot reach, none of its processes can. */
  machine(random: Random): (kind: RequestKind) => RequestFate;
  process(random: Random): Fate;
  /** Whether something that may happen once in a while happens in this interval. */
  happens(trouble: Trouble, intervalMs: number, random: Random): boolean;
}

export function faultsOf(plan: Plan, nowMs: () => number): Faults {
  const counts = new Map<Trouble, number>();
  const note = (trouble: Trouble) => void counts.set(trouble, (counts.get(trouble) ?? 0) + 1);
  const isOver = () => nowMs() >= plan.untilMs;
  const { likelihoods } = plan;

  return {
    plan,
    counts: () => counts,
    note,
    machine(random) {
      let outageUntilMs = 0;
      return (kind) => {
        if (isOver()) return { kind: "fine" };
        const strikes = (trouble: Trouble) => random.chance(likelihoods[trouble]);
        if (strikes("outage")) {
          note("outage");
          outageUntilMs = nowMs() + spread(random, 10_000, 30 * MINUTE_MS);
        }
        if (nowMs() < outageUntilMs) return { kind: "unreachable" };
        const fate = drawFate(kind, strikes, random);
        if (fate === null) return { kind: "fine" };
        note(fate[0]);
        return fate[1];
      };
    },
    process(random) {
      if (isOver()) return UNTROUBLED;
      return {
        death: random.chance(likelihoods.kill)
          ? { call: aCall(random), when: random.pick(["before", "after"]) }
          : null,
        pause: random.chance(likelihoods.pause)
          ? { call: aCall(random), ms: spread(random, 1000, 2 * HOUR_MS), suspended: random.chance(0.3) }
          : null,
        clockJump: random.chance(likelihoods["clock jump"])
          ? { call: aCall(random), ms: random.pick([-1, 1]) * spread(random, 1000, 24 * HOUR_MS) }
          : null,
      };
    },
    happens: (trouble, intervalMs, random) =>
      !isOver() && random.chance((likelihoods[trouble] * intervalMs) / HOUR_MS),
  };
}

function drawFate(
  kind: RequestKind,
  strikes: (trouble: Trouble) => boolean,
  random: Random,
): [Trouble, RequestFate] | null {
  if (strikes("unreachable")) return ["unreachable", { kind: "unreachable" }];
  if (strikes("throttled"))
    return ["throttled", { kind: "throttled", retryAfterMs: spread(random, 1000, HOUR_MS) }];
  if (strikes("denied")) return ["denied", { kind: "denied" }];
  const silenceMs = random.pick([100, 10_000, 30_000]);
  const unanswered = { kind: "lost", landsAfterMs: null, silenceMs } as const;
  if (kind === "object") return strikes("lost before") ? ["lost before", unanswered] : null;
  if (kind === "look" || kind === "status") {
    const versions = 1 + random.below(random.pick([1, 3, 8]));
    if (strikes("stale")) return ["stale", { kind: "behind", versions, torn: false }];
    if (strikes("torn")) return ["torn", { kind: "behind", versions, torn: true }];
    return strikes("lost before") ? ["lost before", unanswered] : null;
  }
  if (strikes("lost before")) return ["lost before", unanswered];
  if (strikes("lost after")) return ["lost after", { kind: "lost", landsAfterMs: 0, silenceMs }];
  if (kind === "write") return null;
  if (strikes("late"))
    return ["late", { kind: "lost", landsAfterMs: spread(random, 2000, 2 * HOUR_MS), silenceMs }];
  return strikes("conflict") ? ["conflict", { kind: "conflict" }] : null;
}

/** Mostly small, at times large: even over the logarithm. */
function spread(random: Random, from: number, to: number): number {
  return from * (to / from) ** random.next();
}

/** Most of what matters happens in the first calls of a process; a waiter makes hundreds. */
function aCall(random: Random): number {
  return Math.floor(spread(random, 1, random.pick([12, 12, 200])));
}
