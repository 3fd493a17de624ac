/** Processes with leases and jobs without, on one lock, in many seeds. */
import { describe, expect, it } from "vitest";
import { simulateLeases } from "./leases.ts";
import { LEASE_MISTAKES } from "./leases-planted.ts";

const SEEDS = process.env.REFLOCK_PROVE ? 20_000 : 500;
const COMPARED = process.env.REFLOCK_PROVE ? 2000 : 60;
const MOST_SEEDS = 1500;

describe("leases", () => {
  it(`keep their promises in ${SEEDS} seeds`, { timeout: 3_600_000 }, async () => {
    const counts = new Map<string, number>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const verdict = await simulateLeases(seed);
      expect(verdict.violation, `seed ${seed}`).toBeNull();
      for (const [what, times] of verdict.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    }
    const times = (what: string) => counts.get(what) ?? 0;
    console.log(
      `${SEEDS} seeds: ${times("processes")} processes, ${times("jobs")} jobs, ${times("takes")} takes, ${times("events")} events`,
    );
    for (const what of [
      "acquired",
      "process acquired",
      "process acquired after minutes",
      "process gave back: released",
    ])
      expect(times(what), what).toBeGreaterThan(SEEDS / 2);
    for (const what of ["process killed in acquire", "process killed inside", "told of a loss to come"])
      expect(times(what), what).toBeGreaterThan(SEEDS / 20);
    for (const what of ["told of a loss by others", "updates refused", "slow answers"])
      expect(times(what), what).toBeGreaterThan(0);
    for (const trouble of ["late", "stale", "torn", "outage", "pause", "clock jump", "lost after"])
      expect(times(`trouble: ${trouble}`), trouble).toBeGreaterThan(0);
  });

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
