/**
 * The one error that the policy throws on purpose, and its kinds.
 * Owns how failures are told apart; must know neither exit codes nor how a message is shown.
 */
import type { LockStatus } from "./report.ts";

/**
 * `usage`: bad input. `foreign`: a ref or commit that is not ours. `unreachable`: the store did not answer, worth repeating. `throttled`: the store
 * asks for a pause, worth repeating after it. `denied`: credentials or permission, final. `refused`: the store turns the change down for a
 * reason of its own, final. `not-acquired`: the wait is over. `lost`: somebody else ended our hold. `not-held`: there was nothing to hold on to.
 * `cancelled`: we were told to stop. `bug`: ours.
 */
export type ErrorKind =
  | "usage"
  | "foreign"
  | "unreachable"
  | "throttled"
  | "denied"
  | "refused"
  | "not-acquired"
  | "lost"
  | "not-held"
  | "cancelled"
  | "bug";

interface Details {
  /** For `throttled`: how long the store asks us to pause, in milliseconds. */
  readonly retryAfterMs?: number;
  /** For `not-acquired`: who holds and who waits, as it was last seen. */
  readonly status?: LockStatus;
  readonly cause?: unknown;
}

export class LockError extends Error {
  readonly kind: ErrorKind;
  readonly retryAfterMs: number | undefined;
  readonly status: LockStatus | undefined;

  constructor(kind: ErrorKind, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "LockError";
    this.kind = kind;
    this.retryAfterMs = details.retryAfterMs;
    this.status = details.status;
  }
}

export function isLockError(error: unknown, ...kinds: ErrorKind[]): error is LockError {
  return error instanceof LockError && (kinds.length === 0 || kinds.includes(error.kind));
}
