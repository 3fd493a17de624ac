/** One thread of a batch: simulates the blocks of seeds that it is handed. */
import { parentPort } from "node:worker_threads";
import { addTo, type Block, type BlockResult } from "./batch.ts";
import { simulateWorld, type WorldName, worldOf } from "./worlds.ts";

// Thousands of errors are thrown on purpose, and nobody reads where. A seed that fails is run again elsewhere.
Error.stackTraceLimit = 0;

parentPort?.on("message", async ({ from, seeds, world: fixed }: Block) => {
  const counts = new Map<WorldName, Map<string, number>>();
  let failure: BlockResult["failure"] = null;
  for (let seed = from; seed < from + seeds && failure === null; seed++) {
    const world = fixed ?? worldOf(seed);
    const verdict = await simulateWorld(world, seed);
    addTo(counts, world, verdict.counts);
    addTo(counts, world, new Map([["seeds", 1]]));
    if (verdict.violation !== null) failure = { seed, world, violation: verdict.violation };
  }
  parentPort?.postMessage({ from, counts, failure } satisfies BlockResult);
});
