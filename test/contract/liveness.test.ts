/** Whether a job is gone, by what GitHub tells of it: what makes it dead, what does not, and what can't be known. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Run } from "../../src/lock/identity.ts";
import type { Subject } from "../../src/lock/ports.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import type { Fault } from "../hub/faults.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type Ground, openGround } from "./ground.ts";

const HOUR_MS = 3_600_000;

let ground: Ground;

beforeAll(async () => {
  ground = await openGround();
});

afterEach(() => {
  ground.hub.faults.clear();
});

afterAll(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

/** What a client learns of another job. Where it asks again, it is the same client. */
function judgeBy(client: Client, run: Run, more: Partial<Subject> = {}): Promise<Verdict> {
  const who = { run, process: null };
  return client.ports.liveness.judge({
    kind: "claim",
    scope: "job",
    who,
    writtenAtMs: null,
    isThorough: true,
    ...more,
  });
}

async function judge(run: Run, more: Partial<Subject> = {}): Promise<Verdict> {
  return judgeBy(await ground.client(), run, more);
}

const runs = () => ground.repository.runs;
const now = () => ground.time.date().getTime();
const secondsAgo = (seconds: number) => new Date(now() - seconds * 1000);

describe("by its own id, a job", () => {
  test.each(["queued", "waiting", "pending", "requested", "in_progress"] as const)(
    "that is %s is alive",
    async (status) => {
      const { run } = await ground.client();
      Object.assign(runs().job(run.jobId ?? 0) ?? {}, { status });
      expect(await judge(run)).toEqual({ state: "alive", why: `its job is ${status}`, sinceMs: null });
    },
  );

  test.each(["success", "failure", "cancelled", "timed_out"] as const)(
    "that is completed (%s) is dead, although its run goes on",
    async (conclusion) => {
      const { run } = await ground.client();
      runs().addJob(run.id, { name: "another" });
      runs().completeJob(run.jobId ?? 0, conclusion, secondsAgo(60));
      expect(runs().attempt(run.id)?.status).toBe("in_progress");
      expect(await judge(run)).toEqual({
        state: "dead",
        why: `its job is completed (${conclusion})`,
        sinceMs: now() - 60_000,
      });
    },
  );

  test("is not dead within ten seconds of its end, and then it is", async () => {
    const { run } = await ground.client();
    const client = await ground.client();
    runs().completeJob(run.jobId ?? 0);
    for (const [afterMs, state] of [
      [0, "alive"],
      [9000, "alive"],
      [999, "alive"],
      [1, "dead"],
    ] as const) {
      await ground.time.advance(afterMs);
      expect(await judgeBy(client, run)).toMatchObject({ state });
    }
  });

  test.each([-HOUR_MS, HOUR_MS])(
    "is judged by the server's dates, whatever this machine's clock says (%i ms off)",
    async (offMs) => {
      const [fresh, old] = [(await ground.client()).run, (await ground.client()).run];
      runs().completeJob(fresh.jobId ?? 0, "success", secondsAgo(5));
      runs().completeJob(old.jobId ?? 0, "success", secondsAgo(15));
      vi.useFakeTimers({ toFake: ["Date"], now: now() + offMs });
      try {
        expect(await judge(fresh)).toMatchObject({ state: "alive" });
        expect(await judge(old)).toMatchObject({ state: "dead" });
      } finally {
        vi.useRealTimers();
      }
    },
  );

  test("that ended before the claim was written did not write it", async () => {
    const { run } = await ground.client();
    runs().completeJob(run.jobId ?? 0, "success", secondsAgo(60));
    const verdicts = [-61, -60, -30].map((seconds) => judge(run, { writtenAtMs: now() + seconds * 1000 }));
    expect((await Promise.all(verdicts)).map(({ state }) => state)).toEqual(["dead", "dead", "unknown"]);
  });

  test("that another run has is not this one's", async () => {
    const [{ run }, other] = [await ground.client(), await ground.client()];
    other.complete();
    await ground.time.advance(HOUR_MS);
    expect(await judge({ ...run, jobId: other.run.jobId })).toMatchObject({ state: "unknown" });
  });

  test("is dead where its attempt is over, or a later one has begun, even if it was never called completed", async () => {
    const [{ run: over }, { run: again }] = [await ground.client(), await ground.client()];
    runs().completeRun(over.id, "cancelled");
    runs().completeRun(again.id, "cancelled");
    runs().rerun(again.id);
    await ground.time.advance(60_000);
    expect(await judge(over)).toMatchObject({ state: "dead" });
    expect(await judge(again)).toMatchObject({ state: "dead", why: expect.stringContaining("attempt 2") });
  });

  test("of attempt 2 is alive while it runs, whatever became of attempt 1", async () => {
    const { run } = await ground.client();
    runs().completeJob(run.jobId ?? 0);
    runs().completeRun(run.id);
    const attempt = runs().rerun(run.id);
    const { run: second } = await ground.client({ run: { id: run.id, attempt } });
    await ground.time.advance(60_000);
    expect(await judge(second)).toMatchObject({ state: "alive" });
    expect(await judge(run)).toMatchObject({ state: "dead" });
  });
});

describe("scope `run`", () => {
  test("a claim lives as long as the attempt, a ticket as long as the job", async () => {
    const { run } = await ground.client();
    runs().completeJob(run.jobId ?? 0, "success", secondsAgo(60));
    expect(await judge(run, { scope: "run" })).toMatchObject({ state: "alive" });
    expect(await judge(run, { scope: "run", kind: "ticket" })).toMatchObject({ state: "dead" });
    runs().completeRun(run.id);
    expect(await judge(run, { scope: "run" })).toMatchObject({ state: "alive" });
    await ground.time.advance(10_000);
    expect(await judge(run, { scope: "run" })).toMatchObject({ state: "dead" });
  });

  test("a later attempt has the same id, and is no sign of life", async () => {
    const { run } = await ground.client();
    runs().completeRun(run.id);
    const attempt = runs().rerun(run.id);
    expect(await judge(run, { scope: "run" })).toMatchObject({
      state: "dead",
      why: expect.stringContaining("attempt 2"),
    });
    expect(await judge({ ...run, attempt }, { scope: "run" })).toMatchObject({ state: "alive" });
  });
});

describe("what can't be read is not dead, and says why", () => {
  /** A job that everybody who may look finds dead. */
  async function deadJob(): Promise<Run> {
    const client = await ground.client();
    client.complete();
    runs().completeRun(client.run.id);
    await ground.time.advance(60_000);
    return client.run;
  }

  const subjects = [{}, { scope: "run" }, { jobId: null }] as const;

  test.each(subjects)(
    "a token without `actions: read` names it %o",
    async ({ jobId, ...more }: { jobId?: null; scope?: "run" }) => {
      const run = { ...(await deadJob()), ...(jobId === null ? { jobId } : {}) };
      const blind = await ground.client({ grants: { actions: "none" } });
      const verdict = await judgeBy(blind, run, more);
      expect(verdict).toMatchObject({ state: "unknown", why: expect.stringContaining("actions: read") });
      expect(await judge(run, more)).toMatchObject({ state: "dead" });
    },
  );

  test.each(subjects)(
    "a run that is not there, or not for this token, names the permission too %o",
    async ({ jobId, ...more }: { jobId?: null; scope?: "run" }) => {
      const run = { ...(await deadJob()), ...(jobId === null ? { jobId } : {}) };
      runs().removeRun(run.id);
      const verdict = await judge(run, more);
      expect(verdict).toMatchObject({ state: "unknown", why: expect.stringContaining("actions: read") });
    },
  );

  test("a run of another repository, which this token may not see", async () => {
    const other = await ground.hub.addRepository(`octo/other-${now()}`);
    other.runs.addRun({ id: 77 });
    other.runs.addJob(77, { id: 771, status: "completed" });
    await ground.time.advance(60_000);
    const run = { ...(await ground.client()).run, repository: other.fullName, id: 77, jobId: 771 };
    const blind = await ground.client({ grants: { repositories: [ground.repository.fullName] } });
    expect(await judgeBy(blind, run)).toMatchObject({
      state: "unknown",
      why: expect.stringContaining(other.fullName),
    });
    expect(await judge(run)).toMatchObject({ state: "dead" });
  });

  const troubles: readonly (readonly [string, Fault, RegExp])[] = [
    ["the connection is cut", { kind: "drop-before" }, /did not answer/],
    ["the answer is lost", { kind: "drop-after" }, /did not answer/],
    ["the server is in trouble", { kind: "5xx-before", status: 503 }, /503/],
    ["the route is refused", { kind: "refuse", status: 451, message: "Repository unavailable" }, /451/],
    ["the job is gone", { kind: "refuse", status: 410, message: "Gone" }, /410/],
  ];
  test.each(troubles)("%s", async (_, fault, why) => {
    const run = await deadJob();
    ground.hub.faults.add({ ...fault, match: { route: "actions/jobs/{job_id}" } });
    const client = await ground.client();
    expect(await judgeBy(client, run)).toMatchObject({ state: "unknown", why: expect.stringMatching(why) });
    expect(await judgeBy(client, run)).toMatchObject({ state: "dead" });
  });

  test.each(["primary-limit", "secondary-limit"] as const)("a %s is told to whoever waits", async (kind) => {
    const run = await deadJob();
    ground.hub.faults.add({ kind, match: { route: "actions/jobs/{job_id}" } });
    expect(await rejectionOf(judge(run))).toMatchObject({
      kind: "throttled",
      retryAfterMs: expect.any(Number),
    });
  });

  test("an expired token", async () => {
    const run = await deadJob();
    const client = await ground.client({ grants: { expired: true } });
    expect(await judgeBy(client, run)).toMatchObject({
      state: "unknown",
      why: expect.stringContaining("expired"),
    });
  });

  test("a process, and a record that names no repository, are not asked about", async () => {
    const client = await ground.client();
    const { run } = client;
    const process = {
      ...{ user: "ada", host: "workbench", bootId: null, pidNamespace: null },
      ...{ pid: null, startedAt: null },
    };
    const subject = { kind: "claim", scope: "job", writtenAtMs: null, isThorough: true } as const;
    expect(await client.ports.liveness.judge({ ...subject, who: { run: null, process } })).toMatchObject({
      state: "unknown",
    });
    for (const repository of ["", "octo", "octo/app/../..", "https://evil.example/octo/app", "octo/app?x"])
      expect(await judgeBy(client, { ...run, repository }), repository).toMatchObject({ state: "unknown" });
    expect(client.sent).toEqual([]);
  });

  test.each(["octo/..", "../app", "./."])(
    "a record whose repository is the path %s leads to no other route",
    async (repository) => {
      await using own = await openGround();
      const client = await own.client();
      expect(await judgeBy(client, { ...client.run, repository })).toMatchObject({ state: "unknown" });
      expect(client.sent).toEqual([]);
    },
  );
});
