/** The completion script for zsh: to be sourced, or put into a folder of fpath. */
import type { Completed, CompletedCommand, CompletedOption } from "./completed.ts";

export function zshCompletion({ commands, options }: Completed): string {
  return `#compdef reflock
# zsh completion for reflock. Put it into a folder of fpath: reflock completion zsh > ~/.zfunc/_reflock
_reflock_remotes() {
  local -a remotes
  remotes=(\${(f)"$(git remote 2>/dev/null)"})
  compadd -a remotes
  _files -/
}
_reflock() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a commands
  commands=(
${commands.map(({ name, about }) => `    ${quoted(`${name}:${about}`)}`).join("\n")}
  )
  _arguments -C \\
${options.map((option) => `    ${specOf(option)} \\`).join("\n")}
    '1: :->command' \\
    '*:: :->arguments'
  case $state in
    command) _describe -t commands 'reflock command' commands ;;
    arguments)
      case $words[1] in
${commands.map(commandCase).join("\n")}
      esac ;;
  esac
}
if [[ $funcstack[1] == _reflock ]]; then
  _reflock "$@"
else
  compdef _reflock reflock
fi
`;
}

function commandCase({ name, options, choices, takesPaths, runsCommand }: CompletedCommand): string {
  const words = takesPaths ? "_files" : choices.length > 0 ? `(${choices.join(" ")})` : "";
  const argument = `'*: :${words}'`;
  const specs = [...options.map(specOf), argument].join(" \\\n          ");
  // Behind \`--\` another command follows, with a completion of its own.
  const others = runsCommand
    ? `        if (( \${words[(I)--]} && \${words[(i)--]} < CURRENT )); then
          local at=\${words[(i)--]}
          shift $at words
          (( CURRENT -= at ))
          _normal
          return
        fi
`
    : "";
  return `      ${name})
${others.replaceAll(/^ {8}/gm, "        ")}        _arguments -s \\
          ${specs} ;;`;
}

function specOf({ long, short, about, takesValue, isRepeated, isRemote }: CompletedOption): string {
  const value = isRemote ? ":remote:_reflock_remotes" : takesValue ? ": : " : "";
  const shown = `[${about.replaceAll(/[[\]:\\]/g, "\\$&")}]${value}`;
  if (short === null) return quoted(`${isRepeated ? "*" : ""}${long}${shown}`);
  return `${quoted(`(${short} ${long})`)}{${short},${long}}${quoted(shown)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
