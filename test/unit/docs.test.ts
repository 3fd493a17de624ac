/** The pages beside the README say what is so, by the README's rules: examples, commands, inputs, links, pictures. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import mermaid from "mermaid";
import { describe, expect, test } from "vitest";
import { lint } from "../../src/lint/lint.ts";
import { readActionFile } from "../runner/action-file.ts";
import { isNpm, isShell, linkFaults, type Package, shellFaults, spanFaults } from "./readme-rules.ts";
import { type Block, type Page, readPage } from "./readme-text.ts";
import { yamlFaults } from "./readme-yaml.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const action = await readActionFile(join(ROOT, "action.yml"));
const ours: Package = JSON.parse(read("package.json"));
const pageAt = (path: string): Page | null =>
  path.endsWith(".md") ? readPage(readFileSync(path, "utf8")) : null;

const paths = globSync(["*.md", "docs/*.md", ".github/*.md"], { cwd: ROOT })
  .map((path) => path.replaceAll("\\", "/"))
  .toSorted();
const pages = paths.map((path) => ({ path, page: readPage(read(path)) }));
/** For users, written by hand. docs/cli.md and docs/lint.md are held against the sources of which they are made; recipes-cli.test.ts runs the former. */
const guides = pages.filter(({ path }) =>
  ["docs/recipes.md", "docs/security.md", "SECURITY.md"].includes(path),
);
const blocksOf = (language: string, among = pages) =>
  among.flatMap(({ path, page }) =>
    page.blocks
      .filter((block) => block.language === language)
      .map((block): [string, Block] => [`${path}, line ${block.line}`, block]),
  );

test("the pages are there", () => {
  expect(guides).toHaveLength(3);
  for (const path of ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/cli.md", "docs/design.md"])
    expect(paths).toContain(path);
});

test.each(pages)("the links of $path lead somewhere", ({ path, page }) => {
  expect(linkFaults(page, dirname(join(ROOT, path)), pageAt)).toEqual([]);
});

describe("examples in YAML", () => {
  test.each(blocksOf("yaml", guides))("%s", async (_, block) => {
    expect(await yamlFaults(block, { action, read })).toEqual([]);
  });

  test("of the recipes are what the linter would have", async () => {
    const jobs = blocksOf("yaml", guides).filter(([, { text }]) => /^jobs:/m.test(text));
    expect(jobs.length).toBeGreaterThan(5);
    const files = jobs.map(([path, { text }]) => ({
      path,
      content: /^on:/m.test(text) ? text : `on: push\n${text}`,
    }));
    for (const file of files) expect(await lint([file], [], () => null), file.path).toEqual([]);
  });
});

describe("text", () => {
  test.each(guides)("of $path speaks of inputs that exist", ({ page }) => {
    expect(spanFaults(page, action)).toEqual([]);
  });

  test.each(guides)("of $path shows commands that exist", ({ path, page }) => {
    // test/e2e/recipes.test.ts runs every command of the recipes, docs-release.test.ts those of the security page.
    const isRun = path === "docs/recipes.md" || path === "docs/security.md";
    const run = isRun ? page.blocks.filter((block) => isShell(block) && !isNpm(block)) : [];
    expect(shellFaults(page, ours, run)).toEqual([]);
  });
});

describe("pictures", () => {
  const pictures = blocksOf("mermaid");

  test("are there", () => {
    expect(pictures.length).toBeGreaterThan(0);
  });

  test.each(pictures)("%s", async (_, { text }) => {
    expect((await mermaid.parse(text)).diagramType).toMatch(/./);
  });

  test("are read by a parser that refuses what is none", async () => {
    await expect(mermaid.parse("flowchart RL\n  a[ --> b")).rejects.toThrow();
  });
});

describe("the demo, as it is shown", () => {
  const shown = read("docs/demo.txt");

  test("is what it says first and last", () => {
    const [, introduction = ""] = /INTRODUCTION = `([^`]+)`/.exec(read("demo/demo.ts")) ?? [];
    expect(introduction).not.toBe("");
    expect(shown.startsWith(introduction)).toBe(true);
    expect(shown.trimEnd()).toMatch(/Everything as promised, in \d+\.\d s\.$/);
    expect(shown).not.toContain("✗ the");
  });

  test("has the picture that the README has", () => {
    const readme = pages.find(({ path }) => path === "README.md")?.page;
    const picture = readme?.blocks.find(({ language, text }) => language === "text" && text.includes("░"));
    expect(shown).toContain(picture?.text ?? "no picture");
  });

  test("is linked", () => {
    expect(existsSync(join(ROOT, "docs/demo.txt"))).toBe(true);
    expect(read("README.md")).toContain("(docs/demo.txt)");
  });
});
