/** A holder whose machine is gone: exactly the next one takes over from it, says so, and nothing of the dead one touches its hold. */
import { describe, expect } from "vitest";
import { bury, complete, dieHolding, runFast, skip } from "./gone.ts";
import { type Scene, type SceneJob, test, WAYS } from "./scene.ts";

const LOG = "refs/locks/publish/log/1";
const HOLDER = "refs/locks/publish/holder/1";

const pairs = WAYS.flatMap((dead) => WAYS.map((next) => [dead, next] as const));

/** What nobody who comes now is given. */
async function expectHeld(scene: Scene, job: SceneJob, ...said: readonly (string | RegExp)[]): Promise<void> {
  const refs = await scene.refs();
  const result = await job.runs();
  expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
  for (const part of said) expect(result.log).toMatch(part);
  expect(await scene.refs()).toEqual(refs);
}

describe.concurrent("a holder killed with -9, whose job is completed", () => {
  test.for(pairs)(
    "with updateRefs that %s, found by one with updateRefs that %s: a caller with `wait: 0` takes it at once",
    async ([dead, next], { scene }) => {
      const holder = await scene.job({ grants: { updateRefs: dead } });
      const step = holder.uses();
      await dieHolding(scene, holder, step);
      // Its run goes on: another job of it still works.
      scene.repository.runs.addJob(holder.runId, { name: "test" });
      const job = await scene.job({ grants: { updateRefs: next } });
      await expectHeld(scene, job, holder.url);
      complete(scene, holder);
      skip(scene, 5);
      await expectHeld(scene, await scene.job({ grants: { updateRefs: next } }), holder.url);
      skip(scene, 6);

      const main = await job.holds();
      expect(main.outputs).toMatchObject({ "fencing-token": "2", reentered: "false" });
      expect(main.log).toContain(
        `took over "publish" from run ${holder.runId}, attempt 1, job publish: its job is completed (cancelled)`,
      );
      const marker = next === "works" ? main.outputs.claim : expect.any(String);
      expect(await scene.refs()).toEqual({ [LOG]: main.outputs.claim, [HOLDER]: marker });
      expect(await scene.history()).toMatchObject([
        { endedBy: { outcome: "taken-over", reason: "its job is completed (cancelled)" } },
        { sequence: 2, endedBy: null },
      ]);
      const entry = await scene.repository.commit((await scene.history())[0]?.endedBy?.oid ?? "");
      expect(entry?.message).toContain(`"id": ${job.runId}`);

      // Its post never knew that the claim had landed: there is nothing to lose, and nothing to give back.
      const refs = await scene.refs();
      expect(await step.post()).toMatchObject({ code: 0 });
      expect(await scene.refs()).toEqual(refs);
      expect((await job.finish()).map(({ code }) => code)).toEqual([0, 0]);
      expect((await scene.history()).map(({ endedBy }) => endedBy?.outcome)).toEqual([
        "taken-over",
        "released",
      ]);
    },
  );

  test("the first in line takes over at its next look, and those behind it stay behind it", async ({
    scene,
  }) => {
    runFast(scene);
    const holder = await scene.job();
    await dieHolding(scene, holder);
    const [first, second] = [await scene.job({ fastClock: true }), await scene.job({ fastClock: true })];
    const main = first.uses({ wait: "30m" }).main();
    await main.line(/first in line for "publish", held by run 801/);
    const behind = second.uses({ wait: "30m" }).main();
    await behind.line(/second in line/);
    complete(scene, holder);
    const looks = () => first.sent.filter(({ route }) => route.includes("/actions/jobs/")).length;
    const before = looks();
    const result = await main.result;
    expect(result, result.log).toMatchObject({
      code: 0,
      outputs: { acquired: "true", "fencing-token": "2" },
    });
    expect(result.log).toMatch(/took over "publish" from run 801/);
    expect(looks() - before).toBeLessThanOrEqual(2);
    await behind.line(/first in line/);
    await expectHeld(scene, await scene.job(), first.url, /1 more waits/);
    await first.finish();
    const next = await behind.result;
    expect(next, next.log).toMatchObject({ code: 0, outputs: { "fencing-token": "3" } });
    expect(next.log).not.toContain("took over");
  });

  test("its late post says who has the lock now and why, and leaves it alone", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds();
    bury(scene, holder);
    const next = await scene.job();
    await next.holds({ reason: "hotfix" });
    const refs = await scene.refs();
    const [post] = await holder.finish();
    expect(post, post?.log).toMatchObject({ code: 1 });
    expect(post?.log).toMatch(/^##\[error\].*lost/);
    for (const part of ["taken-over by run 802", next.url, "its job is completed"])
      expect(post?.log).toContain(part);
    expect(await scene.refs()).toEqual(refs);
    const check = await next.runs({ operation: "check" });
    expect(check, check.log).toMatchObject({ code: 0 });
  });
});

describe.concurrent("a holder whose job can't be read is never taken over", () => {
  const reasons: readonly (readonly [
    string,
    RegExp,
    { grants?: { actions: "none" }; spoil?: (scene: Scene, holder: SceneJob) => unknown },
  ])[] = [
    ["a token without the permission", /actions: read/, { grants: { actions: "none" } }],
    [
      "a run that was deleted",
      /actions: read/,
      { spoil: ({ repository }, { runId }) => repository.runs.removeRun(runId) },
    ],
    [
      "a server that does not answer",
      /did not answer/,
      {
        spoil: ({ hub }) =>
          hub.faults.add({ kind: "drop-before", match: { route: "actions/jobs/{job_id}" }, times: 1000 }),
      },
    ],
    [
      "a server in trouble",
      /502/,
      {
        spoil: ({ hub }) =>
          hub.faults.add({ kind: "5xx-before", match: { route: "actions/jobs/{job_id}" }, times: 1000 }),
      },
    ],
  ];
  test.for(reasons)("%s", async ([, why, { grants = {}, spoil }], { scene }) => {
    const holder = await scene.job();
    await holder.holds();
    bury(scene, holder);
    spoil?.(scene, holder);
    await expectHeld(scene, await scene.job({ grants }), holder.url, /not known/, why);
    // Nor by who waits, and looks again and again.
    const waiter = await scene.job({ grants, fastClock: true });
    const before = (await scene.refs())[LOG];
    const result = await waiter.runs({ wait: "20s" });
    expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
    expect(result.log.split("\n").at(-1)).toMatch(why);
    expect((await scene.refs())[LOG]).toBe(before);
  });
});

describe.concurrent("a run that was started again", () => {
  const ids = [9801, null] as const;
  test.for(ids)("attempt 2 takes over from attempt 1, job id %s", async (jobId, { scene }) => {
    const { runs } = scene.repository;
    const identity = { runId: 801, runnerName: "runner-1" };
    const first = await scene.job({ ...identity, jobId: jobId === null ? null : 9001 });
    await dieHolding(scene, first);
    complete(scene, first);
    runs.completeRun(801, "cancelled");
    skip(scene, 60);
    expect(runs.rerun(801)).toBe(2);
    const second = await scene.job({ ...identity, attempt: 2, jobId });
    // It is not its own: neither to be given back, nor to be checked, nor to be entered again.
    for (const operation of ["release", "check"]) {
      const result = await second.runs({ operation });
      expect(result, result.log).toMatchObject({ code: 1 });
      expect(result.log).toContain(first.url);
    }
    const main = await second.holds();
    expect(main.outputs).toMatchObject({ reentered: "false", "fencing-token": "2" });
    expect(main.log).toContain('took over "publish" from run 801, attempt 1, job publish');
    expect(await scene.history()).toMatchObject([{ endedBy: { outcome: "taken-over" } }, { endedBy: null }]);
    // Nor is the new one's the old one's.
    const [post] = await first.finish();
    expect(post).toMatchObject({ code: 0 });
    expect((await scene.history()).at(-1)?.endedBy).toBeNull();
  });

  test("attempt 1, back from the dead, does not take attempt 2's claim for its own", async ({ scene }) => {
    const { runs } = scene.repository;
    const identity = { runId: 801, runnerName: "runner-1", jobId: null };
    const first = await scene.job(identity);
    runs.completeRun(801, "cancelled");
    runs.rerun(801);
    const second = await scene.job({ ...identity, attempt: 2 });
    await second.holds();
    for (const operation of ["release", "check"]) {
      const result = await first.runs({ operation });
      expect(result, result.log).toMatchObject({ code: 1 });
      expect(result.log).toContain(second.url);
    }
    await expectHeld(scene, first, second.url);
  });
});

test.concurrent("without job ids it is the runner that tells, on whichever page its job is listed", async ({
  scene,
}) => {
  const { runs } = scene.repository;
  const holder = await scene.job({ jobId: null, runnerName: "runner-x" });
  await holder.holds();
  // The job as the API lists it comes after a hundred others of the same display name, all of them completed.
  runs.removeRun(holder.runId);
  runs.addRun({ id: holder.runId });
  for (let other = 0; other < 110; other++)
    runs.addJob(holder.runId, { name: "publish", runnerName: `runner-${other}`, status: "completed" });
  const last = runs.addJob(holder.runId, { name: "publish", runnerName: "runner-x" });
  skip(scene, 60);
  const job = await scene.job({ jobId: null });
  await expectHeld(scene, job, holder.url);
  runs.completeJob(last.id);
  skip(scene, 11);
  const main = await job.holds();
  expect(main.log).toContain("took over");
});
