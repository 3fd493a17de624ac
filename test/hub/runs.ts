/**
 * Owns workflow runs, their attempts and their jobs, as plain data that a test sets. Nothing here happens by
 * itself: a run whose jobs are completed stays in progress until somebody completes it, as with a dead runner.
 */
export type RunStatus = "queued" | "pending" | "requested" | "waiting" | "in_progress" | "completed";
export type Conclusion =
  | "success"
  | "failure"
  | "neutral"
  | "cancelled"
  | "skipped"
  | "timed_out"
  | "action_required";

export interface Job {
  readonly id: number;
  readonly runId: number;
  readonly attempt: number;
  name: string;
  status: RunStatus;
  conclusion: Conclusion | null;
  runnerName: string | null;
  createdAt: Date;
  startedAt: Date;
  completedAt: Date | null;
}

export interface Attempt {
  readonly number: number;
  status: RunStatus;
  conclusion: Conclusion | null;
  startedAt: Date;
  updatedAt: Date;
  readonly jobs: Job[];
}

export interface Run {
  readonly id: number;
  name: string;
  event: string;
  actor: string;
  createdAt: Date;
  /** The first is attempt 1; the last is the run as it is now. */
  readonly attempts: Attempt[];
}

export interface RunStore {
  /** A run whose first attempt is in progress. */
  addRun(options?: { id?: number; name?: string; event?: string; actor?: string }): Run;
  /** A job in progress, in the newest attempt unless told otherwise. */
  addJob(
    runId: number,
    options?: {
      id?: number;
      attempt?: number;
      name?: string;
      runnerName?: string | null;
      status?: RunStatus;
    },
  ): Job;
  /** Begins another attempt; gives its number. */
  rerun(runId: number): number;
  completeJob(jobId: number, conclusion?: Conclusion, completedAt?: Date): void;
  completeRun(runId: number, conclusion?: Conclusion, attempt?: number): void;
  /** The run and its jobs answer 404 from now on. */
  removeRun(runId: number): void;
  run(id: number): Run | null;
  attempt(runId: number, number?: number): Attempt | null;
  job(id: number): Job | null;
}

export function createRunStore(now: () => Date): RunStore {
  const runs = new Map<number, Run>();
  const jobs = new Map<number, Job>();
  let lastId = 800;

  function attempt(runId: number, number?: number): Attempt | null {
    const attempts = runs.get(runId)?.attempts ?? [];
    return (number === undefined ? attempts.at(-1) : attempts[number - 1]) ?? null;
  }

  function required<T>(value: T | null | undefined, what: string): T {
    if (value === null || value === undefined) throw new Error(`There is no ${what}`);
    return value;
  }

  function newAttempt(number: number): Attempt {
    return { number, status: "in_progress", conclusion: null, startedAt: now(), updatedAt: now(), jobs: [] };
  }

  return {
    addRun(options = {}) {
      const { id = ++lastId, name = "Publish", event = "push", actor = "octo" } = options;
      const run: Run = { id, name, event, actor, createdAt: now(), attempts: [newAttempt(1)] };
      runs.set(id, run);
      return run;
    },
    addJob(runId, options = {}) {
      const {
        id = ++lastId,
        name = "publish",
        runnerName = `runner-${id}`,
        status = "in_progress",
      } = options;
      const parent = required(
        attempt(runId, options.attempt),
        `attempt ${options.attempt ?? 1} of run ${runId}`,
      );
      const dates = {
        createdAt: now(),
        startedAt: now(),
        completedAt: status === "completed" ? now() : null,
      };
      const conclusion = status === "completed" ? "success" : null;
      const job: Job = { id, runId, attempt: parent.number, name, status, conclusion, runnerName, ...dates };
      parent.jobs.push(job);
      jobs.set(id, job);
      return job;
    },
    rerun(runId) {
      const run = required(runs.get(runId), `run ${runId}`);
      run.attempts.push(newAttempt(run.attempts.length + 1));
      return run.attempts.length;
    },
    completeJob(jobId, conclusion = "success", completedAt = now()) {
      Object.assign(required(jobs.get(jobId), `job ${jobId}`), {
        status: "completed",
        conclusion,
        completedAt,
      });
    },
    completeRun(runId, conclusion = "success", number?) {
      const done = { status: "completed", conclusion, updatedAt: now() };
      Object.assign(required(attempt(runId, number), `attempt of run ${runId}`), done);
    },
    removeRun(runId) {
      for (const job of runs.get(runId)?.attempts.flatMap((one) => one.jobs) ?? []) jobs.delete(job.id);
      runs.delete(runId);
    },
    run: (id) => runs.get(id) ?? null,
    attempt,
    job: (id) => jobs.get(id) ?? null,
  };
}
