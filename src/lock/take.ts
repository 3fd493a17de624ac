/**
 * Writes a claim, sends it, and understands the answer. Owns when a claim is saved and when it is forgotten; must not decide whether to take.
 */
import { type Attempt, ask, waitedMs } from "./attempt.ts";
import { encodeClaim } from "./claim.ts";
import { encodeEntry } from "./entry.ts";
import { isLockError, LockError } from "./errors.ts";
import { assertFrozen } from "./freeze.ts";
import type { Hold } from "./hold.ts";
import { describeIdentity } from "./identity.ts";
import type { Move, Prepared, Succession } from "./move.ts";
import { holderRef, logRef } from "./name.ts";
import { holdAt } from "./own.ts";
import type { Outcome } from "./ports.ts";
import { withdraw } from "./queue.ts";
import type { Oid, RefChange } from "./refs.ts";
import { renew } from "./renew.ts";
import { withTip } from "./snapshot.ts";
import { pause } from "./wait.ts";

type Take = Extract<Move, { kind: "take" }>;
type ClaimTip = Extract<Move, { kind: "reenter" }>["tip"];

/** Writes the claim and, where it is to follow the dead, first the entry that ends them. */
export async function prepare(
  attempt: Attempt,
  { slot, from, after }: Extract<Move, { kind: "prepare" }>,
): Promise<void> {
  const { wish, nonce, requestedAt, ports } = attempt;
  const beganMs = ports.clock.monotonicMs();
  const message = encodeClaim({
    nonce,
    lock: wish.lock.text,
    slot,
    slots: wish.slots,
    scope: wish.scope,
    clock: ports.store.clock,
    requestedAt,
    maxHoldSeconds: wish.maxHoldSeconds,
    leaseSeconds: wish.leaseSeconds,
    freeze: wish.freeze,
    reason: wish.reason,
    who: wish.who,
    sequence: null,
    acquiredAt: null,
    acquiredClock: ports.store.clock,
  });
  const parent = after === null ? from : await writeEntry(attempt, after, from);
  const { oid } = await ask(attempt, (store) => store.write(message, parent));
  forgetPrepared(attempt);
  attempt.prepared = { slot, from, after, claim: oid, hold: null, beganMs, refusals: 0 };
}

async function writeEntry(
  attempt: Attempt,
  { claim, sequence, death }: Succession,
  parent: Oid | null,
): Promise<Oid> {
  const message = encodeEntry({
    ends: claim.nonce,
    lock: claim.lock,
    slot: claim.slot,
    slots: claim.slots,
    sequence,
    outcome: death.outcome,
    by: attempt.wish.who,
    reason: death.why,
    clock: attempt.ports.store.clock,
    waitedSeconds: null,
    heldSeconds: null,
  });
  return (await ask(attempt, (store) => store.write(message, parent))).oid;
}

/** What was prepared was never sent, or can't land any more. */
export function forgetPrepared(attempt: Attempt): void {
  if (attempt.prepared?.hold) attempt.ports.journal.forgetHold(attempt.prepared.hold);
  attempt.prepared = null;
}

/** @returns the hold, or `null` where it is not known to be ours: then there is more to look at */
export async function take(attempt: Attempt, move: Take): Promise<Hold | null> {
  const before = attempt.prepared;
  if (before === null) throw new LockError("bug", "A claim was to be sent that was never written.");
  const hold = before.hold ?? holdOf(attempt, before, move.sequence);
  // First of all saved: from here on the claim may come to life, however late, and whoever cleans up must know of it.
  if (before.hold === null) attempt.ports.journal.saveHold(hold);
  attempt.prepared = { ...before, hold };
  const outcome = await ask(attempt, (store) => store.transact(changesOf(attempt, hold, move)));
  if (outcome !== "applied") {
    await refused(attempt, { ...before, hold }, outcome);
    return null;
  }
  if (isPartOfFreeze(attempt, hold)) return await freezeNext(attempt, hold, move.alone);
  await assertFrozen(attempt.ports, attempt.frozen, attempt.patience);
  if (move.alone) return await enter(attempt, hold);
  forgetTicket(attempt);
  return entered(attempt, hold);
}

/** Only where the ticket is known to have been made, and to have gone with the claim: whatever is in doubt post deletes once more. */
function forgetTicket({ ports, ticket, isTicketInDoubt }: Attempt): void {
  if (ticket !== null && !isTicketInDoubt && ports.store.comparesAll()) ports.journal.forgetTicket(ticket);
}

/** A freeze keeps its ticket until it has the last slot, so that nobody takes one meanwhile. */
function isPartOfFreeze({ wish }: Attempt, { slot }: Hold): boolean {
  return wish.freeze && slot < wish.slots;
}

async function freezeNext(attempt: Attempt, hold: Hold, alone: boolean): Promise<null> {
  if (alone) await mendMarker(attempt, hold);
  attempt.frozen.push(entered(attempt, hold));
  attempt.prepared = null;
  attempt.refs = null;
  return null;
}

/** Told once the claim is known to have landed, by whichever way it became known. */
function tellSuccession({ ports, wish, prepared }: Attempt, { claim }: Hold): void {
  const after = prepared?.claim === claim ? prepared.after : null;
  if (after === null) return;
  ports.tell({
    kind: "took-over",
    lock: wish.lock.text,
    from: describeIdentity(after.claim.who),
    why: after.death.why,
  });
}

function holdOf(attempt: Attempt, { slot, claim, from, beganMs }: Prepared, sequence: number): Hold {
  const { wish, nonce } = attempt;
  const waitedSeconds = Math.round(waitedMs(attempt) / 1000);
  const { lock, slots } = wish;
  return {
    lock,
    slot,
    slots,
    nonce,
    claim,
    from,
    sequence,
    waitedSeconds,
    acquiredAtMs: null,
    sentAtMs: beganMs,
    claimedAtMs: beganMs,
    reentered: false,
  };
}

function changesOf(attempt: Attempt, hold: Hold, { marker, alone }: Take): RefChange[] {
  const { wish, ticket } = attempt;
  const log: RefChange = { ref: logRef(wish.lock, hold.slot), from: hold.from, to: hold.claim };
  if (alone) return [log];
  const changes = [log, { ref: holderRef(wish.lock, hold.slot), from: marker, to: hold.claim }];
  return ticket === null || isPartOfFreeze(attempt, hold)
    ? changes
    : [...changes, { ref: ticket.ref, from: ticket.oid, to: null }];
}

/** After a refusal, one request tells who came first, if not we ourselves. After silence, the whole lock is read again. */
async function refused(
  attempt: Attempt,
  before: Prepared,
  outcome: Exclude<Outcome, "applied">,
): Promise<void> {
  if (outcome === "unknown") return await pause(attempt, "the answer to the take was lost");
  const tip = await ask(attempt, (store) => store.tipCommit(logRef(attempt.wish.lock, before.slot)));
  if (tip !== null) attempt.known.set(tip.oid, tip);
  if ((tip?.oid ?? null) === before.from) {
    attempt.prepared = { ...before, refusals: before.refusals + 1 };
    return await pause(attempt, "the take was refused although the log stands where it was expected");
  }
  attempt.refs = withTip(attempt.lastRefs, before.slot, tip?.oid ?? null);
  attempt.lastRefs = attempt.refs;
}

/** The marker decides nothing, so that a failure to mend it is nobody's trouble. */
async function mendMarker({ ports, wish }: Attempt, hold: Hold): Promise<void> {
  const ref = holderRef(wish.lock, hold.slot);
  try {
    const from = await ports.store.tip(ref);
    if (from !== hold.claim) await ports.store.transact([{ ref, from, to: hold.claim }]);
  } catch (error) {
    if (!isLockError(error)) throw error;
  }
}

/**
 * Asserts a hold of ours that stands already, and enters it. Refused: it may be over, and everything is decided anew.
 * @returns the hold, marked as one that others give back; or `null`
 */
export async function reenter(attempt: Attempt, slot: number, tip: ClaimTip): Promise<Hold | null> {
  const { ports, wish, known, patience } = attempt;
  const own = await holdAt(ports, wish.lock, attempt.lastRefs, slot, tip, known, patience);
  const { outcome, sentMs } = await renew(ports, own, patience).catch(async (error) => {
    // Past its time, as it was read: it is lost only if it still stands, and was not given back since.
    const isOld =
      isLockError(error, "lost") &&
      (await ask(attempt, (store) => store.tip(logRef(wish.lock, slot)))) !== tip.oid;
    if (isOld) return { outcome: "conflict" as const, sentMs: 0 };
    throw error;
  });
  if (outcome !== "applied") {
    await pause(attempt, "the hold which stands already could not be asserted");
    return null;
  }
  // A claim of this very acquisition that was lost from sight is ours to keep, and to give back.
  const isOurs = tip.claim.nonce === attempt.nonce;
  return await enter(attempt, {
    ...own.hold,
    ...(isOurs ? { sentAtMs: sentMs, claimedAtMs: attempt.startedMs } : {}),
    waitedSeconds: Math.round(waitedMs(attempt) / 1000),
    reentered: !isOurs,
  });
}

/** Enters a hold that did not take our ticket with it. */
export async function enter(attempt: Attempt, hold: Hold): Promise<Hold | null> {
  if (isPartOfFreeze(attempt, hold)) return await freezeNext(attempt, hold, true);
  await assertFrozen(attempt.ports, attempt.frozen, attempt.patience);
  const held = entered(attempt, hold);
  if (!hold.reentered) await mendMarker(attempt, hold);
  try {
    await withdraw(attempt.ports, attempt.ticket, attempt.patience, attempt.isTicketInDoubt);
  } catch (error) {
    // The hold is what was asked for; a ticket that stays is in the journal.
    if (!isLockError(error)) throw error;
  }
  return held;
}

function entered(attempt: Attempt, hold: Hold): Hold {
  const { ports, wish, frozen } = attempt;
  tellSuccession(attempt, hold);
  const held = { ...hold, acquiredAtMs: ports.clock.date().getTime() };
  const isWhole = wish.freeze && hold.slot === wish.slots && frozen.length > 0;
  const whole = isWhole ? { ...held, parts: [...frozen] } : held;
  ports.journal.saveHold(whole);
  // With its last slot a freeze is complete, and is kept or given back as one.
  if (isWhole) for (const part of frozen) ports.journal.forgetHold(part);
  return whole;
}
