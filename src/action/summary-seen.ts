/**
 * What a step gets to see of its locks while it works: commits, where logs stood, who waited.
 * Owns the remembering, which asks the store for nothing of its own; must not know what is shown of it.
 */
import type { Hold } from "../lock/hold.ts";
import type { Identity } from "../lock/identity.ts";
import { isLogRef } from "../lock/name.ts";
import type { Ports, Progress, RefStore } from "../lock/ports.ts";
import type { Commit, Oid } from "../lock/refs.ts";
import type { GivenBack } from "../lock/release.ts";
import type { HolderStatus, LockStatus } from "../lock/report.ts";

/** What the step has come to, for one lock or several. */
export type Note =
  | { readonly kind: "acquired" | "frozen"; readonly holds: readonly Hold[] }
  /** Waited in vain, and failed or was skipped. */
  | { readonly kind: "not-acquired"; readonly message: string; readonly status: LockStatus }
  | { readonly kind: "skipped"; readonly message: string; readonly status: LockStatus }
  | { readonly kind: "status"; readonly statuses: readonly LockStatus[] }
  | {
      readonly kind: "cleared";
      readonly statuses: readonly LockStatus[];
      readonly results: readonly ClearedPart[];
    }
  /** A hold of ours was given back, or was found to have been ended. */
  | { readonly kind: "ended"; readonly hold: Hold; readonly given: GivenBack; readonly isLoss: boolean }
  | { readonly kind: "not-given-back"; readonly hold: Hold; readonly message: string };

export interface ClearedPart {
  readonly lock: { readonly text: string };
  readonly what: string;
  readonly oid: Oid;
  readonly result: string;
  readonly why: string;
}

/** A waiter, as long as it was seen to wait. Dates are of this machine's wall clock, in milliseconds since 1970. */
export interface Sighting {
  readonly lock: string;
  readonly waiter: HolderStatus;
  /** When it was first found to be gone; `null` while it was in line at the last look. */
  goneAtMs: number | null;
}

export interface Seen {
  /** When the step began to look at its locks; `null` before. */
  startedAtMs: number | null;
  /** `owner/name` of the locks' repository. */
  repository: string;
  who: Identity | null;
  /** Where each log stood, in no order: a read may be older than the one before it. */
  readonly tips: Map<string, Set<Oid>>;
  readonly commits: Map<Oid, Commit>;
  /** By the ref of the ticket. */
  readonly waiters: Map<string, Sighting>;
  readonly notes: Note[];
}

export function nothingSeen(): Seen {
  return {
    startedAtMs: null,
    repository: "",
    who: null,
    tips: new Map(),
    commits: new Map(),
    waiters: new Map(),
    notes: [],
  };
}

/** The same ports; what passes through them is remembered. */
export function watched(ports: Ports, seen: Seen): Ports {
  seen.startedAtMs ??= ports.clock.date().getTime();
  return {
    ...ports,
    store: watchedStore(ports.store, seen),
    tell(progress) {
      if (progress.kind === "waiting") sight(seen, progress, ports.clock.date().getTime());
      ports.tell(progress);
    },
  };
}

function watchedStore(store: RefStore, seen: Seen): RefStore {
  const at = (ref: string, oid: Oid | null) => {
    if (!isLogRef(ref) || oid === null) return;
    seen.tips.set(ref, (seen.tips.get(ref) ?? new Set()).add(oid));
  };
  const keep = <Kept extends Commit | null>(commit: Kept): Kept => {
    if (commit !== null) seen.commits.set(commit.oid, commit);
    return commit;
  };
  return {
    ...store,
    async list(prefix) {
      const listing = await store.list(prefix);
      for (const { name, oid } of listing.refs) at(name, oid);
      return listing;
    },
    async tip(ref) {
      const oid = await store.tip(ref);
      at(ref, oid);
      return oid;
    },
    async tipCommit(ref) {
      const commit = keep(await store.tipCommit(ref));
      at(ref, commit?.oid ?? null);
      return commit;
    },
    read: async (oid) => keep(await store.read(oid)),
    async history(oid, limit) {
      return (await store.history(oid, limit)).map(keep);
    },
    write: async (message, parent) => keep(await store.write(message, parent)),
    async transact(changes) {
      const outcome = await store.transact(changes);
      if (outcome === "applied") for (const { ref, to } of changes) at(ref, to);
      return outcome;
    },
  };
}

function sight(
  { waiters }: Seen,
  { lock, status }: Extract<Progress, { kind: "waiting" }>,
  nowMs: number,
): void {
  const inLine = new Set(status.waiters.map(({ ref }) => ref));
  for (const waiter of status.waiters) waiters.set(waiter.ref, { lock, waiter, goneAtMs: null });
  for (const [ref, sighting] of waiters)
    if (sighting.lock === lock && !inLine.has(ref)) sighting.goneAtMs ??= nowMs;
}
