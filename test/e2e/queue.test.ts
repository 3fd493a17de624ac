/**
 * Many processes in line behind a lock that is held: all get it in turn, first come, first served, and what each of them costs. The hub says when a take
 * was sent and what was in line then, git's own journal what came of it.
 */
import { setTimeout } from "node:timers/promises";
import { test as alone, describe, expect } from "vitest";
import type { RequestRecord } from "../hub/exchange.ts";
import type { OracleRecord } from "../hub/journal.ts";
import { PROVE, type Scene, type SceneJob, test } from "./scene.ts";

const LOCK = "refs/locks/publish/";
const MINUTES = 60_000;

/** What one acquisition may cost, its wait and its release with it: the mean over the line. */
const MOST = { rest: 15, graphql: 3 };

/** What a take asked for, and the line as git had it when the take arrived. */
interface Take {
  readonly claim: string;
  /** `null`: without one. */
  readonly ticket: string | null;
  readonly line: readonly string[];
}

interface Update {
  readonly name: string;
  readonly afterOid: string;
}

/** The changes of an `updateRefs` as it was sent. */
function updatesOf({ graphql, body }: RequestRecord): readonly Update[] {
  if (graphql?.operation !== "updateRefs") return [];
  return (body as { variables: { refUpdates: readonly Update[] } }).variables.refUpdates;
}

const isNothing = (oid: string) => /^0+$/.test(oid);

/** Notes each take as it arrives, before anything is done with it. */
function watchTakes({ hub, repository }: Scene): Take[] {
  const takes: Take[] = [];
  hub.onRequest(async (request, phase) => {
    if (phase !== "received") return;
    const updates = updatesOf(request);
    const claim = updates.find(({ name }) => name === `${LOCK}holder/1`)?.afterOid;
    if (claim === undefined || isNothing(claim)) return;
    const records = await repository.oracle();
    const ticket = updates.find(({ name }) => name.startsWith(`${LOCK}queue/`))?.name ?? null;
    takes.push({ claim, ticket, line: lineAfter(records) });
  });
  return takes;
}

/** The tickets that there are after these changes. */
function lineAfter(records: readonly OracleRecord[]): string[] {
  const line = new Set<string>();
  for (const { ref, to } of records) {
    if (!ref.startsWith(`${LOCK}queue/`)) continue;
    if (to === null) line.delete(ref);
    else line.add(ref);
  }
  return [...line].sort();
}

/** Of the takes that succeeded, those before which somebody had been in line. */
function overtakings(takes: readonly Take[], records: readonly OracleRecord[]): string[] {
  const taken = new Set(records.flatMap(({ ref, to }) => (ref === `${LOCK}log/1` ? [to] : [])));
  return takes
    .filter(({ claim }) => taken.has(claim))
    .flatMap(({ ticket, line }) =>
      line
        .filter((other) => ticket === null || other < ticket)
        .map((other) => `${ticket ?? "a newcomer"} went before ${other}`),
    );
}

interface Cost {
  readonly rest: number;
  readonly graphql: number;
}

/** What counts against GitHub's limits, for each of the jobs. */
function meanCost(jobs: readonly SceneJob[]): Cost {
  const sent = jobs.flatMap((job) => job.sent).filter(({ counted }) => counted);
  const rest = sent.filter(({ graphql }) => graphql === undefined).length;
  return { rest: rest / jobs.length, graphql: (sent.length - rest) / jobs.length };
}

/** Who waits for a quarter of a minute looks whether those before it live, which costs the more the less it knew; once. */
async function everybodyLooked(jobs: readonly SceneJob[]): Promise<void> {
  const hasLooked = (job: SceneJob) => job.sent.some(({ route }) => route.includes("/actions/jobs/"));
  while (!jobs.every(hasLooked)) await setTimeout(100);
}

/** So many wait while one holds; then each takes the lock as it comes, and gives it back at once. */
async function passThrough(scene: Scene, waiters: number): Promise<Cost> {
  const [holder, ...jobs] = await Promise.all(Array.from({ length: waiters + 1 }, () => scene.job()));
  if (holder === undefined) throw new Error("nobody holds");
  await holder.holds();
  const before = (await scene.history()).length;
  let inside = 0;
  const steps = jobs.map((job) => job.uses({ wait: "1h" }));
  const mains = steps.map((step) => step.main());
  await Promise.all(mains.map((main) => main.line(/in line for "publish"/)));
  expect(lineAfter(await scene.repository.oracle())).toHaveLength(waiters);
  // Otherwise a small crowd is through before it has paid for that, and can't be compared with a large one.
  if (PROVE) await everybodyLooked(jobs);
  const [first] = await holder.finish();
  expect(first, first?.log).toMatchObject({ code: 0 });
  await Promise.all(
    steps.map(async (step, number) => {
      const main = await mains[number]?.result;
      expect(main, main?.log).toMatchObject({ code: 0, outputs: { acquired: "true" } });
      expect(++inside).toBe(1);
      await setTimeout(50);
      expect(inside--).toBe(1);
      expect(await step.post()).toMatchObject({ code: 0, log: expect.stringContaining("released") });
    }),
  );
  const holds = (await scene.history()).slice(before);
  expect(holds.map(({ endedBy }) => endedBy?.outcome)).toEqual(jobs.map(() => "released"));
  expect(Object.keys(await scene.refs())).toEqual([`${LOCK}log/1`]);
  return meanCost(jobs);
}

/**
 * By how much fifty may cost each of them more than ten. Each pays fourteen, wherever it is in line, but for the first, who has nobody before it to watch
 * and to look after: three less, which is a tenth of ten but a fiftieth of fifty. And where fifty come at once, more of them find that another came
 * between them and the one whom they watched, which is one to three more: 0.3 on a machine that has nothing else to do, 1.3 on one with ten other things.
 */
const MARGIN = 2;

describe("in line", () => {
  const crowds = PROVE ? [10, 50] : [12];
  test(`${crowds.join(" and then ")} get the lock in turn`, { timeout: 20 * MINUTES }, async ({ scene }) => {
    const takes = watchTakes(scene);
    const costs: Cost[] = [];
    for (const crowd of crowds) {
      const cost = await passThrough(scene, crowd);
      console.log(`${crowd} in line: ${cost.rest.toFixed(1)} REST, ${cost.graphql.toFixed(1)} GraphQL each`);
      costs.push(cost);
    }
    expect(takes.length).toBeGreaterThan(crowds.reduce((one, other) => one + other));
    expect(overtakings(takes, await scene.repository.oracle())).toEqual([]);
    for (const { rest, graphql } of costs) {
      expect(rest).toBeLessThanOrEqual(MOST.rest);
      expect(graphql).toBeLessThanOrEqual(MOST.graphql);
      expect(rest).toBeLessThanOrEqual((costs[0]?.rest ?? 0) + MARGIN);
      expect(graphql).toBeLessThanOrEqual((costs[0]?.graphql ?? 0) + MARGIN);
    }
  });
});

describe("who goes before whom", () => {
  const [first, second] = [`${LOCK}queue/00000001-1-a`, `${LOCK}queue/00000002-1-b`];
  const take = (ticket: string | null, ...line: string[]): Take => ({ claim: "claim", ticket, line });
  const taken: OracleRecord = { index: 0, transaction: 0, ref: `${LOCK}log/1`, from: null, to: "claim" };
  const records: readonly OracleRecord[] = [taken];
  alone.for([
    ["the second takes while the first is in line", take(second, first, second), 1],
    ["a newcomer takes while both are in line", take(null, first, second), 2],
    ["the first takes", take(first, first, second), 0],
    ["the second takes when the first has gone", take(second, second), 0],
    ["a newcomer takes when nobody is in line", take(null), 0],
  ] as const)("%s", ([, made, expected]) => {
    expect(overtakings([made], records)).toHaveLength(expected);
    expect(overtakings([made], [])).toEqual([]);
  });

  alone("a line is who came and has not gone", () => {
    const changes = [first, second].map((ref, index) => ({ ...taken, index, ref, to: "a" }));
    const gone = { ...taken, index: 2, ref: first, from: "a", to: null };
    expect([lineAfter(changes), lineAfter([...changes, gone])]).toEqual([[first, second], [second]]);
  });
});
