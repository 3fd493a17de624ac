/**
 * Whether a holder or a waiter is still there, and when a claim has outlived itself.
 * Owns what "dead" means to the policy; must not know how the platform is asked.
 */
import type { Claim } from "./claim.ts";
import type { Commit } from "./refs.ts";

/** What a job wrote last may still be on its way when it is called completed: only this much later is it dead. */
export const DEAD_AFTER_MS = 10_000;

export interface Verdict {
  /** What cannot be known is `unknown`, and that is never dead. */
  readonly state: "alive" | "dead" | "unknown";
  /** Completes the sentence "… is dead: …" or "whether … is not known: …". For people. */
  readonly why: string;
  /** When it died, by the server's clock, in milliseconds since 1970; `null` where it did not, or nobody knows. */
  readonly sinceMs: number | null;
}

/** Why a claim may be ended by others. */
export interface Death {
  readonly outcome: "taken-over" | "expired";
  readonly why: string;
  readonly sinceMs: number;
}

/**
 * `null` while the claim stands. The dates are compared with the time of the last answer, and only where the server wrote both:
 * no runner's clock has a say.
 * @param commit the claim's own commit: the hold's first claim, or its newest renewal
 * @param isFrozen whether the claim is of a freeze that has every slot: it stays until it is cleared
 */
export function deathOf(
  claim: Claim,
  commit: Commit,
  verdict: Verdict | undefined,
  readAtMs: number | null,
  isFrozen: boolean,
): Death | null {
  if (isFrozen) return null;
  if (verdict?.state === "dead") {
    return { outcome: "taken-over", why: verdict.why, sinceMs: verdict.sinceMs ?? Date.parse(commit.date) };
  }
  if (claim.clock !== "server" || readAtMs === null) return null;
  const limits = [
    { seconds: claim.maxHoldSeconds, from: claim.acquiredAt ?? commit.date, why: "it is past its max-hold" },
    { seconds: claim.leaseSeconds, from: commit.date, why: "its lease ran out" },
  ];
  for (const { seconds, from, why } of limits) {
    if (seconds === null) continue;
    const sinceMs = Date.parse(from) + seconds * 1000;
    if (readAtMs > sinceMs) return { outcome: "expired", why, sinceMs };
  }
  return null;
}
