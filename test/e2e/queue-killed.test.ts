/**
 * Waiters killed with -9, the first in line and one in the middle: nothing of them runs any more, no post. Whether the server ever tells that their
 * jobs are completed or not, those behind them go on.
 */
import { describe, expect } from "vitest";
import { complete, runFast } from "./gone.ts";
import { type Scene, type SceneJob, test } from "./scene.ts";

const LOCK = "refs/locks/publish/";
const MINUTE_S = 60;

/** Each a step in line, in the order of their places. */
interface Line {
  readonly holder: SceneJob;
  readonly jobs: readonly SceneJob[];
  readonly tickets: readonly string[];
  /** Its main, when it has ended. */
  result(place: number): Promise<{ readonly code: number | null; readonly log: string }>;
  kill(place: number): Promise<void>;
  /** Waits for the lock, and gives it back at once. */
  passes(place: number): Promise<void>;
}

/** A fast clock for all of them, and for the server. */
async function lineOf(scene: Scene, length: number): Promise<Line> {
  runFast(scene);
  const holder = await scene.job();
  await holder.holds();
  const jobs: SceneJob[] = [];
  const running: { main: ReturnType<ReturnType<SceneJob["uses"]>["main"]>; post(): Promise<unknown> }[] = [];
  for (let place = 1; place <= length; place++) {
    const job = await scene.job({ fastClock: true });
    const step = job.uses({ wait: "1h" });
    const main = step.main();
    await main.line(/in line for "publish"/);
    jobs.push(job);
    running.push({ main, post: () => step.post() });
  }
  const at = (place: number) => {
    const found = running[place - 1];
    if (found === undefined) throw new Error(`nobody is at place ${place}`);
    return found;
  };
  return {
    ...{ holder, jobs, tickets: await ticketsIn(scene) },
    result: (place) => at(place).main.result,
    async kill(place) {
      const { main } = at(place);
      main.kill("SIGKILL");
      expect(await main.result).toMatchObject({ signal: "SIGKILL", outputs: {} });
    },
    async passes(place) {
      const { main, post } = at(place);
      const result = await main.result;
      expect(result, result.log).toMatchObject({ code: 0, outputs: { acquired: "true" } });
      expect(await post()).toMatchObject({ code: 0, log: expect.stringContaining("released") });
    },
  };
}

async function ticketsIn(scene: Scene): Promise<string[]> {
  return Object.keys(await scene.refs()).filter((ref) => ref.startsWith(`${LOCK}queue/`));
}

/** How long the lock was free before each hold but the first, in seconds by the server's clock. */
async function freeSeconds(scene: Scene): Promise<number[]> {
  const dateOf = async (oid = "") => (await scene.repository.commit(oid))?.committer.date.getTime() ?? 0;
  const holds = await scene.history();
  return await Promise.all(
    holds.slice(1).map(async ({ claims }, before) => {
      const endedMs = await dateOf(holds[before]?.endedBy?.oid);
      return ((await dateOf(claims[0])) - endedMs) / 1000;
    }),
  );
}

async function holders(scene: Scene): Promise<number[]> {
  const runs = (await scene.history()).map(async ({ claims }) => {
    const commit = await scene.repository.commit(claims[0] ?? "");
    return Number(/"id": (\d+)/.exec(commit?.message ?? "")?.[1]);
  });
  return await Promise.all(runs);
}

/** A look around comes each minute to the second in line, each minute and a half to the third; and a busy machine takes its time. */
const SLACK_S = 150;

describe.concurrent("the first in line and the third are killed", () => {
  test("their jobs are completed: whoever is behind removes them at its next look, and goes on", {
    timeout: 180_000,
  }, async ({ scene }) => {
    const line = await lineOf(scene, 5);
    const [first, second, third, fourth, fifth] = line.jobs;
    await Promise.all([line.kill(1), line.kill(3)]);
    complete(scene, ...[first, third].flatMap((job) => job ?? []));
    await line.holder.finish();
    await Promise.all([line.passes(2), line.passes(4), line.passes(5)]);
    expect(await holders(scene)).toEqual([line.holder, second, fourth, fifth].map((job) => job?.runId));
    for (const place of [2, 4])
      expect((await line.result(place)).log).toMatch(/removed a dead waiter's ticket.*job is completed/);
    for (const seconds of await freeSeconds(scene)) expect(seconds).toBeLessThan(SLACK_S);
    expect(Object.keys(await scene.refs())).toEqual([`${LOCK}log/1`]);
  });

  test("nobody ever calls their jobs completed: place k takes what has been free for k minutes", {
    timeout: 300_000,
  }, async ({ scene }) => {
    const line = await lineOf(scene, 4);
    const [first, second, third, fourth] = line.jobs;
    await Promise.all([line.kill(1), line.kill(3)]);
    await line.holder.finish();
    await Promise.all([line.passes(2), line.passes(4)]);
    expect(await holders(scene)).toEqual([line.holder, second, fourth].map((job) => job?.runId));
    // The fourth has the first and the third before it: its place is the third.
    const free = await freeSeconds(scene);
    for (const [hold, minutes] of [2, 3].entries()) {
      expect(free[hold]).toBeGreaterThanOrEqual(minutes * MINUTE_S);
      expect(free[hold]).toBeLessThan(minutes * MINUTE_S + SLACK_S);
    }
    expect(await ticketsIn(scene)).toEqual([line.tickets[0], line.tickets[2]]);
    // Once it is known, whoever comes clears them away.
    complete(scene, ...[first, third].flatMap((job) => job ?? []));
    const late = await scene.job({ fastClock: true });
    await late.holds({ wait: "10m" });
    expect((await late.finish()).map(({ code }) => code)).toEqual([0]);
    expect(Object.keys(await scene.refs())).toEqual([`${LOCK}log/1`]);
  });
});
