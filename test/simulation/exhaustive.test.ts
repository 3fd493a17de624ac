/** Every interleaving of small scenarios, counted. The larger ones are for the long rounds. */
import { describe, expect, it } from "vitest";
import { explore } from "./exhaustive.ts";
import type { Scenario } from "./stage.ts";

const PLAIN: Scenario = { waits: [], slots: 1, way: "atomic", crashes: 0, losses: 0, cancels: 0 };

const ALWAYS: Record<string, Scenario> = {
  "two, one crash and one lost answer": { ...PLAIN, waits: ["forever", "forever"], crashes: 1, losses: 1 },
  "two that do not queue, one crash and one lost answer": { ...PLAIN, waits: [0, 0], crashes: 1, losses: 1 },
  "two, one cancelled": { ...PLAIN, waits: ["forever", "forever"], cancels: 1 },
  "two on two slots, one lost answer": { ...PLAIN, waits: ["forever", "forever"], slots: 2, losses: 1 },
  "two that compare the log alone, one crash": {
    ...PLAIN,
    waits: ["forever", "forever"],
    way: "log-alone",
    crashes: 1,
  },
  three: { ...PLAIN, waits: ["forever", "forever", "forever"] },
};

const LONG: Record<string, Scenario> = {
  "three that do not queue, one crash": { ...PLAIN, waits: [0, 0, 0], crashes: 1 },
  "three that do not queue, one lost answer": { ...PLAIN, waits: [0, 0, 0], losses: 1 },
  "three that do not queue, one crash and one lost answer": {
    ...PLAIN,
    waits: [0, 0, 0],
    crashes: 1,
    losses: 1,
  },
  "three, one crash": { ...PLAIN, waits: ["forever", "forever", "forever"], crashes: 1 },
  "three, one lost answer": { ...PLAIN, waits: ["forever", "forever", "forever"], losses: 1 },
  "two that compare the log alone, one crash and one lost answer": {
    ...PLAIN,
    waits: ["forever", "forever"],
    way: "log-alone",
    crashes: 1,
    losses: 1,
  },
};

const SCENARIOS = process.env.REFLOCK_PROVE ? { ...ALWAYS, ...LONG } : ALWAYS;

describe("every interleaving", () => {
  it.each(Object.entries(SCENARIOS))("of %s", { timeout: 7_200_000 }, async (name, scenario) => {
    const { states, transitions, ends, violation, seconds } = await explore(scenario);
    console.log(
      `${name}: ${states} states, ${transitions} transitions, ${ends} ends in ${seconds.toFixed(1)} s`,
    );
    expect(violation).toBeNull();
    expect(ends).toBeGreaterThan(0);
    expect(states).toBeGreaterThan(50);
  });
});
