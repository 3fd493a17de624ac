/**
 * Who asks for a lock: a job of a workflow run, or a process.
 * Owns their shape and when two are the same; must not know where the facts come from.
 */

import type { LockName } from "./name.ts";

/** A job of a workflow run, as far as it knows itself. */
export interface Run {
  /** `owner/name` of the repository in which it runs, which need not be the lock's. */
  readonly repository: string;
  readonly id: number;
  /** A re-run keeps the id and raises the attempt: only both together name a run. */
  readonly attempt: number;
  /** The job's key in the workflow file. Matrix legs share it. */
  readonly job: string;
  /** The API's id of the job; `null` where the platform does not tell (GitHub Enterprise Server). */
  readonly jobId: number | null;
  readonly runner: string;
  readonly workflow: string;
  readonly event: string;
  readonly actor: string;
  readonly url: string;
}

/** A process on some machine, for people at a terminal and other CI systems. */
export interface Process {
  readonly user: string;
  readonly host: string;
  /** Of the machine's current start; `null`, as the next two, where the system does not tell. */
  readonly bootId: string | null;
  readonly pidNamespace: string | null;
  /** `null` for one that ends at once and leaves its hold standing. */
  readonly pid: number | null;
  /** As the system tells it: with the pid it names a process for good. */
  readonly startedAt: string | null;
}

export interface Identity {
  readonly run: Run | null;
  readonly process: Process | null;
}

/** What a job knows of its own holds: what earlier steps or its caller handed to it, and itself. */
export interface Mine {
  readonly nonces: ReadonlySet<string>;
  /** The fencing token of a hold of this lock that was handed on, so that a log without a trace of it can't have been read right; else `null`. */
  readonly handed: (lock: LockName) => number | null;
  readonly identity: Identity;
}

/** Of one to whom nothing was handed on: only its own claims are its. */
export function handedNothing(identity: Identity): Mine {
  return { nonces: new Set(), handed: () => null, identity };
}

export function isSameRun(a: Run, b: Run): boolean {
  return (
    a.repository.toLowerCase() === b.repository.toLowerCase() && a.id === b.id && a.attempt === b.attempt
  );
}

/**
 * Whether two are one job, by the API's ids. Without them nothing proves it: the legs of a matrix share their key, and one after the other they
 * share a runner.
 */
export function isSameJob(a: Run, b: Run): boolean {
  return isSameRun(a, b) && a.jobId !== null && a.jobId === b.jobId;
}

/** For people, such as `run 812, attempt 1, job publish`. The text came from outside: show it as text only. */
export function describeIdentity({ run, process }: Identity): string {
  if (run !== null) return `run ${run.id}, attempt ${run.attempt}, job ${run.job}`;
  if (process !== null) return `${process.user} on ${process.host}`;
  return "somebody who left no name";
}

/** `owner/name`, and nothing that a URL would read otherwise: it may come from a claim that anybody wrote. */
export function isRepository(text: string): boolean {
  return /^[A-Za-z0-9][\w-]{0,99}\/(?!\.{1,2}$)[\w.-]{1,100}$/.test(text);
}
