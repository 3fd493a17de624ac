/**
 * The whole policy of acquiring, as one pure function: what is known of the lock and of ourselves -> the next move.
 * Must not read, write, wait, or know what time it is but from what was read: acquire.ts carries the moves out. What one slot asks for stands in
 * approach.ts.
 */
import { approach, isOpen, type View } from "./approach.ts";
import { type Claim, isOurs } from "./claim.ts";
import { describeEnding, type Entry } from "./entry.ts";
import { locate } from "./hold.ts";
import { describeIdentity } from "./identity.ts";
import type { Knowledge, Move, Self } from "./move.ts";
import type { LockName } from "./name.ts";
import type { Oid } from "./refs.ts";
import { type LockRefs, tipOf } from "./snapshot.ts";
import { FREEZE_NUMBER, nextNumber, type Ticket } from "./ticket.ts";

/** What newcomers may cost the first in line before it stops looking at them. */
const FRUITLESS_LOOKS = 3;

export function decide(lock: LockName, refs: LockRefs | null, known: Knowledge, self: Self): Move {
  if (refs === null) return { kind: "look" };
  const unsettled = settle(refs, known, self);
  if (unsettled !== null) return unsettled;
  const broken = settleFrozen(refs, known, self);
  if (broken !== null) return broken;
  const ahead = ticketsAhead(refs, self.ticket);
  if (ahead === null) return { kind: "requeue" };
  const view: View = { lock, refs, known, self, ahead, isOurTurn: isOurTurn(ahead, self) };
  const around = lookAround(view);
  if (around !== null) return around;
  // A freeze of several slots takes one after the other: its ticket keeps everybody else away meanwhile.
  if (self.freeze && self.slots > 1 && self.ticket === null) return { kind: "queue", number: FREEZE_NUMBER };
  const slots = slotsInOrder(view);
  for (const slot of slots) {
    const move = approach(view, slot);
    if (move !== null) return move;
  }
  const isAnyOpen = slots.some((slot) => isOpen(view, slot));
  return askAhead(view, isAnyOpen) ?? standBy(view);
}

/**
 * What all logs of the lock have to say, whichever slot is to be taken: whether its users agree on the number of slots, and whether we hold one
 * already. A log that once agreed agrees for ever, so that only those not seen before are read; the first of a lock of one slot is read anyway.
 */
function lookAround({ lock, refs, known, self }: View): Move | null {
  const unread: Oid[] = [];
  for (const [slot, oid] of refs.logs) {
    const tip = tipOf(lock, slot, refs, known.commits);
    if (tip.kind === "unread" && !self.knownSlots.has(slot) && self.slots + slot > 2) unread.push(oid);
    const record = tip.kind === "claim" ? tip.claim : tip.kind === "entry" ? tip.entry : null;
    if (record !== null && record.slots !== self.slots) return slotsDiffer(record);
    if (tip.kind !== "claim" || !isOursNow(tip.claim, self)) continue;
    if (self.spentNonces.has(tip.claim.nonce))
      return { kind: "pause", why: "the log was read as it was before" };
    if (!self.freeze) return { kind: "reenter", slot, tip };
    if (self.frozen.every(({ nonce }) => nonce !== tip.claim.nonce))
      return { kind: "fail", because: { kind: "own" } };
  }
  return unread.length > 0 ? { kind: "read", oids: unread } : null;
}

function isOursNow(claim: Claim, { mine, nonce, spentNonces }: Self): boolean {
  return isOurs(claim, mine) || claim.nonce === nonce || spentNonces.has(claim.nonce);
}

function slotsDiffer(record: Claim | Entry): Move {
  const who =
    "who" in record ? `its holder, ${describeIdentity(record.who)}` : `${describeIdentity(record.by)} before`;
  return { kind: "fail", because: { kind: "slots", theirs: record.slots, who } };
}

/** What has to be found out first of a claim that was sent. `null`: nothing, it can be sent again. */
function settle(refs: LockRefs, { commits }: Knowledge, { prepared }: Self): Move | null {
  if (prepared === null || prepared.hold === null) return null;
  const position = locate(prepared.hold, refs.logs.get(prepared.slot) ?? null, commits);
  switch (position.kind) {
    case "held":
      return { kind: "hold", hold: prepared.hold };
    case "need":
      return { kind: "trace", from: position.oid };
    case "ended":
      return {
        kind: "restart",
        why: `its claim was ${position.entry.outcome} before it was known to have landed`,
      };
    case "stale":
      return { kind: "pause", why: "the log was read as it was before" };
    case "passed":
    case "gone":
      return { kind: "forget" };
    case "not-yet":
      return null;
  }
}

/** A freeze goes on only while it has all that it took: half of it would keep others away, and come to nothing. */
function settleFrozen(refs: LockRefs, { commits }: Knowledge, { frozen }: Self): Move | null {
  for (const part of frozen) {
    const position = locate(part, refs.logs.get(part.slot) ?? null, commits);
    switch (position.kind) {
      case "held":
        continue;
      case "need":
        return { kind: "trace", from: position.oid };
      case "ended":
        return { kind: "restart", why: `its slot ${part.slot} was ${describeEnding(position.entry)}` };
      default:
        return { kind: "pause", why: "the log was read as it was before" };
    }
  }
  return null;
}

/** The tickets before ours, or all where we have none; `null` where ours is not among the refs. */
function ticketsAhead({ queue }: LockRefs, ticket: Ticket | null): readonly Ticket[] | null {
  if (ticket === null) return queue;
  const index = queue.findIndex(({ ref }) => ref === ticket.ref);
  return index < 0 ? null : queue.slice(0, index);
}

/**
 * The first `slots` in the queue compete for what comes free, but nobody behind a freeze; who comes new, or freezes, goes after everybody. A freeze that
 * has a slot goes on, whoever is before it: another freeze can be, whose ticket was deleted meanwhile, and that one waits for the very slot.
 */
function isOurTurn(ahead: readonly Ticket[], { ticket, freeze, frozen, slots }: Self): boolean {
  if (frozen.length > 0) return true;
  if (ahead.some(({ number }) => number === FREEZE_NUMBER)) return false;
  return ticket === null || freeze ? ahead.length === 0 : ahead.length < slots;
}

/** Each of those who may be next begins at another slot, lest all try the same; but a claim that may still land comes before all. */
function slotsInOrder({ ahead, self: { slots, freeze, frozen, prepared } }: View): number[] {
  if (freeze) return [frozen.length + 1];
  const pending = prepared !== null && prepared.hold !== null ? [prepared.slot] : [];
  const rotated = Array.from({ length: slots }, (_, index) => ((index + ahead.length) % slots) + 1);
  return [...pending, ...rotated.filter((slot) => !pending.includes(slot))];
}

/** Whether those before us are alive: the next before a waiter, or the first of all before one who would give up although a slot is open. */
function askAhead({ ahead, known: { verdicts }, self }: View, isAnyOpen: boolean): Move | null {
  const next = self.ticket !== null ? ahead.at(-1) : self.timeIsUp && isAnyOpen ? ahead[0] : undefined;
  if (next === undefined) return null;
  const verdict = verdicts.get(next.oid);
  if (verdict?.state === "dead") return { kind: "remove", ticket: next, why: verdict.why };
  return self.isGlancing && verdict === undefined
    ? { kind: "judge", subject: "ticket", oid: next.oid }
    : null;
}

/**
 * Whoever may be next watches the slots, everybody else the ticket right before, and that alone, so that a release wakes only one. Watching all
 * refs tells with the release who waits, in one request; but every newcomer changes them, so that after a few it is the logs alone.
 */
function standBy({ refs, ahead, self, isOurTurn }: View): Move {
  if (self.timeIsUp) return { kind: "give-up" };
  if (self.ticket === null)
    return { kind: "queue", number: self.freeze ? FREEZE_NUMBER : nextNumber(refs.queue) };
  const place = ahead.length + 1;
  const predecessor = ahead.at(-1);
  if (!isOurTurn && predecessor !== undefined) {
    return { kind: "wait", place, watch: { kind: "ticket", ref: predecessor.ref, seen: predecessor.oid } };
  }
  if (self.fruitlessLooks < FRUITLESS_LOOKS)
    return { kind: "wait", place, watch: { kind: "refs", seen: refs } };
  return { kind: "wait", place, watch: { kind: "logs", seen: refs.logs } };
}
