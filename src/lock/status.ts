/**
 * Who holds a lock and who waits for it, as plain data for people and programs.
 * Owns that shape (the action's `holders` output); must not know where it is shown.
 */
import { insist, type Patience } from "./insist.ts";
import { holderRef, type LockName } from "./name.ts";
import type { Commit, Oid, Ports } from "./ports.ts";
import { type LockRefs, parseRefs, slotsOf, tipOf } from "./snapshot.ts";

export interface HolderStatus {
  /** The newest claim of the hold. */
  readonly claim: Oid;
  readonly ref: string;
  readonly run: number | null;
  readonly attempt: number | null;
  readonly job: string | null;
  readonly url: string | null;
  readonly who: string;
  readonly reason: string | null;
  /** ISO 8601. */
  readonly since: string;
  readonly alive: "alive" | "dead" | "unknown";
}

export interface LockStatus {
  readonly name: string;
  readonly slots: number;
  readonly holders: readonly HolderStatus[];
  readonly waiters: readonly HolderStatus[];
}

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
    if (tip.kind === "foreign")
      holders.push(foreignHolder(tip.oid, holderRef(lock, slot), tip.commit, tip.why));
    if (tip.kind === "entry") agreed = tip.entry.slots;
    if (tip.kind !== "claim") continue;
    agreed = tip.claim.slots;
    const { run, process } = tip.claim.who;
    holders.push({
      claim: tip.oid,
      ref: holderRef(lock, slot),
      run: run?.id ?? null,
      attempt: run?.attempt ?? null,
      job: run?.job ?? null,
      url: run?.url ?? null,
      who: run?.actor ?? (process === null ? "unknown" : `${process.user}@${process.host}`),
      reason: tip.claim.reason,
      since: tip.claim.acquiredAt ?? tip.commit.date,
      alive: "unknown",
    });
  }
  return { name: lock.text, slots: agreed, holders, waiters: [] };
}

function foreignHolder(claim: Oid, ref: string, commit: Commit, why: string): HolderStatus {
  const nobody = { run: null, attempt: null, job: null, url: null };
  return {
    claim,
    ref,
    ...nobody,
    who: `a commit which ${why}`,
    reason: null,
    since: commit.date,
    alive: "unknown",
  };
}

/** Reads a lock: one request, and one more for each slot that was ever used. */
export async function readStatus(
  ports: Ports,
  lock: LockName,
  slots: number,
  patience: Patience,
): Promise<LockStatus> {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const commits = await Promise.all(
    [...refs.logs.values()].map((oid) => insist(ports, patience, () => ports.store.read(oid))),
  );
  return statusOf(lock, slots, refs, new Map(commits.map((commit) => [commit.oid, commit])));
}
