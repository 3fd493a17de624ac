/**
 * Finds out whether jobs wait for each other in a circle: this one holds a lock and waits for a second, whose holder waits, over however many
 * others, for the first. The refs show who waits for whom.
 * Owns the search, and who of them gives way; must not know how the wait ends.
 */
import { isOurs } from "./claim.ts";
import { describeIdentity, type Identity, type Mine } from "./identity.ts";
import { type LockName, nameOfEncoded } from "./name.ts";
import type { Commit, Listing, Oid } from "./refs.ts";
import { parseRefs, tipOf } from "./snapshot.ts";
import { readTicket, type Ticket } from "./ticket.ts";

/** One who waits, for which lock, and who holds that. Locks of several slots are left out: one slot that comes free ends the wait. */
interface Wait {
  readonly waiter: string;
  readonly ticket: Ticket;
  readonly lock: string;
  readonly holder: string;
  readonly who: Identity;
}

export interface Deadlock {
  /** Such as `"a" is awaited by run 7, attempt 1, job x, which holds "b"`. */
  readonly circle: string;
  /** Exactly one of those in the circle gives way: the one who came last. */
  readonly isOurTurn: boolean;
}

const US = "us";

/** What has to be read to judge the refs of a namespace: the tips of the logs that somebody waits for, and the tickets. */
export function commitsNeeded(namespace: string, listing: Listing): Oid[] {
  return locksOf(namespace, listing).flatMap(({ refs }) =>
    refs.queue.length === 0 ? [] : [...refs.logs.values(), ...refs.queue.map(({ oid }) => oid)],
  );
}

export function findDeadlock(
  namespace: string,
  listing: Listing,
  known: ReadonlyMap<Oid, Commit>,
  ours: Ticket,
  mine: Mine,
): Deadlock | null {
  const waits = locksOf(namespace, listing).flatMap(({ lock, refs }) => {
    const tip = tipOf(lock, 1, refs, known);
    if (tip.kind !== "claim" || tip.claim.slots !== 1) return [];
    const holder = isOurs(tip.claim, mine) ? US : keyOf(tip.claim.who);
    return refs.queue.flatMap((ticket): Wait[] => {
      const commit = known.get(ticket.oid);
      const who = commit === undefined ? undefined : readTicket(commit)?.who;
      if (who === undefined) return [];
      const waiter = ticket.ref === ours.ref ? US : keyOf(who);
      return [{ waiter, ticket, lock: lock.text, holder, who }];
    });
  });
  const start = waits.find(({ ticket }) => ticket.ref === ours.ref);
  const circle = start === undefined ? null : follow(start, waits, [start]);
  return circle === null
    ? null
    : { circle: describe(circle), isOurTurn: newest(circle).ticket.ref === ours.ref };
}

/** Depth first, from each holder to what he waits for in turn, until somebody waits for us. */
function follow(last: Wait, waits: readonly Wait[], path: readonly Wait[]): readonly Wait[] | null {
  if (last.holder === US) return path;
  for (const next of waits) {
    if (next.waiter !== last.holder || path.includes(next)) continue;
    const circle = follow(next, waits, [...path, next]);
    if (circle !== null) return circle;
  }
  return null;
}

function newest(circle: readonly Wait[]): Wait {
  return circle.reduce((a, b) => {
    const isLater = b.ticket.writtenAtMs - a.ticket.writtenAtMs || (b.ticket.oid > a.ticket.oid ? 1 : -1);
    return isLater > 0 ? b : a;
  });
}

function describe(circle: readonly Wait[]): string {
  return circle
    .map(
      ({ lock, waiter, who }) =>
        `"${lock}" is awaited by ${waiter === US ? "this job" : describeIdentity(who)}`,
    )
    .join(", ");
}

function locksOf(
  namespace: string,
  listing: Listing,
): { lock: LockName; refs: ReturnType<typeof parseRefs> }[] {
  const encoded = new Set(
    listing.refs.map(({ name }) => name.slice(namespace.length + 1).split("/")[0] ?? ""),
  );
  const locks = [...encoded].flatMap((name) => nameOfEncoded(name, namespace) ?? []);
  return locks.map((lock) => ({ lock, refs: parseRefs(lock, listing) }));
}

/** What tells jobs and processes apart, as exactly as they told themselves. */
function keyOf({ run, process }: Identity): string {
  if (run !== null)
    return JSON.stringify([
      run.repository.toLowerCase(),
      run.id,
      run.attempt,
      run.jobId ?? [run.job, run.runner],
    ]);
  return JSON.stringify(process);
}
