/**
 * The claim: the commit by which a slot is held, and its renewals.
 * Owns their fields and encoding; must not know how a claim gets to the log's tip.
 */
import { describeIdentity, type Identity, isSameJob, isSameRun, type Mine } from "./identity.ts";
import {
  count,
  countOrNull,
  encodeRecord,
  type Fields,
  identity,
  oneOf,
  text,
  textOrNull,
} from "./record.ts";

export interface Claim {
  /** What a holder is recognised by: a UUID that all claims of one hold share and no other hold ever has. */
  readonly nonce: string;
  readonly lock: string;
  readonly slot: number;
  readonly slots: number;
  readonly scope: "job" | "run";
  /** Whether the server dated the commit, so that its date may be compared with the server's clock. */
  readonly clock: "server" | "local";
  /** When the wish was made, by the clock of whoever made it: for display only. */
  readonly requestedAt: string;
  readonly maxHoldSeconds: number | null;
  readonly leaseSeconds: number | null;
  /** A person's claim of everything, which stays until it is cleared: nobody's completion ends it. */
  readonly freeze: boolean;
  readonly reason: string | null;
  readonly who: Identity;
  /** The fencing token. Only renewals carry it: a first claim's is that of the entry which it follows, + 1. */
  readonly sequence: number | null;
  /** The date of the hold's first claim. Only renewals carry it: a first claim's is its own commit's date. */
  readonly acquiredAt: string | null;
  /** Whose clock that is; another one may have dated the renewal. */
  readonly acquiredClock: "server" | "local";
  /** Everything that stood in the record, so that what a later version wrote survives a renewal. */
  readonly fields: Fields;
}

export function encodeClaim(claim: Omit<Claim, "fields"> & { readonly fields?: Fields }): string {
  const { who, fields, sequence, acquiredAt, acquiredClock, ...plain } = claim;
  const renewal = sequence === null ? {} : { sequence, acquiredAt, acquiredClock };
  const subject = `${claim.lock} ${sequence === null ? "held" : "still held"} by ${describeIdentity(who)}`;
  return encodeRecord(subject, {
    ...fields,
    kind: "claim",
    ...plain,
    run: who.run,
    process: who.process,
    ...renewal,
  });
}

/** @throws DamagedRecord */
export function parseClaim(fields: Fields): Claim {
  const clock = oneOf(fields, "clock", ["server", "local"]);
  return {
    nonce: text(fields, "nonce"),
    lock: text(fields, "lock"),
    slot: count(fields, "slot"),
    slots: count(fields, "slots"),
    scope: oneOf(fields, "scope", ["job", "run"]),
    clock,
    requestedAt: text(fields, "requestedAt"),
    maxHoldSeconds: countOrNull(fields, "maxHoldSeconds"),
    leaseSeconds: countOrNull(fields, "leaseSeconds"),
    freeze: fields.freeze === true,
    reason: textOrNull(fields, "reason"),
    who: identity(fields),
    sequence: countOrNull(fields, "sequence"),
    acquiredAt: textOrNull(fields, "acquiredAt"),
    acquiredClock:
      fields.acquiredClock === undefined ? clock : oneOf(fields, "acquiredClock", ["server", "local"]),
    fields,
  };
}

/** Whether a claim is of a hold of ours: handed on to us, made by this very job, or by this run for all its jobs. */
export function isOurs(claim: Claim, mine: Mine): boolean {
  // A freeze outlives whoever made it: it is nobody's, and is cleared rather than given back.
  if (claim.freeze) return false;
  if (mine.nonces.has(claim.nonce)) return true;
  const [theirs, ours] = [claim.who.run, mine.identity.run];
  if (theirs === null || ours === null) return false;
  return claim.scope === "run" ? isSameRun(theirs, ours) : isSameJob(theirs, ours);
}
