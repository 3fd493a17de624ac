/** The planted mistakes fit the code as it is: `npm run mutants` makes them, and takes minutes. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MUTANTS } from "../mutants/mutants.ts";

const root = new URL("../../", import.meta.url);

test.each(MUTANTS.map((mutant) => [mutant.what, mutant] as const))("%s", (_, { file, from, to, tests }) => {
  const source = readFileSync(new URL(`src/${file}`, root), "utf8");
  expect(source.split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
  for (const test of "seeds" in tests ? [] : tests) expect(existsSync(new URL(test, root)), test).toBe(true);
});

test("each has a name of its own", () => {
  expect(new Set(MUTANTS.map(({ what }) => what)).size).toBe(MUTANTS.length);
});
