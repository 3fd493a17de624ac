/**
 * What this process has taken, or may yet take. Nobody comes after it to read that: it is kept to be given back, or up, by ourselves.
 */
import type { Hold } from "../lock/hold.ts";
import type { Journal } from "../lock/ports.ts";
import type { LeftBehind } from "../lock/release.ts";
import type { Ticket } from "../lock/ticket.ts";

export function openJournal(): Journal & { left(): LeftBehind } {
  const holds = new Map<string, Hold>();
  const tickets = new Map<string, Ticket>();
  return {
    saveHold: (hold) => void holds.set(hold.claim, hold),
    forgetHold: (hold) => void holds.delete(hold.claim),
    saveTicket: (ticket) => void tickets.set(ticket.ref, ticket),
    forgetTicket: (ticket) => void tickets.delete(ticket.ref),
    left: () => ({ holds: [...holds.values()], tickets: [...tickets.values()] }),
  };
}
