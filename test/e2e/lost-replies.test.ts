/** What is applied without its client hearing of it, and what is applied long after its client has gone. */
import { describe, expect } from "vitest";
import type { RequestRecord } from "../hub/exchange.ts";
import type { FaultKind } from "../hub/faults.ts";
import { nameOf, PROVE, type Scene, type SceneJob, test, WAYS } from "./scene.ts";

const DECIDING = { works: ["updateRefs"], refused: ["POST git/refs", "PATCH git/refs/{ref}"] };

/** The requests of one job that change the log, each way's own. Where `updateRefs` is refused, its refusal changes nothing. */
function changesLog(job: SceneJob, way: (typeof WAYS)[number]) {
  return (request: RequestRecord): boolean => {
    if (request.tokenName !== job.sent[0]?.tokenName) return false;
    const about = `${decodeURIComponent(request.path)} ${JSON.stringify(request.body)}`;
    return DECIDING[way].includes(nameOf(request)) && about.includes("/log/1");
  };
}

/** A job whose request number `nth` of those that change the log is hit. */
async function hit(
  scene: Scene,
  way: (typeof WAYS)[number],
  fault: FaultKind,
): Promise<{ job: SceneJob; add(): ReturnType<typeof scene.hub.faults.add> }> {
  const job = await scene.job({ grants: { updateRefs: way } });
  return { job, add: () => scene.hub.faults.add({ ...fault, match: changesLog(job, way) }) };
}

const REPLIES_LOST: readonly FaultKind[] = [{ kind: "drop-after" }, { kind: "5xx-after", status: 502 }];

describe.concurrent.each(WAYS)("updateRefs %s", (way) => {
  describe.each(REPLIES_LOST)("$kind", (fault) => {
    test("an acquire that was applied holds, and a release that was applied is released", async ({
      scene,
    }) => {
      const { job, add } = await hit(scene, way, fault);
      const acquire = add();
      const step = job.uses();
      const main = await step.runMain();
      expect(main, main.log).toMatchObject({ code: 0, outputs: { acquired: "true", "fencing-token": "1" } });
      expect(acquire.hits).toHaveLength(1);
      expect(await scene.history()).toMatchObject([{ nonce: main.env.REFLOCK_CLAIM, endedAt: null }]);

      const release = add();
      const post = await step.post();
      expect(release.hits).toHaveLength(1);
      expect(post, post.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
      expect(await scene.history()).toMatchObject([{ endedBy: { outcome: "released" } }]);
      expect(Object.keys(await scene.refs())).toEqual(["refs/locks/publish/log/1"]);
    });

    test("a release that was applied, with a successor already in", async ({ scene }) => {
      const { job, add } = await hit(scene, way, fault);
      await job.holds();
      const release = add();
      const other = await scene.job({ grants: { updateRefs: way } });
      const successor = Promise.withResolvers<void>();
      scene.hub.onRequest(async (request, phase) => {
        if (phase !== "handled" || release.hits[0]?.id !== request.id) return;
        await other.holds().then(() => successor.resolve(), successor.reject);
      });
      const [post] = await job.finish();
      await successor.promise;
      expect(post, post?.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
      expect(post?.log).not.toContain("lost");
      const holds = await scene.history();
      expect(holds).toMatchObject([{ endedBy: { outcome: "released" } }, { endedAt: null }]);
      expect((await scene.refs())["refs/locks/publish/log/1"]).toBe(holds[1]?.claims[0]);
      await other.finish();
    });
  });

  test("a successor of the other kind, when the reply to a release is lost", async ({ scene }) => {
    const { job, add } = await hit(scene, way, { kind: "drop-after" });
    await job.holds();
    const release = add();
    const other = await scene.job({ grants: { updateRefs: way === "works" ? "refused" : "works" } });
    const successor = Promise.withResolvers<void>();
    scene.hub.onRequest(async (request, phase) => {
      if (phase !== "handled" || release.hits[0]?.id !== request.id) return;
      await other.holds().then(() => successor.resolve(), successor.reject);
    });
    const [post] = await job.finish();
    await successor.promise;
    expect(post, post?.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
    const [given] = await other.finish();
    expect(given, given?.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
    expect(await scene.history()).toMatchObject([{ sequence: 1 }, { sequence: 2, endedBy: {} }]);
    expect(Object.keys(await scene.refs())).toEqual(["refs/locks/publish/log/1"]);
  });

  describe("an acquire that lands late", () => {
    /** Cut off, then cancelled: main ends without knowing, and the claim may still come to life. */
    async function cancelledWhileUnsettled(scene: Scene) {
      const { job, add } = await hit(scene, way, { kind: "late" });
      const late = add();
      const step = job.uses();
      const main = step.main();
      scene.hub.onRequest((request, phase) => {
        if (phase === "received" && late.hits[0]?.id === request.id) main.kill("SIGINT");
      });
      const result = await main.result;
      expect(result, result.log).toMatchObject({ code: 130, outputs: { acquired: "false" } });
      expect(late.hits).toHaveLength(1);
      expect(await scene.history()).toEqual([]);
      return { job, step, late };
    }

    async function expectUsable(scene: Scene): Promise<void> {
      expect((await scene.history()).filter((hold) => hold.endedAt === null)).toEqual([]);
      expect(Object.keys(await scene.refs())).toEqual(["refs/locks/publish/log/1"]);
      const next = await scene.job();
      await next.holds();
      await next.finish();
    }

    test("before post runs", async ({ scene }) => {
      const { step, late } = await cancelledWhileUnsettled(scene);
      await late.land();
      expect(await scene.history()).toMatchObject([{ endedAt: null }]);
      const post = await step.post({ inputs: "none" });
      expect(post.code, post.log).toBe(0);
      expect(await scene.history()).toMatchObject([{ endedBy: { outcome: "released" } }]);
      await expectUsable(scene);
    });

    test("after post has read that it did not land", async ({ scene }) => {
      const { job, step, late } = await cancelledWhileUnsettled(scene);
      const before = job.sent.length;
      const remove = scene.hub.onRequest(async ({ id }, phase) => {
        if (phase !== "handled" || id !== job.sent[before]?.id) return;
        remove();
        await late.land();
      });
      const post = await step.post({ inputs: "none" });
      expect(post.code, post.log).toBe(0);
      expect(await scene.history()).toMatchObject([{ endedBy: { outcome: "released" } }]);
      await expectUsable(scene);
    });

    test("after post has ended: it never comes to life", async ({ scene }) => {
      const { step, late } = await cancelledWhileUnsettled(scene);
      const post = await step.post({ inputs: "none" });
      expect(post.code, post.log).toBe(0);
      await late.land();
      expect(await scene.history()).toEqual([]);
      await expectUsable(scene);
    });

    test("after another has taken the lock: post changes nothing", async ({ scene }) => {
      const { step, late } = await cancelledWhileUnsettled(scene);
      const other = await scene.job();
      await other.holds();
      const refs = await scene.refs();
      const post = await step.post();
      expect(post.code, post.log).toBe(0);
      await late.land();
      expect(await scene.refs()).toEqual(refs);
      await other.finish();
    });

    test("between main's reading back and its repeating: it holds, once", async ({ scene }) => {
      const { job, add } = await hit(scene, way, { kind: "late" });
      const late = add();
      let landed = false;
      scene.hub.onRequest(async (request, phase) => {
        const isRead = request.method === "GET" || request.graphql?.operation === "repository";
        if (landed || phase !== "handled" || !isRead || late.hits.length === 0) return;
        landed = true;
        await late.land();
      });
      const main = await job.holds();
      expect(landed).toBe(true);
      expect(await scene.history()).toMatchObject([{ nonce: main.env.REFLOCK_CLAIM, endedAt: null }]);
      const [post] = await job.finish();
      expect(post, post?.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
      await expectUsable(scene);
    });

    // By the bundle's own deadline for a request: nobody cuts the connection, and nobody answers.
    test("after main's own time-out", { timeout: 120_000 }, async ({ scene }) => {
      const job = await scene.job({ grants: { updateRefs: way }, fastClock: !PROVE });
      const late = scene.hub.faults.add({ kind: "late", close: false, match: changesLog(job, way) });
      const main = await job.holds();
      expect(late.hits).toHaveLength(1);
      await late.land();
      expect(await scene.history()).toMatchObject([{ nonce: main.env.REFLOCK_CLAIM, endedAt: null }]);
      const [post] = await job.finish();
      expect(post, post?.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
      await expectUsable(scene);
    });
  });
});
