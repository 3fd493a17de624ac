/**
 * The live probe, run as its workflow runs it, against the embedded server: every point of docs/github-facts.md is in its table, comes out as
 * the server was built, and nothing is left behind. What the real service answers, only the real service can say.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Hub, startHub } from "../hub/hub.ts";
import type { RepositoryOptions } from "../hub/repository.ts";
import type { Grants } from "../hub/tokens.ts";

// Four seconds for a whole table on an idle machine, and many more on one that runs everything else at once.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const ROOT = join(import.meta.dirname, "../..");
const FACTS = readFileSync(join(ROOT, "docs/github-facts.md"), "utf8");
const POINTS = [...new Set([...FACTS.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1])))].sort(
  (a, b) => a - b,
);

let hub: Hub;
let scratch: string;

beforeAll(async () => {
  hub = await startHub();
  await hub.addRepository("octo/empty", { empty: true });
  scratch = mkdtempSync(join(tmpdir(), "live-probe-"));
});

afterAll(async () => {
  await hub.close();
  rmSync(scratch, { recursive: true, force: true });
});

interface Row {
  readonly number: number;
  readonly got: string;
  readonly verdict: string;
}

interface Result {
  readonly code: number | null;
  readonly rows: readonly Row[];
  readonly stdout: string;
  readonly stderr: string;
  readonly summary: string;
}

let repositories = 0;

/** A repository with a run in which one job has ended and the probe's own goes on. */
async function place(options: RepositoryOptions = {}) {
  const repository = await hub.addRepository(`octo/app-${++repositories}`, options);
  const run = repository.runs.addRun();
  repository.runs.completeJob(repository.runs.addJob(run.id, { name: "early" }).id);
  const job = repository.runs.addJob(run.id, { name: "full", runnerName: "runner-a" });
  return { repository, run, job };
}

type Place = Awaited<ReturnType<typeof place>>;

function probe(
  { repository, run, job }: Place,
  mode: string,
  grants: Grants = {},
  onStart?: (pid: number) => void,
) {
  const summary = join(scratch, `${repository.fullName.replace("/", "-")}-${mode}.md`);
  const child = spawn(process.execPath, ["scripts/live-probe.ts", "--mode", mode], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      GITHUB_API_URL: hub.url,
      GITHUB_GRAPHQL_URL: `${hub.url}/graphql`,
      GITHUB_SERVER_URL: `${hub.url}/git`,
      GITHUB_REPOSITORY: repository.fullName,
      GITHUB_RUN_ID: String(run.id),
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_TOKEN: hub.addToken(grants),
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_NAME: "runner-a",
      PROBE_JOB_ID: String(job.id),
      PROBE_EMPTY_REPOSITORY: "octo/empty",
      PROBE_PACE_MS: "0",
    },
  });
  if (child.pid !== undefined) onStart?.(child.pid);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise<Result>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, rows: rowsOf(stdout), stdout, stderr, summary: textOf(summary) });
    });
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function rowsOf(table: string): Row[] {
  const rows: Row[] = [];
  for (const line of table.split("\n")) {
    const cells = line.split(" | ");
    if (!/^\| \d/.test(line)) continue;
    expect(cells, line).toHaveLength(5);
    rows.push({
      number: Number(cells[0]?.slice(2)),
      got: cells[3] ?? "",
      verdict: cells[4]?.replace(/ \|$/, "") ?? "",
    });
  }
  return rows;
}

/** What the embedded server has no answer for, by the routes that it lacks; and what no run of a probe can find out. */
const NOT_TRIED = [2, 4, 5, 8, 40, 41, 42, 43, 44, 50, 51, 52, 53, 54, 56];
const NOTED = [28, 29, 34, 55];

function verdicts(rows: readonly Row[]): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (const { number, verdict } of rows) found[verdict] = [...(found[verdict] ?? []), number];
  return found;
}

async function ownRefs({ repository }: Place): Promise<string[]> {
  return (await repository.refs("refs/reflock-probe/")).map((ref) => ref.name);
}

describe("with every permission", () => {
  let at: Place;
  let result: Result;
  beforeAll(async () => {
    at = await place();
    result = await probe(at, "full");
  });

  test("answers every point of the facts, once and in order", () => {
    expect(result.stderr).not.toMatch(/Error:/);
    expect(result.code).toBe(0);
    expect(POINTS.length).toBeGreaterThan(50);
    expect(result.rows.map((row) => row.number)).toEqual(POINTS);
  });

  test("finds the server as it was built", () => {
    const expected = POINTS.filter((number) => ![...NOT_TRIED, ...NOTED].includes(number));
    expect(verdicts(result.rows), result.stdout).toEqual({
      "as expected": expected,
      "not tried": NOT_TRIED,
      noted: NOTED,
    });
  });

  test("says why a point was not tried", () => {
    for (const { number, got, verdict } of result.rows) {
      if (verdict === "not tried") expect(got.length, String(number)).toBeGreaterThan(10);
    }
  });

  test("shows the same in the step summary, and a diagram", () => {
    expect(rowsOf(result.summary)).toEqual(result.rows);
    expect(result.summary).toContain("```mermaid");
  });

  test("leaves nothing behind, and touches nothing else", async () => {
    expect(await ownRefs(at)).toEqual([]);
    const changed = (await at.repository.oracle()).map((record) => record.ref);
    expect(changed.length).toBeGreaterThan(100);
    const root = `refs/reflock-probe/${at.run.id}/1-full/`;
    expect(changed.filter((ref) => !ref.startsWith(root) && ref !== "refs/heads/main")).toEqual([]);
  });

  test("stays far from the limits of content", () => {
    const own = hub.requests.filter((request) => request.path.includes(at.repository.fullName));
    expect(own.filter((request) => request.method === "POST").length).toBeLessThan(250);
  });
});

test.concurrent("with a read-only token, tells how writes are refused", async () => {
  const at = await place();
  const { code, rows } = await probe(at, "read-only", { contents: "read" });
  expect(verdicts(rows)).toEqual({ "as expected": [40, 41, 42], noted: [43] });
  expect(code).toBe(0);
});

test.concurrent("with a token that may write after all, says that it differs and tidies up", async () => {
  const at = await place();
  const { code, rows } = await probe(at, "read-only");
  expect(verdicts(rows)).toEqual({ "as expected": [42], differs: [40, 41], noted: [43] });
  expect(await ownRefs(at)).toEqual([]);
  expect(code).toBe(0);
});

test.concurrent("without `actions: read`, tells what is answered", async () => {
  const { code, rows } = await probe(await place(), "no-actions", { actions: "none" });
  expect(verdicts(rows)).toEqual({ noted: [52] });
  expect(rows[0]?.got).toContain("403");
  expect(code).toBe(0);
});

test.concurrent("where updateRefs is refused, the rest is answered all the same", async () => {
  const at = await place({ updateRefs: "refused" });
  const { code, rows } = await probe(at, "full");
  const found = verdicts(rows);
  expect(found.differs).toEqual([20]);
  expect(found["not tried"]).toEqual([...NOT_TRIED, 21, 22, 23, 24, 25, 26, 27].sort((a, b) => a - b));
  expect(found.broke).toBeUndefined();
  expect(await ownRefs(at)).toEqual([]);
  expect(code).toBe(0);
});

test.concurrent("tells what differs and what broke, point by point, and quotes the service as text", async () => {
  const words = "no | <img src=x> `{ref}`\n| 99 | [link](http://x) |";
  const at = await place({ emptyTreeRefused: true, updateRefsMismatch: words });
  const own = (path: string, tail: string) =>
    path.startsWith(`/repos/${at.repository.fullName}/`) && path.endsWith(tail);
  hub.faults.add({ match: ({ path }) => own(path, "/actions/jobs/1"), kind: "drop-before" });
  // Refused in other words than the facts say: it is not known any more whether somebody has the ref.
  let creations = 0;
  const again = hub.faults.add({
    match: ({ path, body }) =>
      own(path, "/git/refs") && /\/p6"/.test(JSON.stringify(body) ?? "") && ++creations === 2,
    kind: "refuse",
    status: 422,
    message: "Reference update failed",
  });
  const lag = hub.faults.add({
    match: ({ path }) => own(path, "/p35/3"),
    kind: "stale",
    changes: 1,
    times: 2,
  });
  const { code, rows, stdout } = await probe(at, "full");
  expect([again.hits.length, lag.hits.length]).toEqual([1, 2]);
  expect(verdicts(rows)).toMatchObject({ differs: [6, 30], broke: [49] });
  expect(rows.map((row) => row.number)).toEqual(POINTS);
  expect(rows.find((row) => row.number === 22)?.got).toContain("no &#124; &#60;img");
  expect(rows.find((row) => row.number === 35)?.got).toContain("404 after 1 of 10 creations");
  expect(stdout).not.toMatch(/<img|\[link\]/);
  expect(await ownRefs(at)).toEqual([]);
  expect(code).toBe(1);
});

test.concurrent("stopped half-way, tidies up and says what is still open", async () => {
  const at = await place();
  let pid = 0;
  const stop = hub.onRequest((request, phase) => {
    const half = request.method === "PATCH" && request.path.includes("/p14");
    if (half && phase === "answered" && request.path.includes(`/${at.run.id}/`)) process.kill(pid, "SIGTERM");
  });
  const { code, rows } = await probe(at, "full", {}, (started) => {
    pid = started;
  });
  stop();
  expect(verdicts(rows).broke).toContain(56);
  expect(await ownRefs(at)).toEqual([]);
  expect(code).toBe(1);
});

test.concurrent("with a token that is over, fails", async () => {
  const { code, stderr } = await probe(await place(), "full", { expired: true });
  expect(stderr).toContain("401 Bad credentials");
  expect(code).toBe(1);
});

test("asks nothing that GitHub's own description does not have", () => {
  // The embedded server has only the routes that the action uses: the probe asks for some more.
  const missing = /: there is no such route$/;
  expect(hub.contractViolations.filter((violation) => !missing.test(violation))).toEqual([]);
});
