/** Where jobs do not know their own id, as on an Enterprise Server: the attempt's jobs on the runner stand for them. And what asking costs. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Run } from "../../src/lock/identity.ts";
import type { Subject } from "../../src/lock/ports.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import type { RequestRecord } from "../hub/exchange.ts";
import { type Client, type Ground, openGround } from "./ground.ts";

let ground: Ground;
/** The run whose job is asked after, and whoever asks. */
let run: Run;
let client: Client;
let lastRunId = 5000;

beforeAll(async () => {
  ground = await openGround();
});

beforeEach(async () => {
  client = await ground.client();
  const id = ++lastRunId;
  ground.repository.runs.addRun({ id });
  run = { ...client.run, id, jobId: null, runner: "r-1" };
});

afterAll(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

function judge(more: Partial<Run> = {}, subject: Partial<Subject> = {}): Promise<Verdict> {
  const who = { run: { ...run, ...more }, process: null };
  return client.ports.liveness.judge({
    kind: "claim",
    scope: "job",
    who,
    writtenAtMs: null,
    isThorough: true,
    ...subject,
  });
}

/** A job of the run, completed or in progress, on a runner. */
function job(runnerName: string | null, state: "completed" | "in_progress", name = "publish"): number {
  return ground.repository.runs.addJob(run.id, { runnerName, status: state, name }).id;
}

const settle = () => ground.time.advance(10_000);
const brief = ({ path, status, counted }: RequestRecord) =>
  `${path.replace(/^.*\/runs\/\d+/, "")} ${status}${counted ? "" : " free"}`;

describe("all jobs of the attempt on its runner", () => {
  test("are completed: dead, although others of the run go on", async () => {
    job("r-1", "completed");
    job("r-2", "in_progress");
    await settle();
    expect(await judge()).toMatchObject({ state: "dead", why: "its job on r-1 is completed (success)" });
  });

  test("are completed but for one: alive", async () => {
    job("r-1", "completed");
    job("r-1", "in_progress");
    job("r-1", "completed");
    await settle();
    expect(await judge()).toMatchObject({ state: "alive" });
  });

  test("are completed, one of them less than ten seconds ago: not yet", async () => {
    job("r-1", "completed");
    await settle();
    job("r-1", "completed");
    expect(await judge()).toMatchObject({ state: "alive" });
    await settle();
    expect(await judge()).toMatchObject({ state: "dead" });
  });

  test("are none: not known", async () => {
    await settle();
    expect(await judge()).toMatchObject({ state: "unknown", why: expect.stringContaining("r-1") });
    job("r-2", "completed");
    job(null, "completed");
    await settle();
    expect(await judge()).toMatchObject({ state: "unknown" });
  });

  test("are all earlier ones, which ended before the claim was written: not known", async () => {
    job("r-1", "completed");
    await settle();
    const writtenAtMs = ground.time.date().getTime();
    await settle();
    expect(await judge({}, { writtenAtMs })).toMatchObject({ state: "unknown" });
    job("r-1", "completed");
    await settle();
    expect(await judge({}, { writtenAtMs })).toMatchObject({ state: "dead" });
  });

  test("are told by the runner's whole name, and a job without one is asked about by no name", async () => {
    for (const name of ["r-10", "R-1", " r-1", "r-1 "]) job(name, "completed");
    job(null, "completed");
    await settle();
    expect(await judge()).toMatchObject({ state: "unknown" });
    expect(await judge({ runner: "" })).not.toMatchObject({ state: "dead" });
  });

  test("are not told by what they are called: legs of a matrix may have one name", async () => {
    job("r-2", "completed", "publish");
    job("r-3", "completed", "publish");
    job("r-1", "in_progress", "something else");
    await settle();
    expect(await judge()).toMatchObject({ state: "alive" });
    expect(await judge({ runner: "r-9" })).toMatchObject({ state: "unknown" });
  });

  test.each([100, 101, 250])("are looked for on every page: the last of %i still runs", async (count) => {
    job("r-1", "completed");
    for (let other = 2; other < count; other++) job(`r-${other}`, "completed");
    const last = job("r-1", "in_progress");
    await settle();
    expect(await judge()).toMatchObject({ state: "alive" });
    ground.repository.runs.completeJob(last);
    await settle();
    expect(await judge()).toMatchObject({ state: "dead" });
  });

  test("count within its attempt alone", async () => {
    const { runs } = ground.repository;
    job("r-1", "completed");
    runs.completeRun(run.id);
    const attempt = runs.rerun(run.id);
    job("r-1", "in_progress");
    await settle();
    expect(await judge({ attempt })).toMatchObject({ state: "alive" });
    expect(await judge({ attempt: 1 })).toMatchObject({ state: "dead" });
  });
});

describe("the attempt itself", () => {
  test("is over, whatever is said of its jobs: dead, after ten seconds", async () => {
    job("r-1", "in_progress");
    ground.repository.runs.completeRun(run.id, "cancelled");
    expect(await judge()).toMatchObject({ state: "alive" });
    await settle();
    expect(await judge()).toMatchObject({ state: "dead", why: "its run is completed (cancelled)" });
  });

  test("was followed by another: dead, by one request", async () => {
    job("r-1", "completed");
    ground.repository.runs.completeRun(run.id);
    await settle();
    ground.repository.runs.rerun(run.id);
    const before = client.sent.length;
    expect(await judge()).toMatchObject({ state: "dead", why: expect.stringContaining("attempt 2") });
    expect(client.sent.slice(before).map(brief)).toEqual([" 200"]);
  });
});

describe("asking again", () => {
  test("is conditional, and costs nothing while all stays as it is", async () => {
    for (let other = 0; other < 150; other++) job(`r-${other}`, "in_progress");
    await judge();
    const first = client.sent.map(brief);
    expect(first).toEqual([
      " 200",
      "/attempts/1/jobs?per_page=100&page=1 200",
      "/attempts/1/jobs?per_page=100&page=2 200",
    ]);
    await judge();
    expect(client.sent.slice(3).map(brief)).toEqual(first.map((line) => line.replace("200", "304 free")));
  });

  test("about another waiter of the attempt is free, too: one listing tells of all", async () => {
    for (let other = 0; other < 5; other++) job(`r-${other}`, "in_progress");
    for (let other = 0; other < 5; other++) await judge({ runner: `r-${other}` }, { kind: "ticket" });
    expect(client.sent.filter(({ counted }) => counted)).toHaveLength(2);
  });

  test("about a job with its own id is free, too, and may tell that the ten seconds are over", async () => {
    const jobId = job("r-1", "completed");
    expect(await judge({ jobId })).toMatchObject({ state: "alive" });
    const before = client.sent.length;
    await settle();
    expect(await judge({ jobId }, { isThorough: false })).toMatchObject({ state: "dead" });
    expect(client.sent.slice(before).map(({ status, counted }) => `${status} ${counted}`)).toEqual([
      "304 false",
    ]);
  });
});
