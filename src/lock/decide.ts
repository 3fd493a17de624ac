/**
 * The whole policy of acquiring, as one pure function: what is known of the lock and of ourselves -> the next move.
 * Must not read, write, wait, or know what time it is but from what was read: acquire.ts carries the moves out.
 */
import { type Hold, locate } from "./hold.ts";
import { type LockName, logRef } from "./name.ts";
import type { Commit, Oid } from "./refs.ts";
import { type LockRefs, type Tip, tipOf } from "./snapshot.ts";
import { nextNumber, type Ticket } from "./ticket.ts";

/** The claim that we wrote last: for one slot, on one tip. */
export interface Prepared {
  readonly slot: number;
  readonly onto: Oid | null;
  readonly claim: Oid;
  /** Known once the claim was sent, and saved before it. */
  readonly hold: Hold | null;
  /** Whether some write of ours might have brought it to life, or yet might, without our knowing. */
  readonly unsettled: boolean;
  /** How often it was refused although the log, as we read it, stood where it should. */
  readonly refusals: number;
}

export interface Self {
  readonly slots: number;
  readonly prepared: Prepared | null;
  readonly ticket: Ticket | null;
  /** The wait is over: take what is free, but wait for nothing. */
  readonly timeIsUp: boolean;
}

export type Move =
  /** Read the lock's refs. */
  | { readonly kind: "look" }
  /** Read this commit. */
  | { readonly kind: "read"; readonly oid: Oid }
  /** Read the log back from this commit. */
  | { readonly kind: "trace"; readonly from: Oid }
  /** Write a claim on this tip; beside it read the tip where it is not known, and the refs where they are not fresh. */
  | {
      readonly kind: "prepare";
      readonly slot: number;
      readonly onto: Oid | null;
      readonly read: Oid | null;
      readonly look: boolean;
    }
  /** Send the prepared claim. `alone`: only the log is compared, and everything else mended after. */
  | {
      readonly kind: "take";
      readonly slot: number;
      readonly sequence: number;
      readonly marker: Oid | null;
      readonly alone: boolean;
    }
  /** The log says that we hold it. */
  | { readonly kind: "hold"; readonly hold: Hold }
  /** Our claim landed and was ended without our knowing: it was never entered. Begin anew with a new nonce. */
  | { readonly kind: "restart"; readonly why: string }
  /** A read that can't be: look again after a while. */
  | { readonly kind: "pause"; readonly why: string }
  /** Write a ticket with this number. */
  | { readonly kind: "queue"; readonly number: number }
  /** Our ticket is not among the refs: make it again, which does nothing if it is the read that is stale. */
  | { readonly kind: "requeue" }
  /** Watch this ref until it is no longer at `seen`. `slot`: that of a log, `null` for a ticket. */
  | {
      readonly kind: "wait";
      readonly place: number;
      readonly watch: string;
      readonly seen: Oid | null;
      readonly slot: number | null;
    }
  /** The wait is over, and others hold it or come first. */
  | { readonly kind: "give-up" }
  | { readonly kind: "fail"; readonly because: Obstacle };

export type Obstacle =
  | { readonly kind: "foreign"; readonly slot: number; readonly commit: Commit; readonly why: string }
  | { readonly kind: "slots"; readonly theirs: number; readonly who: string };

/** A slot that has been free for k of these may be taken by place k, whoever is before it: no dead or frozen waiter holds it up for ever. */
const ESCAPE_MS = 60_000;

export function decide(
  lock: LockName,
  refs: LockRefs | null,
  known: ReadonlyMap<Oid, Commit>,
  self: Self,
): Move {
  if (refs === null) return { kind: "look" };
  const unsettled = settle(self.prepared, refs, known);
  if (unsettled !== null) return unsettled;
  const ahead = ticketsAhead(refs, self.ticket);
  if (ahead === null) return { kind: "requeue" };
  for (let slot = 1; slot <= self.slots; slot++) {
    const move = approach(slot, tipOf(lock, slot, refs, known), ahead, refs, self);
    if (move !== null) return move;
  }
  if (self.timeIsUp) return { kind: "give-up" };
  if (self.ticket === null) return { kind: "queue", number: nextNumber(refs.queue) };
  return stand(lock, refs, ahead, self.slots);
}

/** What has to be found out first of a claim which may have landed without our knowing. `null`: nothing, it can be sent again, or forgotten. */
function settle(prepared: Prepared | null, refs: LockRefs, known: ReadonlyMap<Oid, Commit>): Move | null {
  if (prepared === null || prepared.hold === null || !prepared.unsettled) return null;
  const position = locate(prepared.hold, refs.logs.get(prepared.slot) ?? null, known);
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
function approach(slot: number, tip: Tip, ahead: readonly Ticket[], refs: LockRefs, self: Self): Move | null {
  const marker = refs.holders.get(slot) ?? null;
  const isOurTurn = self.ticket === null ? ahead.length === 0 : ahead.length < self.slots;
  switch (tip.kind) {
    case "absent":
      return isOurTurn || isLongFree(0, ahead, refs) ? take(slot, null, 1, marker, refs, self) : null;
    case "unread":
      // A marker at the tip says that it is a claim. Who waits need not know whose; who comes new wants to know it.
      if (marker === tip.oid && self.ticket !== null) return null;
      // Without a marker the claim is worth writing before its tip is known to be an entry.
      if (marker !== null || !isOurTurn || isPrepared(self.prepared, slot, tip.oid))
        return { kind: "read", oid: tip.oid };
      return { kind: "prepare", slot, onto: tip.oid, read: tip.oid, look: !refs.isFresh };
    case "entry":
      if (tip.entry.slots !== self.slots) return slotsDiffer(tip.entry.slots, "its last holder");
      return isOurTurn || isLongFree(Date.parse(tip.commit.date), ahead, refs)
        ? take(slot, tip.oid, tip.entry.sequence + 1, marker, refs, self)
        : null;
    case "claim":
      return tip.claim.slots === self.slots ? null : slotsDiffer(tip.claim.slots, `claim ${tip.oid}`);
    case "foreign":
      return { kind: "fail", because: { kind: "foreign", slot, commit: tip.commit, why: tip.why } };
  }
}

/** Free time counts from when the slot came free or, if that is later, from when the newest waiter before us came: it had no chance before. */
function isLongFree(freeSinceMs: number, ahead: readonly Ticket[], { readAtMs }: LockRefs): boolean {
  if (readAtMs === null) return false;
  const sinceMs = Math.max(freeSinceMs, ...ahead.map(({ writtenAtMs }) => writtenAtMs));
  return readAtMs - sinceMs >= (ahead.length + 1) * ESCAPE_MS;
}

function take(
  slot: number,
  onto: Oid | null,
  sequence: number,
  marker: Oid | null,
  refs: LockRefs,
  self: Self,
): Move {
  const { prepared } = self;
  if (!isPrepared(prepared, slot, onto))
    return { kind: "prepare", slot, onto, read: null, look: !refs.isFresh };
  if (!refs.isFresh) return { kind: "look" };
  return { kind: "take", slot, sequence, marker, alone: prepared.refusals > 0 };
}

function isPrepared(prepared: Prepared | null, slot: number, onto: Oid | null): prepared is Prepared {
  return prepared !== null && prepared.slot === slot && prepared.onto === onto;
}

function slotsDiffer(theirs: number, who: string): Move {
  return { kind: "fail", because: { kind: "slots", theirs, who } };
}

/** Whoever may be next watches the log; everybody else watches the ticket right before, and that alone, so that a release wakes only one. */
function stand(lock: LockName, refs: LockRefs, ahead: readonly Ticket[], slots: number): Move {
  const place = ahead.length + 1;
  const predecessor = ahead.at(-1);
  if (place > slots && predecessor !== undefined) {
    return { kind: "wait", place, watch: predecessor.ref, seen: predecessor.oid, slot: null };
  }
  return { kind: "wait", place, watch: logRef(lock, 1), seen: refs.logs.get(1) ?? null, slot: 1 };
}
