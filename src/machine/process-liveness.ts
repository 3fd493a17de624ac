/**
 * Whether a process that left its name in a ticket is still there, as far as this machine can tell.
 * Owns what makes a process ours to judge; must not know of runs and jobs, nor what follows from a verdict.
 */
import type { Process } from "../lock/identity.ts";
import type { Liveness } from "../lock/ports.ts";
import type { Verdict } from "../lock/verdict.ts";
import { startOf, statOf } from "./process-identity.ts";

/** What this machine says of a pid; to be replaced in tests alone. */
export interface ProcessTable {
  /** Whether there is such a process, also one that has ended and waits to be noticed; `null` where this can't be asked. */
  exists(pid: number): boolean | null;
  hasEnded(pid: number): boolean;
  startOf(pid: number): string | null;
}

const HERE: ProcessTable = {
  exists,
  hasEnded: (pid) => ["Z", "X"].includes(statOf(pid)?.state ?? ""),
  startOf,
};

/**
 * Judges tickets, and whatever dies as they do. A claim of a process lives as long as its lease: what it guards may go on in a process of which the claim
 * knows nothing.
 */
export function openProcessLiveness(self: Process): Liveness {
  return {
    judge: async ({ kind, who }) => {
      if (who.process === null) return unknown("it is no process, but a run");
      if (kind === "claim")
        return unknown("a process holds the lock until it gives it back or its lease runs out");
      return judgeProcess(who.process, self);
    },
  };
}

/**
 * Dead only where nothing else is possible: the machine is this one, has not been restarted since, counts pids in the same name space, and has no such
 * process any more.
 */
export function judgeProcess(who: Process, self: Process, table: ProcessTable = HERE): Verdict {
  if (who.host !== self.host) return unknown(`it runs on ${who.host}, which can't be asked from here`);
  if (!isText(who.bootId) || !isText(self.bootId))
    return unknown("nothing tells which start of the machine it belongs to");
  // Not dead: two machines may share a name, and then it is the other one that was started.
  if (who.bootId !== self.bootId) return unknown("it belongs to another start of a machine of this name");
  if (!isText(who.pidNamespace) || who.pidNamespace !== self.pidNamespace)
    return unknown("it runs in another container of this machine, whose processes can't be seen from here");
  if (!isPid(who.pid)) return unknown("it named no process that could be looked for");
  return judgePid(who.pid, who.startedAt, table);
}

function judgePid(pid: number, startedAt: string | null, table: ProcessTable): Verdict {
  const found = table.exists(pid);
  if (found === null) return unknown("this machine does not tell which processes it has");
  if (!found) return dead(`its process ${pid} has ended`);
  if (table.hasEnded(pid)) return dead(`its process ${pid} has ended`);
  const start = table.startOf(pid);
  if (startedAt === null || start === null)
    return unknown(`whether process ${pid} is still the same one does not show`);
  if (start !== startedAt) return dead(`its process ${pid} has ended, and another one has that number`);
  return { state: "alive", why: `its process ${pid} runs on this machine`, sinceMs: null };
}

/** By a signal that does nothing: it also finds what a hidden `/proc` does not show. */
function exists(pid: number): boolean | null {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    return code === "ESRCH" ? false : code === "EPERM" ? true : null;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isPid(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function dead(why: string): Verdict {
  return { state: "dead", why, sinceMs: null };
}

function unknown(why: string): Verdict {
  return { state: "unknown", why, sinceMs: null };
}
