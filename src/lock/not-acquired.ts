/**
 * The error of a wait that ended without the lock: what failed, who is in the way, since when, what to do next.
 */
import { formatDuration } from "./duration.ts";
import { LockError } from "./errors.ts";
import { clip } from "./record.ts";
import type { HolderStatus, LockStatus } from "./report.ts";

interface Waited {
  readonly waitMs: number;
  /** Where the wait is part of a longer one: that one, which the user knows. */
  readonly saidWaitMs?: number;
}

export function notAcquired(wish: Waited, status: LockStatus): LockError {
  const within =
    (wish.saidWaitMs ?? wish.waitMs) === 0 ? "" : ` within ${formatDuration(wish.saidWaitMs ?? wish.waitMs)}`;
  const waiting = status.waiters.length;
  const others = waiting === 0 ? "" : ` ${waiting} more ${waiting === 1 ? "waits" : "wait"} for it.`;
  const message = `Could not acquire "${status.name}"${within}: ${inTheWay(status)}.${others}${doubts(status)} ${advice(wish, status)}`;
  return new LockError("not-acquired", message, { status });
}

function inTheWay({ holders }: LockStatus): string {
  if (holders.length === 0) return "others were first in line";
  const verb = holders.some(({ freeze }) => freeze) ? "frozen" : "held";
  return `${verb} by ${holders.map(describeHolder).join(" and ")}`;
}

function advice(wish: Waited, { holders }: LockStatus): string {
  const freeze = holders.find((holder) => holder.freeze);
  if (freeze !== undefined)
    return `It stays frozen until somebody clears it, with \`operation: clear\` and \`expect: ${freeze.claim}\`.`;
  const wait = (wish.saidWaitMs ?? wish.waitMs) === 0 ? "Set `wait` to wait for it" : "Raise `wait`";
  return `${wait}, or clear the lock if that run is gone.`;
}

/** What keeps us from knowing whether a holder still runs: a permission, most often. */
function doubts({ holders }: LockStatus): string {
  const why = holders.find(({ alive, why }) => alive === "unknown" && why !== null)?.why;
  return why === undefined || why === null ? "" : ` Whether it still runs is not known: ${why}.`;
}

/** `run 812, attempt 1, job publish (https://…) since 2026-11-21 12:04:11 UTC, reason: nightly` */
export function describeHolder(holder: HolderStatus): string {
  const who =
    holder.run === null ? holder.who : `run ${holder.run}, attempt ${holder.attempt}, job ${holder.job}`;
  const url = holder.url === null ? "" : ` (${holder.url})`;
  const since =
    holder.since === "" ? "" : ` since ${holder.since.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC")}`;
  const reason = holder.reason === null ? "" : `, reason: ${clip(holder.reason)}`;
  return `${who}${url}${since}${reason}`;
}
