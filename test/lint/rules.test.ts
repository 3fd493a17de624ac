import { describe, expect, test } from "vitest";
import { lint } from "../../src/lint/lint.ts";
import { RULES } from "../../src/lint/rules.ts";

const PATH = ".github/workflows/example.yml";

/** The rules that an example breaks, each as often as it is reported. */
async function rulesIn(content: string): Promise<string[]> {
  const findings = await lint([{ path: PATH, content: content.trimStart() }], [], () => null);
  return findings.map(({ rule }) => rule);
}

describe.each(RULES)("$id", ({ id, bad, fixed }) => {
  test("is found in its bad example, and nothing else is", async () => {
    expect(await rulesIn(bad)).toEqual([id]);
  });

  test("is gone in its fixed example, and nothing has come", async () => {
    expect(await rulesIn(fixed)).toEqual([]);
  });
});

test("each rule has a name of its own", () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
});
