/**
 * What one acquisition knows of itself and of others, and the moves that it can make. Types alone: decide.ts chooses, acquire.ts carries out.
 */
import type { Claim } from "./claim.ts";
import type { Hold } from "./hold.ts";
import type { Mine } from "./identity.ts";
import type { Commit, Oid } from "./refs.ts";
import type { LockRefs, Tip } from "./snapshot.ts";
import type { Ticket } from "./ticket.ts";
import type { Death, Verdict } from "./verdict.ts";

/** The claim that we wrote last: for one slot, to replace one tip. */
export interface Prepared {
  readonly slot: number;
  readonly from: Oid | null;
  /** Whose end the claim follows, where it does not follow the tip itself. */
  readonly after: Succession | null;
  readonly claim: Oid;
  /** Known once the claim was sent, and saved before it. From then on it may have landed, or may yet, whatever was answered: the log tells. */
  readonly hold: Hold | null;
  /** When it was begun to be written, by the monotonic clock. */
  readonly beganMs: number;
  /** How often it was refused although the log, as we read it, stood where it should. */
  readonly refusals: number;
}

/** What is known beside the refs. */
export interface Knowledge {
  readonly commits: ReadonlyMap<Oid, Commit>;
  /** Of claims and tickets, by their oid. */
  readonly verdicts: ReadonlyMap<Oid, Verdict>;
  /** How long what is there now has been seen (sightings.ts), in milliseconds. */
  readonly seenMs: ReadonlyMap<string, number>;
}

export interface Self {
  readonly slots: number;
  readonly scope: "job" | "run";
  readonly freeze: boolean;
  /** What a freeze has taken so far. */
  readonly frozen: readonly Hold[];
  readonly mine: Mine;
  /** What our claims of this acquisition carry. */
  readonly nonce: string;
  /** What they carried before, when a claim landed and was ended without our knowing. */
  readonly spentNonces: ReadonlySet<string>;
  readonly prepared: Prepared | null;
  readonly ticket: Ticket | null;
  /** The wait is over: take what is free, but wait for nothing. */
  readonly timeIsUp: boolean;
  /** Whether it is time to look at who is alive: at first, and now and then. */
  readonly isGlancing: boolean;
  /** How often it has been that time. */
  readonly glances: number;
  /** Slots of which a record was read. */
  readonly knownSlots: ReadonlySet<number>;
  /** How often the watched refs changed without a slot's coming free. */
  readonly fruitlessLooks: number;
}

/** How a dead hold is ended in the same transaction that makes the next one. */
export interface Succession {
  readonly claim: Claim;
  readonly sequence: number;
  readonly death: Death;
}

export type Move =
  /** Read the lock's refs. */
  | { readonly kind: "look" }
  /** Read these commits. */
  | { readonly kind: "read"; readonly oids: readonly Oid[] }
  /** Read the log back from this commit. */
  | { readonly kind: "trace"; readonly from: Oid }
  /** Find out whether the writer of this commit is alive. */
  | { readonly kind: "judge"; readonly subject: "claim" | "ticket"; readonly oid: Oid }
  /** Write a claim that replaces this tip; beside it read the tip where it is not known, and the refs where they are not fresh. */
  | {
      readonly kind: "prepare";
      readonly slot: number;
      readonly from: Oid | null;
      readonly after: Succession | null;
      readonly read: Oid | null;
      readonly look: boolean;
    }
  /** Send the prepared claim. `alone`: only the log is compared, and everything else mended after. */
  | {
      readonly kind: "take";
      readonly slot: number;
      readonly sequence: number;
      readonly after: Succession | null;
      readonly marker: Oid | null;
      readonly alone: boolean;
    }
  /** The log says that we hold it. */
  | { readonly kind: "hold"; readonly hold: Hold }
  /** A hold of ours stands already, taken by another step, another job of the run, or our caller: assert it, by a renewal. */
  | { readonly kind: "reenter"; readonly slot: number; readonly tip: Extract<Tip, { kind: "claim" }> }
  /** The claim that was sent may still land, and is not wanted any more: end it first. */
  | { readonly kind: "renounce"; readonly hold: Hold }
  /** The log has left the claim's tip behind without it: it can't land any more. */
  | { readonly kind: "forget" }
  /** Our claim landed and was ended without our knowing: it was never entered. Begin anew with a new nonce. */
  | { readonly kind: "restart"; readonly why: string }
  /** A read that can't be: look again after a while. */
  | { readonly kind: "pause"; readonly why: string }
  /** Write a ticket with this number. */
  | { readonly kind: "queue"; readonly number: number }
  /** Our ticket is not among the refs: make it again, which does nothing if it is the read that is stale. */
  | { readonly kind: "requeue" }
  /** Remove the ticket of a waiter who is dead. */
  | { readonly kind: "remove"; readonly ticket: Ticket; readonly why: string }
  | { readonly kind: "wait"; readonly place: number; readonly watch: Watch }
  /** The wait is over, and others hold it or come first. */
  | { readonly kind: "give-up" }
  | { readonly kind: "fail"; readonly because: Obstacle };

/** What is watched, and where it stood when it was read. */
export type Watch =
  /** All of the lock's refs, for whoever may be next. */
  | { readonly kind: "refs"; readonly seen: LockRefs }
  /** The logs alone, where so many came and went that watching all would cost. */
  | { readonly kind: "logs"; readonly seen: ReadonlyMap<number, Oid> }
  /** The ticket right before ours. */
  | { readonly kind: "ticket"; readonly ref: string; readonly seen: Oid };

export type Obstacle =
  /** Who is to freeze holds the lock itself. */
  | { readonly kind: "own" }
  | { readonly kind: "foreign"; readonly slot: number; readonly commit: Commit; readonly why: string }
  | { readonly kind: "slots"; readonly theirs: number; readonly who: string };
