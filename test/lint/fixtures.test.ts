import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findWorkflows } from "../../src/lint/files.ts";
import type { Finding } from "../../src/lint/finding.ts";
import { lint } from "../../src/lint/lint.ts";
import { expectedIn } from "./expected.ts";

const FOLDER = join(import.meta.dirname, "fixtures");
const entries = readdirSync(FOLDER, { withFileTypes: true });

async function findingsIn(path: string): Promise<{ found: Finding[]; expected: string[] }> {
  const workflows = findWorkflows(path);
  if ("problem" in workflows) throw new Error(workflows.problem);
  const { files, others, read } = workflows;
  expect(files).not.toEqual([]);
  return {
    found: await lint(files, others, read),
    expected: files.flatMap(({ path: file, content }) =>
      expectedIn(content).map((line) => `${file}:${line}`),
    ),
  };
}

function shown({ file, line, rule }: Finding): string {
  return `${file}:${line} ${rule}`;
}

describe("workflows", () => {
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);

  test.each(files)("%s", async (name) => {
    const content = readFileSync(join(FOLDER, name), "utf8");
    const found = await lint([{ path: name, content }], [], () => null);
    expect(found.map(({ line, rule }) => `${line} ${rule}`).toSorted()).toEqual(
      expectedIn(content).toSorted(),
    );
  });
});

describe("repositories", () => {
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);

  test.each(folders)("%s", async (name) => {
    const { found, expected } = await findingsIn(join(FOLDER, name));
    expect(found.map(shown).toSorted()).toEqual(expected.toSorted());
  });
});

test("this repository is clean", async () => {
  const { found } = await findingsIn(join(FOLDER, "../../.."));
  expect(found).toEqual([]);
});

test("the fixtures are many, and some are clean", () => {
  const all = entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => expectedIn(readFileSync(join(FOLDER, name), "utf8")));
  expect(all.length).toBeGreaterThanOrEqual(30);
  expect(all.filter((expected) => expected.length === 0).length).toBeGreaterThanOrEqual(8);
});
