/**
 * A call of the command line, from its words to its exit status.
 * Owns how a failure ends it; must not know what a command does.
 */
import { type Command, CommanderError } from "commander";
import { isLockError, LockError } from "../lock/errors.ts";
import type { Call, Stop } from "./call.ts";
import type { CommandName } from "./definitions.ts";
import { BROKEN_PIPE_STATUS, exitStatusOf, STATUS_BY_KIND, statusOfSignal } from "./exit-status.ts";
import { supportOlderNode } from "./older-node.ts";
import { buildProgram, SEPARATOR } from "./program.ts";
import { conflictStatusOf, type Options, usage } from "./settings.ts";
import { BrokenPipe, hasColours, ignoreBrokenStreams, openTerminal, type Terminal } from "./terminal.ts";
import { visible } from "./text.ts";
import { inOurWords } from "./wording.ts";

/** @param words those after the program's name */
export async function main(words: readonly string[]): Promise<number> {
  supportOlderNode();
  ignoreBrokenStreams();
  let status = 0;
  const { own, command } = split(words);
  const program = buildProgram(async (name, names, options) => {
    status = await perform(name, { words: names, options, command, program });
  }, words[0]);
  quieten(program);
  try {
    await program.parseAsync([...own], { from: "user" });
    return status;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : STATUS_BY_KIND.usage;
  }
}

/** What is behind `--` is the command of `run`, to be left as it is. */
function split(words: readonly string[]): { own: readonly string[]; command: readonly string[] | null } {
  const at = words[0] === "run" ? words.indexOf(SEPARATOR) : -1;
  return at < 0 ? { own: words, command: null } : { own: words.slice(0, at), command: words.slice(at + 1) };
}

async function perform(name: CommandName, given: Omit<Call, "terminal" | "stop">): Promise<number> {
  const terminal = openTerminal(given.options);
  const stop = listenForSignals();
  let conflict: number = STATUS_BY_KIND["not-acquired"];
  try {
    if (given.options.quiet && given.options.verbose)
      throw usage("`--quiet` and `--verbose` exclude each other.");
    conflict = conflictStatusOf(given.options);
    // Help and mistakes are told without what the commands need.
    const { COMMANDS } = await import("./commands.ts");
    const status = await COMMANDS[name]({ ...given, terminal, stop });
    return status === 0 && !KEEPS_ZERO.has(name) ? (stopStatus(stop) ?? 0) : status;
  } catch (error) {
    if (error instanceof BrokenPipe) return BROKEN_PIPE_STATUS;
    const status = exitStatusOf(error, { conflict, signal: stop.number() });
    // Who calls it no failure, and wants to hear of nothing else, is told nothing: cron would send a mail.
    const isMeant = status === 0 && given.options.quiet === true;
    if (!isMeant) await tell(terminal, error, given.options);
    return status;
  }
}

/** By the module that has done the command: what is loaded only now may be another version's by then. */
async function adviceFor(error: LockError, options: Options): Promise<readonly string[]> {
  if (error.kind !== "not-acquired") return [];
  return await (await import("./commands.ts")).advise(error, options);
}

/** What was taken in spite of a signal is told, and whoever told it to stop has to hear that there is something to give back. */
const KEEPS_ZERO: ReadonlySet<CommandName> = new Set(["acquire", "freeze", "run"]);

function stopStatus(stop: Stop): number | null {
  const number = stop.number();
  return number === null ? null : statusOfSignal(number);
}

async function tell(terminal: Terminal, error: unknown, options: Options): Promise<void> {
  if (isLockError(error, "cancelled")) {
    terminal.say("cancelled");
  } else if (error instanceof LockError && error.kind !== "bug") {
    terminal.fail(inOurWords(error.message));
    for (const line of await adviceFor(error, options)) terminal.say(line);
  } else {
    terminal.fail("this is a bug in reflock, please report it:");
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    for (const line of trace.split("\n")) terminal.fail(line);
  }
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

function listenForSignals(): Stop {
  const stopped = new AbortController();
  let number: number | null = null;
  return {
    number: () => number,
    listen() {
      for (const [signal, itsNumber] of Object.entries(SIGNALS)) {
        process.once(signal, () => {
          number ??= itsNumber;
          stopped.abort();
        });
      }
      return stopped.signal;
    },
  };
}

/** Commander throws where it would exit, and its errors look like ours. */
function quieten(program: Command): void {
  for (const command of [program, ...program.commands]) {
    const path = command === program ? "reflock" : `reflock ${command.name()}`;
    command.exitOverride();
    command.showHelpAfterError(`Try \`${path} --help\`.`);
    command.configureOutput({
      writeErr: (text) => process.stderr.write(prefixed(text)),
      getErrHasColors: () => hasColours(process.stderr, process.env),
      getOutHasColors: () => hasColours(process.stdout, process.env),
    });
  }
}

/** Help that was not asked for stays as it is; of an error each line is ours. */
function prefixed(text: string): string {
  if (text.startsWith("Usage:")) return text;
  const lines = text.trim().split("\n");
  return lines.map((line) => `reflock: ${visible(line.replace(/^error: /, ""))}\n`).join("");
}
