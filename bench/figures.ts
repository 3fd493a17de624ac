/**
 * The figures of one run, as they are kept. Owns their shape; measures nothing.
 */
import type { CommandLine } from "./command-line.ts";
import type { Cost } from "./cost.ts";
import type { Crowd, HandOff } from "./crowd.ts";
import type { StartUp } from "./start-up.ts";
import type { Uncontended } from "./uncontended.ts";

export const PARTS = ["start-up", "uncontended", "hand-off", "crowd", "wait", "run"] as const;
export type Part = (typeof PARTS)[number];

export interface Wait extends Cost {
  readonly minutes: number;
}

/** What was not measured is not there. */
export interface Figures {
  readonly version: 2;
  readonly at: string;
  readonly quick: boolean;
  readonly machine: {
    readonly node: string;
    readonly platform: string;
    readonly cpus: number;
    readonly model: string;
    /** Of one minute, before the run and after it: how much else the machine had to do. */
    readonly load: readonly [number, number];
  };
  readonly startUp?: StartUp;
  readonly uncontended?: readonly Uncontended[];
  readonly handOff?: HandOff;
  readonly crowds?: readonly Crowd[];
  readonly waits?: readonly Wait[];
  readonly commandLine?: readonly CommandLine[];
}
