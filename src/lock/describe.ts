/**
 * A lock's state in a sentence. Owns the words; must not know where they are shown: what came from outside is in them as it came.
 */
import { describeHolder } from "./not-acquired.ts";
import type { HolderStatus, LockStatus } from "./report.ts";

/** A place in the queue: 1 is next. */
export function ordinal(place: number): string {
  return ["first", "second", "third", "fourth", "fifth"][place - 1] ?? `number ${place}`;
}

/** `free`, or `held by run 812, attempt 1, job publish (https://…) since 2026-11-21 12:04:11 UTC (alive: its job is in_progress)` */
export function describeStatus(status: LockStatus): string {
  const holders = status.holders
    .map((holder) => `${describeHolder(holder)}${aliveness(holder)}`)
    .join(" and ");
  return holders === "" ? "free" : `held by ${holders}`;
}

function aliveness({ alive, why }: HolderStatus): string {
  if (why === null) return "";
  return alive === "unknown" ? ` (whether it still runs is not known: ${why})` : ` (${alive}: ${why})`;
}
