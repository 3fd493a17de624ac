/**
 * The error of a wait that ended without the lock: what failed, who is in the way, since when, what to do next.
 */
import { formatDuration } from "./duration.ts";
import { LockError } from "./errors.ts";
import type { HolderStatus, LockStatus } from "./report.ts";

export function notAcquired(wish: { readonly waitMs: number }, status: LockStatus): LockError {
  const isFree = status.holders.length === 0;
  const held = isFree
    ? "others were first in line"
    : `held by ${status.holders.map(describeHolder).join(" and ")}`;
  const within = wish.waitMs === 0 ? "" : ` within ${formatDuration(wish.waitMs)}`;
  const waiting = status.waiters.length;
  const others = waiting === 0 ? "" : ` ${waiting} more ${waiting === 1 ? "waits" : "wait"} for it.`;
  const advice = wish.waitMs === 0 ? "Set `wait` to wait for it" : "Raise `wait`";
  return new LockError(
    "not-acquired",
    `Could not acquire "${status.name}"${within}: ${held}.${others}${doubts(status)} ${advice}, or clear the lock if that run is gone.`,
    { status },
  );
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
  const reason = holder.reason === null ? "" : `, reason: ${holder.reason}`;
  return `${who}${url}${since}${reason}`;
}
