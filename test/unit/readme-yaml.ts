/**
 * What must hold of the examples in YAML: GitHub's parser takes them, and what they say of this action and of its workflows is so.
 * Owns the reading of workflows for this; must not know which page they stand in.
 */
import { execFileSync } from "node:child_process";
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
import type { FileProvider } from "@actions/workflow-parser/workflows/file-provider";
import type { ActionFile } from "../runner/action-file.ts";
import { refusalOf } from "./readme-rules.ts";
import type { Block } from "./readme-text.ts";

const ACTION = /^reflock\/reflock@/;

/** What the examples may use: the action, and the workflows beside it. */
export interface Offer {
  readonly action: ActionFile;
  /** The text of a file of ours; throws where there is none. */
  readonly read: (path: string) => string;
}

/** What an expression stands for, where any word will not do. */
const SAMPLES: Readonly<Record<string, string>> = {
  expect: "a".repeat(40),
  force: "true",
  repository: "octo/locks",
  wait: "1m",
};

/** A block of YAML: valid in the eyes of GitHub's parser, and whatever it says of this action is so. */
export async function yamlFaults({ text, line }: Block, { action, read }: Offer): Promise<string[]> {
  const at = (fault: string) => `line ${line}: ${fault}`;
  const content = asWorkflow(text);
  if (content === null) return [at("neither a workflow, nor jobs, steps or permissions of one")];
  const { context, value } = parse(content);
  const errors = context.errors.getErrors().map((error) => at(error.message));
  if (errors.length > 0 || value === undefined) return errors.length > 0 ? errors : [at("empty")];
  // The parser holds what a job gives against what the workflow that it calls asks for.
  const provider = { getFileContent: async (ref: FileReference) => called(ref, read) };
  const template = await convertWorkflowTemplate(context, value, provider, { fetchReusableWorkflowDepth: 1 });
  if (template.errors !== undefined) return template.errors.map((error) => at(error.Message));
  const mappings = mappingsIn(value);
  const uses = mappings.filter((mapping) => ACTION.test(textOf(entry(mapping, "uses"))));
  return [
    ...uses.flatMap((step) => usageFaults(step, action)),
    ...mappings.flatMap((job) => grantFaults(job, read)),
    ...outputFaults(text, mappings, action),
    ...mappings.flatMap((mapping) => scriptFaults(textOf(entry(mapping, "run")))),
  ].map(at);
}

function parse(content: string) {
  return parseWorkflow({ name: "example.yml", content }, new NoOperationTraceWriter());
}

type FileReference = Parameters<FileProvider["getFileContent"]>[0];

/** Only our own are at hand, and by the name under which this action goes. */
function called(ref: FileReference, read: Offer["read"]): { name: string; content: string } {
  if (!("repository" in ref) || `${ref.owner}/${ref.repository}@${ref.version}` !== "reflock/reflock@v1")
    throw new Error("no workflow of ours");
  return { name: ref.path, content: read(ref.path) };
}

/** A called workflow gets no more than its caller has, and does not start where that is less than it asks for. */
function grantFaults(job: MappingToken, read: Offer["read"]): string[] {
  const path = /^reflock\/reflock\/(\.github\/workflows\/.+)@/.exec(textOf(entry(job, "uses")))?.[1];
  if (path === undefined) return [];
  const workflow = parse(read(path)).value;
  const asked = workflow !== undefined && isMapping(workflow) ? pairsOf(entry(workflow, "permissions")) : [];
  const granted = new Map(pairsOf(entry(job, "permissions")));
  return asked.flatMap(([name, value]) =>
    granted.get(name) === value ? [] : [`${path} is not granted ${name}: ${value}`],
  );
}

function pairsOf(token: TemplateToken | undefined): [string, string][] {
  if (token === undefined || !isMapping(token)) return [];
  return Array.from(token, ({ key, value }) => [key.toString(), textOf(value)]);
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

/** What other actions put out is theirs. */
function outputFaults(text: string, mappings: readonly MappingToken[], action: ActionFile): string[] {
  const steps = new Map(mappings.map((step) => [textOf(entry(step, "id")), textOf(entry(step, "uses"))]));
  return [...text.matchAll(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g)].flatMap(([, id = "", output = ""]) => {
    const uses = steps.get(id);
    if (uses === undefined) return [`no step of the example has the id ${id}`];
    return !ACTION.test(uses) || action.outputs.includes(output) ? [] : [`there is no output ${output}`];
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
