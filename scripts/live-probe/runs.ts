/**
 * The points about tokens that lack a permission, about runs and jobs, and about what only a runner shows.
 */
import { type Answer, dig, digText, graphqlErrors, said } from "./api.ts";
import { type Finding, judged, noted, notTried, outOfReach, type Point, point } from "./point.ts";
import { applied, type Probe, ZEROS } from "./probe.ts";

/** An object that exists in every repository with a commit, for a token that may make none. */
async function someCommit(probe: Probe): Promise<string> {
  const answer = await probe.api.request("GET", "commits?per_page=1");
  return digText(answer.body, 0, "sha") ?? ZEROS;
}

async function readOnly(probe: Probe): Promise<Finding> {
  const sha = await someCommit(probe);
  const body = {
    message: "reflock probe: not permitted",
    tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    parents: [],
  };
  const answers = [
    await probe.api.request("POST", "git/commits", { body }),
    await probe.api.request("POST", "git/refs", { body: { ref: `${probe.root}p40`, sha } }),
  ];
  const good = answers.every(
    ({ status, text }) => status === 403 && /Resource not accessible by integration/.test(text),
  );
  const wanted = answers
    .map((answer) => answer.headers.get("x-accepted-github-permissions") ?? "none")
    .join(", ");
  return judged(good, `${answers.map(said).join("; ")}; x-accepted-github-permissions: ${wanted}`);
}

async function readOnlyUpdateRefs(probe: Probe): Promise<Finding> {
  const update = { name: `${probe.root}p41`, beforeOid: ZEROS, afterOid: await someCommit(probe) };
  const answer = await probe.updateRefs([update]);
  const good = !applied(answer) && /Resource not accessible by integration/.test(answer.text);
  return judged(good, applied(answer) ? "APPLIED" : said(answer));
}

async function badToken(probe: Probe): Promise<Finding> {
  const answer = await probe.api.request("GET", "", { token: "none" });
  return judged(answer.status === 401, said(answer));
}

async function ownJob(probe: Probe): Promise<Finding> {
  const { jobId, runId, attempt, runnerName } = probe.about;
  if (jobId === undefined || jobId === "") return judged(false, "job.check_run_id is empty");
  const answer = await probe.api.request("GET", `actions/jobs/${jobId}`);
  const got = ["run_id", "run_attempt", "runner_name", "status"].map((key) => digText(answer.body, key));
  const good = answer.status === 200 && got.join() === [runId, attempt, runnerName, "in_progress"].join();
  return judged(good, `${said(answer)}: run, attempt, runner, status: ${got.join(", ")}`);
}

async function routes(probe: Probe): Promise<Finding> {
  const run = `actions/runs/${probe.about.runId}`;
  const attempt = `${run}/attempts/${probe.about.attempt}`;
  const got: string[] = [];
  for (const path of [run, attempt, `${attempt}/jobs?per_page=100`, `${run}/jobs?per_page=100`]) {
    got.push(said(await probe.api.request("GET", path)));
  }
  return judged(
    got.every((text) => text === "200"),
    `run, attempt, its jobs, the run's jobs: ${got.join(", ")}`,
  );
}

interface Jobs {
  readonly completed: readonly unknown[];
  readonly answer: Answer;
}

async function completedJobs(probe: Probe): Promise<Jobs> {
  const { runId, attempt } = probe.about;
  const answer = await probe.api.request(
    "GET",
    `actions/runs/${runId}/attempts/${attempt}/jobs?per_page=100`,
  );
  const jobs = dig(answer.body, "jobs");
  const completed = Array.isArray(jobs) ? jobs.filter((job) => digText(job, "status") === "completed") : [];
  return { completed, answer };
}

async function goesOn(probe: Probe): Promise<Finding> {
  const { completed } = await completedJobs(probe);
  const answer = await probe.api.request("GET", `actions/runs/${probe.about.runId}`);
  if (completed.length === 0) return notTried("no other job of this run has ended");
  const status = digText(answer.body, "status") ?? said(answer);
  return judged(status === "in_progress", `${completed.length} jobs completed, the run ${status}`);
}

/** The lock waits ten seconds after `completed_at` before it believes it; a time that lies ahead of Date would never be believed. */
async function endedBefore(probe: Probe): Promise<Finding> {
  const { completed, answer } = await completedJobs(probe);
  if (completed.length === 0) return notTried("no other job of this run has ended");
  const date = Date.parse(answer.headers.get("date") ?? "");
  const ages = completed.map((job) => (date - Date.parse(digText(job, "completed_at") ?? "")) / 1000);
  return judged(
    ages.every((age) => age >= 0),
    `completed ${ages.join(", ")} s before Date`,
  );
}

async function noActions(probe: Probe): Promise<Finding> {
  const { jobId, runId } = probe.about;
  const paths = [`actions/runs/${runId}`, ...(jobId === undefined ? [] : [`actions/jobs/${jobId}`])];
  const got: string[] = [];
  for (const path of paths) got.push(said(await probe.api.request("GET", path)));
  return noted(got.join("; "));
}

async function unknownJob(probe: Probe): Promise<Finding> {
  const answer = await probe.api.request("GET", "actions/jobs/1");
  return judged(answer.status === 404, said(answer));
}

async function badTokenGraphql(probe: Probe): Promise<Finding> {
  const answer = await probe.api.graphql("query { viewer { login } }", {}, { token: "none" });
  return noted(graphqlErrors(answer).length > 0 || answer.status !== 200 ? said(answer) : "accepted");
}

const DIAGRAM = [
  "```mermaid",
  "timeline",
  "  title This is a diagram, not text",
  "  09:00 : acquired",
  "  09:05 : released",
  "```",
];

async function mermaid(probe: Probe): Promise<Finding> {
  probe.appendix.push(DIAGRAM.join("\n"));
  return noted("look below the table of the step summary");
}

const ELSEWHERE = "not in the power of one run of a workflow";

export const runPoints: readonly Point[] = [
  point(
    40,
    "Writes with a read-only token",
    "403 Resource not accessible by integration",
    readOnly,
    "read-only",
  ),
  point(
    41,
    "`updateRefs` with a read-only token",
    "the same words in an error",
    readOnlyUpdateRefs,
    "read-only",
  ),
  point(42, "A token that is none, over REST", "401", badToken, "read-only"),
  point(43, "A token that is none, over GraphQL", "unknown; treated as 401 is", badTokenGraphql, "read-only"),
  outOfReach(44, "The end of an App's token", "after an hour", ELSEWHERE),
  point(45, "`job.check_run_id`", "the id of this job, in progress on this runner", ownJob),
  point(46, "Routes of runs, attempts and jobs", "200", routes),
  point(47, "A run of which one job has ended", "in_progress", goesOn),
  point(48, "`completed_at` beside Date", "not ahead of it", endedBefore),
  point(49, "A job that nobody knows", "404", unknownJob),
  outOfReach(50, "The job of a runner that died", "in_progress for 10 minutes or more", ELSEWHERE),
  outOfReach(51, "Runs that are stuck for days", "seen", ELSEWHERE),
  point(
    52,
    "Runs and jobs without `actions: read`",
    "unknown; never taken for dead",
    noActions,
    "no-actions",
  ),
  outOfReach(
    53,
    "`INPUT_*` of a post inside a composite action",
    "may be wrong",
    "state alone is read there",
  ),
  outOfReach(54, "Signals in a container job", "may never arrive", ELSEWHERE),
  point(55, "Mermaid in a step summary", "renders", mermaid),
  outOfReach(56, "Caller and callee in one `concurrency` group", "deadlock", ELSEWHERE),
];
