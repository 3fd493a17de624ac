/** The checker itself: it takes what is legal, refuses what is not, and agrees with the simplest checker that there is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { check, type Model } from "./checker.ts";
import { dice, type Invented, inventLegal, VIOLATIONS, whatOf } from "./invented.ts";
import { checkLock, LOCK } from "./lock.ts";
import type { Action } from "./state.ts";

const RUNS = process.env.REFLOCK_PROVE ? 20_000 : 600;
const numbers = fc.array(fc.nat({ max: 1000 }), { minLength: 20, maxLength: 600, size: "max" });

/** Every order of every choice of the unanswered, against the definition. */
function bruteForce(history: readonly Invented[]): boolean {
  const go = (left: readonly Invented[], state: typeof LOCK.initial): boolean => {
    if (left.every(({ returnedAt }) => returnedAt === null)) return true;
    return left.some((next) => {
      const others = left.filter((other) => other !== next);
      if (others.some(({ returnedAt }) => returnedAt !== null && returnedAt < next.invokedAt)) return false;
      const after = LOCK.step(state, next.action);
      return typeof after !== "string" && go(others, after);
    });
  };
  return go(history, LOCK.initial);
}

function spoilt(history: readonly Invented[], roll: (limit: number) => number): Invented[] {
  return history.map((operation) => {
    const { action } = operation;
    const shift = roll(4) === 0 ? roll(6) : 0;
    const times = {
      invokedAt: operation.invokedAt + shift,
      returnedAt: operation.returnedAt === null ? null : operation.returnedAt + shift,
    };
    if (action.kind !== "acquire" || roll(6) > 0) return { ...operation, ...times };
    const claim = { ...action.claim, token: 1 + roll(3), slot: 1 + roll(2) };
    const other: Action = { ...action, claim };
    return { ...operation, ...times, action: other, what: whatOf(other) };
  });
}

describe("the checker", () => {
  it(`takes ${RUNS} legal histories`, () => {
    let longest = 0;
    fc.assert(
      fc.property(numbers, (drawn) => {
        const history = inventLegal(drawn, drawn.length / 2);
        longest = Math.max(longest, history.length);
        const verdict = checkLock(history);
        expect(verdict.kind, verdict.kind === "illegal" ? verdict.why : "").toBe("linearizable");
      }),
      { numRuns: RUNS },
    );
    expect(longest).toBeGreaterThan(30);
  });

  it.each(Object.entries(VIOLATIONS))("refuses a history in which %s", (_, plant) => {
    let refused = 0;
    fc.assert(
      fc.property(numbers, (drawn) => {
        const history = plant(inventLegal(drawn, drawn.length / 2), dice(drawn));
        if (history === null) return;
        refused++;
        expect(checkLock(history).kind).toBe("illegal");
      }),
      { numRuns: RUNS },
    );
    expect(refused).toBeGreaterThan(RUNS / 20);
  });

  it("agrees with trying every order, on short histories of all kinds", () => {
    const verdicts = { linearizable: 0, illegal: 0 };
    fc.assert(
      fc.property(numbers, fc.nat({ max: 8 }), (drawn, from) => {
        const whole = inventLegal(drawn, drawn.length / 2);
        const roll = dice([...drawn].reverse());
        const history = spoilt(whole.slice(from % 3 === 0 ? 0 : from).slice(0, 6), roll);
        const expected = bruteForce(history) ? "linearizable" : "illegal";
        verdicts[expected]++;
        expect(checkLock(history).kind).toBe(expected);
      }),
      { numRuns: 5 * RUNS },
    );
    expect(Math.min(...Object.values(verdicts))).toBeGreaterThan(RUNS / 5);
  });

  it("knows the same operations in another order from each other, where the order makes a difference", () => {
    type Access = { readonly kind: "write" | "read"; readonly value: number };
    const register: Model<number, Access> = {
      initial: 0,
      step: (now, { kind, value }) => (kind === "write" ? value : now === value ? now : `it is ${now}`),
      ...{ keyOf: String, describe: String, onlyAllows: () => false },
    };
    const access = (kind: Access["kind"], value: number, invokedAt: number, returnedAt: number | null) => {
      return { what: `${kind} ${value}`, action: { kind, value }, invokedAt, returnedAt };
    };
    const writes = [access("write", 1, 0, 10), access("write", 2, 1, 10), access("write", 3, 2, null)];
    for (const last of [1, 2, 3])
      expect(check(register, [...writes, access("read", last, 20, 21)], { states: 100 }).kind).toBe(
        "linearizable",
      );
    for (const reads of [[0], [1, 2], [3, 1]]) {
      const read = reads.map((value, index) => access("read", value, 20 + 2 * index, 21 + 2 * index));
      expect(check(register, [...writes, ...read], { states: 100 }).kind).toBe("illegal");
    }
  });

  it("gives, for what it refuses, the longest part that fits, and what does not", () => {
    const acquire = (number: number, invokedAt: number): Invented => {
      const owner = `client ${number}`;
      const life = owner;
      const claim = { hold: `hold ${number}`, owner, life, slot: 1, token: number, freeze: null, sinceMs: 0 };
      return {
        what: `${owner} acquires`,
        action: { kind: "acquire", claim },
        invokedAt,
        returnedAt: invokedAt + 1,
      };
    };
    const verdict = checkLock([acquire(1, 0), acquire(2, 2)]);
    if (verdict.kind !== "illegal") expect.fail("two held it");
    expect(verdict.prefix.map(({ what }) => what)).toEqual(["client 1 acquires"]);
    expect(verdict.why).toContain("client 2 acquires: slot 1 is held: hold 1");
  });

  it("says that it does not know, rather than anything else, when it may not search on", () => {
    const drawn = Array.from({ length: 400 }, (_, index) => (index * index * 31 + index) % 97);
    const history = inventLegal(drawn, 200);
    expect(checkLock(history)).toMatchObject({
      kind: "linearizable",
      states: expect.toSatisfy((n) => n > 3),
    });
    expect(checkLock(history, 3).kind).toBe("undecided");
    expect(check(LOCK, history, { states: 1000, isTimeUp: () => true }).kind).toBe("undecided");
  });
});
