/**
 * Judges each change of a log against the promises, the moment it happens, and each thing that a job is told against what the log says.
 * Owns what is a breach; reads commits by its own parser, and must not import the policy under test.
 */
import type { Oid } from "../../src/lock/refs.ts";
import { FORCE, judgeFreezes, keyOf, partOf } from "./freeze-judge.ts";
import type { JobState, Jobs } from "./jobs.ts";
import type { Logs, Node } from "./log-reader.ts";
import type { Change, Repository } from "./repository.ts";

export interface Violation {
  /** As numbered in docs/design.md. */
  readonly promise: number;
  readonly what: string;
}

/** A job that has been told that it holds the lock. */
export interface Visit {
  readonly jobId: number;
  readonly slot: number;
  readonly nonce: string;
  readonly claim: Oid;
  readonly sequence: number;
}

/** By whom a hold was ended: by its own job, by others, as the log tells, or by hand, without a trace in the log. */
export type EndedBy = "itself" | "others" | "hand";

/** A hold, and when it began and ended, counted in changes of the repository. */
export interface Held {
  readonly slot: number;
  readonly jobId: number;
  endedBy: EndedBy | null;
  readonly landedAt: number;
  endedAt: number | null;
}

export interface Judge {
  readonly violations: readonly Violation[];
  accuse(promise: number, what: string): void;
  changed(changes: readonly Change[]): void;
  entered(visit: Visit): void;
  /** It was told that a freeze is complete, with this as its last slot. */
  froze(visit: Visit): void;
  /** Whether a freeze has every slot, or had. */
  isComplete(nonce: string): boolean;
  /** It begins to give back, or its machine is dead: from here on it is not inside. */
  leaving(nonce: string): void;
  isInside(nonce: string): boolean;
  /** How the hold was ended, as far as the log tells; `null`: it stands; `undefined`: it never was the tip. */
  endOf(nonce: string, slot?: number): EndedBy | null | undefined;
  /** `null`: it never stood. */
  holdOf(nonce: string): Held | null;
  /** Whether any hold of this job was ended by others. */
  hasLost(jobId: number): boolean;
  hasLanded(claim: Oid): boolean;
  /** It was said of this claim that it can't come to life any more. */
  buried(claim: Oid): void;
  takes(): number;
  /** Whether a log was deleted by hand: what rests on its history is void since. */
  wasDeleted(slot: number): boolean;
}

function isDeadProcess({ isProcess, isGone }: JobState): boolean {
  return isProcess && isGone;
}

/** What may follow a free tip, and what a claim: C claim, R renewal, E entry. */
const AFTER_FREE = new Set(["C", "CE"]);
const AFTER_CLAIM = new Set(["R", "E", "EC", "ECE"]);
const LONGEST_STEP = 3;

export function createJudge(repository: Repository, logs: Logs, jobs: Jobs, serverMs: () => number): Judge {
  const violations: Violation[] = [];
  const accuse = (promise: number, what: string) => void violations.push({ promise, what });
  const inside = new Map<string, Visit>();
  const holds = new Map<string, Held>();
  /** With their slots. */
  const landed = new Map<Oid, number>();
  const buried = new Set<Oid>();
  const deleted = new Set<number>();
  const sequences = new Map<number, number>();
  const freezes = judgeFreezes({ repository, logs, holds, deleted, accuse });
  let takes = 0;

  const end = (key: string, before: Node, slot: number, endedBy: EndedBy) => {
    const held = holds.get(key) ?? { slot, jobId: before.jobId, landedAt: 0, endedAt: null, endedBy: null };
    holds.set(key, { ...held, endedBy, endedAt: repository.version() });
  };

  const judgeEntry = (slot: number, before: Node | null, entry: Node, by: string) => {
    if (before?.kind !== "claim" || before.nonce !== entry.nonce)
      return accuse(2, `entry ${entry.oid} ends ${entry.nonce}, but follows ${before?.nonce ?? "no claim"}`);
    const sequence = logs.sequenceOf(before);
    // A log that was deleted begins anew, and who had seen it goes on counting: higher is no harm.
    const isHigher = deleted.has(slot) && (entry.sequence ?? 0) > sequence;
    if (entry.sequence !== sequence && !isHigher)
      accuse(8, `entry ${entry.oid} says sequence ${entry.sequence} of hold ${sequence}`);
    const isOwn = entry.outcome === "released" && entry.jobId === before.jobId;
    const isDead = mayBeEnded(before, entry);
    if (!isOwn && !(before.isFreeze ? freezes.mayBeEnded(slot, before, entry, isDead) : isDead))
      accuse(3, `${by} ended the hold of job ${before.jobId} as ${entry.outcome} by job ${entry.jobId}`);
    if (!isOwn && !freezes.isTold(before.nonce) && jobs.of(before.jobId).isClean && !deleted.has(slot))
      accuse(3, `${by} had to end the hold of job ${before.jobId}, which had cleaned up`);
    const visit = inside.get(entry.nonce);
    if (visit !== undefined && isOwn)
      accuse(1, `the hold of job ${visit.jobId} was ended by ${by} while the job was inside`);
    inside.delete(entry.nonce);
    end(keyOf(before, slot), before, slot, isOwn ? "itself" : "others");
  };

  const isExpired = ({ expiresAtMs }: Node): boolean => expiresAtMs !== null && expiresAtMs < serverMs();

  /** By others: what is dead, what has outlived itself, and what a person ends by force. */
  const mayBeEnded = (claim: Node, { outcome, jobId, reason }: Node): boolean => {
    switch (outcome) {
      case "taken-over":
        return jobs.isCompleted(claim.jobId) || isDeadProcess(jobs.of(claim.jobId));
      case "expired":
        return isExpired(claim);
      case "cleared":
        return jobId === 0 && (reason === FORCE || jobs.of(claim.jobId).isGone || isExpired(claim));
      default:
        return false;
    }
  };

  const judgeClaim = (slot: number, before: Node | null, claim: Node, isTip: boolean) => {
    const sequence = logs.sequenceOf(claim);
    if (claim.sequence !== null && claim.sequence !== sequence)
      accuse(8, `claim ${claim.oid} says sequence ${claim.sequence} in hold ${sequence}`);
    if (isTip) landed.set(claim.oid, slot);
    if (before?.kind === "claim" && before.nonce === claim.nonce) return;
    takes++;
    if (sequence <= (sequences.get(slot) ?? 0))
      accuse(8, `slot ${slot} had token ${sequences.get(slot)}, and now ${sequence}`);
    sequences.set(slot, sequence);
    const key = keyOf(claim, slot);
    const used = holds.get(key);
    if (used !== undefined && !deleted.has(used.slot) && !deleted.has(slot))
      accuse(7, `claim ${claim.oid} comes back with the used nonce ${claim.nonce}`);
    const landedAt = repository.version();
    holds.set(key, { slot, jobId: claim.jobId, endedBy: null, landedAt, endedAt: null });
    if (!isTip) return;
    if (claim.isFreeze) freezes.landed(slot, claim);
    if (jobs.of(claim.jobId).isClean && !deleted.has(slot))
      accuse(3, `claim ${claim.oid} came to life after its job ${claim.jobId} had cleaned up`);
    if (buried.has(claim.oid) && !deleted.has(slot))
      accuse(1, `claim ${claim.oid} came to life after its job was told that it can't`);
    for (const visit of inside.values()) {
      if (visit.slot === slot && visit.nonce !== claim.nonce)
        accuse(1, `job ${claim.jobId} took slot ${slot} while job ${visit.jobId} was inside`);
    }
  };

  const judgeDeletion = (slot: number, by: string) => {
    if (by !== "hand") return accuse(7, `${by} deleted the log of slot ${slot}`);
    deleted.add(slot);
    sequences.delete(slot);
    for (const hold of holds.values()) {
      if (hold.slot !== slot || hold.endedBy !== null) continue;
      hold.endedBy = "hand";
      hold.endedAt = repository.version();
    }
    for (const visit of inside.values()) if (visit.slot === slot) inside.delete(visit.nonce);
  };

  const judgeLog = (slot: number, { from, to, by }: Change) => {
    if (to === null) return judgeDeletion(slot, by);
    const tip = from === null ? null : logs.node(from);
    const step = logs.step(from, to, LONGEST_STEP);
    if (step === null) {
      // A late request can bring back the beginning of a log that was deleted by hand, and the next one all the rest at once, up to what it writes.
      const rest = deleted.has(slot) ? logs.step(from, to, Infinity)?.slice(-2) : undefined;
      if (rest === undefined)
        return accuse(2, `${by} moved the log of slot ${slot} to ${to}, which does not follow ${from}`);
      const [before = null, newest] = rest;
      if (newest?.kind === "entry") judgeEntry(slot, before, newest, by);
      if (newest?.kind === "claim") judgeClaim(slot, before, newest, true);
      return;
    }
    const shape = shapeOf(tip, step);
    if (!(tip?.kind === "claim" ? AFTER_CLAIM : AFTER_FREE).has(shape))
      accuse(7, `${by} let ${shape} follow ${tip?.kind ?? "an absent log"} in slot ${slot}`);
    let before = tip;
    for (const node of step) {
      if (node.kind === "entry") judgeEntry(slot, before, node, by);
      if (node.kind === "claim") judgeClaim(slot, before, node, node.oid === to);
      before = node;
    }
  };

  return {
    violations,
    accuse,
    takes: () => takes,
    changed(changes) {
      for (const change of changes) {
        const slot = slotOf(change.ref);
        if (slot !== null) judgeLog(slot, change);
      }
    },
    entered(visit) {
      const hold = holds.get(visit.nonce);
      if (hold === undefined || hold.endedBy === "itself")
        accuse(
          1,
          `job ${visit.jobId} entered with a claim that ${hold === undefined ? "never landed" : "was ended"}`,
        );
      const tip = repository.commit(visit.claim);
      const sequence = tip === undefined ? 0 : logs.sequenceOf(logs.node(visit.claim));
      if (sequence !== visit.sequence)
        accuse(8, `job ${visit.jobId} was told token ${visit.sequence}, the log says ${sequence}`);
      if (hold?.endedBy !== null) return;
      for (const other of inside.values()) {
        if (other.slot === visit.slot)
          accuse(1, `jobs ${other.jobId} and ${visit.jobId} are inside together`);
      }
      inside.set(visit.nonce, visit);
    },
    froze: freezes.froze,
    isComplete: freezes.isComplete,
    leaving: (nonce) => void inside.delete(nonce),
    isInside: (nonce) => inside.has(nonce),
    endOf: (nonce, slot) => (holds.get(nonce) ?? holds.get(partOf(nonce, slot ?? 0)))?.endedBy,
    holdOf: (nonce) => holds.get(nonce) ?? null,
    hasLost: (jobId) =>
      [...holds.values()].some(
        (held) => held.jobId === jobId && held.endedBy !== null && held.endedBy !== "itself",
      ),
    hasLanded: (claim) => landed.has(claim),
    buried(claim) {
      const slot = landed.get(claim);
      // Where a log was deleted by hand, an old read may show one that is over.
      if (slot !== undefined && !deleted.has(slot))
        accuse(6, `claim ${claim} was said never to have been held, but it was`);
      buried.add(claim);
    },
    wasDeleted: (slot) => deleted.has(slot),
  };
}

export function slotOf(ref: string): number | null {
  const match = /\/log\/([1-9]\d*)$/.exec(ref);
  return match === null ? null : Number(match[1]);
}

function shapeOf(tip: Node | null, step: readonly Node[]): string {
  let before = tip;
  let shape = "";
  for (const node of step) {
    const isRenewal = before?.kind === "claim" && before.nonce === node.nonce;
    shape += node.kind === "entry" ? "E" : node.kind !== "claim" ? "?" : isRenewal ? "R" : "C";
    before = node;
  }
  return shape;
}
