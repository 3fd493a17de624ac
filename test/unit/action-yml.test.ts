import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseActionFile, readActionFile } from "../runner/action-file.ts";

const PATH = fileURLToPath(new URL("../../action.yml", import.meta.url));
const text = readFileSync(PATH, "utf8");
const action = await readActionFile(PATH);

/** What users were promised: a change here is a change for all of them. */
const DEFAULTS: Readonly<Record<string, string | null>> = {
  name: null,
  operation: "acquire",
  wait: "1h",
  "on-timeout": "fail",
  slots: "1",
  scope: "job",
  "max-hold": "",
  reason: "",
  repository: expression("github.repository"),
  namespace: "refs/locks",
  token: expression("github.token"),
  "job-id": expression("job.check_run_id"),
  expect: "",
  force: "false",
  "dry-run": "false",
};

const OUTPUTS = ["acquired", "reentered", "waited-seconds", "fencing-token", "ref", "claim", "holders"];

describe("action.yml", () => {
  test("has no error in the eyes of GitHub's own parser", () => {
    expect(action.errors).toEqual([]);
  });

  test("has the inputs that users know, with their defaults", () => {
    const defaults = action.inputs.map(({ name, default: given }) => [
      name,
      given === null ? null : "text" in given ? given.text : expression(given.expression),
    ]);
    expect(Object.fromEntries(defaults)).toEqual(DEFAULTS);
    expect(defaults).toHaveLength(Object.keys(DEFAULTS).length);
  });

  test("requires a name alone", () => {
    expect(action.inputs.filter((input) => input.required).map((input) => input.name)).toEqual(["name"]);
  });

  test("has the outputs that users know", () => {
    expect(action.outputs).toEqual(OUTPUTS);
  });

  test("runs the shipped bundles, post in every case", () => {
    expect(action).toMatchObject({ using: "node24", main: "dist/main.js", post: "dist/post.js" });
    expect(text).not.toMatch(/^\s*(pre|pre-if|post-if):/m);
  });

  test("describes every input and output in a sentence", () => {
    const described = text.match(/^ {4}description: \S.*\.$|^ {4}description: ".*\."$/gm) ?? [];
    expect(described).toHaveLength(action.inputs.length + action.outputs.length);
  });
});

describe("the parser", () => {
  test.each([
    ["a secret in a default", expression("github.token"), expression("secrets.TOKEN")],
    ["an unknown node", "using: node24", "using: node99"],
    ["no main", "  main: dist/main.js\n", ""],
    ["a default that is a list", "    default: acquire", "    default: [acquire]"],
    ["broken YAML", "inputs:", "inputs: ["],
  ])("objects to %s", async (_, from, to) => {
    expect(text).toContain(from);
    expect((await parseActionFile(text.replace(from, to))).errors).not.toEqual([]);
  });
});

/** As it is written in YAML. */
function expression(text: string): string {
  return `\${{ ${text} }}`;
}
