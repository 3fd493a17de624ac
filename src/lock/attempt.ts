/**
 * The state of one acquisition, and its way of asking the store.
 * Owns the deadlines; must not decide anything, nor know what is asked.
 */
import type { Prepared } from "./decide.ts";
import { isLockError, LockError } from "./errors.ts";
import type { Identity } from "./identity.ts";
import { insist, type Patience } from "./insist.ts";
import type { LockName } from "./name.ts";
import type { Ports, RefStore } from "./ports.ts";
import type { Commit, Oid } from "./refs.ts";
import type { LockStatus } from "./report.ts";
import { type LockRefs, NOTHING_READ, parseRefs } from "./snapshot.ts";
import { statusOf } from "./status.ts";
import type { Ticket } from "./ticket.ts";

export interface Wish {
  readonly lock: LockName;
  readonly slots: number;
  readonly scope: "job" | "run";
  /** The longest wait, from the call on; `Infinity` waits for ever. */
  readonly waitMs: number;
  readonly maxHoldSeconds: number | null;
  readonly reason: string | null;
  readonly who: Identity;
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
  nonce: string;
  /** As last read; `null` when they have to be read again before anything is decided. */
  refs: LockRefs | null;
  /** As last read, for telling who is in the way. */
  lastRefs: LockRefs;
  prepared: Prepared | null;
  ticket: Ticket | null;
  /** Whether the ticket's creation went unanswered, so that it may land after it was deleted. */
  isTicketInDoubt: boolean;
  /** How often in a row something had to be let pass. */
  pauses: number;
  /** When a waiter next looks at more than the one ref that it watches, by the monotonic clock. */
  glanceAtMs: number;
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
    nonce: ports.uuid(),
    refs: null,
    lastRefs: NOTHING_READ,
    prepared: null,
    ticket: null,
    isTicketInDoubt: false,
    pauses: 0,
    glanceAtMs: startedMs + FIRST_GLANCE_MS,
  };
}

/** Reads the lock's refs: one request. A store that has answered once is an outage when it falls silent, and is borne as long as the wait. */
export async function look(attempt: Attempt): Promise<void> {
  const { lock, signal } = attempt.wish;
  attempt.refs = parseRefs(lock, await ask(attempt, (store) => store.list(lock.prefix)));
  attempt.lastRefs = attempt.refs;
  attempt.patience = { untilMs: attempt.deadlineMs + TROUBLE_MS, signal };
}

/** @throws LockError `not-acquired` where the store asks for a pause that is longer than what is left of the wait */
export async function ask<Result>(
  attempt: Attempt,
  request: (store: RefStore) => Promise<Result>,
): Promise<Result> {
  const { ports, patience, wish } = attempt;
  try {
    return await insist(ports, patience, () => request(ports.store));
  } catch (error) {
    if (!isLockError(error, "throttled")) throw error;
    const message = `Could not acquire "${wish.lock.text}" in time: ${error.message}. Raise \`wait\`, or make fewer requests.`;
    throw new LockError("not-acquired", message, { status: statusNow(attempt), cause: error });
  }
}

export function statusNow({ wish, lastRefs, known, ticket }: Attempt): LockStatus {
  const others = lastRefs.queue.filter(({ ref }) => ref !== ticket?.ref);
  return statusOf(wish.lock, wish.slots, { ...lastRefs, queue: others }, known);
}

export function waitedMs({ ports, startedMs }: Attempt): number {
  return ports.clock.monotonicMs() - startedMs;
}
