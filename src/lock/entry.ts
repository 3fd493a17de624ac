/**
 * The log entry: the commit that ends the claim which is its parent.
 * Owns its fields and encoding, and the reading of any commit in a log as a claim, an entry or neither.
 */
import { type Claim, parseClaim } from "./claim.ts";
import { describeIdentity, type Identity } from "./identity.ts";
import {
  clip,
  count,
  countOrNull,
  DamagedRecord,
  decodeRecord,
  encodeRecord,
  type Fields,
  fieldsOrNull,
  identity,
  oneOf,
  text,
  textOrNull,
} from "./record.ts";
import type { Commit } from "./refs.ts";

export interface Entry {
  /** The nonce of the hold that it ends. */
  readonly ends: string;
  readonly lock: string;
  readonly slot: number;
  readonly slots: number;
  /** The fencing token of the hold that it ends. */
  readonly sequence: number;
  readonly outcome: "released" | "taken-over" | "cleared" | "expired";
  /** Whether the server dated the commit: else its date says nothing to others. */
  readonly clock: "server" | "local";
  readonly by: Identity;
  readonly reason: string | null;
  readonly waitedSeconds: number | null;
  readonly heldSeconds: number | null;
}

export function encodeEntry(entry: Entry): string {
  const held = entry.heldSeconds === null ? "" : ` after ${entry.heldSeconds}s`;
  const subject = `${entry.lock} ${entry.outcome} by ${describeIdentity(entry.by)}${held}`;
  return encodeRecord(subject, { kind: "entry", ...entry });
}

/** @throws DamagedRecord */
function parseEntry(fields: Fields): Entry {
  return {
    ends: text(fields, "ends"),
    lock: text(fields, "lock"),
    slot: count(fields, "slot"),
    slots: count(fields, "slots"),
    sequence: count(fields, "sequence"),
    outcome: oneOf(fields, "outcome", ["released", "taken-over", "cleared", "expired"]),
    clock: fields.clock === "local" ? "local" : "server",
    by: identity(fieldsOrNull(fields, "by") ?? {}),
    reason: textOrNull(fields, "reason"),
    waitedSeconds: countOrNull(fields, "waitedSeconds"),
    heldSeconds: countOrNull(fields, "heldSeconds"),
  };
}

export type LogRecord =
  | { readonly kind: "claim"; readonly claim: Claim }
  | { readonly kind: "entry"; readonly entry: Entry }
  /** `why` completes the sentence "the commit …". */
  | { readonly kind: "foreign"; readonly why: string };

/** A commit can't change, and a waiter looks at the same ones again and again. */
const records = new WeakMap<Commit, LogRecord>();

/** Reads a commit of a log. Whatever does not read as a claim or an entry, to the last field, is not ours. */
export function readRecord(commit: Commit): LogRecord {
  const known = records.get(commit);
  if (known !== undefined) return known;
  const record = decode(commit);
  records.set(commit, record);
  return record;
}

function decode(commit: Commit): LogRecord {
  const decoded = decodeRecord(commit.message);
  if (decoded.kind === "foreign") return decoded;
  try {
    const kind = oneOf(decoded.fields, "kind", ["claim", "entry"]);
    if (kind === "claim") return { kind, claim: parseClaim(decoded.fields) };
    return { kind, entry: parseEntry(decoded.fields) };
  } catch (error) {
    if (error instanceof DamagedRecord) return { kind: "foreign", why: error.message };
    throw error;
  }
}

/** `cleared by run 812, attempt 1, job clear (https://…): the runner died` */
export function describeEnding(entry: Entry): string {
  const url = entry.by.run === null ? "" : ` (${entry.by.run.url})`;
  const why = entry.reason === null ? "" : `: ${clip(entry.reason)}`;
  return `${entry.outcome} by ${describeIdentity(entry.by)}${url}${why}`;
}
