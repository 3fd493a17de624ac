/** Histories of the simulated world: those of the real policy are linearizable, and a policy with a mistake in it is refused by its history alone. */
import { describe, expect, it } from "vitest";
import { simulateLeases } from "../simulation/leases.ts";
import { REAL_KEEP } from "../simulation/leases-scene.ts";
import { MISTAKES } from "../simulation/planted.ts";
import { simulateReentry } from "../simulation/reentry.ts";
import { type Policy, REAL_POLICY } from "../simulation/scene.ts";
import { simulate } from "../simulation/simulation.ts";
import { gather } from "./crowd.ts";
import { describeFigures, judgeHistories, noFigures } from "./lock.ts";
import { record } from "./record.ts";

const [SEEDS, SOME, FEW] = process.env.REFLOCK_PROVE ? [50_000, 10_000, 3000] : [500, 60, 20];
const MOST_SEEDS = 300;

/** Whoever deletes a log by hand starts its tokens anew, which is not promised to go well: what the model says holds where nobody does. */
const BY_HAND = "trouble: deleted log";

/**
 * What breaks exclusion, a token, or what somebody is told. The others do not, as long as no log is deleted by hand: who queues is not in the model, nor
 * is how long a hold of the dead stays, and a server that moves a log only forward compares it by itself.
 */
const REFUSED = [
  "a swap does not compare what is there",
  "a claim has no nonce of its own",
  "silence is taken for success",
  "a claim is saved only once it is held",
  "who gives back looks at the lock, not at its own claim",
  "a lost hold is given back without a word",
  "check does not look",
  "every hold has the same fencing token",
  "who cannot be seen is taken for dead",
];

describe("simulated histories", () => {
  it(`of ${SEEDS} seeds are linearizable`, { timeout: 3_600_000 }, async () => {
    const figures = noFigures();
    let leftOut = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const recorder = record(REAL_POLICY);
      const { counts } = await simulate(seed, { policy: recorder.policy });
      if ((counts.get(BY_HAND) ?? 0) > 0) leftOut++;
      else expect(judgeHistories(recorder.histories(), figures), `seed ${seed}`).toBeNull();
    }
    console.log(
      `simulated: ${describeFigures(figures)}; ${leftOut} of ${SEEDS} seeds left out, with logs deleted by hand`,
    );
    expect(leftOut).toBeLessThan(SEEDS / 5);
    expect(figures.operations).toBeGreaterThan(10 * SEEDS);
  });

  it.each<readonly [number, string, (seed: number, policy: Policy) => Promise<unknown>]>([
    [FEW, "holds with leases", (seed, policy) => simulateLeases(seed, { ...REAL_KEEP, ...policy })],
    [SOME, "holds that are entered again", simulateReentry],
    [SOME, "small crowds", gather],
  ])("of %i seeds of %s are linearizable", { timeout: 3_600_000 }, async (seeds, what, play) => {
    const figures = noFigures();
    for (let seed = 1; seed <= seeds; seed++) {
      const recorder = record(REAL_POLICY);
      await play(seed, recorder.policy);
      expect(judgeHistories(recorder.histories(), figures), `seed ${seed}`).toBeNull();
    }
    console.log(`${what}: ${describeFigures(figures)}`);
    expect(figures.operations).toBeGreaterThan(10 * seeds);
  });

  it.each(REFUSED)("are refused where %s", async (what) => {
    const mistake = MISTAKES.find((one) => one.what === what);
    if (mistake === undefined) expect.fail(`nobody plants "${what}" any more`);
    for (let seed = 1; seed <= MOST_SEEDS; seed++) {
      const recorder = record({ ...REAL_POLICY, ...mistake.policy });
      await gather(seed, recorder.policy);
      const wrong = judgeHistories(recorder.histories(), noFigures());
      if (wrong === null) continue;
      expect(wrong).toContain("illegal");
      console.log(`"${what}" is refused in crowd ${seed}: ${wrong.split("\n").at(-1)?.trim()}`);
      return;
    }
    expect.fail(`the histories of ${MOST_SEEDS} crowds all seemed legal`);
  });
});
