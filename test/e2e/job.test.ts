/** What one job does with several steps, what a step hands to later ones, and where the lock's refs may live. */
import { describe, expect } from "vitest";
import { type Scene, test, WAYS } from "./scene.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe.concurrent("several steps", () => {
  test("two names in one job: both are held, both are given back, the last first", async ({ scene }) => {
    const job = await scene.job();
    const first = await job.holds({ name: "publish" });
    const second = await job.holds({ name: "Deploy" });
    expect(first.env).toMatchObject({ REFLOCK_NAME: "publish", REFLOCK_TOKEN: "1" });
    expect(second.env).toMatchObject({ REFLOCK_NAME: "publish Deploy", REFLOCK_TOKEN: "1 1" });
    const nonces = second.env.REFLOCK_CLAIM?.split(" ") ?? [];
    expect(nonces[0]).toBe(first.env.REFLOCK_CLAIM);
    expect(nonces[1]).toMatch(UUID);
    for (const name of ["publish", "Deploy"]) {
      const check = await job.runs({ name, operation: "check" });
      expect(check, check.log).toMatchObject({ code: 0, outputs: { acquired: "true" } });
    }
    const posts = await job.finish();
    expect(posts.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const released = posts.map(({ log }) => /released "(\w+)"/.exec(log)?.[1]).filter(Boolean);
    expect(released).toEqual(["Deploy", "publish"]);
    expect(Object.keys(await scene.refs())).toEqual(["refs/locks/deploy/log/1", "refs/locks/publish/log/1"]);
  });

  test("a release takes its own lock out of what is handed on", async ({ scene }) => {
    const job = await scene.job();
    const { env } = await job.holds({ name: "one" });
    await job.holds({ name: "two" });
    await job.runs({ name: "two", operation: "release" });
    expect(job.env).toMatchObject({
      REFLOCK_NAME: "one",
      REFLOCK_CLAIM: env.REFLOCK_CLAIM,
      REFLOCK_TOKEN: "1",
    });
    expect(await job.runs({ name: "one", operation: "check" })).toMatchObject({ code: 0 });
    expect((await job.finish()).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  });

  test("a release is not misled by the words of another lock's name", async ({ scene }) => {
    const job = await scene.job();
    await job.holds({ name: "publish" });
    const { env } = await job.holds({ name: "nightly publish" });
    await job.runs({ name: "publish", operation: "release" });
    const handedOn = { REFLOCK_NAME: "nightly publish", REFLOCK_CLAIM: env.REFLOCK_CLAIM?.split(" ")[1] };
    expect(job.env).toMatchObject(handedOn);
    expect((await job.finish()).map(({ code }) => code)).toEqual([0, 0, 0]);
  });

  test("a later `run:` step sees the fencing token", async ({ scene }) => {
    const job = await scene.job();
    await job.holds();
    await job.runs({ operation: "release" });
    await job.holds();
    const script = "console.log(process.env.REFLOCK_NAME, process.env.REFLOCK_TOKEN)";
    const { stdout } = await job.command(process.execPath, ["-e", script]).result;
    expect(stdout).toBe("publish 2\n");
    await job.finish();
  });

  test("the second job of a run takes the lock after the first", async ({ scene }) => {
    const first = await scene.job({ runId: 880, job: "build" });
    const second = await scene.job({ runId: 880, job: "publish" });
    await first.holds();
    expect(await second.runs()).toMatchObject({ code: 1, outputs: { reentered: "false" } });
    await first.finish();
    expect((await second.holds()).outputs).toMatchObject({ reentered: "false", "fencing-token": "2" });
    await second.finish();
  });
});

describe.concurrent("what is written", () => {
  test("outputs of a step that acquired", async ({ scene }) => {
    const job = await scene.job();
    const { outputs, env } = await job.holds();
    expect(outputs).toEqual({
      acquired: "true",
      reentered: "false",
      "waited-seconds": expect.stringMatching(/^\d+$/),
      "fencing-token": "1",
      ref: "refs/locks/publish/holder/1",
      claim: (await scene.refs())["refs/locks/publish/holder/1"],
    });
    expect(env).toMatchObject({
      REFLOCK_NAME: "publish",
      REFLOCK_CLAIM: (await scene.history())[0]?.nonce,
      REFLOCK_TOKEN: "1",
    });
    await job.finish();
  });

  test("the log reads as the history, with no tool of ours", async ({ scene }) => {
    const job = await scene.job({ actor: "mona", workflow: "Ship it" });
    await job.holds({ reason: "release 1.2", "max-hold": "2h" });
    await job.finish();
    const log = await scene.repository.git(["log", "--format=%s", "refs/locks/publish/log/1"]);
    const [ended, began] = log.trimEnd().split("\n");
    expect(began).toMatch(/^publish held by run 801, attempt 1, job publish$/);
    expect(ended).toMatch(/^publish released by run 801, attempt 1, job publish after \d+s$/);
    const body = await scene.repository.git([
      "log",
      "-1",
      "--skip=1",
      "--format=%b",
      "refs/locks/publish/log/1",
    ]);
    expect(JSON.parse(body)).toMatchObject({
      reflock: 1,
      kind: "claim",
      lock: "publish",
      slot: 1,
      slots: 1,
      scope: "job",
      clock: "server",
      maxHoldSeconds: 7200,
      reason: "release 1.2",
      run: { repository: "octo/app", id: 801, attempt: 1, jobId: 9001, actor: "mona", workflow: "Ship it" },
    });
    const tree = await scene.repository.git(["ls-tree", "-r", "refs/locks/publish/log/1"]);
    expect(tree).toBe("");
  });

  test("RUNNER_DEBUG=1 traces the moves, and nothing does without it", async ({ scene }) => {
    const job = await scene.job({ env: { RUNNER_DEBUG: "1" } });
    const { lines, log } = await (async () => {
      const result = await job.holds();
      return {
        lines: result.log.split("\n").filter((line) => line.startsWith("##[debug]")),
        log: result.log,
      };
    })();
    expect(lines.length, log).toBeGreaterThanOrEqual(3);
    for (const move of ["look", "prepare", "take"]) expect(log).toContain(move);
    const silent = await scene.job();
    expect((await silent.runs({ operation: "status" })).commands.map(({ command }) => command)).not.toContain(
      "debug",
    );
    await job.finish();
  });
});

describe.concurrent("elsewhere", () => {
  /** A job that takes a lock kept in another place, and gives it back. Gives the refs while it is held. */
  async function takeAndGiveBack(
    scene: Scene,
    inputs: Readonly<Record<string, string>>,
    way: (typeof WAYS)[number],
  ) {
    const job = await scene.job({ grants: { updateRefs: way } });
    const { outputs } = await job.holds(inputs);
    const rival = await scene.job({ grants: { updateRefs: way } });
    const refused = await rival.runs(inputs);
    expect(refused, refused.log).toMatchObject({ code: 1, log: expect.stringContaining(job.url) });
    expect(await job.runs({ ...inputs, operation: "check" })).toMatchObject({ code: 0 });
    const posts = await job.finish();
    expect(posts.map(({ code }) => code)).toEqual([0, 0]);
    expect(posts[1]?.log).toContain("released");
    return outputs;
  }

  test.for(WAYS)("`repository`: one lock across repositories, updateRefs %s", async (way, { scene }) => {
    const shared = await scene.addRepository("octo/locks");
    const outputs = await takeAndGiveBack(scene, { repository: "octo/locks" }, way);
    expect(outputs.ref).toBe("refs/locks/publish/holder/1");
    expect(await scene.refs()).toEqual({});
    expect((await shared.refs("refs/locks/")).map(({ name }) => name)).toEqual(["refs/locks/publish/log/1"]);
  });

  test("`repository`: jobs of two repositories exclude each other", async ({ scene }) => {
    const other = await scene.addRepository("octo/other");
    await scene.addRepository("octo/locks");
    const job = await scene.job();
    await job.holds({ repository: "octo/locks" });
    const rival = await scene.job({ repository: other, runId: job.runId, attempt: 1, jobId: 1 });
    const refused = await rival.runs({ repository: "octo/locks" });
    expect(refused, refused.log).toMatchObject({ code: 1, log: expect.stringContaining(job.url) });
    expect(await rival.runs({ repository: "octo/locks", operation: "release" })).toMatchObject({ code: 1 });
    expect((await job.finish()).map(({ code }) => code)).toEqual([0]);
  });

  test.for(WAYS)("`namespace: refs/heads/locks`, updateRefs %s", async (way, { scene }) => {
    const outputs = await takeAndGiveBack(scene, { namespace: "refs/heads/locks" }, way);
    expect(outputs.ref).toBe("refs/heads/locks/publish/holder/1");
    expect(await scene.refs()).toEqual({});
    const names = (await scene.repository.refs("refs/heads/")).map(({ name }) => name);
    expect(names).toEqual(["refs/heads/locks/publish/log/1", "refs/heads/main"]);
  });

  test("two namespaces are two locks", async ({ scene }) => {
    const [job, other] = [await scene.job(), await scene.job()];
    await job.holds();
    await other.holds({ namespace: "refs/tags/locks" });
    await job.finish();
    await other.finish();
  });
});
