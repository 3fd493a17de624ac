/**
 * Walks every interleaving of a small scenario over the real policy. A run can't be stopped and copied, so that each branch begins anew and repeats the
 * choices that lead to it; a state that was met before is not gone into again. Owns the search; must not know what the choices mean.
 */
import { hash } from "node:crypto";
import type { Violation } from "./invariants.ts";
import { type Policy, REAL_POLICY } from "./scene.ts";
import { type Choice, createStage, type Scenario, type Stage } from "./stage.ts";
import { settled } from "./world.ts";

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** States in which nothing is left to choose. */
  readonly ends: number;
  readonly violation: (Violation & { readonly steps: readonly string[] }) | null;
  readonly seconds: number;
}

/** The choices that lead to a state, the last one first. */
interface Path {
  readonly choice: Choice;
  readonly before: Path | null;
  readonly length: number;
}

export async function explore(
  scenario: Scenario,
  policy: Partial<Policy> = {},
  onProgress: (states: number, transitions: number) => void = () => {},
): Promise<Exploration> {
  const startedMs = performance.now();
  const numbers = new Map<string, number>();
  const intern = (text: string) => {
    const number = numbers.get(text) ?? numbers.size;
    if (number === numbers.size) numbers.set(text, number);
    return number;
  };
  const begin = () => createStage(scenario, { ...REAL_POLICY, ...policy }, intern);
  const seen = new Set<string>();
  const branches: (Path | null)[] = [null];
  let transitions = 0;
  let ends = 0;
  let violation: Exploration["violation"] = null;

  while (violation === null) {
    let path = branches.pop();
    if (path === undefined) break;
    const stage = await replay(begin(), choicesTo(path), () => {});
    for (;;) {
      const key = hash("sha1", stage.key(), "base64");
      const isNew = !seen.has(key);
      seen.add(key);
      const choices = isNew ? stage.choices() : [];
      if (isNew && choices.length === 0) ends++;
      if (isNew && stage.isOver()) stage.judgeEnd();
      const [found] = stage.judge.violations;
      if (found !== undefined) {
        const steps: string[] = [];
        await replay(begin(), choicesTo(path), (step) => steps.push(step));
        violation = { ...found, steps };
      }
      const [first, ...others] = choices;
      if (first === undefined || violation !== null) break;
      for (const choice of others) branches.push({ choice, before: path, length: (path?.length ?? 0) + 1 });
      path = { choice: first, before: path, length: (path?.length ?? 0) + 1 };
      transitions += choices.length;
      if (transitions % 1000 < choices.length) onProgress(seen.size, transitions);
      stage.take(first);
      await settled();
    }
  }
  return { states: seen.size, transitions, ends, violation, seconds: (performance.now() - startedMs) / 1000 };
}

async function replay(
  stage: Stage,
  choices: readonly Choice[],
  tell: (step: string) => void,
): Promise<Stage> {
  await settled();
  for (const choice of choices) {
    tell(stage.take(choice));
    await settled();
  }
  return stage;
}

function choicesTo(path: Path | null): Choice[] {
  const choices: Choice[] = [];
  for (let at = path; at !== null; at = at.before) choices.push(at.choice);
  return choices.reverse();
}
