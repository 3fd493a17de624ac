/**
 * The state of one acquisition, and its way of asking the store.
 * Owns the deadlines; must not decide anything, nor know what is asked.
 */
import { isLockError, LockError } from "./errors.ts";
import type { Hold } from "./hold.ts";
import type { Identity, Mine } from "./identity.ts";
import { insist, type Patience } from "./insist.ts";
import type { Prepared } from "./move.ts";
import type { LockName } from "./name.ts";
import type { Liveness, Ports, RefStore } from "./ports.ts";
import type { Commit, Oid } from "./refs.ts";
import type { LockStatus } from "./report.ts";
import { type LockRefs, NOTHING_READ, parseRefs } from "./snapshot.ts";
import { statusOf } from "./status.ts";
import type { Ticket } from "./ticket.ts";
import type { Verdict } from "./verdict.ts";

export interface Wish {
  readonly lock: LockName;
  readonly slots: number;
  readonly scope: "job" | "run";
  /** The longest wait, from the call on; `Infinity` waits for ever. */
  readonly waitMs: number;
  /** Where that is what is left of a longer wait: all of it, for telling. */
  readonly saidWaitMs?: number;
  readonly maxHoldSeconds: number | null;
  /** How long a claim and a ticket stand unless they are renewed; `null` for a job, which is asked after instead. */
  readonly leaseSeconds: number | null;
  /** Take everything, and keep it until it is cleared. */
  readonly freeze: boolean;
  readonly reason: string | null;
  readonly who: Identity;
  /** What of ours may stand already. */
  readonly mine: Mine;
  readonly signal?: AbortSignal;
}

export interface Attempt {
  readonly ports: Ports;
  readonly wish: Wish;
  readonly startedMs: number;
  readonly deadlineMs: number;
  patience: Patience;
  readonly requestedAt: string;
  /** Commits never change: each is read once. */
  readonly known: Map<Oid, Commit>;
  /** Of claims and tickets, by their oid. The dead stay dead; of others it is asked again. */
  readonly verdicts: Map<Oid, Verdict>;
  nonce: string;
  readonly spentNonces: Set<string>;
  /** As last read; `null` when they have to be read again before anything is decided. */
  refs: LockRefs | null;
  /** As last read, for telling who is in the way. */
  lastRefs: LockRefs;
  prepared: Prepared | null;
  ticket: Ticket | null;
  /** When the ticket as it is was begun to be written, by the monotonic clock: its lease counts from later. */
  ticketSentMs: number;
  /** Whether the ticket's creation went unanswered, so that it may land after it was deleted. */
  isTicketInDoubt: boolean;
  /** How often in a row something had to be let pass. */
  pauses: number;
  /** When the first of them was, by the monotonic clock. */
  staleSinceMs: number;
  /** When a waiter next looks at more than what it watches, by the monotonic clock. */
  glanceAtMs: number;
  isGlancing: boolean;
  glances: number;
  readonly knownSlots: Set<number>;
  /** How long what is there has been seen, in milliseconds. */
  seenMs: ReadonlyMap<string, number>;
  fruitlessLooks: number;
  /** What a freeze has taken so far: slots 1 to this many. */
  frozen: Hold[];
}

/** Store trouble is borne this long even by those who would not wait for a holder. */
const TROUBLE_MS = 60_000;
const FIRST_GLANCE_MS = 15_000;

export function begin(ports: Ports, wish: Wish): Attempt {
  const startedMs = ports.clock.monotonicMs();
  const deadlineMs = startedMs + wish.waitMs;
  return {
    ports,
    wish,
    startedMs,
    deadlineMs,
    // A store that has never answered is a wrong address rather than an outage: it is not borne for the whole wait.
    patience: {
      untilMs: deadlineMs + TROUBLE_MS,
      silenceUntilMs: startedMs + TROUBLE_MS,
      signal: wish.signal,
    },
    requestedAt: ports.clock.date().toISOString(),
    known: new Map(),
    verdicts: new Map(),
    nonce: ports.uuid(),
    spentNonces: new Set(),
    refs: null,
    lastRefs: NOTHING_READ,
    prepared: null,
    ticket: null,
    ticketSentMs: startedMs,
    isTicketInDoubt: false,
    pauses: 0,
    staleSinceMs: startedMs,
    glanceAtMs: startedMs + FIRST_GLANCE_MS,
    isGlancing: true,
    glances: 0,
    knownSlots: new Set(),
    seenMs: new Map(),
    fruitlessLooks: 0,
    frozen: [],
  };
}

/** Reads the lock's refs: one request. A store that has answered once is an outage when it falls silent, and is borne as long as the wait. */
export async function look(attempt: Attempt): Promise<LockRefs> {
  const { lock, signal } = attempt.wish;
  const refs = parseRefs(lock, await ask(attempt, (store) => store.list(lock.prefix)));
  attempt.refs = refs;
  attempt.lastRefs = refs;
  attempt.patience = { untilMs: attempt.deadlineMs + TROUBLE_MS, signal };
  const { ticket } = attempt;
  const seen = refs.queue.find(({ ref }) => ref === ticket?.ref);
  // A renewal that went unanswered, and landed.
  if (ticket !== null && seen !== undefined) attempt.ticket = { ...ticket, oid: seen.oid };
  return refs;
}

/** @throws LockError `not-acquired` where the store asks for a pause that is longer than what is left of the wait */
export async function ask<Result>(
  attempt: Attempt,
  request: (store: RefStore, liveness: Liveness) => Promise<Result>,
): Promise<Result> {
  const { ports, patience, wish } = attempt;
  try {
    return await insist(ports, patience, () => request(ports.store, ports.liveness));
  } catch (error) {
    if (!isLockError(error, "throttled")) throw error;
    const message = `Could not acquire "${wish.lock.text}" in time: ${error.message}. Raise \`wait\`, or make fewer requests.`;
    throw new LockError("not-acquired", message, { status: statusNow(attempt), cause: error });
  }
}

export function statusNow({ wish, lastRefs, known, verdicts, seenMs, ticket }: Attempt): LockStatus {
  const others = lastRefs.queue.filter(({ ref }) => ref !== ticket?.ref);
  return statusOf(
    wish.lock,
    wish.slots,
    { ...lastRefs, queue: others },
    { commits: known, verdicts, seenMs },
  );
}

export function waitedMs({ ports, startedMs }: Attempt): number {
  return ports.clock.monotonicMs() - startedMs;
}
