/**
 * Which worlds there are, and which of them a seed means where nobody says. Must not know what happens in them.
 */
import type { Violation } from "./invariants.ts";
import { simulateLeases } from "./leases.ts";
import { randomOf } from "./random.ts";
import { simulateReentry } from "./reentry.ts";
import { simulate } from "./simulation.ts";

export const WORLDS = ["jobs", "reentry", "leases"] as const;

export type WorldName = (typeof WORLDS)[number];

export interface WorldVerdict {
  readonly violation: Violation | null;
  /** How often what happened. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Of a hundred seeds. One of processes with leases costs as much as several others. */
const SHARES: Readonly<Record<WorldName, number>> = { jobs: 72, reentry: 20, leases: 8 };

export function worldOf(seed: number): WorldName {
  const drawn = randomOf(seed, "world").below(100);
  if (drawn < SHARES.leases) return "leases";
  return drawn < SHARES.leases + SHARES.reentry ? "reentry" : "jobs";
}

export async function simulateWorld(
  world: WorldName,
  seed: number,
  say: ((line: string) => void) | null = null,
): Promise<WorldVerdict> {
  switch (world) {
    case "jobs":
      return await simulate(seed, say === null ? {} : { say });
    case "reentry":
      return await simulateReentry(seed, {}, say);
    case "leases":
      return await simulateLeases(seed, {}, say);
  }
}
