/**
 * Who holds a lock and who waits for it, as plain data for people and programs.
 * Owns that shape (the action's `holders` output); must not know where it is shown.
 */
import type { Identity } from "./identity.ts";
import { insist, type Patience } from "./insist.ts";
import { holderRef, type LockName } from "./name.ts";
import type { Ports } from "./ports.ts";
import type { Commit, Oid } from "./refs.ts";
import type { HolderStatus, LockStatus } from "./report.ts";
import { type LockRefs, parseRefs, slotsOf, tipOf } from "./snapshot.ts";
import { readTicket, type Ticket } from "./ticket.ts";

/** Of a long queue only the first are read in full. */
const SHOWN_WAITERS = 20;

/** What is known of a lock without reading anything more. */
export function statusOf(
  lock: LockName,
  slots: number,
  refs: LockRefs,
  known: ReadonlyMap<Oid, Commit>,
): LockStatus {
  const holders: HolderStatus[] = [];
  let agreed = slots;
  for (const slot of slotsOf(refs, slots)) {
    const tip = tipOf(lock, slot, refs, known);
    const ref = holderRef(lock, slot);
    if (tip.kind === "foreign")
      holders.push({ ...unread(tip.oid, ref, tip.commit.date), who: `a commit which ${tip.why}` });
    if (tip.kind === "unread" && refs.holders.has(slot)) holders.push(unread(tip.oid, ref, null));
    if (tip.kind === "entry") agreed = tip.entry.slots;
    if (tip.kind !== "claim") continue;
    agreed = tip.claim.slots;
    holders.push(person(tip.claim, tip.oid, ref, tip.claim.acquiredAt ?? tip.commit.date));
  }
  return {
    name: lock.text,
    slots: agreed,
    holders,
    waiters: refs.queue.map((ticket) => waiterOf(ticket, known)),
  };
}

function waiterOf({ ref, oid, writtenAtMs }: Ticket, known: ReadonlyMap<Oid, Commit>): HolderStatus {
  const since = new Date(writtenAtMs).toISOString().replace(".000Z", "Z");
  const commit = known.get(oid);
  const record = commit === undefined ? null : readTicket(commit);
  return record === null ? unread(oid, ref, since) : person(record, oid, ref, since);
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
    since,
    alive: "unknown",
  };
}

/** Somebody whose commit was not read, or is not ours. */
function unread(claim: Oid, ref: string, since: string | null): HolderStatus {
  const nobody = { run: null, attempt: null, job: null, url: null, reason: null };
  return { claim, ref, ...nobody, who: "somebody", since: since ?? "", alive: "unknown" };
}

/** Reads a lock: one request, and one more for each slot that was ever used and each of the first in line. */
export async function readStatus(
  ports: Ports,
  lock: LockName,
  slots: number,
  patience: Patience,
): Promise<LockStatus> {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const oids = [...refs.logs.values(), ...refs.queue.slice(0, SHOWN_WAITERS).map(({ oid }) => oid)];
  const commits = await Promise.all(oids.map((oid) => insist(ports, patience, () => ports.store.read(oid))));
  return statusOf(lock, slots, refs, new Map(commits.map((commit) => [commit.oid, commit])));
}
