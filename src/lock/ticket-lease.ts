/**
 * What a waiter's ticket says of it, and for how long that is to be believed.
 * Owns when a ticket has to be renewed; must not know whose turn it is.
 */
import { type Attempt, ask, type Wish } from "./attempt.ts";
import type { Commit } from "./refs.ts";
import { withTicket } from "./snapshot.ts";
import { encodeTicket } from "./ticket.ts";

const TICKET_LEASE_SECONDS = 300;

/** The commit of a waiter's ticket: the first, or a renewal. */
export function writeTicket(attempt: Attempt): Promise<Commit> {
  const { ports, wish, nonce, requestedAt } = attempt;
  const message = encodeTicket({
    nonce,
    lock: wish.lock.text,
    slots: wish.slots,
    scope: wish.scope,
    clock: ports.store.clock,
    requestedAt,
    leaseSeconds: ticketLeaseSeconds(wish),
    reason: wish.reason,
    who: wish.who,
  });
  return ask(attempt, (store) => store.write(message, null));
}

/** A run's ticket is judged by its job; a process, of which nobody else can know, says itself that it still waits. */
function ticketLeaseSeconds({ who, leaseSeconds }: Wish): number | null {
  return who.run === null ? Math.min(leaseSeconds ?? TICKET_LEASE_SECONDS, TICKET_LEASE_SECONDS) : null;
}

/** When the ticket has to be renewed, by the monotonic clock: thrice in a lease, so that one or two may go wrong. */
export function ticketDueMs({ wish, ticket, ticketSentMs }: Attempt): number {
  const leaseSeconds = ticket === null ? null : ticketLeaseSeconds(wish);
  return leaseSeconds === null ? Infinity : ticketSentMs + (leaseSeconds * 1000) / 3;
}

/** A new commit under the same name: the place is kept. Where it is not known to have gone well, the refs are read again. */
export async function renewTicket(attempt: Attempt): Promise<void> {
  const { ports, ticket } = attempt;
  if (ticket === null) return;
  const sentMs = ports.clock.monotonicMs();
  const { oid } = await writeTicket(attempt);
  const change = { ref: ticket.ref, from: ticket.oid, to: oid };
  attempt.ticketSentMs = sentMs;
  if ((await ask(attempt, (store) => store.transact([change]))) !== "applied") {
    attempt.refs = null;
    return;
  }
  attempt.ticket = { ...ticket, oid };
  ports.journal.saveTicket(attempt.ticket);
  attempt.lastRefs = withTicket(attempt.lastRefs, attempt.ticket);
  if (attempt.refs !== null) attempt.refs = withTicket(attempt.refs, attempt.ticket);
}
