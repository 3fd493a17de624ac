/** A hold for the whole run: taken in one job, relied on in another, given back by a third, or dead with the attempt. */
import { describe, expect } from "vitest";
import { takeAway } from "./by-hand.ts";
import { type Scene, type SceneJob, test, WAYS } from "./scene.ts";

const RUN = 880;
const scope = { scope: "run" };
const release = { operation: "release" };

const codes = (results: readonly { readonly code: number | null }[]) => results.map(({ code }) => code);

async function isHeld(scene: Scene): Promise<boolean> {
  return (await scene.history()).at(-1)?.endedAt === null;
}

/** The server's clock goes on by so much. */
function pass(scene: Scene, ms: number): void {
  const before = scene.hub.now;
  scene.hub.now = () => new Date(before().getTime() + ms);
}

const job = (scene: Scene, options: Parameters<Scene["job"]>[0] = {}) =>
  scene.job({ runId: RUN, ...options });

/** Job A takes it, and is over. */
async function taken(scene: Scene, updateRefs: (typeof WAYS)[number] = "works"): Promise<SceneJob> {
  const taker = await job(scene, { job: "a", grants: { updateRefs } });
  expect((await taker.holds(scope)).outputs).toMatchObject({ reentered: "false", "fencing-token": "1" });
  const sent = taker.sent.length;
  expect(codes(await taker.finish())).toEqual([0]);
  expect(taker.sent).toHaveLength(sent);
  scene.repository.runs.completeJob(9001);
  return taker;
}

describe.concurrent.each(WAYS)("updateRefs %s", (updateRefs) => {
  const grants = { updateRefs };

  test("taken in A, entered in B, which does not give it back, given back by `release` in C", async ({
    scene,
  }) => {
    await taken(scene, updateRefs);
    const second = await job(scene, { job: "b", grants });
    const entered = await second.holds();
    expect(entered.outputs).toMatchObject({ reentered: "true", "fencing-token": "1" });
    expect(await second.runs({ operation: "check" })).toMatchObject({ code: 0 });
    const posts = await second.finish();
    expect(codes(posts)).toEqual([0, 0]);
    expect(posts.map(({ log }) => log).join()).not.toContain("released");
    expect(await isHeld(scene)).toBe(true);
    const third = await job(scene, { job: "c", grants });
    const released = await third.runs(release);
    expect(released, released.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
    expect(await isHeld(scene)).toBe(false);
    expect(Object.keys(await scene.refs())).toEqual(["refs/locks/publish/log/1"]);
    // Once more, and in a job that relied on it: harmless.
    expect(await third.runs(release)).toMatchObject({ code: 0 });
    expect(codes(await third.finish())).toEqual([0, 0]);
  });

  test("attempt 2 never enters what attempt 1 holds, and takes it over", async ({ scene }) => {
    const taker = await taken(scene, updateRefs);
    scene.repository.runs.completeRun(RUN, "failure");
    pass(scene, 15_000);
    scene.repository.runs.rerun(RUN);
    const again = await job(scene, { job: "b", attempt: 2, grants });
    for (const operation of ["check", "release"]) {
      const refused = await again.runs({ operation });
      expect(refused, refused.log).toMatchObject({ code: 1, log: expect.stringContaining(taker.url) });
    }
    const { outputs, log } = await again.holds(scope);
    expect(outputs).toMatchObject({ reentered: "false", "fencing-token": "2" });
    expect(log).toMatch(/took over "publish" from run 880, attempt 1, job a/);
    expect(await scene.history()).toMatchObject([{ endedBy: { outcome: "taken-over" } }, { endedBy: null }]);
    const other = await job(scene, { job: "c", attempt: 2, grants });
    expect((await other.holds()).outputs).toMatchObject({ reentered: "true", "fencing-token": "2" });
    expect(codes(await other.finish())).toEqual([0]);
    expect((await again.runs(release)).code).toBe(0);
  });
});

describe.concurrent("a hold for the whole run", () => {
  test("B enters and releases: that only counts down, and C still gives it back", async ({ scene }) => {
    await taken(scene);
    const second = await job(scene, { job: "b" });
    await second.holds(scope);
    const counted = await second.runs(release);
    expect(counted, counted.log).toMatchObject({ code: 0, log: expect.stringContaining("stays held") });
    expect(codes(await second.finish())).toEqual([0, 0]);
    expect(await isHeld(scene)).toBe(true);
    const third = await job(scene, { job: "c" });
    expect(await third.runs(release)).toMatchObject({ code: 0 });
    expect(await isHeld(scene)).toBe(false);
  });

  test("given back in C while B still relies on it: the run itself did that, and B's post is content", async ({
    scene,
  }) => {
    await taken(scene);
    const [second, third] = [await job(scene, { job: "b" }), await job(scene, { job: "c" })];
    await second.holds();
    await third.runs(release);
    const [post] = await second.finish();
    expect(post, post?.log).toMatchObject({ code: 0, log: expect.stringContaining("given back already") });
  });

  test("lost while B relies on it: B's post fails, naming who", async ({ scene }) => {
    await taken(scene);
    const second = await job(scene, { job: "b" });
    await second.holds();
    await takeAway(scene.repository, { outcome: "cleared", reason: "it hung", thenHeld: true });
    const [post] = await second.finish();
    expect(post, post?.log).toMatchObject({ code: 1, log: expect.stringMatching(/lost.*run 777.*it hung/) });
    const third = await job(scene, { job: "c" });
    expect(await third.runs(release)).toMatchObject({ code: 1, log: expect.stringContaining("run 777") });
  });

  test("alive while its attempt runs, though its job is long over; dead with the attempt", async ({
    scene,
  }) => {
    const taker = await taken(scene);
    pass(scene, 3_600_000);
    const rival = await scene.job();
    const refused = await rival.runs();
    expect(refused, refused.log).toMatchObject({ code: 1, log: expect.stringContaining(taker.url) });
    const status = await rival.runs({ operation: "status" });
    expect(JSON.parse(status.outputs.holders ?? "").locks[0].holders).toMatchObject([
      { run: RUN, alive: "alive" },
    ]);
    scene.repository.runs.completeRun(RUN);
    expect(await rival.runs()).toMatchObject({ code: 1 });
    pass(scene, 15_000);
    const taken2 = await rival.holds();
    expect(taken2.outputs).toMatchObject({ reentered: "false", "fencing-token": "2" });
    expect(taken2.log).toMatch(/took over "publish" from run 880, attempt 1, job a/);
    await rival.finish();
  });

  test("attempt 2 asks while attempt 1 cannot be judged: it waits as anybody", async ({ scene }) => {
    const taker = await taken(scene);
    pass(scene, 15_000);
    scene.repository.runs.rerun(RUN);
    const again = await job(scene, { job: "b", attempt: 2, grants: { actions: "none" } });
    const refused = await again.runs();
    expect(refused, refused.log).toMatchObject({ code: 1, outputs: { reentered: "false" } });
    expect(refused.log).toContain(taker.url);
    expect(refused.log).toContain("actions: read");
    expect(await isHeld(scene)).toBe(true);
  });
});

test.concurrent("killed when it has just got it: post gives it back, since no other job was told of it", async ({
  scene,
}) => {
  const taker = await scene.job({ runId: RUN, job: "a" });
  const step = taker.uses(scope);
  const main = step.main();
  scene.hub.onRequest(({ graphql, tokenName }, phase) => {
    const isTake = graphql?.operation === "updateRefs" && tokenName === taker.sent[0]?.tokenName;
    if (isTake && phase === "handled") main.kill("SIGKILL");
  });
  await main.result;
  const post = await step.post();
  expect(post, post.log).toMatchObject({ code: 0 });
  expect(await scene.history()).toMatchObject([{ endedBy: { outcome: "released" } }]);
});
