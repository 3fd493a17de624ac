/**
 * A claim of ours that was sent to a log, and where it stands in what the log says now.
 * Owns the walk back through a log, as a pure function of the commits read so far; must not know how they are read.
 */
import { type Entry, readRecord } from "./entry.ts";
import type { LockName } from "./name.ts";
import type { Commit, Oid } from "./refs.ts";

/** All that is needed to give a claim back, or up, without knowing anything else. Plain data: it is saved as JSON. */
export interface Hold {
  readonly lock: LockName;
  readonly slot: number;
  readonly slots: number;
  readonly nonce: string;
  /** The hold's first claim, at which the holder ref points. */
  readonly claim: Oid;
  /**
   * The tip that the claim was to replace: the entry which it follows, or `null` for none; in a takeover the dead claim, of which the entry that
   * the claim follows is a child.
   */
  readonly from: Oid | null;
  /** The fencing token. */
  readonly sequence: number;
  /** `null` where whoever ends it does not know. */
  readonly waitedSeconds: number | null;
  /** By this machine's wall clock, to count how long it was held; `null` until the claim is known to have landed. */
  readonly acquiredAtMs: number | null;
  /** When its newest claim was begun to be written, by this process's monotonic clock; unset where another process wrote it. */
  readonly sentAtMs?: number;
  /** The same of its first claim, from which its max-hold counts. */
  readonly claimedAtMs?: number;
  /** Another step of this job, another job of this run, or our caller took it, and gives it back. */
  readonly reentered: boolean;
  /** Of a freeze that has every slot, the slots that it took before this one: they are given back with it. */
  readonly parts?: readonly Hold[];
}

/** All slots of a freeze, in the order in which it took them, and of any other hold its only one. */
export function wholeOf(hold: Hold): readonly Hold[] {
  return [...(hold.parts ?? []), hold];
}

export type Position =
  /** `tip` is the hold's newest claim: held. */
  | { readonly kind: "held"; readonly tip: Oid }
  /** The tip is still the one that the claim was to replace: it has not landed, or the read is stale. */
  | { readonly kind: "not-yet" }
  /** The claim landed, and `entry`, or its withdrawal before landing, ended it. */
  | { readonly kind: "ended"; readonly entry: Entry; readonly by: Oid }
  /** The log went another way from `from`: the claim did not land, and never can. */
  | { readonly kind: "passed" }
  /** The tip is absent, or older than the claim: a stale read. */
  | { readonly kind: "stale" }
  /** The log neither has the claim nor leads to it: it was replaced by hand. */
  | { readonly kind: "gone" }
  /** The commit `oid` and those behind it have to be read first. */
  | { readonly kind: "need"; readonly oid: Oid };

/** Far more holds than anybody makes while one waits or works: a walk that gets here is walking somebody else's history. */
const MAX_STEPS = 10_000;

/** Where a hold stands, given the log's tip and the commits known so far. Stops at the first conclusive commit. */
export function locate(hold: Hold, tip: Oid | null, known: ReadonlyMap<Oid, Commit>): Position {
  if (tip === hold.from) return { kind: "not-yet" };
  if (tip === null) return { kind: "stale" };
  let cursor: Oid = tip;
  for (let step = 0; step < MAX_STEPS; step++) {
    if (cursor === hold.from) return { kind: "passed" };
    const commit = known.get(cursor);
    if (commit === undefined) return { kind: "need", oid: cursor };
    const record = readRecord(commit);
    if (record.kind === "claim" && record.claim.nonce === hold.nonce) {
      // Behind the tip, and yet no entry ended it: somebody moved the log by hand.
      return cursor === tip ? { kind: "held", tip } : { kind: "gone" };
    }
    if (record.kind === "entry") {
      if (record.entry.ends === hold.nonce) return { kind: "ended", entry: record.entry, by: cursor };
      // The entry that the claim follows has the sequence before it: below that, the claim can't be any more.
      if (record.entry.sequence < hold.sequence - 1) return older(hold, tip, known);
    }
    const parent = commit.parents[0];
    if (parent === undefined) return hold.from === null ? { kind: "passed" } : older(hold, tip, known);
    cursor = parent;
  }
  return { kind: "gone" };
}

/** Whether a tip that does not lead to the claim is one that the claim itself leads back to. */
function older(hold: Hold, tip: Oid, known: ReadonlyMap<Oid, Commit>): Position {
  let cursor = hold.from ?? undefined;
  for (let step = 0; step < MAX_STEPS && cursor !== undefined; step++) {
    if (cursor === tip) return { kind: "stale" };
    const commit = known.get(cursor);
    if (commit === undefined) return { kind: "need", oid: cursor };
    cursor = commit.parents[0];
  }
  return { kind: "gone" };
}
