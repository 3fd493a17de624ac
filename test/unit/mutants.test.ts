/** The mistakes that `npm run mutants` plants can be planted: whoever changes the code that one of them changes, changes it there as well. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { MUTANTS } from "../mutants/mutants.ts";

const ROOT = resolve(import.meta.dirname, "../..");

test.each(MUTANTS)("$what", ({ file, from, to, tests }) => {
  expect(readFileSync(join(ROOT, "src", file), "utf8").split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
  if (!("seeds" in tests)) for (const path of tests) expect(existsSync(join(ROOT, path)), path).toBe(true);
});

test("each has a name of its own", () => {
  expect(new Set(MUTANTS.map(({ what }) => what)).size).toBe(MUTANTS.length);
});
