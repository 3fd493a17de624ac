/**
 * Asserts that a hold of ours still stands, by renewing it: a write that compares, never a read.
 */
import { describeEnding } from "./entry.ts";
import { LockError } from "./errors.ts";
import type { Hold } from "./hold.ts";
import type { Mine } from "./identity.ts";
import { backOff, type Patience } from "./insist.ts";
import type { LockName } from "./name.ts";
import { describeHolder } from "./not-acquired.ts";
import { findOwn, type HeldByUs, isGivenBackByUs, type Own } from "./own.ts";
import type { Ports } from "./ports.ts";
import { refuseExpired, renew } from "./renew.ts";

export interface Checked {
  readonly hold: Hold;
  /** The renewal: the hold's newest claim. */
  readonly claim: string;
  /** When that was begun to be written, by the monotonic clock. */
  readonly sentMs: number;
}

/**
 * Four requests, two of which create content (the renewal, and its swap into the log).
 * @param isByDates whether a max-hold that no server dates counts by this machine's clock: for whoever has not been there all the time, and has no other
 * @throws LockError `lost` when somebody else ended our hold or it is past its max-hold; `not-held` when there is none
 */
export async function check(
  ports: Ports,
  lock: LockName,
  mine: Mine,
  patience: Patience,
  isByDates = false,
): Promise<Checked> {
  for (let tries = 0; ; tries++) {
    const own = await findOwn(ports, lock, mine, patience);
    if (own.kind !== "held") throw notHeld(lock, own, mine);
    if (isByDates && own.claim.acquiredClock === "local") refuseExpired(own, ports.clock.date().getTime());
    const { outcome, claim, sentMs } = await renew(ports, own, patience);
    if (outcome === "applied") return { hold: own.hold, claim, sentMs };
    // Refused or unanswered: the log, read again, tells whether the hold was renewed by another of our steps, or is lost.
    await backOff(
      ports,
      tries,
      patience,
      `The hold of "${lock.text}" could not be renewed, so that nothing says it still stands.`,
    );
  }
}

export function notHeld(lock: LockName, own: Exclude<Own, HeldByUs>, mine: Mine): LockError {
  const now = own.status.holders.map(describeHolder).join(" and ");
  const since = now === "" ? "It is free now." : `Now held by ${now}.`;
  if (own.kind === "none") {
    return new LockError(
      "not-held",
      `This job does not hold the lock "${lock.text}". ${since} Acquire it first.`,
    );
  }
  if (isGivenBackByUs(own.entry, mine)) {
    return new LockError("not-held", `This job gave the lock "${lock.text}" back already. ${since}`);
  }
  return new LockError("lost", `The lock "${lock.text}" was lost: ${describeEnding(own.entry)}. ${since}`);
}
