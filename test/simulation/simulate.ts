/**
 * The command line of the simulator: `npm run simulate -- --seeds N --from S`, resumable at any seed; `--trace` tells everything of one.
 * Owns what is printed; must not know how a simulation works.
 */
import { parseArgs } from "node:util";
import { type BatchResult, simulateMany } from "./batch.ts";
import { simulate } from "./simulation.ts";

const LAST_LINES = 40;
const TELL_EVERY_MS = 2000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
  },
});
const from = wholeNumber("from", values.from);
const seeds = wholeNumber("seeds", values.seeds);
process.exitCode = await (values.trace ? traceAll() : runAll());

function wholeNumber(option: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  console.error(`--${option} takes a whole number, not ${JSON.stringify(text)}`);
  process.exit(64);
}

async function traceAll(): Promise<number> {
  for (let seed = from; seed < from + seeds; seed++) {
    const { violation } = await simulate(seed, { say: (line) => console.log(line) });
    console.log(`seed ${seed}: ${violation === null ? "no violation" : describe(violation)}`);
    if (violation !== null) return 1;
  }
  return 0;
}

async function runAll(): Promise<number> {
  let toldMs = performance.now();
  const result = await simulateMany(from, seeds, (soFar) => {
    if (performance.now() - toldMs < TELL_EVERY_MS) return;
    toldMs = performance.now();
    const left = from + seeds - soFar.doneBelow;
    console.error(
      `${seeds - left} of ${seeds} seeds, ${pace(soFar)} a second; to go on from here: --seeds ${left} --from ${soFar.doneBelow}`,
    );
  });
  for (const [what, times] of result.counts) console.log(`${String(times).padStart(12)}  ${what}`);
  const done = result.doneBelow - from;
  console.log(`${done} seeds from ${from} on, in ${result.seconds.toFixed(1)} s, ${pace(result)} a second`);
  if (result.failure === null) {
    console.log("no violation");
    return 0;
  }
  await tell(result.failure.seed);
  return 1;
}

function pace({ doneBelow, seconds }: BatchResult): number {
  return Math.round((doneBelow - from) / seconds);
}

/** The seed is run once more, since only a trace says how it came to that. */
async function tell(seed: number): Promise<void> {
  const lines: string[] = [];
  const { violation } = await simulate(seed, { say: (line) => lines.push(line) });
  console.log(`\nThe last events of seed ${seed}:`);
  for (const line of lines.slice(-LAST_LINES)) console.log(line);
  if (violation !== null) console.log(`\nseed ${seed}: ${describe(violation)}`);
  console.log(`All of it: npm run simulate -- --seeds 1 --from ${seed} --trace`);
}

function describe({ promise, what }: { readonly promise: number; readonly what: string }): string {
  return promise === 0 ? `a bug: ${what}` : `promise ${promise} is broken: ${what}`;
}
