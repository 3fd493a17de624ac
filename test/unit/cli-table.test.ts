import { describe, expect, test } from "vitest";
import { age, ageOf, table, utc, widthOf } from "../../src/cli/table.ts";

describe("a table", () => {
  test("is aligned, with no blanks at the end, and what belongs to a row is below it", () => {
    expect(
      table(
        ["LOCK", "STATE", "WHO"],
        [
          { cells: ["publish", "held", "ada"], below: ["https://a.example", "reason: x"] },
          { cells: ["日本", "free", ""] },
        ],
      ),
    ).toEqual([
      "LOCK     STATE  WHO",
      "publish  held   ada",
      "  https://a.example",
      "  reason: x",
      "日本     free",
    ]);
  });

  test("keeps every cell on its line", () => {
    const lines = table(["A", "B"], [{ cells: ["x\ny", "\x1b[31m"], below: ["a\nb"] }]);
    expect(lines).toEqual(["A     B", "x\\ny  \\x1b[31m", "  a\\nb"]);
  });

  test.each([
    ["abc", 3],
    ["é", 1],
    ["é", 1],
    ["日本", 4],
    ["한국", 4],
    ["👩‍💻", 2],
    ["", 0],
  ])("%j is as wide as %i letters", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });
});

test.each([
  [0, "0s"],
  [999, "0s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [4 * 60_000 + 59_000, "4m"],
  [3_600_000, "1h"],
  [26 * 3_600_000, "1d"],
])("an age of %i ms is %s", (ms, text) => {
  expect(age(ms)).toBe(text);
});

test("an age that seems to lie ahead is new, and of no date there is none", () => {
  expect(ageOf("2026-11-21T08:00:10Z", Date.parse("2026-11-21T08:00:00Z"))).toBe("0s");
  expect(ageOf("", 0)).toBe("");
});

test("a date is shown in UTC, and anything else as it is", () => {
  expect(utc("2026-11-21T12:04:11.5+01:00")).toBe("2026-11-21 11:04:11 UTC");
  expect(utc("never")).toBe("never");
});
