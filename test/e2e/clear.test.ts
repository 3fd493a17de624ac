/** `clear`: the dead go, the living stay, and by force only what was named. What it says is what is left. */
import { describe, expect } from "vitest";
import { claimFields, commitByHand, holdByHand, moveRef, writeRecord } from "./by-hand.ts";
import { bury, complete, dieHolding, dieWaiting, skip } from "./gone.ts";
import { type Scene, type SceneJob, test, WAYS } from "./scene.ts";

const LOG = "refs/locks/publish/log/1";
const HOLDER = "refs/locks/publish/holder/1";

type Inputs = Readonly<Record<string, string>>;

function clear(job: SceneJob, inputs: Inputs = {}) {
  return job.runs({ operation: "clear", ...inputs });
}

/** What a clear that may end nothing does. */
async function expectRefused(scene: Scene, job: SceneJob, inputs: Inputs, ...said: readonly RegExp[]) {
  const refs = await scene.refs();
  const result = await clear(job, inputs);
  expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
  for (const part of said) expect(result.log.split("\n").at(-1)).toMatch(part);
  expect(await scene.refs()).toEqual(refs);
  return result;
}

/** Where the log decides alone the holder ref may lag behind. */
async function restOf(scene: Scene, updateRefs: string): Promise<string[]> {
  return Object.keys(await scene.refs()).filter((ref) => updateRefs === "works" || ref !== HOLDER);
}

const holdersIn = (holders: string | undefined) => JSON.parse(holders ?? "").locks[0].holders;

describe.concurrent("what is dead", () => {
  test.for(WAYS)(
    "goes without more ado: hold, tickets and marker, updateRefs %s",
    async (updateRefs, { scene }) => {
      const grants = { updateRefs };
      const [holder, waiter] = [await scene.job({ grants }), await scene.job({ grants })];
      await dieHolding(scene, holder);
      await dieWaiting(waiter);
      bury(scene, holder, waiter);
      const result = await clear(await scene.job({ grants }), { reason: "the runners were gone" });
      expect(result, result.log).toMatchObject({ code: 0, outputs: { acquired: "false" } });
      expect(result.log).toMatch(/the hold of slot 1 \([0-9a-f]{40}\) cleared: its job is completed/);
      expect(result.log).toMatch(/the ticket of number 1 \([0-9a-f]{40}\) cleared: its job is completed/);
      expect(JSON.parse(result.outputs.holders ?? "").locks).toMatchObject([
        { name: "publish", holders: [], waiters: [] },
      ]);
      expect(await restOf(scene, updateRefs)).toEqual([LOG]);
      expect(await scene.history()).toMatchObject([
        { endedBy: { outcome: "cleared", reason: "the runners were gone" } },
      ]);
      const next = await scene.job({ grants });
      expect((await next.holds()).outputs).toMatchObject({ "fencing-token": "2" });
    },
  );

  test.for(WAYS)(
    "where nobody holds: a dead ticket, and a leftover marker, updateRefs %s",
    async (updateRefs, { scene }) => {
      const grants = { updateRefs };
      const [holder, waiter] = [await scene.job({ grants }), await scene.job({ grants })];
      const { outputs } = await holder.holds();
      await dieWaiting(waiter);
      await holder.finish();
      bury(scene, waiter);
      const marker = (await scene.refs())[HOLDER] ?? null;
      await moveRef(scene.repository, HOLDER, marker, outputs.claim ?? "");
      const result = await clear(await scene.job({ grants }));
      expect(result, result.log).toMatchObject({ code: 0 });
      expect(Object.keys(await scene.refs())).toEqual([LOG]);
      expect(result.log).toMatch(/leftover holder ref of slot 1 \([0-9a-f]{40}\) cleared/);
      expect(result.log).toMatch(/ticket of number 1 \([0-9a-f]{40}\) cleared/);
    },
  );

  test("is only named by `dry-run`", async ({ scene }) => {
    const [holder, waiter] = [await scene.job(), await scene.job()];
    await holder.holds();
    await dieWaiting(waiter);
    bury(scene, holder, waiter);
    const refs = await scene.refs();
    const job = await scene.job();
    const result = await clear(job, { "dry-run": "true" });
    expect(result, result.log).toMatchObject({ code: 0 });
    expect(result.log.match(/would be cleared/g)).toHaveLength(2);
    expect(await scene.refs()).toEqual(refs);
    expect(job.sent.filter(({ method, path }) => method !== "GET" && path !== "/graphql")).toEqual([]);
  });

  test("is not yet, ten seconds after its end", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds();
    complete(scene, holder);
    skip(scene, 5);
    await expectRefused(scene, await scene.job(), {}, /alive/);
    skip(scene, 6);
    expect(await clear(await scene.job())).toMatchObject({ code: 0 });
  });

  test("`*`: in every lock, while what lives in others stays", async ({ scene }) => {
    const names = ["publish", "Café ☕", "deploy/eu"];
    const holders = await Promise.all(names.map(() => scene.job()));
    for (const [at, name] of names.entries()) await holders[at]?.holds({ name });
    const [dead, live, alsoDead] = holders as [SceneJob, SceneJob, SceneJob];
    bury(scene, dead, alsoDead);
    const result = await expectSome(scene, await scene.job());
    expect(result.log).toMatch(/"publish": the hold of slot 1 .* cleared/);
    expect(result.log).toMatch(/"deploy\/eu": the hold of slot 1 .* cleared/);
    expect(result.log).toMatch(/"café ☕": the hold of slot 1 .* not cleared: it is alive/);
    const locks = JSON.parse(result.outputs.holders ?? "").locks as {
      name: string;
      holders: { run: number }[];
    }[];
    expect(
      Object.fromEntries(locks.map(({ name, holders }) => [name, holders.map(({ run }) => run)])),
    ).toEqual({
      publish: [],
      "deploy/eu": [],
      "café ☕": [live.runId],
    });
    expect((await live.finish()).map(({ code }) => code)).toEqual([0]);
  });

  /** Refused for the one that lives, and yet the others went. */
  async function expectSome(_: Scene, job: SceneJob) {
    const result = await clear(job, { name: "*" });
    expect(result, result.log).toMatchObject({ code: 1 });
    return result;
  }

  test("nothing: says so, and passes", async ({ scene }) => {
    for (const name of ["publish", "*"]) {
      const result = await clear(await scene.job(), { name });
      expect(result, result.log).toMatchObject({ code: 0, log: expect.stringContaining("nothing to clear") });
    }
    const job = await scene.job();
    await job.holds();
    await job.finish();
    expect(await clear(await scene.job())).toMatchObject({
      code: 0,
      log: expect.stringContaining("nothing to clear"),
    });
    expect(await scene.history()).toHaveLength(1);
  });
});

describe.concurrent("what lives, or may", () => {
  test("is refused, saying how it could be forced", async ({ scene }) => {
    const holder = await scene.job();
    const { outputs } = await holder.holds();
    const result = await expectRefused(
      scene,
      await scene.job(),
      {},
      /alive: its job is in_progress/,
      /force: true/,
      new RegExp(outputs.claim ?? "?"),
    );
    expect(holdersIn(result.outputs.holders)).toMatchObject([{ claim: outputs.claim, alive: "alive" }]);
    await expectRefused(scene, await scene.job(), { expect: outputs.claim ?? "" }, /alive/);
  });

  test("is refused where the job can't be read, naming the permission", async ({ scene }) => {
    const [holder, waiter] = [await scene.job(), await scene.job()];
    await holder.holds();
    await dieWaiting(waiter);
    bury(scene, holder, waiter);
    const blind = await scene.job({ grants: { actions: "none" } });
    await expectRefused(scene, blind, {}, /not known.*actions: read/);
  });

  test.for(WAYS)(
    "goes by force, named, for a reason, updateRefs %s: and its job is told",
    async (updateRefs, { scene }) => {
      const [holder, job] = [await scene.job(), await scene.job({ grants: { updateRefs } })];
      const { outputs } = await holder.holds();
      const force = { force: "true", expect: outputs.claim ?? "", reason: "it hangs in a prompt" };
      const result = await clear(job, force);
      expect(result, result.log).toMatchObject({ code: 0 });
      expect(await restOf(scene, updateRefs)).toEqual([LOG]);
      expect(await scene.history()).toMatchObject([
        { endedBy: { outcome: "cleared", reason: "it hangs in a prompt" } },
      ]);
      const check = await holder.runs({ operation: "check" });
      expect(check, check.log).toMatchObject({ code: 1, log: expect.stringContaining("cleared by run 802") });
      const [, post] = await holder.finish();
      expect(post, post?.log).toMatchObject({
        code: 1,
        log: expect.stringContaining("it hangs in a prompt"),
      });
      for (const part of ["lost", "cleared by run 802", job.url]) expect(post?.log).toContain(part);
    },
  );

  test("is named by its first claim, or by any renewal of it", async ({ scene }) => {
    const holder = await scene.job();
    const claims = [(await holder.holds()).outputs.claim];
    for (let renewal = 0; renewal < 2; renewal++)
      claims.push((await holder.runs({ operation: "check" })).outputs.claim);
    const job = await scene.job();
    for (const claim of claims) {
      const inputs = { force: "true", expect: claim ?? "", reason: "x", "dry-run": "true" };
      expect(await clear(job, inputs)).toMatchObject({
        code: 0,
        log: expect.stringContaining("would be cleared"),
      });
    }
    const result = await clear(job, { force: "true", expect: claims[1] ?? "", reason: "x" });
    expect(result, result.log).toMatchObject({ code: 0 });
    expect(await scene.history()).toMatchObject([{ claims, endedBy: { outcome: "cleared" } }]);
  });

  test("is left alone where another was named: the one before it, or nobody's", async ({ scene }) => {
    const [before, holder] = [await scene.job(), await scene.job()];
    const { outputs } = await before.holds();
    await before.finish();
    await holder.holds();
    const refs = await scene.refs();
    for (const expected of [outputs.claim ?? "", "f".repeat(40)]) {
      const result = await clear(await scene.job(), { force: "true", expect: expected, reason: "x" });
      expect(result.log).toMatch(/left alone: it is another hold/);
      expect(await scene.refs()).toEqual(refs);
    }
  });

  test("a waiter goes by its ticket's oid, and is in line no more", async ({ scene }) => {
    const [holder, waiter] = [await scene.job(), await scene.job({ grants: { actions: "none" } })];
    await holder.holds();
    await dieWaiting(waiter);
    const [ticket] = Object.entries(await scene.refs()).filter(([name]) => name.includes("/queue/"));
    const result = await clear(await scene.job(), {
      force: "true",
      expect: ticket?.[1] ?? "",
      reason: "a stray",
    });
    expect(result, result.log).toMatchObject({ code: 0 });
    expect(result.log).toMatch(/ticket of number 1 \([0-9a-f]{40}\) cleared: a stray/);
    expect(Object.keys(await scene.refs())).toEqual([HOLDER, LOG]);
  });
});

describe.concurrent("a commit in the log that is not ours", () => {
  const foreign: readonly (readonly [string, RegExp, (scene: Scene, tip: string) => Promise<string>])[] = [
    ["somebody's", /not a lock record/, ({ repository }, tip) => commitByHand(repository, "Fix a typo", tip)],
    [
      "of major version 99",
      /reflock 99/,
      ({ repository }, tip) => writeRecord(repository, "publish held", claimFields({ reflock: 99 }), tip),
    ],
  ];
  const cases = WAYS.flatMap((way) => foreign.map((one) => [...one, way] as const));
  test.for(cases)(
    "%s is named and left alone, and goes by force; tokens increase",
    async ([, why, make, updateRefs], { scene }) => {
      scene.spoil(LOG);
      const before = await scene.job();
      await before.holds();
      await before.finish();
      const tip = (await scene.refs())[LOG] ?? "";
      const oid = await make(scene, tip);
      await moveRef(scene.repository, LOG, tip, oid);
      const job = await scene.job({ grants: { updateRefs } });
      for (const inputs of [
        {},
        { expect: oid },
        { expect: oid, force: "true", reason: "x", "dry-run": "true" },
      ]) {
        const refs = await scene.refs();
        const result = await clear(job, inputs);
        expect(result.code, result.log).toBe("dry-run" in inputs ? 0 : 1);
        for (const part of [why, new RegExp(oid)]) expect(result.log).toMatch(part);
        expect(await scene.refs()).toEqual(refs);
      }
      const result = await clear(job, { expect: oid, force: "true", reason: "a slip of the hand" });
      expect(result, result.log).toMatchObject({ code: 0, log: expect.stringMatching(/\) cleared/) });
      const entry = await scene.repository.commit((await scene.refs())[LOG] ?? "");
      expect(entry).toMatchObject({ parents: [oid], message: expect.stringContaining("a slip of the hand") });
      const next = await (await scene.job({ grants: { updateRefs } })).holds();
      expect(Number(next.outputs["fencing-token"])).toBeGreaterThan(1);
    },
  );

  test("of a later version, under which holds went on: their tokens are not given again", async ({
    scene,
  }) => {
    scene.spoil(LOG);
    const before = await scene.job();
    await before.holds();
    await before.finish();
    let tip = (await scene.refs())[LOG] ?? "";
    const start = tip;
    for (let sequence = 2; sequence <= 40; sequence++) {
      tip = await writeRecord(scene.repository, "publish held", claimFields({ reflock: 99, sequence }), tip);
      tip = await writeRecord(
        scene.repository,
        "publish released",
        { reflock: 99, kind: "entry", ends: "n", sequence },
        tip,
      );
    }
    await moveRef(scene.repository, LOG, start, tip);
    const result = await clear(await scene.job(), {
      expect: tip,
      force: "true",
      reason: "back to version 1",
    });
    expect(result, result.log).toMatchObject({ code: 0 });
    const next = await (await scene.job()).holds();
    expect(Number(next.outputs["fencing-token"])).toBeGreaterThan(40);
  });
});

test.concurrent("a token that may only read clears nothing, and says what is missing", async ({ scene }) => {
  await holdByHand(scene.repository, { maxHoldSeconds: 60 });
  skip(scene, 120);
  const job = await scene.job({ grants: { contents: "read" } });
  await expectRefused(scene, job, {}, /contents: write/);
});
