/** One thread of a batch: simulates the blocks of seeds that it is handed. */
import { parentPort } from "node:worker_threads";
import type { Block, BlockResult } from "./batch.ts";
import { simulate } from "./simulation.ts";

parentPort?.on("message", async (block: Block) => {
  const counts = new Map<string, number>();
  let failure: BlockResult["failure"] = null;
  for (let seed = block.from; seed < block.from + block.seeds && failure === null; seed++) {
    const verdict = await simulate(seed);
    for (const [what, times] of verdict.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    if (verdict.violation !== null) failure = { seed, violation: verdict.violation };
  }
  parentPort?.postMessage({ block, counts, failure } satisfies BlockResult);
});
