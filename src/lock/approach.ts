/**
 * What one slot asks for: to be read, to have its holder judged, to be taken, or nothing.
 * Pure, and a part of `decide`; must not know of other slots, nor of the way from place to place.
 */
import { readRecord } from "./entry.ts";
import type { Knowledge, Move, Prepared, Self, Succession } from "./move.ts";
import type { LockName } from "./name.ts";
import type { Commit, Oid } from "./refs.ts";
import { ticketKey } from "./sightings.ts";
import { type ClaimTip, isCompleteFreeze, type LockRefs, sequenceOf, type Tip, tipOf } from "./snapshot.ts";
import { FREEZE_NUMBER, readTicket, type Ticket } from "./ticket.ts";
import { ageMs, DEAD_AFTER_MS, type Death, deathOf, type Now } from "./verdict.ts";

/** All that a decision is made from. */
export interface View {
  readonly lock: LockName;
  readonly refs: LockRefs;
  readonly known: Knowledge;
  readonly self: Self;
  /** The tickets before ours, or all where we have none. */
  readonly ahead: readonly Ticket[];
  /** Whether nobody who comes first would be passed by. */
  readonly isOurTurn: boolean;
}

/** A slot that has been free for k of these may be taken by place k, whoever is before it: no dead or frozen waiter holds it up for ever. */
const ESCAPE_MS = 60_000;

/** The end of a freeze is looked for so far behind a log's tip: as far as one answer of the store reads. */
const BACKWARDS = 50;

/** `null` where the slot is held by somebody else, or others come first. */
export function approach(view: View, slot: number): Move | null {
  const tip = tipAt(view, slot);
  switch (tip.kind) {
    case "absent":
      return inTurn(view, Infinity, () => take(view, slot, null, 1, null));
    case "unread":
      return readTip(view, slot, tip.oid);
    case "entry":
      return inTurn(view, ageMs({ ...tip.commit, clock: tip.entry.clock }, nowOf(view), tip.oid), () =>
        take(view, slot, tip.oid, tip.entry.sequence + 1, null),
      );
    case "claim":
      return approachHeld(view, slot, tip);
    case "foreign":
      return { kind: "fail", because: { kind: "foreign", slot, commit: tip.commit, why: tip.why } };
  }
}

/** Whether nobody holds the slot, or only the dead. */
export function isOpen(view: View, slot: number): boolean {
  const tip = tipAt(view, slot);
  if (tip.kind === "claim") return deathAt(view, tip) !== null;
  return tip.kind === "absent" || tip.kind === "entry";
}

function tipAt({ lock, refs, known }: View, slot: number): Tip {
  return tipOf(lock, slot, refs, known.commits);
}

function approachHeld(view: View, slot: number, tip: ClaimTip): Move | null {
  const { known, self } = view;
  const open = self.isGlancing ? readLastSlot(view, tip) : null;
  if (open !== null) return open;
  const death = deathAt(view, tip);
  if (death !== null) return inTurn(view, death.forMs, () => succeed(view, slot, tip, death));
  const isToBeJudged =
    self.isGlancing && !known.verdicts.has(tip.oid) && looksAfterHolder(view, slot, tip.oid);
  return isToBeJudged && canBeDead(view, tip) ? { kind: "judge", subject: "claim", oid: tip.oid } : null;
}

/** Whether a freeze is complete tells its last slot, which whoever has no use for that slot may not have read; or, where it has gone on since, the log behind it. */
function readLastSlot({ lock, refs, known: { commits } }: View, { claim }: ClaimTip): Move | null {
  if (!claim.freeze || claim.slot === claim.slots) return null;
  const last = tipOf(lock, claim.slots, refs, commits);
  if (last.kind === "unread") return { kind: "read", oids: [last.oid] };
  if (claim.sequence === null || (last.kind !== "entry" && last.kind !== "claim")) return null;
  if (last.kind === "claim" && last.claim.nonce === claim.nonce) return null;
  const unread = firstUnread(last.commit, claim.nonce, commits);
  return unread === null ? null : { kind: "trace", from: unread };
}

/** Behind this commit, the first one that was not read; `null` where what ended that hold comes before it, or comes not within reach. */
function firstUnread(from: Commit, nonce: string, commits: ReadonlyMap<Oid, Commit>): Oid | null {
  let commit = from;
  for (let steps = 0; steps < BACKWARDS; steps++) {
    const record = readRecord(commit);
    if (record.kind === "entry" && record.entry.ends === nonce) return null;
    const [parent] = commit.parents;
    if (parent === undefined) return null;
    const before = commits.get(parent);
    if (before === undefined) return parent;
    commit = before;
  }
  return null;
}

function deathAt(view: View, tip: ClaimTip): Death | null {
  const { lock, refs, known } = view;
  const isFrozen = isCompleteFreeze(lock, tip, refs, known.commits);
  return deathOf(tip.claim, tip.commit, known.verdicts.get(tip.oid), nowOf(view), isFrozen);
}

function nowOf({ refs: { readAtMs }, known: { seenMs } }: View): Now {
  return { readAtMs, seenMs };
}

/**
 * Whoever may be next looks after the holder, and so does who would give up; everybody else looks after the ticket before. But place k looks after
 * the holder too where nothing has moved for k minutes, lest a waiter of whom nothing can be known hides that the holder is dead.
 */
function looksAfterHolder({ known, ahead, self, isOurTurn }: View, slot: number, tip: Oid): boolean {
  // Of several holders a waiter asks after one at each glance.
  if (self.ticket !== null && slot !== (self.glances % self.slots) + 1) return false;
  const stoodMs = known.seenMs.get(tip) ?? 0;
  return isOurTurn || (self.ticket === null && self.timeIsUp) || stoodMs >= (ahead.length + 1) * ESCAPE_MS;
}

/** A hold younger than what it takes to be judged dead can't be: who lost a race for it need not ask. Nor can a freeze. */
function canBeDead({ lock, refs, known }: View, tip: ClaimTip): boolean {
  if (isCompleteFreeze(lock, tip, refs, known.commits)) return false;
  const { claim, commit } = tip;
  if (claim.clock !== "server" || refs.readAtMs === null) return true;
  return refs.readAtMs - Date.parse(claim.acquiredAt ?? commit.date) >= DEAD_AFTER_MS;
}

/** A tip that has to be read before anything is decided; `null` where it need not be. */
function readTip(view: View, slot: number, tip: Oid): Move | null {
  const { refs, self, isOurTurn } = view;
  const marker = refs.holders.get(slot) ?? null;
  // A marker at the tip says that it is a claim: a waiter need not know whose until it looks after the holder.
  const isHeld = marker === tip && self.ticket !== null;
  // For a hold of the run, another of its jobs may have taken it meanwhile.
  const isAsked = self.isGlancing && (self.scope === "run" || looksAfterHolder(view, slot, tip));
  if (isHeld && !isAsked) return null;
  // Without a marker the claim is worth writing before its tip is known to be an entry; but not beside one that was sent, and may land yet.
  const isSent = self.prepared !== null && self.prepared.hold !== null;
  if (marker !== null || !isOurTurn || isSent || isPrepared(self.prepared, slot, tip, null))
    return { kind: "read", oids: [tip] };
  return { kind: "prepare", slot, from: tip, after: null, read: tip, look: !refs.isFresh };
}

/**
 * Takes what is ours to take: because nobody comes before us, or because it has been free for so long. Free time counts from when the slot came free or,
 * if that is later, from when the newest waiter before us came: it had no chance before.
 */
function inTurn(view: View, freeMs: number, go: () => Move): Move | null {
  if (view.isOurTurn) return go();
  const { ahead, known } = view;
  const needed = (ahead.length + 1) * ESCAPE_MS;
  if (freeMs < needed || ahead.some(({ number }) => number === FREEZE_NUMBER)) return null;
  const tooNew = ahead.filter((ticket) => waitedMs(view, ticket) < needed);
  if (tooNew.length === 0) return go();
  // The name tells a date, but not whose clock that is: only the ticket itself says whether it may be believed.
  const unread = tooNew.filter(({ oid }) => !known.commits.has(oid));
  const isPromising =
    unread.length === tooNew.length && unread.every((ticket) => ageByName(view, ticket) >= needed);
  return isPromising ? { kind: "read", oids: unread.map(({ oid }) => oid) } : null;
}

/** As long as we have seen it, or since its date where the server wrote that. */
function waitedMs(view: View, ticket: Ticket): number {
  const { commits, seenMs } = view.known;
  const commit = commits.get(ticket.oid);
  const isDated = commit !== undefined && readTicket(commit)?.clock === "server";
  return Math.max(seenMs.get(ticketKey(ticket)) ?? 0, isDated ? ageByName(view, ticket) : 0);
}

function ageByName({ refs: { readAtMs } }: View, { writtenAtMs }: Ticket): number {
  return readAtMs === null ? 0 : readAtMs - writtenAtMs;
}

/** Take over from the dead: first its place in the log's count has to be known. */
function succeed(view: View, slot: number, tip: ClaimTip, death: Death): Move {
  const sequence = sequenceOf(tip.claim, tip.commit, view.known.commits);
  if (sequence.kind === "need") return { kind: "read", oids: [sequence.oid] };
  if (sequence.kind === "foreign") {
    return { kind: "fail", because: { kind: "foreign", slot, commit: tip.commit, why: sequence.why } };
  }
  const after = { claim: tip.claim, sequence: sequence.value, death };
  return take(view, slot, tip.oid, sequence.value + 1, after);
}

function take(
  { refs, self }: View,
  slot: number,
  from: Oid | null,
  sequence: number,
  after: Succession | null,
): Move {
  const { prepared } = self;
  const sent = prepared?.hold ?? null;
  if (!isPrepared(prepared, slot, from, after)) {
    // What was sent, and was not found to have been passed, may land yet.
    if (sent !== null) return { kind: "renounce", hold: sent };
    return { kind: "prepare", slot, from, after, read: null, look: !refs.isFresh };
  }
  if (!refs.isFresh) return { kind: "look" };
  const marker = refs.holders.get(slot) ?? null;
  return { kind: "take", slot, sequence, after, marker, alone: prepared.refusals > 0 };
}

function isPrepared(
  prepared: Prepared | null,
  slot: number,
  from: Oid | null,
  after: Succession | null,
): prepared is Prepared {
  // A claim that was written on a tip before the tip was read must not be sent if that turns out to be a claim.
  return (
    prepared !== null &&
    prepared.slot === slot &&
    prepared.from === from &&
    (prepared.after === null) === (after === null)
  );
}
