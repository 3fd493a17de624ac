/**
 * The ticket: one waiter's place in the queue, a ref whose name nobody else ever uses.
 * Owns the form of its name, the order of the queue, and the commit that it points at; must not know whose turn it is.
 */
import { describeIdentity, type Identity } from "./identity.ts";
import type { LockName } from "./name.ts";
import {
  count,
  countOrNull,
  DamagedRecord,
  decodeRecord,
  encodeRecord,
  identity,
  oneOf,
  text,
  textOrNull,
} from "./record.ts";
import type { Commit, Oid, Ref } from "./refs.ts";

export interface Ticket {
  readonly ref: string;
  readonly oid: Oid;
  /** A bakery number: 1 + the highest that its waiter saw; `FREEZE_NUMBER` for a freeze. */
  readonly number: number;
  /** When the ticket was written, by the clock that dates commits. */
  readonly writtenAtMs: number;
}

/** A freeze goes before everybody. */
export const FREEZE_NUMBER = 0;

const MAX_NUMBER = 99_999_999;

export interface TicketRecord {
  /** The nonce that the claim will have. */
  readonly nonce: string;
  readonly lock: string;
  readonly slots: number;
  readonly scope: "job" | "run";
  readonly clock: "server" | "local";
  readonly requestedAt: string;
  readonly leaseSeconds: number | null;
  readonly reason: string | null;
  readonly who: Identity;
}

export function encodeTicket({ who, ...plain }: TicketRecord): string {
  const subject = `${plain.lock} awaited by ${describeIdentity(who)}`;
  return encodeRecord(subject, { kind: "ticket", ...plain, run: who.run, process: who.process });
}

/** `null` where the commit is not a ticket. */
export function readTicket(commit: Commit): TicketRecord | null {
  const decoded = decodeRecord(commit.message);
  if (decoded.kind === "foreign" || decoded.fields.kind !== "ticket") return null;
  const { fields } = decoded;
  try {
    return {
      nonce: text(fields, "nonce"),
      lock: text(fields, "lock"),
      slots: count(fields, "slots"),
      scope: oneOf(fields, "scope", ["job", "run"]),
      clock: oneOf(fields, "clock", ["server", "local"]),
      requestedAt: text(fields, "requestedAt"),
      leaseSeconds: countOrNull(fields, "leaseSeconds"),
      reason: textOrNull(fields, "reason"),
      who: identity(fields),
    };
  } catch (error) {
    if (error instanceof DamagedRecord) return null;
    throw error;
  }
}

/** Sorting the refs by name sorts the queue: the digits are padded, and the oid settles what number and time leave open. */
export function ticketFor(lock: LockName, number: number, commit: Commit): Ticket {
  const writtenAtMs = Date.parse(commit.date);
  const digits = String(number).padStart(8, "0");
  const seconds = String(Math.floor(writtenAtMs / 1000)).padStart(12, "0");
  return {
    ref: `${lock.prefix}queue/${digits}-${seconds}-${commit.oid}`,
    oid: commit.oid,
    number,
    writtenAtMs,
  };
}

/** `null` where the ref is not a ticket of the lock. */
export function parseTicket(lock: LockName, ref: Ref): Ticket | null {
  if (!ref.name.startsWith(`${lock.prefix}queue/`)) return null;
  const match = /^(\d{8})-(\d{12})-[0-9a-f]{40,64}$/.exec(ref.name.slice(`${lock.prefix}queue/`.length));
  if (match === null) return null;
  return { ref: ref.name, oid: ref.oid, number: Number(match[1]), writtenAtMs: Number(match[2]) * 1000 };
}

export function byPlace(a: Ticket, b: Ticket): number {
  return a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0;
}

export function nextNumber(queue: readonly Ticket[]): number {
  return Math.min(MAX_NUMBER, 1 + Math.max(0, ...queue.map(({ number }) => number)));
}
