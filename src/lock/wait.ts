/**
 * Lets time pass: for a watched ref to change, or for trouble to go by.
 * Owns the pace of polling; must not know what the change means.
 */
import { type Attempt, ask, look, statusNow, waitedMs } from "./attempt.ts";
import { commitsNeeded, findDeadlock } from "./deadlock.ts";
import { LockError } from "./errors.ts";
import { backoffMs, throwIfCancelled } from "./insist.ts";
import type { Move, Watch } from "./move.ts";
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

/** Commits that one look for a deadlock reads at the most. */
const MOST_READ = 100;

/** Ends when what is watched has changed, when the wait is over, or when it is time to look at everything again. */
export async function wait(
  attempt: Attempt,
  { place, watch }: Extract<Move, { kind: "wait" }>,
): Promise<void> {
  const { ports, wish, deadlineMs } = attempt;
  attempt.pauses = 0;
  attempt.isGlancing = false;
  ports.tell({
    kind: "waiting",
    lock: wish.lock.text,
    place,
    status: statusNow(attempt),
    waitedMs: waitedMs(attempt),
  });
  for (;;) {
    const now = ports.clock.monotonicMs();
    if (now >= deadlineMs) return;
    if (now >= attempt.glanceAtMs) return await glance(attempt, place);
    const pace = paceMs(place, waitedMs(attempt), ports.random());
    await ports.clock.sleep(Math.min(pace, deadlineMs - now, attempt.glanceAtMs - now), wish.signal);
    throwIfCancelled(wish.signal);
    if (await hasChanged(attempt, watch)) return;
  }
}

/** Asks again of everybody who was not dead, and whether those who wait do so in a circle. */
async function glance(attempt: Attempt, place: number): Promise<void> {
  attempt.glanceAtMs = attempt.ports.clock.monotonicMs() + glanceMs(place);
  attempt.isGlancing = true;
  for (const [oid, { state }] of attempt.verdicts) if (state !== "dead") attempt.verdicts.delete(oid);
  attempt.refs = null;
  // Only who holds something can be waited for by those for whom he waits.
  if (attempt.wish.mine.nonces.size > 0) await giveWay(attempt);
}

/** @throws LockError `not-acquired` where this job is the one of a circle who gives way */
async function giveWay(attempt: Attempt): Promise<void> {
  const { ports, wish, ticket, known } = attempt;
  if (ticket === null) return;
  const namespace = wish.lock.prefix.slice(0, -wish.lock.encoded.length - 2);
  const listing = await ask(attempt, (store) => store.list(`${namespace}/`));
  const needed = commitsNeeded(namespace, listing).filter((oid) => !known.has(oid));
  const commits = await Promise.all(
    needed.slice(0, MOST_READ).map((oid) => ask(attempt, (store) => store.read(oid))),
  );
  for (const commit of commits) known.set(commit.oid, commit);
  const deadlock = findDeadlock(namespace, listing, known, ticket, wish.mine);
  if (deadlock === null) return;
  const message = `Deadlock: ${deadlock.circle}, and each is held by the next`;
  if (!deadlock.isOurTurn) {
    ports.tell({ kind: "deadlock", message: `${message}. Another of them came later and gives way.` });
    return;
  }
  const advice =
    "This job came last and gives way. Take all names in one step, a line each: then they are taken in one order by everybody.";
  throw new LockError("not-acquired", `${message}. ${advice}`, { status: statusNow(attempt) });
}

/** One request, conditional where the store has such: while nothing changes it costs nothing. */
async function hasChanged(attempt: Attempt, watch: Watch): Promise<boolean> {
  if (watch.kind === "refs") {
    const refs = await look(attempt);
    if (!isEqual(watch.seen.logs, refs.logs)) return true;
    if (watch.seen.queue.map(({ ref }) => ref).join() === refs.queue.map(({ ref }) => ref).join())
      return false;
    attempt.fruitlessLooks++;
    return true;
  }
  const tip = await ask(attempt, (store) => store.tip(watch.ref));
  if (tip === watch.seen) return false;
  attempt.refs = watch.kind === "log" ? withTip(attempt.lastRefs, watch.slot, tip) : null;
  return true;
}

function isEqual<Key, Value>(a: ReadonlyMap<Key, Value>, b: ReadonlyMap<Key, Value>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
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
