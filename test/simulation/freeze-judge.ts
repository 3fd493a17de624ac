/**
 * Judges what a freeze promises: it takes the slots in order, is told to be complete only when it has them all, and from then on stays until a person
 * ends it. Owns what is a breach of that; must not import the policy under test.
 */
import type { Held, Judge, Visit } from "./invariants.ts";
import type { Logs, Node } from "./log-reader.ts";
import type { Repository } from "./repository.ts";

/** The reason of whoever ends a hold by force, and of whoever ends a freeze. */
export const FORCE = "by force";
export const THAW = "it is over";

/** What the judge of one lock knows: its holds, by `keyOf`, and the slots of which the log was deleted by hand. */
interface Known {
  readonly repository: Repository;
  readonly logs: Logs;
  readonly holds: ReadonlyMap<string, Held>;
  readonly deleted: ReadonlySet<number>;
  readonly accuse: Judge["accuse"];
}

export interface FreezeJudge extends Pick<Judge, "froze" | "isComplete"> {
  landed(slot: number, claim: Node): void;
  /** Whether somebody was told that it is complete, and so leaves it behind. */
  isTold(nonce: string): boolean;
  /** Whether an entry may end a claim of a freeze. `isDead`: it might end any other claim. */
  mayBeEnded(slot: number, claim: Node, entry: Node, isDead: boolean): boolean;
}

/** A freeze has one nonce for all of its slots. */
export function keyOf({ isFreeze, nonce }: Node, slot: number): string {
  return isFreeze ? partOf(nonce, slot) : nonce;
}

export function partOf(nonce: string, slot: number): string {
  return `${nonce} ${slot}`;
}

export function judgeFreezes({ repository, logs, holds, deleted, accuse }: Known): FreezeJudge {
  const complete = new Set<string>();
  const told = new Set<string>();

  const isRenewed = ({ parent, nonce }: Node): boolean => {
    const before = parent === null ? null : logs.node(parent);
    return before?.kind === "claim" && before.nonce === nonce;
  };

  /** Why a freeze that is told to be complete is not. */
  const lack = ({ nonce, claim }: Visit): string | null => {
    const last = logs.node(claim).slots;
    const whole = holds.get(partOf(nonce, last));
    for (let slot = 1; slot <= last; slot++) {
      const held = holds.get(partOf(nonce, slot));
      if (deleted.has(slot)) continue;
      if (held === undefined) return `has not got slot ${slot}`;
      if (whole === undefined) return `has not got slot ${last}`;
      if (held.endedAt !== null && held.endedAt < whole.landedAt) return `had lost slot ${slot}`;
    }
    return null;
  };

  return {
    landed(slot, claim) {
      if (slot > 1 && !holds.has(partOf(claim.nonce, slot - 1)) && !deleted.has(slot - 1))
        accuse(4, `the freeze of ${claim.jobId} took slot ${slot} before slot ${slot - 1}`);
      if (slot === claim.slots) complete.add(claim.nonce);
    },
    /**
     * Once it has its last slot, by a person who names it alone: if it was told to be complete, or its claim shows that, which is of the last slot, or
     * was asserted, as is done only after that. Until then it dies as a waiter does.
     */
    mayBeEnded(slot, claim, { outcome, jobId, reason }, isDead) {
      if (outcome === "cleared" && jobId === 0 && (reason === THAW || reason === FORCE)) return true;
      const isKnown = told.has(claim.nonce) || slot === claim.slots || isRenewed(claim);
      const isWhole = holds.get(partOf(claim.nonce, claim.slots))?.endedBy === null;
      return isDead && !(isKnown && isWhole);
    },
    froze(visit) {
      const { jobId, nonce, sequence, claim } = visit;
      const lacking = repository.commit(claim) === undefined ? "was never written" : lack(visit);
      if (lacking !== null)
        return accuse(1, `${jobId} was told that its freeze is complete, which ${lacking}`);
      if (logs.sequenceOf(logs.node(claim)) !== sequence)
        accuse(8, `the freeze of ${jobId} was told token ${sequence}, the log says otherwise`);
      told.add(nonce);
    },
    isTold: (nonce) => told.has(nonce),
    isComplete: (nonce) => complete.has(nonce),
  };
}
