/**
 * What a command is given and what it gives. Owns these shapes alone.
 */
import type { Command } from "commander";
import type { Options } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/** What a command is given. */
export interface Call {
  /** Names and whatever else stands there, as it was written. */
  readonly words: readonly string[];
  readonly options: Options;
  /** What stands behind `--`; `null` where there is none. Only `run` has it. */
  readonly command: readonly string[] | null;
  readonly terminal: Terminal;
  readonly program: Command;
  /** Calls back once a signal tells us to stop; while somebody listens, signals do nothing else. */
  readonly stop: Stop;
}

export interface Stop {
  /** Listens from now on, and gives what is aborted by the first signal. A second one ends the process. */
  listen(): AbortSignal;
  /** The signal's number, once there was one. */
  number(): number | null;
}

/** A command, in a module that is loaded only where it is asked for. */
export type Act = (call: Call) => Promise<number>;
