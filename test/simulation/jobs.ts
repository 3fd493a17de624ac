/**
 * Owns what is true of the jobs, of the runs that they are parts of, and of processes. Must not know of locks, nor how the status API
 * tells of them.
 */
import { isLockError } from "../../src/lock/errors.ts";
import type { Identity } from "../../src/lock/identity.ts";
import type { Liveness } from "../../src/lock/ports.ts";
import type { Send } from "./memory-store.ts";
import { statusOf, unknown } from "./status.ts";

export interface JobState {
  /** No step of it runs any more, nor will. */
  isGone: boolean;
  /** Its post ended well: then nothing of it may be left. */
  isClean: boolean;
  /** From when on the API calls it completed, by the server's clock; `null`: not yet known, or never; `Infinity`: it is no job. */
  completedAtMs: number | null;
  /** Which part of which run it is; `null`: nothing is told of its run. */
  readonly part: Part | null;
  /** It is no job, and its own machine knows at once that it is gone. */
  isProcess: boolean;
}

/** One attempt of a run, by the server's clock. */
export interface RunAttempt {
  readonly startedAtMs: number;
  /** From when on the API calls it completed; `null`: not yet, or never. */
  completedAtMs: number | null;
}

/** A run and its attempts, the first first: a re-run keeps the id. */
export interface RunState {
  readonly id: number;
  readonly attempts: RunAttempt[];
}

export interface Part {
  readonly run: RunState;
  readonly attempt: number;
  readonly runner: string;
  /** Whether the platform tells it the API's id of itself. */
  readonly knowsId: boolean;
}

/** A job as it names itself in its commits. Who does not know its id is told apart by the URL, which the policy only shows. */
export function whoIs(id: number, part: Part | null = null): Identity {
  const runId = part?.run.id ?? 1000 + id;
  const jobId = part === null || part.knowsId ? id : null;
  const run = {
    ...{ repository: "octo/app", id: runId, attempt: part?.attempt ?? 1, job: "publish", jobId },
    ...{ runner: part?.runner ?? `r-${id}`, workflow: "Publish", event: "push", actor: "octo" },
    url: `https://example.com/runs/${runId}${part === null ? "" : `/job/${id}`}`,
  };
  return { run, process: null };
}

/** A process as it names itself. Its pid is its number among the jobs. */
export function whoIsProcess(pid: number, host: string): Identity {
  const process = { user: "ops", host, bootId: `boot-${host}`, pidNamespace: "pid:[1]", pid, startedAt: "1" };
  return { run: null, process };
}

/** The number of whoever a commit names; 0: a person of whom nothing else is known. */
export function numberOf(who: { readonly run?: unknown; readonly process?: unknown }): number {
  const run = (who.run ?? null) as { jobId?: unknown; url?: unknown } | null;
  const process = (who.process ?? null) as { pid?: unknown } | null;
  const told = [run?.jobId, process?.pid].find((id) => typeof id === "number");
  const inUrl = typeof run?.url === "string" ? /\/job\/(\d+)$/.exec(run.url)?.[1] : undefined;
  return typeof told === "number" ? told : Number(inUrl ?? 0);
}

export interface Jobs {
  begin(id: number, part?: Part): JobState;
  of(id: number): JobState;
  /** Whether others may end what it holds: it is completed, or its attempt is, or a newer attempt exists. */
  isCompleted(id: number): boolean;
  /** Since when that is so, by the server's clock; `Infinity`: it is not. */
  overSinceMs(id: number): number;
  /** The jobs of one attempt on one runner. */
  on(runner: string, runId: number, attempt: number): JobState[];
}

export function createJobs(serverMs: () => number): Jobs {
  const states = new Map<number, JobState>();
  const of = (id: number): JobState => {
    const state = states.get(id);
    if (state === undefined) throw new Error(`there is no job ${id}`);
    return state;
  };
  const overSinceMs = (id: number): number => {
    const { completedAtMs, part } = of(id);
    const attempt = part?.run.attempts[part.attempt - 1];
    const next = part?.run.attempts[part.attempt];
    return Math.min(
      completedAtMs ?? Infinity,
      attempt?.completedAtMs ?? Infinity,
      next?.startedAtMs ?? Infinity,
    );
  };
  return {
    of,
    begin(id, part) {
      const state: JobState = {
        isGone: false,
        isClean: false,
        completedAtMs: null,
        part: part ?? null,
        isProcess: false,
      };
      states.set(id, state);
      return state;
    },
    overSinceMs,
    isCompleted: (id) => overSinceMs(id) <= serverMs(),
    on(runner, runId, attempt) {
      return [...states.values()].filter(
        ({ part }) => part?.runner === runner && part.run.id === runId && part.attempt === attempt,
      );
    },
  };
}

/** As src/github/liveness.ts: whatever keeps it from knowing is unknown, but for a request to slow down. */
export function livenessBy(send: Send, jobs: Jobs, serverMs: () => number, isBlind: boolean): Liveness {
  return {
    async judge(subject) {
      const { run } = subject.who;
      if (isBlind || run === null) return unknown("nobody says");
      try {
        return await statusOf({ send, jobs, serverMs }, subject, run);
      } catch (error) {
        if (isLockError(error, "throttled")) throw error;
        return unknown(String(error));
      }
    },
  };
}
