/**
 * The commands and options as a shell needs to know them, read off the program.
 * Must not know any shell.
 */
import type { Command, Option } from "commander";

export interface Completed {
  readonly commands: readonly CompletedCommand[];
  readonly options: readonly CompletedOption[];
}

export interface CompletedCommand {
  readonly name: string;
  readonly about: string;
  readonly options: readonly CompletedOption[];
  /** Fixed words that may stand where its arguments stand. */
  readonly choices: readonly string[];
  /** Its arguments are files and folders. */
  readonly takesPaths: boolean;
  /** Another command follows behind `--`. */
  readonly runsCommand: boolean;
}

export interface CompletedOption {
  readonly long: string;
  readonly short: string | null;
  readonly about: string;
  readonly takesValue: boolean;
  /** May be given several times. */
  readonly isRepeated: boolean;
  /** Its values are the remotes of the repository, and folders. */
  readonly isRemote: boolean;
}

export function completedOf(program: Command): Completed {
  const shown = program.createHelp().visibleCommands(program);
  return {
    commands: shown.map((command) => commandOf(command, shown)),
    options: program.createHelp().visibleOptions(program).map(optionOf),
  };
}

function commandOf(command: Command, all: readonly Command[]): CompletedCommand {
  const isHelp = command.name() === "help";
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  return {
    name: command.name(),
    about: command.summary() || command.description(),
    options: isHelp ? [] : command.createHelp().visibleOptions(command).map(optionOf),
    choices: isHelp ? all.map((other) => other.name()) : choices,
    takesPaths: command.name() === "lint",
    runsCommand: command.name() === "run",
  };
}

function optionOf(option: Option): CompletedOption {
  return {
    long: option.long ?? "",
    short: option.short ?? null,
    // What stands in parentheses is for the help, where there is room.
    about: option.description.replace(/ \(.*\)$/, "").split(/[:;]/)[0] ?? "",
    takesValue: option.required || option.optional,
    isRepeated: option.long === "--claim",
    isRemote: option.long === "--remote",
  };
}
