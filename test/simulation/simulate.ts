/**
 * The command line of the simulator: `npm run simulate -- --seeds N --from S [--world NAME]`, resumable at any seed; `--trace` tells everything. A signal
 * lets it end what it has begun, and say how far it came.
 * Owns what is printed; must not know how a simulation works.
 */
import { parseArgs } from "node:util";
import { type BatchResult, simulateMany } from "./batch.ts";
import { simulateWorld, WORLDS, type WorldName, worldOf } from "./worlds.ts";

const LAST_LINES = 40;
const TELL_EVERY_MS = 5000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    world: { type: "string" },
    trace: { type: "boolean", default: false },
  },
});
const from = wholeNumber("from", values.from);
const seeds = wholeNumber("seeds", values.seeds);
const fixed = worldNamed(values.world);
process.exitCode = await (values.trace ? traceAll() : runAll());

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  console.error(`--${option} takes a whole number, not ${JSON.stringify(text)}`);
  process.exit(64);
}

function worldNamed(text: string | undefined): WorldName | null {
  const world = WORLDS.find((name) => name === text);
  if (text === undefined || world !== undefined) return world ?? null;
  console.error(`--world takes one of ${WORLDS.join(", ")}, not ${JSON.stringify(text)}`);
  process.exit(64);
}

async function traceAll(): Promise<number> {
  for (let seed = from; seed < from + seeds; seed++) {
    const world = fixed ?? worldOf(seed);
    const { violation } = await simulateWorld(world, seed, (line) => console.log(line));
    console.log(`seed ${seed} of ${world}: ${violation === null ? "no violation" : describe(violation)}`);
    if (violation !== null) return 1;
  }
  return 0;
}

async function runAll(): Promise<number> {
  let toldMs = performance.now();
  const onProgress = (soFar: BatchResult) => {
    if (performance.now() - toldMs < TELL_EVERY_MS) return;
    toldMs = performance.now();
    const left = from + seeds - soFar.doneBelow;
    console.error(
      `${seeds - left} of ${seeds} seeds, ${pace(soFar)}; to go on from here: ${command(soFar.doneBelow, left, fixed)}`,
    );
  };
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const result = await simulateMany(from, seeds, { world: fixed, onProgress, signal: stop.signal });
  for (const [world, counts] of result.counts) {
    console.log(`${world}:`);
    for (const [what, times] of [...counts].sort()) console.log(`${String(times).padStart(13)}  ${what}`);
  }
  console.log(`${result.doneBelow - from} seeds from ${from} on, ${pace(result)}`);
  console.log(JSON.stringify(summary(result)));
  if (result.failure === null) {
    console.log("no violation");
    const left = from + seeds - result.doneBelow;
    if (left > 0) console.log(`Stopped. To go on from here: ${command(result.doneBelow, left, fixed)}`);
    return 0;
  }
  await tell(result.failure);
  return 1;
}

/** By the clock of the wall, which goes on while the process is stopped, and by the time of the processors, which does not. */
function pace({ doneBelow, seconds, cpuSeconds }: BatchResult): string {
  const done = doneBelow - from;
  const rate = Math.round(done / seconds);
  const each = ((cpuSeconds * 1000) / Math.max(1, done)).toFixed(1);
  return `${rate} a second, in ${seconds.toFixed(0)} s; ${each} ms of processor time each, ${cpuSeconds.toFixed(0)} s in all`;
}

function command(from: number, seeds: number, world: WorldName | null): string {
  return `npm run simulate --${world === null ? "" : ` --world ${world}`} --seeds ${seeds} --from ${from}`;
}

function summary({ counts, doneBelow, seconds, cpuSeconds, failure }: BatchResult) {
  const worlds = [...counts].map(([world, counted]) => [
    world,
    Object.fromEntries(
      ["seeds", "jobs", "processes", "takes", "events"].map((what) => [what, counted.get(what) ?? 0]),
    ),
  ]);
  const worldCounts = Object.fromEntries(worlds) as Record<string, Record<string, number>>;
  return { from, doneBelow, seconds, cpuSeconds, worlds: worldCounts, failure };
}

/** The seed is run once more, since only a trace says how it came to that. */
async function tell({ seed, world }: NonNullable<BatchResult["failure"]>): Promise<void> {
  const lines: string[] = [];
  const { violation } = await simulateWorld(world, seed, (line) => lines.push(line));
  console.log(`\nThe last events of seed ${seed} of ${world}:`);
  for (const line of lines.slice(-LAST_LINES)) console.log(line);
  if (violation !== null) console.log(`\nseed ${seed} of ${world}: ${describe(violation)}`);
  console.log(`All of it: ${command(seed, 1, world)} --trace`);
}

function describe({ promise, what }: { readonly promise: number; readonly what: string }): string {
  return promise === 0 ? `a bug: ${what}` : `promise ${promise} is broken: ${what}`;
}
