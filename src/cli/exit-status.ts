/**
 * The exit statuses of the command line, in one table: those of sysexits.h where they fit, so that scripts and cron know them.
 * Must not know what is said about a failure.
 */
import { type ErrorKind, LockError } from "../lock/errors.ts";

export const STATUS_BY_KIND: Readonly<Record<Exclude<ErrorKind, "cancelled">, number>> = {
  usage: 64,
  foreign: 65,
  unreachable: 69,
  throttled: 69,
  bug: 70,
  "not-acquired": 75,
  lost: 76,
  "not-held": 76,
  denied: 77,
  refused: 77,
};

/** As documented, in `--help` and in docs/cli.md. */
export const STATUSES: readonly (readonly [number, string])[] = [
  [0, "done; also where there was nothing to do"],
  [1, "lint found something"],
  [64, "usage: an option, a name or a duration that can't be; no repository and no --remote"],
  [65, "a ref of the lock is not reflock's"],
  [69, "the repository is out of reach, or the result could not be written"],
  [70, "a bug in reflock"],
  [75, "not acquired in time (-E sets another), or not cleared because it may be alive"],
  [76, "the lock is not, or no longer, held: it was lost"],
  [
    77,
    "permission denied, refused by the server's own rules, or not released because somebody works under it",
  ],
];

/** What a shell reports of a process that a signal ended. */
export function statusOfSignal(number: number): number {
  return 128 + number;
}

/** Nobody reads our output any more: as if SIGPIPE had ended us. */
export const BROKEN_PIPE_STATUS = statusOfSignal(13);

export interface Leaving {
  /** What `-E` says. */
  readonly conflict: number;
  /** The signal that told us to stop; `null` where there was none. */
  readonly signal: number | null;
}

/** Whatever is not a `LockError` was not thrown on purpose. */
export function exitStatusOf(error: unknown, { conflict, signal }: Leaving): number {
  if (!(error instanceof LockError)) return STATUS_BY_KIND.bug;
  if (error.kind === "cancelled") return statusOfSignal(signal ?? 2);
  return error.kind === "not-acquired" ? conflict : STATUS_BY_KIND[error.kind];
}
