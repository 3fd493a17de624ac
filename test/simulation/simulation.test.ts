/** The seeded simulations of all worlds: many at once, each as its seed says, and all kinds of trouble among them. */
import { describe, expect, it } from "vitest";
import { simulateMany } from "./batch.ts";
import { TROUBLES } from "./faults.ts";
import { simulate } from "./simulation.ts";
import { WORLDS, type WorldName } from "./worlds.ts";

const SEEDS = process.env.REFLOCK_PROVE ? 250_000 : 10_000;
const REPLAYED = [1, 7, 42, 1000];

/** Of each world at least this many of the seeds, and in it each of these at least once, or so often in a seed. */
const LEAST: Readonly<Record<WorldName, number>> = { jobs: 0.5, reentry: 0.15, leases: 0.05 };

const HAPPENS: Readonly<Record<WorldName, readonly string[]>> = {
  jobs: [
    ...TROUBLES.map((trouble) => `trouble: ${trouble}`),
    ...["released", "ended", "never-held", "gone"].map((told) => `given back: ${told}`),
    ...["acquired several locks", "acquire failed: lost", "worlds of several locks"],
    ...["attempts of a run after the first", "attempts without the job that took the lock"],
    ...["jobs that do not know their id", "took over an earlier attempt of the same run"],
    ...["persons who freeze", "jobs that freeze", "frozen", "frozen, all of several slots", "thawed"],
    ...["several locks frozen", "freeze: killed", "freeze failed: not-acquired", "freeze failed: lost"],
    ...["an incomplete freeze of the dead was ended", "takes by the escape rule"],
  ],
  reentry: ["trouble: stale", "trouble: torn", "trouble: late", "trouble: lost after", "trouble: conflict"],
  leases: [
    ...["late", "stale", "torn", "outage", "pause", "clock jump", "lost after"].map(
      (trouble) => `trouble: ${trouble}`,
    ),
    ...["told of a loss by others", "updates refused", "slow answers"],
  ],
};

const OFTEN: Readonly<Record<WorldName, Readonly<Record<string, number>>>> = {
  jobs: { acquired: 2, "jobs that want several locks": 0.5, frozen: 0.1 },
  reentry: {
    acquired: 0.1,
    "entered again": 0.1,
    "given back: released": 0.1,
    "given back: lasted": 0.1,
  },
  leases: {
    ...{ acquired: 0.5, "process acquired": 0.5, "process acquired after minutes": 0.5 },
    ...{ "process gave back: released": 0.5, "process killed in acquire": 0.05 },
    ...{ "process killed inside": 0.05, "told of a loss to come": 0.05 },
  },
};

describe("simulation", () => {
  it(`keeps the promises in ${SEEDS} seeds`, { timeout: 14_400_000 }, async () => {
    const { failure, counts, doneBelow, seconds, cpuSeconds } = await simulateMany(1, SEEDS);
    const replay = `npm run simulate -- --world ${failure?.world} --seeds 1 --from ${failure?.seed} --trace`;
    expect(failure, replay).toBeNull();
    expect(doneBelow).toBe(1 + SEEDS);
    console.log(`${SEEDS} seeds in ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of processor time`);
    for (const world of WORLDS) {
      const times = (what: string) => counts.get(world)?.get(what) ?? 0;
      console.log(`${world}: ${times("seeds")} seeds, ${times("takes")} takes, ${times("events")} events`);
      expect(times("seeds"), world).toBeGreaterThanOrEqual(LEAST[world] * SEEDS);
      for (const what of HAPPENS[world]) expect(times(what), `${world}: ${what}`).toBeGreaterThan(0);
      for (const [what, least] of Object.entries(OFTEN[world]))
        expect(times(what), `${world}: ${what}`).toBeGreaterThan(least * times("seeds"));
    }
    const inJobs = (what: string) => counts.get("jobs")?.get(what) ?? 0;
    const perHold = (what: string) => inJobs(`requests to acquire: ${what}`) / inJobs("acquired");
    expect(perHold("rest"), "counted requests for each acquisition").toBeLessThan(15);
    expect(perHold("graphql"), "mutations for each acquisition").toBeLessThan(3);
    // Again and again a read showed a hold as ours that was ours no more.
    const again = counts.get("reentry");
    const decided = again?.get("decided to enter again") ?? 0;
    const entered = again?.get("entered again") ?? 0;
    expect(decided).toBeGreaterThan(entered + (again?.get("seeds") ?? 0) / 20);
  });

  it.each(REPLAYED)("gives the same trace again for seed %i", async (seed) => {
    const traces: string[] = [];
    for (let run = 0; run < 2; run++) {
      const lines: string[] = [];
      await simulate(seed, { say: (line) => lines.push(line) });
      traces.push(lines.join("\n"));
    }
    expect(traces[0]?.length).toBeGreaterThan(1000);
    expect(traces[1]).toBe(traces[0]);
  });

  it("gives another trace for another seed", async () => {
    const first: string[] = [];
    const second: string[] = [];
    await simulate(1, { say: (line) => first.push(line) });
    await simulate(2, { say: (line) => second.push(line) });
    expect(second).not.toEqual(first);
  });
});
