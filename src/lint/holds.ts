/**
 * Follows a job through its events: what it holds when it publishes, and when it takes the next lock.
 * Owns the order of taking and giving back in one job; must not know of files, nor of rules.
 */
import type { Named } from "./locks.ts";
import type { Event, LockEvent } from "./timeline.ts";

export interface Hold {
  readonly lock: Named;
  /** `null` for what another job of the run has taken for the whole run. */
  readonly taken: LockEvent | null;
}

/** An event, and what was held when it came. */
export interface Moment {
  readonly event: Event;
  readonly held: readonly Hold[];
  /** What this job gave back before and does not hold now. */
  readonly gone: readonly LockEvent[];
}

export interface Walk {
  readonly moments: readonly Moment[];
  /** What is left when the steps are done. */
  readonly left: readonly Hold[];
  /** What the job gave back without having taken it itself. */
  readonly ended: readonly string[];
}

export function walk(events: readonly Event[], inherited: readonly Named[]): Walk {
  let held: readonly Hold[] = inherited.map((lock) => ({ lock, taken: null }));
  const gone: LockEvent[] = [];
  const ended: string[] = [];
  const moments = events.map((event): Moment => {
    const moment = { event, held, gone: [...gone] };
    if (event.kind === "take") {
      held = [...held, ...event.usage.locks.map((lock) => ({ lock, taken: event }))];
    } else if (event.kind === "give back") {
      for (const { id } of event.usage.locks) {
        // The innermost of this job's own goes first, then what the run holds.
        const at = held.findLastIndex(({ lock, taken }) => lock.id === id && taken !== null);
        const index = at >= 0 ? at : held.findIndex(({ lock }) => lock.id === id);
        if (at < 0) ended.push(id);
        held = held.filter((_, other) => other !== index);
      }
      gone.push(event);
    }
    return moment;
  });
  return { moments, left: held, ended };
}
