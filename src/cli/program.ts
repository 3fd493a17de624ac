/**
 * Makes commander's program of the definitions.
 * Owns how words are read into options; must not know what a command does.
 */
import { Argument, Command, Option } from "commander";
import { COMMANDS, type CommandName, type Definition, OPTIONS } from "./definitions.ts";
import { STATUSES } from "./exit-status.ts";
import type { Options } from "./settings.ts";
import { version } from "./version.ts";

/** Does what the user asked for, and gives the exit status. */
export type Perform = (name: CommandName, words: readonly string[], options: Options) => Promise<void>;

export const SHELLS = ["bash", "zsh", "fish"] as const;

/** Between the names and the command of `run`: commander would drop it. */
export const SEPARATOR = "--";

/**
 * @param word the first one of a call. Where it is a command's, the others need not be built, which is three milliseconds less; whatever tells of more
 *   than one command has another first word, except for the completion
 */
export function buildProgram(perform: Perform, word?: string): Command {
  const program = new Command("reflock")
    .description("Named locks for publishing, kept in git refs: for people, cron jobs and CI systems.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .addHelpText("after", `\n${statusHelp()}\n\nEach command has its own help: reflock run --help`);
  const called = COMMANDS.filter(({ name }) => name === word && name !== "completion");
  for (const definition of called.length > 0 ? called : COMMANDS)
    program.addCommand(commandOf(definition, perform));
  return program;
}

function commandOf(definition: Definition & { readonly name: CommandName }, perform: Perform): Command {
  const { name, summary, description, examples, options } = definition;
  const command = new Command(name)
    .summary(summary)
    .description(description)
    .helpOption("-h, --help", "print help");
  for (const [syntax, about] of definition.arguments) command.addArgument(argumentOf(syntax, about));
  for (const option of options) command.addOption(optionOf(option));
  if (name === "run") command.usage("[options] <lock...> -- <command> [argument...]");
  command.addHelpText("after", `\nExamples:\n${examples.map(exampleHelp).join("\n")}`);
  command.action(async (...received: unknown[]) => {
    await perform(name, command.args, command.opts<Options>());
    void received;
  });
  return command;
}

function argumentOf(syntax: string, about: string): Argument {
  const argument = new Argument(syntax, about);
  return syntax === "<shell>" ? argument.choices([...SHELLS]) : argument;
}

function optionOf(name: keyof typeof OPTIONS): Option {
  const [flags, about] = OPTIONS[name];
  const option = new Option(flags, about);
  if (name !== "claim") return option;
  return option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
}

function exampleHelp([command, about]: readonly [string, string]): string {
  return about === "" ? `  $ ${command}` : `  $ ${command}\n      ${about}`;
}

function statusHelp(): string {
  return `Exit status:\n${STATUSES.map(([status, about]) => `  ${String(status).padEnd(4)}${about}`).join("\n")}`;
}
