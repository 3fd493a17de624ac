/** `freeze`: what a person sees of it, from the step that freezes to the one that thaws. */
import { describe, expect } from "vitest";
import { bury, dieWaiting, skip } from "./gone.ts";
import { type Scene, type SceneJob, test, WAYS } from "./scene.ts";

const LOG = "refs/locks/publish/log/1";

async function frozen(scene: Scene, updateRefs: (typeof WAYS)[number] = "works") {
  const job = await scene.job({ actor: "mona", grants: { updateRefs } });
  const result = await job.runs({ operation: "freeze", reason: "audit" });
  expect(result, result.log).toMatchObject({ code: 0, outputs: { acquired: "true", "fencing-token": "1" } });
  return { job, result, claim: result.outputs.claim ?? "" };
}

async function expectFrozen(scene: Scene, job: SceneJob): Promise<void> {
  const result = await job.runs();
  expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
  expect(result.log).toContain("audit");
  const { locks } = JSON.parse(result.outputs.holders ?? "");
  expect(locks).toMatchObject([{ holders: [{ who: "mona", reason: "audit", alive: "alive" }] }]);
  expect((await scene.history()).at(-1)?.endedBy).toBeNull();
}

describe.concurrent("a freeze", () => {
  test.for(WAYS)(
    "stays after its job, until it is cleared by its oid, updateRefs %s",
    async (way, { scene }) => {
      const { job, result, claim } = await frozen(scene, way);
      expect(result.log).toMatch(/froze "publish"/);
      // What is to be written to thaw it stands there.
      for (const part of ["operation: clear", `expect: ${claim}`]) expect(result.log).toContain(part);
      expect(result.env).toEqual({});
      const refs = await scene.refs();
      expect(await job.finish()).toMatchObject([{ code: 0 }]);
      expect(await scene.refs()).toEqual(refs);
      bury(scene, job);
      scene.repository.runs.completeRun(job.runId);
      skip(scene, 365 * 24 * 3600);
      await expectFrozen(scene, await scene.job({ grants: { updateRefs: way } }));

      const other = await scene.job({ actor: "hubot", grants: { updateRefs: way } });
      const refused = await other.runs({ operation: "clear" });
      expect(refused, refused.log).toMatchObject({ code: 1, log: expect.stringContaining("freeze") });
      const wrong = await other.runs({ operation: "clear", expect: "f".repeat(40) });
      expect(wrong.log).toContain("left alone");
      expect((await scene.refs())[LOG]).toBe(claim);
      const thaw = await other.runs({ operation: "clear", expect: claim, reason: "audit done" });
      expect(thaw, thaw.log).toMatchObject({ code: 0, log: expect.stringContaining("cleared") });
      expect(await scene.history()).toMatchObject([
        { endedBy: { outcome: "cleared", reason: "audit done" } },
      ]);
      const next = await (await scene.job({ grants: { updateRefs: way } })).holds();
      expect(next.outputs).toMatchObject({ "fencing-token": "2" });
    },
  );

  test("is shown by `status`, and is not ended by `*`", async ({ scene }) => {
    const { claim } = await frozen(scene);
    const job = await scene.job();
    const { outputs, log } = await job.runs({ operation: "status" });
    expect(log).toContain("freeze");
    expect(JSON.parse(outputs.holders ?? "").locks[0].holders).toMatchObject([
      { claim, who: "mona", alive: "alive" },
    ]);
    expect(await job.runs({ operation: "clear", name: "*" })).toMatchObject({ code: 1 });
    expect((await scene.refs())[LOG]).toBe(claim);
  });

  test("comes before those who wait, and they wait on", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds();
    const waiter = await scene.job();
    const step = waiter.uses({ wait: "1h" });
    const main = step.main();
    await main.line(/first in line/);
    const freezer = await scene.job();
    const freeze = freezer.uses({ operation: "freeze", wait: "1h", reason: "audit" }).main();
    await freeze.line(/first in line/);
    await holder.finish();
    const result = await freeze.result;
    expect(result, result.log).toMatchObject({
      code: 0,
      outputs: { acquired: "true", "fencing-token": "2" },
    });
    await main.line(/first in line .*audit/);
    await freezer.runs({ operation: "clear", expect: result.outputs.claim ?? "" });
    const waited = await main.result;
    expect(waited, waited.log).toMatchObject({ code: 0, outputs: { "fencing-token": "3" } });
  });

  test.for(["SIGINT", "SIGTERM"] as const)(
    "that is cancelled while it waits leaves nothing, %s",
    async (signal, { scene }) => {
      await (await scene.job()).holds();
      const refs = await scene.refs();
      const job = await scene.job();
      const step = job.uses({ operation: "freeze", wait: "1h" });
      const main = step.main();
      await main.line(/in line/);
      main.kill(signal);
      expect(await main.result).toMatchObject({
        code: signal === "SIGINT" ? 130 : 143,
        outputs: { acquired: "false" },
      });
      expect(await step.post()).toMatchObject({ code: 0 });
      expect(await scene.refs()).toEqual(refs);
    },
  );

  test("that is killed while it waits is passed as soon as its job is completed", async ({ scene }) => {
    const [holder, job] = [await scene.job(), await scene.job()];
    await holder.holds();
    await dieWaiting(job, { operation: "freeze" });
    await holder.finish();
    expect(await (await scene.job()).runs()).toMatchObject({ code: 1 });
    bury(scene, job);
    const next = await (await scene.job()).holds();
    expect(next.outputs).toMatchObject({ "fencing-token": "2" });
    expect(Object.keys(await scene.refs()).filter((name) => name.includes("/queue/"))).toEqual([]);
  });

  test("with `wait: 0` of a lock that is held fails at once, naming the holder", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds();
    const refs = await scene.refs();
    const result = await (await scene.job()).runs({ operation: "freeze" });
    expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
    expect(result.log).toContain(holder.url);
    expect(await scene.refs()).toEqual(refs);
  });
});
