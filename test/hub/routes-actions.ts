/**
 * Owns the REST routes of workflow runs and jobs, read from the repository's run store. Decides nothing about
 * them: what a test set is what is told.
 */
import { describeMinimalRepository, describeUser } from "./descriptions.ts";
import { type Answer, type Exchange, isoSeconds, Refusal, type Route } from "./exchange.ts";
import { ZERO_OID } from "./objects.ts";
import { linkHeader, page } from "./paging.ts";
import type { Attempt, Job, Run } from "./runs.ts";

function presentRun(exchange: Exchange, run: Run, attempt: Attempt): Record<string, unknown> {
  const { hubUrl, repository } = exchange;
  const base = `${hubUrl}/repos/${repository.fullName}/actions`;
  const url = `${base}/runs/${run.id}`;
  const urls = ["jobs", "logs", "cancel", "rerun", "artifacts"].map((name) => [
    `${name}_url`,
    `${url}/${name}`,
  ]);
  const actor = describeUser(hubUrl, run.actor);
  const described = describeMinimalRepository(hubUrl, repository);
  return {
    id: run.id,
    name: run.name,
    node_id: `WFR_${run.id}`,
    head_branch: "main",
    head_sha: ZERO_OID,
    path: ".github/workflows/publish.yml",
    display_title: run.name,
    run_number: 1,
    run_attempt: attempt.number,
    event: run.event,
    status: attempt.status,
    conclusion: attempt.conclusion,
    workflow_id: 1,
    ...{ url, html_url: `${hubUrl}/${repository.fullName}/actions/runs/${run.id}`, pull_requests: [] },
    created_at: isoSeconds(run.createdAt),
    updated_at: isoSeconds(attempt.updatedAt),
    run_started_at: isoSeconds(attempt.startedAt),
    ...{ actor, triggering_actor: actor },
    ...Object.fromEntries(urls),
    check_suite_url: `${hubUrl}/repos/${repository.fullName}/check-suites/${run.id}`,
    workflow_url: `${base}/workflows/1`,
    ...{ head_commit: null, repository: described, head_repository: described },
  };
}

function presentJob(exchange: Exchange, job: Job): Record<string, unknown> {
  const { hubUrl, repository } = exchange;
  const base = `${hubUrl}/repos/${repository.fullName}`;
  const page = `${hubUrl}/${repository.fullName}/actions/runs/${job.runId}/job/${job.id}`;
  const runner = { runner_id: job.runnerName === null ? null : job.id, runner_name: job.runnerName };
  return {
    id: job.id,
    run_id: job.runId,
    run_url: `${base}/actions/runs/${job.runId}`,
    run_attempt: job.attempt,
    node_id: `CR_${job.id}`,
    head_sha: ZERO_OID,
    ...{ url: `${base}/actions/jobs/${job.id}`, html_url: page },
    status: job.status,
    conclusion: job.conclusion,
    created_at: isoSeconds(job.createdAt),
    started_at: isoSeconds(job.startedAt),
    completed_at: job.completedAt ? isoSeconds(job.completedAt) : null,
    name: job.name,
    steps: [],
    check_run_url: `${base}/check-runs/${job.id}`,
    labels: ["ubuntu-latest"],
    ...{
      ...runner,
      runner_group_id: null,
      runner_group_name: null,
      workflow_name: "Publish",
      head_branch: "main",
    },
  };
}

function found<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Refusal(404, "Not Found");
  return value;
}

const idIn = (exchange: Exchange, name: string): number => Number(exchange.params[name]);

async function getRun(exchange: Exchange): Promise<Answer> {
  const { runs } = exchange.repository;
  const run = found(runs.run(idIn(exchange, "run_id")));
  const number = exchange.params.attempt_number;
  const attempt = found(runs.attempt(run.id, number === undefined ? undefined : Number(number)));
  return { status: 200, body: presentRun(exchange, run, attempt) };
}

async function getJob(exchange: Exchange): Promise<Answer> {
  const job = found(exchange.repository.runs.job(idIn(exchange, "job_id")));
  return { status: 200, body: presentJob(exchange, job) };
}

function answerJobs(exchange: Exchange, jobs: readonly Job[]): Answer {
  const { perPage, skip } = page(exchange.query);
  const listed = jobs.slice(skip, skip + perPage).map((job) => presentJob(exchange, job));
  const headers = linkHeader(exchange, jobs.length > skip + perPage);
  return { status: 200, headers, body: { total_count: jobs.length, jobs: listed } };
}

async function listAttemptJobs(exchange: Exchange): Promise<Answer> {
  const number = idIn(exchange, "attempt_number");
  return answerJobs(exchange, found(exchange.repository.runs.attempt(idIn(exchange, "run_id"), number)).jobs);
}

async function listRunJobs(exchange: Exchange): Promise<Answer> {
  const run = found(exchange.repository.runs.run(idIn(exchange, "run_id")));
  const attempts = exchange.query.get("filter") === "all" ? run.attempts : run.attempts.slice(-1);
  return answerJobs(
    exchange,
    attempts.flatMap((attempt) => attempt.jobs),
  );
}

const BASE = "/repos/{owner}/{repo}/actions";
const ATTEMPT = `${BASE}/runs/{run_id}/attempts/{attempt_number}`;
const need = "actions:read";

export const actionsRoutes: readonly Route[] = [
  { method: "GET", template: `${BASE}/runs/{run_id}`, need, handle: getRun },
  { method: "GET", template: ATTEMPT, need, handle: getRun },
  { method: "GET", template: `${ATTEMPT}/jobs`, need, handle: listAttemptJobs },
  { method: "GET", template: `${BASE}/runs/{run_id}/jobs`, need, handle: listRunJobs },
  { method: "GET", template: `${BASE}/jobs/{job_id}`, need, handle: getJob },
];
