/** The README says what is so: its examples, its tables, its commands, its links. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { notAcquired } from "../../src/lock/not-acquired.ts";
import { readActionFile } from "../runner/action-file.ts";
import { linkFaults, type Package, refusalOf, shellFaults, spanFaults, tablesOf } from "./readme-rules.ts";
import { type Block, codeSpans, type Page, readPage, tableOf } from "./readme-text.ts";
import { yamlFaults } from "./readme-yaml.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const README = read("README.md");
const page = readPage(README);
const action = await readActionFile(join(ROOT, "action.yml"));
const offer = { action, read };
const ours: Package = JSON.parse(read("package.json"));
const pageAt = (path: string): Page | null =>
  path.endsWith(".md") ? readPage(readFileSync(path, "utf8")) : null;
/** Whose commands readme-git.test.ts runs, and test/e2e/recipes-readme.test.ts: each runs all that stand under its heading. */
const RUN = ["With git alone", "The command line"];
const runByTests = page.blocks.filter(({ heading }) => RUN.includes(heading));

describe("examples in YAML", () => {
  const blocks = page.blocks.filter(({ language }) => language === "yaml");

  test("are there", () => {
    expect(blocks.length).toBeGreaterThan(8);
  });

  test.each(blocks)("line $line", async (block) => {
    expect(await yamlFaults(block, offer)).toEqual([]);
  });

  test("begin with one of eight lines that is whole", () => {
    const [first] = blocks;
    expect(first?.text.trimEnd().split("\n")).toHaveLength(8);
    for (const word of ["uses: reflock/reflock@v1", "contents: write", "actions: read"])
      expect(first?.text).toContain(word);
  });
});

describe("tables", () => {
  const { inputs, outputs } = tablesOf(read("action.yml"), action);

  test("of inputs", () => {
    expect(tableOf(page, "input", "default", "meaning")).toEqual(inputs);
  });

  test("of outputs", () => {
    expect(tableOf(page, "output", "meaning")).toEqual(outputs);
  });
});

describe("text", () => {
  test("shows commands that exist", () => {
    expect(shellFaults(page, ours, runByTests)).toEqual([]);
  });

  test("tells how to test, as CI does it", () => {
    const command = read(".ci/run").trimEnd().split("\n").at(-1) ?? "";
    expect(command).not.toBe("");
    expect(page.blocks.map(({ text }) => text.trim())).toContain(command);
  });

  test("speaks of inputs that exist", () => {
    expect(spanFaults(page, action)).toEqual([]);
  });

  test("speaks of variables that the action sets", () => {
    const variables = new Set(README.match(/\bREFLOCK_[A-Z]+\b/g));
    expect(variables.size).toBeGreaterThan(0);
    for (const variable of variables) expect(read("src/lock/handed.ts")).toContain(`${variable}: `);
  });

  test("shows the message of a wait that ended as it is", () => {
    const shown = page.blocks.find(({ text }) => text.startsWith("Could not acquire"))?.text.trim();
    const waiter = { ...HOLDER, claim: "b".repeat(40) };
    const status = { name: "publish", slots: 1, holders: [HOLDER], waiters: [waiter, waiter] };
    expect(shown).toBe(notAcquired({ waitMs: 1_800_000 }, status).message);
  });
});

const HOLDER = {
  claim: "a".repeat(40),
  ref: "refs/locks/publish/holder/1",
  run: 812,
  attempt: 1,
  job: "publish",
  url: "https://github.com/octo/app/actions/runs/812/attempts/1",
  who: "octo",
  reason: "hotfix for v2",
  since: "2026-11-21T12:04:11Z",
  alive: "alive",
  freeze: false,
  why: "its job is in_progress",
} as const;

describe("what the action offers", () => {
  const examples = page.blocks.filter(({ language }) => language === "yaml").map(({ text }) => text);
  const described = action.inputs.findIndex(({ name }) => name === "operation");
  const [, , operations = ""] = tablesOf(read("action.yml"), action).inputs[described] ?? [];
  // What an example leaves out is `acquire`: that is what all others show.
  const shown = [...operations.matchAll(/`([a-z]+)`/g)].map(([, operation = ""]) => operation).slice(1);

  test("is known", () => {
    expect(shown).toContain("freeze");
  });

  test.each(shown)("has an example: operation %s", (operation) => {
    expect(examples.join("\n")).toMatch(new RegExp(`operation: ${operation}\\b`));
  });

  test.each([
    ["several names", /\bname: \|\n( +)\S.*\n\1\S/],
    ["several slots", /\bslots: [2-9]\b/],
    ["scope run", /\bscope: run\b/],
    ["a workflow to call", /\buses: reflock\/reflock\/\.github\/workflows\//],
  ])("has an example: %s", (_, example) => {
    expect(examples.join("\n")).toMatch(example);
  });

  test.each([
    { name: "a\nb", slots: "2", scope: "run", wait: "0", "max-hold": "1h" },
    { name: "a\nb", operation: "release" },
    { name: "a\nb", operation: "check" },
    { name: "a\nb", operation: "status" },
    { name: "a\nb", operation: "clear", "dry-run": "true" },
    { name: "a\nb", operation: "freeze", slots: "3" },
    { name: "*", operation: "status" },
    { name: "*", operation: "clear" },
  ])("is taken: %j", (given) => {
    expect(refusalOf(given, action)).toBeNull();
  });
});

describe("the rules see", () => {
  const step = `- uses: reflock/reflock@v1
  id: lock
  with: { name: publish, wait: 0, reason: "for \${{ github.ref }}" }
- run: echo "\${{ steps.lock.outputs.fencing-token }}"
  if: steps.lock.outputs.acquired == 'true'
`;
  const block = (text: string, language = "yaml"): Block => ({
    language,
    text,
    line: 1,
    heading: "",
  });

  test("nothing where all is sound", async () => {
    expect(await yamlFaults(block(step), offer)).toEqual([]);
  });

  test.each([
    ["an input that is not there", "wait: 0", "waits: 0", /no input waits/],
    ["an output that is not there", "fencing-token", "fence", /no output fence/],
    ["an output in a condition", "outputs.acquired", "outputs.held", /no output held/],
    ["an id that no step has", "id: lock", "id: hold", /has the id lock/],
    ["a duration without a unit", "wait: 0", "wait: 30", /not a duration/],
    ["an operation that is none", "wait: 0", "operation: steal", /none of acquire/],
    ["a force that names nothing", "wait: 0", "operation: clear, force: true", /in `expect`/],
    ["a lock without a name", "name: publish, ", "", /name is empty/],
    ["a word that steps do not have", "  id:", "  ids:", /ids/],
    ["a context that is none", "github.ref", "githup.ref", /githup/],
    ["broken YAML", "with: {", "with: [", /./],
    ["a list that is no steps", "- uses", "-uses", /neither/],
    ["a script that is none", 'echo "$', 'echo ) "$', /unexpected/],
  ])("%s", async (_, from, to, fault) => {
    expect(step).toContain(from);
    expect((await yamlFaults(block(step.replace(from, to)), offer)).join("\n")).toMatch(fault);
  });

  const call = `jobs:
  guarded:
    uses: reflock/reflock/.github/workflows/guarded-run.yml@v1
    permissions: { contents: write, actions: read }
    with: { lock: publish, command: "true" }
    secrets: { env: "A=b" }
`;

  test("nothing where a workflow is called as it asks", async () => {
    expect(await yamlFaults(block(call), offer)).toEqual([]);
  });

  test.each([
    ["a workflow that is not there", "guarded-run", "guarded", /Unable to find/],
    ["a workflow of another release", "@v1", "@v2", /Unable to find/],
    ["an input that the workflow does not have", "lock: publish", "name: publish", /name is not defined/],
    ["an input that the workflow needs", "lock: publish, ", "", /lock is required/],
    ["a secret that the workflow does not have", "env: ", "envs: ", /envs is not defined/],
    ["a permission that the workflow lacks", "contents: write, ", "", /not granted contents: write/],
    ["a permission that is too low", "contents: write", "contents: read", /not granted contents: write/],
  ])("%s", async (_, from, to, fault) => {
    expect(call).toContain(from);
    expect((await yamlFaults(block(call.replace(from, to)), offer)).join("\n")).toMatch(fault);
  });

  test.each([
    ["```sh\nnpm run nonsense\n```", /npm run nonsense/],
    ["```sh\nnpm ci && npm tset\n```", /npm tset/],
    ["```sh\nnpm install reflock\n```", /npm install/],
    ["```sh\nnpm install --global refblock\n```", /npm install/],
    ["```sh\nreflock clear publish\n```", /no test runs this/],
    ["Type `npm run nonsense`.", /npm run nonsense/],
    ["Type `git push --force`.", /git push --force/],
    ["Type `reflock seize`.", /no command seize/],
    ["Type `reflock acquire --hard x`.", /no option --hard/],
  ])("in %j", (markdown, fault) => {
    expect(shellFaults(readPage(markdown), ours, []).join("\n")).toMatch(fault);
  });

  test("an input that only the text has", () => {
    expect(spanFaults(readPage("Set `on-timeout: skip`, `waits: 0`."), action)).toEqual([
      "`waits: 0` is no input",
    ]);
  });

  test("a value that the action does not take, and none that it takes", () => {
    const text =
      'Say `slots: 2`, `slots: many`, `scope: runs`, `name: "*"`, `force: true` or `operation: seize`.';
    expect(spanFaults(readPage(text), action).map((fault) => fault.split(" is refused")[0])).toEqual([
      "`slots: many`",
      "`scope: runs`",
      "`operation: seize`",
    ]);
  });

  test.each([
    ["[there](nowhere.md)", /no file nowhere.md/],
    ["[there](docs/design.md#nonsense)", /no heading docs\/design.md#nonsense/],
    ["# Here\n[there](#hear)", /no heading #hear/],
  ])("in %j", (markdown, fault) => {
    expect(linkFaults(readPage(markdown), ROOT, pageAt).join("\n")).toMatch(fault);
  });

  test("nothing in links that lead somewhere", () => {
    const links =
      "# It's `here`!\n[a](docs/design.md#one-primitive) [b](#its-here) [c](https://example.com) `[d](no)`";
    expect(linkFaults(readPage(links), ROOT, pageAt)).toEqual([]);
  });

  test("a table that differs, or is not there", () => {
    const { inputs } = tablesOf(read("action.yml"), action);
    const other = readPage(README.replace(/(\| `wait` +\| )`1h`/, "$1`2h`"));
    expect(tableOf(other, "input", "default", "meaning")).not.toEqual(inputs);
    expect(
      tableOf(readPage(README.replace("| input ", "| inputs ")), "input", "default", "meaning"),
    ).toBeNull();
  });

  test("what is not refused", () => {
    expect(refusalOf({ name: "publish", operation: "status" }, action)).toBeNull();
  });

  test("a block that is never closed", () => {
    expect(() => readPage("```sh\nnpm ci\n")).toThrow(/never closed/);
    expect(codeSpans(readPage("a `b\nc` d"))).toEqual(["b c"]);
  });
});
