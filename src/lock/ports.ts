/**
 * What the policy needs from the world: a store of refs, a clock, chance, a journal and somebody to tell.
 * Owns the contracts only; each adapter proves that it keeps them in test/contract. Must know of no host, no API, no git.
 */

import type { LockError } from "./errors.ts";
import type { Hold } from "./hold.ts";
import type { Identity } from "./identity.ts";
import type { Move } from "./move.ts";
import type { Commit, Listing, Oid, RefChange } from "./refs.ts";
import type { LockStatus } from "./report.ts";
import type { Ticket } from "./ticket.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What is known of a transaction after one attempt.
 * `conflict`: refused because a ref was not where it was expected, or for no reason that the server told. `unknown`: it may have been applied, or
 * may yet be. Neither is believed over the log: its tip, read back, has the last word.
 */
export type Outcome = "applied" | "conflict" | "unknown";

/**
 * A repository's refs and commits. Each call is one try: it waits for nothing and repeats nothing, so that all waiting stands in the policy,
 * under the caller's deadline. Calls throw `LockError`: `unreachable` (worth repeating), `throttled` (worth repeating after `retryAfterMs`),
 * `denied` (final), `foreign`. Reads may be stale and, over several refs, torn. Only `transact` decides anything.
 */
export interface RefStore {
  /** Whose clock dates the commits that `write` makes. */
  readonly clock: "server" | "local";
  /** How long the first in line leaves it alone between two looks, in milliseconds: what a look costs whoever answers, and what they allow. */
  readonly pollMs: number;
  /** Whether all refs of a lock cost no more than one: then whoever waits looks at the whole queue, and sees it move. */
  readonly isListCheap?: boolean;
  /** Every ref whose name begins with `prefix`, which ends with `/`. */
  list(prefix: string): Promise<Listing>;
  /** Where one ref stands; a conditional request where the store has them, so that an unchanged answer costs nothing. */
  tip(ref: string): Promise<Oid | null>;
  /** The commit to which a ref points, in one request where the store can. */
  tipCommit(ref: string): Promise<Commit | null>;
  /** One commit. It can't change, so that one which was read before costs nothing. */
  read(oid: Oid): Promise<Commit>;
  /** The commit and its first parents behind it, newest first, `limit` at the most. */
  history(oid: Oid, limit: number): Promise<readonly Commit[]>;
  /** Makes a commit of the empty tree. Nothing points at it yet, and others may see it only once a ref leads to it. */
  write(message: string, parent: Oid | null): Promise<Commit>;
  /**
   * All of the changes or none of them, as one compare-and-swap; at most one change is to a log. Where the store cannot compare several refs at
   * once, the change of the log decides alone and the others follow it as markers.
   */
  transact(changes: readonly RefChange[]): Promise<Outcome>;
  /** Whether `transact` compares and changes all refs at once, as far as is known: if not, what follows a log may have stayed behind. */
  comparesAll(): boolean;
}

/** Whose life is asked after: the writer of a claim or of a ticket. */
export interface Subject {
  readonly kind: "claim" | "ticket";
  readonly scope: "job" | "run";
  readonly who: Identity;
  /** When it was written, where the server dated it: whatever ended before that is not what wrote it. */
  readonly writtenAtMs: number | null;
  /** Ask everything that could tell, rather than only what nearly always does. */
  readonly isThorough: boolean;
}

export interface Liveness {
  /**
   * One look, by conditional requests where there are such. Whatever keeps it from knowing gives `unknown`; it throws only `throttled` and
   * `unreachable`.
   */
  judge(subject: Subject): Promise<Verdict>;
}

/** How long things have been as they are, where no server's date tells: by our own monotonic clock, since we first saw them. */
export interface Sightings {
  /** Notes that these are there now. @returns for each how long it has been seen, in milliseconds: 0 at first sight */
  see(keys: readonly string[]): ReadonlyMap<string, number>;
}

export interface Clock {
  /** Monotonic, in milliseconds, from an arbitrary start. */
  monotonicMs(): number;
  /** The wall clock of this machine. For display, and never to decide. */
  date(): Date;
  /** Ends early, without an error, when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What the policy has to say while it works: for a log, never for a decision. */
export type Progress =
  | { readonly kind: "move"; readonly move: Move }
  /** `place`: 1 is next. */
  | {
      readonly kind: "waiting";
      readonly lock: string;
      readonly place: number;
      readonly status: LockStatus;
      readonly waitedMs: number;
    }
  | { readonly kind: "took-over"; readonly lock: string; readonly from: string; readonly why: string }
  /** A dead waiter's ticket was removed. */
  | { readonly kind: "removed"; readonly lock: string; readonly ticket: string; readonly why: string }
  | { readonly kind: "deadlock"; readonly message: string }
  | { readonly kind: "trouble"; readonly error: LockError; readonly pauseMs: number };

/**
 * Saves what whoever cleans up after us has to know. Each call comes before the first write that may bring the thing to life, and it must have been
 * saved when the call returns.
 */
export interface Journal {
  /** A claim that was sent or is about to be, and again when more is known of it. */
  saveHold(hold: Hold): void;
  /** The claim can't come to life any more. */
  forgetHold(hold: Hold): void;
  saveTicket(ticket: Ticket): void;
  /** The ticket is gone for good. */
  forgetTicket(ticket: Ticket): void;
}

export interface Ports {
  readonly store: RefStore;
  readonly liveness: Liveness;
  readonly clock: Clock;
  readonly sightings: Sightings;
  /** Evenly spread over [0, 1). */
  readonly random: () => number;
  /** A UUID that nobody else has. */
  readonly uuid: () => string;
  readonly journal: Journal;
  readonly tell: (progress: Progress) => void;
}
