import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lint } from "../../src/lint/lint.ts";

function findingsIn(content: string) {
  return lint([{ path: "x.yml", content }], [], () => null);
}

function withScript(script: string): string {
  const lines = script.split("\n").map((line) => `          ${line}`);
  return `on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n${lines.join("\n")}\n`;
}

describe("what is no workflow is a finding of its own", () => {
  test.each([
    ["nothing", ""],
    ["a comment", "# nothing\n"],
    ["a word", "publish\n"],
    ["a list", "- run: npm publish\n"],
    ["two documents", "on: push\n---\njobs: {}\n"],
    ["names that are none", "? [a, b]\n: c\n"],
    ["an alias to nothing", "on: *missing\njobs: {}\n"],
    ["an alias to itself", "on: push\njobs: &jobs\n  a: *jobs\n"],
    ["a tab", "on: push\njobs:\n\ta: b\n"],
    ["a job that is a list", "on: push\njobs: { a: [npm publish] }\n"],
    ["steps that are a text", "on: push\njobs: { a: { runs-on: x, steps: npm publish } }\n"],
    ["a run that is a map", "on: push\njobs: { a: { runs-on: x, steps: [{ run: { a: b } }] } }\n"],
    ["more than a workflow can be", `on: push\n# ${"x".repeat(1 << 20)}\n`],
  ])("%s", async (_, content) => {
    const rules = (await findingsIn(content)).map(({ rule }) => rule);
    expect(new Set(rules)).toEqual(new Set(["syntax"]));
  });

  test("aliases that multiply", async () => {
    const levels = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (const [name, inner] of ["ba", "cb", "dc", "ed", "fe"])
      levels.push(`${name}: &${name} [${Array(9).fill(`*${inner}`).join(", ")}]`);
    const [finding] = await findingsIn(`on: push\n${levels.join("\n")}\njobs: *f\n`);
    expect(finding).toMatchObject({ rule: "syntax", message: expect.stringContaining("100000 nodes") });
  });
});

describe("what was written to keep the linter busy", () => {
  test.each([
    ["commands that publish", "npm publish\n".repeat(10_000), ["no-lock"]],
    ["scripts in scripts", "bash -c 'bash -c \"bash -c npm\"'\n".repeat(5000), []],
    ["quotes", "'\"`$(".repeat(20_000), []],
    ["here-documents that never end", "cat <<A <<B <<C\n".repeat(5000), []],
    ["wrappers around wrappers", `${"sudo ".repeat(10_000)}npm publish`, []],
  ])("%s", async (_, script, rules) => {
    expect((await findingsIn(withScript(script))).map(({ rule }) => rule)).toEqual(rules);
  });

  test("jobs that need each other in a long line, or in a circle", async () => {
    const job = (needs: string) => `{ runs-on: x, needs: [${needs}], steps: [{ run: npm publish }] }`;
    const line = Array.from(
      { length: 300 },
      (_, index) => `  j${index}: ${job(index === 0 ? "" : `j${index - 1}`)}\n`,
    );
    expect(await findingsIn(`on: push\njobs:\n${line.join("")}`)).toHaveLength(300);
    const circle = await findingsIn(`on: push\njobs: { a: ${job("b")}, b: ${job("a")}, c: ${job("c")} }\n`);
    expect(circle.filter(({ rule }) => rule === "no-lock")).toHaveLength(3);
  });

  test("workflows that call each other in a circle", async () => {
    const files = ["a", "b"].map((name) => ({
      path: `.github/workflows/${name}.yml`,
      content: `on: workflow_call
jobs:
  call:
    uses: ./.github/workflows/${name === "a" ? "b" : "a"}.yml
  again:
    needs: call
    uses: ./.github/workflows/${name}.yml
`,
    }));
    expect(await lint(files, [], () => null)).toEqual([]);
  });
});

test("no change to a workflow makes it throw", async () => {
  const folder = join(import.meta.dirname, "fixtures");
  const contents = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => readFileSync(join(folder, name), "utf8"));
  const change = fc.record({
    at: fc.nat(200),
    to: fc.constantFrom(
      "",
      "      - ",
      "a: b",
      "  jobs:",
      "    needs: [x, x]",
      "    - *lock",
      "      run: |",
      "  with: &a 1",
      "\u0000",
      "? x",
    ),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...contents),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (content, changes) => {
        const lines = content.split("\n");
        for (const { at, to } of changes) lines[at % lines.length] = to;
        for (const { line, column, message } of await findingsIn(lines.join("\n"))) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines.length + 1);
          expect(column).toBeGreaterThan(0);
          expect(message).not.toBe("");
        }
      },
    ),
    { numRuns: 150 },
  );
});
