/**
 * Owns the reading of lock commits for the judges. A parser of its own: it must never import the code under test, so that one mistake cannot hide in
 * both.
 */
import type { Commit, Oid } from "../../src/lock/refs.ts";
import { numberOf } from "./jobs.ts";
import type { Repository } from "./repository.ts";

export interface Node {
  readonly oid: Oid;
  readonly parent: Oid | null;
  readonly kind: "claim" | "entry" | "ticket" | "foreign";
  /** A claim's or ticket's own; of an entry, the one that it ends. */
  readonly nonce: string;
  /** As written; `null`: not written. */
  readonly sequence: number | null;
  readonly outcome: string;
  readonly reason: string;
  /** The job, or the process by its pid, that claims or waits, or the one by which an entry was written; 0: a person. */
  readonly jobId: number;
  /** A claim of a freeze. */
  readonly isFreeze: boolean;
  /** How many its writer says there are. */
  readonly slots: number;
  readonly dateMs: number;
  /** When a hold is past its max-hold; `null` without one. */
  readonly maxHoldOverMs: number | null;
  /** When a hold is past its max-hold or its lease, unless it is renewed, and a ticket past its lease; `null` with neither. */
  readonly expiresAtMs: number | null;
}

type Parsed = Omit<Node, "expiresAtMs" | "maxHoldOverMs">;

export interface Logs {
  node(oid: Oid): Node;
  /** The fencing token of a claim, or of the hold that an entry ends, counted from the beginning of the chain, or on from what an entry says. */
  sequenceOf(node: Node): number;
  /** The commits from after `from` to `to`, oldest first; `null` where `to` does not follow `from` within `limit` commits. */
  step(from: Oid | null, to: Oid, limit: number): Node[] | null;
}

export function readLogs(repository: Repository): Logs {
  const nodes = new Map<Oid, Node>();
  const sequences = new Map<Oid, number>();

  const node = (oid: Oid): Node => {
    const known = nodes.get(oid);
    if (known !== undefined) return known;
    const commit = repository.commit(oid);
    if (commit === undefined) throw new Error(`a ref points at ${oid}, which does not exist`);
    const fields = fieldsOf(commit.message);
    const parsed = withExpiry(parse(commit, fields), commit, fields);
    nodes.set(oid, parsed);
    return parsed;
  };

  /** A max-hold counts from the hold's first claim, a lease from its newest: by the server's date, and else by when it was written in truth. */
  const withExpiry = (parsed: Parsed, { oid, date }: Commit, fields: Fields): Node => {
    const { maxHoldSeconds, leaseSeconds, clock } = fields;
    const sinceMs = clock === "server" ? Date.parse(date) : repository.writtenAtMs(oid);
    const after = (seconds: unknown) => (typeof seconds === "number" ? sinceMs + seconds * 1000 : null);
    const before = parsed.parent === null ? null : node(parsed.parent);
    const isRenewal = before?.kind === "claim" && before.nonce === parsed.nonce;
    const maxHoldOverMs = isRenewal ? before.maxHoldOverMs : after(maxHoldSeconds);
    const limits = [maxHoldOverMs, after(leaseSeconds)].filter((limit) => limit !== null);
    return { ...parsed, maxHoldOverMs, expiresAtMs: limits.length === 0 ? null : Math.min(...limits) };
  };

  const sequenceOf = (asked: Node): number => {
    const known = sequences.get(asked.oid);
    if (known !== undefined) return known;
    const before = asked.parent === null ? null : node(asked.parent);
    const follows = before === null ? 0 : sequenceOf(before);
    const said = asked.kind === "entry" ? (asked.sequence ?? 0) : 0;
    // Only a claim that follows an entry, or nothing, begins a new hold.
    const sequence = Math.max(
      said,
      asked.kind === "claim" && before?.kind !== "claim" ? follows + 1 : follows,
    );
    sequences.set(asked.oid, sequence);
    return sequence;
  };

  const step = (from: Oid | null, to: Oid, limit: number): Node[] | null => {
    const found: Node[] = [];
    for (let oid: Oid | null = to; oid !== from; ) {
      if (oid === null || found.length === limit) return null;
      const next: Node = node(oid);
      found.unshift(next);
      oid = next.parent;
    }
    return found;
  };

  return { node, sequenceOf, step };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(message: string): Fields {
  try {
    return JSON.parse(message.slice(message.indexOf("\n\n"))) as Fields;
  } catch {
    // Not ours: that there is no kind says so.
    return {};
  }
}

function parse({ oid, parents, date }: Commit, fields: Fields): Parsed {
  const kinds = ["claim", "entry", "ticket"] as const;
  const kind = kinds.find((kind) => kind === fields.kind) ?? "foreign";
  const by = kind === "entry" ? (fields.by as { run?: unknown; process?: unknown } | undefined) : fields;
  return {
    oid,
    kind,
    parent: parents[0] ?? null,
    nonce: String((kind === "entry" ? fields.ends : fields.nonce) ?? ""),
    sequence: typeof fields.sequence === "number" ? fields.sequence : null,
    outcome: String(fields.outcome ?? ""),
    reason: String(fields.reason ?? ""),
    jobId: numberOf(by ?? {}),
    isFreeze: kind === "claim" && fields.freeze === true,
    slots: Number(fields.slots ?? 1),
    dateMs: Date.parse(date),
  };
}
