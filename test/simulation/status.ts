/**
 * What the status API says of jobs and runs, which is not always true, as src/github/liveness.ts asks and reads it. Owns the simulated answers; must not
 * know of locks.
 */
import type { Run } from "../../src/lock/identity.ts";
import type { Subject } from "../../src/lock/ports.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import type { Jobs, RunState } from "./jobs.ts";
import type { Send } from "./memory-store.ts";

/** What a job wrote last may still be on its way when it is called completed. */
const SETTLE_MS = 10_000;

export interface Api {
  readonly send: Send;
  readonly jobs: Jobs;
  readonly serverMs: () => number;
}

/** As src/github/liveness.ts asks. */
export async function statusOf(api: Api, subject: Subject, run: Run): Promise<Verdict> {
  const state = runOf(api.jobs, run);
  if (state !== null) return inTime(await judgeRun(api, subject, run, state), subject);
  return run.jobId === null ? unknown("nobody says") : await judgeJob(api, run);
}

/** The run, where anything is told of it. */
function runOf(jobs: Jobs, { id, attempt, runner, jobId }: Run): RunState | null {
  if (jobId !== null) return jobs.of(jobId).part?.run ?? null;
  return jobs.on(runner, id, attempt)[0]?.part?.run ?? null;
}

async function judgeRun(api: Api, subject: Subject, run: Run, state: RunState): Promise<Verdict> {
  const isJob = subject.kind === "ticket" || subject.scope === "job";
  if (isJob && run.jobId !== null) {
    const [job, attempt] = await Promise.all([
      judgeJob(api, run),
      subject.isThorough ? judgeAttempt(api, run, state) : null,
    ]);
    return job.state === "alive" && attempt?.state === "dead" ? attempt : job;
  }
  const verdict = await judgeAttempt(api, run, state);
  return isJob && verdict.state === "alive" && run.runner !== "" ? await judgeRunner(api, run) : verdict;
}

/** What ended before the commit was written did not write it. */
function inTime(verdict: Verdict, { writtenAtMs }: Subject): Verdict {
  const isEarlier = verdict.sinceMs !== null && writtenAtMs !== null && verdict.sinceMs < writtenAtMs - 1000;
  return isEarlier ? unknown("the answer is older than its claim") : verdict;
}

/** An answer from a while ago (`version` is `null`) does not know of the end. */
function judgeJob({ send, jobs, serverMs }: Api, { jobId }: Run): Promise<Verdict> {
  return send("status", `status of job ${jobId}`, (_, version): Verdict => {
    const { completedAtMs } = jobs.of(jobId ?? 0);
    const isOver = version !== null && isSettled(completedAtMs, serverMs());
    return isOver ? dead("its job is completed", completedAtMs) : alive("its job is in_progress");
  });
}

/** An answer from a while ago shows the attempt before, if there was one, and how that ended. */
function judgeAttempt({ send, serverMs }: Api, run: Run, { attempts }: RunState): Promise<Verdict> {
  return send("status", `status of run ${run.id}`, (_, version): Verdict => {
    const shown = version === null ? Math.max(1, attempts.length - 1) : attempts.length;
    const { startedAtMs, completedAtMs } = attempts[shown - 1] ?? { startedAtMs: 0, completedAtMs: null };
    if (shown > run.attempt) return dead(`its run was started again, as attempt ${shown}`, startedAtMs);
    if (shown < run.attempt) return unknown(`attempt ${shown} is still shown`);
    const isOver = (version !== null || attempts.length > 1) && isSettled(completedAtMs, serverMs());
    return isOver ? dead("its run is completed", completedAtMs) : alive("its run is in_progress");
  });
}

/** Without the job's own id, all jobs of the attempt on its runner stand for it. */
function judgeRunner({ send, jobs, serverMs }: Api, { id, attempt, runner }: Run): Promise<Verdict> {
  return send("status", `jobs of run ${id}, attempt ${attempt}`, (_, version): Verdict => {
    const ours = jobs.on(runner, id, attempt);
    const isOver =
      version !== null && ours.every(({ completedAtMs }) => isSettled(completedAtMs, serverMs()));
    if (ours.length === 0) return unknown(`no job of its run is listed on the runner ${runner}`);
    if (!isOver) return alive("its job is not completed");
    return dead(`its job on ${runner} is completed`, Math.max(...ours.map((job) => job.completedAtMs ?? 0)));
  });
}

function isSettled(completedAtMs: number | null, nowMs: number): boolean {
  return completedAtMs !== null && completedAtMs + SETTLE_MS <= nowMs;
}

function dead(why: string, sinceMs: number | null): Verdict {
  return { state: "dead", why, sinceMs };
}

function alive(why: string): Verdict {
  return { state: "alive", why, sinceMs: null };
}

export function unknown(why: string): Verdict {
  return { state: "unknown", why, sinceMs: null };
}
