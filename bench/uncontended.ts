/**
 * Taking a free lock and giving it back, in whole processes of the bundle, beside the floor: the same requests by plain fetch.
 */
import type { Job } from "../test/runner/runner.ts";
import type { Plan, PlannedRequest } from "./floor.ts";
import type { Noted, RemoteHub } from "./hub-remote.ts";
import { planOf, roundTrips } from "./plan.ts";
import type { Stage } from "./stage.ts";
import { type Ratio, ratioOf, type Spread, spreadOf } from "./statistics.ts";

export interface BesideFloor {
  readonly requests: number;
  /** `null` without a latency: what follows an answer then cannot be told from what does not wait for it. */
  readonly roundTrips: number | null;
  readonly floorRequests: number;
  readonly floorRoundTrips: number | null;
  readonly time: Spread;
  readonly floor: Spread;
  readonly ratio: Ratio;
}

export interface Uncontended {
  readonly delayMs: number;
  readonly acquire: BesideFloor;
  readonly release: BesideFloor;
}

export const LOG = "refs/locks/bench/log/1";

/** The requests of one acquire and one release, as they can be sent again. */
export interface Plans {
  readonly token: string;
  readonly acquire: readonly PlannedRequest[];
  readonly release: readonly PlannedRequest[];
}

interface Taken {
  readonly durationMs: number;
  readonly noted: readonly Noted[];
}

async function noting(hub: RemoteHub, label: string, act: () => Promise<number>): Promise<Taken> {
  const before = (await hub.requests()).length;
  const durationMs = await act();
  const noted = (await hub.requests(before)).filter(({ tokenName }) => tokenName === label);
  return { durationMs, noted };
}

async function bundlesTurn(
  { hub }: Stage,
  job: Job,
  label: string,
): Promise<{ acquire: Taken; release: Taken }> {
  const step = job.step({ inputs: { name: "bench", wait: "0" } });
  const acquire = await noting(hub, label, async () => {
    const { code, log, durationMs } = await step.runMain();
    if (code !== 0) throw new Error(`the free lock was not acquired:\n${log}`);
    return durationMs;
  });
  const release = await noting(hub, label, async () => {
    const { code, log, durationMs } = await step.post();
    if (code !== 0) throw new Error(`the lock was not given back:\n${log}`);
    return durationMs;
  });
  return { acquire, release };
}

async function floorsTurn(
  stage: Stage,
  job: Job,
  label: string,
  requests: readonly PlannedRequest[],
  token: string,
): Promise<Taken> {
  const { hub } = stage;
  const plan: Plan = { url: hub.url, token, requests, tip: (await hub.tip(LOG)) ?? "" };
  return noting(hub, label, async () => {
    const { code, log, durationMs } = await job.command(process.execPath, stage.floorArguments(plan)).result;
    if (code !== 0) throw new Error(`the floor failed:\n${log}`);
    return durationMs;
  });
}

/** Takes the lock twice by the bundle: once to have a log, and once to note what that takes. */
export async function notePlans(stage: Stage): Promise<Plans> {
  const { hub } = stage;
  const { job, label } = await stage.newJob();
  await bundlesTurn(stage, job, label);
  const free = (await hub.tip(LOG)) ?? "";
  // With a latency, what follows an answer begins well after it, and what does not wait for it well before.
  await hub.setDelay(50);
  const step = job.step({ inputs: { name: "bench", wait: "0" } });
  const acquired = await noting(hub, label, async () => (await step.runMain()).durationMs);
  const claim = (await hub.tip(LOG)) ?? "";
  const released = await noting(hub, label, async () => (await step.post()).durationMs);
  const entry = (await hub.tip(LOG)) ?? "";
  await hub.setDelay(0);
  return {
    token: await hub.addToken("floor"),
    acquire: planOf(acquired.noted, { tip: free, made: claim }),
    release: planOf(released.noted, { tip: claim, made: entry }),
  };
}

export async function measureUncontended(
  stage: Stage,
  plans: Plans,
  delayMs: number,
  rounds: number,
): Promise<Uncontended> {
  const { job, label } = await stage.newJob();
  const taken = { acquire: [] as Taken[], release: [] as Taken[] };
  const floors = { acquire: [] as Taken[], release: [] as Taken[] };
  await stage.hub.setDelay(delayMs);
  for (let round = 0; round < rounds; round++) {
    const turn = await bundlesTurn(stage, job, label);
    for (const what of ["acquire", "release"] as const) {
      taken[what].push(turn[what]);
      floors[what].push(await floorsTurn(stage, job, "floor", plans[what], plans.token));
    }
  }
  await stage.hub.setDelay(0);
  const beside = (what: "acquire" | "release"): BesideFloor => {
    const [time, floor] = [taken[what], floors[what]].map((all) =>
      spreadOf(all.map((one) => one.durationMs)),
    );
    if (!time || !floor) throw new Error("nothing was measured");
    const trips = (all: readonly Taken[]): number | null => (delayMs === 0 ? null : most(all, roundTrips));
    return {
      requests: most(taken[what], ({ length }) => length),
      roundTrips: trips(taken[what]),
      floorRequests: most(floors[what], ({ length }) => length),
      floorRoundTrips: trips(floors[what]),
      ...{ time, floor, ratio: ratioOf(time, floor) },
    };
  };
  return { delayMs, acquire: beside("acquire"), release: beside("release") };
}

function most(taken: readonly Taken[], count: (noted: readonly Noted[]) => number): number {
  return Math.max(...taken.map(({ noted }) => count(noted)));
}
