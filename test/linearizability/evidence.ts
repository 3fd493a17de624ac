/**
 * Owns what the ports themselves tell, whoever asks: claims that were saved before they were sent, holds that others ended, as entries in a log say,
 * jobs that the API calls over, and limits that are over by a clock that is never ahead. Must not know what the policy is asked for.
 */
import type { Hold } from "../../src/lock/hold.ts";
import type { Ports, Subject } from "../../src/lock/ports.ts";
import type { Commit, Oid } from "../../src/lock/refs.ts";
import { lifeOf, nodeOf, type ReadClaim } from "./commits.ts";
import type { LockOperation } from "./lock.ts";
import type { Action, Claim } from "./state.ts";

export interface Evidence {
  /** Moments in the order in which they are asked for. */
  tick(): number;
  watch(ports: Ports): Ports;
  /** What is known of a hold's claim. */
  claimOf(hold: Hold, owner: string): Claim;
  /** By the oid of any of its claims. */
  claimAt(oid: Oid): Claim | null;
  /** The hold of this nonce that was told to somebody; any, where none was. */
  find(nonce: string, slot?: number): string;
  /** Somebody was told to hold it: from now on only what is asked for ends it. */
  confirm(hold: Hold, isFreeze: boolean): void;
  /** The encoded names of all locks of which somebody has sent a claim. */
  names(): ReadonlySet<string>;
  operations(lock: string): readonly LockOperation[];
}

interface Attempt {
  readonly claim: Claim;
  readonly lock: string;
  readonly at: number;
}

interface Limit {
  readonly hold: string;
  readonly lock: string;
  readonly dueMs: number;
}

interface Gathered {
  now: number;
  /** True time, at the least, in milliseconds since 1970. */
  atLeastMs: number;
  readonly claims: Map<Oid, { readonly read: ReadClaim; readonly writtenMs: number }>;
  readonly attempts: Map<Oid, Attempt>;
  readonly confirmed: Set<string>;
  /** The oids of first claims which the holder was told of. */
  readonly told: Set<Oid>;
  readonly slots: Map<string, number>;
  /** The encoded name of each lock, by what it is called. */
  readonly names: Map<string, string>;
  readonly cleared: Map<string, LockOperation & { readonly lock: string }>;
  readonly over: Map<string, LockOperation>;
  readonly limits: Limit[];
  readonly lapsed: (LockOperation & { readonly lock: string })[];
}

export function createEvidence(): Evidence {
  const gathered: Gathered = {
    ...{ now: 0, atLeastMs: 0, claims: new Map(), attempts: new Map(), confirmed: new Set() },
    ...{
      told: new Set(),
      slots: new Map(),
      names: new Map(),
      cleared: new Map(),
      over: new Map(),
      limits: [],
      lapsed: [],
    },
  };
  const { claims, confirmed, told, slots } = gathered;
  const idOf = (nonce: string, slot: number) => `${nonce}/${slot}`;
  return {
    tick: () => ++gathered.now,
    watch: (ports) => watch(gathered, ports),
    claimOf: (hold, owner) => claimOf(gathered, hold, owner),
    claimAt(oid) {
      const read = claims.get(oid)?.read;
      if (read === undefined) return null;
      const { nonce, slot, owner, life, isFreeze } = read;
      const freeze = isFreeze ? nonce : null;
      return { hold: idOf(nonce, slot), owner, life, slot, token: 0, freeze, sinceMs: 0 };
    },
    find: (nonce, slot) => idOf(nonce, slot ?? slots.get(nonce) ?? 1),
    confirm(hold, isFreeze) {
      told.add(hold.claim);
      slots.set(hold.nonce, hold.slot);
      for (let slot = isFreeze ? 1 : hold.slot; slot <= hold.slot; slot++)
        confirmed.add(idOf(hold.nonce, slot));
    },
    names: () => new Set(gathered.names.values()),
    operations: (lock) => operationsOf(gathered, lock),
  };
}

function claimOf({ claims }: Gathered, { claim, nonce, slot, sequence }: Hold, owner: string): Claim {
  const read = claims.get(claim)?.read;
  return {
    ...{ hold: `${nonce}/${slot}`, owner: read?.owner ?? owner, life: read?.life ?? owner, slot },
    ...{ token: sequence, freeze: read?.isFreeze ? nonce : null, sinceMs: 0 },
  };
}

function watch(gathered: Gathered, ports: Ports): Ports {
  const { store, journal, liveness, clock, sightings } = ports;
  // At the start of a process nothing has set its wall clock yet.
  raise(gathered, clock.date().getTime());
  let aheadMs = clock.date().getTime() - clock.monotonicMs();
  /** A process's own clock may stand still, and never runs ahead. */
  const reading = (ms: number): number => {
    raise(gathered, ms + aheadMs);
    aheadMs = Math.max(aheadMs, gathered.atLeastMs - ms);
    return ms;
  };
  const seen = (commits: readonly Commit[]) => {
    for (const commit of commits) note(gathered, commit);
  };
  return {
    ...ports,
    clock: { ...clock, monotonicMs: () => reading(clock.monotonicMs()) },
    sightings: {
      see(keys) {
        reading(clock.monotonicMs());
        return sightings.see(keys);
      },
    },
    journal: {
      ...journal,
      saveHold(hold) {
        attempt(gathered, hold);
        journal.saveHold(hold);
      },
    },
    liveness: {
      async judge(subject) {
        const verdict = await liveness.judge(subject);
        if (verdict.state === "dead") over(gathered, subject);
        return verdict;
      },
    },
    store: {
      ...store,
      async list(prefix) {
        const listing = await store.list(prefix);
        if (listing.readAtMs !== null) raise(gathered, listing.readAtMs);
        return listing;
      },
      async tipCommit(ref) {
        const commit = await store.tipCommit(ref);
        if (commit !== null) seen([commit]);
        return commit;
      },
      async read(oid) {
        const commit = await store.read(oid);
        seen([commit]);
        return commit;
      },
      async history(oid, limit) {
        const commits = await store.history(oid, limit);
        seen(commits);
        return commits;
      },
      async write(message, parent) {
        const writtenMs = gathered.atLeastMs;
        const commit = await store.write(message, parent);
        const sincesMs = store.clock === "server" ? Date.parse(commit.date) : writtenMs;
        if (store.clock === "server") raise(gathered, sincesMs);
        const read = nodeOf(commit);
        if (read?.kind === "claim")
          gathered.claims.set(commit.oid, { read, writtenMs: Math.min(writtenMs, sincesMs) });
        return commit;
      },
    },
  };
}

/** What somebody else wrote, and which stands in a log. */
function note({ claims, cleared, atLeastMs }: Gathered, commit: Commit): void {
  const read = nodeOf(commit);
  if (read?.kind === "claim" && !claims.has(commit.oid))
    claims.set(commit.oid, { read, writtenMs: atLeastMs });
  if (read?.kind !== "entry" || read.outcome !== "cleared") return;
  const hold = `${read.ends}/${read.slot}`;
  const action: Action = { kind: "clear", hold, by: read.by, named: true };
  // Whoever cleared it may have asked long before it was seen, and not through us.
  cleared.set(hold, {
    ...{ what: `${read.by} cleared ${hold}, as its log says`, action },
    ...{ invokedAt: 0, returnedAt: null, lock: read.lock },
  });
}

function attempt(gathered: Gathered, hold: Hold): void {
  const { claims, attempts, limits, slots, names } = gathered;
  if (hold.reentered || attempts.has(hold.claim)) return;
  const written = claims.get(hold.claim);
  const claim = claimOf(gathered, hold, "somebody");
  const lock = hold.lock.encoded;
  names.set(hold.lock.text, lock);
  attempts.set(hold.claim, { claim, lock, at: ++gathered.now });
  slots.set(hold.nonce, slots.get(hold.nonce) ?? hold.slot);
  if (written === undefined || written.read.limitMs === null) return;
  limits.push({ hold: claim.hold, lock, dueMs: written.writtenMs + written.read.limitMs });
}

function over(gathered: Gathered, { kind, scope, who }: Subject): void {
  const life = lifeOf(who, kind === "claim" ? scope : "job");
  if (gathered.over.has(life)) return;
  const at = ++gathered.now;
  const action: Action = { kind: "over", life };
  gathered.over.set(life, { what: `${life} is over`, action, invokedAt: at, returnedAt: at });
}

function raise(gathered: Gathered, ms: number): void {
  if (ms <= gathered.atLeastMs) return;
  gathered.atLeastMs = ms;
  for (let index = gathered.limits.length - 1; index >= 0; index--) {
    const limit = gathered.limits[index];
    if (limit === undefined || limit.dueMs > ms) continue;
    gathered.limits.splice(index, 1);
    const at = ++gathered.now;
    const action: Action = { kind: "lapse", hold: limit.hold, sinceMs: Infinity };
    const { hold, lock } = limit;
    gathered.lapsed.push({
      what: `the time of ${hold} is over`,
      action,
      invokedAt: at,
      returnedAt: at,
      lock,
    });
  }
}

function operationsOf(gathered: Gathered, lock: string): LockOperation[] {
  const { attempts, told, confirmed, cleared, over, lapsed, names } = gathered;
  const found: LockOperation[] = [];
  for (const [oid, { claim, lock: of, at }] of attempts) {
    if (of !== lock) continue;
    const { hold, owner, life } = claim;
    const times = { invokedAt: at, returnedAt: null };
    if (!told.has(oid))
      found.push({ what: `${owner} may hold ${hold}`, action: { kind: "acquire", claim }, ...times });
    if (!confirmed.has(hold))
      found.push({
        what: `${owner} may give up ${hold}`,
        action: { kind: "release", hold, owner },
        ...times,
      });
    const end = over.get(life);
    if (end !== undefined && !found.includes(end)) found.push(end);
  }
  found.push(...lapsed.filter((operation) => operation.lock === lock));
  for (const operation of cleared.values()) if (names.get(operation.lock) === lock) found.push(operation);
  return found;
}
