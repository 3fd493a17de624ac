/**
 * Acquires several locks together, all or none.
 * Owns their order and the one deadline; must not know how one is acquired.
 */
import { acquire } from "./acquire.ts";
import type { Wish } from "./attempt.ts";
import { check } from "./check.ts";
import { isLockError } from "./errors.ts";
import { assertFrozen } from "./freeze.ts";
import { isFresh, patienceMs, throwIfTooLate } from "./fresh.ts";
import { type Hold, wholeOf } from "./hold.ts";
import { handedNothing, type Mine } from "./identity.ts";
import { keep } from "./keep.ts";
import type { LockName } from "./name.ts";
import type { Ports } from "./ports.ts";
import { giveBack } from "./release.ts";

/** Giving back what was had, when not all can be had, bears a store in trouble this long; post does the rest. */
const GIVE_BACK_MS = 10_000;

/**
 * All who take several take them in the same order, by the bytes of their encoded names: so none can hold one and wait for another that is
 * held by who waits for the first.
 * @param locks each once
 * @returns the holds, in the order of `locks`
 * @throws LockError as `acquire` does, after what was had is given back
 */
export async function acquireAll(
  ports: Ports,
  locks: readonly LockName[],
  wish: Omit<Wish, "lock">,
): Promise<Hold[]> {
  const startedMs = ports.clock.monotonicMs();
  const kept = keeper(ports, wish);
  const ordered = locks.toSorted((a, b) => (a.encoded < b.encoded ? -1 : 1));
  const holds = new Map<string, Hold>();
  try {
    for (const lock of ordered) {
      const waitMs = Math.max(0, wish.waitMs - (ports.clock.monotonicMs() - startedMs));
      const mine = withHolds(wish.mine, [...holds.values()]);
      const next = { ...wish, ...kept.signal(), lock, waitMs, saidWaitMs: wish.waitMs, mine };
      const hold = await acquire(ports, next);
      holds.set(lock.encoded, hold);
      if (holds.size < ordered.length) kept.add(hold);
    }
    await kept.end();
    await settleAll(ports, holds, wish);
  } catch (error) {
    await kept.end();
    await giveAllUp(ports, [...holds.values()], wish);
    // A loss cancels the wait: it is what is to be told, unless we were told to stop.
    throw wish.signal?.aborted ? error : (kept.loss() ?? error);
  }
  return locks.flatMap(({ encoded }) => holds.get(encoded) ?? []);
}

function withHolds(mine: Mine, holds: readonly Hold[]): Mine {
  return {
    ...mine,
    nonces: new Set([...mine.nonces, ...holds.map(({ nonce }) => nonce)]),
    handed: (lock) => holds.find((hold) => hold.lock.encoded === lock.encoded)?.sequence ?? mine.handed(lock),
  };
}

/** Renews the leases of what is had while the rest is waited for; a loss ends the wait. */
function keeper(ports: Ports, { leaseSeconds, maxHoldSeconds, who, mine, signal }: Omit<Wish, "lock">) {
  const done = new AbortController();
  const lost = new AbortController();
  const all: Promise<void>[] = [];
  return {
    add(hold: Hold): void {
      if (leaseSeconds === null || hold.reentered) return;
      const ours = { ...mine, identity: who };
      const keeping = { leaseSeconds, maxHoldSeconds, mine: ours, signal: done.signal };
      const kept = keep(ports, hold, keeping);
      all.push(kept.catch((error: unknown) => lost.abort(error)));
    },
    signal(): Pick<Wish, "signal"> {
      if (all.length === 0) return signal === undefined ? {} : { signal };
      return { signal: AbortSignal.any([lost.signal, ...(signal === undefined ? [] : [signal])]) };
    },
    async end(): Promise<void> {
      done.abort();
      await Promise.all(all);
    },
    loss: (): unknown => (lost.signal.aborted ? lost.signal.reason : null),
  };
}

/**
 * Asserts all but the last, which was had just now; and then, if one of them has grown old meanwhile, all of them together, until each may be relied on.
 */
async function settleAll(ports: Ports, holds: Map<string, Hold>, wish: Omit<Wish, "lock">): Promise<void> {
  const untilMs = ports.clock.monotonicMs() + patienceMs(wish.leaseSeconds);
  let open = [...holds.values()].slice(0, -1);
  for (;;) {
    for (const hold of await assertAll(ports, open, wish)) holds.set(hold.lock.encoded, hold);
    open = [...holds.values()];
    if (open.every((hold) => isFresh(ports, hold, wish.leaseSeconds))) return;
    throwIfTooLate(ports, untilMs, wish.leaseSeconds);
  }
}

/** What was had first was held while the rest was waited for: by now somebody may have ended it. @returns them, as old as that assertion */
async function assertAll(
  ports: Ports,
  holds: readonly Hold[],
  { who, freeze, signal }: Omit<Wish, "lock">,
): Promise<Hold[]> {
  const patience = { untilMs: ports.clock.monotonicMs() + GIVE_BACK_MS, signal };
  const mine = withHolds(handedNothing(who), holds);
  const assert = async (hold: Hold): Promise<Hold> => {
    // A freeze is nobody's hold, which `check` would not find; and it has no lease.
    if (freeze) return assertFrozen(ports, wholeOf(hold), patience).then(() => hold);
    const { sentMs } = await check(ports, hold.lock, mine, patience);
    // Of what we only entered, `keep` has to find out when it was renewed, and what its lease is.
    return hold.reentered ? hold : { ...hold, sentAtMs: sentMs };
  };
  return await Promise.all(holds.map(assert));
}

/** In reverse, and not what others will give back. Told to stop, it leaves that to post. */
async function giveAllUp(
  ports: Ports,
  holds: readonly Hold[],
  { who, signal }: Omit<Wish, "lock">,
): Promise<void> {
  if (signal?.aborted) return;
  const patience = { untilMs: ports.clock.monotonicMs() + GIVE_BACK_MS };
  const ending = { by: who, reason: "not all locks could be had" };
  for (const hold of holds.filter(({ reentered }) => !reentered).toReversed()) {
    let isLeft = false;
    for (const part of wholeOf(hold).toReversed()) {
      try {
        await giveBack(ports, part, ending, patience);
      } catch (error) {
        if (!isLockError(error)) throw error;
        isLeft = true;
      }
    }
    if (!isLeft) ports.journal.forgetHold(hold);
  }
}
