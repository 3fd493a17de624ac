import { expect, test } from "vitest";
import { RULES } from "../../src/lint/rules.ts";
import { page } from "./page.ts";

test("docs/lint.md says what the rules say", async () => {
  await expect(`${page(RULES)}\n`).toMatchFileSnapshot("../../docs/lint.md");
});
