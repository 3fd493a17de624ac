/**
 * Asks the real service every question that docs/github-facts.md leaves open, and prints the answers as a table. Started by hand, from
 * .github/workflows/live.yml, in a repository where `refs/reflock-probe/` is nobody else's. Exit 0 unless the probe itself broke: a fact that
 * came out differently is a result.
 *
 * `--mode full` needs `contents: write` and `actions: read`; `read-only` and `no-actions` need a token without just that.
 * Beside what every runner sets, it reads PROBE_JOB_ID (`job.check_run_id`), PROBE_PACE_MS (1000 unless set) and PROBE_EMPTY_REPOSITORY, a
 * repository without a commit in which a token of one's own may write: the workflow's token can't, so that this one is for runs by hand.
 */
import { appendFileSync } from "node:fs";
import { type Api, connect } from "./live-probe/api.ts";
import { graphqlRefPoints } from "./live-probe/graphql-refs.ts";
import { objectPoints } from "./live-probe/objects.ts";
import type { Mode, Point, Row } from "./live-probe/point.ts";
import { begin, type Probe } from "./live-probe/probe.ts";
import { restRefPoints } from "./live-probe/rest-refs.ts";
import { runPoints } from "./live-probe/runs.ts";
import { table, tally } from "./live-probe/table.ts";

/** The empty tree comes first: where the service refuses it, this point makes it, and all other commits stand on it. */
const FOUNDATION = 30;

const MODES: readonly Mode[] = ["full", "read-only", "no-actions"];

async function main(): Promise<void> {
  const mode = modeOf(process.argv.slice(2));
  const api = connect({
    apiUrl: setting("GITHUB_API_URL"),
    graphqlUrl: setting("GITHUB_GRAPHQL_URL"),
    repository: setting("GITHUB_REPOSITORY"),
    token: setting("GITHUB_TOKEN"),
    paceMs: Number(process.env.PROBE_PACE_MS ?? "1000"),
  });
  const probe = await begin(api, surroundings(), mode);
  const stop = new AbortController();
  // The runner sends one after the other: the second must not cut the tidying short.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  let rows: readonly Row[] = [];
  try {
    rows = await run(probe, mode, stop.signal);
  } finally {
    await tidy(probe);
  }
  report(api, probe, mode, rows);
  if (stop.signal.aborted || rows.some((row) => row.verdict === "broke")) process.exitCode = 1;
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set: this runs inside a workflow`);
  return value;
}

function modeOf(args: readonly string[]): Mode {
  const asked = args[0] === "--mode" ? args[1] : "full";
  const mode = MODES.find((known) => known === asked);
  if (mode === undefined) throw new Error(`--mode takes one of ${MODES.join(", ")}, not ${asked}`);
  return mode;
}

function surroundings() {
  const { PROBE_JOB_ID, RUNNER_NAME, PROBE_EMPTY_REPOSITORY } = process.env;
  return {
    runId: setting("GITHUB_RUN_ID"),
    attempt: setting("GITHUB_RUN_ATTEMPT"),
    jobId: PROBE_JOB_ID,
    runnerName: RUNNER_NAME,
    gitUrl: `${setting("GITHUB_SERVER_URL")}/${setting("GITHUB_REPOSITORY")}.git`,
    emptyRepository: PROBE_EMPTY_REPOSITORY === "" ? undefined : PROBE_EMPTY_REPOSITORY,
  };
}

/** One after the other: points share the limits, and a race is only a race where nothing else runs. */
async function run(probe: Probe, mode: Mode, stop: AbortSignal): Promise<Row[]> {
  const points: readonly Point[] = [...restRefPoints, ...graphqlRefPoints, ...objectPoints, ...runPoints];
  const order = points.toSorted((a, b) => Number(b.number === FOUNDATION) - Number(a.number === FOUNDATION));
  const rows: Row[] = [];
  for (const point of order) {
    const { number, title, expected } = point;
    if (point.mode !== mode) {
      if (mode === "full") {
        rows.push({
          number,
          title,
          expected,
          got: `answered by the job “${point.mode}”`,
          verdict: "not tried",
        });
      }
      continue;
    }
    if (stop.aborted) {
      rows.push({ number, title, expected, got: "stopped before this one", verdict: "broke" });
      continue;
    }
    const row = { number, title, expected, ...(await attempted(point, probe)) };
    console.error(`${row.number}. ${row.title}: ${row.verdict}: ${row.got}`);
    rows.push(row);
  }
  return rows.toSorted((a, b) => a.number - b.number);
}

async function attempted(point: Point, probe: Probe) {
  try {
    return await point.attempt(probe);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return { got, verdict: "broke" as const };
  }
}

async function tidy(probe: Probe): Promise<void> {
  const left = await probe.cleanUp();
  if (left.length === 0) return;
  console.error(`Left behind, to be deleted by hand: ${left.join(" ")}`);
  process.exitCode = 1;
}

function report(api: Api, probe: Probe, mode: Mode, rows: readonly Row[]): void {
  const title = `## What the service answers: ${mode}`;
  const asked = `${api.settings.repository}, run ${probe.about.runId}, attempt ${probe.about.attempt}. ${tally(rows)}.`;
  const text = [title, asked, table(rows), ...probe.appendix].join("\n\n");
  console.log(text);
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary !== undefined && summary !== "") appendFileSync(summary, `${text}\n`);
}

await main();
