/** Post gives back what its own step took and nothing else, and says so where that was taken away. */
import { describe, expect } from "vitest";
import { commitByHand, moveRef, takeAway } from "./by-hand.ts";
import { PROVE, type Scene, type SceneJob, test, WAYS } from "./scene.ts";

/** Runs post of the job's only step; the refs must not have moved. */
async function postChangingNothing(scene: Scene, job: SceneJob) {
  const refs = await scene.refs();
  const sent = job.sent.length;
  const [post] = await job.finish();
  expect(await scene.refs()).toEqual(refs);
  return { code: post?.code, log: post?.log ?? "", sent: job.sent.slice(sent) };
}

describe.concurrent("a step that never got the lock", () => {
  test("it was held: post asks for nothing", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds();
    const job = await scene.job();
    expect(await job.runs()).toMatchObject({ code: 1 });
    expect(await postChangingNothing(scene, job)).toEqual({ code: 0, log: "", sent: [] });
    await holder.finish();
  });

  test.for(WAYS)("it lost the race, updateRefs %s: post leaves the winner's hold", async (way, { scene }) => {
    const job = await scene.job({ grants: { updateRefs: way } });
    const winner = await scene.job({ grants: { updateRefs: way } });
    let raced = false;
    scene.hub.onRequest(async ({ tokenName, method }, phase) => {
      // Just after the first look: the claim that follows it is one too late.
      if (raced || tokenName !== job.sent[0]?.tokenName || method !== "GET" || phase !== "handled") return;
      raced = true;
      await winner.holds();
    });
    expect(await job.runs()).toMatchObject({ code: 1, outputs: { acquired: "false" } });
    expect(await scene.history()).toHaveLength(1);
    expect(await postChangingNothing(scene, job)).toMatchObject({ code: 0 });
    await winner.finish();
  });

  test.for([
    ["a bad input", { wait: "soon" }, {}],
    ["a token that may only read", {}, { contents: "read" }],
    ["an expired token", {}, { expired: true }],
  ] as const)("%s: post asks for nothing", async ([, inputs, grants], { scene }) => {
    const job = await scene.job({ grants });
    expect(await job.runs(inputs)).toMatchObject({ code: 1 });
    expect(await postChangingNothing(scene, job)).toEqual({ code: 0, log: "", sent: [] });
  });

  test("check and status: their posts ask for nothing", async ({ scene }) => {
    const job = await scene.job();
    await job.runs({ operation: "status" });
    await job.runs({ operation: "check" });
    const sent = job.sent.length;
    expect(await job.finish()).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(job.sent).toHaveLength(sent);
  });
});

describe.concurrent("a hold that was taken away", () => {
  const losses = WAYS.flatMap((way) => [
    { way, outcome: "cleared" as const, reason: "the runner was gone", thenHeld: true },
    { way, outcome: "cleared" as const, reason: null, thenHeld: false },
    { way, outcome: "taken-over" as const, reason: "its job was completed", thenHeld: true },
  ]);
  test.for(losses)("$outcome, then held: $thenHeld, updateRefs $way", async (loss, { scene }) => {
    const job = await scene.job({ grants: { updateRefs: loss.way } });
    await job.holds();
    await takeAway(scene.repository, loss);
    const { code, log } = await postChangingNothing(scene, job);
    expect(code).toBe(1);
    expect(log).toMatch(/lost/i);
    expect(log).toContain("run 777");
    expect(log).toContain("https://github.example/octo/other/actions/runs/777/attempts/2");
    expect(log).toContain(loss.outcome);
    if (loss.reason !== null) expect(log).toContain(loss.reason);
    expect(log.trimEnd().split("\n")).toHaveLength(1);
  });

  test("while main renewed it, and the next holder has gone as well", async ({ scene }) => {
    const job = await scene.job();
    await job.holds();
    expect(await job.runs({ operation: "check" })).toMatchObject({ code: 0 });
    await takeAway(scene.repository, { outcome: "cleared", reason: "it hung", thenHeld: false });
    for (let holder = 0; holder < 3; holder++) {
      const next = await scene.job();
      await next.holds();
      await next.finish();
    }
    const refs = await scene.refs();
    const [check, post] = await job.finish();
    expect(check?.code).toBe(0);
    expect(post).toMatchObject({ code: 1, log: expect.stringContaining("cleared by run 777") });
    expect(post?.log).toContain("it hung");
    expect(await scene.refs()).toEqual(refs);
  });

  // A read that shows nothing may be stale, so post looks for a minute before it believes that the log was replaced.
  test.for(["deleted", "replaced"])(
    "the log was %s by hand",
    { timeout: 180_000 },
    async (how, { scene }) => {
      scene.spoil("refs/locks/publish/log/1");
      const job = await scene.job({ fastClock: !PROVE });
      await job.holds();
      const log = "refs/locks/publish/log/1";
      const tip = (await scene.refs())[log] ?? null;
      await moveRef(scene.repository, log, tip, null);
      if (how === "replaced")
        await moveRef(scene.repository, log, null, await commitByHand(scene.repository, "x"));
      const { code, log: said } = await postChangingNothing(scene, job);
      // Deleted: nothing says that it was lost to anybody, as with a store that is out of reach.
      expect(code, said).toBe(how === "deleted" ? 0 : 1);
      expect(said).toMatch(how === "deleted" ? /##\[warning\]/ : /lost/);
    },
  );
});

describe.concurrent("a hold that is still there", () => {
  test("post needs no inputs, and other inputs do not mislead it", async ({ scene }) => {
    for (const inputs of ["none", { name: "other", token: "", wait: "soon" }] as const) {
      const job = await scene.job();
      const step = job.uses();
      expect(await step.runMain()).toMatchObject({ code: 0 });
      const post = await step.post({ inputs });
      expect(post, post.log).toMatchObject({
        code: 0,
        log: expect.stringMatching(/released "publish" after \d/),
      });
    }
    expect(await scene.history()).toMatchObject([{ endedBy: { outcome: "released" } }, { endedBy: {} }]);
  });

  test.for(WAYS)("updateRefs %s: the holder ref is gone, the log stays", async (way, { scene }) => {
    const job = await scene.job({ grants: { updateRefs: way } });
    const main = await job.holds();
    expect(await scene.refs()).toEqual({
      "refs/locks/publish/holder/1": main.outputs.claim,
      "refs/locks/publish/log/1": main.outputs.claim,
    });
    await job.finish();
    expect(Object.keys(await scene.refs())).toEqual(["refs/locks/publish/log/1"]);
  });

  test("a marker that somebody deleted is no obstacle", async ({ scene }) => {
    const job = await scene.job();
    const { outputs } = await job.holds();
    await moveRef(scene.repository, "refs/locks/publish/holder/1", outputs.claim ?? null, null);
    const [post] = await job.finish();
    expect(post, post?.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
    expect(Object.keys(await scene.refs())).toEqual(["refs/locks/publish/log/1"]);
  });

  test("the token has expired: a warning, and exit 0", async ({ scene }) => {
    const job = await scene.job();
    await job.holds();
    scene.hub.token(job.token).expired = true;
    const { code, log } = await postChangingNothing(scene, job);
    expect(code).toBe(0);
    expect(log).toMatch(/^##\[warning\].*token.*expired/);
    expect(log).not.toContain(job.token);
  });

  test("the token's permission was taken away: a warning, and exit 0", async ({ scene }) => {
    const job = await scene.job();
    await job.holds();
    scene.hub.token(job.token).contents = "read";
    const { code, log } = await postChangingNothing(scene, job);
    expect(code).toBe(0);
    expect(log).toMatch(/^##\[warning\].*contents: write/);
  });

  test.for([
    ["cut off", { kind: "drop-before" }],
    ["in trouble", { kind: "5xx-before" }],
    ["asking for long pauses", { kind: "secondary-limit", retryAfterSeconds: 50 }],
  ] as const)(
    "a store %s for a minute: a warning, and exit 0",
    { timeout: 180_000 },
    async ([, fault], { scene }) => {
      const job = await scene.job({ fastClock: !PROVE });
      await job.holds();
      scene.hub.faults.add({ ...fault, times: 1000 });
      const { code, log, sent } = await postChangingNothing(scene, job);
      expect(code, log).toBe(0);
      expect(log).toMatch(/##\[warning\].*not given back/);
      expect(sent.length).toBeGreaterThan(1);
      expect(sent.length).toBeLessThan(20);
    },
  );
});
