/** The simulator can fail: each planted mistake is found within so many seeds, by a promise that it breaks. */
import { describe, expect, it } from "vitest";
import { explore } from "./exhaustive.ts";
import { MISTAKES } from "./planted.ts";
import { WIDER_MISTAKES } from "./planted-wider.ts";
import { simulate } from "./simulation.ts";

const MOST_SEEDS = 1500;

describe("a planted mistake is found", () => {
  it.each([...MISTAKES, ...WIDER_MISTAKES])(
    "$what",
    { timeout: 600_000 },
    async ({ what, policy, breaks }) => {
      for (let seed = 1; seed <= MOST_SEEDS; seed++) {
        const { violation } = await simulate(seed, { policy });
        if (violation === null || !breaks.includes(violation.promise)) continue;
        console.log(`"${what}" is found by seed ${seed}: promise ${violation.promise}, ${violation.what}`);
        return;
      }
      expect.fail(`${MOST_SEEDS} seeds did not find it`);
    },
  );

  it("by the exhaustive search, too", async () => {
    const silence = MISTAKES.find(({ what }) => what === "silence is taken for success");
    const { violation, states } = await explore(
      { waits: [0, 0], slots: 1, way: "atomic", crashes: 0, losses: 1, cancels: 0 },
      silence?.policy,
    );
    console.log(`found after ${states} states, in ${violation?.steps.length} steps: ${violation?.what}`);
    expect(violation).not.toBeNull();
  });
});
