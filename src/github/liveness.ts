/**
 * Whether the job behind a claim or a ticket is still there, by GitHub's Actions API.
 * Owns the routes and how their answers are read; must not know what is done with the dead.
 *
 * A job is `completed` only after its post steps, and a status says reliably "dead", never reliably "alive" (docs/github-facts.md, "Runs and jobs").
 */
import { LockError } from "../lock/errors.ts";
import { isRepository, type Run } from "../lock/identity.ts";
import type { Liveness, Subject } from "../lock/ports.ts";
import { DEAD_AFTER_MS, type Verdict } from "../lock/verdict.ts";
import type { Client } from "./client.ts";
import { conditionalReads } from "./conditional.ts";
import { answerOf, whole } from "./failure.ts";

const PAGE = 100;

export function openLiveness(client: Client): Liveness {
  const conditional = conditionalReads();
  const ask: Ask = (run, about, isWhole, request) => {
    const [owner = "", repo = ""] = run.repository.split("/");
    return conditional(client, `${run.repository} ${about}`, async (options) => {
      const { data, headers } = await request({ owner, repo, ...options });
      // Checked before it is remembered: what broke off would come back with every 304.
      return { value: whole(data, isWhole), etag: headers.etag };
    });
  };

  return {
    async judge(subject) {
      const { run } = subject.who;
      if (run === null) return unknown("it is a process, of which the API knows nothing");
      if (!isRepository(run.repository)) return unknown("it names no repository");
      try {
        return inTime(await judgeRun(client, ask, subject, run), subject);
      } catch (error) {
        return notTold(error, run);
      }
    },
  };
}

type Request<Value> = (at: {
  owner: string;
  repo: string;
  headers: Record<string, string>;
  request: { signal: AbortSignal };
}) => Promise<{ data: Value; headers: { etag?: string | undefined } }>;

type Ask = <Value>(
  run: Run,
  about: string,
  isWhole: (data: unknown) => boolean,
  request: Request<Value>,
) => Promise<Value>;

interface Job {
  readonly status: string;
  readonly conclusion: string | null;
  readonly completed_at: string | null;
}

async function judgeRun(client: Client, ask: Ask, subject: Subject, run: Run): Promise<Verdict> {
  const isJob = subject.kind === "ticket" || subject.scope === "job";
  if (isJob && run.jobId !== null) {
    // A job of a machine that is gone may never be called completed, though its attempt is.
    const [job, attempt] = await Promise.all([
      judgeJob(client, ask, run, run.jobId),
      subject.isThorough ? judgeAttempt(client, ask, run) : null,
    ]);
    return job.state === "alive" && attempt?.state === "dead" ? attempt : job;
  }
  const verdict = await judgeAttempt(client, ask, run);
  return isJob && verdict.state === "alive" && run.runner !== ""
    ? await judgeRunner(client, ask, run)
    : verdict;
}

/** What ended before the commit was written did not write it: an old answer, or an earlier job of the same runner. */
function inTime(verdict: Verdict, { writtenAtMs }: Subject): Verdict {
  // Dates have whole seconds.
  const isEarlier = verdict.sinceMs !== null && writtenAtMs !== null && verdict.sinceMs < writtenAtMs - 1000;
  return isEarlier ? unknown("GitHub's answer is older than its claim") : verdict;
}

function has(field: string, type: "number" | "string"): (data: unknown) => boolean {
  return (data) =>
    typeof data === "object" && data !== null && typeof (data as Record<string, unknown>)[field] === type;
}

async function judgeJob(client: Client, ask: Ask, run: Run, id: number): Promise<Verdict> {
  const job = await ask(run, `job ${id}`, has("run_id", "number"), (at) =>
    client.octokit.actions.getJobForWorkflowRun({ ...at, job_id: id }),
  );
  if (job.run_id !== run.id) return unknown(`job ${id} belongs to another run than it says`);
  return isOver(job, client)
    ? dead(`its job ${ended(job)}`, job.completed_at)
    : alive(`its job is ${job.status}`);
}

/** A run that was re-run, or is completed as a whole, has no job left. The id alone says nothing: the attempt must be the same. */
async function judgeAttempt(client: Client, ask: Ask, run: Run): Promise<Verdict> {
  const found = await ask(run, `run ${run.id}`, has("status", "string"), (at) =>
    client.octokit.actions.getWorkflowRun({ ...at, run_id: run.id }),
  );
  const attempt = found.run_attempt ?? 1;
  if (attempt > run.attempt)
    return dead(`its run was started again, as attempt ${attempt}`, found.run_started_at ?? null);
  if (attempt < run.attempt) return unknown(`GitHub still shows attempt ${attempt} of its run`);
  const over = { status: found.status ?? "", conclusion: found.conclusion, completed_at: found.updated_at };
  return isOver(over, client)
    ? dead(`its run ${ended(over)}`, found.updated_at)
    : alive(`its run is ${found.status}`);
}

/** Without the job's own id, all jobs of the attempt that ran on its runner stand for it. Names are for display and prove nothing. */
async function judgeRunner(client: Client, ask: Ask, run: Run): Promise<Verdict> {
  const jobs: (Job & { readonly runner_name: string | null })[] = [];
  const isList = (data: unknown) => Array.isArray((data as { jobs?: unknown } | null)?.jobs);
  for (let page = 1, more = true; more; page++) {
    const listed = await ask(run, `jobs of ${run.id} ${run.attempt} ${page}`, isList, (at) =>
      client.octokit.actions.listJobsForWorkflowRunAttempt({
        ...at,
        run_id: run.id,
        attempt_number: run.attempt,
        per_page: PAGE,
        page,
      }),
    );
    jobs.push(...listed.jobs);
    more = listed.jobs.length === PAGE;
  }
  const ours = jobs.filter((job) => job.runner_name === run.runner);
  // One runner works on one job after the other: the one that ended last is the one that may have written the claim.
  const last = ours.toSorted((a, b) => (a.completed_at ?? "").localeCompare(b.completed_at ?? "")).at(-1);
  if (last === undefined) return unknown(`no job of its run is listed on the runner ${run.runner}`);
  const isDead = ours.every((job) => isOver(job, client));
  return isDead
    ? dead(`its job on ${run.runner} ${ended(last)}`, last.completed_at)
    : alive("its job is not completed");
}

/** By the server's own dates alone. */
function isOver({ status, completed_at }: Job, client: Client): boolean {
  const now = client.answeredAtMs();
  if (status !== "completed" || completed_at === null || now === null) return false;
  return Date.parse(completed_at) + DEAD_AFTER_MS <= now;
}

function ended({ conclusion }: Job): string {
  return conclusion === null ? "is completed" : `is completed (${conclusion})`;
}

function dead(why: string, since: string | null): Verdict {
  return { state: "dead", why, sinceMs: since === null ? null : Date.parse(since) };
}

function alive(why: string): Verdict {
  return { state: "alive", why, sinceMs: null };
}

function unknown(why: string): Verdict {
  return { state: "unknown", why, sinceMs: null };
}

/** What keeps us from knowing is no reason to fail, but for trouble that passes. */
function notTold(error: unknown, run: Run): Verdict {
  if (!(error instanceof LockError)) throw error;
  if (error.kind === "throttled") throw error;
  const status = answerOf(error.cause)?.status;
  if (status === 404)
    return unknown(
      `GitHub knows no such run or job in ${run.repository} any more, or does not show it to this token, which needs \`permissions: actions: read\``,
    );
  if (status === 403) return unknown(`the token may not read runs, add \`permissions: actions: read\``);
  return unknown(error.message);
}
