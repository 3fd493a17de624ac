/**
 * Ends, by hand, what nobody will give back: dead claims and dead tickets; others only by force.
 * Owns what may be cleared and why not; must not know who asks. Each end compares: what was not seen is not touched.
 */
import { describeEnding, encodeEntry, readRecord } from "./entry.ts";
import type { Identity } from "./identity.ts";
import { insist, type Patience } from "./insist.ts";
import { FROZEN, judgeWriter } from "./judge.ts";
import { holderRef, type LockName, logRef } from "./name.ts";
import { holdAt } from "./own.ts";
import type { Ports, Subject } from "./ports.ts";
import { readBack } from "./read-back.ts";
import type { Commit, Oid } from "./refs.ts";
import { giveBack } from "./release.ts";
import { settle } from "./settle.ts";
import { keysOf } from "./sightings.ts";
import { commitTips, isCompleteFreeze, type LockRefs, parseRefs, type Tip, tipOf } from "./snapshot.ts";
import type { Ticket } from "./ticket.ts";
import { deathOf, type Now, type Verdict } from "./verdict.ts";

export interface Clearing {
  readonly by: Identity;
  readonly reason: string | null;
  /** Only this claim, any renewal of it, or this ticket. */
  readonly expect: Oid | null;
  /** End also what is not known to be dead, if it is the one that is expected. */
  readonly force: boolean;
  /** Only say what would go. */
  readonly dryRun: boolean;
}

/** What became of one claim, ticket or leftover. */
export interface Cleared {
  /** Such as `the hold of slot 1`. */
  readonly what: string;
  readonly oid: Oid;
  /** `refused`: alive, or not known to be dead. `other`: not the one that was expected. `too-late`: somebody else ended it first. */
  readonly result: "cleared" | "would-clear" | "refused" | "other" | "too-late";
  readonly why: string;
}

const RESULTS = { applied: "cleared", superseded: "too-late" } as const;

/** One lock that is being cleared. */
interface Sweep {
  readonly ports: Ports;
  readonly lock: LockName;
  readonly refs: LockRefs;
  readonly clearing: Clearing;
  readonly patience: Patience;
  /** The logs, as far back as holds are renewed. */
  readonly known: Map<Oid, Commit>;
}

/** Clears one lock. Where there is nothing to clear, the result is empty. */
export async function clear(
  ports: Ports,
  lock: LockName,
  clearing: Clearing,
  patience: Patience,
): Promise<Cleared[]> {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const sweep = { ports, lock, refs, clearing, patience, known: new Map<Oid, Commit>() };
  await Promise.all(commitTips(refs).map((tip) => readBack(ports, tip, sweep.known, patience)));
  const slots = [...new Set([...refs.logs.keys(), ...refs.holders.keys()])].sort((a, b) => a - b);
  const results: Cleared[] = [];
  for (const slot of slots) results.push(...(await clearSlot(sweep, slot)));
  for (const ticket of refs.queue) results.push(await clearTicket(sweep, ticket));
  return results;
}

async function clearSlot(sweep: Sweep, slot: number): Promise<Cleared[]> {
  const tip = tipOf(sweep.lock, slot, sweep.refs, sweep.known);
  if (tip.kind === "claim") return [await clearClaim(sweep, slot, tip)];
  if (tip.kind === "foreign") return [await clearForeign(sweep, slot, tip)];
  return await clearMarker(sweep, slot);
}

type HeldTip = Extract<Tip, { kind: "claim" }>;
type ForeignTip = Extract<Tip, { kind: "foreign" }>;

async function clearClaim(sweep: Sweep, slot: number, tip: HeldTip): Promise<Cleared> {
  const { ports, lock, refs, clearing, patience, known } = sweep;
  const about = { what: `the hold of slot ${slot}`, oid: tip.oid };
  // Walks back to the hold's first claim, so that whichever of its claims is expected is known.
  const own = await holdAt(ports, lock, refs, slot, tip, known, patience);
  const isExpected = clearing.expect !== null && nonceOf(known.get(clearing.expect)) === tip.claim.nonce;
  if (clearing.expect !== null && !isExpected)
    return { ...about, result: "other", why: "it is another hold than was expected" };
  const isFrozen = isCompleteFreeze(lock, tip, refs, known);
  const verdict = isFrozen ? FROZEN : await judge(sweep, "claim", tip.commit);
  const death = deathOf(tip.claim, tip.commit, verdict, nowOf(sweep), isFrozen);
  // A freeze waits for just this: whoever names it may end it.
  const mayEnd = death !== null || (isExpected && (clearing.force || tip.claim.freeze));
  if (!mayEnd)
    return {
      ...about,
      result: "refused",
      why: inDoubt(verdict),
    };
  const why = death?.why ?? clearing.reason ?? "asked for by hand";
  if (clearing.dryRun) return { ...about, result: "would-clear", why };
  // A renewal shows that a holder taken for dead is alive. By force it ends all the same, since it is the same hold; and so does a freeze that is named,
  // which renews its slots as it becomes complete.
  const ending = {
    by: clearing.by,
    reason: clearing.reason ?? why,
    outcome: "cleared",
    exactly: !clearing.force && !(isExpected && tip.claim.freeze),
  } as const;
  const given = await giveBack(ports, own.hold, ending, patience, own);
  if (given.kind === "released") return { ...about, result: "cleared", why };
  if (given.kind === "ended") return { ...about, result: "too-late", why: describeEnding(given.entry) };
  if (given.kind === "renewed")
    return { ...about, result: "refused", why: "it was renewed meanwhile: its holder is alive" };
  return { ...about, result: "too-late", why: "its log was replaced by hand" };
}

/** A hold's claim, its renewals, and the other slots of a freeze all carry one nonce: naming any of them names all. */
function nonceOf(commit: Commit | undefined): string | null {
  const record = commit === undefined ? null : readRecord(commit);
  return record?.kind === "claim" ? record.claim.nonce : null;
}

/** A commit that is not ours is buried under an entry, so that the log still only moves forward. */
async function clearForeign(sweep: Sweep, slot: number, tip: ForeignTip): Promise<Cleared> {
  const { ports, lock, refs, clearing, patience, known } = sweep;
  const about = { what: `the commit at the tip of slot ${slot}`, oid: tip.oid, why: `it ${tip.why}` };
  if (clearing.expect !== null && clearing.expect !== tip.oid) return { ...about, result: "other" };
  if (refs.odd.has(tip.oid))
    return {
      ...about,
      result: "refused",
      why: "it is no commit, on which no log can be built; delete the ref by hand",
    };
  if (!clearing.force || clearing.expect === null) return { ...about, result: "refused" };
  if (clearing.dryRun) return { ...about, result: "would-clear" };
  const marker = refs.holders.get(slot);
  if (marker !== undefined) await readBack(ports, marker, known, patience);
  const { sequence, slots } = lastKnown(known);
  const by = { by: clearing.by, reason: clearing.reason, waitedSeconds: null, heldSeconds: null };
  const message = encodeEntry({
    ends: tip.oid,
    lock: lock.text,
    slot,
    slots,
    sequence,
    outcome: "cleared",
    clock: ports.store.clock,
    ...by,
  });
  const entry = await insist(ports, patience, () => ports.store.write(message, tip.oid));
  const change = { ref: logRef(lock, slot), from: tip.oid, to: entry.oid };
  if ((await settle(ports, change, patience)) === "superseded")
    return { ...about, result: "too-late", why: "the log has moved meanwhile" };
  await clearMarker({ ...sweep, clearing: { ...clearing, expect: null } }, slot);
  return { ...about, result: "cleared" };
}

/** The highest fencing token that any record tells, and the slots of that record: tokens never go back. A claim's is one more than its entry's. */
function lastKnown(known: ReadonlyMap<Oid, Commit>): { sequence: number; slots: number } {
  let last = { sequence: 0, slots: 1 };
  for (const commit of known.values()) {
    const record = readRecord(commit);
    if (record.kind === "foreign") {
      // A later version counts in a way that we do not know; but whatever it calls a sequence is not given again.
      const told = [...commit.message.matchAll(/"sequence"\s*:\s*(\d{1,12})/g)].map(
        ([, digits]) => Number(digits) + 1,
      );
      last = { ...last, sequence: Math.max(last.sequence, ...told) };
      continue;
    }
    const { slots } = record.kind === "claim" ? record.claim : record.entry;
    const sequence = record.kind === "entry" ? record.entry.sequence + 1 : (record.claim.sequence ?? 1);
    if (sequence > last.sequence) last = { sequence, slots };
  }
  return last;
}

/** A holder ref where nobody holds: left by a client that could not change it together with the log. */
async function clearMarker(
  { ports, lock, refs, clearing, patience }: Sweep,
  slot: number,
): Promise<Cleared[]> {
  const oid = refs.holders.get(slot);
  if (oid === undefined || (clearing.expect !== null && clearing.expect !== oid)) return [];
  const about = { what: `the leftover holder ref of slot ${slot}`, oid, why: "nobody holds the slot" };
  if (clearing.dryRun) return [{ ...about, result: "would-clear" }];
  const change = { ref: holderRef(lock, slot), from: oid, to: null };
  return [{ ...about, result: RESULTS[await settle(ports, change, patience)] }];
}

async function clearTicket(sweep: Sweep, ticket: Ticket): Promise<Cleared> {
  const { ports, clearing, patience } = sweep;
  const about = { what: `the ticket of number ${ticket.number}`, oid: ticket.oid };
  const isExpected = clearing.expect === ticket.oid;
  if (clearing.expect !== null && !isExpected)
    return { ...about, result: "other", why: "it is another ticket than was expected" };
  const commit = await insist(ports, patience, () => ports.store.read(ticket.oid));
  const verdict = await judge(sweep, "ticket", commit);
  if (verdict.state !== "dead" && !(clearing.force && isExpected))
    return { ...about, result: "refused", why: inDoubt(verdict) };
  const why = verdict.state === "dead" ? verdict.why : (clearing.reason ?? "asked for by hand");
  if (clearing.dryRun) return { ...about, result: "would-clear", why };
  const change = { ref: ticket.ref, from: ticket.oid, to: null };
  return { ...about, result: RESULTS[await settle(ports, change, patience)], why };
}

function judge(sweep: Sweep, kind: Subject["kind"], commit: Commit): Promise<Verdict> {
  const { ports, patience } = sweep;
  return insist(ports, patience, () => judgeWriter(ports.liveness, kind, commit, true, nowOf(sweep)));
}

function nowOf({ ports, refs, known }: Sweep): Now {
  const keys = keysOf(refs, { commits: known, verdicts: new Map() });
  return { readAtMs: refs.readAtMs, seenMs: ports.sightings.see(keys) };
}

function inDoubt({ state, why }: Verdict): string {
  return state === "alive" ? `it is alive: ${why}` : `whether it is alive is not known: ${why}`;
}
