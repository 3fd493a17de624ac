/** Several names in one step: what is told of them, what becomes of the rest when one cannot be had, and that opposite orders never meet. */
import { describe, expect } from "vitest";
import { holds } from "../hub/oracle.ts";
import { PROVE, type Scene, type SceneJob, test, WAYS } from "./scene.ts";

const log = (name: string) => `refs/locks/${name}/log/1`;

/** What became of these locks, in the order in which git recorded it: `+a`, `-a`. */
async function visits(scene: Scene, ...names: readonly string[]): Promise<string[]> {
  const records = await scene.repository.oracle();
  const all = await Promise.all(
    names.map(async (name) =>
      (await holds(records, scene.repository.commit, log(name))).flatMap(({ acquiredAt, endedAt }) => [
        { at: acquiredAt, what: `+${name}` },
        ...(endedAt === null ? [] : [{ at: endedAt, what: `-${name}` }]),
      ]),
    ),
  );
  return all
    .flat()
    .toSorted((one, other) => one.at - other.at)
    .map(({ what }) => what);
}

const lines = (text: string | undefined) => (text ?? "").split("\n");

describe.concurrent.each(WAYS)("updateRefs %s", (updateRefs) => {
  const job = (scene: Scene) => scene.job({ grants: { updateRefs } });

  test("outputs have a line for each name, in the order of the input; two spellings are one lock", async ({
    scene,
  }) => {
    const before = await job(scene);
    await before.holds({ name: "b" });
    await before.finish();
    const one = await job(scene);
    const { outputs, env, log: said } = await one.holds({ name: "c\nA\n\nB\na\nC" });
    const names = ["c", "a", "b"];
    expect(lines(outputs.ref)).toEqual(names.map((name) => `refs/locks/${name}/holder/1`));
    expect(lines(outputs["fencing-token"])).toEqual(["1", "1", "2"]);
    const refs = await scene.refs();
    expect(lines(outputs.claim)).toEqual(names.map((name) => refs[`refs/locks/${name}/holder/1`]));
    expect(outputs).toMatchObject({ acquired: "true", reentered: "false" });
    expect(env).toMatchObject({ REFLOCK_NAME: "c A B", REFLOCK_TOKEN: "1 1 2" });
    for (const name of ["c", "A", "B"]) expect(said).toContain(`acquired "${name}"`);
    const check = await one.runs({ name: "B\nc", operation: "check" });
    expect(lines(check.outputs["fencing-token"])).toEqual(["2", "1"]);
    const posts = await one.finish();
    expect(posts.map(({ code }) => code)).toEqual([0, 0]);
    expect(await visits(scene, ...names)).toEqual(["+b", "-b", "+a", "+b", "+c", "-c", "-b", "-a"]);
    expect(Object.keys(await scene.refs())).toEqual(["a", "b", "c"].map(log));
  });

  test.for(["fail", "skip"])(
    "one is held by another, `on-timeout: %s`: those before it are given back, the last first",
    async (onTimeout, { scene }) => {
      const [rival, one] = [await job(scene), await job(scene)];
      await rival.holds({ name: "c" });
      const result = await one.runs({ name: "d\nb\nc\na", "on-timeout": onTimeout });
      expect(result, result.log).toMatchObject({
        code: onTimeout === "fail" ? 1 : 0,
        outputs: { acquired: "false", reentered: "false" },
        env: {},
      });
      expect(result.log).toMatch(/Could not acquire "c"/);
      expect(result.log).toContain(rival.url);
      expect(JSON.parse(result.outputs.holders ?? "").locks).toMatchObject([{ name: "c" }]);
      expect(await visits(scene, "a", "b", "c", "d")).toEqual(["+c", "+a", "+b", "-b", "-a"]);
      const sent = one.sent.length;
      expect((await one.finish()).map(({ code }) => code)).toEqual([0]);
      expect(one.sent).toHaveLength(sent);
      expect((await rival.finish()).map(({ code }) => code)).toEqual([0]);
    },
  );
});

describe.concurrent("a step that has a part of them", () => {
  const job = (scene: Scene) => scene.job();

  test("cancelled while it waits for the second: post gives the first back", async ({ scene }) => {
    const [rival, one] = [await job(scene), await job(scene)];
    await rival.holds({ name: "b" });
    const step = one.uses({ name: "a\nb", wait: "1h" });
    const main = step.main();
    await main.line(/first in line for "b"/);
    main.kill("SIGINT");
    expect(await main.result).toMatchObject({ code: 130, outputs: { acquired: "false" } });
    const post = await step.post({ inputs: "none" });
    expect(post, post.log).toMatchObject({ code: 0, log: expect.stringContaining('released "a"') });
    await rival.finish();
    expect(Object.keys(await scene.refs())).toEqual(["a", "b"].map(log));
  });

  test("killed while it waits for the second: post gives the first back, and leaves the queue", async ({
    scene,
  }) => {
    const [rival, one] = [await job(scene), await job(scene)];
    await rival.holds({ name: "b" });
    const step = one.uses({ name: "b\na", wait: "1h" });
    const main = step.main();
    await main.line(/first in line for "b"/);
    main.kill("SIGKILL");
    await main.result;
    const post = await step.post({ inputs: "none" });
    expect(post, post.log).toMatchObject({ code: 0, log: expect.stringContaining('released "a"') });
    await rival.finish();
    expect(Object.keys(await scene.refs())).toEqual(["a", "b"].map(log));
  });
});

test.concurrent("`release` of several: in reverse, and one that was lost keeps none of the others held", async ({
  scene,
}) => {
  const job = await scene.job();
  const { outputs } = await job.holds({ name: "a\nb\nc" });
  const operator = await scene.job();
  const clearing = { force: "true", reason: "it hung", expect: lines(outputs.claim)[1] ?? "" };
  expect((await operator.runs({ name: "b", operation: "clear", ...clearing })).code).toBe(0);
  const result = await job.runs({ name: "a\nb\nc", operation: "release" });
  expect(result, result.log).toMatchObject({ code: 1, log: expect.stringContaining("it hung") });
  expect((await visits(scene, "a", "b", "c")).slice(3)).toEqual(["-b", "-c", "-a"]);
  const posts = await job.finish();
  expect(posts.map(({ code }) => code)).toEqual([0, 1]);
  expect(posts[1]?.log).toMatch(/"b" was lost.*it hung/);
});

describe("[a, b] against [b, a]", () => {
  const ROUNDS = PROVE ? 100 : 10;
  const LANES = 5;

  async function round(scene: Scene, names: readonly string[]): Promise<void> {
    const both = await Promise.all(
      [names, names.toReversed()].map(async (order, at) => ({
        order,
        job: await scene.job({ fastClock: !PROVE, grants: { updateRefs: WAYS[at] ?? "works" } }),
      })),
    );
    const inside = new Set<SceneJob>();
    await Promise.all(
      both.map(async ({ job, order }) => {
        const { outputs } = await job.holds({ name: order.join("\n"), wait: "5m" });
        expect([...inside]).toEqual([]);
        inside.add(job);
        expect(lines(outputs.ref)).toEqual(order.map((name) => `refs/locks/${name}/holder/1`));
        inside.delete(job);
        expect((await job.finish()).map(({ code }) => code)).toEqual([0]);
      }),
    );
    const [a = "", b = ""] = names;
    const visit = [`+${a}`, `+${b}`, `-${b}`, `-${a}`];
    expect(await visits(scene, a, b)).toEqual([...visit, ...visit]);
    await Promise.all(both.map(({ job }) => job.dispose()));
  }

  test(`${ROUNDS} rounds: both get both, one after the other`, { timeout: 1_800_000 }, async ({ scene }) => {
    const pairs = Array.from({ length: ROUNDS }, (_, at) => [`a${at}`, `b${at}`]).values();
    await Promise.all(
      Array.from({ length: LANES }, async () => {
        for (const pair of pairs) await round(scene, pair);
      }),
    );
    const refs = Object.keys(await scene.refs());
    expect(refs).toHaveLength(2 * ROUNDS);
    expect(refs.filter((ref) => !ref.endsWith("/log/1"))).toEqual([]);
  });
});
