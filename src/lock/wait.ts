/**
 * Lets time pass: for a watched ref to change, or for trouble to go by.
 * Owns the pace of polling; must not know what the change means.
 */
import { type Attempt, ask, statusNow, waitedMs } from "./attempt.ts";
import type { Move } from "./decide.ts";
import { LockError } from "./errors.ts";
import { backoffMs, throwIfCancelled } from "./insist.ts";
import { withTip } from "./snapshot.ts";

/**
 * How long until the watched ref is asked for again. Quick for the first in line, since it is the hand-off; slower by the root of the place, so that
 * a crowd of n makes some n^1/2 requests in the time in which one makes one; and slower with the time, up to 2.5 times: who has waited
 * for minutes does not mind seconds. Spread over [3/4, 5/4), so that a crowd does not march in step.
 */
export function paceMs(place: number, waitedMs: number, random: number): number {
  const pace = Math.min(3000, 1200 + waitedMs / 200) * Math.sqrt(place);
  return Math.min(15_000, pace) * (0.75 + random / 2);
}

/** Between two looks at everything: a minute, and more for those far behind, for whom less can have changed. */
function glanceMs(place: number): number {
  return Math.max(60_000, place * 30_000);
}

/** Ends when the ref is no longer at `seen`, when the wait is over, or when it is time to look at everything again. */
export async function wait(attempt: Attempt, move: Extract<Move, { kind: "wait" }>): Promise<void> {
  const { ports, wish, deadlineMs } = attempt;
  attempt.pauses = 0;
  const lock = wish.lock.text;
  ports.tell({
    kind: "waiting",
    lock,
    place: move.place,
    status: statusNow(attempt),
    waitedMs: waitedMs(attempt),
  });
  for (;;) {
    const now = ports.clock.monotonicMs();
    if (now >= deadlineMs) return;
    if (now >= attempt.glanceAtMs) {
      attempt.glanceAtMs = now + glanceMs(move.place);
      attempt.refs = null;
      return;
    }
    const pace = paceMs(move.place, waitedMs(attempt), ports.random());
    await ports.clock.sleep(Math.min(pace, deadlineMs - now, attempt.glanceAtMs - now), wish.signal);
    throwIfCancelled(wish.signal);
    const tip = await ask(attempt, (store) => store.tip(move.watch));
    if (tip === move.seen) continue;
    attempt.refs = move.slot === null ? null : withTip(attempt.lastRefs, move.slot, tip);
    return;
  }
}

/** Lets trouble pass before everything is looked at again. Trouble that never passes ends as a store out of reach. */
export async function pause(attempt: Attempt, why: string): Promise<void> {
  const { ports, patience, wish } = attempt;
  const pauseMs = backoffMs(attempt.pauses++, ports.random());
  const error = new LockError("unreachable", `The lock "${wish.lock.text}" could not be taken: ${why}`);
  if (ports.clock.monotonicMs() + pauseMs > patience.untilMs) throw error;
  ports.tell({ kind: "trouble", error, pauseMs });
  await ports.clock.sleep(pauseMs, wish.signal);
  attempt.refs = null;
}
