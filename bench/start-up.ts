/**
 * How long it takes to start the bundle and do nothing, over starting node and doing nothing.
 */
import { join } from "node:path";
import type { Stage } from "./stage.ts";
import { rounded, type Spread, spreadOf } from "./statistics.ts";

export interface StartUp {
  /** `node -e 0` */
  readonly bare: Spread;
  /** main without a name: refused before any request. */
  readonly main: OverBare;
  /** post without a state: nothing to give back. */
  readonly post: OverBare;
}

/** By the medians and, which a busy machine disturbs least, by the quickest of each. */
export interface OverBare extends Spread {
  readonly overBareMs: number;
  readonly leastOverBareMs: number;
}

export async function measureStartUp(stage: Stage, rounds: number): Promise<StartUp> {
  const { job } = await stage.newJob();
  const programs = {
    bare: { args: ["-e", "0"], code: 0 },
    main: { args: [join(stage.dist, "main.js")], code: 1 },
    post: { args: [join(stage.dist, "post.js")], code: 0 },
  };
  const times = { bare: [] as number[], main: [] as number[], post: [] as number[] };
  const names = ["bare", "main", "post"] as const;
  // In turns, so that whatever else the machine does hits all alike; the first of each fills the caches.
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const { code, durationMs, log } = await job.command(process.execPath, programs[name].args).result;
      if (code !== programs[name].code) throw new Error(`${name} ended with ${code}:\n${log}`);
      if (round > 0) times[name].push(durationMs);
    }
  }
  const bare = spreadOf(times.bare);
  const over = (spread: Spread): OverBare => ({
    ...spread,
    overBareMs: rounded(spread.medianMs - bare.medianMs),
    leastOverBareMs: rounded(spread.minMs - bare.minMs),
  });
  return { bare, main: over(spreadOf(times.main)), post: over(spreadOf(times.post)) };
}
