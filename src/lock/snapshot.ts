/**
 * The refs of one lock and what is known of the commits at their tips: who holds each slot, and who stands in the way.
 * Owns the reading of refs into slots; must not know who is asking, nor decide anything.
 */
import type { Claim } from "./claim.ts";
import { type Entry, readRecord } from "./entry.ts";
import { type LockName, parseName } from "./name.ts";
import type { Commit, Listing, Oid } from "./refs.ts";
import { byPlace, parseTicket, type Ticket } from "./ticket.ts";
import { DEAD_AFTER_MS } from "./verdict.ts";

/** Where a lock's refs stood when they were read. Over several refs a read may be torn. */
export interface LockRefs {
  readonly logs: ReadonlyMap<number, Oid>;
  readonly holders: ReadonlyMap<number, Oid>;
  /** What is no commit, and so is nothing of ours. */
  readonly odd: ReadonlySet<Oid>;
  /** Whoever waits, the first in line first. */
  readonly queue: readonly Ticket[];
  /** By the clock that dates commits; `null` where the store does not tell. */
  readonly readAtMs: number | null;
  /** Whether nothing was waited for since: only a fresh read shows who came meanwhile. */
  readonly isFresh: boolean;
}

export type ClaimTip = Extract<Tip, { kind: "claim" }>;

export type Tip =
  /** No log yet: free. */
  | { readonly kind: "absent" }
  | { readonly kind: "unread"; readonly oid: Oid }
  /** Held. */
  | { readonly kind: "claim"; readonly oid: Oid; readonly claim: Claim; readonly commit: Commit }
  /** Free. */
  | { readonly kind: "entry"; readonly oid: Oid; readonly entry: Entry; readonly commit: Commit }
  | { readonly kind: "foreign"; readonly oid: Oid; readonly why: string; readonly commit: Commit };

export function parseRefs(lock: LockName, { refs, readAtMs }: Listing): LockRefs {
  const logs = new Map<number, Oid>();
  const holders = new Map<number, Oid>();
  const odd = new Set<Oid>();
  for (const { name, oid, isCommit = true } of refs) {
    if (!isCommit) odd.add(oid);
    const match = name.startsWith(lock.prefix)
      ? /^(log|holder)\/([1-9]\d{0,8})$/.exec(name.slice(lock.prefix.length))
      : null;
    if (match !== null) (match[1] === "log" ? logs : holders).set(Number(match[2]), oid);
  }
  const queue = refs.flatMap((ref) => (odd.has(ref.oid) ? [] : (parseTicket(lock, ref) ?? []))).sort(byPlace);
  return { logs, holders, odd, queue, readAtMs, isFresh: true };
}

/** The tips of the logs that can be read. */
export function commitTips({ logs, odd }: LockRefs): Oid[] {
  return [...logs.values()].filter((oid) => !odd.has(oid));
}

export const NOTHING_READ: LockRefs = {
  logs: new Map(),
  holders: new Map(),
  odd: new Set(),
  queue: [],
  readAtMs: null,
  isFresh: false,
};

/** The same, with a newer tip of one log. What else changed with it is not known until the refs are read again. */
export function withTip(refs: LockRefs, slot: number, tip: Oid | null): LockRefs {
  const logs = new Map(refs.logs);
  const holders = new Map(refs.holders);
  if (tip === null) logs.delete(slot);
  else logs.set(slot, tip);
  holders.delete(slot);
  return { ...refs, logs, holders, isFresh: false };
}

/**
 * The same, with the logs as they are now. A holder ref goes with its log; but a hold that is renewed keeps it, so that for one known to be renewed it
 * stays as it was: a marker that is not at the tip says nothing of it, so that the tip is read before anything is decided or written upon it.
 */
export function withLogs(
  refs: LockRefs,
  logs: ReadonlyMap<number, Oid>,
  known: ReadonlyMap<Oid, Commit>,
): LockRefs {
  const holders = new Map(refs.holders);
  for (const [slot, oid] of refs.logs) {
    const now = logs.get(slot);
    if (now === oid) continue;
    if (now === undefined || !isRenewed(known.get(oid))) holders.delete(slot);
  }
  return { ...refs, logs, holders, isFresh: false };
}

function isRenewed(commit: Commit | undefined): boolean {
  const record = commit === undefined ? null : readRecord(commit);
  return record?.kind === "claim" && (record.claim.leaseSeconds !== null || record.claim.sequence !== null);
}

/** The same, with a ticket that was just made. */
export function withTicket(refs: LockRefs, ticket: Ticket): LockRefs {
  const others = refs.queue.filter(({ ref }) => ref !== ticket.ref);
  return { ...refs, queue: [...others, ticket].sort(byPlace) };
}

/** What is at the tip of a slot's log, as far as its commit is known. */
export function tipOf(lock: LockName, slot: number, refs: LockRefs, known: ReadonlyMap<Oid, Commit>): Tip {
  const oid = refs.logs.get(slot);
  if (oid === undefined) return { kind: "absent" };
  if (refs.odd.has(oid)) {
    return { kind: "foreign", oid, why: "is no commit", commit: { oid, parents: [], message: "", date: "" } };
  }
  const commit = known.get(oid);
  if (commit === undefined) return { kind: "unread", oid };
  const record = readRecord(commit);
  if (record.kind === "foreign") return { kind: "foreign", oid, why: record.why, commit };
  const body = record.kind === "claim" ? record.claim : record.entry;
  if (!isOf(body, lock, slot))
    return { kind: "foreign", oid, why: `belongs to slot ${body.slot} of another lock`, commit };
  if (record.kind === "entry") return { kind: "entry", oid, entry: record.entry, commit };
  return { kind: "claim", oid, claim: record.claim, commit };
}

/** A record that was copied here from another log is not ours, however well it reads. */
function isOf(body: { readonly lock: string; readonly slot: number }, lock: LockName, slot: number): boolean {
  try {
    return body.slot === slot && (body.lock === lock.text || parseName(body.lock).encoded === lock.encoded);
  } catch {
    return false;
  }
}

/** The slots in which anything was ever held, or that a user of `slots` slots asks for, ascending. */
export function slotsOf(refs: LockRefs, slots: number): number[] {
  const all = new Set([...refs.logs.keys(), ...Array.from({ length: slots }, (_, index) => index + 1)]);
  return [...all].sort((a, b) => a - b);
}

export type Sequence =
  | { readonly kind: "known"; readonly value: number }
  /** The commit `oid` has to be read first. */
  | { readonly kind: "need"; readonly oid: Oid }
  /** `why` completes the sentence "the claim …". */
  | { readonly kind: "foreign"; readonly why: string };

/** A claim's fencing token: a renewal carries it, a first claim's is that of the entry which it follows, + 1. */
export function sequenceOf(claim: Claim, commit: Commit, known: ReadonlyMap<Oid, Commit>): Sequence {
  if (claim.sequence !== null) return { kind: "known", value: claim.sequence };
  const parent = commit.parents[0];
  if (parent === undefined) return { kind: "known", value: 1 };
  const before = known.get(parent);
  if (before === undefined) return { kind: "need", oid: parent };
  const record = readRecord(before);
  if (record.kind === "entry") return { kind: "known", value: record.entry.sequence + 1 };
  return { kind: "foreign", why: "follows a commit which is no entry" };
}

/**
 * Whether a freeze has every slot: then nobody's completion ends it. It takes them in order, so that the last one tells. Where that is not read, it
 * counts as complete: what cannot be known is not dead. A claim of it that was renewed says by itself that it was complete, whatever an old read shows
 * of the last slot; until that shows that it was ended since.
 */
export function isCompleteFreeze(
  lock: LockName,
  { claim, commit }: Pick<ClaimTip, "claim" | "commit">,
  refs: LockRefs,
  known: ReadonlyMap<Oid, Commit>,
): boolean {
  if (!claim.freeze) return false;
  const last = tipOf(lock, claim.slots, refs, known);
  if (claim.slot === claim.slots || last.kind === "unread") return true;
  if (last.kind === "claim" && last.claim.nonce === claim.nonce) return true;
  return claim.sequence !== null && !isPast(claim, commit, last, known);
}

/** Whether the last slot's log has gone on from a freeze: the entry that ended it is there, or what was written well after the freeze was complete. */
function isPast(claim: Claim, { date }: Commit, last: Tip, known: ReadonlyMap<Oid, Commit>): boolean {
  if (last.kind !== "claim" && last.kind !== "entry") return false;
  for (let commit = known.get(last.oid); commit !== undefined; commit = known.get(commit.parents[0] ?? "")) {
    const record = readRecord(commit);
    if (record.kind === "entry" && record.entry.ends === claim.nonce) return true;
  }
  const { clock } = last.kind === "claim" ? last.claim : last.entry;
  const isDated = clock === "server" && claim.clock === "server";
  return isDated && Date.parse(last.commit.date) - Date.parse(date) > DEAD_AFTER_MS;
}
