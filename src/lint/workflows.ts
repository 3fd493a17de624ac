/**
 * What a workflow file says, as far as locks and publishing depend on it.
 * Owns the shape of workflows and actions; must not know what publishes, nor what takes a lock.
 */
import type { Dialect } from "./shell-words.ts";
import { type Fields, fieldOf, itemsOf, type Place, type Text, type Tree, textOf } from "./yaml.ts";

export interface Workflow {
  /** From the repository's root, with slashes. */
  readonly path: string;
  readonly name: string;
  readonly lines: readonly string[];
  readonly triggers: readonly string[];
  /** Defaults of the inputs of `workflow_call`. */
  readonly defaults: Values;
  readonly permissions: Permissions | null;
  readonly concurrency: Concurrency | null;
  readonly env: Values;
  readonly jobs: readonly Job[];
}

/** Lines of `name: value`, expressions as they stand. */
export type Values = ReadonlyMap<string, string>;

export interface Job {
  readonly id: string;
  readonly at: Place;
  readonly needs: readonly string[];
  readonly condition: string;
  readonly permissions: Permissions | null;
  readonly timeout: Text | null;
  readonly concurrency: Concurrency | null;
  readonly env: Values;
  readonly steps: readonly Step[];
  readonly call: Use | null;
}

export interface Use {
  readonly name: string;
  readonly at: Place;
  readonly with: ReadonlyMap<string, Text>;
}

export interface Step {
  readonly at: Place;
  readonly id: string;
  readonly condition: string;
  /** As it is written: `true`, an expression, or nothing. */
  readonly continueOnError: string;
  readonly env: Values;
  readonly use: Use | null;
  readonly script: Script | null;
  /** The file of the composite action that the step stands in, for steps that do not stand in the workflow. */
  readonly within: string | null;
}

export interface Script {
  readonly text: Text;
  /** `null` for what is no shell: Python, or an expression. */
  readonly dialect: Dialect | null;
  /** From the repository's root; empty for the root, or where it isn't known. */
  readonly folder: string;
}

export interface Permissions {
  readonly at: Place;
  /** `write-all`, `read-all`, or nothing. */
  readonly all: string;
  readonly each: Values;
}

export interface Concurrency {
  readonly at: Place;
  readonly group: string;
  readonly cancels: string;
}

/** How steps run that do not say it themselves. */
interface Defaults {
  readonly shell: string;
  readonly folder: string;
  readonly isWindows: boolean;
}

export function readWorkflow(path: string, content: string, tree: Tree): Workflow {
  const defaults = defaultsOf(tree, { shell: "", folder: "", isWindows: false });
  const on = fieldOf(tree, "on")?.value;
  return {
    path,
    name: textOf(tree, "name"),
    lines: content.split(/\r?\n/),
    triggers: namesIn(on),
    defaults: inputDefaults(fieldOf(on, "workflow_call")?.value),
    permissions: permissionsOf(tree),
    concurrency: concurrencyOf(tree),
    env: valuesOf(fieldOf(tree, "env")?.value),
    jobs: entriesOf(fieldOf(tree, "jobs")?.value).map(([id, { at, value }]) =>
      readJob(id, at, value, defaults),
    ),
  };
}

function readJob(id: string, at: Place, tree: Tree, outer: Defaults): Job {
  const runner = fieldOf(tree, "runs-on")?.value;
  const labels = namesIn(runner?.kind === "fields" ? fieldOf(runner, "labels")?.value : runner);
  const defaults = { ...defaultsOf(tree, outer), isWindows: labels.some((label) => /windows/i.test(label)) };
  const timeout = fieldOf(tree, "timeout-minutes")?.value;
  return {
    id,
    at,
    needs: namesIn(fieldOf(tree, "needs")?.value),
    condition: conditionOf(tree),
    permissions: permissionsOf(tree),
    timeout: timeout?.kind === "text" ? timeout : null,
    concurrency: concurrencyOf(tree),
    env: valuesOf(fieldOf(tree, "env")?.value),
    steps: itemsOf(fieldOf(tree, "steps")?.value).map((step) => readStep(step, defaults)),
    call: useOf(tree),
  };
}

function readStep(tree: Tree, defaults: Defaults): Step {
  const run = fieldOf(tree, "run")?.value;
  return {
    at: tree.at,
    id: textOf(tree, "id"),
    condition: conditionOf(tree),
    continueOnError: textOf(tree, "continue-on-error").trim(),
    env: valuesOf(fieldOf(tree, "env")?.value),
    use: useOf(tree),
    script: run?.kind === "text" ? scriptOf(run, tree, defaults) : null,
    within: null,
  };
}

function scriptOf(text: Text, step: Tree, defaults: Defaults): Script {
  const shell = textOf(step, "shell") || defaults.shell || (defaults.isWindows ? "pwsh" : "bash");
  return {
    text,
    dialect: dialectOf(shell),
    folder: plainPath(textOf(step, "working-directory") || defaults.folder),
  };
}

/** A shell may be a whole command line, such as `nix develop -c bash -e {0}`. */
function dialectOf(shell: string): Dialect | null {
  if (/\b(bash|sh|dash|zsh|ksh|busybox)\b/.test(shell)) return "sh";
  return /\b(pwsh|powershell|cmd)\b/i.test(shell) ? "powershell" : null;
}

function plainPath(path: string): string {
  return path.includes("$")
    ? ""
    : path
        .replace(/^(\.\/)+/, "")
        .replace(/\/+$/, "")
        .replace(/^\.$/, "");
}

function defaultsOf(tree: Tree, outer: Defaults): Defaults {
  const run = fieldOf(fieldOf(tree, "defaults")?.value, "run")?.value;
  return {
    ...outer,
    shell: textOf(run, "shell") || outer.shell,
    folder: textOf(run, "working-directory") || outer.folder,
  };
}

function useOf(tree: Tree): Use | null {
  const uses = fieldOf(tree, "uses")?.value;
  if (uses?.kind !== "text") return null;
  const given = new Map<string, Text>();
  for (const [name, { value }] of entriesOf(fieldOf(tree, "with")?.value))
    if (value.kind === "text") given.set(name.toLowerCase(), value);
  return { name: uses.text.trim(), at: uses.at, with: given };
}

/** Without the `${{ }}` that conditions may be written in. */
function conditionOf(tree: Tree): string {
  const text = textOf(tree, "if").trim();
  const inner = /^\$\{\{(.*)\}\}$/s.exec(text)?.[1];
  return (inner === undefined || inner.includes("${{") ? text : inner).trim();
}

function permissionsOf(tree: Tree): Permissions | null {
  const value = fieldOf(tree, "permissions")?.value;
  if (value === undefined || value.kind === "list") return null;
  return { at: value.at, all: value.kind === "text" ? value.text : "", each: valuesOf(value) };
}

function concurrencyOf(tree: Tree): Concurrency | null {
  const value = fieldOf(tree, "concurrency")?.value;
  if (value === undefined) return null;
  const group = value.kind === "text" ? value.text : textOf(value, "group");
  return { at: value.at, group, cancels: textOf(value, "cancel-in-progress") };
}

/** Of `a`, `[a, b]` and `{ a: …, b: … }`. */
function namesIn(tree: Tree | undefined): string[] {
  if (tree?.kind === "text") return tree.text === "" ? [] : [tree.text];
  if (tree?.kind === "list") return tree.items.flatMap((item) => (item.kind === "text" ? [item.text] : []));
  return tree === undefined ? [] : [...tree.entries.keys()];
}

function valuesOf(tree: Tree | undefined): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, { value }] of entriesOf(tree)) if (value.kind === "text") values.set(name, value.text);
  return values;
}

function inputDefaults(tree: Tree | undefined): Values {
  const inputs = entriesOf(fieldOf(tree, "inputs")?.value);
  return new Map(inputs.map(([name, { value }]) => [name.toLowerCase(), textOf(value, "default")]));
}

function entriesOf(tree: Tree | undefined): [string, { readonly at: Place; readonly value: Tree }][] {
  return tree?.kind === "fields" ? [...(tree satisfies Fields).entries] : [];
}

export interface Action {
  readonly path: string;
  readonly inputs: Values;
  /** The steps of a composite action; none of others. */
  readonly steps: readonly Step[];
}

export function readAction(path: string, tree: Tree): Action {
  const steps = itemsOf(fieldOf(fieldOf(tree, "runs")?.value, "steps")?.value);
  return {
    path,
    inputs: inputDefaults(tree),
    steps: steps.map((step) => ({
      ...readStep(step, { shell: "", folder: "", isWindows: false }),
      within: path,
    })),
  };
}
