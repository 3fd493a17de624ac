/** The seeded simulations: many at once, each as its seed says, and all kinds of trouble among them. */
import { describe, expect, it } from "vitest";
import { simulateMany } from "./batch.ts";
import { TROUBLES } from "./faults.ts";
import { simulate } from "./simulation.ts";

const SEEDS = process.env.REFLOCK_PROVE ? 100_000 : 5000;
const REPLAYED = [1, 7, 42, 1000];

describe("simulation", () => {
  it(`keeps the promises in ${SEEDS} seeds`, { timeout: 3_600_000 }, async () => {
    const { failure, counts, doneBelow, seconds } = await simulateMany(1, SEEDS);
    const replay = `npm run simulate -- --seeds 1 --from ${failure?.seed} --trace`;
    expect(failure, replay).toBeNull();
    expect(doneBelow).toBe(1 + SEEDS);
    const times = (what: string) => counts.get(what) ?? 0;
    console.log(
      `${SEEDS} seeds in ${seconds.toFixed(1)} s: ${times("jobs")} jobs, ${times("takes")} takes, ${times("events")} events`,
    );
    for (const trouble of TROUBLES) expect(times(`trouble: ${trouble}`), trouble).toBeGreaterThan(0);
    for (const told of ["released", "ended", "never-held", "gone"])
      expect(times(`given back: ${told}`), told).toBeGreaterThan(0);
    const perHold = (what: string) => times(`requests to acquire: ${what}`) / times("acquired");
    expect(perHold("rest"), "counted requests for each acquisition").toBeLessThan(15);
    expect(perHold("graphql"), "mutations for each acquisition").toBeLessThan(3);
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
