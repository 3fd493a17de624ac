/** Waiting for a lock: how it ends, with it or without it, and what is said and asked meanwhile. */
import { describe, expect } from "vitest";
import { nameOf, type Scene, type SceneJob, test, WAYS } from "./scene.ts";

/** Said when a wait begins. */
const WAITS = /"publish".*held by run 801/;

/** The logs and holder refs, without the tickets of those who wait. */
async function heldRefs(scene: Scene): Promise<Record<string, string>> {
  return Object.fromEntries(Object.entries(await scene.refs()).filter(([name]) => !name.includes("/queue/")));
}

async function held(scene: Scene, inputs: Readonly<Record<string, string>> = {}): Promise<SceneJob> {
  const holder = await scene.job();
  await holder.holds(inputs);
  return holder;
}

describe.concurrent("a wait that ends without the lock", () => {
  test("fails after `wait`, naming the holder, since when, and what to do", async ({ scene }) => {
    const holder = await held(scene, { reason: "release 1.2" });
    const refs = await scene.refs();
    const job = await scene.job();
    const result = await job.runs({ wait: "3s" });
    expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false", reentered: "false" } });
    const waited = Number(result.outputs["waited-seconds"]);
    expect(waited).toBeGreaterThanOrEqual(3);
    expect(waited).toBeLessThan(10);
    const [first, last] = [result.log.split("\n")[0], result.log.split("\n").at(-1)];
    expect(first).toContain(holder.url);
    expect(last).toMatch(/^##\[error\]Could not acquire "publish" within 3s: held by run 801, attempt 1/);
    for (const part of [holder.url, "release 1.2", "wait", "clear"]) expect(last).toContain(part);
    expect(last).toMatch(/since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    // One line when it began to wait and one at the end: nothing had changed in between.
    expect(result.log.split("\n")).toHaveLength(2);
    const { locks } = JSON.parse(result.outputs.holders ?? "");
    expect(locks).toMatchObject([{ name: "publish", holders: [{ run: holder.runId, url: holder.url }] }]);
    expect((await job.finish()).map((post) => post.code)).toEqual([0]);
    expect(await scene.refs()).toEqual(refs);
  });

  test.for(["0", "1s"])("passes with `on-timeout: skip`, wait %s", async (wait, { scene }) => {
    const holder = await held(scene);
    const job = await scene.job();
    const result = await job.runs({ wait, "on-timeout": "skip" });
    expect(result, result.log).toMatchObject({
      code: 0,
      outputs: { acquired: "false", reentered: "false", "waited-seconds": expect.stringMatching(/^\d+$/) },
    });
    expect(result.log).toContain(holder.url);
    expect(JSON.parse(result.outputs.holders ?? "").locks[0].holders).toMatchObject([{ run: holder.runId }]);
    expect(result.env).toEqual({});
    expect((await job.finish()).map((post) => post.code)).toEqual([0]);
  });

  test("`on-timeout: skip` does not pass what would never work", async ({ scene }) => {
    const job = await scene.job({ grants: { contents: "read" } });
    const result = await job.runs({ "on-timeout": "skip" });
    expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
  });

  test.for([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s: exit %i at once, and nothing is left", async ([signal, code], { scene }) => {
    await held(scene);
    const refs = await scene.refs();
    const job = await scene.job();
    const step = job.uses({ wait: "forever" });
    const main = step.main();
    await main.line(WAITS);
    const at = performance.now();
    main.kill(signal);
    const result = await main.result;
    expect(performance.now() - at).toBeLessThan(3000);
    expect(result, result.log).toMatchObject({ code, signal: null, outputs: { acquired: "false" } });
    expect(Number(result.outputs["waited-seconds"])).toBeGreaterThanOrEqual(0);
    expect(await step.post()).toMatchObject({ code: 0 });
    expect(await scene.refs()).toEqual(refs);
  });

  test("SIGINT before the first answer: exit 130, no claim", async ({ scene }) => {
    const job = await scene.job();
    const step = job.uses({ wait: "1h" });
    const main = step.main();
    scene.hub.onRequest((_, phase) => void (phase === "received" && main.kill("SIGINT")));
    scene.hub.delayMs = 2000;
    const result = await main.result;
    expect(result, result.log).toMatchObject({ code: 130, outputs: { acquired: "false" } });
    expect(await step.post()).toMatchObject({ code: 0 });
    expect(await scene.refs()).toEqual({});
  });

  test("the token expires meanwhile: it says so", async ({ scene }) => {
    await held(scene);
    const job = await scene.job();
    const step = job.uses({ wait: "1h" });
    const main = step.main();
    await main.line(WAITS);
    scene.hub.token(job.token).expired = true;
    const result = await main.result;
    expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
    expect(result.log.split("\n").at(-1)).toMatch(/^##\[error\].*token.*expired/);
    expect(await step.post()).toMatchObject({ code: 0 });
  });
});

describe.concurrent("a wait that ends with the lock", () => {
  const pairs = WAYS.flatMap((first) => WAYS.map((second) => [first, second] as const));
  test.for(pairs)(
    "held with updateRefs that %s, waited for with one that %s",
    async ([first, second], { scene }) => {
      const holder = await scene.job({ grants: { updateRefs: first } });
      await holder.holds();
      const job = await scene.job({ grants: { updateRefs: second } });
      const main = job.uses({ wait: "1m" }).main();
      await main.line(WAITS);
      await holder.finish();
      const result = await main.result;
      expect(result, result.log).toMatchObject({
        code: 0,
        outputs: { acquired: "true", reentered: "false", "fencing-token": "2" },
        env: { REFLOCK_NAME: "publish", REFLOCK_TOKEN: "2" },
      });
      expect(Number(result.outputs["waited-seconds"])).toBeLessThan(30);
      expect(result.log.split("\n").at(-1)).toMatch(/acquired "publish" after \d+s, fencing token 2/);
      expect(await job.finish()).toMatchObject([{ code: 0 }]);
      expect(Object.keys(await scene.refs())).toEqual(["refs/locks/publish/log/1"]);
    },
  );

  test("five contenders: each gets it once, and never two at a time", { timeout: 120_000 }, async ({
    scene,
  }) => {
    const jobs = await Promise.all(
      Array.from({ length: 5 }, (_, number) =>
        scene.job({ grants: { updateRefs: number % 2 === 0 ? "works" : "refused" } }),
      ),
    );
    let inside = 0;
    const tokens = await Promise.all(
      jobs.map(async (job) => {
        const step = job.uses({ wait: "90s" });
        const main = await step.runMain();
        expect(main, main.log).toMatchObject({ code: 0, outputs: { acquired: "true" } });
        expect(++inside).toBe(1);
        const before = await heldRefs(scene);
        expect(before["refs/locks/publish/log/1"]).toBe(main.outputs.claim);
        inside--;
        expect(await step.post()).toMatchObject({ code: 0, log: expect.stringContaining("released") });
        return Number(main.outputs["fencing-token"]);
      }),
    );
    expect(new Set(tokens).size).toBe(5);
    const holds = await scene.history();
    expect(holds.map((hold) => hold.endedBy?.outcome)).toEqual(Array(5).fill("released"));
    expect(Object.keys(await scene.refs())).toEqual(["refs/locks/publish/log/1"]);
  });

  test("the store is in trouble for some of it", async ({ scene }) => {
    const holder = await held(scene);
    const job = await scene.job();
    const main = job.uses({ wait: "2m" }).main();
    await main.line(WAITS);
    const match = { token: scene.hub.token(job.token).name };
    const faults = (["5xx-before", "drop-before"] as const).map((kind) =>
      scene.hub.faults.add({ kind, match }),
    );
    await main.line(/trying again/);
    await holder.finish();
    const result = await main.result;
    expect(result, result.log).toMatchObject({ code: 0, outputs: { acquired: "true" } });
    expect(faults.map(({ hits }) => hits.length)).toEqual([1, 1]);
    await job.finish();
  });

  test.for([403, 429] as const)("a secondary limit, %i, is obeyed", async (status, { scene }) => {
    const holder = await held(scene);
    const job = await scene.job();
    const main = job.uses({ wait: "2m" }).main();
    await main.line(WAITS);
    const match = { token: scene.hub.token(job.token).name };
    const limit = scene.hub.faults.add({ kind: "secondary-limit", status, retryAfterSeconds: 3, match });
    await main.line(/pause of 3 s/);
    await holder.finish();
    const result = await main.result;
    expect(result, result.log).toMatchObject({ code: 0, outputs: { acquired: "true" } });
    const [limited] = limit.hits;
    const next = job.sent.find(({ id }) => id > (limited?.id ?? 0));
    expect((next?.at ?? 0) - (limited?.at ?? 0)).toBeGreaterThanOrEqual(2990);
    await job.finish();
  });
});

test.concurrent("an unchanged poll is a conditional request, answered 304 and not counted", async ({
  scene,
}) => {
  await held(scene);
  const job = await scene.job();
  const main = job.uses({ wait: "7s" }).main();
  await main.line(WAITS);
  await main.result;
  const first = job.sent.findIndex(({ status }) => status === 304);
  const polls = job.sent.slice(first).filter(({ method }) => method === "GET");
  expect(polls.length).toBeGreaterThanOrEqual(2);
  for (const poll of polls) expect(poll, nameOf(poll)).toMatchObject({ status: 304, counted: false });
});
