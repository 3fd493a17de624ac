/** A workflow and a person want one lock: each meets the other's claim, by API and by git, in one repository. */
import { describe, expect } from "vitest";
import { test as base, type Scene } from "../e2e/scene.ts";
import { type Desk, expectPlain, openDesk, type Said } from "./desk.ts";

/** The command line, with the hub's repository as remote, and with or without a credential for its API. */
function personAt(desk: Desk, scene: Scene) {
  const token = scene.hub.addToken({ label: "person", contents: "read" });
  const api = { GH_TOKEN: token, GITHUB_API_URL: scene.hub.url };
  const call = (line: string, env: Readonly<Record<string, string>>): Promise<Said> =>
    desk.shell(`reflock ${line}`, { ...env, REMOTE: scene.repository.dir });
  return {
    token,
    asks: (line: string) => call(`${line} --remote "$REMOTE"`, api),
    guesses: (line: string) => call(`${line} --remote "$REMOTE"`, {}),
    with: (env: Readonly<Record<string, string>>, line: string) =>
      call(`${line} --remote "$REMOTE"`, { ...api, ...env }),
    start: (...words: string[]) => desk.start(...words, "--remote", scene.repository.dir),
  };
}

const test = base.extend("person", async ({ scene }, { onCleanup }) => {
  const desk = await openDesk();
  onCleanup(() => desk.close());
  return personAt(desk, scene);
});

/** The job is over, and by the server's clock has been for a minute. */
function end(scene: Scene, jobId: number): void {
  scene.repository.runs.completeJob(jobId, "cancelled");
  const { now } = scene.hub;
  scene.hub.now = () => new Date(now().getTime() + 60_000);
}

describe.concurrent("a person meets a workflow's claim", () => {
  test("and is told whose it is, since when, with its link, and whether it is alive", async ({
    scene,
    person,
  }) => {
    const job = await scene.job({ jobId: 9100 });
    await job.holds({ reason: "nightly" });
    const status = await person.asks("status publish");
    expect(status.code, status.err).toBe(0);
    expect(status.out).toMatch(new RegExp(`run ${job.runId}, attempt 1, job publish`));
    expect(status.out).toContain(job.url);
    expect(status.out).toContain("alive: its job is in_progress");
    const refused = await person.asks("acquire -n publish");
    expect(refused).toMatchObject({ code: 75, out: "" });
    expect(refused.err).toContain(job.url);
    const unknown = await person.guesses("acquire -n publish");
    expect(unknown.code).toBe(75);
    expect(unknown.err).toContain("GH_TOKEN or GITHUB_TOKEN");
    for (const said of [status, refused, unknown]) expectPlain(said);
    expect(scene.hub.requests.filter(({ tokenName }) => tokenName === "person").length).toBeGreaterThan(0);
  });

  test("takes over what a job left that is over, and without a credential does not", async ({
    scene,
    person,
  }) => {
    const job = await scene.job({ jobId: 9100 });
    await job.holds();
    end(scene, 9100);
    expect((await person.guesses("acquire -n publish")).code).toBe(75);
    const elsewhere = await person.with({ GITHUB_API_URL: "", GH_HOST: "ghes.example" }, "status publish");
    expect(elsewhere.out).toContain("the environment names the API of ghes.example");
    expect(elsewhere.out).not.toMatch(/\bdead\b/);
    const taken = await person.asks("acquire -n publish");
    expect(taken.code, taken.err).toBe(0);
    expect(taken.err).toMatch(/took over "publish" from run \d+.*completed \(cancelled\)/);
    const log = await person.asks("log publish");
    expect(log.out).toMatch(/taken-over/);
  });

  test("clears what is dead, and may end what is alive with a reason that the job reads", async ({
    scene,
    person,
  }) => {
    const [gone, alive] = [await scene.job({ jobId: 9100 }), await scene.job({ jobId: 9101 })];
    await gone.holds({ name: "docs" });
    const step = alive.uses();
    expect((await step.runMain()).code).toBe(0);
    end(scene, 9100);
    const cleared = await person.asks("clear '*' --json");
    expect(cleared.code, cleared.err).toBe(75);
    const results = JSON.parse(cleared.out).results.map(({ lock, result }: Record<string, string>) => [
      lock,
      result,
    ]);
    expect(results).toEqual([
      ["docs", "cleared"],
      ["publish", "refused"],
    ]);
    const claim = (await person.asks("status publish --json")).out;
    const { holders } = JSON.parse(claim).locks[0];
    const why = `clear publish --force --expect ${holders[0].claim} --reason "it hangs"`;
    expect((await person.asks(why)).code).toBe(0);
    const post = await step.post();
    expect(post.code).toBe(1);
    expect(post.log).toContain("it hangs");
  });

  test("does not give back what a job works under", async ({ scene, person }) => {
    const job = await scene.job();
    const { outputs } = await job.holds();
    const said = await person.asks(`release publish ${outputs.claim}`);
    expect(said.code).toBe(77);
    expect(said.err).toContain("reflock clear --expect");
    expect((await job.runs({ operation: "check" })).code).toBe(0);
  });
});

describe.concurrent("a workflow meets a person's claim", () => {
  test("and waits until it is given back", async ({ scene, person }) => {
    const taken = await person.guesses("acquire publish --reason 'by hand'");
    expect(taken.code, taken.err).toBe(0);
    const job = await scene.job();
    const refused = await job.runs();
    expect(refused.code).toBe(1);
    expect(refused.log).toContain("by hand");
    const waiting = job.uses({ wait: "1m" }).main();
    await waiting.line(/first in line/);
    expect((await person.guesses(`release publish ${taken.out.trimEnd()}`)).code).toBe(0);
    expect(await waiting.result).toMatchObject({
      code: 0,
      outputs: { acquired: "true", "fencing-token": "2" },
    });
  });

  test("and a person who waits in line behind a job gets it after the job", async ({ scene, person }) => {
    const job = await scene.job();
    const step = job.uses();
    expect((await step.runMain()).code).toBe(0);
    const waiter = person.start("acquire", "publish");
    await waiter.says("first in line");
    expect((await step.post()).code).toBe(0);
    const said = await waiter.said;
    expect(said.code, said.err).toBe(0);
    expect((await person.guesses(`release publish ${said.out.trimEnd()}`)).code).toBe(0);
  });
});
