/**
 * `npm run bench`: measures the shipped bundles, each figure beside its floor in the same run.
 * Owns the options, the order and where the results go.
 *
 * --only a,b       some of the parts alone: start-up, uncontended, hand-off, crowd, wait, run
 * --quick          a smoke run of seconds: the figures mean nothing
 * --json           the figures on stdout, in place of the table
 * --save-baseline  keeps this run as bench/baseline.json, which later runs are compared with
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { measureCommandLine } from "./command-line.ts";
import { type Crowd, type HandOff, handOffOf, playCrowd, playFloor } from "./crowd.ts";
import { type Figures, PARTS, type Part } from "./figures.ts";
import { tableOf } from "./report.ts";
import { type Stage, setStage } from "./stage.ts";
import { measureStartUp } from "./start-up.ts";
import { rounded } from "./statistics.ts";
import { measureUncontended, notePlans, type Uncontended } from "./uncontended.ts";
import { playVirtualCrowd, playVirtualWait } from "./virtual.ts";

interface Size {
  readonly startUpRounds: number;
  readonly delaysMs: readonly number[];
  readonly uncontendedRounds: number;
  readonly handOffDelayMs: number;
  readonly floorRounds: number;
  /** Of processes. Two cores bear ten at once; fifty would measure the machine. */
  readonly crowds: readonly number[];
  readonly virtualCrowds: readonly number[];
  readonly waitsMinutes: readonly number[];
  readonly runRounds: number;
}

const FULL: Size = {
  ...{ startUpRounds: 40, delaysMs: [0, 50, 100], uncontendedRounds: 9, handOffDelayMs: 50, floorRounds: 12 },
  ...{ crowds: [1, 5, 10], virtualCrowds: [1, 10, 50, 100], waitsMinutes: [1, 10, 60, 360], runRounds: 20 },
};
const QUICK: Size = {
  ...{ startUpRounds: 2, delaysMs: [100], uncontendedRounds: 1, handOffDelayMs: 5, floorRounds: 1 },
  ...{ crowds: [1, 2], virtualCrowds: [1, 3], waitsMinutes: [1, 10], runRounds: 2 },
};

const BASELINE = new URL("baseline.json", import.meta.url);
const RESULTS = new URL("results/", import.meta.url);

const load = (): number => rounded(loadavg()[0] ?? 0);
const tell = (text: string): void => void process.stderr.write(`${text} …\n`);

type Measured = Partial<
  Pick<Figures, "startUp" | "uncontended" | "handOff" | "crowds" | "waits" | "commandLine">
>;

async function measure(stage: Stage, size: Size, parts: ReadonlySet<Part>): Promise<Measured> {
  const figures: { -readonly [Name in keyof Measured]: Measured[Name] } = {};
  if (parts.has("start-up")) {
    tell("start-up");
    figures.startUp = await measureStartUp(stage, size.startUpRounds);
  }
  if (parts.has("run")) {
    tell("reflock run true");
    figures.commandLine = await measureCommandLine(stage.dist, size.runRounds);
  }
  if (parts.has("uncontended")) figures.uncontended = await measureFree(stage, size);
  if (parts.has("hand-off") || parts.has("crowd"))
    Object.assign(figures, await measureContended(stage, size, parts));
  if (parts.has("wait")) {
    figures.waits = [];
    for (const minutes of size.waitsMinutes) {
      tell(`a wait of ${minutes} min, by a clock that jumps`);
      figures.waits = [...figures.waits, { minutes, ...(await playVirtualWait(minutes * 60_000)) }];
    }
  }
  return figures;
}

async function measureFree(stage: Stage, size: Size): Promise<Uncontended[]> {
  const plans = await notePlans(stage);
  const uncontended: Uncontended[] = [];
  for (const delayMs of size.delaysMs) {
    tell(`uncontended, at ${delayMs} ms a request`);
    uncontended.push(await measureUncontended(stage, plans, delayMs, size.uncontendedRounds));
  }
  return uncontended;
}

/** The crowds of processes tell both: what each pays, and how long the lock lies idle between two of them. */
async function measureContended(
  stage: Stage,
  size: Size,
  parts: ReadonlySet<Part>,
): Promise<Pick<Measured, "handOff" | "crowds">> {
  const { handOffDelayMs: delayMs } = size;
  const crowds: Crowd[] = [];
  const handOffsMs: number[] = [];
  for (const crowdSize of size.crowds) {
    tell(`a crowd of ${crowdSize}`);
    const played = await playCrowd(stage, crowdSize, delayMs);
    crowds.push(played.crowd);
    handOffsMs.push(...played.handOffsMs);
  }
  const measured: { handOff?: HandOff; crowds?: Crowd[] } = {};
  if (parts.has("hand-off")) {
    tell("hand-off, its floor");
    const floorsMs = await playFloor(stage, await notePlans(stage), delayMs, size.floorRounds);
    measured.handOff = handOffOf(delayMs, handOffsMs, floorsMs);
  }
  if (!parts.has("crowd")) return measured;
  for (const crowdSize of size.virtualCrowds) {
    tell(`a crowd of ${crowdSize}, by a clock that jumps`);
    crowds.push({ size: crowdSize, by: "virtual", ...(await playVirtualCrowd(crowdSize)) });
  }
  return { ...measured, crowds };
}

async function measureAll(size: Size, parts: ReadonlySet<Part>, quick: boolean): Promise<Figures> {
  const loadBefore = load();
  const stage = await setStage();
  try {
    const measured = await measure(stage, size, parts);
    const { platform, arch, version: node } = process;
    const processors = cpus();
    const machine = {
      ...{ node, platform: `${platform} ${arch}`, cpus: processors.length },
      ...{ model: processors[0]?.model ?? "", load: [loadBefore, load()] as const },
    };
    return { version: 2, at: new Date().toISOString(), quick, machine, ...measured };
  } finally {
    await stage.close();
  }
}

function partsIn(only: string | undefined): ReadonlySet<Part> {
  if (only === undefined) return new Set(PARTS);
  const named = only.split(",");
  const parts = PARTS.filter((part) => named.includes(part));
  if (parts.length < named.length) throw new Error(`--only takes ${PARTS.join(", ")}, with commas between`);
  return new Set(parts);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "save-baseline": { type: "boolean", default: false },
    },
  });
  const parts = partsIn(values.only);
  const isBaseline = values["save-baseline"];
  if (isBaseline && (values.quick || parts.size < PARTS.length))
    throw new Error("A baseline is a full run: neither --quick nor --only goes with it");
  const figures = await measureAll(values.quick ? QUICK : FULL, parts, values.quick);
  const json = `${JSON.stringify(figures, null, 2)}\n`;
  const baseline: Figures | null = existsSync(BASELINE) ? JSON.parse(readFileSync(BASELINE, "utf8")) : null;
  process.stdout.write(values.json ? json : `\n${tableOf(figures, values.quick ? null : baseline)}\n`);
  if (values.quick) return;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(new URL("latest.json", RESULTS), json);
  if (isBaseline) writeFileSync(BASELINE, json);
}

await main();
