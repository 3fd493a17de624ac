/**
 * What a step of a workflow file gives to this action, for some inputs of the workflow: its expressions are carried out by GitHub's own evaluator.
 * Owns the way from a file to inputs; must not know what the action does with them.
 */
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
import type { MappingToken } from "@actions/workflow-parser/templates/tokens/mapping-token";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";

const FOLDER = join(import.meta.dirname, "../../.github/workflows");

type Inputs = Readonly<Record<string, string | boolean>>;

export interface WorkflowFile {
  /** By trigger: each input's name, and its default, if it has one. */
  inputsOf(trigger: "workflow_dispatch" | "workflow_call"): Readonly<Record<string, string | undefined>>;
  /** Whether the job's step of this number comes to run. */
  runs(step: number, inputs: Inputs): boolean;
  /** `with:` of the step that uses this action. */
  given(inputs: Inputs): Readonly<Record<string, string>>;
}

/** A workflow with one job. */
export function readWorkflow(name: string): WorkflowFile {
  const content = readFileSync(join(FOLDER, name), "utf8");
  const { value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const root = mapping(value);
  const [job] = mapping(entry(root, "jobs"));
  const sequence = entry(mapping(job?.value), "steps");
  if (sequence === undefined || !isSequence(sequence)) throw new Error(`${name} has no steps`);
  const steps = [...sequence].map(mapping);
  const own = steps.find((step) => /^reflock\/reflock@/.test(String(entry(step, "uses"))));
  return {
    inputsOf(trigger) {
      const inputs = [...mapping(entry(mapping(entry(mapping(entry(root, "on")), trigger)), "inputs"))];
      return Object.fromEntries(
        inputs.map(({ key, value }) => [String(key), entry(mapping(value), "default")?.toString()]),
      );
    },
    runs(step, inputs) {
      const condition = entry(mapping(steps[step]), "if");
      return condition === undefined || textOf(condition, inputs) === "true";
    },
    given: (inputs) =>
      Object.fromEntries(
        [...mapping(entry(mapping(own), "with"))].map(({ key, value }) => [
          String(key),
          textOf(value, inputs),
        ]),
      ),
  };
}

function mapping(token: TemplateToken | undefined): MappingToken {
  if (token === undefined || !isMapping(token)) throw new Error("there is no mapping");
  return token;
}

function entry(from: MappingToken, name: string): TemplateToken | undefined {
  for (const { key, value } of from) if (key.toString() === name) return value;
  return undefined;
}

function textOf(token: TemplateToken, inputs: Inputs): string {
  if (!isBasicExpression(token)) return token.toString();
  const context = new data.Dictionary({ key: "inputs", value: dictionaryOf(inputs) });
  const tree = new Parser(new Lexer(token.expression).lex().tokens, ["inputs"], []).parse();
  return new Evaluator(tree, context).evaluate().coerceString();
}

function dictionaryOf(inputs: Inputs) {
  const pairs = Object.entries(inputs).map(([key, value]) => ({
    key,
    value: typeof value === "boolean" ? new data.BooleanData(value) : new data.StringData(value),
  }));
  return new data.Dictionary(...pairs);
}
