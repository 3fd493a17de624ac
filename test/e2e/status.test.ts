/** `status`: who holds, who waits, whether they live, and how the last holds ended, for people and for programs. */
import { describe, expect } from "vitest";
import { commitByHand, holdByHand, moveRef, STRANGER } from "./by-hand.ts";
import { bury, dieHolding, dieWaiting, skip } from "./gone.ts";
import { type SceneJob, test } from "./scene.ts";

const LOG = "refs/locks/publish/log/1";
const FIELDS = ["claim", "ref", "run", "attempt", "job", "url", "who", "reason", "since", "alive"];

async function status(job: SceneJob, name = "publish") {
  const before = job.sent.length;
  const result = await job.runs({ operation: "status", name });
  expect(result, result.log).toMatchObject({ code: 0, outputs: { acquired: "false" } });
  // It only looks.
  const wrote = job.sent.slice(before).filter(({ method, path }) => method !== "GET" && path !== "/graphql");
  expect(wrote).toEqual([]);
  return { log: result.log, locks: JSON.parse(result.outputs.holders ?? "").locks };
}

const alive = (people: readonly { run: number; alive: string }[]) =>
  people.map((person) => `${person.run} ${person.alive}`);

describe.concurrent("one lock", () => {
  test("its holder and its waiters in their order, alive", async ({ scene }) => {
    const holder = await scene.job({ actor: "mona", job: "release" });
    const { outputs } = await holder.holds({ reason: "hotfix for v2" });
    const waiters: SceneJob[] = [];
    for (let place = 1; place <= 3; place++) {
      const waiter = await scene.job();
      const main = waiter.uses({ wait: "1h", reason: `place ${place}` }).main();
      await main.line(/in line/);
      waiters.push(waiter);
    }
    const { locks, log } = await status(await scene.job());
    expect(locks).toHaveLength(1);
    const [lock] = locks;
    expect(lock).toMatchObject({ name: "publish", slots: 1 });
    for (const person of [...lock.holders, ...lock.waiters])
      expect(Object.keys(person)).toEqual(expect.arrayContaining(FIELDS));
    const dated = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
    expect(lock.holders).toMatchObject([
      {
        claim: outputs.claim,
        ref: outputs.ref,
        run: holder.runId,
        attempt: 1,
        job: "release",
        url: holder.url,
        who: "mona",
        reason: "hotfix for v2",
        since: expect.stringMatching(dated),
        alive: "alive",
      },
    ]);
    const tickets = Object.entries(await scene.refs()).filter(([name]) => name.includes("/queue/"));
    expect(lock.waiters).toMatchObject(
      waiters.map(({ runId, url }, place) => ({
        claim: tickets[place]?.[1],
        ref: tickets[place]?.[0],
        run: runId,
        url,
        reason: `place ${place + 1}`,
        since: expect.stringMatching(dated),
        alive: "alive",
      })),
    );
    for (const part of [holder.url, "hotfix for v2", "alive"]) expect(log).toContain(part);
  });

  test("dead, and why; and not known, and what would tell", async ({ scene }) => {
    const [holder, waiter, live] = [await scene.job(), await scene.job(), await scene.job()];
    await dieHolding(scene, holder);
    await dieWaiting(waiter);
    await dieWaiting(live);
    bury(scene, holder, waiter);
    const seen = await status(await scene.job());
    expect(alive(seen.locks[0].holders)).toEqual([`${holder.runId} dead`]);
    expect(alive(seen.locks[0].waiters)).toEqual([`${waiter.runId} dead`, `${live.runId} alive`]);
    expect(seen.log).toMatch(/dead: its job is completed \(cancelled\)/);
    const blind = await status(await scene.job({ grants: { actions: "none" } }));
    expect(alive(blind.locks[0].holders)).toEqual([`${holder.runId} unknown`]);
    expect(alive(blind.locks[0].waiters)).toEqual([`${waiter.runId} unknown`, `${live.runId} unknown`]);
    expect(blind.log).toContain("actions: read");
  });

  test("past its max-hold it is dead, by the server's dates", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds({ "max-hold": "1h" });
    skip(scene, 3590);
    expect(alive((await status(await scene.job())).locks[0].holders)).toEqual([`${holder.runId} alive`]);
    skip(scene, 20);
    const { locks, log } = await status(await scene.job());
    expect(alive(locks[0].holders)).toEqual([`${holder.runId} dead`]);
    expect(log).toContain("max-hold");
  });

  test("the last holds, newest first, with who ended them and why", async ({ scene }) => {
    const [first, dead, third, clearer] = [
      await scene.job(),
      await scene.job(),
      await scene.job(),
      await scene.job(),
    ];
    await first.holds();
    await first.runs({ operation: "release", reason: "all is out" });
    await dead.holds();
    bury(scene, dead);
    const { outputs } = await third.holds();
    await clearer.runs({
      operation: "clear",
      force: "true",
      expect: outputs.claim ?? "",
      reason: "it hangs",
    });
    const { locks, log } = await status(await scene.job());
    expect(locks[0]).toMatchObject({ holders: [], waiters: [] });
    expect(locks[0].last).toMatchObject([
      {
        token: 3,
        outcome: "cleared",
        by: expect.stringContaining(`run ${clearer.runId}`),
        reason: "it hangs",
      },
      {
        token: 2,
        outcome: "taken-over",
        by: expect.stringContaining(`run ${third.runId}`),
        reason: "its job is completed (cancelled)",
      },
      {
        token: 1,
        outcome: "released",
        by: expect.stringContaining(`run ${first.runId}`),
        reason: "all is out",
      },
    ]);
    const lines = log.split("\n").filter((line) => /hold \d/.test(line));
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/hold 3 cleared by run 804, attempt 1, job publish at \S+: it hangs/);
  });

  test("held by somebody of whom nobody here can ask", async ({ scene }) => {
    await holdByHand(scene.repository);
    const { locks } = await status(await scene.job());
    expect(locks[0].holders).toMatchObject([
      { run: STRANGER.id, attempt: 2, who: "hubot", url: STRANGER.url, alive: "unknown" },
    ]);
  });

  test("with a token that may only read", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds();
    const job = await scene.job({ grants: { contents: "read" } });
    expect(alive((await status(job)).locks[0].holders)).toEqual([`${holder.runId} alive`]);
  });
});

describe.concurrent("all locks", () => {
  test("`*`: each by its name, free ones too, and none that is not a lock", async ({ scene }) => {
    const [holder, other] = [await scene.job(), await scene.job()];
    await holder.holds({ name: "Deploy EU" });
    await other.holds();
    await other.finish();
    await moveRef(
      scene.repository,
      "refs/locks/Not=Ours/log/1",
      null,
      await commitByHand(scene.repository, "x"),
    );
    scene.spoil("refs/locks/Not=Ours/log/1");
    const { locks, log } = await status(await scene.job(), "*");
    expect(
      locks.map(({ name, holders }: { name: string; holders: { run: number }[] }) => [
        name,
        holders.map(({ run }) => run),
      ]),
    ).toEqual([
      ["deploy eu", [holder.runId]],
      ["publish", []],
    ]);
    expect(log).toMatch(/"publish" is free/);
    expect(log).toMatch(/"deploy eu" is held by/);
  });

  test("`*` where there is none", async ({ scene }) => {
    const { locks, log } = await status(await scene.job(), "*");
    expect(locks).toEqual([]);
    expect(log).toContain("no lock");
  });

  test("several by name", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds();
    const { locks } = await status(await scene.job(), "other\npublish");
    expect(locks).toMatchObject([
      { name: "other", holders: [] },
      { name: "publish", holders: [{ run: holder.runId }] },
    ]);
    expect((await scene.refs())[LOG]).toBeDefined();
  });
});
