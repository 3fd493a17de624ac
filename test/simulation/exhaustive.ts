/**
 * Walks every interleaving of a small scenario over the real policy. Owns the search: what was met before is not gone into again. Must not know what the
 * choices mean.
 */

import type { State } from "./exhaustive-moves.ts";
import { createSeen } from "./exhaustive-seen.ts";
import { type Choice, createStage, type Scenario, type Stage } from "./exhaustive-stage.ts";
import type { Violation } from "./invariants.ts";
import { type Policy, REAL_POLICY } from "./scene.ts";

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** States in which nothing is left to choose. */
  readonly ends: number;
  readonly violation: (Violation & { readonly steps: readonly string[] }) | null;
  readonly seconds: number;
}

/** A state, and how it was come to. */
interface Met {
  readonly state: State;
  readonly before: Met | null;
  readonly choice: Choice | null;
}

const TELL_EVERY = 100_000;

export async function explore(
  scenario: Scenario,
  policy: Partial<Policy> = {},
  onProgress: (states: number, transitions: number) => void = () => {},
): Promise<Exploration> {
  const startedMs = performance.now();
  const stage = createStage(scenario, { ...REAL_POLICY, ...policy });
  const seen = createSeen();
  const first = await stage.begin();
  seen.add(stage.key(first));
  const open: Met[] = [{ state: first, before: null, choice: null }];
  let transitions = 0;
  let ends = 0;
  let violation: Exploration["violation"] = null;

  for (let met = open.pop(); met !== undefined; met = open.pop()) {
    const { state } = met;
    const choices = stage.choices(state);
    const found = stage.judge(state, choices);
    if (found !== null) {
      violation = { ...found, steps: stepsTo(stage, met) };
      break;
    }
    if (choices.length === 0) ends++;
    for (const choice of choices) {
      const taken = stage.take(state, choice);
      const next = taken instanceof Promise ? await taken : taken;
      transitions++;
      if (!seen.add(stage.key(next)) && next.violation === null) continue;
      open.push({ state: next, before: met, choice });
      if (seen.size % TELL_EVERY === 0) onProgress(seen.size, transitions);
    }
  }
  return { states: seen.size, transitions, ends, violation, seconds: (performance.now() - startedMs) / 1000 };
}

function stepsTo(stage: Stage, met: Met): string[] {
  const steps: string[] = [];
  for (let at = met; at.before !== null && at.choice !== null; at = at.before)
    steps.push(stage.tell(at.before.state, at.choice));
  return steps.reverse();
}
