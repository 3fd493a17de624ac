/**
 * Asserts that a hold of ours still stands, by renewing it: a write that compares, never a read.
 */
import { encodeClaim } from "./claim.ts";
import { formatDuration } from "./duration.ts";
import { LockError } from "./errors.ts";
import type { Hold } from "./hold.ts";
import type { Mine } from "./identity.ts";
import { backoffMs, insist, type Patience } from "./insist.ts";
import { type LockName, logRef } from "./name.ts";
import { describeHolder } from "./not-acquired.ts";
import { findOwn, isGivenBackByUs, type Own } from "./own.ts";
import type { Ports } from "./ports.ts";
import type { Commit } from "./refs.ts";
import { describeEnding } from "./release.ts";

type Held = Extract<Own, { kind: "held" }>;

export interface Checked {
  readonly hold: Hold;
  /** The renewal: the hold's newest claim. */
  readonly claim: string;
}

/**
 * Four requests, two of which create content (the renewal, and its swap into the log).
 * @throws LockError `lost` when somebody else ended our hold or it is past its max-hold; `not-held` when there is none
 */
export async function check(ports: Ports, lock: LockName, mine: Mine, patience: Patience): Promise<Checked> {
  for (let tries = 0; ; tries++) {
    const own = await findOwn(ports, lock, mine, patience);
    if (own.kind !== "held") throw notHeld(lock, own, mine);
    const renewal = await writeRenewal(ports, own, patience);
    refuseExpired(lock, own, renewal);
    const change = { ref: logRef(lock, own.hold.slot), from: own.tip, to: renewal.oid };
    if ((await insist(ports, patience, () => ports.store.transact([change]))) === "applied") {
      return { hold: own.hold, claim: renewal.oid };
    }
    // Refused or unanswered: the log, read again, tells whether the hold was renewed by another of our steps, or is lost.
    const pauseMs = backoffMs(tries, ports.random());
    if (ports.clock.monotonicMs() + pauseMs > patience.untilMs) {
      throw new LockError(
        "unreachable",
        `The hold of "${lock.text}" could not be renewed, so that nothing says it still stands.`,
      );
    }
    await ports.clock.sleep(pauseMs, patience.signal);
  }
}

function writeRenewal(ports: Ports, own: Held, patience: Patience): Promise<Commit> {
  const { claim, hold, acquiredAt } = own;
  const message = encodeClaim({ ...claim, clock: ports.store.clock, sequence: hold.sequence, acquiredAt });
  return insist(ports, patience, () => ports.store.write(message, own.tip));
}

/** Both dates are the server's own where it dates commits: no runner's clock has a say in it. */
function refuseExpired(lock: LockName, { claim, acquiredAt }: Held, renewal: Commit): void {
  const heldSeconds = (Date.parse(renewal.date) - Date.parse(acquiredAt)) / 1000;
  if (claim.maxHoldSeconds === null || heldSeconds <= claim.maxHoldSeconds) return;
  throw new LockError(
    "lost",
    `The lock "${lock.text}" is past its max-hold of ${formatDuration(claim.maxHoldSeconds * 1000)}: it has been held for ${formatDuration(heldSeconds * 1000)}, and others may take it over at any moment. Do not publish; raise \`max-hold\`.`,
  );
}

export function notHeld(lock: LockName, own: Exclude<Own, Held>, mine: Mine): LockError {
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
