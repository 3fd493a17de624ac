/**
 * Lets time pass: for a watched ref to change, or for trouble to go by.
 * Owns the pace of polling; must not know what the change means.
 */
import { type Attempt, ask, look, statusNow, waitedMs } from "./attempt.ts";
import { giveWay } from "./give-way.ts";
import { backOff, throwIfCancelled } from "./insist.ts";
import type { Move, Watch } from "./move.ts";
import type { RefStore } from "./ports.ts";
import { isCompleteFreeze, parseRefs, slotsOf, tipOf, withLogs } from "./snapshot.ts";
import { renewTicket, ticketDueMs } from "./ticket-lease.ts";
import { leftMs } from "./verdict.ts";

/**
 * How long until the watched ref is asked for again. Quick for the first in line, since it is the hand-off; slower with the place, so that a crowd of
 * a hundred makes some fifteen requests in the time in which one makes one, within what GitHub allows in a minute, and slower still for who sees the queue
 * move, and will be quicker as he comes nearer; and slower with the time, up to 2.5 times: who has waited for minutes does not mind seconds. Spread over
 * [3/4, 5/4), so that a crowd does not march in step.
 */
export function paceMs(
  { pollMs, isListCheap = false }: Pick<RefStore, "pollMs" | "isListCheap">,
  place: number,
  waitedMs: number,
  random: number,
): number {
  const pace = Math.min(2.5, 1 + waitedMs / 240_000) * pollMs * place ** (isListCheap ? 1 : 0.6);
  return Math.min(15_000, pace) * (0.75 + random / 2);
}

/** Between two looks at everything: a minute, and more for those far behind, for whom less can have changed. */
function glanceMs(place: number): number {
  return Math.max(60_000, place * 30_000);
}

/** Ends when what is watched has changed, when the wait is over, or when it is time to look at everything again. */
export async function wait(
  attempt: Attempt,
  { place, watch }: Extract<Move, { kind: "wait" }>,
): Promise<void> {
  const { ports, wish, deadlineMs } = attempt;
  attempt.pauses = 0;
  // Only who holds something can be waited for by those for whom he waits. By now those are judged, and not dead.
  if (attempt.isGlancing && attempt.glances > 0 && wish.mine.nonces.size > 0) await giveWay(attempt);
  attempt.isGlancing = false;
  ports.tell({
    kind: "waiting",
    lock: wish.lock.text,
    place,
    status: statusNow(attempt),
    waitedMs: waitedMs(attempt),
  });
  const overMs = ports.clock.monotonicMs() + nextExpiryMs(attempt, watch);
  for (;;) {
    const now = ports.clock.monotonicMs();
    if (now >= deadlineMs) return;
    if (now >= overMs) {
      attempt.refs = null;
      return;
    }
    if (now >= attempt.glanceAtMs) return glance(attempt, place);
    const pace = paceMs(ports.store, placeIn(attempt, watch) ?? place, waitedMs(attempt), ports.random());
    const untilMs = Math.min(now + pace, deadlineMs, attempt.glanceAtMs, overMs, ticketDueMs(attempt));
    await ports.clock.sleep(untilMs - now, wish.signal);
    throwIfCancelled(wish.signal);
    if (ports.clock.monotonicMs() >= ticketDueMs(attempt)) await renewTicket(attempt);
    if (attempt.refs === null) return;
    if (await hasChanged(attempt, watch)) return;
  }
}

/** How long until a hold whose claim was read may have outlived itself, for whoever watches the slots. Dates have whole seconds. */
function nextExpiryMs({ wish, lastRefs, known, seenMs, frozen }: Attempt, watch: Watch): number {
  if (watch.kind === "ticket") return Infinity;
  const now = { readAtMs: lastRefs.readAtMs, seenMs };
  // A freeze takes one slot after the other.
  const slots = wish.freeze ? [frozen.length + 1] : slotsOf(lastRefs, wish.slots);
  const left = slots.map((slot) => {
    const tip = tipOf(wish.lock, slot, lastRefs, known);
    if (tip.kind !== "claim" || isCompleteFreeze(wish.lock, tip, lastRefs, known)) return Infinity;
    const leftNowMs = leftMs(tip.claim, tip.commit, now);
    // Over already, and yet not ours to take: others come first.
    return leftNowMs < 0 ? Infinity : leftNowMs;
  });
  return Math.min(...left) + 1000;
}

/** Asks again of everybody who was not dead. */
function glance(attempt: Attempt, place: number): void {
  attempt.glanceAtMs = attempt.ports.clock.monotonicMs() + glanceMs(place);
  attempt.isGlancing = true;
  for (const [oid, { state }] of attempt.verdicts) if (state !== "dead") attempt.verdicts.delete(oid);
  attempt.glances++;
  attempt.refs = null;
}

/** One request, conditional where the store has such: while nothing changes it costs nothing. */
async function hasChanged(attempt: Attempt, watch: Watch): Promise<boolean> {
  switch (watch.kind) {
    case "refs": {
      const refs = await look(attempt);
      if (!isEqual(watch.seen.logs, refs.logs)) return true;
      if (watch.seen.queue.map(({ ref }) => ref).join() === refs.queue.map(({ ref }) => ref).join())
        return false;
      attempt.fruitlessLooks++;
      return true;
    }
    case "logs": {
      const { lock } = attempt.wish;
      const { logs } = parseRefs(lock, await ask(attempt, (store) => store.list(`${lock.prefix}log/`)));
      if (isEqual(watch.seen, logs)) return false;
      attempt.refs = withLogs(attempt.lastRefs, logs, attempt.known);
      return true;
    }
    case "ticket": {
      if (attempt.ports.store.isListCheap) {
        const { queue } = await look(attempt);
        return queue.find(({ ref }) => ref === watch.ref)?.oid !== watch.seen;
      }
      if ((await ask(attempt, (store) => store.tip(watch.ref))) === watch.seen) return false;
      attempt.refs = null;
      return true;
    }
  }
}

/** Where we stand by the last look, for those who watch another's ticket and see the whole queue with it. */
function placeIn({ ports, lastRefs, ticket }: Attempt, watch: Watch): number | null {
  if (watch.kind !== "ticket" || !ports.store.isListCheap) return null;
  const index = lastRefs.queue.findIndex(({ ref }) => ref === ticket?.ref);
  return index < 0 ? null : index + 1;
}

function isEqual<Key, Value>(a: ReadonlyMap<Key, Value>, b: ReadonlyMap<Key, Value>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

/** Lets trouble pass before everything is looked at again. Trouble that never passes ends as a store out of reach. */
export async function pause(attempt: Attempt, why: string, patience = attempt.patience): Promise<void> {
  await backOff(
    attempt.ports,
    attempt.pauses++,
    patience,
    `The lock "${attempt.wish.lock.text}" could not be taken: ${why}`,
  );
  attempt.refs = null;
}
