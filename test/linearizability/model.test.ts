/** What the model of a lock lets happen, and lets be told: each rule by an example that keeps it and one that breaks it. */
import { describe, expect, it } from "vitest";
import { step } from "./model.ts";
import { type Action, type Claim, UNUSED } from "./state.ts";

function claim(hold: string, token: number, more: Partial<Claim> = {}): Claim {
  const owner = `owner of ${hold}`;
  return { hold, owner, life: owner, slot: 1, token, freeze: null, sinceMs: 0, ...more };
}

const take = (hold: string, token: number, more: Partial<Claim> = {}): Action => {
  return { kind: "acquire", claim: claim(hold, token, more) };
};
const release = (hold: string, owner = `owner of ${hold}`): Action => ({ kind: "release", hold, owner });
const check = (hold: string, sinceMs = 0, owner = `owner of ${hold}`): Action => ({
  kind: "check",
  hold,
  owner,
  sinceMs,
});
const clear = (hold: string, named: boolean): Action => ({ kind: "clear", hold, by: "a person", named });
const over = (hold: string): Action => ({ kind: "over", life: `owner of ${hold}` });
const lapse = (hold: string, sinceMs: number): Action => ({ kind: "lapse", hold, sinceMs });
const lost = (hold: string, by: "others" | "owner"): Action => ({ kind: "told-lost", hold, by });
const bury = (hold: string): Action => ({ kind: "bury", hold });
const changed = (hold: string): Action => ({ kind: "told-changed", hold });
const ended = (
  hold: string,
  outcome: "released" | "taken-over" | "expired" | "cleared",
  by: string | null = null,
): Action => ({ kind: "told-ended", hold, ending: { outcome, by } });
const log = (...holds: [string, number, "held" | "released" | "cleared"][]): Action => {
  return { kind: "log", slot: 1, holds: holds.map(([hold, token, outcome]) => ({ hold, token, outcome })) };
};
const frozen: Action = {
  kind: "acquire",
  claim: claim("f2", 1, { slot: 2, freeze: "f", life: "f" }),
  completes: true,
};

/** In this order all is legal; the last is not, where it stands behind `but not`. */
const STORIES: readonly (readonly [string, readonly Action[], Action | null])[] = [
  [
    "a free slot is taken, and again once it was given back",
    [take("a", 1), release("a"), take("b", 2)],
    null,
  ],
  ["a second holder", [take("a", 1)], take("b", 2)],
  ["each slot by itself", [take("a", 1), take("b", 1, { slot: 2 })], take("c", 2, { slot: 2 })],
  ["a token twice", [take("a", 1), release("a")], take("b", 1)],
  ["a token left out", [take("a", 1), release("a")], take("b", 3)],
  ["a hold that comes back", [take("a", 1), release("a")], take("a", 2)],
  ["a hold that was said never to come", [bury("a")], take("a", 1)],
  ["who was held is not said never to have been", [take("a", 1)], bury("a")],
  [
    "the dead are taken over",
    [take("a", 1), over("a"), take("b", 2), ended("a", "taken-over", "owner of b")],
    lost("a", "owner"),
  ],
  ["by whom", [take("a", 1), over("a"), take("b", 2)], ended("a", "taken-over", "owner of c")],
  ["dead, not expired", [take("a", 1), over("a"), take("b", 2)], ended("a", "expired")],
  [
    "what has lapsed is taken over",
    [take("a", 1), lapse("a", 0), take("b", 2), ended("a", "expired")],
    ended("a", "taken-over"),
  ],
  ["not what was renewed since", [take("a", 1), check("a", 5), lapse("a", 0)], take("b", 2)],
  ["but once that has lapsed, too", [take("a", 1), check("a", 5), lapse("a", 5), take("b", 2)], null],
  ["a stranger gives back", [take("a", 1)], release("a", "a stranger")],
  ["a stranger checks", [take("a", 1)], check("a", 0, "a stranger")],
  ["given back twice by its owner", [take("a", 1), release("a"), release("a")], release("a", "a stranger")],
  ["given back after it was cleared", [take("a", 1), clear("a", true)], release("a")],
  ["given back, never held", [], release("a")],
  ["a check of what has ended", [take("a", 1), release("a")], check("a")],
  [
    "entered again while it stands",
    [take("a", 1), { kind: "reenter", hold: "a" }, release("a")],
    { kind: "reenter", hold: "a" },
  ],
  [
    "cleared by name, or when it is over",
    [take("a", 1), over("a"), clear("a", false), take("b", 2), clear("b", true)],
    null,
  ],
  ["cleared alive, and not named", [take("a", 1)], clear("a", false)],
  ["cleared after its end", [take("a", 1), release("a"), changed("a")], clear("a", true)],
  ["changed meanwhile, it is said, and it stands", [take("a", 1)], changed("a")],
  ["lost, it is said, and it stands", [take("a", 1)], lost("a", "others")],
  [
    "lost to others, and its owner gave it back",
    [take("a", 1), release("a"), lost("a", "owner")],
    lost("a", "others"),
  ],
  ["past its time", [take("a", 1), lapse("a", 0), lost("a", "others")], lost("a", "owner")],
  [
    "a freeze that is complete outlives its job",
    [take("f1", 1, { freeze: "f", life: "f" }), frozen, { kind: "over", life: "f" }],
    take("b", 2),
  ],
  [
    "one that is not does not",
    [take("f1", 1, { freeze: "f", life: "f" }), { kind: "over", life: "f" }, take("b", 2)],
    null,
  ],
  [
    "the log shows all",
    [take("a", 1), release("a"), take("b", 2), log(["a", 1, "released"], ["b", 2, "held"])],
    log(["a", 1, "released"]),
  ],
  ["the log says how", [take("a", 1), clear("a", true), log(["a", 1, "cleared"])], log(["a", 1, "released"])],
  ["the log says whose", [take("a", 1)], log(["b", 1, "held"])],
];

describe("the model", () => {
  it.each(STORIES)("%s", (_, legal, illegal) => {
    let state = UNUSED;
    for (const action of legal) {
      const after = step(state, action);
      if (typeof after === "string") expect.fail(`${JSON.stringify(action)}: ${after}`);
      state = after;
    }
    if (illegal !== null) expect(step(state, illegal)).toBeTypeOf("string");
  });
});
