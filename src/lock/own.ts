/**
 * Finds the hold of whoever is asking: by a nonce that was handed on, by being the same job, or by the run for scope `run`.
 * Owns what "ours" means; must not end or renew anything.
 */
import { type Claim, isOurs } from "./claim.ts";
import { type Entry, readRecord } from "./entry.ts";
import type { Hold } from "./hold.ts";
import { isSameRun, type Mine } from "./identity.ts";
import { backOff, insist, type Patience } from "./insist.ts";
import { type LockName, logRef } from "./name.ts";
import type { Ports } from "./ports.ts";
import { readBack } from "./read-back.ts";
import { foreignCommit } from "./record.ts";
import type { Commit, Oid } from "./refs.ts";
import type { LockStatus } from "./report.ts";
import { commitTips, type LockRefs, parseRefs, slotsOf, type Tip, tipOf } from "./snapshot.ts";
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
  /** The entry that ended our newest hold, as far as what was read of the logs shows one. */
  | { readonly kind: "ended"; readonly entry: Entry; readonly status: LockStatus }
  | { readonly kind: "none"; readonly status: LockStatus };

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
    if (own.kind !== "none" || mine.handed(lock) === null) return own;
    const why = "either the server answers with old data, or somebody deleted the lock's refs by hand";
    await backOff(
      ports,
      tries,
      patience,
      `The log of "${lock.text}" shows no trace of the hold that this job was handed: ${why}.`,
    );
  }
}

async function look(ports: Ports, lock: LockName, mine: Mine, patience: Patience): Promise<Own> {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const known = new Map<Oid, Commit>();
  await Promise.all(commitTips(refs).map((tip) => readUntil(ports, tip, mine.handed(lock), known, patience)));
  const isHanded = (tip: Tip) => tip.kind === "claim" && mine.nonces.has(tip.claim.nonce);
  const tips = slotsOf(refs, 1).map((slot) => ({ slot, tip: tipOf(lock, slot, refs, known) }));
  const status = statusOf(lock, 1, refs, { commits: known, verdicts: new Map(), seenMs: new Map() });
  // An earlier hold of this job says nothing of the one that was handed on: a log without a trace of that is older than it.
  const isTraced = tips.some(({ tip }) => isHanded(tip)) || isEndIn(known, mine.nonces);
  if (mine.handed(lock) !== null && !isTraced) return { kind: "none", status };
  // What was handed on is what is relied on; a claim that only the job's id shows to be ours may have landed late.
  tips.sort((a, b) => Number(isHanded(b.tip)) - Number(isHanded(a.tip)));
  for (const { slot, tip } of tips) {
    if (tip.kind === "claim" && isOurs(tip.claim, mine))
      return await holdAt(ports, lock, refs, slot, tip, known, patience);
  }
  for (const { slot, tip } of tips) {
    if (tip.kind === "foreign") throw foreignCommit(tip.commit, logRef(lock, slot), tip.why);
  }
  const ended = newestEnded(refs, known, mine);
  return ended === null ? { kind: "none", status } : { kind: "ended", entry: ended, status };
}

function isEndIn(known: ReadonlyMap<Oid, Commit>, nonces: ReadonlySet<string>): boolean {
  const records = [...known.values()].map(readRecord);
  return records.some((record) => record.kind === "entry" && nonces.has(record.entry.ends));
}

/** A hold that was handed on is looked for as far back as its fencing token; any other only in what one request shows. */
async function readUntil(
  ports: Ports,
  tip: Oid,
  token: number | null,
  known: Map<Oid, Commit>,
  patience: Patience,
): Promise<void> {
  for (let oid: Oid | undefined = tip; oid !== undefined; ) {
    const read = await readBack(ports, oid, known, patience);
    const oldest = read.at(-1);
    const sequences = read
      .map(readRecord)
      .flatMap((record) => (record.kind === "entry" ? [record.entry.sequence] : []));
    oid = token === null || sequences.some((sequence) => sequence < token) ? undefined : oldest?.parents[0];
  }
}

export type HeldByUs = Extract<Own, { kind: "held" }>;

/** Walks back over the renewals to the hold's first claim, and to the entry before it, which gives the fencing token. */
export async function holdAt(
  ports: Ports,
  lock: LockName,
  refs: LockRefs,
  slot: number,
  { oid: tip, claim, commit }: Extract<Tip, { kind: "claim" }>,
  known: Map<Oid, Commit>,
  patience: Patience,
): Promise<HeldByUs> {
  let first = commit;
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
      waitedSeconds: null,
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
  if (!known.has(oid)) await readBack(ports, oid, known, patience);
  return known.get(oid) ?? (await insist(ports, patience, () => ports.store.read(oid)));
}

/** Looks through what was read of the logs for holds of ours, and gives the entry that ended the one which ended last. */
function newestEnded(refs: LockRefs, known: ReadonlyMap<Oid, Commit>, mine: Mine): Entry | null {
  const ended = [...refs.logs.values()].flatMap((tip) => endedIn(tip, known, mine) ?? []);
  // What was handed on, and not taken back since, is what the question is about.
  const rank = ({ entry, at }: Ended) => (mine.nonces.has(entry.ends) ? 1e15 : 0) + Date.parse(at);
  return ended.sort((a, b) => rank(b) - rank(a))[0]?.entry ?? null;
}

interface Ended {
  readonly entry: Entry;
  readonly at: string;
}

function endedIn(tip: Oid, known: ReadonlyMap<Oid, Commit>, mine: Mine): Ended | null {
  let ended: Ended | null = null;
  for (let commit = known.get(tip); commit !== undefined; commit = known.get(commit.parents[0] ?? "")) {
    const record = readRecord(commit);
    if (record.kind === "claim" && ended !== null && isOurs(record.claim, mine)) return ended;
    if (record.kind === "entry") ended = { entry: record.entry, at: commit.date };
  }
  return null;
}
