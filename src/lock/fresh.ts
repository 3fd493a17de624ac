/**
 * Owns when a hold with a lease may be relied on: while most of the lease is still to come. Must not know how it is renewed.
 */
import { LockError } from "./errors.ts";
import type { Hold } from "./hold.ts";
import type { Ports } from "./ports.ts";

/** Counted from when the claim, or its last renewal, was sent: an answer may be late, and that to a renewal as well. A hold that we entered is kept by others. */
export function isFresh(
  { clock }: Ports,
  { sentAtMs, reentered }: Pick<Hold, "sentAtMs" | "reentered">,
  leaseSeconds: number | null,
): boolean {
  if (leaseSeconds === null || reentered) return true;
  return clock.monotonicMs() - (sentAtMs ?? 0) <= (leaseSeconds * 1000) / 3;
}

/** A store whose every answer is so late, for a minute or for the whole lease, is out of order. */
const OUTAGE_MS = 60_000;

/** For how long a hold is renewed that can't be relied on yet. */
export function patienceMs(leaseSeconds: number | null): number {
  return Math.max(OUTAGE_MS, (leaseSeconds ?? 0) * 1000);
}

/** @throws LockError `unreachable` when that time is up */
export function throwIfTooLate({ clock }: Ports, untilMs: number, leaseSeconds: number | null): void {
  if (clock.monotonicMs() <= untilMs) return;
  throw new LockError("unreachable", `The store answers too late for a lease of ${leaseSeconds}s.`);
}
