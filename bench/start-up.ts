/**
 * How long it takes to start a bundle and do next to nothing, over starting node and doing nothing.
 */
import { join } from "node:path";
import type { Stage } from "./stage.ts";
import { type Ratio, ratioOf, rounded, type Spread, spreadOf } from "./statistics.ts";

export interface StartUp {
  /** `node -e 0` */
  readonly bare: Spread;
  readonly programs: readonly Started[];
}

/** By the medians and, which a busy machine disturbs least, by the quickest of each. */
export interface Started {
  readonly name: string;
  readonly time: Spread;
  readonly overBareMs: number;
  readonly leastOverBareMs: number;
  readonly ratio: Ratio;
}

interface Program {
  readonly name: string;
  readonly args: readonly string[];
  readonly code: number;
}

function programsOf({ dist, repository }: Stage): readonly Program[] {
  const cli = join(dist, "cli.js");
  return [
    { name: "node -e 0", args: ["-e", "0"], code: 0 },
    // Without a name: refused before any request.
    { name: "main, refused input", args: [join(dist, "main.js")], code: 1 },
    // Without a state.
    { name: "post, nothing to give back", args: [join(dist, "post.js")], code: 0 },
    { name: "reflock --version", args: [cli, "--version"], code: 0 },
    { name: "reflock status, by path", args: [cli, "status", "--remote", repository, "bench"], code: 0 },
  ];
}

export async function measureStartUp(stage: Stage, rounds: number): Promise<StartUp> {
  const { job } = await stage.newJob();
  const programs = programsOf(stage).map((program) => ({ ...program, times: [] as number[] }));
  // In turns, so that whatever else the machine does hits all alike; the first of each fills the caches.
  for (let round = 0; round <= rounds; round++) {
    for (const { name, args, code: expected, times } of programs) {
      const { code, durationMs, log } = await job.command(process.execPath, args).result;
      if (code !== expected) throw new Error(`${name} ended with ${code}:\n${log}`);
      if (round > 0) times.push(durationMs);
    }
  }
  const [bare, ...others] = programs.map(({ name, times }) => ({ name, time: spreadOf(times) }));
  if (bare === undefined) throw new Error("nothing was measured");
  return {
    bare: bare.time,
    programs: others.map(({ name, time }) => ({
      ...{ name, time },
      overBareMs: rounded(time.medianMs - bare.time.medianMs),
      leastOverBareMs: rounded(time.minMs - bare.time.minMs),
      ratio: ratioOf(time, bare.time),
    })),
  };
}
