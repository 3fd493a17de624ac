/** A lock of three slots and twelve jobs of the shipped bundle: three hold it whenever three want to, and never a fourth. */
import { describe, expect } from "vitest";
import { holds } from "../hub/oracle.ts";
import { nameOf, PROVE, type Scene, type SceneJob, test, WAYS } from "./scene.ts";

const SLOTS = 3;
const POOL = { name: "pool", slots: String(SLOTS) };
/** The longest that a slot lies idle: a look or two of the first in line, and the starts of some processes beside it. */
const IDLE_MS = 30_000;

const logs = Array.from({ length: SLOTS }, (_, at) => `refs/locks/pool/log/${at + 1}`);

async function history(scene: Scene) {
  const records = await scene.repository.oracle();
  const bySlot = await Promise.all(logs.map((log) => holds(records, scene.repository.commit, log)));
  return { records, holds: bySlot.flat() };
}

/** At every change that git recorded, how many held. */
async function crowds(scene: Scene): Promise<number[]> {
  const { records, holds } = await history(scene);
  return records.map(
    ({ index }) =>
      holds.filter(({ acquiredAt, endedAt }) => acquiredAt <= index && (endedAt ?? Infinity) > index).length,
  );
}

test("twelve jobs: never more than three, and three whenever three want it", { timeout: 300_000 }, async ({
  scene,
}) => {
  const jobs = await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      scene.job({ fastClock: !PROVE, grants: { updateRefs: WAYS[at % 2] ?? "works" } }),
    ),
  );
  const inside = new Map<string, () => void>();
  let left = jobs.length;
  /** Whoever is inside stays until nobody is missing. */
  const callRoll = () => {
    if (inside.size === Math.min(SLOTS, left)) for (const goOn of inside.values()) goOn();
  };
  await Promise.all(
    jobs.map(async (job) => {
      const step = job.uses({ ...POOL, wait: "10m" });
      const main = await step.runMain();
      expect(main, main.log).toMatchObject({ code: 0, outputs: { acquired: "true" } });
      const { ref = "", claim = "" } = main.outputs;
      expect([...inside.keys()]).not.toContain(ref);
      const full = Promise.withResolvers<void>();
      inside.set(ref, full.resolve);
      callRoll();
      const tooLong = setTimeout(
        () => full.reject(new Error(`${inside.size} of ${left} are inside`)),
        IDLE_MS,
      );
      await full.promise;
      clearTimeout(tooLong);
      expect((await scene.refs())[ref.replace("/holder/", "/log/")]).toBe(claim);
      inside.delete(ref);
      left--;
      callRoll();
      const post = await step.post();
      expect(post, post.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
    }),
  );
  expect(Math.max(...(await crowds(scene)))).toBe(SLOTS);
  const { records, holds } = await history(scene);
  const all = new Set(records.map(({ ref }) => ref).filter((ref) => ref.includes("/log/")));
  expect([...all].toSorted()).toEqual(logs);
  expect(holds).toHaveLength(jobs.length);
  expect(holds.map(({ endedBy }) => endedBy?.outcome)).toEqual(jobs.map(() => "released"));
  expect(Object.keys(await scene.refs())).toEqual(logs);
});

describe.concurrent("a user of another number of slots", () => {
  test.for([
    ["3", "1"],
    ["1", "3"],
  ] as const)(
    "held with %s, asked for with %s: both are named, nothing is changed",
    async ([theirs, ours], { scene }) => {
      const [holder, other] = [await scene.job(), await scene.job()];
      await holder.holds({ name: "pool", slots: theirs });
      const refs = await scene.refs();
      for (const wait of ["0", "1h"]) {
        const result = await other.runs({ name: "pool", slots: ours, wait });
        expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
        expect(result.log).toContain(
          `${theirs} slots for its holder, run ${holder.runId}, attempt 1, job publish`,
        );
        expect(result.log).toContain(`${ours} for run ${other.runId}, attempt 1, job publish`);
        expect(await scene.refs()).toEqual(refs);
      }
      expect(other.sent.map(nameOf).filter((name) => !name.startsWith("GET"))).toEqual([]);
      expect((await other.finish()).map(({ code }) => code)).toEqual([0, 0]);
      expect((await holder.finish()).map(({ code }) => code)).toEqual([0]);
    },
  );
});

describe.concurrent("a claim that lands late in one slot", () => {
  /** The first step's claim of the dead holder's slot is cut off, and the step cancelled; the second step then gets the other slot. */
  async function bothSlots(scene: Scene): Promise<{ job: SceneJob; land(): Promise<void> }> {
    const pair = { name: "pool", slots: "2" };
    const [dead, other, job] = [await scene.job(), await scene.job(), await scene.job()];
    await dead.holds(pair);
    await other.holds(pair);
    scene.repository.runs.completeJob(9001);
    scene.hub.now = () => new Date(Date.now() + 15_000);
    const match = { token: scene.hub.token(job.token).name, operation: "updateRefs" };
    const late = scene.hub.faults.add({ kind: "late", match });
    const step = job.uses({ ...pair, wait: "1h" });
    const main = step.main();
    scene.hub.onRequest(({ id }, phase) => {
      if (phase === "received" && late.hits[0]?.id === id) main.kill("SIGINT");
    });
    expect(await main.result).toMatchObject({ code: 130, outputs: { acquired: "false" } });
    // From now on nobody tells this job who is dead.
    scene.hub.token(job.token).actions = "none";
    await other.finish();
    const second = await job.holds(pair);
    expect(second.outputs).toMatchObject({ reentered: "false", ref: "refs/locks/pool/holder/2" });
    return { job, land: late.land };
  }

  test("after another was taken: post takes it back", async ({ scene }) => {
    const { job, land } = await bothSlots(scene);
    await land();
    const { holds } = await history(scene);
    expect(holds.filter(({ endedAt }) => endedAt === null)).toHaveLength(2);
    const posts = await job.finish();
    expect(posts.map(({ code }) => code)).toEqual([0, 0]);
    expect(posts[0]?.log).toContain('released "pool"');
    expect(posts[1]?.log).toContain('took back a claim of "pool" that was never entered');
    expect((await history(scene)).holds.filter(({ endedAt }) => endedAt === null)).toEqual([]);
    expect(Object.keys(await scene.refs()).filter((ref) => !ref.includes("/holder/"))).toEqual(
      logs.slice(0, 2),
    );
  });

  test("after post: it never comes to life", async ({ scene }) => {
    const { job, land } = await bothSlots(scene);
    expect((await job.finish()).map(({ code }) => code)).toEqual([0, 0]);
    await land();
    expect((await history(scene)).holds.filter(({ endedAt }) => endedAt === null)).toEqual([]);
  });
});
