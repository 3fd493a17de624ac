/**
 * Who holds a lock and who waits for it, as plain data for people and programs.
 * Owns that shape (the action's `holders` output); must not know where it comes from, nor where it is shown.
 */
import type { Oid } from "./refs.ts";

export interface HolderStatus {
  /** The newest claim of the hold. */
  readonly claim: Oid;
  readonly ref: string;
  readonly run: number | null;
  readonly attempt: number | null;
  readonly job: string | null;
  readonly url: string | null;
  readonly who: string;
  readonly reason: string | null;
  /** A freeze, which stays until it is cleared. */
  readonly freeze: boolean;
  /** ISO 8601; empty where it was not read. */
  readonly since: string;
  readonly alive: "alive" | "dead" | "unknown";
  /** What tells so, or keeps us from knowing. */
  readonly why: string | null;
}

/** A hold that has ended, as the log tells it. */
export interface PastHold {
  readonly token: number;
  readonly slot: number;
  readonly outcome: string;
  readonly by: string;
  readonly reason: string | null;
  /** When it ended, ISO 8601. */
  readonly at: string;
  readonly waitedSeconds: number | null;
  readonly heldSeconds: number | null;
}

export interface LockStatus {
  readonly name: string;
  readonly slots: number;
  readonly holders: readonly HolderStatus[];
  readonly waiters: readonly HolderStatus[];
  /** The last holds, newest first, where they were asked for. */
  readonly last?: readonly PastHold[];
}
