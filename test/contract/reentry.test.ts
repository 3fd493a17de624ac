/** A hold that is ours is entered again, and asserted by a write; one that was given back, or is another's, never is, whatever a read shows. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Hold } from "../../src/lock/hold.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type ClientOptions, type Ground, openGround } from "./ground.ts";
import { handed, held, type Step, stepOf } from "./several.ts";

const WAYS = ["works", "refused"] as const;
const MINUTE_MS = 60_000;
const SETTLED_MS = 11_000;

let ground: Ground;

beforeEach(async () => {
  ground = await openGround({ validate: false });
});

afterEach(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

async function take(step: Step, name: string, wish: Parameters<Step["acquire"]>[1] = {}): Promise<Hold> {
  const [hold] = await ground.time.until(step.acquire([name], wish));
  if (hold === undefined) throw new Error("it was said to be held, and by nothing");
  return hold;
}

const cast = (updateRefs: (typeof WAYS)[number], run: ClientOptions["run"] = {}) =>
  ground.client({ grants: { updateRefs }, run });

const reentries = ({ told }: Client) =>
  told.filter((progress) => progress.kind === "move" && progress.move.kind === "reenter").length;

/** The client's next reads of refs are answered as they would have been so many changes ago. */
function serveStale(client: Client, changes: number, times: number) {
  const { name } = ground.hub.token(client.token);
  return ground.hub.faults.add({
    ...{ kind: "stale", changes, times },
    match: ({ tokenName, method, route }) =>
      tokenName === name && method === "GET" && /\/git\/(matching-refs|ref)\//.test(route),
  });
}

describe.each(WAYS)("a stale read shows the lock as it was when it was ours, updateRefs %s", (updateRefs) => {
  const AGES = [1, 2, 3, 4, 5, 6];

  /** The job held it, gave it back, and the log has gone on since. */
  async function gaveBack(name: string, wish: Parameters<Step["acquire"]>[1]) {
    const client = await cast(updateRefs);
    const before = stepOf(ground, client);
    const hold = await take(before, name, wish);
    expect(await ground.time.until(before.release(name))).toBe("released");
    // A second release in the same second would write the same commit.
    await ground.time.advance(2000);
    return { client, hold };
  }

  test.each([
    ["by its own job", {}, false],
    ["though it is still handed on", {}, true],
    ["by its own run", { scope: "run" }, false],
  ] as const)("%s: it is not entered, while another holds it", async (_, wish, isHanded) => {
    let tempted = 0;
    for (const age of AGES) {
      const name = `publish ${age}`;
      const { client, hold } = await gaveBack(name, wish);
      const rival = stepOf(ground, await cast(updateRefs));
      const theirs = await take(rival, name);
      const stale = serveStale(client, age, 1 + (age % 3));
      const step = stepOf(ground, client);
      const mine = isHanded ? { mine: handed(client, hold) } : {};
      const error = await rejectionOf(ground.time.until(step.acquire([name], { ...wish, ...mine })));
      expect(error, `${age} changes ago`).toMatchObject({ kind: "not-acquired" });
      expect(stale.hits.length).toBeGreaterThan(0);
      stale.remove();
      expect([...step.left.holds, ...step.left.tickets]).toEqual([]);
      expect((await ground.time.until(rival.check(name))).hold.nonce).toBe(theirs.nonce);
      expect(await ground.time.until(rival.post())).toEqual(["released"]);
      tempted += reentries(client);
    }
    // Of these ages, some showed the claim that was given back.
    expect(tempted).toBeGreaterThan(0);
    expect(await held(ground)).toEqual([]);
  });

  test("nobody holds it: it is taken anew", async () => {
    for (const age of AGES) {
      const name = `publish ${age}`;
      const { client, hold } = await gaveBack(name, {});
      const stale = serveStale(client, age, 2);
      const step = stepOf(ground, client);
      const again = await take(step, name);
      stale.remove();
      expect(again, `${age} changes ago`).toMatchObject({ reentered: false, sequence: 2 });
      expect(again.nonce).not.toBe(hold.nonce);
      expect(await ground.time.until(step.post())).toEqual(["released"]);
    }
  });

  test("and past its max-hold by now: nothing was lost, and it is taken anew", async () => {
    for (const age of AGES.slice(0, 2)) {
      const name = `publish ${age}`;
      const { client } = await gaveBack(name, { maxHoldSeconds: 60 });
      await ground.time.advance(5 * MINUTE_MS);
      serveStale(client, age, 1);
      const step = stepOf(ground, client);
      expect(await take(step, name), `${age} changes ago`).toMatchObject({ reentered: false, sequence: 2 });
      await ground.time.until(step.post());
    }
  });

  test("`release` and `check` are not misled either", async () => {
    for (const age of AGES.slice(0, 3)) {
      const name = `publish ${age}`;
      const { client, hold } = await gaveBack(name, {});
      const rival = stepOf(ground, await cast(updateRefs));
      await take(rival, name);
      const step = stepOf(ground, client);
      for (const mine of [handed(client), handed(client, hold)]) {
        serveStale(client, age, 1);
        const found = await ground.time.until(step.release(name, mine));
        // Of a hold that is not handed on, a read may show nothing at all.
        expect(mine.nonces.size === 0 ? ["ended", "none"] : ["ended"], `${age} changes ago`).toContain(found);
        serveStale(client, age, 1);
        const error = await rejectionOf(ground.time.until(step.check(name, mine)));
        expect(error, `${age} changes ago`).toMatchObject({ kind: "not-held" });
      }
      expect(await ground.time.until(rival.post())).toEqual(["released"]);
    }
  });
});

describe.each(WAYS)("updateRefs %s", (updateRefs) => {
  test("every assertion gets through, whatever second it falls in", async () => {
    const client = await cast(updateRefs);
    const outer = stepOf(ground, client);
    const hold = await take(outer, "publish");
    // Each request is answered a second after the one before.
    let ticks = 0;
    ground.hub.now = () => new Date(ground.time.date().getTime() + ticks * 1000);
    ground.hub.onRequest((_, phase) => void (phase === "received" && ticks++));
    const startedMs = ground.time.clock.monotonicMs();
    const inner = stepOf(ground, await sameJob(client, updateRefs));
    expect(await take(inner, "publish")).toMatchObject({ nonce: hold.nonce, reentered: true });
    const checking = stepOf(ground, await sameJob(client, updateRefs));
    expect((await ground.time.until(checking.check("publish"))).hold.nonce).toBe(hold.nonce);
    expect(ground.time.clock.monotonicMs() - startedMs).toBeLessThan(5000);
    expect(await ground.time.until(inner.post())).toEqual(["lasted"]);
    expect(await ground.time.until(outer.post())).toEqual(["released"]);
  });

  /** A later step is a process of its own, which has yet to find out what the server refuses. */
  const sameJob = (client: Client, way: typeof updateRefs) => cast(way, client.run);

  test("the legs of a matrix, one after the other on one runner, never pass for each other", async () => {
    const leg = { id: 880, job: "publish", jobId: null, runner: "pool-1" };
    const [one, other] = [await cast(updateRefs, leg), await cast(updateRefs, { ...leg })];
    const first = stepOf(ground, one);
    const hold = await take(first, "publish");
    const second = stepOf(ground, other);
    expect(await rejectionOf(ground.time.until(second.acquire(["publish"])))).toMatchObject({
      kind: "not-acquired",
    });
    expect(await rejectionOf(ground.time.until(second.check("publish")))).toMatchObject({ kind: "not-held" });
    expect(await ground.time.until(second.release("publish"))).toBe("none");
    // The first leg's own later steps have what was handed on.
    const mine = handed(one, hold);
    const inner = stepOf(ground, one);
    expect(await take(inner, "publish", { mine })).toMatchObject({ nonce: hold.nonce, reentered: true });
    expect(await ground.time.until(inner.post())).toEqual(["lasted"]);
    // Its job over, it is no reason to take the lock away from it that another leg is on its runner now.
    await ground.time.advance(MINUTE_MS);
    expect(await rejectionOf(ground.time.until(second.acquire(["publish"])))).toMatchObject({
      kind: "not-acquired",
    });
    expect(await ground.time.until(first.post())).toEqual(["released"]);
    expect(await take(second, "publish")).toMatchObject({ sequence: 2, reentered: false });
    await ground.time.until(second.post());
  });

  test("a hold for the whole run lives as long as the attempt, and dies with it", async () => {
    const { runs } = ground.repository;
    const taker = await cast(updateRefs, { id: 880 });
    const hold = await take(stepOf(ground, taker), "publish", { scope: "run" });
    taker.complete();
    await ground.time.advance(60 * MINUTE_MS);
    const rival = stepOf(ground, await cast(updateRefs));
    expect(await rejectionOf(ground.time.until(rival.acquire(["publish"])))).toMatchObject({
      kind: "not-acquired",
    });
    const relying = stepOf(ground, await cast(updateRefs, { id: 880 }));
    expect(await take(relying, "publish")).toMatchObject({ nonce: hold.nonce, reentered: true });
    runs.completeRun(880, "failure");
    await ground.time.advance(SETTLED_MS);
    expect(await take(rival, "publish")).toMatchObject({ sequence: 2, reentered: false });
    expect(await ground.time.until(relying.post())).toEqual(["ended"]);
    await ground.time.until(rival.post());
  });

  test("what another attempt holds is not entered, and taken over once that attempt is over", async () => {
    const { runs } = ground.repository;
    const first = await cast(updateRefs, { id: 880 });
    const hold = await take(stepOf(ground, first), "publish", { scope: "run" });
    const early = stepOf(ground, await cast(updateRefs));
    // The run goes on: nobody but its own jobs gets it.
    expect(await rejectionOf(ground.time.until(early.acquire(["publish"])))).toMatchObject({
      kind: "not-acquired",
    });
    first.complete();
    runs.completeRun(880, "failure");
    await ground.time.advance(SETTLED_MS);
    runs.rerun(880);
    const second = stepOf(ground, await cast(updateRefs, { id: 880, attempt: 2 }));
    const again = await take(second, "publish", { scope: "run" });
    expect(again).toMatchObject({ sequence: 2, reentered: false });
    expect(again.nonce).not.toBe(hold.nonce);
    const [ended] = (await ground.history()).filter(({ nonce }) => nonce === hold.nonce);
    expect(ended?.endedBy).toMatchObject({ outcome: "taken-over" });
  });
});
