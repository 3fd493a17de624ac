/** `release`, `check` and `status`: what they say, what they leave, and of whom they will have none. */
import { describe, expect } from "vitest";
import { takeAway } from "./by-hand.ts";
import { test, WAYS } from "./scene.ts";

const LOG = "refs/locks/publish/log/1";

describe.concurrent("release", () => {
  test.for(WAYS)("before the job ends, and once more, updateRefs %s", async (way, { scene }) => {
    const job = await scene.job({ grants: { updateRefs: way } });
    await job.holds();
    const release = { operation: "release", reason: "all is out" };
    const first = await job.runs(release);
    expect(first, first.log).toMatchObject({ code: 0, outputs: { acquired: "false" } });
    expect(first.log).toContain('released "publish"');
    expect(Object.keys(await scene.refs())).toEqual([LOG]);
    expect(await scene.history()).toMatchObject([{ endedBy: { outcome: "released", reason: "all is out" } }]);
    const refs = await scene.refs();
    const second = await job.runs(release);
    expect(second, second.log).toMatchObject({ code: 0, outputs: { acquired: "false" } });
    const posts = await job.finish();
    expect(posts.map((post) => post.code)).toEqual([0, 0, 0]);
    expect(posts.at(-1)?.log).toMatch(/given back already/);
    expect(await scene.refs()).toEqual(refs);
  });

  test("another has it since: a second release, and post, leave it alone", async ({ scene }) => {
    const [job, other] = [await scene.job(), await scene.job()];
    await job.holds();
    await job.runs({ operation: "release" });
    await other.holds();
    const refs = await scene.refs();
    expect(await job.runs({ operation: "release" })).toMatchObject({ code: 0 });
    expect((await job.finish()).map((post) => post.code)).toEqual([0, 0, 0]);
    expect(await scene.refs()).toEqual(refs);
    await other.finish();
  });

  test("and acquired again in the same job: the last post gives back what is held", async ({ scene }) => {
    const job = await scene.job();
    await job.holds();
    await job.runs({ operation: "release" });
    expect((await job.holds()).outputs).toMatchObject({ "fencing-token": "2" });
    expect((await job.finish()).map((post) => post.code)).toEqual([0, 0, 0]);
    const released = { endedBy: { outcome: "released" } };
    expect(await scene.history()).toMatchObject([released, released]);
  });

  test("of a free lock: there is nothing to give back, and nothing is written", async ({ scene }) => {
    const job = await scene.job();
    const result = await job.runs({ operation: "release" });
    expect(result, result.log).toMatchObject({
      code: 0,
      log: expect.stringContaining("nothing to give back"),
    });
    expect(await scene.refs()).toEqual({});
  });

  const strangers = [
    ["another run's job", { runId: 990 }],
    ["another job of the run", { runId: 801, job: "test" }],
    ["another leg of the job's matrix", { runId: 801 }],
    ["a leg on another runner, where job ids are not told", { runId: 801, jobId: null, runnerName: "r-2" }],
    ["a later attempt of the run", { runId: 801, attempt: 2, runnerName: "runner-1" }],
  ] as const;
  test.for(strangers)("asked for by %s: refused, naming the holder", async ([, identity], { scene }) => {
    if ("attempt" in identity) scene.repository.runs.addRun({ id: 801 });
    if ("attempt" in identity) scene.repository.runs.rerun(801);
    const holder = await scene.job({ runId: 801, attempt: 1 });
    const other = await scene.job(identity);
    await holder.holds();
    const refs = await scene.refs();
    for (const operation of ["release", "check"]) {
      const result = await other.runs({ operation });
      expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
      expect(result.log).toContain(holder.url);
      expect(await scene.refs()).toEqual(refs);
    }
    expect(await holder.finish()).toMatchObject([{ code: 0 }]);
  });

  test("of a lock that was cleared meanwhile: refused, naming who and why", async ({ scene }) => {
    const job = await scene.job();
    await job.holds();
    await takeAway(scene.repository, { outcome: "cleared", reason: "it hung", thenHeld: true });
    const refs = await scene.refs();
    const result = await job.runs({ operation: "release" });
    expect(result, result.log).toMatchObject({ code: 1, log: expect.stringContaining("cleared by run 777") });
    expect(result.log).toContain("it hung");
    expect(await scene.refs()).toEqual(refs);
  });
});

describe.concurrent("check", () => {
  test.for(WAYS)("of a lock that is held renews it, updateRefs %s", async (way, { scene }) => {
    const job = await scene.job({ grants: { updateRefs: way } });
    const main = await job.holds();
    const sent = job.sent.length;
    const checks = [await job.runs({ operation: "check" }), await job.runs({ operation: "check" })];
    for (const check of checks) {
      expect(check, check.log).toMatchObject({
        code: 0,
        outputs: { acquired: "true", "fencing-token": "1", ref: "refs/locks/publish/holder/1" },
      });
    }
    const [hold] = await scene.history();
    expect(hold?.claims).toEqual([main.outputs.claim, ...checks.map((check) => check.outputs.claim)]);
    const content = job.sent
      .slice(sent)
      .filter(({ method, route }) => `${method} ${route}`.includes("git/commits"));
    expect(content.filter(({ method }) => method === "POST")).toHaveLength(2);
    const posts = await job.finish();
    expect(posts.map((post) => post.code)).toEqual([0, 0, 0]);
    expect(Object.keys(await scene.refs())).toEqual([LOG]);
  });

  test("of a lock that nobody ever held", async ({ scene }) => {
    const result = await (await scene.job()).runs({ operation: "check" });
    expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
    expect(result.log).toMatch(/does not hold.*"publish".*free/);
    expect(await scene.refs()).toEqual({});
  });

  test("after a release", async ({ scene }) => {
    const job = await scene.job();
    await job.holds();
    await job.runs({ operation: "release" });
    const result = await job.runs({ operation: "check" });
    expect(result, result.log).toMatchObject({ code: 1, log: expect.stringMatching(/gave .* back/) });
  });

  test("of a lock that was taken over", async ({ scene }) => {
    const job = await scene.job();
    await job.holds();
    await takeAway(scene.repository, {
      outcome: "taken-over",
      reason: "its job was completed",
      thenHeld: true,
    });
    const refs = await scene.refs();
    const result = await job.runs({ operation: "check" });
    expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
    expect(result.log).toMatch(/lost.*taken-over by run 777.*its job was completed/);
    expect(await scene.refs()).toEqual(refs);
  });

  test("of a hold past its max-hold, by the server's clock, and just within it", async ({ scene }) => {
    const job = await scene.job();
    await job.holds({ "max-hold": "1h30m" });
    const start = Date.now();
    scene.hub.now = () => new Date(Date.now() + 80 * 60_000);
    expect(await job.runs({ operation: "check" })).toMatchObject({ code: 0 });
    scene.hub.now = () => new Date(Date.now() + 91 * 60_000);
    const refs = await scene.refs();
    const result = await job.runs({ operation: "check" });
    expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
    expect(result.log).toMatch(/max-hold of 1h 30m/);
    expect(await scene.refs()).toEqual(refs);
    expect(Date.now() - start).toBeLessThan(60_000);
  });

  test("is not misled by the words of another lock's name", async ({ scene }) => {
    const job = await scene.job();
    await job.holds({ name: "nightly publish" });
    const result = await job.runs({ operation: "check" });
    expect(result, result.log).toMatchObject({ code: 1, log: expect.stringContaining("does not hold") });
    // At once: it is no stale read that has to be waited out.
    expect(result.durationMs).toBeLessThan(20_000);
  });
});

describe.concurrent("status", () => {
  test("of a lock that nobody ever held", async ({ scene }) => {
    const result = await (await scene.job()).runs({ operation: "status" });
    expect(result, result.log).toMatchObject({ code: 0, log: expect.stringContaining("free") });
    expect(result.outputs.acquired).toBe("false");
    const locks = [{ name: "publish", slots: 1, holders: [], waiters: [] }];
    expect(JSON.parse(result.outputs.holders ?? "")).toMatchObject({ locks });
    expect(await scene.refs()).toEqual({});
  });

  test("of a lock that is held, then renewed, then given back", async ({ scene }) => {
    const [job, other] = [await scene.job({ actor: "mona" }), await scene.job()];
    const { outputs } = await job.holds({ reason: "release 1.2" });
    const claimed = await scene.repository.commit(outputs.claim ?? "");
    const since = `${claimed?.committer.date.toISOString().slice(0, 19)}Z`;
    const holder = {
      claim: outputs.claim,
      ref: outputs.ref,
      run: job.runId,
      attempt: 1,
      job: "publish",
      url: job.url,
      who: "mona",
      reason: "release 1.2",
      since,
      alive: expect.stringMatching(/^(alive|dead|unknown)$/),
    };
    const held = await other.runs({ operation: "status" });
    expect(held.code).toBe(0);
    expect(JSON.parse(held.outputs.holders ?? "")).toMatchObject({
      locks: [{ name: "publish", slots: 1, holders: [holder], waiters: [] }],
    });
    expect(held.log).toContain(job.url);
    expect(held.log).toContain("release 1.2");

    const { outputs: renewed } = await job.runs({ operation: "check" });
    const { outputs: after } = await other.runs({ operation: "status" });
    expect(JSON.parse(after.holders ?? "").locks[0].holders).toMatchObject([
      { ...holder, claim: renewed.claim },
    ]);

    await job.finish();
    const { outputs: free } = await other.runs({ operation: "status" });
    expect(JSON.parse(free.holders ?? "").locks[0].holders).toEqual([]);
  });
});
