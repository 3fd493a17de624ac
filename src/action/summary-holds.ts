/**
 * The holds of a lock, put together from the commits that were read of its logs.
 * Owns the walk and what a claim and an entry tell of a hold; must not know of waiters, nor how a hold is shown.
 */
import { type Entry, readRecord } from "../lock/entry.ts";
import type { Hold } from "../lock/hold.ts";
import type { Identity } from "../lock/identity.ts";
import type { Commit, Oid } from "../lock/refs.ts";
import type { Seen } from "./summary-seen.ts";

/** A hold, as far as its claims and the entry that ended it were read. Dates in milliseconds since 1970. */
export interface KnownHold {
  readonly slot: number;
  /** All slots of a freeze carry one. */
  readonly nonce: string;
  /** Those that were read, in no order. */
  readonly claims: Set<Oid>;
  readonly isOurs: boolean;
  who: Identity | null;
  fromMs: number | null;
  token: number | null;
  isFreeze: boolean;
  reason: string | null;
  waitedSeconds: number | null;
  end: { readonly entry: Entry; readonly atMs: number } | null;
}

/**
 * Walks back from wherever the lock's logs were seen to stand, so that nothing is shown as a hold that is not in a log.
 * @param encoded the lock's name, as in its refs
 * @param ours holds of this job, known from elsewhere
 */
export function knownHolds(
  { tips, commits, who }: Pick<Seen, "tips" | "commits" | "who">,
  encoded: string,
  ours: readonly Hold[],
): KnownHold[] {
  const known = new Map<string, KnownHold>();
  for (const [ref, oids] of tips) {
    const [name, , slot] = ref.split("/").slice(-3);
    if (name !== encoded) continue;
    const done = new Set<Oid>();
    for (const tip of oids) {
      for (let commit = commits.get(tip); commit !== undefined && !done.has(commit.oid); ) {
        done.add(commit.oid);
        addCommit(known, commit, Number(slot), commits);
        commit = commits.get(commit.parents[0] ?? "");
      }
    }
  }
  for (const hold of ours) addOurs(known, hold, who);
  const nonces = new Set(ours.map(({ nonce }) => nonce));
  return [...known.values()].map((hold) => ({ ...hold, isOurs: nonces.has(hold.nonce) }));
}

function holdOf(known: Map<string, KnownHold>, slot: number, nonce: string): KnownHold {
  const key = `${slot} ${nonce}`;
  const hold = known.get(key) ?? {
    slot,
    nonce,
    claims: new Set(),
    isOurs: false,
    who: null,
    fromMs: null,
    token: null,
    isFreeze: false,
    reason: null,
    waitedSeconds: null,
    end: null,
  };
  known.set(key, hold);
  return hold;
}

function addCommit(
  known: Map<string, KnownHold>,
  commit: Commit,
  slot: number,
  commits: ReadonlyMap<Oid, Commit>,
): void {
  const record = readRecord(commit);
  if (record.kind === "foreign") return;
  if (record.kind === "entry") {
    const { entry } = record;
    const { ends, sequence, waitedSeconds } = entry;
    const atMs = dateOf(commit.date);
    const end = atMs === null ? null : { entry, atMs };
    Object.assign(holdOf(known, slot, ends), { end, token: sequence, waitedSeconds });
    return;
  }
  const { claim } = record;
  const hold = holdOf(known, slot, claim.nonce);
  const { who, reason, freeze: isFreeze } = claim;
  hold.claims.add(commit.oid);
  const fromMs = dateOf(claim.acquiredAt ?? commit.date) ?? hold.fromMs;
  Object.assign(hold, { who, reason, isFreeze, fromMs });
  hold.token ??= claim.sequence ?? tokenAfter(commits.get(commit.parents[0] ?? ""), commit);
}

function tokenAfter(parent: Commit | undefined, claim: Commit): number | null {
  if (parent === undefined) return claim.parents.length === 0 ? 1 : null;
  const record = readRecord(parent);
  return record.kind === "entry" ? record.entry.sequence + 1 : null;
}

function addOurs(known: Map<string, KnownHold>, ours: Hold, who: Identity | null): void {
  const hold = holdOf(known, ours.slot, ours.nonce);
  hold.claims.add(ours.claim);
  hold.who ??= who;
  hold.fromMs ??= ours.acquiredAtMs;
  hold.token = ours.sequence;
  // Who enters a hold again has waited for nothing.
  if (!ours.reentered) hold.waitedSeconds = ours.waitedSeconds;
}

/** Whoever released it held it; of one that somebody else ended, the entry does not tell. */
export function holderOf({ who, end }: KnownHold): Identity | null {
  return who ?? (end?.entry.outcome === "released" ? end.entry.by : null);
}

/** By the date of the claim, or else by what its holder has counted. */
export function startOf({ fromMs, end }: KnownHold): number | null {
  if (fromMs !== null || end === null || end.entry.heldSeconds === null) return fromMs;
  return orNull(end.atMs - end.entry.heldSeconds * 1000);
}

/** Older than git; what is earlier is somebody's mischief, or a clock that was never set. */
const EARLIEST_MS = Date.parse("2005-01-01T00:00:00Z");
const LATEST_MS = Date.parse("2200-01-01T00:00:00Z");

/** `null` for what is no date, or none that a lock can have. */
export function dateOf(text: string): number | null {
  return orNull(Date.parse(text));
}

export function orNull(ms: number): number | null {
  return ms >= EARLIEST_MS && ms <= LATEST_MS ? ms : null;
}
