/**
 * Whether jobs that share a lock agree about it: its spelling, its slots, the order in which several are taken, who enters whose hold.
 * Owns the rules that compare one job with others.
 */
import type { Raw } from "./finding.ts";
import { walk } from "./holds.ts";
import { durationMs, isOpen, type Named } from "./locks.ts";
import { before, eventsWithin, heldByRun, type Member, type Repository } from "./repository.ts";
import type { RuleId } from "./rules.ts";
import type { LockEvent } from "./timeline.ts";

export function checkNames(repository: Repository): Raw[] {
  const uses = repository.jobs.flatMap(usesOf);
  return [
    ...minority(uses, ({ lock }) => lock.text, spelled),
    ...minority(
      uses.filter(({ event }) => event.kind === "take" && !isOpen(event.usage.slots)),
      ({ event }) => event.usage.slots,
      slotted,
    ),
    ...orders(repository),
    ...repository.jobs.flatMap((member) => calls(repository, member)),
  ];
}

interface LockUse {
  readonly member: Member;
  readonly event: LockEvent;
  readonly lock: Named;
}

function usesOf(member: Member): LockUse[] {
  return member.events.flatMap((event) => {
    if (event.kind === "publish" || (event.kind === "give back" && event.usage.scope === "command"))
      return [];
    return event.usage.locks.map((lock) => ({ member, event, lock }));
  });
}

interface Telling {
  readonly rule: RuleId;
  readonly message: string;
  readonly fix: string;
}

/** Of those who disagree about one lock, the most are taken to be right; of as many, the first. */
function minority(
  uses: readonly LockUse[],
  value: (use: LockUse) => string,
  tell: (odd: LockUse, usual: LockUse) => Telling,
): Raw[] {
  const groups = Map.groupBy(uses, ({ lock }) => lock.id);
  return [...groups.values()].flatMap((group) => {
    const byValue = [...Map.groupBy(group, value).values()].toSorted((a, b) => b.length - a.length);
    const [usual] = byValue[0] ?? [];
    if (usual === undefined) return [];
    return byValue
      .slice(1)
      .flatMap((odd) => odd.map((use) => rawOf(use.member, use.event, tell(use, usual))));
  });
}

function rawOf({ workflow, job }: Member, { at, step }: Pick<LockEvent, "at" | "step">, told: Telling): Raw {
  return { file: workflow.path, at, ...told, around: step === null ? [job.at] : [step.at, job.at] };
}

function spelled({ lock }: LockUse, usual: LockUse): Telling {
  return {
    rule: "name-case",
    message: `\`${lock.text}\` is the lock that is written \`${usual.lock.text}\` in ${placeOf(usual)}`,
    fix: `write \`${usual.lock.text}\`, or take another name if another lock is meant`,
  };
}

function slotted({ lock, event }: LockUse, usual: LockUse): Telling {
  return {
    rule: "slots",
    message: `\`${lock.text}\` has ${event.usage.slots} slots here, and ${usual.event.usage.slots} in ${placeOf(usual)}`,
    fix: "write the same number everywhere",
  };
}

function placeOf({ member, event }: Pick<LockUse, "member" | "event">): string {
  return `${member.workflow.path}:${event.at.line}`;
}

/** Somebody takes `to` while it holds `from`. */
interface Edge {
  readonly from: Named;
  readonly to: Named;
  readonly member: Member;
  readonly event: LockEvent;
}

/** Told once for each circle, where it closes. */
function orders(repository: Repository): Raw[] {
  const sound = new Map<string, Map<string, Edge>>();
  const found: Raw[] = [];
  for (const edge of repository.jobs.flatMap((member) => edgesOf(repository, member))) {
    const back = pathBetween(sound, edge.to.id, edge.from.id);
    if (back !== null) found.push(rawOf(edge.member, edge.event, crossed(edge, back)));
    else if (sound.get(edge.from.id)?.has(edge.to.id) !== true)
      sound.set(edge.from.id, new Map([...(sound.get(edge.from.id) ?? []), [edge.to.id, edge]]));
  }
  return found;
}

/** A job that holds more than these at a time has been written by a machine, to keep another one busy. */
const MAX_HELD = 20;

function edgesOf(repository: Repository, member: Member): Edge[] {
  const { moments } = walk(member.events, heldByRun(repository, member));
  return moments.flatMap(({ event, held }) => {
    // Who does not wait holds nobody up.
    if (event.kind !== "take" || durationMs(event.usage.wait) === 0) return [];
    const fresh = event.usage.locks.filter(({ id }) => !held.some(({ lock }) => lock.id === id));
    return fresh.flatMap((to) =>
      held.slice(-MAX_HELD).map(({ lock: from }) => ({ from, to, member, event })),
    );
  });
}

/** @param edges by the ids of what is held and of what is taken then */
function pathBetween(
  edges: ReadonlyMap<string, ReadonlyMap<string, Edge>>,
  from: string,
  to: string,
): Edge[] | null {
  const ways: { readonly at: string; readonly path: Edge[] }[] = [{ at: from, path: [] }];
  const seen = new Set([from]);
  for (const { at, path } of ways) {
    if (at === to) return path;
    for (const [next, edge] of edges.get(at) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push({ at: next, path: [...path, edge] });
    }
  }
  return null;
}

function crossed({ from, to }: Edge, back: readonly Edge[]): Telling {
  const others = back.map((edge) => placeOf(edge)).join(", ");
  return {
    rule: "lock-order",
    message: `\`${to.text}\` is taken while \`${from.text}\` is held, and in ${others} the other way round`,
    fix: "take them in one step, with a line for each name; or everywhere in the same order",
  };
}

function calls(repository: Repository, member: Member): Raw[] {
  const { job } = member;
  if (job.call === null) return [];
  const { at } = job.call;
  const taken = eventsWithin(repository, member).flatMap((event) =>
    event.kind === "take" ? event.usage.locks : [],
  );
  const holders = before(repository, member).filter((other) => other.job.call === null);
  const found = holders.flatMap((holder) =>
    walk(holder.events, []).left.flatMap(({ lock, taken: own }) =>
      own?.usage.scope === "job" && taken.some(({ id }) => id === lock.id) ? [{ holder, lock }] : [],
    ),
  );
  return found.map(({ holder, lock }) =>
    rawOf(
      member,
      { at, step: null },
      {
        rule: "caller-callee",
        message: `\`${job.call?.name ?? ""}\` takes \`${lock.text}\`, which job \`${holder.job.id}\` of the caller holds for itself alone`,
        fix: `take it with \`scope: run\` in \`${holder.job.id}\`, so that the called workflow enters it; or leave it to the called workflow`,
      },
    ),
  );
}
