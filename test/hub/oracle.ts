/**
 * Owns the judgement over what really happened to a lock: from the ref changes that git recorded it derives each
 * hold, and everything that the rules of a lock's log do not allow. It reads commits by a parser of its own and
 * must never import the code under test, so that one mistake cannot hide in both.
 */
import type { OracleRecord } from "./journal.ts";
import {
  isRenewal,
  type LogNode,
  nodeReader,
  type ReadCommit,
  type ReadNode,
  sequenceOf,
  shapeOf,
  stepBetween,
} from "./log-chain.ts";

export interface Hold {
  readonly logRef: string;
  readonly nonce: string;
  /** The fencing token. */
  readonly sequence: number;
  /** The first claim, then each renewal that became the tip. */
  readonly claims: readonly string[];
  /** Index of the record that made the claim the tip. */
  readonly acquiredAt: number;
  /** Index of the record that ended it; null: held to this day. */
  readonly endedAt: number | null;
  /** The entry that ends it; null where the log was deleted or overwritten, or it is held still. */
  readonly endedBy: { readonly oid: string; readonly outcome: string; readonly reason: string | null } | null;
}

type OpenHold = { -readonly [Name in keyof Hold]: Hold[Name] } & { claims: string[] };

const LOG_REF = /\/log\/[1-9]\d*$/;

/** What may follow a free tip, and what a claim: C claim, R renewal, E entry. */
const AFTER_FREE = new Set(["C", "CE"]);
const AFTER_CLAIM = new Set(["R", "E", "EC", "ECE"]);

/** One change of a log's tip. `step` is what it added, oldest first; null if it does not follow the tip. */
interface Transition {
  readonly index: number;
  readonly tip: LogNode | null;
  readonly next: LogNode | null;
  readonly step: readonly LogNode[] | null;
}

async function transitionsOf(
  records: readonly OracleRecord[],
  read: ReadNode,
  logRef: string,
): Promise<Transition[]> {
  const transitions: Transition[] = [];
  for (const { ref, from, to, index } of records) {
    if (ref !== logRef) continue;
    const tip = from === null ? null : await read(from);
    const next = to === null ? null : await read(to);
    transitions.push({ index, tip, next, step: to === null ? null : await stepBetween(read, from, to) });
  }
  return transitions;
}

async function holdsOf(transitions: readonly Transition[], read: ReadNode, logRef: string): Promise<Hold[]> {
  const found: OpenHold[] = [];
  let current: OpenHold | null = null;
  for (const { index, next, step } of transitions) {
    if (current) {
      const { nonce } = current;
      const entry = (step ?? [next]).find((node) => node?.kind === "entry" && node.nonce === nonce);
      if (!entry && next?.kind === "claim" && next.nonce === nonce) {
        current.claims.push(next.oid);
        continue;
      }
      current.endedAt = index;
      current.endedBy = entry ? { oid: entry.oid, outcome: entry.outcome, reason: entry.reason } : null;
      current = null;
    }
    if (next?.kind !== "claim") continue;
    const { nonce, oid } = next;
    const sequence = await sequenceOf(read, next);
    current = { logRef, nonce, sequence, claims: [oid], acquiredAt: index, endedAt: null, endedBy: null };
    found.push(current);
  }
  return found;
}

/** What a log has used up, so that nothing of it comes back. */
interface Used {
  readonly nonces: Set<string>;
  sequence: number;
}

async function entryProblems(before: LogNode | null, entry: LogNode, read: ReadNode): Promise<string[]> {
  if (before?.kind !== "claim") return [];
  const held = await sequenceOf(read, before);
  return [
    ...(entry.nonce === before.nonce
      ? []
      : [`entry ${entry.oid} ends ${entry.nonce}, but follows ${before.nonce}`]),
    ...(entry.sequence === held
      ? []
      : [`entry ${entry.oid} says sequence ${entry.sequence}, the hold's is ${held}`]),
  ];
}

async function claimProblems(
  before: LogNode | null,
  claim: LogNode,
  used: Used,
  read: ReadNode,
): Promise<string[]> {
  const { oid, nonce } = claim;
  const renewal = isRenewal(before, claim);
  const expected = before ? (await sequenceOf(read, before)) + (renewal ? 0 : 1) : 1;
  const sequence = claim.sequence ?? expected;
  const problems =
    sequence === expected ? [] : [`claim ${oid} says sequence ${sequence}, which is ${expected}`];
  if (renewal) return problems;
  if (used.nonces.has(nonce)) problems.push(`claim ${oid} comes back with the used nonce ${nonce}`);
  if (sequence <= used.sequence)
    problems.push(`claim ${oid} has sequence ${sequence} after ${used.sequence}`);
  used.nonces.add(nonce);
  used.sequence = Math.max(used.sequence, sequence);
  return problems;
}

async function problemsOf(transition: Transition, used: Used, read: ReadNode): Promise<string[]> {
  const { tip, next, step } = transition;
  if (!next) return ["the log was deleted"];
  const from = tip ? `${tip.kind} ${tip.oid}` : "an absent log";
  const problems: string[] = [];
  if (step) {
    const shape = shapeOf(tip, step);
    const allowed = tip?.kind === "claim" ? AFTER_CLAIM : AFTER_FREE;
    if (!allowed.has(shape)) problems.push(`${from} cannot be followed by ${shape}, up to ${next.oid}`);
  } else {
    problems.push(`${next.kind} ${next.oid} does not follow ${from}`);
  }
  const parent = next.parents[0];
  let before = step ? tip : parent === undefined ? null : await read(parent);
  for (const node of step ?? [next]) {
    if (node.kind === "entry") problems.push(...(await entryProblems(before, node, read)));
    if (node.kind === "claim") problems.push(...(await claimProblems(before, node, used, read)));
    before = node;
  }
  return problems;
}

export function logRefsIn(records: readonly OracleRecord[]): string[] {
  return [...new Set(records.map((record) => record.ref))].filter((ref) => LOG_REF.test(ref)).sort();
}

/** Each hold of one log, in the order in which they were acquired. A claim that never became the tip is none. */
export async function holds(
  records: readonly OracleRecord[],
  readCommit: ReadCommit,
  logRef: string,
): Promise<readonly Hold[]> {
  const read = nodeReader(readCommit);
  return holdsOf(await transitionsOf(records, read, logRef), read, logRef);
}

/** Every breach of a log's rules, in one log or in all that there are. Empty is what a test asserts. */
export async function violations(
  records: readonly OracleRecord[],
  readCommit: ReadCommit,
  logRef?: string,
): Promise<string[]> {
  const read = nodeReader(readCommit);
  const found: string[] = [];
  for (const ref of logRef === undefined ? logRefsIn(records) : [logRef]) {
    const used: Used = { nonces: new Set(), sequence: 0 };
    for (const transition of await transitionsOf(records, read, ref)) {
      const problems = await problemsOf(transition, used, read);
      found.push(...problems.map((problem) => `${ref}, change ${transition.index}: ${problem}`));
    }
  }
  return found;
}
