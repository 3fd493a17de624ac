/** A job that takes a lock which it holds, by several steps, a child of its own, or without an id: one hold, given back once, by whoever took it. */
import { describe, expect } from "vitest";
import { takeAway } from "./by-hand.ts";
import { type Scene, type SceneJob, test, WAYS } from "./scene.ts";

const LOG = "refs/locks/publish/log/1";
const release = { operation: "release" };
const check = { operation: "check" };

const codes = (results: readonly { readonly code: number | null }[]) => results.map(({ code }) => code);

async function isHeld(scene: Scene): Promise<boolean> {
  return (await scene.history()).at(-1)?.endedAt === null;
}

describe.concurrent.each(WAYS)("updateRefs %s", (updateRefs) => {
  const job = (scene: Scene, options: Parameters<Scene["job"]>[0] = {}) =>
    scene.job({ grants: { updateRefs }, ...options });

  test("twice in a job: the second enters, asserted by a renewal; its post asserts, the first's gives back", async ({
    scene,
  }) => {
    const one = await job(scene);
    const outer = await one.holds();
    const inner = await one.holds({ wait: "1h" });
    expect(inner.outputs).toMatchObject({
      ...{
        acquired: "true",
        reentered: "true",
        "fencing-token": "1",
        "waited-seconds": expect.stringMatching(/^\d$/),
      },
      ...{ ref: outer.outputs.ref, claim: outer.outputs.claim },
    });
    expect(inner.env).toMatchObject({ REFLOCK_NAME: "publish", REFLOCK_CLAIM: outer.env.REFLOCK_CLAIM });
    const [hold] = await scene.history();
    expect(hold?.claims).toHaveLength(2);
    const [innerPost, outerPost] = await one.finish();
    expect(innerPost, innerPost?.log).toMatchObject({ code: 0 });
    expect(innerPost?.log).not.toContain("released");
    expect(outerPost, outerPost?.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
    expect(await scene.history()).toMatchObject([{ endedBy: { outcome: "released" } }]);
    expect(Object.keys(await scene.refs())).toEqual([LOG]);
  });

  test("a release inside only counts down, once for each time that it was entered", async ({ scene }) => {
    const one = await job(scene);
    await one.holds();
    await one.holds();
    await one.holds();
    for (const inner of [1, 2]) {
      const counted = await one.runs(release);
      expect(counted, counted.log).toMatchObject({ code: 0, log: expect.stringContaining("stays held") });
      expect(await isHeld(scene), `inner release ${inner}`).toBe(true);
      expect(await one.runs(check)).toMatchObject({ code: 0 });
    }
    const last = await one.runs(release);
    expect(last, last.log).toMatchObject({ code: 0, log: expect.stringContaining('released "publish"') });
    expect(await isHeld(scene)).toBe(false);
    expect(one.env).toMatchObject({ REFLOCK_NAME: "", REFLOCK_CLAIM: "", REFLOCK_TOKEN: "" });
    // All posts, the inner ones' too, find that the job itself has given it back.
    expect(new Set(codes(await one.finish()))).toEqual(new Set([0]));
  });
});

describe.concurrent("a hold that was entered", () => {
  const job = (scene: Scene, options: Parameters<Scene["job"]>[0] = {}) => scene.job(options);

  test("lost in between: the inner post fails, and the outer, naming who and why", async ({ scene }) => {
    const one = await job(scene);
    await one.holds();
    await one.holds();
    await takeAway(scene.repository, { outcome: "cleared", reason: "it hung", thenHeld: true });
    const refs = await scene.refs();
    const inner = await one.runs(release);
    expect(inner, inner.log).toMatchObject({ code: 1, log: expect.stringMatching(/lost.*run 777.*it hung/) });
    const [, innerPost, outerPost] = await one.finish();
    for (const post of [innerPost, outerPost]) {
      expect(post, post?.log).toMatchObject({ code: 1 });
      expect(post?.log).toMatch(/lost.*cleared by run 777.*it hung/);
    }
    expect(await scene.refs()).toEqual(refs);
  });

  test("given back, and held by another since: not entered; free: taken anew, with another nonce", async ({
    scene,
  }) => {
    const [one, other] = [await job(scene), await job(scene)];
    const first = await one.holds();
    await one.runs(release);
    await other.holds();
    // What was given back is handed on all the same, as to a process that was started before.
    const handed = { REFLOCK_CLAIM: first.env.REFLOCK_CLAIM ?? "" };
    const refused = await one.uses({}, handed).runMain();
    expect(refused, refused.log).toMatchObject({
      code: 1,
      outputs: { acquired: "false", reentered: "false" },
    });
    expect(refused.log).toContain(other.url);
    await other.finish();
    const again = await one.uses({}, handed).runMain();
    expect(again, again.log).toMatchObject({
      code: 0,
      outputs: { reentered: "false", "fencing-token": "3" },
    });
    expect(again.env.REFLOCK_CLAIM).not.toContain(first.env.REFLOCK_CLAIM);
    expect(new Set(codes(await one.finish()))).toEqual(new Set([0]));
    expect(await scene.history()).toMatchObject(Array(3).fill({ endedBy: { outcome: "released" } }));
  });

  test("where job ids are not told: later steps enter by what was handed on, another leg never", async ({
    scene,
  }) => {
    const leg = { runId: 880, job: "publish", jobId: null, runnerName: "pool-1" };
    const [one, other] = [await job(scene, leg), await job(scene, leg)];
    await one.holds();
    const refused = await other.runs();
    expect(refused, refused.log).toMatchObject({ code: 1, outputs: { reentered: "false" } });
    for (const operation of [release, check]) {
      const stranger = await other.runs(operation);
      expect(stranger, stranger.log).toMatchObject({ code: 1, log: expect.stringContaining("run 880") });
    }
    expect((await one.holds()).outputs).toMatchObject({ reentered: "true", "fencing-token": "1" });
    expect(await one.runs(release)).toMatchObject({ code: 0, log: expect.stringContaining("stays held") });
    expect(await isHeld(scene)).toBe(true);
    expect(new Set(codes(await other.finish()))).toEqual(new Set([0]));
    expect(await isHeld(scene)).toBe(true);
    expect(new Set(codes(await one.finish()))).toEqual(new Set([0]));
    expect((await other.holds()).outputs).toMatchObject({ reentered: "false", "fencing-token": "2" });
    await other.finish();
  });

  test("names of which some are held: these are entered, the others taken", async ({ scene }) => {
    const one = await job(scene);
    await one.holds({ name: "b" });
    const several = await one.holds({ name: "a\nb\nc" });
    expect(several.outputs).toMatchObject({ acquired: "true", reentered: "false" });
    expect(several.log).toContain('holds "b" already');
    const all = await one.holds({ name: "c\nb\na" });
    expect(all.outputs).toMatchObject({ acquired: "true", reentered: "true" });
    expect(all.outputs["fencing-token"]).toBe("1\n1\n1");
    expect(codes(await one.finish())).toEqual([0, 0, 0]);
    expect(Object.keys(await scene.refs())).toEqual(
      ["a", "b", "c"].map((name) => `refs/locks/${name}/log/1`),
    );
  });
});

describe.concurrent("a child", () => {
  /** Another job, which has nothing of the caller's but the nonce. */
  async function childOf(scene: Scene, nonce: string): Promise<SceneJob> {
    return await scene.job({ env: { REFLOCK_CLAIM: nonce } });
  }

  test("enters what its caller holds, asserts it at the end, and never gives it back", async ({ scene }) => {
    const caller = await scene.job();
    const { env } = await caller.holds();
    const child = await childOf(scene, `another-nonce ${env.REFLOCK_CLAIM}`);
    expect((await child.holds()).outputs).toMatchObject({ reentered: "true", "fencing-token": "1" });
    expect(await child.runs(check)).toMatchObject({ code: 0 });
    expect(new Set(codes(await child.finish()))).toEqual(new Set([0]));
    expect(await isHeld(scene)).toBe(true);
    const [post] = await caller.finish();
    expect(post).toMatchObject({ code: 0, log: expect.stringContaining("released") });
  });

  test("is told if its caller's hold was lost while it relied on it", async ({ scene }) => {
    const caller = await scene.job();
    const { env } = await caller.holds();
    const child = await childOf(scene, env.REFLOCK_CLAIM ?? "");
    await child.holds();
    await takeAway(scene.repository, {
      outcome: "taken-over",
      reason: "its job was completed",
      thenHeld: true,
    });
    const [post] = await child.finish();
    expect(post, post?.log).toMatchObject({
      code: 1,
      log: expect.stringMatching(/lost.*taken-over by run 777/),
    });
  });

  test("with no nonce, or another, waits as anybody", async ({ scene }) => {
    const caller = await scene.job();
    await caller.holds();
    for (const nonce of ["", "00000000-0000-4000-8000-000000000000"]) {
      const child = await childOf(scene, nonce);
      expect(await child.runs()).toMatchObject({ code: 1, outputs: { reentered: "false" } });
      expect(await child.runs(release)).toMatchObject({ code: 1 });
    }
    expect(await isHeld(scene)).toBe(true);
    await caller.finish();
  });
});
