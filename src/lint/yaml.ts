/**
 * Reads YAML with GitHub's own parser: the text as a plain tree with places, and what the parser has against it.
 * The only place that knows `@actions/workflow-parser`. Must not know what a workflow means.
 */
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { YamlObjectReader } from "@actions/workflow-parser/workflows/yaml-object-reader";

/** Both count from one. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Text {
  readonly kind: "text";
  readonly at: Place;
  /** As YAML gives it, expressions still in it; an empty text for null. */
  readonly text: string;
  /** `|` or `>` for a block, whose text begins in the line after its place. */
  readonly block: "|" | ">" | null;
}

export interface List {
  readonly kind: "list";
  readonly at: Place;
  readonly items: readonly Tree[];
}

export interface Fields {
  readonly kind: "fields";
  readonly at: Place;
  readonly entries: ReadonlyMap<string, Field>;
}

export interface Field {
  /** Where the name of the field stands. */
  readonly at: Place;
  readonly value: Tree;
}

export type Tree = Text | List | Fields;

export interface Fault {
  readonly at: Place;
  readonly message: string;
}

const START: Place = { line: 1, column: 1 };

/** Aliases of aliases grow without bound: a real workflow has some thousand nodes. */
const MAX_NODES = 100_000;

/** Twice what GitHub takes. */
const MAX_LENGTH = 1 << 20;

const TOO_LARGE = `has more than ${MAX_NODES} nodes, aliases counted as often as they are used`;

/** Any YAML file; `null` where it is no YAML. */
export function readTree(text: string): Tree | null {
  if (text.length >= MAX_LENGTH) return null;
  const reader = new YamlObjectReader(1, text);
  if (reader.errors.length > 0) return null;
  const budget = { nodes: MAX_NODES };
  try {
    reader.validateStart();
    return read(reader, budget);
  } catch (error) {
    // A key that is no text, or a value such as a date: the parser throws, and says the same of the workflow.
    if (error instanceof Error) return null;
    throw error;
  }
}

/** What GitHub's parser has against a workflow. */
export async function workflowFaults(name: string, content: string): Promise<Fault[]> {
  if (content.length >= MAX_LENGTH) return [{ at: START, message: "is larger than a workflow can be" }];
  if (readTree(content) === null && new YamlObjectReader(1, content).errors.length === 0)
    return [{ at: START, message: `is not a workflow, or ${TOO_LARGE}` }];
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  // Where it is no YAML, all that follows the first fault comes of it.
  const faults = context.errors.getErrors().slice(0, value === undefined ? 1 : undefined);
  return faults.map(({ rawMessage, range }) => ({
    at: range === undefined ? START : { line: range.start.line, column: range.start.column },
    // The first line says it; what follows is a drawing of the source.
    message: (rawMessage.split("\n")[0] ?? rawMessage).replace(/ at line \d+, column \d+:?$/, ""),
  }));
}

function read(reader: YamlObjectReader, budget: { nodes: number }): Tree {
  budget.nodes -= 1;
  if (budget.nodes < 0) throw new Error(TOO_LARGE);
  const list = reader.allowSequenceStart();
  if (list !== undefined) {
    const items: Tree[] = [];
    while (!reader.allowSequenceEnd()) items.push(read(reader, budget));
    return { kind: "list", at: placeOf(list), items };
  }
  const fields = reader.allowMappingStart();
  if (fields !== undefined) {
    const entries = new Map<string, Field>();
    while (!reader.allowMappingEnd()) {
      const name = literal(reader);
      const value = read(reader, budget);
      if (!entries.has(name.text)) entries.set(name.text, { at: name.at, value });
    }
    return { kind: "fields", at: placeOf(fields), entries };
  }
  return literal(reader);
}

function literal(reader: YamlObjectReader): Text {
  const token = reader.allowLiteral();
  if (token === undefined) throw new Error("a value is expected");
  const header = "blockScalarHeader" in token ? token.blockScalarHeader : undefined;
  const block = typeof header !== "string" ? null : header.startsWith("|") ? "|" : ">";
  return { kind: "text", at: placeOf(token), text: token.toString(), block };
}

function placeOf(token: { readonly range: { readonly start: Place } | undefined }): Place {
  return token.range === undefined
    ? START
    : { line: token.range.start.line, column: token.range.start.column };
}

export function fieldOf(tree: Tree | undefined, name: string): Field | undefined {
  return tree?.kind === "fields" ? tree.entries.get(name) : undefined;
}

/** The text of a field, or an empty one. */
export function textOf(tree: Tree | undefined, name: string): string {
  const value = fieldOf(tree, name)?.value;
  return value?.kind === "text" ? value.text : "";
}

export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  return tree?.kind === "list" ? tree.items : [];
}
