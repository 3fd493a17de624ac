/** Every interleaving of small scenarios, counted; and mistakes around the real code, each of which the search has to find. */
import { afterAll, describe, expect, it } from "vitest";
import { acquire } from "../../src/lock/acquire.ts";
import { acquireAll } from "../../src/lock/acquire-all.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { giveBack, giveAllBack as realGiveAllBack } from "../../src/lock/release.ts";
import { explore } from "./exhaustive.ts";
import { createSeen } from "./exhaustive-seen.ts";
import type { Scenario } from "./exhaustive-stage.ts";
import { ALWAYS, cellsOf, HEADING, LONG, rowOf } from "./exhaustive-standard.ts";
import type { Policy } from "./scene.ts";

const PLAIN: Scenario = { waits: [], slots: 1, way: "atomic", crashes: 0, losses: 0, cancels: 0 };
const SCENARIOS = process.env.REFLOCK_PROVE ? [...ALWAYS, ...LONG] : ALWAYS;

describe("every interleaving", () => {
  const lines = [HEADING];
  afterAll(() => console.log(lines.join("\n")));

  it.each(SCENARIOS.map((scenario) => ({ scenario, title: cellsOf(scenario).join(" · ") })))(
    "of $title",
    { timeout: 7_200_000 },
    async ({ scenario }) => {
      const found = await explore(scenario);
      lines.push(rowOf(scenario, found));
      expect(found.violation).toBeNull();
      expect(found.ends).toBeGreaterThan(0);
      expect(found.states).toBeGreaterThan(50);
    },
  );
});

/** Two that want both names, in opposite orders. */
const OPPOSED = {
  ...PLAIN,
  wants: [
    ["a", "b"],
    ["b", "a"],
  ],
};

/** Each name by itself, in the order in which it was asked for; given back in reverse where one cannot be had. */
const asAsked: Policy["acquireAll"] = async (ports, locks, wish) => {
  const holds: Hold[] = [];
  try {
    for (const lock of locks) holds.push(...(await acquireAll(ports, [lock], wish)));
    return holds;
  } catch (error) {
    for (const hold of holds.toReversed()) {
      await giveBack(ports, hold, { by: wish.who, reason: null }, { untilMs: 10_000 });
      ports.journal.forgetHold(hold);
    }
    throw error;
  }
};

describe("with several names, the search finds", () => {
  it("a deadlock where names are not sorted", async () => {
    const { violation } = await explore(
      { ...OPPOSED, waits: ["forever", "forever"] },
      { acquireAll: asAsked },
    );
    expect(violation).toMatchObject({ promise: 4, what: "somebody waits for ever" });
    expect(violation?.steps.filter((step) => step === "a minute passes").length).toBeGreaterThan(1);
  });

  it("that nobody is served where names are not sorted and nobody queues", async () => {
    const { violation } = await explore({ ...OPPOSED, waits: [0, 0] }, { acquireAll: asAsked });
    expect(violation).toMatchObject({ promise: 4, what: "nobody was served" });
  });

  it("a deadlock also where one of the two sees it and gives way", async () => {
    const toldOfEach: Policy["acquireAll"] = async (ports, locks, wish) => {
      const [first, second] = locks;
      if (first === undefined || second === undefined) throw new Error("there are two");
      const hold = await acquire(ports, { ...wish, lock: first });
      const handed = (lock: { readonly encoded: string }) =>
        lock.encoded === first.encoded ? hold.sequence : null;
      const mine = { ...wish.mine, nonces: new Set([hold.nonce]), handed };
      return [hold, await acquire(ports, { ...wish, lock: second, mine })];
    };
    const { violation } = await explore(
      { ...OPPOSED, waits: ["forever", "forever"] },
      { acquireAll: toldOfEach },
    );
    expect(violation?.what).toMatch(/^job [12] was told that waiting for ever was over$/);
  });

  it("a name that is kept where not all can be had", async () => {
    const keepsAll: Policy["acquireAll"] = async (ports, locks, wish) => {
      const holds = [];
      for (const lock of locks) holds.push(await acquire(ports, { ...wish, lock }));
      return holds;
    };
    const scenario = { ...PLAIN, waits: [0, 0] as const, wants: [["a", "b"], ["b"]] };
    const { violation } = await explore(scenario, { acquireAll: keepsAll });
    const what = "job 1 was told that it has nothing, and it holds refs/locks/a/log/1";
    expect(violation).toMatchObject({ promise: 3, what });
  });

  it("a name that is not given back at the end", async () => {
    const giveAllBack: Policy["giveAllBack"] = async (ports, left, ...rest) =>
      await realGiveAllBack(ports, { ...left, holds: left.holds.slice(-1) }, ...rest);
    const { violation } = await explore({ ...OPPOSED, waits: [0, 0] }, { giveAllBack });
    expect(violation?.what).toMatch(/^refs\/locks\/a\/log\/1 is held by job [12]$/);
  });

  it("an actor who enters with one name too few", async () => {
    const firstAlone: Policy["acquireAll"] = async (ports, locks, wish) =>
      await acquireAll(ports, locks.slice(0, 1), wish);
    const { violation } = await explore({ ...OPPOSED, waits: [0, 0] }, { acquireAll: firstAlone });
    expect(violation?.what).toMatch(/^[12] wanted .*, and was given something else$/);
  });

  it("a token that stands still in one of the names", async () => {
    const sameAgain: Policy["acquireAll"] = async (...args) =>
      (await acquireAll(...args)).map((hold) => (hold.lock.text === "b" ? { ...hold, sequence: 1 } : hold));
    const scenario = { ...OPPOSED, waits: ["forever", "forever"] as const };
    const { violation } = await explore(scenario, { acquireAll: sameAgain });
    expect(violation?.what).toMatch(/^job [12] was told token 1, the log says 2$/);
  });

  it("two inside one name where the server compares nothing", async () => {
    const { violation } = await explore({ ...OPPOSED, waits: [0, 0] }, { compares: false });
    expect([1, 2]).toContain(violation?.promise);
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
    expect(violation).toMatchObject({ promise: 3, what: "refs/locks/publish/log/1 is held by job 1" });
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
