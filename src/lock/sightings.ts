/**
 * How long the refs of a lock have been as they are, by our own monotonic clock: what leases and free slots are judged by where no server's date tells.
 * Owns what is noted and under which key; must not judge.
 */
import { readRecord } from "./entry.ts";
import type { Sightings } from "./ports.ts";
import type { Commit, Oid } from "./refs.ts";
import type { LockRefs } from "./snapshot.ts";
import type { Ticket } from "./ticket.ts";
import { deathKey, type Verdict } from "./verdict.ts";

/** What comes and goes while one waits; who notes more has waited for days, and can begin again. */
const MOST_KEYS = 10_000;

/** Notes for as long as this process lives. */
export function rememberSightings(monotonicMs: () => number): Sightings {
  const first = new Map<string, number>();
  return {
    see(keys) {
      const now = monotonicMs();
      if (first.size > MOST_KEYS) first.clear();
      for (const key of keys) if (!first.has(key)) first.set(key, now);
      return new Map(keys.map((key) => [key, now - (first.get(key) ?? now)]));
    },
  };
}

interface Known {
  readonly commits: ReadonlyMap<Oid, Commit>;
  readonly verdicts: ReadonlyMap<Oid, Verdict>;
}

/** Tips and tickets by their oids; holds by their nonces, since a renewal has another oid; and whoever is dead, since we know it. */
export function keysOf(refs: LockRefs, { commits, verdicts }: Known): string[] {
  const tips = [...refs.logs.values()];
  const nonces = tips.flatMap((oid) => {
    const commit = commits.get(oid);
    const record = commit === undefined ? null : readRecord(commit);
    return record?.kind === "claim" ? [record.claim.nonce] : [];
  });
  const waiting = refs.queue.flatMap((ticket) => [ticket.oid, ticketKey(ticket)]);
  const dead = [...tips, ...refs.queue.map(({ oid }) => oid)].filter(
    (oid) => verdicts.get(oid)?.state === "dead",
  );
  return [...tips, ...nonces, ...waiting, ...dead.map(deathKey)];
}

/** The name stays when the ticket is renewed. */
export function ticketKey({ ref }: Ticket): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}
