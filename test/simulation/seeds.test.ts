/** Seeds by which a mistake was found, each with what it was. They are simulated as they were then only as long as nothing is drawn otherwise. */
import { describe, expect, it } from "vitest";
import { simulate } from "./simulation.ts";

const FOUND = [
  [22, "with several slots a waiter behind a freeze took one that came free"],
  [56, "a freeze of several locks looked for its first as a hold of its own, and gave up"],
  [149, "a freeze of several locks that failed forgot slots which it had not given back yet"],
  [745, "a freeze that was cleared while it became complete kept the slot that it had just renewed"],
  [30_562, "a freeze believed an old answer that showed its log as it was before somebody deleted it"],
  [37_539, "a job gave way to one that had been served, whose ticket landed late and stayed"],
  [66_450, "the same, over another lock"],
  [
    96_421,
    "two freezes waited for each other: one had slipped behind the other's first slot while it stood still",
  ],
  [1_000_002, "a freeze whose other lock's log was deleted by hand waited for it for ever"],
  [2_000_954, "a freeze that was ended while it was made went on with the next slot, under another nonce"],
  [2_007_662, "an old read of the last slot let a complete freeze be taken over when its job had ended"],
] as const;

describe("a seed that once broke a promise", () => {
  it.each(FOUND)("%i: %s", async (seed) => {
    const { violation, counts } = await simulate(seed);
    expect(violation).toBeNull();
    expect((counts.get("jobs that freeze") ?? 0) + (counts.get("persons who freeze") ?? 0)).toBeGreaterThan(
      0,
    );
  });
});
