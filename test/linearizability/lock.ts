/**
 * Owns the judgement over a recorded history of locks: each name by itself, within limits, and what is told of it. Must not know how it was recorded.
 */
import { check, type Model, type Operation, type Verdict } from "./checker.ts";
import { onlyAllows, step } from "./model.ts";
import { type Action, describeState, keyOf, type State, UNUSED } from "./state.ts";

export const LOCK: Model<State, Action> = {
  ...{ initial: UNUSED, step, keyOf, onlyAllows },
  describe: describeState,
};

/** Far more than any recorded history has needed. */
const LIMITS = { states: 100_000, seconds: 20 };

export type LockOperation = Operation<Action>;

export interface Figures {
  histories: number;
  operations: number;
  /** Of them, those that were never answered. */
  unanswered: number;
  states: number;
  /** For one history. */
  mostStates: number;
  seconds: number;
}

export function noFigures(): Figures {
  return { histories: 0, operations: 0, unanswered: 0, states: 0, mostStates: 0, seconds: 0 };
}

export function checkLock(history: readonly LockOperation[], states = LIMITS.states): Verdict<Action> {
  const endMs = performance.now() + LIMITS.seconds * 1000;
  return check(LOCK, history, { states, isTimeUp: () => performance.now() > endMs });
}

/** @returns what is wrong with the first name of which anything is, or not known in time; `null` where all is well */
export function judgeHistories(
  byName: ReadonlyMap<string, readonly LockOperation[]>,
  figures: Figures,
): string | null {
  const startedMs = performance.now();
  let wrong: string | null = null;
  for (const [name, history] of byName) {
    const verdict = checkLock(history);
    figures.histories++;
    figures.operations += history.length;
    figures.unanswered += history.filter(({ returnedAt }) => returnedAt === null).length;
    figures.states += verdict.states;
    figures.mostStates = Math.max(figures.mostStates, verdict.states);
    if (verdict.kind !== "linearizable") wrong ??= `${name}: ${verdict.kind}. ${verdict.why}`;
  }
  figures.seconds += (performance.now() - startedMs) / 1000;
  return wrong;
}

export function describeFigures(figures: Figures): string {
  const { histories, operations, unanswered, states, mostStates, seconds } = figures;
  return `${histories} histories of ${operations} operations (${unanswered} unanswered), ${states} states explored, ${mostStates} at most for one, in ${seconds.toFixed(1)} s`;
}
