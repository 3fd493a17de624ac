/** What is to be copied out of a summary: it names this very lock, in YAML as GitHub reads it and in a shell. */
import { execFileSync } from "node:child_process";
import {
  isBasicExpression,
  isMapping,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diagramText, html, runLink, shellText, yamlText } from "../../src/action/summary-text.ts";
import { parseName } from "../../src/lock/name.ts";
import { hostile } from "./summary-hostile.ts";
import { strangeTags } from "./summary-reading.ts";

/** What a lock can be named. */
const anyName = hostile.filter((text) => {
  try {
    return parseName(text).text === text;
  } catch {
    return false;
  }
});

/** As GitHub's parser reads a text that may hold expressions, such as `run-name`; of an expression, what it gives. */
function readYaml(scalar: string): string {
  const content = `run-name: ${scalar}\non: push\njobs:\n  x:\n    runs-on: x\n    steps:\n      - run: x\n`;
  const { context, value } = parseWorkflow({ name: "x.yml", content }, new NoOperationTraceWriter());
  expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
  if (value === undefined || !isMapping(value)) throw new Error("no workflow");
  const name = Array.from(value).find(({ key }) => key.toString() === "run-name")?.value;
  if (name === undefined) throw new Error("no name");
  return isBasicExpression(name) ? evaluated(name.expression) : name.toString();
}

/** Of the only expressions that we write: a text, or `format('{0} x', 'a text')`, as the parser puts it. */
function evaluated(expression: string): string {
  const texts = [...expression.matchAll(/'((?:[^']|'')*)'/g)].map(([, text]) =>
    (text ?? "").replaceAll("''", "'"),
  );
  const rest = expression.replaceAll(/'(?:[^']|'')*'/g, "x");
  if (rest === "x") return texts[0] ?? "";
  expect(rest).toMatch(/^format\(x(, ?x)+\)$/);
  const [format = "", ...values] = texts;
  return format.replaceAll(/\{\{|\}\}|\{(\d+)\}/g, (found, index) =>
    index === undefined ? found.slice(1) : (values[Number(index)] ?? ""),
  );
}

describe("YAML", () => {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: they are what is feared
  const awkward = [
    ...[
      "publish",
      "a: b # c",
      "'x'",
      '"x"',
      "\\n",
      "yes",
      "~",
      "- x",
      "{a}",
      "<b>`c`&",
      "}} x",
      "x'y ${{ a }} z",
    ],
    ...["${{ secrets.X }}", "a ${{ b }} c ${{ d }} {0}", "${{${{", "👩‍🚀 é", "\u202Eabc", "a\u00A0b", "100%"],
  ];
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: they are what is feared
  test.each(awkward)("%j is read as what it is", (name) => {
    expect(readYaml(yamlText(name))).toBe(name);
  });

  test("any name at all is one scalar on one line, and no expression but ours", () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const scalar = yamlText(name);
        expect(scalar).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029`<>]/u);
        expect(readYaml(scalar)).toBe(name);
      }),
      { numRuns: 150 },
    );
  });
});

describe("a shell", () => {
  test("any name at all is one word", () => {
    const names = fc.sample(anyName, { numRuns: 300, seed: 5 });
    const words = [...names, "-n", "$(id)", "`id`", "!x", "it's", "\\", "*", "~", "é漢🔒"];
    const script = words.map((word) => `printf '%s\\0' ${shellText(word)}`).join("\n");
    expect(script).not.toMatch(/[\p{Cf}\u2028\u2029]/u);
    const read = execFileSync("bash", ["--norc", "-c", script], {
      env: { LC_ALL: "C.UTF-8" },
      encoding: "utf8",
    });
    expect(read.split("\0").slice(0, -1)).toEqual(words);
  });
});

describe("HTML", () => {
  test("outside text has neither tags nor anything that Markdown knows, and is one line", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = html(["by ", { outside: text }]);
        expect(strangeTags(shown)).toEqual([]);
        expect(shown).toMatch(/^by <code>[^\n]+<\/code>$/);
        expect(shown.slice(9, -7)).not.toMatch(/[[\]`*_|~!:@"'\\{}$=+]|[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
      { numRuns: 2000 },
    );
  });

  test("a text of 60,000 characters is shown in part", () => {
    expect(html([{ outside: "x".repeat(60_000) }]).length).toBeLessThan(400);
    expect(diagramText("x".repeat(60_000))).toHaveLength(41);
  });

  const server = "https://github.com";
  test.each([
    ["https://github.com/octo/app/actions/runs/812", true],
    ["https://github.com/octo/app/actions/runs/812/attempts/3", true],
    ["https://github.com.evil.example/octo/app/actions/runs/812", false],
    ["https://evil.example/octo/app/actions/runs/812", false],
    ["https://github.com/octo/app/actions/runs/812/attempts/3?x=1", false],
    ['https://github.com/octo/app/actions/runs/812"onclick="x', false],
    ["https://github.com/octo/app/actions/runs/812\n", false],
    ["https://github.com/logout", false],
    ["javascript:alert(1)", false],
    ["", false],
    [null, false],
  ])("%j: a link or not", (url, isLink) => {
    expect(runLink("run 812", url, server)).toBe(isLink ? `<a href="${url}">run 812</a>` : "run 812");
  });

  test("no link where the server is none", () => {
    expect(runLink("run 1", "/octo/app/actions/runs/1", "")).toBe("run 1");
    expect(runLink("run 1", "javascript:/octo/app/actions/runs/1", "javascript:")).toBe("run 1");
  });
});
