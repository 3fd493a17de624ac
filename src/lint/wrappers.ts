/**
 * Commands that run other commands: `sudo`, `npx`, `bash -c`, `ssh`, `xargs`.
 * Owns which part of their words is the command or script that they run; must not know what that does.
 */
import { positionals, toolOf } from "./publishing.ts";

/** What a wrapper runs. */
export type Inner =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "script"; readonly text: string }
  /** Run when the shell ends. */
  | { readonly kind: "later"; readonly text: string }
  | { readonly kind: "file"; readonly path: string };

interface Wrapper {
  /** What it is called by, with bars between; a verb may follow. */
  readonly names: string;
  /** Options that take the next word. */
  readonly valued?: string;
  /** How many words it takes for itself before the command. */
  readonly own?: number;
  /** Whether a `--` may stand before the command. */
  readonly isSeparated?: boolean;
}

const WRAPPERS: readonly Wrapper[] = [
  { names: "sudo", valued: "-u --user -g --group -h -p -C -D -R -T" },
  { names: "doas", valued: "-u -C" },
  { names: "env", valued: "-u --unset -C --chdir" },
  {
    names: "cross-env",
  },
  { names: "nice|ionice", valued: "-n -c -p" },
  {
    names: "nohup|time|exec|builtin|setsid|chronic|xvfb-run|unbuffer|retry|corepack|parallel",
    valued: "-a -f -o -s -t -d",
  },
  { names: "stdbuf", valued: "-i -o -e" },
  { names: "timeout", valued: "-k --kill-after -s --signal", own: 1 },
  { names: "flock", valued: "-w --wait --timeout -E", own: 1 },
  { names: "runuser", valued: "-u -g" },
  { names: "xargs", valued: "-I -n -P -L -d -s -a -E" },
  {
    names: "npx|bunx|pnpx|pnpm dlx|pnpm exec|yarn dlx|yarn exec|npm exec|npm x|bun x",
    valued: "-p --package -c --call",
  },
  { names: "uvx|uv tool|pipx run", valued: "--from --with --python -p --spec --index-url" },
  {
    names: "poetry run|uv run|pipenv run|hatch run|rye run|pdm run|pixi run",
    valued: "--with --extra --group --python -p --env-file -e",
  },
  { names: "bundle exec|asdf exec" },
  {
    names: "op run|doppler run|infisical run|dotenv",
    valued: "-f -e -p -c --env-file --project --config",
    isSeparated: true,
  },
  { names: "direnv exec|aws-vault exec|chamber exec", own: 1, isSeparated: true },
  { names: "mise exec|mise x|fnm exec|volta run|devbox run", valued: "--using --node -c", isSeparated: true },
  { names: "python -m|python3 -m|py -m" },
];

const SHELL = /^(ba|da|z|k|a)?sh$/;
const INTERPRETER = /^(python[\d.]*|py|ruby|perl)$/;

/** Commands by the names of the packages that bring them. */
const PACKAGES: Readonly<Record<string, string>> = {
  "@changesets/cli": "changeset",
  "@vscode/vsce": "vsce",
};

/** @returns `null` for a command that runs no other */
export function innerOf(words: readonly string[]): Inner | null {
  const [first = "", ...rest] = words;
  const name = toolOf(first);
  if (SHELL.test(name)) return shellArgument(rest);
  if (name === "pwsh" || name === "powershell") return optionValue(rest, /^-(c|Command)$/i);
  if (name === "su") return optionValue(rest, /^(-c|--command)$/);
  if (name === "nix" || name === "nix-shell") return nixArgument(rest);
  if (name === "eval") return { kind: "script", text: rest.join(" ") };
  if (name === "trap") return { kind: "later", text: rest.find((word) => !word.startsWith("-")) ?? "" };
  if (name === "ssh") return { kind: "script", text: afterOptions(rest, SSH_OPTIONS).slice(1).join(" ") };
  if (name === "source" || name === ".") return { kind: "file", path: rest[0] ?? "" };
  if (name === "find") return findArgument(rest);
  if (name === "command") return rest[0]?.startsWith("-") ? null : { kind: "words", words: rest };
  if (INTERPRETER.test(name) && toolOf(rest[0] ?? "") === "setup.py") return { kind: "words", words: rest };
  return wrapped([name, ...rest]);
}

const SSH_OPTIONS = "-i -p -o -l -F -J -L -R -D -b -c -e -m -S -W -w -Q -E -B -I";

interface Called {
  readonly verb: string | undefined;
  readonly wrapper: Wrapper;
}

/** By the first word: a script has thousands of commands that are no wrappers. */
const BY_NAME = new Map<string, Called[]>();
for (const wrapper of WRAPPERS) {
  for (const called of wrapper.names.split("|")) {
    const [name = "", verb] = called.split(" ");
    BY_NAME.set(name, [...(BY_NAME.get(name) ?? []), { verb, wrapper }]);
  }
}

function wrapped([name = "", ...words]: readonly string[]): Inner | null {
  for (const { verb, wrapper } of BY_NAME.get(name) ?? []) {
    const rest = behind(words, verb);
    if (rest === null) continue;
    const { valued = "", own = 0, isSeparated = false } = wrapper;
    const separator = isSeparated ? rest.indexOf("--") : -1;
    const [first = "", ...others] =
      separator < 0 ? afterOptions(rest, valued).slice(own) : rest.slice(separator + 1);
    return { kind: "words", words: [commandOfPackage(first), ...others] };
  }
  return null;
}

/** What stands behind a wrapper's verb, before which there may be options; `null` for another verb. */
function behind(words: readonly string[], verb: string | undefined): readonly string[] | null {
  if (verb === undefined) return words;
  const rest = verb.startsWith("-") ? words : afterOptions(words, GLOBAL_OPTIONS);
  return rest[0] === verb ? rest.slice(1) : null;
}

const GLOBAL_OPTIONS = "-C --directory --project --prefix --cwd --dir --filter -F -w --workspace";

/** `semantic-release@24` brings `semantic-release`; a scope is left, so that it is taken for no tool by mistake. */
function commandOfPackage(word: string): string {
  const bare = word.replace(/(?<=.)@[^@/]*$/, "");
  return PACKAGES[bare] ?? bare;
}

function afterOptions(words: readonly string[], valued: string): readonly string[] {
  const options = valued.split(" ");
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? "";
    if (word === "--") return words.slice(at + 1);
    const isAssignment = /^[A-Za-z_]\w*=/.test(word);
    if (!isAssignment && !/^-./.test(word)) break;
    at += options.includes(word) ? 2 : 1;
  }
  return words.slice(at);
}

/** `-c 'script'`, also as `-euxo pipefail -c`, or a file. */
function shellArgument(words: readonly string[]): Inner | null {
  let isScript = false;
  let at = 0;
  while (/^[-+]./.test(words[at] ?? "")) {
    const word = words[at] ?? "";
    isScript ||= /^-[a-z]*c[a-z]*$/.test(word);
    at += /^[-+][a-z]*[oO]$/.test(word) ? 2 : 1;
  }
  const argument = words[at];
  if (argument === undefined) return null;
  return isScript ? { kind: "script", text: argument } : { kind: "file", path: argument };
}

function optionValue(words: readonly string[], option: RegExp): Inner | null {
  const at = words.findIndex((word) => option.test(word));
  return at < 0 ? null : { kind: "script", text: words.slice(at + 1).join(" ") };
}

/** `nix develop -c command`, `nix run flake -- arguments`, `nix-shell --run 'script'`. */
function nixArgument(words: readonly string[]): Inner | null {
  const command = words.findIndex((word) => /^(-c|--command)$/.test(word));
  return command < 0 ? optionValue(words, /^--run$/) : { kind: "words", words: words.slice(command + 1) };
}

function findArgument(words: readonly string[]): Inner | null {
  const at = words.findIndex((word) => /^-(exec|execdir|ok)$/.test(word));
  const end = words.findIndex((word, index) => index > at && /^[;+]$/.test(word));
  return at < 0 ? null : { kind: "words", words: words.slice(at + 1, end < 0 ? words.length : end) };
}

/** A script of package.json that is run by a package manager, and what is added to its text. */
export interface PackageScript {
  readonly name: string;
  readonly more: string;
  /** Whether `yarn name` may as well be a command of a package. */
  readonly isPerhaps: boolean;
}

export function packageScriptOf(words: readonly string[]): PackageScript | null {
  const manager = toolOf(words[0] ?? "");
  if (!/^(npm|pnpm|yarn|bun)$/.test(manager)) return null;
  const separator = words.indexOf("--");
  const own = separator < 0 ? words.slice(1) : words.slice(1, separator);
  const [verb = "", name = "", ...others] = positionals(
    own,
    "--prefix -C --cwd --dir --filter -F -w --workspace",
  );
  const behind = separator < 0 ? [] : words.slice(separator + 1);
  const options = own.filter((word) => word.startsWith("-"));
  if (/^(run|run-script|rum)$/.test(verb)) {
    // npm keeps options for itself unless they stand behind `--`; the others hand them on.
    const more = manager === "npm" ? behind : [...others, ...options, ...behind];
    return name === "" ? null : { name, more: more.join(" "), isPerhaps: false };
  }
  if (manager === "npm") return NPM_LIFECYCLE.test(verb) ? { name: verb, more: "", isPerhaps: false } : null;
  const more = [...(name === "" ? [] : [name]), ...others, ...options, ...behind].join(" ");
  return verb === "" ? null : { name: verb, more, isPerhaps: true };
}

/** Commands of npm that run scripts of the same name, and those around them. */
const NPM_LIFECYCLE = /^(test|start|stop|version)$/;
