/**
 * Finds out whether jobs wait for each other in a circle: this one holds a lock and waits for a second, whose holder waits, over however many
 * others, for the first. The refs show who waits for whom.
 * Owns the search, and who of them gives way; must not know how commits are read, nor how the wait ends.
 */
import { readRecord } from "./entry.ts";
import { describeIdentity, type Identity, isSameRun, type Mine } from "./identity.ts";
import type { Knowledge } from "./move.ts";
import { type LockName, listedLocks } from "./name.ts";
import type { Listing, Oid } from "./refs.ts";
import { type LockRefs, parseRefs } from "./snapshot.ts";
import { readTicket, type Ticket } from "./ticket.ts";

export type Search =
  | { readonly kind: "none" }
  /** This commit has to be read first. */
  | { readonly kind: "need"; readonly oid: Oid }
  /** `circle` says who waits for what. Exactly one of those in it gives way: the one who came last. */
  | {
      readonly kind: "deadlock";
      readonly circle: string;
      readonly isOurTurn: boolean;
      readonly waits: readonly AwaitedByOther[];
    };

/** Somebody else's ticket in a circle, and the end of the log in which stands whether it has had its turn. */
export interface AwaitedByOther {
  readonly ticket: Oid;
  readonly nonce: string;
  readonly log: Oid;
}

/** What was found out, and the tickets that wait for nothing any more: their lock was taken for them, and they were left behind. */
export interface WaitKnowledge extends Knowledge {
  readonly served: ReadonlySet<Oid>;
}

/** Somebody who waits for a lock that is held, over others or not, by us. */
interface Wait {
  readonly lock: LockName;
  readonly ticket: Ticket;
  readonly log: Oid;
  readonly nonce: string;
  readonly who: Identity;
  readonly next: Wait | null;
}

interface Holder {
  readonly log: Oid;
  readonly who: Identity;
  readonly scope: "job" | "run";
}

/**
 * Walks back from the locks that we hold, to those who wait for them, to the locks that these hold in turn: until there is whoever holds the lock
 * that we wait for. Where nobody waits for what we hold, nothing has to be read. The dead wait for nothing, nor do the served.
 */
export function findDeadlock(
  namespace: string,
  listing: Listing,
  waitedFor: LockName,
  known: WaitKnowledge,
  ours: Ticket,
  mine: Mine,
): Search {
  const locks = listedLocks(listing, namespace).map((lock) => ({ lock, refs: parseRefs(lock, listing) }));
  const awaited = locks.filter(({ refs }) => refs.queue.length > 0);
  const goal = awaited.find(({ lock }) => lock.encoded === waitedFor.encoded);
  const holder = goal === undefined ? null : holderOf(goal.refs, known);
  if (holder === null) return { kind: "none" };
  if (holder.kind === "need") return holder;
  const reached: { lock: LockName; refs: LockRefs; log: Oid; next: Wait | null }[] = [];
  for (const { lock, refs } of awaited.filter((one) => mine.handed(one.lock) !== null)) {
    const ours = holderOf(refs, known);
    if (ours?.kind === "need") return ours;
    if (ours !== null) reached.push({ lock, refs, log: ours.log, next: null });
  }
  // The list grows while it is walked: what is reached last is walked last.
  for (const { lock, refs, log, next } of reached) {
    for (const ticket of refs.queue) {
      const waiter = waiterOf(ticket, known);
      if (waiter === null || ticket.ref === ours.ref) continue;
      if (waiter.kind === "need") return waiter;
      const { who, nonce } = waiter;
      const wait: Wait = { lock, ticket, log, nonce, who, next };
      if (isHeldBy(holder, who)) return deadlock(wait, waitedFor, ours);
      for (const other of awaited) {
        if (reached.some((one) => one.lock.encoded === other.lock.encoded)) continue;
        const theirs = holderOf(other.refs, known);
        if (theirs?.kind === "need") return theirs;
        if (theirs !== null && isHeldBy(theirs, who)) reached.push({ ...other, log: theirs.log, next: wait });
      }
    }
  }
  return { kind: "none" };
}

type Need = Extract<Search, { kind: "need" }>;

/** Locks of several slots are left out: one slot that comes free ends the wait. */
function holderOf(
  refs: LockRefs,
  { commits, verdicts }: Knowledge,
): (Holder & { kind: "known" }) | Need | null {
  const oid = refs.logs.get(1);
  if (oid === undefined || refs.logs.size > 1 || verdicts.get(oid)?.state === "dead") return null;
  const commit = commits.get(oid);
  if (commit === undefined) return { kind: "need", oid };
  const record = readRecord(commit);
  return record.kind === "claim" && record.claim.slots === 1
    ? { kind: "known", log: oid, who: record.claim.who, scope: record.claim.scope }
    : null;
}

/** `null` where nobody waits behind the ticket. */
function waiterOf(
  { oid }: Ticket,
  { commits, verdicts, served }: WaitKnowledge,
): { kind: "known"; who: Identity; nonce: string } | Need | null {
  if (verdicts.get(oid)?.state === "dead" || served.has(oid)) return null;
  const commit = commits.get(oid);
  if (commit === undefined) return { kind: "need", oid };
  const record = readTicket(commit);
  return record === null ? null : { kind: "known", who: record.who, nonce: record.nonce };
}

/** A hold of the run is held by each of its jobs. */
function isHeldBy({ who, scope }: Holder, waiter: Identity): boolean {
  if (who.run === null || waiter.run === null) return JSON.stringify(who) === JSON.stringify(waiter);
  if (!isSameRun(who.run, waiter.run)) return false;
  if (scope === "run") return true;
  const [a, b] = [who.run, waiter.run];
  return a.jobId === null ? a.job === b.job && a.runner === b.runner : a.jobId === b.jobId;
}

function deadlock(last: Wait, waitedFor: LockName, ours: Ticket): Search {
  const waits: Wait[] = [];
  for (let wait: Wait | null = last; wait !== null; wait = wait.next) waits.push(wait);
  const isLater = ({ ticket }: Wait) =>
    ticket.writtenAtMs - ours.writtenAtMs || (ticket.oid > ours.oid ? 1 : -1);
  const others = waits.map(({ lock, who }) => `${describeIdentity(who)} waits for "${lock.text}"`);
  const circle = `Deadlock: this job waits for "${waitedFor.text}", ${others.join(", ")}, and each holds what the one before waits for`;
  return {
    kind: "deadlock",
    circle,
    isOurTurn: waits.every((wait) => isLater(wait) < 0),
    waits: waits.map(({ ticket, nonce, log }) => ({ ticket: ticket.oid, nonce, log })),
  };
}
