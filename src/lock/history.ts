/**
 * The holds of a lock, as its logs tell them: who held, since when, how it ended, by whom and why.
 * Owns how a chain of claims and entries becomes a list of holds; must not know where it is shown.
 */
import type { Claim } from "./claim.ts";
import { type Entry, readRecord } from "./entry.ts";
import { describeIdentity } from "./identity.ts";
import { insist, type Patience } from "./insist.ts";
import type { LockName } from "./name.ts";
import type { Ports } from "./ports.ts";
import type { Commit, Oid } from "./refs.ts";
import { commitTips, parseRefs } from "./snapshot.ts";

export interface LoggedHold {
  readonly lock: string;
  readonly slot: number;
  readonly slots: number;
  /** The fencing token; `null` where the entry before was not read. */
  readonly token: number | null;
  /** The newest claim of the hold. */
  readonly claim: Oid;
  readonly who: string;
  readonly run: number | null;
  readonly attempt: number | null;
  readonly job: string | null;
  readonly url: string | null;
  readonly freeze: boolean;
  readonly reason: string | null;
  /** ISO 8601. */
  readonly since: string;
  readonly until: string | null;
  readonly outcome: "held" | Entry["outcome"];
  /** Who ended it, and why. */
  readonly by: string | null;
  readonly endReason: string | null;
  readonly waitedSeconds: number | null;
  readonly heldSeconds: number | null;
}

/** How many commits one request reads: an entry, a claim, and some renewals for each hold. */
const PAGE = 100;
const MOST_COMMITS = 20_000;

/** The newest `limit` holds, the newest first; of several slots by when they began. */
export async function readHistory(
  ports: Ports,
  lock: LockName,
  limit: number,
  patience: Patience,
): Promise<LoggedHold[]> {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const logs = commitTips(refs).map((tip) => readLog(ports, tip, limit, patience));
  const holds = (await Promise.all(logs)).flat();
  return holds
    .sort((a, b) => Date.parse(b.since) - Date.parse(a.since) || (b.token ?? 0) - (a.token ?? 0))
    .slice(0, limit);
}

async function readLog(ports: Ports, tip: Oid, limit: number, patience: Patience): Promise<LoggedHold[]> {
  const commits: Commit[] = [];
  for (let oid: Oid | undefined = tip; oid !== undefined && commits.length < MOST_COMMITS; ) {
    const from: Oid = oid;
    const page = await insist(ports, patience, () => ports.store.history(from, PAGE));
    commits.push(...page);
    // One more than is asked for, so that the last one's beginning is read too.
    if (holdsIn(commits).length > limit) break;
    oid = page.at(-1)?.parents[0];
  }
  return holdsIn(commits).slice(0, limit);
}

/** @param commits a log or its newest part, newest first. What is not ours is passed over. */
export function holdsIn(commits: readonly Commit[]): LoggedHold[] {
  const holds: LoggedHold[] = [];
  let ended: { readonly entry: Entry; readonly at: string } | null = null;
  let nonce: string | null = null;
  for (const commit of commits) {
    const record = readRecord(commit);
    if (record.kind === "entry") {
      ended = { entry: record.entry, at: commit.date };
      nonce = null;
      // The hold before it, if any, was given this one's token less one.
      tellToken(holds, record.entry.sequence + 1);
    } else if (record.kind === "claim" && record.claim.nonce !== nonce) {
      nonce = record.claim.nonce;
      const end = ended?.entry.ends === nonce ? ended : null;
      holds.push(loggedHold(record.claim, commit, end));
      ended = null;
    } else if (record.kind === "claim") {
      // An older claim of the same hold: it began then.
      const hold = holds.pop();
      if (hold !== undefined) holds.push({ ...hold, since: record.claim.acquiredAt ?? commit.date });
    }
  }
  return rooted(holds, commits.at(-1));
}

/** A first claim tells no token; the entry that it follows does. */
function tellToken(holds: LoggedHold[], token: number): void {
  const hold = holds.at(-1);
  if (hold !== undefined && hold.token === null) holds[holds.length - 1] = { ...hold, token };
}

/** The first hold of all follows nothing. */
function rooted(holds: LoggedHold[], oldest: Commit | undefined): LoggedHold[] {
  if (oldest?.parents.length === 0) tellToken(holds, 1);
  return holds;
}

function loggedHold(
  claim: Claim,
  { oid, date }: Commit,
  end: { readonly entry: Entry; readonly at: string } | null,
): LoggedHold {
  const { run } = claim.who;
  return {
    lock: claim.lock,
    slot: claim.slot,
    slots: claim.slots,
    token: end?.entry.sequence ?? claim.sequence,
    claim: oid,
    who: describeIdentity(claim.who),
    run: run?.id ?? null,
    attempt: run?.attempt ?? null,
    job: run?.job ?? null,
    url: run?.url ?? null,
    freeze: claim.freeze,
    reason: claim.reason,
    since: claim.acquiredAt ?? date,
    until: end?.at ?? null,
    outcome: end?.entry.outcome ?? "held",
    by: end === null ? null : describeIdentity(end.entry.by),
    endReason: end?.entry.reason ?? null,
    waitedSeconds: end?.entry.waitedSeconds ?? null,
    heldSeconds: end?.entry.heldSeconds ?? null,
  };
}
