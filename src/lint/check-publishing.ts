/**
 * Whether what publishes does so under a lock, in every case.
 * Owns the rules for steps that publish; must not know how they were found.
 */
import type { Raw } from "./finding.ts";
import { type Hold, type Moment, walk } from "./holds.ts";
import type { Named } from "./locks.ts";
import { before, callersOf, heldByRun, isCalledOnly, type Member, type Repository } from "./repository.ts";
import type { RuleId } from "./rules.ts";
import type { LockEvent, Publish } from "./timeline.ts";
import type { Concurrency, Step } from "./workflows.ts";

type Publishing = Moment & { readonly event: Publish };

export function checkPublishing(repository: Repository, member: Member): Raw[] {
  const inherited = heldByRun(repository, member);
  const { moments } = walk(member.events, inherited);
  const publishing = moments.filter((moment): moment is Publishing => moment.event.kind === "publish");
  const bare = publishing.filter(({ held }) => !held.some(({ taken }) => taken !== null));
  const unsure = publishing.flatMap((moment) => doubt(member, moment) ?? []).slice(0, 1);
  return [...unguarded(repository, member, bare, inherited), ...unsure];
}

/** One finding for a job and a reason, at the first place: the same step mends them all. */
function unguarded(
  repository: Repository,
  member: Member,
  bare: readonly Publishing[],
  inherited: readonly Named[],
): Raw[] {
  const late = bare.filter(({ gone }) => gone.length > 0);
  const early = bare.filter(({ gone, event }) => gone.length === 0 && takesAfter(member, event) !== null);
  const rest = bare.filter((moment) => !late.includes(moment) && !early.includes(moment));
  return [
    ...told(member, late, afterRelease),
    ...told(member, early, ({ event }) => beforeLock(takesAfter(member, event))),
    ...told(member, rest, () => withoutLock(repository, member, inherited)),
  ];
}

interface Telling {
  readonly rule: RuleId;
  readonly message: (what: string) => string;
  readonly fix: string;
}

function told(
  { workflow, job }: Member,
  moments: readonly Publishing[],
  tell: (first: Publishing) => Telling | null,
): Raw[] {
  const [first] = moments;
  const telling = first === undefined ? null : tell(first);
  if (first === undefined || telling === null) return [];
  const more = new Set(moments.map(({ event }) => event.what)).size - 1;
  const what = more === 0 ? first.event.what : `${first.event.what} and ${more} more`;
  return [rawOf(workflow.path, job.at, first.event, telling.rule, telling.message(what), telling.fix)];
}

function rawOf(
  file: string,
  job: Raw["at"],
  { at, step }: Publish,
  rule: RuleId,
  message: string,
  fix: string,
): Raw {
  return { file, at, rule, message, fix, around: step === null ? [job] : [step.at, job] };
}

function takesAfter({ events }: Member, publish: Publish): LockEvent | null {
  const later = events.slice(events.indexOf(publish));
  // `reflock run` in a later line guards its own command alone.
  const found = later.find((event) => event.kind === "take" && event.usage.scope !== "command");
  return found === undefined || found.kind === "publish" ? null : found;
}

function afterRelease({ gone }: Publishing): Telling {
  const last = gone.at(-1);
  const isCommand = last?.usage.scope === "command";
  return {
    rule: isCommand ? "no-lock" : "publish-after-release",
    message: (what) =>
      isCommand
        ? `${what} stands outside of what \`reflock run ${namesOf(last)}\` runs`
        : `${what} runs after ${namesOf(last)} was given back`,
    fix: isCommand ? "put it behind a `reflock run NAME --` too" : "move the release behind it",
  };
}

function beforeLock(taken: LockEvent | null): Telling {
  return {
    rule: "publish-before-lock",
    message: (what) => `${what} runs before ${namesOf(taken)} is taken, in line ${taken?.at.line ?? "?"}`,
    fix: "move the step that takes the lock in front of it",
  };
}

function namesOf(event: LockEvent | null | undefined): string {
  return event?.usage.locks.map(({ text }) => `\`${text}\``).join(", ") || "the lock";
}

function withoutLock(repository: Repository, member: Member, inherited: readonly Named[]): Telling | null {
  const [lock] = inherited;
  if (lock !== undefined)
    return {
      rule: "run-lock-not-acquired",
      message: (what) => `${what} relies on \`${lock.text}\`, which the run holds, without acquiring it`,
      fix: `begin the job with an acquire: \`with: { name: ${lock.text}, scope: run }\`; if the run holds it, the job enters at once`,
    };
  const other = holderBefore(repository, member);
  if (other !== null)
    return {
      rule: "lock-in-another-job",
      message: (what) =>
        `${what} runs when job \`${other.job}\`, which took \`${other.lock}\`, has given it back`,
      fix: "take the lock in this job; or with `scope: run` in both, if it has to last from the one to the other",
    };
  const concurrency = concurrencyOf(repository, member);
  if (concurrency === "guards") return null;
  const why = concurrency === null ? "" : `; \`concurrency\` does not prevent that: ${concurrency}`;
  return {
    rule: "no-lock",
    message: (what) => `${what} may run in two jobs at the same time${why}`,
    fix: "put a step that takes a lock before it: `- uses: reflock/reflock@v1` with a `name`",
  };
}

/** A job whose hold, of scope `job`, this one may have been meant to rely on. */
function holderBefore(repository: Repository, member: Member): { job: string; lock: string } | null {
  for (const other of before(repository, member)) {
    const own = walk(other.events, []).left.find(({ taken }) => taken?.usage.scope === "job");
    if (own !== undefined) return { job: other.job.id, lock: own.lock.text };
  }
  return null;
}

/** What of a group's name makes it another one in every run. */
const VARYING =
  /github\.(ref|ref_name|head_ref|sha|run_id|run_number|run_attempt|actor|event\.(pull_request|number|head_commit|after|release)[\w.]*)\b/;

/** @returns why GitHub's own concurrency lets two publish at a time; `null` where there is none */
function concurrencyOf(repository: Repository, { workflow, job }: Member): "guards" | string | null {
  const own = [job.concurrency, workflow.concurrency].filter((each) => each !== null).map(weakness);
  const callers = isCalledOnly(workflow) ? callersOf(repository, workflow) : [];
  if (own.includes(null)) return "guards";
  if (callers.length > 0 && callers.every((caller) => concurrencyOf(repository, caller) === "guards"))
    return "guards";
  return own[0] ?? null;
}

function weakness({ group, cancels }: Concurrency): string | null {
  const varying = VARYING.exec(group)?.[0];
  if (varying !== undefined) return `with \`${varying}\` in its group, other runs have another group`;
  if (cancels === "" || cancels === "false") return null;
  return "with `cancel-in-progress`, a run is ended while it publishes, and the next one begins beside what it has sent";
}

/** A step that publishes though the lock was not had. */
function doubt(member: Member, { event, held }: Publishing): Raw | null {
  const holds = held.filter(({ taken }) => taken !== null && taken.step !== event.step);
  const isInside = held.some(({ taken }) => taken !== null && taken.step === event.step);
  if (holds.length === 0 || isInside || event.step === null) return null;
  const doubts = holds.map((hold) => doubtOf(hold, event.step));
  // Several locks under a condition each: one of them, as a rule, is the one that is needed.
  const conditional = doubts.filter((each) => each === "condition").length;
  const [first] = doubts;
  if (first === undefined || doubts.includes(null) || conditional > 1) return null;
  const lock = holds[0]?.lock.text ?? "";
  const { message, fix } = DOUBTS[first ?? "always"](lock, holds[0]?.taken?.step?.id || "lock");
  return rawOf(
    member.workflow.path,
    member.job.at,
    event,
    "lock-not-sure",
    `${event.what} also runs ${message}`,
    fix,
  );
}

type Doubt = "always" | "skip" | "continue" | "condition";

const DOUBTS: Readonly<Record<Doubt, (lock: string, id: string) => { message: string; fix: string }>> = {
  always: (lock) => ({
    message: `when \`${lock}\` could not be had: its \`if\` lets it run after a failure`,
    fix: "leave `always()`, `failure()` and `!cancelled()` to steps that do not publish",
  }),
  skip: (lock, id) => ({
    message: `when \`${lock}\` could not be had: \`on-timeout: skip\` lets the step pass`,
    fix: `give the step \`if: steps.${id}.outputs.acquired == 'true'\``,
  }),
  continue: (lock, id) => ({
    message: `when \`${lock}\` could not be had: \`continue-on-error\` lets the job go on`,
    fix: `leave it out of the step that takes the lock, or give this one \`if: steps.${id}.outputs.acquired == 'true'\``,
  }),
  condition: (lock) => ({
    message: `when the \`if\` of the step that takes \`${lock}\` skips it`,
    fix: "give both steps the same `if`, or the lock none",
  }),
};

function doubtOf({ taken }: Hold, publishing: Step | null): Doubt | null {
  const step = taken?.step;
  if (taken === null || step === null || step === undefined || publishing === null) return null;
  if (step.id !== "" && asks(publishing, step.id)) return null;
  if (!STATUS.test(step.condition) && STATUS.test(publishing.condition)) return "always";
  if (taken.usage.onTimeout === "skip") return "skip";
  if (step.continueOnError !== "" && step.continueOnError !== "false") return "continue";
  return impliesAll(publishing.condition, step.condition) ? null : "condition";
}

const STATUS = /\b(always|failure|cancelled)\s*\(\s*\)/;

/** Whether the step looks at how that one went: in its condition, or in what its script is given. */
function asks({ condition, env, script }: Step, id: string): boolean {
  const given = [condition, ...env.values(), script?.text.text ?? ""].join("\n");
  return given.includes(`steps.${id}.out`) || given.includes(`steps.${id}.conclusion`);
}

/** Whether all that the one asks for, the other asks for too. */
function impliesAll(condition: string, other: string): boolean {
  const asked = conjuncts(condition);
  return conjuncts(other).every((each) => asked.includes(each));
}

function conjuncts(condition: string): string[] {
  const parts = condition.split("&&").map((part) => part.replaceAll(/\s+|\$\{\{|\}\}/g, ""));
  return parts.filter((part) => part !== "" && !/^(true|success\(\)|always\(\)|!cancelled\(\))$/.test(part));
}
