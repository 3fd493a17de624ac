/**
 * Keeps a hold that has a lease, by renewing it for as long as it is needed.
 * Owns when a renewal is due and when it is too late; must not know what the hold guards.
 */
import { notHeld } from "./check.ts";
import { formatDuration } from "./duration.ts";
import { type ErrorKind, isLockError, LockError } from "./errors.ts";
import type { Hold } from "./hold.ts";
import type { Mine } from "./identity.ts";
import { backOff, type Patience, throwIfCancelled } from "./insist.ts";
import { findOwn, type HeldByUs } from "./own.ts";
import type { Ports } from "./ports.ts";
import { renew } from "./renew.ts";

export interface Keeping {
  /** `null`: it has none, and is renewed only where it is somebody else's, so that a loss is noticed. */
  readonly leaseSeconds: number | null;
  /** After this long others may take over, renewed or not. */
  readonly maxHoldSeconds: number | null;
  /** What of ours may stand: the hold's nonce is added. */
  readonly mine: Mine;
  /** The hold is not needed any more. */
  readonly signal: AbortSignal;
}

/** What whoever works under the hold may need to be ended, before others may take the hold over: 5 s to end by itself, and some more. */
const ENDING_MS = 8000;

/** How often somebody else's hold that has no lease is looked after. */
const LOOK_SECONDS = 300;

/**
 * Renews every third of the lease. Resolves when the signal is aborted.
 * @throws LockError `lost` when somebody else ended the hold, or when its lease is about to run out unrenewed, or its max-hold is about to be over: with
 * time left to end what works under it, counted from when the claim, or the last renewal that was applied, was begun to be written, which is before the
 * server or anybody else dates it.
 */
export async function keep(ports: Ports, hold: Hold, { mine, signal, ...limits }: Keeping): Promise<void> {
  const ours = { ...mine, nonces: new Set([...mine.nonces, hold.nonce]), handed: () => hold.sequence };
  const now = () => ports.clock.monotonicMs();
  const overMs = hold.reentered ? Infinity : lastMomentMs(hold.claimedAtMs ?? now(), limits.maxHoldSeconds);
  let everyMs = ((limits.leaseSeconds ?? (hold.reentered ? LOOK_SECONDS : Infinity)) * 1000) / 3;
  // Of a hold that we entered it is not known, before its claim is read, which lease it has, nor how old it is.
  let leaseSeconds = hold.reentered ? null : limits.leaseSeconds;
  let sentMs = hold.sentAtMs ?? (hold.reentered ? now() - everyMs : now());
  let own: HeldByUs | null = null;
  for (;;) {
    await ports.clock.sleep(Math.min(sentMs + everyMs, overMs) - now(), signal);
    if (signal.aborted) return;
    if (now() >= overMs) throw pastMaxHold(hold, limits.maxHoldSeconds);
    const untilMs = Math.min(overMs, lastMomentMs(sentMs, leaseSeconds));
    using deadline = openDeadline(ports, untilMs, signal);
    try {
      ({ own, sentMs } = await renewed(ports, hold, ours, own, { untilMs, signal: deadline.signal }));
    } catch (error) {
      if (signal.aborted) return;
      throw now() >= overMs ? pastMaxHold(hold, limits.maxHoldSeconds) : asLost(hold, error);
    }
    if (!hold.reentered) continue;
    leaseSeconds = own.claim.leaseSeconds;
    everyMs = Math.min(everyMs, ((leaseSeconds ?? Infinity) * 1000) / 3);
  }
}

/** When whoever works under a limit that counts from then has to be told to end. */
function lastMomentMs(sinceMs: number, seconds: number | null): number {
  if (seconds === null) return Infinity;
  return sinceMs + seconds * 1000 - Math.min(ENDING_MS, (seconds * 1000) / 3);
}

function pastMaxHold(hold: Hold, seconds: number | null): LockError {
  const limit = formatDuration((seconds ?? 0) * 1000);
  return new LockError(
    "lost",
    `The lock "${hold.lock.text}" is about to be past its max-hold of ${limit}, after which others may take it over.`,
  );
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
    let trouble = `The hold of "${hold.lock.text}" could not be renewed.`;
    try {
      const own = known ?? (await findOwn(ports, hold.lock, mine, patience));
      if (own.kind !== "held" || own.hold.nonce !== hold.nonce) throw lostTo(hold, own, mine);
      const { outcome, claim, sentMs } = await renew(ports, own, patience);
      if (outcome === "applied") return { own: { ...own, tip: claim }, sentMs };
      // Another process of ours may have renewed it since: then the log tells where it is.
      const isFound = known === null;
      known = null;
      if (!isFound) continue;
    } catch (error) {
      if (!isLockError(error) || !MAY_PASS.has(error.kind)) throw error;
      trouble = error.message;
    }
    await backOff(ports, tries, patience, trouble);
  }
}

/** A refusal, too, may be a server's that is being looked after: while the lease lasts, nothing is lost. */
const MAY_PASS: ReadonlySet<ErrorKind> = new Set(["unreachable", "throttled", "denied", "refused", "usage"]);

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
