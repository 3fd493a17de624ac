/**
 * Acquires several locks together, all or none.
 * Owns their order and the one deadline; must not know how one is acquired.
 */
import { acquire } from "./acquire.ts";
import type { Wish } from "./attempt.ts";
import { check } from "./check.ts";
import { isLockError } from "./errors.ts";
import type { Hold } from "./hold.ts";
import { handedNothing, type Mine } from "./identity.ts";
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
  const ordered = locks.toSorted((a, b) => (a.encoded < b.encoded ? -1 : 1));
  const holds = new Map<string, Hold>();
  try {
    for (const lock of ordered) {
      const waitMs = Math.max(0, wish.waitMs - (ports.clock.monotonicMs() - startedMs));
      holds.set(
        lock.encoded,
        await acquire(ports, {
          ...wish,
          lock,
          waitMs,
          saidWaitMs: wish.waitMs,
          mine: withHolds(wish.mine, [...holds.values()]),
        }),
      );
    }
    await assertAll(ports, [...holds.values()].slice(0, -1), wish);
  } catch (error) {
    await giveAllUp(ports, [...holds.values()], wish);
    throw error;
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

/** What was had first was held while the rest was waited for: by now somebody may have ended it. */
async function assertAll(
  ports: Ports,
  holds: readonly Hold[],
  { who, signal }: Omit<Wish, "lock">,
): Promise<void> {
  const patience = { untilMs: ports.clock.monotonicMs() + GIVE_BACK_MS, signal };
  const mine = withHolds(handedNothing(who), holds);
  await Promise.all(holds.map((hold) => check(ports, hold.lock, mine, patience)));
}

/** In reverse, and not what others will give back. Told to stop, it leaves that to post. */
async function giveAllUp(
  ports: Ports,
  holds: readonly Hold[],
  { who, signal }: Omit<Wish, "lock">,
): Promise<void> {
  if (signal?.aborted) return;
  const patience = { untilMs: ports.clock.monotonicMs() + GIVE_BACK_MS };
  for (const hold of holds.filter(({ reentered }) => !reentered).toReversed()) {
    try {
      await giveBack(ports, hold, { by: who, reason: "not all locks could be had" }, patience);
      ports.journal.forgetHold(hold);
    } catch (error) {
      if (!isLockError(error)) throw error;
    }
  }
}
