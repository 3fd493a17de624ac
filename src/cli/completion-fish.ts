/** The completion script for fish. */
import type { Completed, CompletedCommand, CompletedOption } from "./completed.ts";

export function fishCompletion({ commands, options }: Completed): string {
  const none = "__fish_use_subcommand";
  return `# fish completion for reflock. Put it into ~/.config/fish/completions/reflock.fish
# Whether another command follows behind \`--\`, with a completion of its own.
function __reflock_runs
    set -l words (commandline -opc)
    contains -- run $words; and contains -- -- $words
end
function __reflock_command
    set -l words (commandline -opc) (commandline -ct)
    set -l at (contains -i -- -- $words)
    set -e words[1..$at]
    complete -C (string join ' ' -- (string escape -- $words[1..-2]) $words[-1])
end
complete -c reflock -f
complete -c reflock -n __reflock_runs -a '(__reflock_command)'
${options.map((option) => lineOf(none, option)).join("\n")}
${commands.map((command) => commandLines(none, command)).join("\n")}
`;
}

function commandLines(none: string, { name, about, options, choices, takesPaths }: CompletedCommand): string {
  const here = `__fish_seen_subcommand_from ${name}; and not __reflock_runs`;
  const words =
    choices.length > 0 ? [`complete -c reflock -n ${quoted(here)} -a ${quoted(choices.join(" "))}`] : [];
  // Names of files are not offered but where they are meant.
  if (takesPaths) words.push(`complete -c reflock -n ${quoted(here)} -F`);
  return [
    `complete -c reflock -n ${none} -a ${name} -d ${quoted(about)}`,
    ...options.map((option) => lineOf(here, option)),
    ...words,
  ].join("\n");
}

function lineOf(condition: string, { long, short, about, takesValue, isRemote }: CompletedOption): string {
  const flags = [`-l ${long.slice(2)}`, ...(short === null ? [] : [`-s ${short.slice(1)}`])].join(" ");
  const value = isRemote
    ? " -x -a '(git remote 2>/dev/null; __fish_complete_directories (commandline -ct))'"
    : takesValue
      ? " -x"
      : "";
  return `complete -c reflock -n ${quoted(condition)} ${flags}${value} -d ${quoted(about)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
