/**
 * A waiter's own ticket: made, made again, and taken back. Owns when it is in the journal; must not know whose turn it is.
 */
import { type Attempt, ask } from "./attempt.ts";
import { backOff, insist, type Patience } from "./insist.ts";
import type { Ports } from "./ports.ts";
import type { RefChange } from "./refs.ts";
import { withTicket } from "./snapshot.ts";
import { type Ticket, ticketFor } from "./ticket.ts";
import { ticketDueMs, writeTicket } from "./ticket-lease.ts";
import { pause } from "./wait.ts";

/** One refusal may be a misunderstanding between us and the store; a second one is the answer. */
const REFUSALS = 2;

/** Two requests, and then the refs are read again: of a crowd that came at once each finds its own place, and only the first watches the log. */
export async function enqueue(attempt: Attempt, number: number): Promise<void> {
  const { ports, wish } = attempt;
  const sentMs = ports.clock.monotonicMs();
  const ticket = ticketFor(wish.lock, number, await writeTicket(attempt));
  attempt.ticketSentMs = sentMs;
  ports.journal.saveTicket(ticket);
  attempt.ticket = ticket;
  await create(attempt);
  attempt.refs = null;
  attempt.isGlancing = false;
}

/** Where the ticket is there already, nothing happens. One with a lease is written anew: to whoever removed it, its old commit stays dead. */
export async function requeue(attempt: Attempt): Promise<void> {
  if (attempt.ticket !== null && ticketDueMs(attempt) !== Infinity) {
    const sentMs = attempt.ports.clock.monotonicMs();
    const { oid } = await writeTicket(attempt);
    attempt.ticketSentMs = sentMs;
    attempt.ticket = { ...attempt.ticket, oid };
    attempt.ports.journal.saveTicket(attempt.ticket);
  }
  await create(attempt);
}

/** The identical create: where the ticket is there already, nothing happens. */
async function create(attempt: Attempt): Promise<void> {
  const { ticket } = attempt;
  if (ticket === null) return;
  const create = { ref: ticket.ref, from: null, to: ticket.oid };
  const wasInDoubt = attempt.isTicketInDoubt;
  for (let tries = 0, refusals = 0, unanswered = 0; refusals < REFUSALS; tries++) {
    // In doubt until it is answered: whoever is told to stop meanwhile leaves a create behind that may land yet.
    attempt.isTicketInDoubt = true;
    const outcome = await ask(attempt, (store) => store.transact([create]));
    if (outcome === "unknown") unanswered++;
    attempt.isTicketInDoubt = wasInDoubt || unanswered > 0;
    if (outcome === "applied") break;
    if (outcome === "conflict") refusals++;
    else
      await backOff(
        attempt.ports,
        tries,
        attempt.patience,
        "It is not known whether the ticket in the queue was made",
      );
  }
  attempt.refs = withTicket(attempt.lastRefs, ticket);
  attempt.lastRefs = attempt.refs;
}

/**
 * Takes a ticket back: its name is ours alone, so that nobody else's can be hit. Harmless when it is gone already.
 * @param isInDoubt whether its creation may yet land: then it stays in the journal, and is deleted once more by whoever cleans up
 * @throws LockError `unreachable` where it can't be told whether the ticket is gone
 */
export async function withdraw(
  ports: Ports,
  ticket: Ticket | null,
  patience: Patience,
  isInDoubt = false,
): Promise<void> {
  if (ticket === null) return;
  let from = ticket.oid;
  for (let tries = 0, refusals = 0; refusals < REFUSALS; tries++) {
    const change: RefChange = { ref: ticket.ref, from, to: null };
    const outcome = await insist(ports, patience, () => ports.store.transact([change]));
    if (outcome === "applied") break;
    if (outcome === "conflict") {
      refusals++;
      // A renewal of it that went unanswered may have landed.
      from = (await insist(ports, patience, () => ports.store.tip(ticket.ref))) ?? from;
    } else
      await backOff(ports, tries, patience, "It is not known whether the ticket in the queue was withdrawn");
  }
  if (!isInDoubt) ports.journal.forgetTicket(ticket);
}

/** Removes a dead waiter's ticket. Who lost the race for it lost nothing. */
export async function remove(attempt: Attempt, ticket: Ticket, why: string): Promise<void> {
  const change: RefChange = { ref: ticket.ref, from: ticket.oid, to: null };
  if ((await ask(attempt, (store) => store.transact([change]))) !== "applied") {
    return await pause(attempt, "a dead waiter's ticket could not be removed");
  }
  attempt.ports.tell({ kind: "removed", lock: attempt.wish.lock.text, ticket: ticket.ref, why });
  attempt.refs = null;
}
