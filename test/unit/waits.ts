/**
 * Small namespaces in which some hold locks and some wait for others, written down in a few words.
 * Owns how such a namespace is put together, and how one of those who wait is asked what he finds; must not know what a circle is.
 */
import { encodeClaim } from "../../src/lock/claim.ts";
import { type Deadlock, findDeadlock } from "../../src/lock/deadlock.ts";
import type { Identity } from "../../src/lock/identity.ts";
import { parseName } from "../../src/lock/name.ts";
import type { Commit, Listing, Oid, Ref } from "../../src/lock/refs.ts";
import { encodeTicket, type Ticket, ticketFor } from "../../src/lock/ticket.ts";
import { claimFields, oid } from "./situations.ts";

export const NAMESPACE = "refs/locks";

interface Held {
  readonly lock: string;
  readonly by: Identity;
  readonly scope?: "job" | "run";
  readonly slots?: number;
}

interface Awaited {
  readonly lock: string;
  readonly by: Identity;
  /** In seconds; later is newer. */
  readonly at?: number;
}

/** The refs and commits of a namespace in which some hold and some wait. */
export interface World {
  readonly refs: Ref[];
  readonly known: Map<Oid, Commit>;
  readonly nonces: Map<Identity, Set<string>>;
  hold(held: Held): Commit;
  wait(awaited: Awaited): Ticket;
  listing(): Listing;
  /** What this one finds when it looks. */
  seenBy(who: Identity): Deadlock | null;
  /** Those who would give way, of these. */
  givingWay(...all: readonly Identity[]): Identity[];
}

export function worldOf(oidOf: (number: number) => Oid = oid): World {
  const tickets = new Map<Identity, Ticket>();
  let numbers = 0;
  const write = (message: string, second: number): Commit => {
    const date = new Date(Date.UTC(2026, 10, 21, 8) + second * 1000).toISOString().replace(".000Z", "Z");
    const commit = { oid: oidOf(++numbers), parents: [], message, date };
    w.known.set(commit.oid, commit);
    return commit;
  };
  const w: World = {
    ...{ refs: [], known: new Map(), nonces: new Map() },
    hold({ lock, by, scope = "job", slots = 1 }) {
      const nonce = `held-${numbers + 1}`;
      const commit = write(encodeClaim(claimFields({ nonce, lock, who: by, scope, slots })), 0);
      w.refs.push({ name: `${parseName(lock).prefix}log/1`, oid: commit.oid });
      w.nonces.set(by, (w.nonces.get(by) ?? new Set()).add(nonce));
      return commit;
    },
    wait({ lock, by, at = numbers }) {
      const { slots, scope, clock, requestedAt, leaseSeconds, reason } = claimFields();
      const fields = { lock, slots, scope, clock, requestedAt, leaseSeconds, reason, who: by };
      const commit = write(encodeTicket({ nonce: `awaited-${numbers + 1}`, ...fields }), at);
      const ticket = ticketFor(parseName(lock), 1, commit);
      w.refs.push({ name: ticket.ref, oid: ticket.oid });
      tickets.set(by, ticket);
      return ticket;
    },
    listing: () => ({ refs: w.refs, readAtMs: null }),
    seenBy(who) {
      const ticket = tickets.get(who);
      if (ticket === undefined) throw new Error("only who waits looks");
      const mine = { nonces: w.nonces.get(who) ?? new Set(), wasHanded: () => false, identity: who };
      return findDeadlock(NAMESPACE, w.listing(), w.known, ticket, mine);
    },
    givingWay: (...all) => all.filter((one) => w.seenBy(one)?.isOurTurn === true),
  };
  return w;
}
