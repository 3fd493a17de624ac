/**
 * Keeps a hold that has a lease, by renewing it for as long as it is needed.
 * Owns when a renewal is due and when it is too late; must not know what the hold guards.
 */
import { notHeld } from "./check.ts";
import { isLockError, LockError } from "./errors.ts";
import type { Hold } from "./hold.ts";
import type { Mine } from "./identity.ts";
import { backOff, type Patience, throwIfCancelled } from "./insist.ts";
import { findOwn, type HeldByUs } from "./own.ts";
import type { Ports } from "./ports.ts";
import { renew } from "./renew.ts";

export interface Keeping {
  readonly leaseSeconds: number;
  /** What of ours may stand: the hold's nonce is added. */
  readonly mine: Mine;
  /** The hold is not needed any more. */
  readonly signal: AbortSignal;
}

/** What whoever works under the hold may need to be ended, before others may take the hold over: 5 s to end by itself, and some more. */
const ENDING_MS = 8000;

/**
 * Renews every third of the lease. Resolves when the signal is aborted.
 * @throws LockError `lost` when somebody else ended the hold, or when the lease is about to run out unrenewed: with time left to end what works under
 * it, counted from when the last renewal that was applied was begun to be written, which is before the server or anybody else dates it.
 */
export async function keep(ports: Ports, hold: Hold, { leaseSeconds, mine, signal }: Keeping): Promise<void> {
  let leaseMs = leaseSeconds * 1000;
  const ours = { ...mine, nonces: new Set([...mine.nonces, hold.nonce]), handed: () => hold.sequence };
  // A hold that another process wrote is of unknown age.
  let sentMs = hold.sentAtMs ?? ports.clock.monotonicMs() - leaseMs / 3;
  let own: HeldByUs | null = null;
  for (;;) {
    await ports.clock.sleep(sentMs + leaseMs / 3 - ports.clock.monotonicMs(), signal);
    if (signal.aborted) return;
    const untilMs = sentMs + leaseMs - Math.min(ENDING_MS, leaseMs / 3);
    using deadline = openDeadline(ports, untilMs, signal);
    try {
      ({ own, sentMs } = await renewed(ports, hold, ours, own, { untilMs, signal: deadline.signal }));
      // Of a hold that we entered, whoever took it may have asked for a shorter one.
      leaseMs = Math.min(leaseMs, (own.claim.leaseSeconds ?? Infinity) * 1000);
    } catch (error) {
      if (signal.aborted) return;
      throw asLost(hold, error);
    }
  }
}

/** Also a request that is under way is left when the time is up: its answer would come too late. */
function openDeadline(
  ports: Ports,
  untilMs: number,
  signal: AbortSignal,
): Disposable & { signal: AbortSignal } {
  const isOver = new AbortController();
  const isSettled = new AbortController();
  void ports.clock.sleep(untilMs - ports.clock.monotonicMs(), isSettled.signal).then(() => isOver.abort());
  return {
    signal: AbortSignal.any([signal, isOver.signal]),
    [Symbol.dispose]: () => isSettled.abort(),
  };
}

/** The tip is where the last renewal left it, unless another of our steps renewed it: then the log tells. */
async function renewed(
  ports: Ports,
  hold: Hold,
  mine: Mine,
  before: HeldByUs | null,
  patience: Patience,
): Promise<{ readonly own: HeldByUs; readonly sentMs: number }> {
  let known = before;
  for (let tries = 0; ; tries++) {
    throwIfCancelled(patience.signal);
    const own = known ?? (await findOwn(ports, hold.lock, mine, patience));
    if (own.kind !== "held" || own.hold.nonce !== hold.nonce) throw lostTo(hold, own, mine);
    const sentMs = ports.clock.monotonicMs();
    const { outcome, claim } = await renew(ports, own, patience);
    if (outcome === "applied") return { own: { ...own, tip: claim }, sentMs };
    // Another process of ours may have renewed it since: then the log tells where it is.
    if (known !== null) {
      known = null;
      continue;
    }
    await backOff(ports, tries, patience, `The hold of "${hold.lock.text}" could not be renewed.`);
  }
}

function lostTo(hold: Hold, own: Awaited<ReturnType<typeof findOwn>>, mine: Mine): LockError {
  if (own.kind !== "held") return notHeld(hold.lock, own, mine);
  return new LockError("lost", `The hold of "${hold.lock.text}" was ended, and this job has taken another.`);
}

/** Whatever keeps a renewal from being made, in the end the lease runs out. */
function asLost(hold: Hold, error: unknown): unknown {
  if (!isLockError(error) || error.kind === "lost" || error.kind === "bug") return error;
  const why = error.kind === "not-held" ? "it was given back" : "its lease is about to run out";
  const detail = error.kind === "cancelled" ? "The store did not answer in time." : error.message;
  const message = `The lock "${hold.lock.text}" was lost: ${why}. ${detail}`;
  return new LockError("lost", message, { cause: error });
}
