/**
 * The workflow files of this repository: read by GitHub's own parser, actions pinned, permissions and time limits stated.
 * Owns these rules for our own files; knows nothing of the linter that reads other people's workflows.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  convertWorkflowTemplate,
  isMapping,
  isSequence,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";
import type { MappingToken } from "@actions/workflow-parser/templates/tokens/mapping-token";
import { describe, expect, test } from "vitest";

const FOLDER = join(import.meta.dirname, "../../.github/workflows");

/** Our own action is named by its release in the workflows that others call; all else is somebody else's code. */
const OWN = /^(\.\/|reflock\/reflock@v\d+$)/;
const PINNED = /^[\w.-]+(\/[\w.-]+)+@[0-9a-f]{40}$/;
const VERSION = /^#\s*v\d+\.\d+\.\d+\s*$/;

async function faultsOf(name: string, content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const faults = context.errors.getErrors().map((error) => error.message);
  if (faults.length > 0 || value === undefined || !isMapping(value))
    return faults.length > 0 ? faults : ["no mapping"];
  const template = await convertWorkflowTemplate(context, value);
  faults.push(...(template.errors ?? []).map((error) => error.Message));
  faults.push(...unpinned(content), ...pasted(value));
  if (entry(value, "permissions") === undefined) faults.push("no permissions at the top");
  for (const [id, job] of jobs(value)) {
    // A job that calls a workflow takes no limit of its own.
    if (entry(job, "uses") === undefined && entry(job, "timeout-minutes") === undefined) {
      faults.push(`job ${id} has no timeout-minutes`);
    }
  }
  return faults;
}

/** Line by line, because the parser drops the comments. */
function unpinned(content: string): string[] {
  const faults: string[] = [];
  for (const line of content.split("\n")) {
    const found = /^\s*(?:-\s+)?["']?uses["']?:\s*["']?([^\s"'#]+)["']?\s*(#.*)?$/.exec(line);
    if (found === null || OWN.test(found[1] ?? "")) continue;
    if (!PINNED.test(found[1] ?? "")) faults.push(`${found[1]} is not pinned by commit`);
    else if (!VERSION.test(found[2] ?? "")) faults.push(`${found[1]} does not say its version`);
  }
  return faults;
}

/** What anybody may have written: in a script it would be run. */
const OUTSIDE = /\b(inputs|secrets|github\.(event|head_ref|ref_name|actor|triggering_actor))\b/;

/** Scripts into whose text an input is pasted, rather than given to them as a variable. */
function pasted(workflow: MappingToken): string[] {
  return jobs(workflow).flatMap(([id, job]) => {
    const steps = entry(job, "steps");
    if (steps === undefined || !isSequence(steps)) return [];
    const scripts = [...steps].flatMap((step) =>
      isMapping(step) ? [entry(step, "run")?.toString() ?? ""] : [],
    );
    const expressions = scripts.flatMap((script) => script.match(/\$\{\{.*?\}\}/gs) ?? []);
    return expressions
      .filter((text) => OUTSIDE.test(text))
      .map((text) => `job ${id} has ${text} in a script`);
  });
}

function entry(mapping: MappingToken, name: string) {
  for (const { key, value } of mapping) if (key.toString() === name) return value;
  return undefined;
}

function jobs(workflow: MappingToken): [string, MappingToken][] {
  const found = entry(workflow, "jobs");
  if (found === undefined || !isMapping(found)) return [];
  const all: [string, MappingToken][] = [];
  for (const { key, value } of found) if (isMapping(value)) all.push([key.toString(), value]);
  return all;
}

describe("our workflows", () => {
  const files = readdirSync(FOLDER).filter((name) => /\.ya?ml$/.test(name));

  test("are there", () => {
    expect(files).toEqual(
      expect.arrayContaining(["ci.yml", "clear-locks.yml", "guarded-run.yml", "live.yml", "release.yml"]),
    );
  });

  test.each(files)("%s", async (name) => {
    expect(await faultsOf(name, readFileSync(join(FOLDER, name), "utf8"))).toEqual([]);
  });
});

describe("the rules see", () => {
  const sound = `
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: ./
      - uses: reflock/reflock@v1
      - uses: actions/checkout@${"a".repeat(40)} # v6.0.2
      - run: echo \${{ job.check_run_id }}
  called:
    uses: ./.github/workflows/guarded-run.yml
`;
  const planted: readonly [string, string, string, RegExp][] = [
    ["no permissions", "permissions: {}\n", "", /no permissions at the top/],
    ["no time limit", "    timeout-minutes: 5\n", "", /job build has no timeout-minutes/],
    ["a branch", `@${"a".repeat(40)} # v6.0.2`, "@v6", /actions\/checkout@v6 is not pinned/],
    ["a short commit", "a".repeat(40), "a".repeat(7), /is not pinned/],
    ["no version", " # v6.0.2", "", /does not say its version/],
    ["a vague version", "# v6.0.2", "# v6", /does not say its version/],
    ["an unknown word", "runs-on:", "run-on:", /run-on/],
    ["an unknown permission", "permissions: {}", "permissions: { content: write }", /content/],
    ["an unknown context", "job.check_run_id", "jobb.check_run_id", /jobb/],
    ["a circle of needs", "    runs-on:", "    needs: build\n    runs-on:", /build/],
    [
      "an input in a script",
      `echo \${{ job.check_run_id }}`,
      `echo \${{ inputs.name }}`,
      /inputs\.name.*in a script/,
    ],
    ["a title in a script", "job.check_run_id", "github.event.pull_request.title", /in a script/],
    ["no YAML", "on: push", "on: [push", /./],
  ];

  test("nothing where all is sound", async () => {
    expect(await faultsOf("sound.yml", sound)).toEqual([]);
  });

  test.each(planted)("%s", async (_, from, to, fault) => {
    expect(sound).toContain(from);
    const faults = await faultsOf("planted.yml", sound.replace(from, to));
    expect(faults.join("\n")).toMatch(fault);
  });
});
