/**
 * Owns the running of many seeds: spread over threads, in blocks, so that it can be said below which seed all are done. Must not know what a
 * simulation does.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Violation } from "./invariants.ts";

/** What a thread is asked for. */
export interface Block {
  readonly from: number;
  readonly seeds: number;
}

/** What it answers. A block ends with its first violation. */
export interface BlockResult {
  readonly block: Block;
  readonly counts: ReadonlyMap<string, number>;
  readonly failure: { readonly seed: number; readonly violation: Violation } | null;
}

export interface BatchResult {
  /** Seeds below this one, and from the first on, are all done. */
  readonly doneBelow: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly failure: BlockResult["failure"];
  readonly seconds: number;
}

const BLOCK = 100;

export async function simulateMany(
  from: number,
  seeds: number,
  onProgress: (result: BatchResult) => void = () => {},
): Promise<BatchResult> {
  const startedMs = performance.now();
  const counts = new Map<string, number>();
  const done = new Set<number>();
  let nextFrom = from;
  let doneBelow = from;
  let failure: BlockResult["failure"] = null;
  const result = (): BatchResult => {
    return { doneBelow, counts, failure, seconds: (performance.now() - startedMs) / 1000 };
  };

  const take = (): Block | null => {
    if (failure !== null || nextFrom >= from + seeds) return null;
    const block = { from: nextFrom, seeds: Math.min(BLOCK, from + seeds - nextFrom) };
    nextFrom += block.seeds;
    return block;
  };

  const finish = ({ block, counts: more, failure: failed }: BlockResult) => {
    for (const [what, times] of more) counts.set(what, (counts.get(what) ?? 0) + times);
    if (failed !== null && (failure === null || failed.seed < failure.seed)) failure = failed;
    done.add(block.from);
    while (done.has(doneBelow)) doneBelow = Math.min(from + seeds, doneBelow + BLOCK);
    onProgress(result());
  };

  const threads = Math.min(availableParallelism(), Math.ceil(seeds / BLOCK));
  await Promise.all(Array.from({ length: threads }, () => runThread(take, finish)));
  return result();
}

function runThread(take: () => Block | null, finish: (result: BlockResult) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    const hand = () => {
      const block = take();
      if (block === null) void worker.terminate().then(() => resolve());
      else worker.postMessage(block);
    };
    worker.on("message", (result: BlockResult) => {
      finish(result);
      hand();
    });
    worker.on("error", reject);
    hand();
  });
}
