import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { json, shellWord, shownName, visible } from "../../src/cli/text.ts";
import { anyText } from "./records.ts";

describe("text from outside, as it is shown", () => {
  test.each([
    ["a\nb", "a\\nb"],
    ["a\r\n\tb", "a\\r\\n\\tb"],
    ["\x1b[2Jgone", "\\x1b[2Jgone"],
    ["\x9b31m", "\\x9b31m"],
    ["\x00\x7f", "\\x00\\x7f"],
    ["release\u202egpj", "release\\u{202e}gpj"],
    ["a\u2028b", "a\\u{2028}b"],
    ["zero\u200bwidth", "zero\\u{200b}width"],
    ["tag \u{e0041}", "tag \\u{e0041}"],
    ["##[error]x", "## [error]x"],
    ["%0A::error::x", "%0A::error::x"],
    ["👩‍💻 é 日本", "👩‍💻 é 日本"],
  ])("%j is %j", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test("has no character on which a terminal or a runner acts", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(visible(text)).not.toMatch(/(?!\u200d)[\p{Cc}\p{Cf}\u2028\u2029]|##\[/u);
        expect(shownName(text)).not.toMatch(/^::|^\s/);
      }),
    );
  });

  test.each([
    ["publish", "publish"],
    ["docs/v2", "docs/v2"],
    ["日本", "日本"],
    ["two words", '"two words"'],
    ["::error::x", '"::error::x"'],
    [" lead", '" lead"'],
    ['say "x"', '"say \\"x\\""'],
    ["-dash", '"-dash"'],
  ])("the name %j is shown as %j", (name, shown) => {
    expect(shownName(name)).toBe(shown);
  });
});

describe("JSON", () => {
  test("says the same, whatever is in it, in characters that a terminal leaves alone", () => {
    fc.assert(
      fc.property(anyText, anyText, (key, value) => {
        const text = json({ [key.toWellFormed()]: [value.toWellFormed()] });
        expect(JSON.parse(text)).toEqual({ [key.toWellFormed()]: [value.toWellFormed()] });
        expect(text.replaceAll("\n", "")).not.toMatch(/(?!\u200d)[\p{Cc}\p{Cf}\u2028\u2029]|##\[/u);
      }),
    );
  });

  test("has no old command of a runner in it", () => {
    expect(json("##[error]x")).toBe('"#\\u0023[error]x"');
  });

  test("writes a character outside the first plane as a pair", () => {
    expect(json("\u{e0041}")).toBe('"\\udb40\\udc41"');
  });
});

test.each([
  ["publish", "publish"],
  ["refs/locks:x", "refs/locks:x"],
  ["two words", "'two words'"],
  ["it's", "'it'\\''s'"],
  ["$(id)", "'$(id)'"],
  ["", "''"],
])("the shell's word for %j is %s", (text, word) => {
  expect(shellWord(text)).toBe(word);
});
