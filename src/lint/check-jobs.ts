/**
 * Whether a job that takes a lock is set up for it: what it may do, how long it may take, what it tells the action.
 * Owns the rules that look at one job alone.
 */
import { formatDuration } from "../lock/duration.ts";
import type { Raw } from "./finding.ts";
import { durationMs } from "./locks.ts";
import { callersOf, eventsWithin, isCalledOnly, type Member, type Repository } from "./repository.ts";
import type { LockEvent } from "./timeline.ts";
import type { Permissions } from "./workflows.ts";

export function checkJob(repository: Repository, member: Member): Raw[] {
  const own = lockEvents(member.events);
  return [
    ...permissions(repository, member),
    ...timeout(member, own),
    ...own.flatMap((event) => maxHold(member, event)),
    ...own.flatMap((event) => mistakes(member, event)),
  ];
}

function lockEvents(events: Member["events"]): LockEvent[] {
  return events.filter((event) => event.kind !== "publish");
}

function permissions(repository: Repository, member: Member): Raw[] {
  const { workflow, job } = member;
  const usages = lockEvents(eventsWithin(repository, member))
    .map(({ usage }) => usage)
    .filter(({ isOwnToken }) => isOwnToken);
  const given = job.permissions ?? workflow.permissions;
  // Who calls decides, and is looked at in its own place.
  const isLeftToCaller = isCalledOnly(workflow) && callersOf(repository, workflow).length > 0;
  if (usages.length === 0 || (given === null && isLeftToCaller)) return [];
  const isReading = usages.every(({ operation }) => /^(status|log)$/.test(operation));
  const asked: readonly (readonly [string, "read" | "write"])[] = isReading
    ? [["contents", "read"]]
    : [
        ["contents", "write"],
        ["actions", "read"],
      ];
  const missing = asked.filter(([name, level]) => !grants(given, name, level)).map((pair) => pair.join(": "));
  if (missing.length === 0) return [];
  const lines = missing.map((line) => `\`${line}\``).join(" and ");
  return [
    {
      file: workflow.path,
      at: given?.at ?? job.at,
      rule: "permissions",
      message:
        given === null
          ? `job \`${job.id}\` uses a lock and has no \`permissions\`: whether it may, a setting elsewhere decides`
          : `job \`${job.id}\` uses a lock, and its \`permissions\` lack ${lines}`,
      fix:
        given === null
          ? `give the job \`permissions: { ${missing.join(", ")} }\`, with what else its steps need`
          : `add ${lines}`,
      around: [job.at],
    },
  ];
}

function grants(given: Permissions | null, name: string, level: "read" | "write"): boolean {
  if (given === null) return false;
  const text = given.all === "" ? (given.each.get(name) ?? "none") : given.all.replace(/-all$/, "");
  return text === "write" || (level === "read" && text === "read");
}

function timeout({ workflow, job }: Member, events: readonly LockEvent[]): Raw[] {
  const taken = events.find(({ kind }) => kind === "take");
  if (taken === undefined || job.call !== null || job.timeout !== null) return [];
  const locks = taken.usage.locks.map(({ text }) => `\`${text}\``).join(", ");
  return [
    {
      file: workflow.path,
      at: job.at,
      rule: "timeout",
      message: `job \`${job.id}\` takes ${locks || "a lock"} and has no \`timeout-minutes\``,
      fix: "give the job `timeout-minutes`, the longest wait included",
      around: [job.at],
    },
  ];
}

function maxHold({ workflow, job }: Member, { kind, usage, at, step }: LockEvent): Raw[] {
  const holdMs = durationMs(usage.maxHold);
  const minutes = Number(job.timeout?.text.trim() || Number.NaN);
  if (kind !== "take" || holdMs === null || !(holdMs < minutes * 60_000)) return [];
  return [
    {
      file: workflow.path,
      at,
      rule: "max-hold",
      message: `\`max-hold: ${usage.maxHold}\` ends before job \`${job.id}\`, which may take ${formatDuration(minutes * 60_000)}`,
      fix: "raise `max-hold` to `timeout-minutes` or more, or lower `timeout-minutes`",
      around: step === null ? [job.at] : [step.at, job.at],
    },
  ];
}

function mistakes({ workflow, job }: Member, { kind, usage, at, step }: LockEvent): Raw[] {
  // `reflock run` stands there twice, before and behind what it runs.
  if (kind === "give back" && usage.scope === "command") return [];
  const isInWorkflow = step?.within === null || step === null;
  return usage.mistakes.map((mistake) => ({
    file: workflow.path,
    at: isInWorkflow ? mistake.at : at,
    rule: "input" as const,
    message: mistake.message,
    fix: "write what the table of inputs in the README allows",
    around: step === null ? [job.at] : [step.at, job.at],
  }));
}
