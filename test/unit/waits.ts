/**
 * Small namespaces in which some hold locks and some wait for others, written down in a few words.
 * Owns how such a namespace is put together, and how one of those who wait is asked what he finds; must not know what a circle is.
 */
import { encodeClaim } from "../../src/lock/claim.ts";
import { findDeadlock, type Search } from "../../src/lock/deadlock.ts";
import type { Identity, Mine } from "../../src/lock/identity.ts";
import { type LockName, parseName } from "../../src/lock/name.ts";
import type { Commit, Oid, Ref } from "../../src/lock/refs.ts";
import { encodeTicket, type Ticket, ticketFor } from "../../src/lock/ticket.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import { claimFields, oid } from "./situations.ts";

export const NAMESPACE = "refs/locks";

interface Held {
  readonly lock: string;
  readonly by: Identity;
  readonly scope?: "job" | "run";
  readonly slots?: number;
  readonly slot?: number;
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
  readonly commits: Map<Oid, Commit>;
  readonly verdicts: Map<Oid, Verdict>;
  /** Tickets that were left behind when their turn had come. */
  readonly served: Set<Oid>;
  hold(held: Held): Commit;
  /** Enters what another job of its run holds, or its caller. */
  enter(lock: string, by: Identity): void;
  wait(awaited: Awaited): Ticket;
  /** What this one finds when it looks, having read what it had to: that is left in `read`. */
  seenBy(who: Identity): Exclude<Search, { kind: "need" }>;
  readonly read: Set<Oid>;
  /** Those who would give way, of these. */
  givingWay(...all: readonly Identity[]): Identity[];
}

export function worldOf(oidOf: (number: number) => Oid = oid): World {
  const tickets = new Map<Identity, { readonly ticket: Ticket; readonly lock: LockName }>();
  const handed = new Map<Identity, Set<string>>();
  let numbers = 0;
  const write = (message: string, second: number): Commit => {
    const date = new Date(Date.UTC(2026, 10, 21, 8) + second * 1000).toISOString().replace(".000Z", "Z");
    const commit = { oid: oidOf(++numbers), parents: [], message, date };
    w.commits.set(commit.oid, commit);
    return commit;
  };
  const w: World = {
    ...{ refs: [], commits: new Map(), verdicts: new Map(), served: new Set(), read: new Set() },
    hold({ lock, by, scope = "job", slots = 1, slot = 1 }) {
      const nonce = `held-${numbers + 1}`;
      const commit = write(encodeClaim(claimFields({ nonce, lock, who: by, scope, slots, slot })), 0);
      w.refs.push({ name: `${parseName(lock).prefix}log/${slot}`, oid: commit.oid });
      w.enter(lock, by);
      return commit;
    },
    enter(lock, by) {
      handed.set(by, (handed.get(by) ?? new Set()).add(parseName(lock).encoded));
    },
    wait({ lock: name, by, at = numbers }) {
      const { slots, scope, clock, requestedAt, leaseSeconds, reason } = claimFields();
      const fields = { lock: name, slots, scope, clock, requestedAt, leaseSeconds, reason, who: by };
      const commit = write(encodeTicket({ nonce: `awaited-${numbers + 1}`, ...fields }), at);
      const lock = parseName(name);
      const ticket = ticketFor(lock, 1, commit);
      w.refs.push({ name: ticket.ref, oid: ticket.oid });
      tickets.set(by, { ticket, lock });
      return ticket;
    },
    seenBy(who) {
      const waiting = tickets.get(who);
      if (waiting === undefined) throw new Error("only who waits looks");
      const { lock, ticket } = waiting;
      const mine: Mine = {
        ...{ nonces: new Set(), identity: who },
        handed: ({ encoded }) => (handed.get(who)?.has(encoded) ? 1 : null),
      };
      const listing = { refs: w.refs, readAtMs: null };
      const commits = new Map<Oid, Commit>();
      for (;;) {
        const known = { commits, verdicts: w.verdicts, seenMs: new Map(), served: w.served };
        const search = findDeadlock(NAMESPACE, listing, lock, known, ticket, mine);
        if (search.kind !== "need") return search;
        const found = w.commits.get(search.oid);
        if (found === undefined || commits.has(found.oid)) throw new Error(`${search.oid} can't be needed`);
        commits.set(found.oid, found);
        w.read.add(found.oid);
      }
    },
    givingWay: (...all) =>
      all.filter((one) => {
        const search = w.seenBy(one);
        return search.kind === "deadlock" && search.isOurTurn;
      }),
  };
  return w;
}
