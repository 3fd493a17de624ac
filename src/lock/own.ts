/**
 * Finds the hold of whoever is asking: by a nonce that was handed on, by being the same job, or by the run for scope `run`.
 * Owns what "ours" means; must not end or renew anything.
 */
import { type Claim, isOurs } from "./claim.ts";
import { type Entry, readRecord } from "./entry.ts";
import { LockError } from "./errors.ts";
import type { Hold } from "./hold.ts";
import { isSameRun, type Mine } from "./identity.ts";
import { backoffMs, insist, type Patience } from "./insist.ts";
import { type LockName, logRef } from "./name.ts";
import type { Ports } from "./ports.ts";
import { foreignCommit } from "./record.ts";
import type { Commit, Oid } from "./refs.ts";
import type { LockStatus } from "./report.ts";
import { type LockRefs, parseRefs, slotsOf, tipOf } from "./snapshot.ts";
import { statusOf } from "./status.ts";

export type Own =
  | {
      readonly kind: "held";
      readonly hold: Hold;
      readonly claim: Claim;
      readonly tip: Oid;
      readonly marker: Oid | null;
      readonly acquiredAt: string;
    }
  /** The newest hold of ours that the log still shows, and the entry that ended it. */
  | { readonly kind: "ended"; readonly entry: Entry; readonly status: LockStatus }
  | { readonly kind: "none"; readonly status: LockStatus };

/** Commits read at once from each log: one request. */
const HISTORY_COMMITS = 50;

/** Whether an entry is one by which we gave a hold back ourselves, rather than one by which somebody ended it. */
export function isGivenBackByUs(entry: Entry, mine: Mine): boolean {
  const [theirs, ours] = [entry.by.run, mine.identity.run];
  return entry.outcome === "released" && theirs !== null && ours !== null && isSameRun(theirs, ours);
}

/**
 * Two requests for a lock of one slot: its refs, and its log. Where a hold was handed on and the log has no trace of it, the read is stale, and
 * is repeated: a loss is never claimed on a read that shows nothing.
 * @throws LockError `unreachable` when patience is out before the log shows anything of a hold that was handed on
 */
export async function findOwn(ports: Ports, lock: LockName, mine: Mine, patience: Patience): Promise<Own> {
  for (let tries = 0; ; tries++) {
    const own = await look(ports, lock, mine, patience);
    if (own.kind !== "none" || !mine.wasHanded(lock.text)) return own;
    const pauseMs = backoffMs(tries, ports.random());
    if (ports.clock.monotonicMs() + pauseMs > patience.untilMs) {
      throw new LockError(
        "unreachable",
        `The log of "${lock.text}" shows no trace of the hold that this job was handed: either the server answers with old data, or somebody deleted the lock's refs by hand.`,
      );
    }
    await ports.clock.sleep(pauseMs, patience.signal);
  }
}

async function look(ports: Ports, lock: LockName, mine: Mine, patience: Patience): Promise<Own> {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const slots = slotsOf(refs, 1).filter((slot) => refs.logs.has(slot));
  const logs = await Promise.all(slots.map((slot) => readLog(ports, refs, slot, patience)));
  const known = new Map(logs.flat().map((commit) => [commit.oid, commit]));
  let ended: Entry | null = null;
  for (const slot of slots) {
    const tip = tipOf(lock, slot, refs, known);
    if (tip.kind === "foreign") throw foreignCommit(tip.commit, logRef(lock, slot), tip.why);
    if (tip.kind === "claim" && isOurs(tip.claim, mine)) {
      return await holdAt(ports, lock, refs, slot, tip.claim, known, patience);
    }
    ended ??= newestEnded(refs, slot, known, mine);
  }
  const status = statusOf(lock, 1, refs, { commits: known, verdicts: new Map() });
  return ended === null ? { kind: "none", status } : { kind: "ended", entry: ended, status };
}

function readLog(ports: Ports, refs: LockRefs, slot: number, patience: Patience): Promise<readonly Commit[]> {
  const tip = refs.logs.get(slot);
  if (tip === undefined) return Promise.resolve([]);
  return insist(ports, patience, () => ports.store.history(tip, HISTORY_COMMITS));
}

export type HeldByUs = Extract<Own, { kind: "held" }>;

/** Walks back over the renewals to the hold's first claim, and to the entry before it, which gives the fencing token. */
export async function holdAt(
  ports: Ports,
  lock: LockName,
  refs: LockRefs,
  slot: number,
  claim: Claim,
  known: Map<Oid, Commit>,
  patience: Patience,
): Promise<HeldByUs> {
  const tip = refs.logs.get(slot) as Oid;
  let first = await commitOf(ports, tip, known, patience);
  for (;;) {
    const onto = first.parents[0] ?? null;
    const before = onto === null ? null : await commitOf(ports, onto, known, patience);
    const record = before === null ? null : readRecord(before);
    if (before !== null && record?.kind === "claim" && record.claim.nonce === claim.nonce) {
      first = before;
      continue;
    }
    const sequence = claim.sequence ?? (record?.kind === "entry" ? record.entry.sequence + 1 : 1);
    const acquiredAt = claim.acquiredAt ?? first.date;
    const acquiredAtMs = Date.parse(acquiredAt);
    const hold = {
      lock,
      slot,
      slots: claim.slots,
      nonce: claim.nonce,
      claim: first.oid,
      from: onto,
      sequence,
      waitedSeconds: 0,
      acquiredAtMs,
      reentered: false,
    };
    return { kind: "held", hold, claim, tip, marker: refs.holders.get(slot) ?? null, acquiredAt };
  }
}

async function commitOf(
  ports: Ports,
  oid: Oid,
  known: Map<Oid, Commit>,
  patience: Patience,
): Promise<Commit> {
  const found = known.get(oid);
  if (found !== undefined) return found;
  for (const commit of await insist(ports, patience, () => ports.store.history(oid, HISTORY_COMMITS))) {
    known.set(commit.oid, commit);
  }
  return known.get(oid) ?? (await insist(ports, patience, () => ports.store.read(oid)));
}

/** Looks through what was read of a log for a claim of ours, and gives the entry that ended it. */
function newestEnded(
  refs: LockRefs,
  slot: number,
  known: ReadonlyMap<Oid, Commit>,
  mine: Mine,
): Entry | null {
  let entry: Entry | null = null;
  for (let oid = refs.logs.get(slot); oid !== undefined; ) {
    const commit = known.get(oid);
    if (commit === undefined) return null;
    const record = readRecord(commit);
    if (record.kind === "claim" && entry !== null && isOurs(record.claim, mine)) return entry;
    if (record.kind === "entry") entry = record.entry;
    oid = commit.parents[0];
  }
  return null;
}
