/**
 * Asks whether the writer of a claim or of a ticket is still there.
 * Owns whom a commit names; must not know how the platform is asked, nor what follows.
 */
import type { Claim } from "./claim.ts";
import { readRecord } from "./entry.ts";
import type { Liveness, Subject } from "./ports.ts";
import type { Commit } from "./refs.ts";
import { readTicket } from "./ticket.ts";
import type { Verdict } from "./verdict.ts";

const UNREADABLE: Verdict = { state: "unknown", why: "its record cannot be read", sinceMs: null };

/** Of a freeze that has every slot: it is nobody's, until it is cleared. */
export const FROZEN: Verdict = {
  state: "alive",
  why: "it is a freeze, which stays until it is cleared",
  sinceMs: null,
};

/** Of a commit that is nobody's nobody is asked. */
export async function judgeWriter(
  liveness: Liveness,
  kind: Subject["kind"],
  commit: Commit,
  isThorough: boolean,
): Promise<Verdict> {
  const writer = kind === "ticket" ? readTicket(commit) : claimOf(commit);
  if (writer === null) return UNREADABLE;
  const { scope, who } = writer;
  return await liveness.judge({ kind, scope, who, writtenAtMs: dateOf(writer, commit), isThorough });
}

function claimOf(commit: Commit): Claim | null {
  const record = readRecord(commit);
  return record.kind === "claim" ? record.claim : null;
}

function dateOf({ clock }: { readonly clock: "server" | "local" }, commit: Commit): number | null {
  return clock === "server" ? Date.parse(commit.date) : null;
}
