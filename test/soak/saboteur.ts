/**
 * Chance that breaks things: which act comes next, and when. Two go on at once, one on the server's side and one on the clients'.
 * Owns the order of acts, by the seed; must not know how an act is done, nor what follows from it.
 */
import type { Random } from "../simulation/random.ts";
import { CLIENT_ACTS } from "./sabotage-clients.ts";
import { SERVER_ACTS } from "./sabotage-server.ts";
import { sleep } from "./sleep.ts";
import type { Stage } from "./stage.ts";

/** One act. `false`: there was nothing to do it to. */
export type Sabotage = (stage: Stage, random: Random) => Promise<boolean>;

export const ALL_ACTS: readonly string[] = [...Object.keys(SERVER_ACTS), ...Object.keys(CLIENT_ACTS)];

export async function runSaboteur(stage: Stage, random: Random): Promise<void> {
  await Promise.all([
    runLane(stage, random.split("server"), SERVER_ACTS),
    runLane(stage, random.split("clients"), CLIENT_ACTS),
  ]);
}

/** Each once in an order of chance, then any. What found nothing to do is tried again. */
async function runLane(
  stage: Stage,
  random: Random,
  acts: Readonly<Record<string, Sabotage>>,
): Promise<void> {
  const names = Object.keys(acts);
  const due = shuffled(names, random);
  let hasFailed = false;
  while (!stage.isOver()) {
    await sleep(random.between(...stage.pace.sabotageMs), stage.isOver);
    if (stage.isOver()) return;
    // What could not be done is not tried again and again in place of everything else.
    const next: string | undefined = hasFailed && due.length === 1 ? undefined : due.shift();
    const name: string = next ?? names[random.below(names.length)] ?? "";
    const isDone: boolean | undefined = await acts[name]?.(stage, random);
    hasFailed = isDone === false;
    if (hasFailed && next !== undefined) due.push(name);
  }
}

function shuffled(names: readonly string[], random: Random): string[] {
  return names
    .map((name) => ({ name, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ name }) => name);
}
