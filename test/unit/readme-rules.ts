/**
 * What must hold of the examples in a page for users: each rule gives the faults that it finds, and none where all is well.
 * Owns the rules; must not know which page it is, nor run what the page shows (readme-git.test.ts does).
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  convertWorkflowTemplate,
  isBasicExpression,
  isMapping,
  isScalar,
  isSequence,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";
import type { MappingToken } from "@actions/workflow-parser/templates/tokens/mapping-token";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { readInputs } from "../../src/action/inputs.ts";
import { type ActionFile, inputVariables } from "../runner/action-file.ts";
import { anchorsOf, type Block, codeSpans, linksOf, type Page } from "./readme-text.ts";

const ACTION = /^reflock\/reflock@/;

/** Spans of the form `word: value` that are YAML, and no input of ours. */
const OTHER_WORDS = new Set(["contents", "actions", "queue"]);

/** What an expression stands for, where any word will not do. */
const SAMPLES: Readonly<Record<string, string>> = {
  expect: "a".repeat(40),
  force: "true",
  repository: "octo/locks",
  wait: "1m",
};

const CONTEXTS = { "github.repository": "octo/app", "github.token": "t", "job.check_run_id": "9001" };

/** A block of YAML: valid in the eyes of GitHub's parser, and whatever it says of this action is so. */
export async function yamlFaults({ text, line }: Block, action: ActionFile): Promise<string[]> {
  const at = (fault: string) => `line ${line}: ${fault}`;
  const content = asWorkflow(text);
  if (content === null) return [at("neither a workflow, nor jobs, steps or permissions of one")];
  const { context, value } = parseWorkflow({ name: "example.yml", content }, new NoOperationTraceWriter());
  const errors = context.errors.getErrors().map((error) => at(error.message));
  if (errors.length > 0 || value === undefined) return errors.length > 0 ? errors : [at("empty")];
  const template = await convertWorkflowTemplate(context, value);
  const mappings = mappingsIn(value);
  const uses = mappings.filter((mapping) => ACTION.test(textOf(entry(mapping, "uses"))));
  return [
    ...(template.errors ?? []).map((error) => error.Message),
    ...uses.flatMap((step) => usageFaults(step, action)),
    ...outputFaults(text, uses, action),
    ...mappings.flatMap((mapping) => scriptFaults(textOf(entry(mapping, "run")))),
  ].map(at);
}

/** An example may leave out what is the same in every workflow. */
function asWorkflow(text: string): string | null {
  const job = "jobs:\n  example:\n    runs-on: ubuntu-latest\n    steps:\n";
  if (/^jobs:/m.test(text)) return /^on:/m.test(text) ? text : `on: push\n${text}`;
  if (/^- /.test(text)) return `on: push\n${job}${text.replaceAll(/^(?=.)/gm, "      ")}`;
  if (/^permissions:/.test(text)) return `on: push\n${text}${job}      - run: "true"\n`;
  return null;
}

function usageFaults(step: MappingToken, action: ActionFile): string[] {
  const given: Record<string, string> = {};
  const inputs = entry(step, "with");
  if (inputs !== undefined && isMapping(inputs)) {
    for (const { key, value } of inputs) {
      const name = key.toString();
      given[name] = isBasicExpression(value) ? (SAMPLES[name] ?? textOf(value)) : textOf(value);
    }
  }
  const known = new Set(action.inputs.map(({ name }) => name));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  const refused = unknown.length > 0 ? null : refusalOf(given, action);
  return [...unknown.map((name) => `there is no input ${name}`), ...(refused === null ? [] : [refused])];
}

function outputFaults(text: string, uses: readonly MappingToken[], action: ActionFile): string[] {
  const ids = new Set(uses.map((step) => textOf(entry(step, "id"))));
  return [...text.matchAll(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g)].flatMap(([, id = "", output = ""]) => {
    if (!ids.has(id)) return [`no step of the example has the id ${id}`];
    return action.outputs.includes(output) ? [] : [`there is no output ${output}`];
  });
}

/** Only the syntax: what an example's own scripts do is made up. */
function scriptFaults(script: string): string[] {
  if (script === "" || process.platform === "win32") return [];
  try {
    execFileSync("bash", ["-n"], { input: script, stdio: ["pipe", "ignore", "pipe"] });
    return [];
  } catch (error) {
    return [`${script.trim()}: ${String((error as { stderr?: unknown }).stderr).trim()}`];
  }
}

/** What the action has against these inputs; `null` where it takes them. It reads them from the environment, as ever. */
export function refusalOf(given: Readonly<Record<string, string>>, action: ActionFile): string | null {
  const variables = inputVariables(action, given, CONTEXTS);
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    readInputs();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Commands of npm name scripts that exist; every other command is one that a test runs. */
export function shellFaults(
  page: Page,
  scripts: Readonly<Record<string, string>>,
  run: readonly Block[],
): string[] {
  const blocks = page.blocks.filter(isShell);
  const faults = blocks.flatMap((block) => {
    if (isNpm(block)) return npmFaults(block.text, scripts);
    return run.includes(block) ? [] : [`line ${block.line}: no test runs this`];
  });
  for (const span of codeSpans(page)) {
    if (/^(npm|npx) /.test(span)) faults.push(...npmFaults(span, scripts));
    else if (/^(git|gh|bash|sh|curl) /.test(span) && !blocks.some(({ text }) => text.includes(span)))
      faults.push(`\`${span}\` is in no block of commands`);
  }
  return faults;
}

export function isShell({ language }: Block): boolean {
  return ["sh", "bash", "shell", "console"].includes(language);
}

export function isNpm({ text }: Block): boolean {
  return text.split("\n").every((line) => line === "" || /^(npm|npx) /.test(line));
}

function npmFaults(commands: string, scripts: Readonly<Record<string, string>>): string[] {
  return commands.split(/&&|\n/).flatMap((command) => {
    const [program, verb = "", name = ""] = command.trim().split(/\s+/);
    if (program === "" || (program === "npm" && verb === "ci")) return [];
    const script = verb === "run" ? name : verb;
    const isThere = program === "npm" && ["run", "test"].includes(verb) && Object.hasOwn(scripts, script);
    return isThere ? [] : [`\`${command.trim()}\` is not a command of this project`];
  });
}

/** Spans such as `wait: 0` speak of an input. */
export function spanFaults(page: Page, action: ActionFile): string[] {
  const known = new Set([...action.inputs.map(({ name }) => name), ...OTHER_WORDS]);
  return codeSpans(page).flatMap((span) => {
    const word = /^([a-z][a-z-]*): \S/.exec(span)?.[1];
    return word === undefined || known.has(word) ? [] : [`\`${span}\` is no input`];
  });
}

/** Relative links lead to files, and anchors to headings. `read` gives the page of a path, `null` for what is no page. */
export function linkFaults(page: Page, folder: string, read: (path: string) => Page | null): string[] {
  return linksOf(page).flatMap(({ target }) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = "", anchor] = target.split("#");
    const file = join(folder, path);
    if (!existsSync(file)) return [`there is no file ${target}`];
    const there = path === "" ? page : read(file);
    if (anchor === undefined || (there !== null && anchorsOf(there).includes(anchor))) return [];
    return [`there is no heading ${target}`];
  });
}

/** The rows that the tables of inputs and outputs must have, as action.yml has it. */
export function tablesOf(text: string, action: ActionFile): { inputs: string[][]; outputs: string[][] } {
  const inputs = action.inputs.map((input) => {
    const given = input.default ?? { text: "" };
    const value = "text" in given ? given.text : `\${{ ${given.expression} }}`;
    const shown = input.required ? "required" : value === "" ? "none" : `\`${value}\``;
    return [`\`${input.name}\``, shown, descriptionOf(text, "inputs", input.name)];
  });
  const outputs = action.outputs.map((name) => [`\`${name}\``, descriptionOf(text, "outputs", name)]);
  return { inputs, outputs };
}

/** The parser gives none. */
function descriptionOf(text: string, section: "inputs" | "outputs", name: string): string {
  const part = text.slice(text.indexOf(`\n${section}:\n`));
  const found = new RegExp(`^ {2}${name}:\\n {4}description: (.*)$`, "m").exec(part)?.[1];
  if (found === undefined) throw new Error(`action.yml describes no ${name} in ${section}`);
  return found.startsWith('"') ? JSON.parse(found) : found;
}

function mappingsIn(token: TemplateToken): MappingToken[] {
  if (isSequence(token)) return Array.from(token).flatMap(mappingsIn);
  if (!isMapping(token)) return [];
  return [token, ...Array.from(token).flatMap(({ value }) => mappingsIn(value))];
}

function entry(mapping: MappingToken, name: string): TemplateToken | undefined {
  for (const { key, value } of mapping) if (key.toString() === name) return value;
  return undefined;
}

/** What an expression will be, nobody knows: it stands for a word. */
function textOf(token: TemplateToken | undefined): string {
  if (token === undefined || !isScalar(token)) return "";
  const text = isBasicExpression(token) ? (token.source ?? "x") : token.toString();
  return text.replaceAll(/\$\{\{.*?\}\}/g, "x");
}
