/**
 * The workflows of a repository together: who calls whom, and what a run holds already when a job of it begins.
 * Owns the ties between jobs; must not know the rules that are made of them.
 */
import type { Read } from "./commands.ts";
import { type Walk, walk } from "./holds.ts";
import { type Named, usageOfAction } from "./locks.ts";
import { type Event, resolved, timelineOf } from "./timeline.ts";
import type { Job, Use, Values, Workflow } from "./workflows.ts";
import type { Text } from "./yaml.ts";

export interface Repository {
  readonly workflows: readonly Workflow[];
  readonly read: Read;
  readonly jobs: readonly Member[];
  /** What `before` found, by job. */
  readonly earlier: Map<Member, readonly Member[]>;
  /** What a job leaves held when it ends, and what it gave back for the run. */
  readonly walks: Map<Member, Walk>;
  /** What was found in called workflows, by their path and inputs: many may call the same. */
  readonly called: Map<string, readonly Event[]>;
}

/** A job with what it does, by its own steps or by the command that it gives to guarded-run.yml. */
export interface Member {
  readonly workflow: Workflow;
  readonly job: Job;
  readonly events: readonly Event[];
}

export function repositoryOf(workflows: readonly Workflow[], read: Read): Repository {
  const jobs = workflows.flatMap((workflow) =>
    workflow.jobs.map((job): Member => ({ workflow, job, events: eventsOf(workflow, job, new Map(), read) })),
  );
  return { workflows, read, jobs, called: new Map(), earlier: new Map(), walks: new Map() };
}

const GUARDED_RUN = /(^|\/)\.github\/workflows\/guarded-run\.ya?ml(@.*)?$/;

function eventsOf(workflow: Workflow, job: Job, inputs: Values, read: Read): Event[] {
  if (job.call === null) return timelineOf(workflow, job, inputs, read);
  return GUARDED_RUN.test(job.call.name) ? [guardedRun(workflow, job, job.call, inputs)] : [];
}

/** That workflow takes the lock, runs the command, and nothing else: what it publishes is guarded. */
function guardedRun(workflow: Workflow, job: Job, call: Use, inputs: Values): Event {
  const value = (input: string): Text | undefined => {
    const text = call.with.get(input);
    return text && { ...text, text: resolved(text.text, { env: new Map() }, { workflow, job, inputs }) };
  };
  const given = [
    ["name", value("lock")],
    ["wait", value("wait")],
    ["slots", value("slots")],
  ] as const;
  const known = given.flatMap(([name, text]): [string, Text][] => (text === undefined ? [] : [[name, text]]));
  return { kind: "take", usage: usageOfAction(new Map(known), call.at), at: call.at, step: null };
}

/** Jobs of the same run that have ended when this one begins, those of the callers included. */
export function before(repository: Repository, member: Member): readonly Member[] {
  const known = repository.earlier.get(member);
  if (known !== undefined) return known;
  // A circle of calls or needs is no order: whoever comes again is passed over.
  repository.earlier.set(member, []);
  const { workflow, job } = member;
  const needed = repository.jobs.filter(
    (other) => other.workflow === workflow && job.needs.includes(other.job.id),
  );
  const callers = isCalledOnly(workflow) ? callersOf(repository, workflow) : [];
  const found = new Set(needed);
  for (const other of [...needed, ...callers])
    for (const earlier of before(repository, other)) found.add(earlier);
  const all = [...found].slice(0, MAX_JOBS);
  repository.earlier.set(member, all);
  return all;
}

/** More than a run can have. */
const MAX_JOBS = 300;

export function isCalledOnly({ triggers }: Workflow): boolean {
  return triggers.length === 1 && triggers[0] === "workflow_call";
}

export function callersOf({ jobs }: Pick<Repository, "workflows" | "jobs">, workflow: Workflow): Member[] {
  return jobs.filter(({ job }) => pathOfCall(job) === workflow.path);
}

function pathOfCall({ call }: Job): string | null {
  return call?.name.startsWith("./") ? call.name.replace(/^(\.\/)+/, "") : null;
}

/** What a job does in the workflow that it calls, as far as that is in this repository; else what it does itself. */
export function eventsWithin(repository: Repository, member: Member): readonly Event[] {
  return eventsOfCall(repository, member, new Map(), []);
}

function eventsOfCall(
  repository: Repository,
  { workflow, job, events }: Member,
  inputs: Values,
  path: readonly string[],
): readonly Event[] {
  const callee = repository.workflows.find((other) => other.path === pathOfCall(job));
  if (job.call === null || callee === undefined || GUARDED_RUN.test(job.call.name)) return events;
  if (path.includes(callee.path)) return [];
  const given = [...job.call.with].map(
    ([name, { text }]) => [name, resolved(text, { env: new Map() }, { workflow, job, inputs })] as const,
  );
  const innerInputs = new Map([...callee.defaults, ...given]);
  const key = JSON.stringify([callee.path, ...innerInputs]);
  const known = repository.called.get(key);
  if (known !== undefined) return known;
  const found = callee.jobs.flatMap((inner) => {
    const own = {
      workflow: callee,
      job: inner,
      events: eventsOf(callee, inner, innerInputs, repository.read),
    };
    return eventsOfCall(repository, own, innerInputs, [...path, callee.path]);
  });
  // Calls of calls multiply.
  repository.called.set(key, found.slice(0, MAX_EVENTS));
  return found;
}

const MAX_EVENTS = 1000;

/** What jobs before this one have taken for the whole run and not given back. */
export function heldByRun(repository: Repository, member: Member): Named[] {
  const kept = new Map<string, Named>();
  const ended = new Set<string>();
  for (const other of before(repository, member)) {
    const { left, ended: gone } = walkOf(repository, other);
    for (const { lock, taken } of left)
      if (/^(run|kept)$/.test(taken?.usage.scope ?? "")) kept.set(lock.id, lock);
    for (const id of gone) ended.add(id);
  }
  return [...kept.values()].filter(({ id }) => !ended.has(id));
}

function walkOf(repository: Repository, member: Member): Walk {
  const walked = repository.walks.get(member) ?? walk(eventsWithin(repository, member), []);
  repository.walks.set(member, walked);
  return walked;
}
