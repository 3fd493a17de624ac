/**
 * What a soak is asked for on its command line. Owns the words and their limits; must not know what is done with them.
 */
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** How long things take. A quick soak does the same in seconds. */
export interface Pace {
  /** The leases among which a call chooses. */
  readonly leaseSeconds: readonly [number, ...number[]];
  readonly waitSeconds: readonly [number, ...number[]];
  /** Between two calls of one client. */
  readonly idleMs: readonly [from: number, to: number];
  readonly workMs: readonly [from: number, to: number];
  /** Between two acts of sabotage. */
  readonly sabotageMs: readonly [from: number, to: number];
  /** How long a server stays down. */
  readonly downMs: readonly [from: number, to: number];
  /** How long a lock file that a crash left behind stays before somebody removes it. */
  readonly staleMs: readonly [from: number, to: number];
  readonly checkpointMs: number;
}

export interface Options {
  readonly seconds: number;
  readonly clients: number;
  readonly seed: number;
  readonly dir: string;
  readonly isResumed: boolean;
  readonly pace: Pace;
  readonly isQuick: boolean;
}

const LONG: Pace = {
  leaseSeconds: [9, 12, 15],
  waitSeconds: [4, 15, 40],
  idleMs: [500, 9000],
  workMs: [50, 1500],
  sabotageMs: [2500, 11_000],
  downMs: [1000, 6000],
  staleMs: [3000, 15_000],
  checkpointMs: 60_000,
};

const QUICK: Pace = {
  leaseSeconds: [4, 5],
  waitSeconds: [3, 10],
  idleMs: [50, 600],
  workMs: [50, 500],
  sabotageMs: [50, 250],
  downMs: [300, 800],
  staleMs: [600, 1500],
  checkpointMs: 2000,
};

export const USAGE =
  "node test/soak/soak.ts [--minutes 30] [--clients 32] [--seed S] [--dir DIR | --resume DIR] [--quick]";

/** @throws Error that says what is wrong */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string" },
      clients: { type: "string" },
      seed: { type: "string" },
      dir: { type: "string" },
      resume: { type: "string" },
      quick: { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  const minutes = numberIn("minutes", values.minutes ?? (quick ? "0.2" : "30"), 0.05, 24 * 60);
  const seed = numberIn("seed", values.seed ?? String(Date.now() % 1_000_000), 0, Number.MAX_SAFE_INTEGER);
  if (values.dir !== undefined && values.resume !== undefined)
    throw new Error("--dir is for a new soak, --resume for one that was begun");
  const dir = values.resume ?? values.dir ?? join(tmpdir(), `reflock-soak-${process.pid}`);
  return {
    seconds: Math.round(minutes * 60),
    clients: Math.floor(numberIn("clients", values.clients ?? (quick ? "6" : "32"), 1, 256)),
    seed: Math.floor(seed),
    dir: resolve(dir),
    isResumed: values.resume !== undefined,
    pace: quick ? QUICK : LONG,
    isQuick: quick,
  };
}

function numberIn(option: string, text: string, least: number, most: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Error(`--${option} takes a number from ${least} to ${most}, not ${JSON.stringify(text)}`);
}
