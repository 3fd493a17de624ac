/** Durations: what is read, what is refused with which advice, and what people are shown. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/lock/duration.ts";
import { thrownBy } from "./thrown.ts";

const parse = (text: string): number => parseDuration(text, "wait");

const TEN_YEARS_S = 3650 * 86_400;

describe("reading", () => {
  test.each([
    ["0", 0],
    ["0s", 0],
    ["forever", Number.POSITIVE_INFINITY],
    ["90s", 90_000],
    ["10m", 600_000],
    ["1h", 3_600_000],
    ["2h", 7_200_000],
    ["1h30m", 5_400_000],
    ["1d2h3m4s", 93_784_000],
    ["1d4s", 86_404_000],
    ["1d90m", 91_800_000],
    ["007s", 7000],
    ["3650d", TEN_YEARS_S * 1000],
  ])("%s is %d ms", (text, ms) => {
    expect(parse(text)).toBe(ms);
  });

  test.each([
    ...[
      "",
      " ",
      "soon",
      "10",
      "00",
      "-1",
      "-5s",
      "+5s",
      "1.5h",
      "5S",
      "5 s",
      " 5s",
      "5s ",
      "1h 30m",
      "1m1h",
      "1s1s",
    ],
    ...[
      "s",
      "1w",
      "1ms",
      "0x10s",
      "1e3s",
      "٣s",
      "５s",
      "Forever",
      "infinity",
      "1h\n",
      "1h\n30m",
      "NaN",
      "null",
    ],
  ])("%j is no duration", (text) => {
    const error = thrownBy(() => parse(text));
    expect(error).toMatchObject({ kind: "usage", message: expect.stringContaining("is not a duration") });
    expect(error?.message).toContain("Write `0`, `forever`, or such as `90s`, `10m`, `1h30m`.");
    expect(error?.message).not.toContain("\n");
  });

  test("names the input, and adds the unit that a bare number lacks", () => {
    const message = thrownBy(() => parseDuration("10", "max-hold"))?.message;
    expect(message).toContain("`max-hold: 10`");
    expect(message).toContain("`10s` or `10m`");
    expect(thrownBy(() => parse("soon"))?.message).not.toContain("unit");
  });

  test.each(["3651d", "3650d1s", "87601h", `${"9".repeat(400)}s`])(
    "%s is longer than anybody waits",
    (text) => {
      expect(thrownBy(() => parse(text))?.message).toMatch(/longer than ten years.*`forever`/);
    },
  );

  test("shows a long text cut", () => {
    expect(thrownBy(() => parse("x".repeat(100_000)))?.message.length).toBeLessThan(300);
  });

  const part = fc.option(fc.nat({ max: 500 }), { nil: null });

  test("adds its parts up", () => {
    fc.assert(
      fc.property(part, part, part, part, (d, h, m, s) => {
        const text = [...Object.entries({ d, h, m, s })]
          .map(([unit, number]) => (number === null ? "" : `${number}${unit}`))
          .join("");
        fc.pre(text !== "");
        const seconds = (((d ?? 0) * 24 + (h ?? 0)) * 60 + (m ?? 0)) * 60 + (s ?? 0);
        expect(parse(text)).toBe(seconds * 1000);
      }),
    );
  });

  test("gives whole milliseconds, `Infinity`, or a usage error", () => {
    const text = fc.string({ unit: fc.constantFrom(..."0123456789dhms .-+einfory\n"), maxLength: 12 });
    fc.assert(
      fc.property(text, (text) => {
        const error = thrownBy(() => parse(text));
        if (error !== null) expect(error).toMatchObject({ name: "LockError", kind: "usage" });
        else expect(parse(text)).toSatisfy((ms) => ms === Infinity || (Number.isSafeInteger(ms) && ms >= 0));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("showing", () => {
  test.each([
    [0, "0s"],
    [-5000, "0s"],
    [499, "0s"],
    [500, "1s"],
    [45_000, "45s"],
    [59_999, "1m"],
    [60_000, "1m"],
    [250_000, "4m 10s"],
    [3_605_000, "1h"],
    [7_500_000, "2h 5m"],
    [273_600_000, "3d 4h"],
    [86_400_000 + 59_000, "1d"],
    [Number.POSITIVE_INFINITY, "forever"],
  ])("%d ms: %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test("reads back as what was shown, short of it by less than the second unit", () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat({ max: 5000 }), fc.nat({ max: TEN_YEARS_S })), (seconds) => {
        const back = parse(formatDuration(seconds * 1000).replaceAll(" ", "")) / 1000;
        const second = seconds >= 86_400 ? 3600 : seconds >= 3600 ? 60 : 1;
        expect(back).toBe(seconds - (seconds % second));
      }),
      { numRuns: 1000 },
    );
  });
});
