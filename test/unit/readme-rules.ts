/**
 * What must hold of the text, the tables and the commands in a page for users: each rule gives the faults that it finds, and none where all is well.
 * Owns the rules; must not know which page it is, nor run what the page shows (readme-git.test.ts does).
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readInputs } from "../../src/action/inputs.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { type ActionFile, inputVariables } from "../runner/action-file.ts";
import { anchorsOf, type Block, codeSpans, linksOf, type Page } from "./readme-text.ts";

/** Spans of the form `word: value` that are YAML, and no input of ours. */
const OTHER_WORDS = new Set(["contents", "actions", "id-token", "queue"]);

/** The step in which a span of text is meant. */
const PLAIN = { name: "publish" };
const CLEARING = { ...PLAIN, operation: "clear", expect: "a".repeat(40), reason: "its runner died" };
const SETTING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  force: CLEARING,
  "dry-run": CLEARING,
  // All locks at once are for these to ask.
  name: { operation: "status" },
};

const CONTEXTS = { "github.repository": "octo/app", "github.token": "t", "job.check_run_id": "9001" };

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

/** What package.json says of us. */
export interface Package {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  /** By the names of the programs that it installs. */
  readonly bin?: Readonly<Record<string, string>>;
}

/** Commands of npm name scripts that exist; every other command is one that a test runs. */
export function shellFaults(page: Page, ours: Package, run: readonly Block[]): string[] {
  const blocks = page.blocks.filter(isShell);
  const faults = blocks.flatMap((block) => {
    if (isNpm(block)) return npmFaults(block.text, ours);
    return run.includes(block) ? [] : [`line ${block.line}: no test runs this`];
  });
  for (const span of codeSpans(page)) {
    if (/^(npm|npx) /.test(span)) faults.push(...npmFaults(span, ours));
    else if (/^reflock /.test(span)) faults.push(...reflockFaults(span));
    else if (/^(git|gh|bash|sh|curl) /.test(span) && !blocks.some(({ text }) => text.includes(span)))
      faults.push(`\`${span}\` is in no block of commands`);
  }
  return faults;
}

export function isShell({ language }: Block): boolean {
  return ["sh", "bash", "shell", "console", "crontab"].includes(language);
}

export function isNpm({ text }: Block): boolean {
  return text.split("\n").every((line) => line === "" || /^(npm|npx) /.test(line));
}

function npmFaults(commands: string, { name, scripts, bin }: Package): string[] {
  return commands.split(/&&|\n/).flatMap((command) => {
    const words = command.trim().split(/\s+/);
    const [program, verb = "", first = ""] = words.filter((word) => !word.startsWith("-"));
    if (command.trim() === "" || (program === "npm" && verb === "ci")) return [];
    const script = verb === "run" ? first : verb;
    const isThere = program === "npm" && ["run", "test"].includes(verb) && Object.hasOwn(scripts, script);
    const isInstalled =
      words.join(" ") === `npm install --global ${name}` && Object.keys(bin ?? {}).length > 0;
    return isThere || isInstalled ? [] : [`\`${command.trim()}\` is not a command of this project`];
  });
}

/** Of commands in the text, there are no tests: at least they are there, and have these options. */
function reflockFaults(span: string): string[] {
  const [, name = "", ...words] = span.split(/ -- /)[0]?.split(" ") ?? [];
  const command = buildProgram(async () => {}).commands.find((each) => each.name() === name);
  if (command === undefined) return [`\`${span}\`: there is no command ${name}`];
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  const unknown = words.filter((word) => word.startsWith("-") && !known.includes(word));
  return unknown.map((option) => `\`${span}\`: there is no option ${option}`);
}

/** Spans such as `wait: 0` speak of an input, and of a value that the action takes. */
export function spanFaults(page: Page, action: ActionFile): string[] {
  const known = new Set(action.inputs.map(({ name }) => name));
  return codeSpans(page).flatMap((span) => {
    const [, name, value = ""] = /^([a-z][a-z-]*): (\S.*)$/.exec(span) ?? [];
    if (name === undefined || OTHER_WORDS.has(name)) return [];
    if (!known.has(name)) return [`\`${span}\` is no input`];
    const refusal = refusalOf({ ...(SETTING[name] ?? PLAIN), [name]: value.replaceAll('"', "") }, action);
    return refusal === null ? [] : [`\`${span}\` is refused: ${refusal}`];
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
