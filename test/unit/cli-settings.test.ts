import { describe, expect, test } from "vitest";
import {
  clearingOf,
  conflictStatusOf,
  leaseSecondsOf,
  limitOf,
  maxHoldSecondsOf,
  parseNames,
  parseNamesAndClaims,
  parseNamesOrAll,
  reasonOf,
  slotsOf,
  waitMsOf,
} from "../../src/cli/settings.ts";
import { LockError } from "../../src/lock/errors.ts";
import { thrownBy } from "./thrown.ts";

const A = "a".repeat(40);
const B = "B".repeat(64);

function refusal(call: () => unknown): string {
  const error = thrownBy(call);
  expect(error).toBeInstanceOf(LockError);
  expect((error as LockError).kind).toBe("usage");
  return error?.message ?? "";
}

describe("names", () => {
  test("are each once, in their order, compared without regard to case", () => {
    expect(parseNames(["b", "a", "B"], {}).map(({ text }) => text)).toEqual(["b", "a"]);
    expect(parseNames(["x"], { namespace: "refs/heads/locks" })[0]?.prefix).toBe("refs/heads/locks/x/");
  });

  test.each([
    [[], "Name a lock"],
    [[""], "empty"],
    [["a\nb"], "control character"],
    [["\x1b[31m"], "control character"],
    [["x".repeat(300)], "300 bytes"],
    [["*"], "only `status` and `clear`"],
  ])("%j are refused: %s", (names, why) => {
    expect(refusal(() => parseNames(names, {}))).toContain(why);
  });

  test("a namespace in which refs can't live is refused", () => {
    expect(refusal(() => parseNames(["x"], { namespace: "refs/heads" }))).toContain("namespace");
    expect(refusal(() => parseNamesOrAll(["*"], { namespace: "--upload-pack=x" }, "none"))).toContain(
      "namespace",
    );
  });

  test("`*` means all, and stands alone", () => {
    expect(parseNamesOrAll(["*"], {}, "none")).toBe("all");
    expect(parseNamesOrAll([], {}, "all")).toBe("all");
    expect(refusal(() => parseNamesOrAll([], {}, "none"))).toContain("Name a lock");
    expect(refusal(() => parseNamesOrAll(["*", "x"], {}, "all"))).toContain("can't stand beside");
  });
});

describe("names and their claims", () => {
  const parse = (words: string[], claim?: string[]) => {
    const { locks, claims } = parseNamesAndClaims(words, claim === undefined ? {} : { claim });
    return [locks.map(({ text }) => text), claims];
  };

  test("a claim stands behind a name, or in the option", () => {
    expect(parse(["publish", A])).toEqual([["publish"], [A]]);
    expect(parse(["publish", A, "docs", B])).toEqual([
      ["publish", "docs"],
      [A, B.toLowerCase()],
    ]);
    expect(parse(["publish"], [A.toUpperCase()])).toEqual([["publish"], [A]]);
    expect(parse(["publish"])).toEqual([["publish"], []]);
  });

  test("what stands first is a name, whatever it looks like; an abbreviated oid is a name too", () => {
    expect(parse([A, B])).toEqual([[A], [B.toLowerCase()]]);
    expect(parse(["publish", "abc1234"])).toEqual([["publish", "abc1234"], []]);
  });

  test("an option that is no oid is refused", () => {
    expect(refusal(() => parse(["publish"], ["abc1234"]))).toContain("--claim abc1234");
    expect(refusal(() => parse(["publish"], ["\x1b]0;x\x07"]))).not.toContain("\x1b");
  });
});

describe("numbers and durations", () => {
  test("a wait is for ever at a terminal, an hour elsewhere, and what was said in any case", () => {
    expect(waitMsOf({}, true)).toBe(Number.POSITIVE_INFINITY);
    expect(waitMsOf({}, false)).toBe(3_600_000);
    expect(waitMsOf({ wait: false }, true)).toBe(0);
    expect(waitMsOf({ wait: "90s" }, true)).toBe(90_000);
    expect(refusal(() => waitMsOf({ wait: "5" }, true))).toContain("5s");
  });

  test.each([
    ["0", 0],
    ["9", 9],
    ["255", 255],
  ])("-E %s", (text, status) => {
    expect(conflictStatusOf({ conflictExitCode: text })).toBe(status);
  });

  test.each(["256", "-1", "x", "1.5", "", "0x10"])("-E %j is refused", (text) => {
    expect(refusal(() => conflictStatusOf({ conflictExitCode: text }))).toContain("0 to 255");
  });

  test.each(["0", "1000", "-2", "1e2", ""])("--slots %j is refused", (text) => {
    expect(refusal(() => slotsOf({ slots: text }))).toContain("1 to 999");
  });

  test("slots and limits have defaults", () => {
    expect([slotsOf({}), slotsOf({ slots: "3" }), limitOf({}), limitOf({ limit: "1" })]).toEqual([
      1, 3, 20, 1,
    ]);
    expect(refusal(() => limitOf({ limit: "0" }))).toContain("--limit");
  });

  test("a lease and a longest hold are seconds, or none", () => {
    expect([
      leaseSecondsOf({}, null),
      leaseSecondsOf({}, "5m"),
      leaseSecondsOf({ lease: "3s" }, "5m"),
    ]).toEqual([null, 300, 3]);
    expect([
      maxHoldSecondsOf({}),
      maxHoldSecondsOf({ maxHold: "forever" }),
      maxHoldSecondsOf({ maxHold: "2h" }),
    ]).toEqual([null, null, 7200]);
    expect(refusal(() => leaseSecondsOf({ lease: "0" }, null))).toContain("at once");
    expect(refusal(() => leaseSecondsOf({ lease: "2s" }, null))).toContain("3s or more");
  });
});

describe("clearing", () => {
  test("by force wants to know which and why", () => {
    expect(refusal(() => clearingOf({ force: true }))).toContain("--expect");
    expect(refusal(() => clearingOf({ force: true, expect: A }))).toContain("--reason");
    expect(refusal(() => clearingOf({ force: true, reason: "x" }))).toContain("--expect");
    expect(clearingOf({ force: true, expect: A, reason: "x" })).toEqual({
      expect: A,
      force: true,
      dryRun: false,
      reason: "x",
    });
    expect(refusal(() => clearingOf({ expect: "HEAD" }))).toContain("--expect HEAD");
  });

  test("a reason has an end", () => {
    expect(reasonOf({ reason: "x".repeat(1000) })).toHaveLength(1000);
    expect(refusal(() => reasonOf({ reason: "x".repeat(1001) }))).toContain("1000");
    expect(reasonOf({ reason: "" })).toBeNull();
  });
});
