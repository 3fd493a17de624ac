/**
 * The whole policy of acquiring, as one pure function: what is known of the lock and of ourselves -> the next move.
 * Must not read, write, wait, or know what time it is: acquire.ts carries the moves out.
 */
import type { Claim } from "./claim.ts";
import { type Hold, locate } from "./hold.ts";
import { type LockName, logRef } from "./name.ts";
import type { Commit, Oid } from "./ports.ts";
import { type LockRefs, type Tip, tipOf } from "./snapshot.ts";

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
  readonly nonce: string;
  readonly slots: number;
  readonly prepared: Prepared | null;
  /** The wait is over: take what is free, but wait for nothing. */
  readonly timeIsUp: boolean;
}

export type Move =
  /** Read the lock's refs. */
  | { readonly kind: "look" }
  /** Read these commits. */
  | { readonly kind: "read"; readonly oids: readonly Oid[] }
  /** Read the log back from this commit. */
  | { readonly kind: "trace"; readonly from: Oid }
  /** Write a claim on this tip, and read the tip beside it where it is not known yet. */
  | { readonly kind: "prepare"; readonly slot: number; readonly onto: Oid | null; readonly read: Oid | null }
  /** Send the prepared claim. `holder`: what the holder ref is expected to be; `undefined`: compare the log alone, and mend the marker after. */
  | {
      readonly kind: "take";
      readonly slot: number;
      readonly sequence: number;
      readonly holder: Oid | null | undefined;
    }
  /** The log says that we hold it. */
  | { readonly kind: "hold"; readonly hold: Hold }
  /** Our claim landed and was ended without our knowing: it was never entered. Begin anew with a new nonce. */
  | { readonly kind: "restart"; readonly why: string }
  /** A read that can't be: look again after a while. */
  | { readonly kind: "pause"; readonly why: string }
  /** Watch this ref until it is no longer at `seen`. */
  | { readonly kind: "wait"; readonly slot: number; readonly watch: string; readonly seen: Oid }
  /** The wait is over, and somebody else holds it. */
  | { readonly kind: "give-up" }
  | { readonly kind: "fail"; readonly because: Obstacle };

export type Obstacle =
  | { readonly kind: "foreign"; readonly slot: number; readonly oid: Oid; readonly why: string }
  | { readonly kind: "slots"; readonly theirs: number; readonly claim: Claim | null };

export function decide(
  lock: LockName,
  refs: LockRefs | null,
  known: ReadonlyMap<Oid, Commit>,
  self: Self,
): Move {
  if (refs === null) return { kind: "look" };
  const unsettled = settle(self.prepared, refs, known);
  if (unsettled !== null) return unsettled;
  for (let slot = 1; slot <= self.slots; slot++) {
    const move = approach(slot, tipOf(lock, slot, refs, known), refs, self);
    if (move !== null) return move;
  }
  return self.timeIsUp ? { kind: "give-up" } : waitForSlot(lock, 1, refs);
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

/** What to do about one slot; `null` where it is held by somebody else. */
function approach(slot: number, tip: Tip, refs: LockRefs, self: Self): Move | null {
  const marker = refs.holders.get(slot) ?? null;
  switch (tip.kind) {
    case "absent":
      return take(slot, null, 1, marker, self);
    case "unread":
      // A marker says that the slot is most likely held. Without one, the claim is worth writing before its tip is known to be an entry.
      return marker !== null || isPrepared(self.prepared, slot, tip.oid)
        ? { kind: "read", oids: [tip.oid] }
        : { kind: "prepare", slot, onto: tip.oid, read: tip.oid };
    case "entry":
      if (tip.entry.slots !== self.slots) return slotsDiffer(tip.entry.slots, null);
      return take(slot, tip.oid, tip.entry.sequence + 1, marker, self);
    case "claim":
      return tip.claim.slots === self.slots ? null : slotsDiffer(tip.claim.slots, tip.claim);
    case "foreign":
      return { kind: "fail", because: { kind: "foreign", slot, oid: tip.oid, why: tip.why } };
  }
}

function take(slot: number, onto: Oid | null, sequence: number, marker: Oid | null, self: Self): Move {
  const { prepared } = self;
  if (!isPrepared(prepared, slot, onto)) return { kind: "prepare", slot, onto, read: null };
  return { kind: "take", slot, sequence, holder: prepared.refusals > 0 ? undefined : marker };
}

function isPrepared(prepared: Prepared | null, slot: number, onto: Oid | null): prepared is Prepared {
  return prepared !== null && prepared.slot === slot && prepared.onto === onto;
}

function slotsDiffer(theirs: number, claim: Claim | null): Move {
  return { kind: "fail", because: { kind: "slots", theirs, claim } };
}

function waitForSlot(lock: LockName, slot: number, refs: LockRefs): Move {
  const seen = refs.logs.get(slot);
  return seen === undefined ? { kind: "look" } : { kind: "wait", slot, watch: logRef(lock, slot), seen };
}
