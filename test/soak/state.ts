/**
 * What a soak has to know to go on after it was stopped, or has crashed. Owns its file; must not know what it is good for.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import type { Figures } from "./figures.ts";

export interface State {
  readonly version: 1;
  readonly seed: number;
  /** Of the round that goes on. */
  readonly round: number;
  readonly roundSecondsDone: number;
  /** How often the soak was begun, or gone on with. */
  readonly start: number;
  /** The tip of each log at the last checkpoint: it must still be in it. */
  readonly tips: Readonly<Record<string, string>>;
  readonly figures: Figures;
}

export async function saveState(path: string, state: State): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(state));
  await rename(`${path}.new`, path);
}

export async function loadState(path: string): Promise<State> {
  const state = JSON.parse(await readFile(path, "utf8")) as State;
  if (state.version !== 1) throw new Error(`${path} is of another version`);
  return state;
}
