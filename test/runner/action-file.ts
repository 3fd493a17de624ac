/**
 * Reads an action.yml with GitHub's own parser, and works out inputs as the runner does.
 * Owns what an action file declares. Must not know what this action means by its inputs.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

export interface ActionInput {
  readonly name: string;
  readonly required: boolean;
  /** A literal text, or an expression as it stands between `${{` and `}}`. `null`: none is given. */
  readonly default: { readonly text: string } | { readonly expression: string } | null;
}

export interface ActionFile {
  /** What GitHub's parser has against the file, as it words it. */
  readonly errors: readonly string[];
  readonly inputs: readonly ActionInput[];
  readonly outputs: readonly string[];
  readonly using: string;
  readonly main: string;
  readonly post: string | null;
}

/** The contexts that a default may name, by their dotted path; an empty text where the server does not set one. */
export type Contexts = Readonly<Record<string, string>>;

type Parser = typeof import("@actions/workflow-parser/actions/action-parser") &
  typeof import("@actions/workflow-parser/actions/action-template");

let parser: Promise<Parser> | undefined;

/** The package imports its schemas without the attribute that node asks for with JSON: it is added on the way. */
async function loadParser(): Promise<Parser> {
  const hooks = registerHooks({
    load: (url, context, nextLoad) =>
      nextLoad(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context),
  });
  try {
    return {
      ...(await import("@actions/workflow-parser/actions/action-parser")),
      ...(await import("@actions/workflow-parser/actions/action-template")),
    };
  } finally {
    hooks.deregister();
  }
}

const files = new Map<string, Promise<ActionFile>>();

/** Parsed once in a process: the parser takes longer to load than a step takes to start. */
export function readActionFile(path: string): Promise<ActionFile> {
  const known = files.get(path) ?? parseActionFile(readFileSync(path, "utf8"));
  files.set(path, known);
  return known;
}

export async function parseActionFile(content: string): Promise<ActionFile> {
  parser ??= loadParser();
  const { parseAction, convertActionTemplate } = await parser;
  const silent = { info: () => {}, error: () => {}, verbose: () => {} };
  const { context, value } = parseAction({ name: "action.yml", content }, silent);
  const template = value === undefined ? null : convertActionTemplate(context, value);
  const runs = template?.runs;
  const node = runs !== undefined && "main" in runs ? runs : null;
  return {
    errors: context.errors.getErrors().map((error) => error.message),
    inputs: (template?.inputs ?? []).map((input) => ({
      name: input.id,
      required: input.required ?? false,
      default: readDefault(input.default),
    })),
    outputs: (template?.outputs ?? []).map((output) => output.id),
    using: runs?.using ?? "",
    main: node?.main ?? "",
    post: node?.post ?? null,
  };
}

function readDefault(token: object | undefined): ActionInput["default"] {
  if (token === undefined) return null;
  if ("expression" in token) return { expression: String(token.expression).trim() };
  return { text: String(token) };
}

/**
 * `INPUT_…` for every input: what the step gives, else the default. A context that is not in `contexts` is an error of the test's, not an
 * empty text. The runner does not check `required`; neither does this. An input that the action does not declare is passed on.
 */
export function inputVariables(
  action: ActionFile,
  given: Readonly<Record<string, string>>,
  contexts: Contexts,
): Record<string, string> {
  const values = new Map<string, string>();
  for (const input of action.inputs) values.set(variable(input.name), evaluate(input, contexts));
  for (const [name, value] of Object.entries(given)) values.set(variable(name), value);
  return Object.fromEntries(values);
}

function variable(input: string): string {
  return `INPUT_${input.replaceAll(" ", "_").toUpperCase()}`;
}

function evaluate(input: ActionInput, contexts: Contexts): string {
  if (input.default === null) return "";
  if ("text" in input.default) return input.default.text;
  const value = contexts[input.default.expression];
  if (value === undefined) {
    throw new Error(
      `the default of input ${input.name} is \${{ ${input.default.expression} }}, which is not set`,
    );
  }
  return value;
}
