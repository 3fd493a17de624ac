/**
 * Owns what is true of the jobs, and what the status API says of them, which is not always the same. Must not know of locks.
 */
import { isLockError } from "../../src/lock/errors.ts";
import type { Identity } from "../../src/lock/identity.ts";
import type { Liveness } from "../../src/lock/ports.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import type { Send } from "./memory-store.ts";

export interface JobState {
  /** No step of it runs any more, nor will. */
  isGone: boolean;
  /** Its post ended well: then nothing of it may be left. */
  isClean: boolean;
  /** From when on the API calls it completed, by the server's clock; `null`: not yet known, or never; `Infinity`: it is no job. */
  completedAtMs: number | null;
}

/** A job as it names itself in its commits. */
export function whoIs(id: number): Identity {
  const run = {
    ...{ repository: "octo/app", id: 1000 + id, attempt: 1, job: "publish", jobId: id, runner: `r-${id}` },
    ...{ workflow: "Publish", event: "push", actor: "octo", url: `https://example.com/runs/${1000 + id}` },
  };
  return { run, process: null };
}

/** A process as it names itself. Its pid is its number among the jobs. */
export function whoIsProcess(pid: number, host: string): Identity {
  const process = { user: "ops", host, bootId: `boot-${host}`, pidNamespace: "pid:[1]", pid, startedAt: "1" };
  return { run: null, process };
}

export interface Jobs {
  begin(id: number): JobState;
  of(id: number): JobState;
  isCompleted(id: number): boolean;
}

/** What a job wrote last may still be on its way when it is called completed. */
const SETTLE_MS = 10_000;

export function createJobs(serverMs: () => number): Jobs {
  const states = new Map<number, JobState>();
  const of = (id: number): JobState => {
    const state = states.get(id);
    if (state === undefined) throw new Error(`there is no job ${id}`);
    return state;
  };
  return {
    of,
    begin(id) {
      const state: JobState = { isGone: false, isClean: false, completedAtMs: null };
      states.set(id, state);
      return state;
    },
    isCompleted(id) {
      const { completedAtMs } = of(id);
      return completedAtMs !== null && completedAtMs <= serverMs();
    },
  };
}

/** As src/github/liveness.ts: whatever keeps it from knowing is unknown, but for a request to slow down. */
export function livenessBy(send: Send, jobs: Jobs, serverMs: () => number, isBlind: boolean): Liveness {
  return {
    async judge({ who }) {
      const id = who.run?.jobId;
      if (isBlind || id === undefined || id === null) return unknown("nobody says");
      try {
        return await send("status", `status of job ${id}`, (_, version): Verdict => {
          const { completedAtMs } = jobs.of(id);
          // An answer from a while ago does not know of the end.
          const isOver =
            version !== null && completedAtMs !== null && completedAtMs + SETTLE_MS <= serverMs();
          if (!isOver) return { state: "alive", why: "its job is in_progress", sinceMs: null };
          return { state: "dead", why: "its job is completed", sinceMs: completedAtMs };
        });
      } catch (error) {
        if (isLockError(error, "throttled")) throw error;
        return unknown(String(error));
      }
    },
  };
}

function unknown(why: string): Verdict {
  return { state: "unknown", why, sinceMs: null };
}
