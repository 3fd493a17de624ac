/** Processes with leases and jobs without, on one lock. Their many seeds are among those of simulation.test.ts. */
import { describe, expect, it } from "vitest";
import { simulateLeases } from "./leases.ts";
import { LEASE_MISTAKES } from "./leases-planted.ts";

const COMPARED = process.env.REFLOCK_PROVE ? 2000 : 60;
const MOST_SEEDS = 1500;

describe("leases", () => {
  it(`are decided alike whatever the wall clocks say, in ${COMPARED} seeds`, {
    timeout: 3_600_000,
  }, async () => {
    let compared = 0;
    for (let seed = 1; compared < COMPARED; seed++) {
      const wrong = await simulateLeases(seed);
      const right = await simulateLeases(seed, {}, null, { isOnTime: true });
      if (!wrong.isComparable || !right.isComparable) continue;
      compared++;
      expect(wrong.decisions, `seed ${seed}`).toEqual(right.decisions);
    }
  });

  it("gives the same trace again for the same seed", async () => {
    const traces = await Promise.all(
      [7, 7, 8].map(async (seed) => {
        const lines: string[] = [];
        await simulateLeases(seed, {}, (line) => lines.push(line));
        return lines.join("\n");
      }),
    );
    expect(traces[0]).toBe(traces[1]);
    expect(traces[0]).not.toBe(traces[2]);
  });
});

describe("a planted mistake about leases is found", () => {
  it.each(LEASE_MISTAKES)("$what", async ({ what, policy, breaks }) => {
    for (let seed = 1; seed <= MOST_SEEDS; seed++) {
      const { violation } = await simulateLeases(seed, policy);
      if (violation === null || !breaks.includes(violation.promise)) continue;
      // Found by the mistake, and by nothing else.
      if ((await simulateLeases(seed)).violation !== null) continue;
      console.log(`"${what}" is found by seed ${seed}: promise ${violation.promise}, ${violation.what}`);
      return;
    }
    expect.fail(`${MOST_SEEDS} seeds did not find it`);
  });
});
