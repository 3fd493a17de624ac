/**
 * What a job does, in order: takes a lock, publishes, gives the lock back.
 * Owns the way from steps, composite actions and scripts to that; must not judge it.
 */
import { deedOf } from "./actions.ts";
import { commandsOf, commandsOfText, type Read, type Said } from "./commands.ts";
import { type Usage, usageOfAction, usageOfWords } from "./locks.ts";
import { publishes, toolOf } from "./publishing.ts";
import { placesIn } from "./script-place.ts";
import { CLUSTER_TOOLS } from "./tools.ts";
import {
  type Action,
  type Job,
  readAction,
  type Step,
  type Use,
  type Values,
  type Workflow,
} from "./workflows.ts";
import { type Place, readTree, type Text } from "./yaml.ts";

export type Event = Publish | LockEvent;

export interface Publish {
  readonly kind: "publish";
  /** The command or the action, as it is written, and where, if that is another file. */
  readonly what: string;
  readonly at: Place;
  readonly step: Step | null;
}

export interface LockEvent {
  /** `mention` for what neither takes nor gives back. */
  readonly kind: "take" | "give back" | "mention";
  readonly usage: Usage;
  readonly at: Place;
  readonly step: Step | null;
}

/** What the names in a job's expressions stand for, as far as the files say. */
interface Scope {
  readonly workflow: Workflow;
  readonly job: Job;
  readonly inputs: Values;
  readonly read: Read;
  depth: number;
  /** The job has a cluster of its own, which ends with it. */
  hasCluster: boolean;
}

/** As many as GitHub nests. */
const MAX_DEPTH = 10;

/** @param inputs of the called workflow; empty to leave them as they are written */
export function timelineOf(workflow: Workflow, job: Job, inputs: Values, read: Read): Event[] {
  if (isNever(job.condition)) return [];
  const scope: Scope = { workflow, job, inputs, read, depth: 0, hasCluster: false };
  return job.steps.flatMap((step) => eventsOf(step, scope));
}

export function isNever(condition: string): boolean {
  return /^(false|0)$/.test(condition);
}

function eventsOf(step: Step, scope: Scope): Event[] {
  if (isNever(step.condition)) return [];
  const { script, use } = step;
  if (script !== null) {
    const text = resolved(script.text.text, step, scope);
    const said = commandsOf({ ...script, text: { ...script.text, text } }, scope.read);
    // What was put in for an expression moves what stands behind it.
    const isMoved = text !== script.text.text;
    const isOutside = step.within !== null || isMoved;
    const places = isOutside
      ? () => placeOfText(step, script.text)
      : placesIn(script.text, scope.workflow.lines);
    return eventsOfScript(said, step, scope, places);
  }
  return use === null ? [] : eventsOfUse(step, use, scope);
}

/** Of a script that stands in an action, only the step that uses the action can be shown. */
function placeOfText(step: Step, text: Text): Place {
  return step.within === null ? text.at : step.at;
}

function eventsOfScript(
  said: readonly Said[],
  step: Step,
  scope: Scope,
  place: (offset: number) => Place,
): Event[] {
  const events = said.map((each): (() => Event) | null => {
    const { kind, words, offset } = each;
    // `reflock lint`, `reflock --version`: nothing to do with a lock.
    if (words[0] === "reflock" && !LOCK_COMMANDS.test(words[1] ?? "")) return null;
    if (words[0] === "reflock")
      return () => {
        const at = place(offset);
        const usage = usageOfWords(words, at);
        return { kind: kind === "leave" ? "give back" : kindOf(usage), usage, at, step };
      };
    if (isClusterOwn(words)) scope.hasCluster = true;
    const isSpared = scope.hasCluster && CLUSTER_TOOLS.test(toolOf(words[0] ?? ""));
    if (!publishes(words) || isSpared) return null;
    const within = each.within ?? step.within;
    const what = `\`${shown(words)}\`${within === null ? "" : ` (in ${within})`}`;
    return () => ({ kind: "publish", what, at: place(offset), step });
  });
  // To find a place takes a walk over the script, and somebody may have written it to be walked for ever.
  return events
    .filter((event) => event !== null)
    .slice(0, MAX_EVENTS)
    .map((event) => event());
}

const MAX_EVENTS = 100;

const LOCK_COMMANDS = /^(run|acquire|release|check|status|log|clear|freeze|doctor)$/;

function isClusterOwn(words: readonly string[]): boolean {
  return /^(kind create|k3d cluster|minikube start)( |$)/.test(
    `${toolOf(words[0] ?? "")} ${words.slice(1).join(" ")}`,
  );
}

const CLUSTER_ACTIONS = /\b(kind-action|setup-minikube|k3d-action|setup-k3d-k3s|setup-kind)\b/i;

function kindOf({ operation }: Usage): LockEvent["kind"] {
  if (operation === "acquire") return "take";
  return operation === "release" ? "give back" : "mention";
}

/** Long commands are cut: it is to be recognised, not read. */
function shown(words: readonly string[]): string {
  const text = words.join(" ").replaceAll(/\s+/g, " ").replaceAll("`", "'").trim();
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function eventsOfUse(step: Step, use: Use, scope: Scope): Event[] {
  const at = step.within === null ? use.at : step.at;
  if (isReflock(use.name, scope.read)) {
    const given = new Map([...use.with].map(([input, text]) => [input, resolvedText(text, step, scope)]));
    const usage = usageOfAction(given, at);
    return [{ kind: kindOf(usage), usage, at, step }];
  }
  if (CLUSTER_ACTIONS.test(use.name)) scope.hasCluster = true;
  if (use.name.startsWith("./")) return eventsOfAction(step, use, scope);
  const given = new Map([...use.with].map(([input, { text }]) => [input, resolved(text, step, scope)]));
  const deed = deedOf(use.name, given);
  if (deed.kind === "runs")
    return eventsOfScript(commandsOfText(deed.script, "sh", "", scope.read), step, scope, () => at);
  const within = step.within === null ? "" : ` (in ${step.within})`;
  return deed.kind === "nothing" ? [] : [{ kind: "publish", what: `\`${use.name}\`${within}`, at, step }];
}

/** A composite action's steps are the job's own. */
function eventsOfAction(step: Step, use: Use, scope: Scope): Event[] {
  const action = localAction(use.name, scope.read);
  if (action === null || scope.depth >= MAX_DEPTH) return [];
  const given = [...use.with].map(([name, { text }]) => [name, resolved(text, step, scope)] as const);
  const inner: Scope = { ...scope, inputs: new Map([...action.inputs, ...given]), depth: scope.depth + 1 };
  const events = action.steps.flatMap((own) => {
    const condition = [step.condition, own.condition].filter((text) => text !== "").join(" && ");
    const continueOnError = own.continueOnError || step.continueOnError;
    return eventsOf({ ...own, at: step.at, condition, continueOnError }, inner);
  });
  scope.hasCluster ||= inner.hasCluster;
  return events;
}

function localAction(name: string, read: Read): Action | null {
  const folder = name.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
  for (const file of ["action.yml", "action.yaml"]) {
    const path = folder === "" ? file : `${folder}/${file}`;
    const content = read(path);
    const tree = content === null ? null : readTree(content);
    if (tree !== null) return readAction(path, tree);
  }
  return null;
}

/** By its name under any owner, or by what it may be told, where it is in the repository itself. */
export function isReflock(name: string, read: Read): boolean {
  if (/^[\w.-]+\/reflock(@|$)/i.test(name)) return true;
  if (!name.startsWith("./")) return false;
  const inputs = localAction(name, read)?.inputs;
  return ["name", "operation", "on-timeout", "scope", "max-hold"].every((input) => inputs?.has(input));
}

function resolvedText(text: Text, step: Step, scope: Scope): Text {
  return { ...text, text: resolved(text.text, step, scope) };
}

/** Puts in what the files say that `env` and `inputs` are; all else stays as it is. */
export function resolved(
  text: string,
  step: Pick<Step, "env">,
  scope: Pick<Scope, "workflow" | "job" | "inputs">,
): string {
  return text.replaceAll(
    /\$\{\{\s*(env|inputs)\.([\w-]+)\s*\}\}/g,
    (expression, kind: string, name: string) => {
      const values = kind === "inputs" ? [scope.inputs] : [step.env, scope.job.env, scope.workflow.env];
      const found = values.find((each) => each.has(kind === "inputs" ? name.toLowerCase() : name));
      const value = found?.get(kind === "inputs" ? name.toLowerCase() : name);
      // One step is enough: what stands in an expression's own value is left.
      return value === undefined || value === "" ? expression : value;
    },
  );
}
