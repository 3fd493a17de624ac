/**
 * Every interleaving of small scenarios, counted. The larger ones are for the long rounds: three that queue, with one crash and one lost answer, have
 * thirteen million states, which take two to three minutes on a machine that does nothing else, and 2.3 gigabytes.
 */
import { describe, expect, it } from "vitest";
import { explore } from "./exhaustive.ts";
import { createSeen } from "./exhaustive-seen.ts";
import type { Scenario } from "./exhaustive-stage.ts";
import type { Policy } from "./scene.ts";

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
  "three that do not queue, one crash and one lost answer": {
    ...PLAIN,
    waits: [0, 0, 0],
    crashes: 1,
    losses: 1,
  },
};

const LONG: Record<string, Scenario> = {
  "three, one crash": { ...PLAIN, waits: ["forever", "forever", "forever"], crashes: 1 },
  "three, one lost answer": { ...PLAIN, waits: ["forever", "forever", "forever"], losses: 1 },
  "three, one crash and one lost answer": {
    ...PLAIN,
    waits: ["forever", "forever", "forever"],
    crashes: 1,
    losses: 1,
  },
  "three, one cancelled, one crash": {
    ...PLAIN,
    waits: ["forever", "forever", "forever"],
    cancels: 1,
    crashes: 1,
  },
  "three on two slots, one lost answer": {
    ...PLAIN,
    waits: ["forever", "forever", "forever"],
    slots: 2,
    losses: 1,
  },
  "two that compare the log alone, one crash and one lost answer": {
    ...PLAIN,
    waits: ["forever", "forever"],
    way: "log-alone",
    crashes: 1,
    losses: 1,
  },
  "two that are refused the first way, one crash and one lost answer": {
    ...PLAIN,
    waits: ["forever", "forever"],
    way: "update-refs",
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

describe("the search", () => {
  it("stops at a process that does more than follow from what it was told", async () => {
    const wrapPorts: Policy["wrapPorts"] = (ports) => ({ ...ports, uuid: () => crypto.randomUUID() });
    const exploring = explore({ ...PLAIN, waits: [0, 0], losses: 1 }, { wrapPorts });
    await expect(exploring).rejects.toThrow(/the same news led actor \d elsewhere/);
  });

  it("says by which steps it came to what is wrong", async () => {
    const giveAllBack: Policy["giveAllBack"] = async () => [];
    const { violation } = await explore({ ...PLAIN, waits: [0] }, { giveAllBack });
    expect(violation).toMatchObject({ promise: 7, what: "refs/locks/publish/holder/1 is left" });
    expect(violation?.steps.at(-1)).toBe("1 main leaves");
    expect(violation?.steps.join("\n")).toMatch(
      /1 main write publish held by .*\n1 main transact .*"applied"/,
    );
  });

  it("knows again each state that it has met, and no other", () => {
    const seen = createSeen();
    const states = Array.from({ length: 300_000 }, (_, number) => [
      number % 7,
      number % 1000,
      number >> 4,
      number,
    ]);
    expect(states.filter((state) => !seen.add(state))).toEqual([]);
    expect(states.filter((state) => seen.add(state))).toEqual([]);
    expect(seen.size).toBe(states.length);
    // Not even one that begins, or ends, as another.
    expect([[0], [0, 0], [0, 0, 0], [0, 0, 0, 0, 0]].map((state) => seen.add(state))).toEqual(
      Array(4).fill(true),
    );
  });
});
