/**
 * The whole policy of acquiring, as one pure function: what is known of the lock and of ourselves -> the next move.
 * Must not read, write, wait, or know what time it is but from what was read: acquire.ts carries the moves out.
 */
import { isOurs } from "./claim.ts";
import { type Hold, locate } from "./hold.ts";
import { describeIdentity } from "./identity.ts";
import type { Knowledge, Move, Prepared, Self, Succession } from "./move.ts";
import { type LockName, logRef } from "./name.ts";
import type { Oid } from "./refs.ts";
import { type LockRefs, sequenceOf, type Tip, tipOf } from "./snapshot.ts";
import { FREEZE_NUMBER, nextNumber, type Ticket } from "./ticket.ts";
import { DEAD_AFTER_MS, type Death, deathOf } from "./verdict.ts";

/** A slot that has been free for k of these may be taken by place k, whoever is before it: no dead or frozen waiter holds it up for ever. */
const ESCAPE_MS = 60_000;

/** What newcomers may cost the first in line before it stops looking at them. */
const FRUITLESS_LOOKS = 3;

export function decide(lock: LockName, refs: LockRefs | null, known: Knowledge, self: Self): Move {
  if (refs === null) return { kind: "look" };
  const unsettled = settle(self.prepared, refs, known);
  if (unsettled !== null) return unsettled;
  const ahead = ticketsAhead(refs, self.ticket);
  if (ahead === null) return { kind: "requeue" };
  let isOpen = false;
  for (const slot of slotsInOrder(ahead, self)) {
    const tip = tipOf(lock, slot, refs, known.commits);
    const move = approach(slot, tip, ahead, refs, known, self);
    if (move !== null) return move;
    isOpen ||= freeSince(tip, known, refs) !== null;
  }
  return askAhead(ahead, isOpen, known, self) ?? standBy(lock, refs, ahead, self);
}

/** Each of those who may be next begins at another slot, lest all try the same; but a claim that may still land comes before all. */
function slotsInOrder(ahead: readonly Ticket[], { slots, prepared }: Self): number[] {
  const pending = prepared?.unsettled ? [prepared.slot] : [];
  const rotated = Array.from({ length: slots }, (_, index) => ((index + ahead.length) % slots) + 1);
  return [...pending, ...rotated.filter((slot) => !pending.includes(slot))];
}

/** What has to be found out first of a claim which may have landed without our knowing. `null`: nothing, it can be sent again, or forgotten. */
function settle(prepared: Prepared | null, refs: LockRefs, { commits }: Knowledge): Move | null {
  if (prepared === null || prepared.hold === null || !prepared.unsettled) return null;
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
    case "not-yet":
    case "passed":
    case "gone":
      return null;
  }
}

/** The tickets before ours, or all where we have none; `null` where ours is not among the refs. */
function ticketsAhead({ queue }: LockRefs, ticket: Ticket | null): readonly Ticket[] | null {
  if (ticket === null) return queue;
  const index = queue.findIndex(({ ref }) => ref === ticket.ref);
  return index < 0 ? null : queue.slice(0, index);
}

/** What to do about one slot; `null` where it is held by somebody else, or others come first. */
function approach(
  slot: number,
  tip: Tip,
  ahead: readonly Ticket[],
  refs: LockRefs,
  known: Knowledge,
  self: Self,
): Move | null {
  const isOurTurn = self.ticket === null ? ahead.length === 0 : ahead.length < self.slots;
  const mayTake = (sinceMs: number) => isOurTurn || isLongFree(sinceMs, ahead, refs);
  switch (tip.kind) {
    case "absent":
      return mayTake(0) ? take(slot, null, 1, null, refs, self) : null;
    case "unread":
      return readTip(slot, tip.oid, ahead, isOurTurn, refs, self);
    case "entry":
      if (tip.entry.slots !== self.slots)
        return slotsDiffer(tip.entry.slots, `${describeIdentity(tip.entry.by)} before`);
      return mayTake(Date.parse(tip.commit.date))
        ? take(slot, tip.oid, tip.entry.sequence + 1, null, refs, self)
        : null;
    case "claim": {
      if (tip.claim.slots !== self.slots)
        return slotsDiffer(tip.claim.slots, `its holder, ${describeIdentity(tip.claim.who)}`);
      if (!self.freeze && isOurs(tip.claim, self.mine)) return { kind: "reenter", slot, claim: tip.claim };
      const death = deathOf(tip.claim, tip.commit, known.verdicts.get(tip.oid), refs.readAtMs);
      if (death === null) {
        const isOurs = isOurTurn || isFailFast(self) || isStuck(slot, tip.oid, ahead, refs, self);
        const isAsked = isOurs && self.isGlancing && !known.verdicts.has(tip.oid);
        return isAsked && !isYoung(tip, refs) ? { kind: "judge", subject: "claim", oid: tip.oid } : null;
      }
      return mayTake(death.sinceMs) ? succeed(slot, tip, death, refs, known, self) : null;
    }
    case "foreign":
      return { kind: "fail", because: { kind: "foreign", slot, commit: tip.commit, why: tip.why } };
  }
}

/** A tip that has to be read before anything is decided; `null` where it need not be. */
function readTip(
  slot: number,
  tip: Oid,
  ahead: readonly Ticket[],
  isOurTurn: boolean,
  refs: LockRefs,
  self: Self,
): Move | null {
  const marker = refs.holders.get(slot) ?? null;
  // A marker at the tip says that it is a claim. Who waits behind others need not know whose, unless the slot seems to be stuck.
  if (
    marker === tip &&
    self.ticket !== null &&
    !(self.isGlancing && (isOurTurn || isStuck(slot, tip, ahead, refs, self)))
  )
    return null;
  // Without a marker the claim is worth writing before its tip is known to be an entry.
  if (marker !== null || !isOurTurn || isPrepared(self.prepared, slot, tip))
    return { kind: "read", oid: tip };
  return { kind: "prepare", slot, from: tip, after: null, read: tip, look: !refs.isFresh };
}

/**
 * Whoever may be next looks after the holder, everybody else after the ticket before; but place k looks after the holder too where nothing has
 * moved for k minutes, lest a waiter of whom nothing can be known hides that the holder is dead.
 */
function isStuck(
  slot: number,
  tip: Oid,
  ahead: readonly Ticket[],
  { readAtMs }: LockRefs,
  { tipsSince }: Self,
): boolean {
  const seen = tipsSince.get(slot);
  return seen?.oid === tip && readAtMs !== null && readAtMs - seen.sinceMs >= (ahead.length + 1) * ESCAPE_MS;
}

function isFailFast({ ticket, timeIsUp }: Self): boolean {
  return ticket === null && timeIsUp;
}

/** A hold younger than what it takes to be judged dead can't be: who lost a race for it need not ask. */
function isYoung({ claim, commit }: Extract<Tip, { kind: "claim" }>, { readAtMs }: LockRefs): boolean {
  const heldMs = (readAtMs ?? 0) - Date.parse(claim.acquiredAt ?? commit.date);
  return claim.clock === "server" && heldMs >= 0 && heldMs < DEAD_AFTER_MS;
}

/** When a slot came free, or its holder died; `null` while it is held. */
function freeSince(tip: Tip, { verdicts }: Knowledge, { readAtMs }: LockRefs): number | null {
  if (tip.kind === "absent") return 0;
  if (tip.kind === "entry") return Date.parse(tip.commit.date);
  return tip.kind === "claim"
    ? (deathOf(tip.claim, tip.commit, verdicts.get(tip.oid), readAtMs)?.sinceMs ?? null)
    : null;
}

/** Free time counts from when the slot came free or, if that is later, from when the newest waiter before us came: it had no chance before. */
function isLongFree(sinceMs: number, ahead: readonly Ticket[], { readAtMs }: LockRefs): boolean {
  if (readAtMs === null || ahead.some(({ number }) => number === FREEZE_NUMBER)) return false;
  const countedMs = Math.max(sinceMs, ...ahead.map(({ writtenAtMs }) => writtenAtMs));
  return readAtMs - countedMs >= (ahead.length + 1) * ESCAPE_MS;
}

/** Take over from the dead: first its place in the log's count has to be known. */
function succeed(
  slot: number,
  tip: Extract<Tip, { kind: "claim" }>,
  death: Death,
  refs: LockRefs,
  { commits }: Knowledge,
  self: Self,
): Move {
  const sequence = sequenceOf(tip.claim, tip.commit, commits);
  if (sequence.kind === "need") return { kind: "read", oid: sequence.oid };
  if (sequence.kind === "foreign")
    return { kind: "fail", because: { kind: "foreign", slot, commit: tip.commit, why: sequence.why } };
  const after = { claim: tip.claim, sequence: sequence.value, death };
  return take(slot, tip.oid, sequence.value + 1, after, refs, self);
}

function take(
  slot: number,
  from: Oid | null,
  sequence: number,
  after: Succession | null,
  refs: LockRefs,
  self: Self,
): Move {
  const { prepared } = self;
  if (!isPrepared(prepared, slot, from)) {
    const pending = pendingHold(prepared, refs);
    if (pending !== null) return { kind: "renounce", hold: pending };
    return { kind: "prepare", slot, from, after, read: null, look: !refs.isFresh };
  }
  if (!refs.isFresh) return { kind: "look" };
  const marker = refs.holders.get(slot) ?? null;
  return { kind: "take", slot, sequence, after, marker, alone: prepared.refusals > 0 };
}

/** A claim of ours that was sent, and that its log has not left behind: it may land yet. */
function pendingHold(prepared: Prepared | null, refs: LockRefs): Hold | null {
  if (prepared === null || !prepared.unsettled) return null;
  return (refs.logs.get(prepared.slot) ?? null) === prepared.from ? prepared.hold : null;
}

function isPrepared(prepared: Prepared | null, slot: number, from: Oid | null): prepared is Prepared {
  return prepared !== null && prepared.slot === slot && prepared.from === from;
}

function slotsDiffer(theirs: number, who: string): Move {
  return { kind: "fail", because: { kind: "slots", theirs, who } };
}

/** Whether those before us are alive: the next before a waiter, or the first of all before one who would give up although a slot is open. */
function askAhead(
  ahead: readonly Ticket[],
  isOpen: boolean,
  { verdicts }: Knowledge,
  self: Self,
): Move | null {
  const next = self.ticket !== null ? ahead.at(-1) : self.timeIsUp && isOpen ? ahead[0] : undefined;
  if (next === undefined) return null;
  const verdict = verdicts.get(next.oid);
  if (verdict?.state === "dead") return { kind: "remove", ticket: next, why: verdict.why };
  return self.isGlancing && verdict === undefined
    ? { kind: "judge", subject: "ticket", oid: next.oid }
    : null;
}

/**
 * Whoever may be next watches the slots, everybody else the ticket right before, and that alone, so that a release wakes only one. Watching all
 * refs tells with the release who waits, in one request; but every newcomer changes them, so that after a few it is the log alone.
 */
function standBy(lock: LockName, refs: LockRefs, ahead: readonly Ticket[], self: Self): Move {
  if (self.timeIsUp) return { kind: "give-up" };
  if (self.ticket === null)
    return { kind: "queue", number: self.freeze ? FREEZE_NUMBER : nextNumber(refs.queue) };
  const place = ahead.length + 1;
  const predecessor = ahead.at(-1);
  if (place > self.slots && predecessor !== undefined) {
    return { kind: "wait", place, watch: { kind: "ticket", ref: predecessor.ref, seen: predecessor.oid } };
  }
  if (self.slots > 1 || self.fruitlessLooks < FRUITLESS_LOOKS)
    return { kind: "wait", place, watch: { kind: "refs", seen: refs } };
  return {
    kind: "wait",
    place,
    watch: { kind: "log", slot: 1, ref: logRef(lock, 1), seen: refs.logs.get(1) ?? null },
  };
}
