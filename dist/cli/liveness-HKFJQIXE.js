import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  answerOf,
  whole
} from "./chunk-CFJOUYOP.js";
import {
  DEAD_AFTER_MS,
  isRepository
} from "./chunk-A2VMGYTI.js";
import {
  LockError
} from "./chunk-VU7GLJQV.js";

// src/github/conditional.ts
function conditionalReads() {
  const answers = /* @__PURE__ */ new Map();
  return async (client, about, request) => {
    const before = answers.get(about);
    return await client.send(async ({ signal }) => {
      try {
        const headers = before === void 0 ? {} : { "if-none-match": before.etag };
        const { value, etag } = await request({ headers, request: { signal } });
        if (etag === void 0) answers.delete(about);
        else answers.set(about, { etag, value });
        return value;
      } catch (error) {
        if (before === void 0 || answerOf(error)?.status !== 304) throw error;
        return before.value;
      }
    });
  };
}

// src/github/liveness.ts
var PAGE = 100;
function openLiveness(client) {
  const conditional = conditionalReads();
  const ask = (run, about, isWhole, request) => {
    const [owner = "", repo = ""] = run.repository.split("/");
    return conditional(client, `${run.repository} ${about}`, async (options) => {
      const { data, headers } = await request({ owner, repo, ...options });
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
    }
  };
}
async function judgeRun(client, ask, subject, run) {
  const isJob = subject.kind === "ticket" || subject.scope === "job";
  if (isJob && run.jobId !== null) {
    const [job, attempt] = await Promise.all([
      judgeJob(client, ask, run, run.jobId),
      subject.isThorough ? judgeAttempt(client, ask, run) : null
    ]);
    return job.state === "alive" && attempt?.state === "dead" ? attempt : job;
  }
  const verdict = await judgeAttempt(client, ask, run);
  return isJob && verdict.state === "alive" && run.runner !== "" ? await judgeRunner(client, ask, run) : verdict;
}
function inTime(verdict, { writtenAtMs }) {
  const isEarlier = verdict.sinceMs !== null && writtenAtMs !== null && verdict.sinceMs < writtenAtMs - 1e3;
  return isEarlier ? unknown("GitHub's answer is older than its claim") : verdict;
}
function has(field, type) {
  return (data) => typeof data === "object" && data !== null && typeof data[field] === type;
}
async function judgeJob(client, ask, run, id) {
  const job = await ask(
    run,
    `job ${id}`,
    has("run_id", "number"),
    (at) => client.octokit.actions.getJobForWorkflowRun({ ...at, job_id: id })
  );
  if (job.run_id !== run.id) return unknown(`job ${id} belongs to another run than it says`);
  return isOver(job, client) ? dead(`its job ${ended(job)}`, job.completed_at) : alive(`its job is ${job.status}`);
}
async function judgeAttempt(client, ask, run) {
  const found = await ask(
    run,
    `run ${run.id}`,
    has("status", "string"),
    (at) => client.octokit.actions.getWorkflowRun({ ...at, run_id: run.id })
  );
  const attempt = found.run_attempt ?? 1;
  if (attempt > run.attempt)
    return dead(`its run was started again, as attempt ${attempt}`, found.run_started_at ?? null);
  if (attempt < run.attempt) return unknown(`GitHub still shows attempt ${attempt} of its run`);
  const over = { status: found.status ?? "", conclusion: found.conclusion, completed_at: found.updated_at };
  return isOver(over, client) ? dead(`its run ${ended(over)}`, found.updated_at) : alive(`its run is ${found.status}`);
}
async function judgeRunner(client, ask, run) {
  const jobs = [];
  const isList = (data) => Array.isArray(data?.jobs);
  for (let page = 1, more = true; more; page++) {
    const listed = await ask(
      run,
      `jobs of ${run.id} ${run.attempt} ${page}`,
      isList,
      (at) => client.octokit.actions.listJobsForWorkflowRunAttempt({
        ...at,
        run_id: run.id,
        attempt_number: run.attempt,
        per_page: PAGE,
        page
      })
    );
    jobs.push(...listed.jobs);
    more = listed.jobs.length === PAGE;
  }
  const ours = jobs.filter((job) => job.runner_name === run.runner);
  const last = ours.toSorted((a, b) => (a.completed_at ?? "").localeCompare(b.completed_at ?? "")).at(-1);
  if (last === void 0) return unknown(`no job of its run is listed on the runner ${run.runner}`);
  const isDead = ours.every((job) => isOver(job, client));
  return isDead ? dead(`its job on ${run.runner} ${ended(last)}`, last.completed_at) : alive("its job is not completed");
}
function isOver({ status, completed_at }, client) {
  const now = client.answeredAtMs();
  if (status !== "completed" || completed_at === null || now === null) return false;
  return Date.parse(completed_at) + DEAD_AFTER_MS <= now;
}
function ended({ conclusion }) {
  return conclusion === null ? "is completed" : `is completed (${conclusion})`;
}
function dead(why, since) {
  return { state: "dead", why, sinceMs: since === null ? null : Date.parse(since) };
}
function alive(why) {
  return { state: "alive", why, sinceMs: null };
}
function unknown(why) {
  return { state: "unknown", why, sinceMs: null };
}
function notTold(error, run) {
  if (!(error instanceof LockError)) throw error;
  if (error.kind === "throttled") throw error;
  const status = answerOf(error.cause)?.status;
  if (status === 404)
    return unknown(
      `GitHub knows no such run or job in ${run.repository} any more, or does not show it to this token, which needs \`permissions: actions: read\``
    );
  if (status === 403) return unknown(`the token may not read runs, add \`permissions: actions: read\``);
  return unknown(error.message);
}
export {
  openLiveness
};
