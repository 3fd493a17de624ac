/**
 * Who holds a lock and who waits for it, from what was read.
 * Owns how refs and commits become a report; must not know where it is shown.
 */
import { readRecord } from "./entry.ts";
import { describeIdentity, type Identity } from "./identity.ts";
import { insist, type Patience } from "./insist.ts";
import { FROZEN, judgeWriter } from "./judge.ts";
import type { Knowledge } from "./move.ts";
import { holderRef, type LockName, listedLocks } from "./name.ts";
import type { Ports, Subject } from "./ports.ts";
import type { Commit, Oid } from "./refs.ts";
import type { HolderStatus, LockStatus, PastHold } from "./report.ts";
import { keysOf } from "./sightings.ts";
import { commitTips, isCompleteFreeze, type LockRefs, parseRefs, slotsOf, tipOf } from "./snapshot.ts";
import { readTicket, type Ticket } from "./ticket.ts";
import { deathOf, type Verdict } from "./verdict.ts";

/** Of a long queue only the first are read in full. */
const SHOWN_WAITERS = 20;
/** Each hold is two commits, and a few renewals. */
const SHOWN_COMMITS = 20;

/** What is known of a lock without reading anything more. */
export function statusOf(lock: LockName, slots: number, refs: LockRefs, known: Knowledge): LockStatus {
  const holders: HolderStatus[] = [];
  let agreed = slots;
  for (const slot of slotsOf(refs, slots)) {
    const tip = tipOf(lock, slot, refs, known.commits);
    const ref = holderRef(lock, slot);
    if (tip.kind === "foreign")
      holders.push({ ...nobody(tip.oid, ref, tip.commit.date), who: `a commit which ${tip.why}` });
    if (tip.kind === "unread" && refs.holders.has(slot)) holders.push(nobody(tip.oid, ref, null));
    if (tip.kind === "entry") agreed = tip.entry.slots;
    if (tip.kind !== "claim") continue;
    agreed = tip.claim.slots;
    const verdict = known.verdicts.get(tip.oid);
    const isFrozen = isCompleteFreeze(lock, tip, refs, known.commits);
    const now = { readAtMs: refs.readAtMs, seenMs: known.seenMs };
    const death = deathOf(tip.claim, tip.commit, verdict, now, isFrozen);
    const life =
      death === null ? lifeOf(isFrozen ? FROZEN : verdict) : { alive: "dead" as const, why: death.why };
    holders.push({
      ...person(tip.claim, tip.oid, ref, tip.claim.acquiredAt ?? tip.commit.date),
      ...life,
      freeze: tip.claim.freeze,
    });
  }
  return {
    name: lock.text,
    slots: agreed,
    holders,
    waiters: refs.queue.map((ticket) => waiterOf(ticket, known)),
  };
}

function lifeOf(verdict: Verdict | undefined): Pick<HolderStatus, "alive" | "why"> {
  return { alive: verdict?.state ?? "unknown", why: verdict?.why ?? null };
}

function waiterOf({ ref, oid, writtenAtMs }: Ticket, { commits, verdicts }: Knowledge): HolderStatus {
  const since = new Date(writtenAtMs).toISOString().replace(".000Z", "Z");
  const commit = commits.get(oid);
  const record = commit === undefined ? null : readTicket(commit);
  const waiter = record === null ? nobody(oid, ref, since) : person(record, oid, ref, since);
  return { ...waiter, ...lifeOf(verdicts.get(oid)) };
}

function person(
  record: { readonly who: Identity; readonly reason: string | null },
  claim: Oid,
  ref: string,
  since: string,
): HolderStatus {
  const { run, process } = record.who;
  return {
    claim,
    ref,
    run: run?.id ?? null,
    attempt: run?.attempt ?? null,
    job: run?.job ?? null,
    url: run?.url ?? null,
    who: run?.actor ?? (process === null ? "unknown" : `${process.user}@${process.host}`),
    reason: record.reason,
    freeze: false,
    since,
    alive: "unknown",
    why: null,
  };
}

/** Somebody whose commit was not read, or is not ours. */
function nobody(claim: Oid, ref: string, since: string | null): HolderStatus {
  const unnamed = { run: null, attempt: null, job: null, url: null, reason: null, freeze: false, why: null };
  return { claim, ref, ...unnamed, who: "somebody", since: since ?? "", alive: "unknown" };
}

/**
 * Reads a lock, and asks after everybody in it: one request, one more for each slot's log, two for each waiter of the first twenty, and one for
 * each holder. All but the first go together.
 */
export async function readStatus(
  ports: Ports,
  lock: LockName,
  slots: number,
  patience: Patience,
): Promise<LockStatus> {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const commits = new Map<Oid, Commit>();
  const verdicts = new Map<Oid, Verdict>();
  const see = () => ports.sightings.see(keysOf(refs, { commits, verdicts }));
  const judge = async (kind: Subject["kind"], commit: Commit | undefined) => {
    if (commit === undefined || (kind === "claim" && readRecord(commit).kind !== "claim")) return;
    const now = { readAtMs: refs.readAtMs, seenMs: see() };
    const verdict = await insist(ports, patience, () => judgeWriter(ports.liveness, kind, commit, true, now));
    verdicts.set(commit.oid, verdict);
  };
  const logs = commitTips(refs).map(async (oid) => {
    const log = await insist(ports, patience, () => ports.store.history(oid, SHOWN_COMMITS));
    for (const commit of log) commits.set(commit.oid, commit);
    await judge("claim", log[0]);
  });
  const waiters = refs.queue.slice(0, SHOWN_WAITERS).map(async ({ oid }) => {
    const commit = await insist(ports, patience, () => ports.store.read(oid));
    commits.set(oid, commit);
    await judge("ticket", commit);
  });
  await Promise.all([...logs, ...waiters]);
  const last = [...commits.values()].flatMap(pastHold).sort((a, b) => b.token - a.token || a.slot - b.slot);
  return {
    ...statusOf(lock, slots, refs, { commits, verdicts, seenMs: see() }),
    last: last.slice(0, SHOWN_COMMITS / 2),
  };
}

/** Every lock of a namespace that ever was, by name. One request. */
export async function listLocks(ports: Ports, namespace: string, patience: Patience): Promise<LockName[]> {
  return listedLocks(await insist(ports, patience, () => ports.store.list(`${namespace}/`)), namespace);
}

function pastHold(commit: Commit): PastHold[] {
  const record = readRecord(commit);
  if (record.kind !== "entry") return [];
  const { sequence: token, slot, outcome, reason, waitedSeconds, heldSeconds } = record.entry;
  return [
    {
      token,
      slot,
      outcome,
      by: describeIdentity(record.entry.by),
      reason,
      at: commit.date,
      waitedSeconds,
      heldSeconds,
    },
  ];
}
