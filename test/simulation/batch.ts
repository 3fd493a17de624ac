/**
 * Owns the running of many seeds: spread over threads, in blocks, so that it can be said below which seed all are done. Must not know what a
 * simulation does.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Violation } from "./invariants.ts";
import type { WorldName } from "./worlds.ts";

/** What a thread is asked for. */
export interface Block {
  readonly from: number;
  readonly seeds: number;
  /** `null`: each seed tells. */
  readonly world: WorldName | null;
}

/** For each world, how often what happened. */
export type Counts = ReadonlyMap<WorldName, ReadonlyMap<string, number>>;

/** What it answers. A block ends with its first violation. */
export interface BlockResult {
  readonly from: number;
  readonly counts: Counts;
  readonly failure: {
    readonly seed: number;
    readonly world: WorldName;
    readonly violation: Violation;
  } | null;
}

export interface BatchResult {
  /** Seeds below this one, and from the first on, are all done. */
  readonly doneBelow: number;
  readonly counts: Counts;
  readonly failure: BlockResult["failure"];
  readonly seconds: number;
  /** Of all threads together. */
  readonly cpuSeconds: number;
}

const BLOCK = 50;

interface Options {
  readonly world?: WorldName | null;
  readonly onProgress?: (result: BatchResult) => void;
  /** What is begun is ended, and nothing else begun. */
  readonly signal?: AbortSignal;
}

/** Stops soon after the first violation. */
export async function simulateMany(
  from: number,
  seeds: number,
  { world = null, onProgress = () => {}, signal }: Options = {},
): Promise<BatchResult> {
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const counts = new Map<WorldName, Map<string, number>>();
  const done = new Set<number>();
  let nextFrom = from;
  let doneBelow = from;
  let failure: BlockResult["failure"] = null;
  const result = (): BatchResult => {
    const { user, system } = process.cpuUsage(startedCpu);
    const seconds = (performance.now() - startedMs) / 1000;
    return { doneBelow, counts, failure, seconds, cpuSeconds: (user + system) / 1e6 };
  };

  const take = (): Block | null => {
    if (failure !== null || signal?.aborted || nextFrom >= from + seeds) return null;
    const block = { from: nextFrom, seeds: Math.min(BLOCK, from + seeds - nextFrom), world };
    nextFrom += block.seeds;
    return block;
  };

  const finish = (block: BlockResult) => {
    for (const [world, more] of block.counts) addTo(counts, world, more);
    if (block.failure !== null && (failure === null || block.failure.seed < failure.seed))
      failure = block.failure;
    done.add(block.from);
    while (done.delete(doneBelow)) doneBelow = Math.min(from + seeds, doneBelow + BLOCK);
    onProgress(result());
  };

  const threads = Math.min(availableParallelism(), Math.ceil(seeds / BLOCK));
  await Promise.all(Array.from({ length: threads }, () => runThread(take, finish)));
  return result();
}

export function addTo(
  counts: Map<WorldName, Map<string, number>>,
  world: WorldName,
  more: ReadonlyMap<string, number>,
): void {
  const all = counts.get(world) ?? new Map<string, number>();
  counts.set(world, all);
  for (const [what, times] of more) all.set(what, (all.get(what) ?? 0) + times);
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
