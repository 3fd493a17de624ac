/**
 * `npm run bench`: measures the shipped bundle, each figure beside its floor in the same run.
 * Owns the options, the order and where the results go.
 *
 * --quick          a smoke run of seconds: the figures mean nothing
 * --json           the figures on stdout, in place of the table
 * --save-baseline  keeps this run as bench/baseline.json, which later runs are compared with
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { handOffOf, playCrowd, playFloor } from "./crowd.ts";
import { type Figures, tableOf } from "./report.ts";
import { type Stage, setStage } from "./stage.ts";
import { measureStartUp } from "./start-up.ts";
import { rounded } from "./statistics.ts";
import { measureUncontended, notePlans } from "./uncontended.ts";

interface Size {
  readonly startUpRounds: number;
  readonly delaysMs: readonly number[];
  readonly uncontendedRounds: number;
  readonly handOffDelayMs: number;
  readonly floorRounds: number;
  /** In this order, all but the first with hand-offs. */
  readonly crowds: readonly number[];
}

const FULL: Size = {
  ...{ startUpRounds: 40, delaysMs: [0, 50, 100], uncontendedRounds: 9, handOffDelayMs: 50, floorRounds: 12 },
  crowds: [1, 5, 10],
};
const QUICK: Size = {
  ...{ startUpRounds: 2, delaysMs: [100], uncontendedRounds: 1, handOffDelayMs: 5, floorRounds: 1 },
  crowds: [1, 2],
};

const BASELINE = new URL("baseline.json", import.meta.url);
const RESULTS = new URL("results/", import.meta.url);

const load = (): number => rounded(loadavg()[0] ?? 0);

async function measure(stage: Stage, size: Size, quick: boolean): Promise<Figures> {
  const loadBefore = load();
  const tell = (text: string): void => void process.stderr.write(`${text} …\n`);
  tell("start-up");
  const startUp = await measureStartUp(stage, size.startUpRounds);
  const plans = await notePlans(stage);
  const uncontended: Figures["uncontended"][number][] = [];
  for (const delayMs of size.delaysMs) {
    tell(`uncontended, at ${delayMs} ms a request`);
    uncontended.push(await measureUncontended(stage, plans, delayMs, size.uncontendedRounds));
  }
  tell("hand-off, its floor");
  const floors = await playFloor(stage, plans, size.handOffDelayMs, size.floorRounds);
  const crowds: Figures["crowds"][number][] = [];
  const handOffs: number[] = [];
  for (const crowdSize of size.crowds) {
    tell(`a crowd of ${crowdSize}`);
    const { crowd, handOffsMs } = await playCrowd(stage, crowdSize, size.handOffDelayMs);
    crowds.push(crowd);
    handOffs.push(...handOffsMs);
  }
  const { platform, arch, version: node } = process;
  const processors = cpus();
  const machine = {
    node,
    platform: `${platform} ${arch}`,
    cpus: processors.length,
    model: processors[0]?.model ?? "",
  };
  return {
    ...{
      version: 1,
      at: new Date().toISOString(),
      quick,
      machine: { ...machine, load: [loadBefore, load()] },
    },
    ...{ startUp, uncontended, handOff: handOffOf(size.handOffDelayMs, handOffs, floors), crowds },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "save-baseline": { type: "boolean", default: false },
    },
  });
  const stage = await setStage();
  let figures: Figures;
  try {
    figures = await measure(stage, values.quick ? QUICK : FULL, values.quick);
  } finally {
    await stage.close();
  }
  const json = `${JSON.stringify(figures, null, 2)}\n`;
  const baseline: Figures | null = existsSync(BASELINE) ? JSON.parse(readFileSync(BASELINE, "utf8")) : null;
  process.stdout.write(values.json ? json : `\n${tableOf(figures, values.quick ? null : baseline)}\n`);
  if (values.quick) return;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(new URL("latest.json", RESULTS), json);
  if (values["save-baseline"]) writeFileSync(BASELINE, json);
}

await main();
