/**
 * Asks whether the writer of a claim or of a ticket is still there.
 * Owns whom a commit names; must not know how the platform is asked, nor what follows.
 */
import type { Claim } from "./claim.ts";
import { readRecord } from "./entry.ts";
import type { Liveness, Subject } from "./ports.ts";
import type { Commit } from "./refs.ts";
import { readTicket, type TicketRecord } from "./ticket.ts";
import { ageMs, type Now, type Verdict } from "./verdict.ts";

const UNREADABLE: Verdict = { state: "unknown", why: "its record cannot be read", sinceMs: null };

/** Of a freeze that has every slot: it is nobody's, until it is cleared. */
export const FROZEN: Verdict = {
  state: "alive",
  why: "it is a freeze, which stays until it is cleared",
  sinceMs: null,
};

/** Of a commit that is nobody's nobody is asked. A ticket is dead, too, when its lease has run out; of a claim that is the policy's to say. */
export async function judgeWriter(
  liveness: Liveness,
  kind: Subject["kind"],
  commit: Commit,
  isThorough: boolean,
  now: Now,
): Promise<Verdict> {
  if (kind === "claim") {
    const record = readRecord(commit);
    if (record.kind !== "claim") return UNREADABLE;
    // As long as a freeze is not complete it dies as a waiter does.
    return await ask(liveness, record.claim.freeze ? "ticket" : kind, record.claim, commit, isThorough);
  }
  const ticket = readTicket(commit);
  if (ticket === null) return UNREADABLE;
  const verdict = await ask(liveness, kind, ticket, commit, isThorough);
  return verdict.state === "dead" ? verdict : (lapsed(ticket, commit, now) ?? verdict);
}

function ask(
  liveness: Liveness,
  kind: Subject["kind"],
  writer: Claim | TicketRecord,
  commit: Commit,
  isThorough: boolean,
): Promise<Verdict> {
  const { scope, who } = writer;
  return liveness.judge({ kind, scope, who, writtenAtMs: dateOf(writer, commit), isThorough });
}

function lapsed({ clock, leaseSeconds }: TicketRecord, { oid, date }: Commit, now: Now): Verdict | null {
  if (leaseSeconds === null) return null;
  const overMs = ageMs({ clock, date }, now, oid) - leaseSeconds * 1000;
  if (overMs <= 0) return null;
  const sinceMs = clock === "server" && now.readAtMs !== null ? now.readAtMs - overMs : null;
  return { state: "dead", why: "its ticket's lease ran out", sinceMs };
}

function dateOf({ clock }: { readonly clock: "server" | "local" }, commit: Commit): number | null {
  return clock === "server" ? Date.parse(commit.date) : null;
}
