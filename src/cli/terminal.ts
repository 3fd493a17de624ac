/**
 * Where a command's words go: results to stdout, everything else to stderr.
 * Owns colours, quiet and verbose, and what happens when nobody reads any more; must not know what is said.
 */
import { LockError } from "../lock/errors.ts";
import { visible } from "./text.ts";

export interface Terminal {
  /** Whether a person is likely to watch. */
  readonly isInteractive: boolean;
  readonly isVerbose: boolean;
  /** A result: exactly these lines, on stdout. @throws BrokenPipe; LockError `unreachable` where they can't be written for another reason */
  print(...lines: readonly string[]): Promise<void>;
  /** What goes on, for people: on stderr, and not with `--quiet`. */
  say(text: string): void;
  /** What is to be known in any case. */
  warn(text: string): void;
  /** Why a command failed. */
  fail(text: string): void;
  /** Only with `--verbose`. */
  detail(text: string): void;
  /** A piece of a result in colour, where stdout shows colours. */
  paint(colour: Colour, text: string): string;
}

export type Colour = keyof typeof CODES;

const CODES = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const;

/** Nobody reads stdout any more. */
export class BrokenPipe extends Error {}

export interface Manner {
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

export interface Streams {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function openTerminal(
  { quiet = false, verbose = false }: Manner,
  streams: Streams = process,
): Terminal {
  const { stdout, stderr, env } = streams;
  const paints = { out: hasColours(stdout, env), err: hasColours(stderr, env) };
  const tell = (text: string, colour: Colour | null) => {
    const line = visible(text);
    stderr.write(`reflock: ${colour === null || !paints.err ? line : painted(colour, line)}\n`);
  };
  return {
    isInteractive: stderr.isTTY === true,
    isVerbose: verbose,
    print: (...lines) =>
      new Promise((resolve, reject) => {
        const text = lines.map((line) => `${line}\n`).join("");
        stdout.write(text, (error) => (error ? reject(writeFailure(error)) : resolve()));
      }),
    say: (text) => {
      if (!quiet) tell(text, null);
    },
    warn: (text) => tell(text, "yellow"),
    fail: (text) => tell(text, "red"),
    detail: (text) => {
      if (verbose) tell(text, "dim");
    },
    paint: (colour, text) => (paints.out ? painted(colour, text) : text),
  };
}

function painted(colour: Colour, text: string): string {
  return `\x1b[${CODES[colour]}m${text}\x1b[0m`;
}

/** FORCE_COLOR decides where it is set, then NO_COLOR (no-color.org), then whether it is a terminal that can. */
export function hasColours(stream: { readonly isTTY?: boolean }, env: Streams["env"]): boolean {
  const { FORCE_COLOR: force, NO_COLOR: none } = env;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if (none !== undefined && none !== "") return false;
  return stream.isTTY === true && env.TERM !== "dumb";
}

function writeFailure(error: Error): Error {
  const code = "code" in error ? String(error.code) : error.message;
  return code === "EPIPE"
    ? new BrokenPipe("Nobody reads the output.")
    : new LockError("unreachable", `The result could not be written: ${code}.`, { cause: error });
}

/** A failed write is told to whoever wrote; without somebody who listens it would end the process with a stack trace. */
export function ignoreBrokenStreams({ stdout, stderr }: Streams = process): void {
  stdout.on("error", () => {});
  stderr.on("error", () => {});
}

/** Ends the process at once, with all that was said written out: a connection that is still open shall keep nobody waiting. */
export function leave(status: number): void {
  process.stdout.write("", () => process.stderr.write("", () => process.exit(status)));
}
