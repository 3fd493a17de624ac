/**
 * Finds the hold of a claim: by the oid of any of its claims, or by its nonce, as far back as the logs go.
 * Owns that search; must not know who asks, nor end or renew anything.
 */
import { type Entry, readRecord } from "./entry.ts";
import { isLockError } from "./errors.ts";
import { backOff, insist, type Patience } from "./insist.ts";
import { type LockName, logRef } from "./name.ts";
import { type HeldByUs, holdAt } from "./own.ts";
import type { Ports } from "./ports.ts";
import { readBack } from "./read-back.ts";
import { foreignCommit } from "./record.ts";
import type { Commit, Oid } from "./refs.ts";
import type { LockStatus } from "./report.ts";
import { commitTips, type LockRefs, parseRefs, tipOf } from "./snapshot.ts";
import { statusOf } from "./status.ts";

/** What tells a hold from all others. Whatever matches one of them is meant. */
export interface Tag {
  readonly claims: ReadonlySet<Oid>;
  readonly nonces: ReadonlySet<string>;
}

export type Claimed =
  | HeldByUs
  | { readonly kind: "ended"; readonly entry: Entry; readonly status: LockStatus }
  /** No log has a trace of it. */
  | { readonly kind: "none"; readonly status: LockStatus };

/** Far more commits than anybody's holds and renewals leave behind between two commands about one of them. */
const MOST_COMMITS = 10_000;

/** A replica that lags behind has caught up by then, and whoever mistyped an oid is not kept longer. */
const STALE_MS = 15_000;

/**
 * Two requests where the hold stands, or stood lately, in a lock of one slot. A log without a trace of it may be one from before the claim: it
 * is read again for a while, and that is told as trouble.
 */
export async function findClaimed(
  ports: Ports,
  lock: LockName,
  tag: Tag,
  patience: Patience,
): Promise<Claimed> {
  const untilMs = Math.min(patience.untilMs, ports.clock.monotonicMs() + STALE_MS);
  const what = `The log of "${lock.text}" has no trace of that hold so far.`;
  for (let tries = 0; ; tries++) {
    const found = await lookFor(ports, lock, tag, patience);
    if (found.kind !== "none" || tag.claims.size + tag.nonces.size === 0) return found;
    const isOver = await backOff(ports, tries, { ...patience, untilMs }, what).then(() => false, orOver);
    if (isOver) return found;
  }
}

function orOver(error: unknown): true {
  if (isLockError(error, "unreachable")) return true;
  throw error;
}

async function lookFor(ports: Ports, lock: LockName, tag: Tag, patience: Patience): Promise<Claimed> {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const known = new Map<Oid, Commit>();
  const nonces = await Promise.all(
    commitTips(refs).map((tip) => nonceBehind(ports, tip, tag, known, patience)),
  );
  for (const slot of refs.logs.keys()) {
    const tip = tipOf(lock, slot, refs, known);
    if (tip.kind === "claim" && nonces.includes(tip.claim.nonce))
      return await holdAt(ports, lock, refs, slot, tip, known, patience);
  }
  const entry = entryOf(nonces, known);
  if (entry === null) refuseForeign(lock, refs, known);
  const status = statusOf(lock, 1, refs, { commits: known, verdicts: new Map(), seenMs: new Map() });
  return entry === null ? { kind: "none", status } : { kind: "ended", entry, status };
}

/** Of the newest claim of the log that is meant. */
async function nonceBehind(
  ports: Ports,
  tip: Oid,
  tag: Tag,
  known: Map<Oid, Commit>,
  patience: Patience,
): Promise<string | null> {
  let count = 0;
  for (let oid: Oid | undefined = tip; oid !== undefined && count < MOST_COMMITS; ) {
    const read: readonly Commit[] = await readBack(ports, oid, known, patience);
    for (const commit of read) {
      const record = readRecord(commit);
      if (record.kind !== "claim") continue;
      if (tag.claims.has(commit.oid) || tag.nonces.has(record.claim.nonce)) return record.claim.nonce;
    }
    count += read.length;
    oid = read.at(-1)?.parents[0];
  }
  return null;
}

function entryOf(nonces: readonly (string | null)[], known: ReadonlyMap<Oid, Commit>): Entry | null {
  for (const commit of known.values()) {
    const record = readRecord(commit);
    if (record.kind === "entry" && nonces.includes(record.entry.ends)) return record.entry;
  }
  return null;
}

/** @throws LockError `foreign` where a log can't be read, so that nothing is known of it */
function refuseForeign(lock: LockName, refs: LockRefs, known: ReadonlyMap<Oid, Commit>): void {
  for (const slot of refs.logs.keys()) {
    const tip = tipOf(lock, slot, refs, known);
    if (tip.kind === "foreign") throw foreignCommit(tip.commit, logRef(lock, slot), tip.why);
  }
}
