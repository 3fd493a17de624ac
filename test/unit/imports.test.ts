import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { fileViolations, importsOf, importViolations } from "./import-rule.ts";

const SRC = fileURLToPath(new URL("../../src/", import.meta.url));
const sources = new Map(
  readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts"))
    .toSorted()
    .map((path) => [path, readFileSync(join(SRC, path), "utf8")]),
);
const imports = new Map([...sources].map(([file, source]) => [file, importsOf(file, source)]));

describe("src", () => {
  test("is all there", () => {
    expect([...sources.keys()]).toEqual(
      expect.arrayContaining(["main.ts", "post.ts", "cli.ts", "wire.ts", "lock/ports.ts", "cli/main.ts"]),
    );
  });

  test("imports in one direction alone", () => {
    expect(importViolations(imports)).toEqual([]);
  });

  test("has short files with names that say something", () => {
    const lines = new Map([...sources].map(([file, source]) => [file, source.split("\n").length - 1]));
    expect(fileViolations(lines)).toEqual([]);
  });

  test("has no import that the reading above has missed", async () => {
    const { metafile } = await build({
      entryPoints: [...sources.keys()],
      absWorkingDir: SRC,
      outdir: "out",
      bundle: true,
      write: false,
      metafile: true,
      packages: "external",
      platform: "node",
      format: "esm",
      logLevel: "silent",
    });
    for (const [file, input] of Object.entries(metafile.inputs)) {
      const bundled = input.imports.map((imported) => imported.path);
      expect(imports.get(file), file).toEqual(expect.arrayContaining(bundled));
    }
  });
});

describe("the rule", () => {
  const allowed: Record<string, string[]> = {
    "main.ts": ["action/steps.ts", "wire.ts"],
    "cli.ts": ["cli/program.ts", "node:process"],
    "wire.ts": ["github/client.ts", "git/process.ts", "machine/sightings.ts", "lock/ports.ts", "node:os"],
    "action/steps.ts": ["wire.ts", "lock/acquire.ts", "action/inputs.ts", "@actions/core", "@actions/github"],
    "action/inputs.ts": [],
    "cli/program.ts": ["wire.ts", "lock/acquire.ts", "cli/child.ts", "lint/rules.ts", "commander"],
    "cli/child.ts": ["node:child_process"],
    "cli/watcher.ts": ["node:child_process"],
    "machine/sightings.ts": ["node:fs", "node:child_process", "lock/ports.ts"],
    "github/client.ts": ["@octokit/rest", "@actions/github/lib/utils", "lock/ports.ts"],
    "git/process.ts": ["node:child_process", "lock/ports.ts"],
    "lint/rules.ts": [
      "yaml",
      "@actions/workflow-parser/workflows/workflow-parser",
      "node:path",
      "lock/name.ts",
    ],
    "lock/acquire.ts": ["lock/ports.ts", "lock/name.ts"],
    "lock/name.ts": [],
    "lock/ports.ts": [],
  };
  const withImport = (file: string, target: string): Map<string, string[]> =>
    new Map(Object.entries({ ...allowed, [file]: [...(allowed[file] ?? []), target] }));

  test("lets through what the design allows", () => {
    expect(importViolations(new Map(Object.entries(allowed)))).toEqual([]);
  });

  test.each([
    ["lock/name.ts", "node:crypto"],
    ["lock/name.ts", "@octokit/rest"],
    ["lock/name.ts", "github/client.ts"],
    ["lock/name.ts", "wire.ts"],
    ["github/client.ts", "git/process.ts"],
    ["github/client.ts", "action/inputs.ts"],
    ["github/client.ts", "@actions/core"],
    ["git/process.ts", "wire.ts"],
    ["action/inputs.ts", "@octokit/rest"],
    ["action/inputs.ts", "github/client.ts"],
    ["action/inputs.ts", "cli/child.ts"],
    ["action/inputs.ts", "node:child_process"],
    ["cli/program.ts", "node:child_process"],
    ["cli/program.ts", "@actions/core"],
    ["cli/program.ts", "git/process.ts"],
    ["cli/program.ts", "machine/sightings.ts"],
    ["git/process.ts", "machine/sightings.ts"],
    ["machine/sightings.ts", "git/process.ts"],
    ["machine/sightings.ts", "wire.ts"],
    ["action/inputs.ts", "machine/sightings.ts"],
    ["action/inputs.ts", "commander"],
    ["lint/rules.ts", "lock/acquire.ts"],
    ["lint/rules.ts", "commander"],
    ["wire.ts", "action/inputs.ts"],
    ["main.ts", "lock/name.ts"],
    ["main.ts", "@actions/core"],
    ["action/inputs.ts", "left-pad"],
    ["action/inputs.ts", "fs"],
    ["action/inputs.ts", "a computed name"],
    ["action/inputs.ts", "action/missing.ts"],
    ["action/inputs.ts", "../test/hub/hub.ts"],
  ])("refuses %s → %s, and names both", (file, target) => {
    // An import upwards may close a circle as well.
    const violations = importViolations(withImport(file, target)).filter(
      (each) => !each.startsWith("a circle"),
    );
    expect(violations).toEqual([expect.stringContaining(`${file} imports ${target}: `)]);
  });

  test("finds a circle, once", () => {
    expect(importViolations(withImport("lock/name.ts", "lock/acquire.ts"))).toEqual([
      "a circle: lock/acquire.ts → lock/name.ts → lock/acquire.ts",
    ]);
    expect(importViolations(new Map([["lock/name.ts", ["lock/name.ts"]]]))).toHaveLength(1);
  });

  test.each([
    ["lock/utils.ts", 10],
    ["lock/helper.ts", 10],
    ["action/index.ts", 10],
    ["lock/name.ts", 301],
    ["other.ts", 10],
    ["other/name.ts", 10],
  ])("refuses the file %s of %i lines", (file, lines) => {
    expect(fileViolations(new Map([[file, lines]]))).toEqual([expect.stringContaining(`${file}: `)]);
  });

  test("lets a file of 300 lines through", () => {
    expect(fileViolations(new Map([["lock/name.ts", 300]]))).toEqual([]);
  });

  test("reads imports of every form", () => {
    const source = `/** import { no } from "comment"; */
// import { no } from "comment";
import one from "one";
import {
  type Two,
  two,
} from "./two.ts";
import type { Three } from "../three.ts";
import "four";
export { five } from "five";
export * from 'six';
type Seven = import("seven").Seven;
const eight = await import("./eight.ts");
const nine = await import(name);
export const text = "from a text";
export const pattern = /^import( |$)/;
export function from(name: string) {}
`;
    expect(importsOf("lock/name.ts", source).toSorted()).toEqual([
      "a computed name",
      "five",
      "four",
      "lock/eight.ts",
      "lock/two.ts",
      "one",
      "seven",
      "six",
      "three.ts",
    ]);
  });
});
