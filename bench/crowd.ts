/**
 * Many who want one lock: what each acquisition costs in requests, and how long the lock lies idle between two of them.
 */
import type { Job, Step } from "../test/runner/runner.ts";
import type { Running } from "../test/runner/running.ts";
import { type Cost, costOf } from "./cost.ts";
import { replay } from "./floor.ts";
import type { Noted } from "./hub-remote.ts";
import type { Stage } from "./stage.ts";
import { type Ratio, ratioOf, type Spread, spreadOf } from "./statistics.ts";
import { LOG, type Plans } from "./uncontended.ts";

export interface Crowd extends Cost {
  readonly size: number;
  /** Whole processes of the bundle that come at once, or clients by a clock that jumps (virtual.ts). */
  readonly by: "processes" | "virtual";
}

export interface HandOff {
  readonly delayMs: number;
  /** From a release taking effect at the server to "acquired" in the next one's log. */
  readonly time: Spread;
  /** The same by plain fetch that polls without a pause. */
  readonly floor: Spread;
  readonly ratio: Ratio;
}

export interface CrowdRun {
  readonly crowd: Crowd;
  readonly handOffsMs: readonly number[];
}

const now = (): number => performance.timeOrigin + performance.now();

interface Actor {
  readonly step: Step;
  readonly label: string;
  readonly job: Job;
  readonly main: Running;
  acquiredMs: number;
}

/** All start at once; who has it gives it back as soon as everybody else is in line or has had it. */
export async function playCrowd(stage: Stage, size: number, delayMs: number): Promise<CrowdRun> {
  const { hub } = stage;
  await hub.setDelay(delayMs);
  const jobs = await Promise.all(Array.from({ length: size }, () => stage.newJob()));
  const before = (await hub.requests()).length;
  const actors = jobs.map(({ job, label }): Actor => {
    const step = job.step({ inputs: { name: "bench", wait: "5m" } });
    return { step, label, job, main: step.main(), acquiredMs: 0 };
  });
  const everybodyIsThere = Promise.all(actors.map(({ main }) => main.line(/in line for|acquired "/)));
  await Promise.all(actors.map((actor) => takeTurn(actor, everybodyIsThere)));
  await hub.setDelay(0);
  const noted = await hub.requests(before);
  return { crowd: crowdOf(actors, noted), handOffsMs: handOffsOf(actors, noted) };
}

async function takeTurn(actor: Actor, everybodyIsThere: Promise<unknown>): Promise<void> {
  await actor.main.line(/acquired "/);
  actor.acquiredMs = now();
  const { code, log } = await actor.main.result;
  if (code !== 0) throw new Error(`main failed:\n${log}`);
  await everybodyIsThere;
  const post = await actor.step.post();
  if (post.code !== 0) throw new Error(`post failed:\n${post.log}`);
  await actor.job.dispose();
}

const isTransaction = ({ operation, method, route }: Noted): boolean =>
  operation === "updateRefs" || (method === "PATCH" && route.endsWith("/git/refs/{ref}"));

function crowdOf(actors: readonly Actor[], noted: readonly Noted[]): Crowd {
  const sent = actors.map(({ label }) =>
    noted
      .filter(({ tokenName }) => tokenName === label)
      .map(({ counted, operation }) => ({ counted, graphql: operation })),
  );
  return { size: actors.length, by: "processes", ...costOf(sent) };
}

/** The last transaction of each is its release. */
function handOffsOf(actors: readonly Actor[], noted: readonly Noted[]): number[] {
  const inTurn = actors.toSorted((a, b) => a.acquiredMs - b.acquiredMs);
  return inTurn.slice(1).flatMap(({ acquiredMs }, index) => {
    const release = noted.findLast((one) => one.tokenName === inTurn[index]?.label && isTransaction(one));
    return release === undefined ? [] : [acquiredMs - release.doneMs];
  });
}

/** The floor of a hand-off: a process that asks for the log without a pause, and then sends what remains of an acquire. */
export async function playFloor(
  stage: Stage,
  plans: Plans,
  delayMs: number,
  rounds: number,
): Promise<number[]> {
  const { hub } = stage;
  await hub.setDelay(delayMs);
  const { job } = await stage.newJob();
  const planned = { url: hub.url, token: plans.token };
  const tip = async (): Promise<string> => (await hub.tip(LOG)) ?? "";
  // The first request of an acquire finds out what the watcher knows already.
  const rest = plans.acquire.slice(1).map((request) => ({
    ...request,
    body:
      request.body?.replaceAll(/\{\{made:(\d+)\}\}/g, (_, index) => `{{made:${Number(index) - 1}}}`) ?? null,
    after: request.after.filter((index) => index > 0).map((index) => index - 1),
  }));
  const watch = `/repos/${hub.fullName}/git/ref/${LOG.slice("refs/".length)}`;
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await replay({ ...planned, requests: plans.acquire, tip: await tip() });
    const held = await tip();
    const plan = { ...planned, requests: rest, tip: held, watch };
    const waiter = job.command(process.execPath, stage.floorArguments(plan));
    await waiter.line(/waiting/);
    const before = (await hub.requests()).length;
    await replay({ ...planned, requests: plans.release, tip: held });
    await waiter.line(/done/);
    const doneMs = now();
    const release = (await hub.requests(before)).find(isTransaction);
    if (release !== undefined) times.push(doneMs - release.doneMs);
    await waiter.result;
    await replay({ ...planned, requests: plans.release, tip: await tip() });
  }
  await hub.setDelay(0);
  return times;
}

export function handOffOf(delayMs: number, timesMs: readonly number[], floorsMs: readonly number[]): HandOff {
  const [time, floor] = [spreadOf(timesMs), spreadOf(floorsMs)];
  return { delayMs, time, floor, ratio: ratioOf(time, floor) };
}
