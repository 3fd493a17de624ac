/** The completion script for bash, of versions from 3.2 on, as macOS has it. */
import type { Completed, CompletedCommand, CompletedOption } from "./completed.ts";

export function bashCompletion({ commands, options }: Completed): string {
  const names = commands.map(({ name }) => name);
  return `# bash completion for reflock. Load it: eval "$(reflock completion bash)"
_reflock() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command="" words="" word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -z $command ]]; then
      [[ $word == -* ]] || command=$word
    elif [[ $command == run && $word == -- ]]; then
      # What follows is another command, with a completion of its own.
      if declare -F _command_offset >/dev/null; then
        _command_offset $((i + 1))
      elif ((COMP_CWORD == i + 1)); then
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -c -- "$current")
      else
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
      fi
      return
    fi
  done
  case $command in
    "") words="${[...names, ...flagsOf(options)].join(" ")}" ;;
${commands.map(commandCase).join("\n")}
  esac
  case " $command $previous " in
    *" --remote ")
      # Not by compgen -W, which would expand what a name has in it.
      while IFS= read -r word; do
        [[ $word == "$current"* ]] && COMPREPLY+=("$word")
      done < <(git remote 2>/dev/null)
      return ;;
${valueCase(commands)}
  esac
  [[ $current == -* || -z $command || $command == help || $command == completion ]] || return
  for word in $words; do
    [[ $word == "$current"* ]] && COMPREPLY+=("$word")
  done
}
complete -o default -F _reflock reflock
`;
}

function commandCase({ name, options, choices }: CompletedCommand): string {
  return `    ${name}) words="${[...choices, ...flagsOf(options)].join(" ")}" ;;`;
}

/** Behind an option that takes a value nothing of ours follows. */
function valueCase(commands: readonly CompletedCommand[]): string {
  const flags = new Set(
    commands.flatMap(({ options }) =>
      options
        .filter(({ takesValue, isRemote }) => takesValue && !isRemote)
        .flatMap((option) => flagsOf([option])),
    ),
  );
  return [...flags].map((flag) => `    *" ${flag} ") return ;;`).join("\n");
}

function flagsOf(options: readonly CompletedOption[]): string[] {
  return options.flatMap(({ short, long }) => (short === null ? [long] : [short, long]));
}
