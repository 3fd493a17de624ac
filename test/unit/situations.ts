/**
 * Small worlds for the tests of the policy: commits, logs and refs, written down in a few words each.
 * Owns how such a world is put together, and its own account of nonces and sequences; must not know what the policy makes of it.
 */
import { type Claim, encodeClaim } from "../../src/lock/claim.ts";
import { type Entry, encodeEntry } from "../../src/lock/entry.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { Identity, Process, Run } from "../../src/lock/identity.ts";
import { type LockName, parseName } from "../../src/lock/name.ts";
import type { Commit, Oid } from "../../src/lock/refs.ts";
import type { LockRefs } from "../../src/lock/snapshot.ts";
import { encodeTicket, type Ticket } from "../../src/lock/ticket.ts";

export const LOCK: LockName = parseName("publish");

/** The date of the first commit of a world; each later one is a second younger. */
export const FIRST_DATE = "2026-11-21T08:00:00Z";

export function run(id: number, more: Partial<Run> = {}): Run {
  return {
    repository: "octo/app",
    id,
    attempt: 1,
    job: "publish",
    jobId: id * 10 + 1,
    runner: `runner-${id}`,
    workflow: "Publish",
    event: "push",
    actor: "octo",
    url: `https://github.com/octo/app/actions/runs/${id}/attempts/${more.attempt ?? 1}`,
    ...more,
  };
}

/** The job `publish` of a run. */
export function job(id: number, more: Partial<Run> = {}): Identity {
  return { run: run(id, more), process: null };
}

const NOTHING_TOLD = { bootId: null, pidNamespace: null, pid: null, startedAt: null };

export function person(more: Partial<Process> = {}): Identity {
  return { run: null, process: { user: "ada", host: "workbench", ...NOTHING_TOLD, ...more } };
}

type ClaimFields = Omit<Claim, "fields">;

/** A first claim of run 812, as it stands in its commit. */
export function claimFields(more: Partial<ClaimFields> = {}): ClaimFields {
  return {
    nonce: "nonce-812",
    lock: LOCK.text,
    slot: 1,
    slots: 1,
    scope: "job",
    clock: "server",
    requestedAt: "2026-11-21T07:59:58.000Z",
    maxHoldSeconds: null,
    leaseSeconds: null,
    freeze: false,
    reason: null,
    who: job(812),
    sequence: null,
    acquiredAt: null,
    acquiredClock: more.clock ?? "server",
    ...more,
  };
}

/** The release of that claim. */
export function entryFields(more: Partial<Entry> = {}): Entry {
  return {
    ends: "nonce-812",
    lock: LOCK.text,
    slot: 1,
    slots: 1,
    sequence: 1,
    outcome: "released",
    clock: "server",
    by: job(812),
    reason: null,
    waitedSeconds: 0,
    heldSeconds: 60,
    ...more,
  };
}

/** `oid(7)`: forty digits that end in 7. Those of commits that a world makes count from 1. */
export function oid(number: number): Oid {
  return number.toString(16).padStart(40, "0");
}

/** What a world's own books say of one of its commits. */
interface Account {
  readonly nonce: string;
  readonly sequence: number;
  readonly claim: ClaimFields;
  /** Of a first claim: the tip that it is to replace. */
  readonly from: Oid | null;
}

export interface World {
  readonly commits: Map<Oid, Commit>;
  /** Any commit at all. */
  put(message: string, parent: Oid | null): Oid;
  /** A first claim on this tip. Its nonce is `nonce-<n>`, n counting claims from 1, unless given. */
  claim(onto?: Oid | null, more?: Partial<ClaimFields>): Oid;
  /** A child claim of the same hold. */
  renewal(of: Oid, more?: Partial<ClaimFields>): Oid;
  /** A first claim on an entry that ends this one: to be sent as one change. */
  takeOver(dead: Oid, more?: Partial<ClaimFields>): Oid;
  /** The entry that ends this claim: `released` by its holder unless told otherwise. */
  entry(of: Oid, more?: Partial<Entry>): Oid;
  /** A waiter's ticket, of run 900 + its number unless told otherwise. */
  ticket(number: number, who?: Identity, clock?: "server" | "local"): Ticket;
  nonceOf(oid: Oid): string;
  sequenceOf(oid: Oid): number;
  /** The hold of this claim, as whoever sent it would have saved it; known to have landed unless told otherwise. */
  hold(claim: Oid, more?: Partial<Hold>): Hold;
  /** The commits that were read so far, to be handed to what is tested. */
  known(...oids: readonly Oid[]): Map<Oid, Commit>;
}

export function world(): World {
  const commits = new Map<Oid, Commit>();
  const accounts = new Map<Oid, Account>();
  let claims = 0;

  function put(message: string, parent: Oid | null): Oid {
    const number = commits.size + 1;
    const date = new Date(Date.parse(FIRST_DATE) + number * 1000).toISOString().replace(".000Z", "Z");
    const commit = { oid: oid(number), parents: parent === null ? [] : [parent], message, date };
    commits.set(commit.oid, commit);
    return commit.oid;
  }

  function account(of: Oid): Account {
    const found = accounts.get(of);
    if (found === undefined) throw new Error(`${of} is no commit of a lock`);
    return found;
  }

  function keep(made: Oid, kept: Account): Oid {
    accounts.set(made, kept);
    return made;
  }

  const w: World = {
    commits,
    put,
    claim(onto = null, more = {}) {
      const fields = claimFields({ nonce: `nonce-${++claims}`, ...more });
      const sequence = onto === null ? 1 : (accounts.get(onto)?.sequence ?? 0) + 1;
      return keep(put(encodeClaim(fields), onto), {
        nonce: fields.nonce,
        sequence,
        claim: fields,
        from: onto,
      });
    },
    takeOver(dead, more = {}) {
      const made = w.claim(w.entry(dead, { outcome: "taken-over", by: more.who ?? job(812) }), more);
      return keep(made, { ...account(made), from: dead });
    },
    renewal(of, more = {}) {
      const { claim, nonce, sequence } = account(of);
      const acquiredAt = claim.acquiredAt ?? commits.get(of)?.date ?? "";
      const fields = { ...claim, sequence, acquiredAt, ...more };
      return keep(put(encodeClaim(fields), of), { nonce, sequence, claim: fields, from: null });
    },
    entry(of, more = {}) {
      const { claim, nonce, sequence } = account(of);
      const { lock, slot, slots, who } = claim;
      const fields = entryFields({ ends: nonce, lock, slot, slots, sequence, by: who, ...more });
      return keep(put(encodeEntry(fields), of), { nonce, sequence: fields.sequence, claim, from: null });
    },
    ticket(number, who = job(900 + number), clock = "server") {
      const { lock, slots, scope, requestedAt, leaseSeconds, reason } = claimFields();
      const fields = { lock, slots, scope, clock, requestedAt, leaseSeconds, reason, who };
      const made = put(encodeTicket({ nonce: `waiting-${number}`, ...fields }), null);
      const writtenAtMs = Date.parse(commits.get(made)?.date ?? "");
      const digits = [String(number).padStart(8, "0"), String(writtenAtMs / 1000).padStart(12, "0")];
      return { ref: `${LOCK.prefix}queue/${digits.join("-")}-${made}`, oid: made, number, writtenAtMs };
    },
    nonceOf: (of) => account(of).nonce,
    sequenceOf: (of) => account(of).sequence,
    hold(claim, more = {}) {
      const { nonce, sequence, from, claim: fields } = account(claim);
      const { slot, slots } = fields;
      const waited = { waitedSeconds: 0, reentered: false, acquiredAtMs: Date.parse(FIRST_DATE) };
      return { lock: LOCK, slot, slots, nonce, claim, from, sequence, ...waited, ...more };
    },
    known: (...oids) =>
      new Map(oids.map((one) => [one, commits.get(one) ?? { oid: one, parents: [], message: "", date: "" }])),
  };
  return w;
}

/** What was read of a lock's refs: freshly, a minute after the first commit, unless told otherwise. */
export interface Refs {
  readonly log?: Readonly<Record<number, Oid>>;
  readonly holder?: Readonly<Record<number, Oid>>;
  /** In line. */
  readonly queue?: readonly Ticket[];
  readonly readAtMs?: number | null;
  readonly isFresh?: boolean;
}

export function refsOf({ log = {}, holder = {}, queue = [], ...more }: Refs = {}): LockRefs {
  const bySlot = (record: Readonly<Record<number, Oid>>) =>
    new Map(Object.entries(record).map(([slot, tip]) => [Number(slot), tip]));
  const readAtMs = Date.parse(FIRST_DATE) + 60_000;
  return {
    logs: bySlot(log),
    holders: bySlot(holder),
    odd: new Set(),
    queue,
    readAtMs,
    isFresh: true,
    ...more,
  };
}
