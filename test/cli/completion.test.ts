/**
 * The completion, run by the shells themselves. A shell that is not installed is skipped, and said to be.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { completedOf } from "../../src/cli/completed.ts";
import { bashCompletion } from "../../src/cli/completion-bash.ts";
import { fishCompletion } from "../../src/cli/completion-fish.ts";
import { zshCompletion } from "../../src/cli/completion-zsh.ts";
import { buildProgram } from "../../src/cli/program.ts";

const completed = completedOf(buildProgram(async () => {}));
const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

type Shell = keyof typeof SCRIPTS;

/** With two remotes, one of them named by somebody who knows shells. */
let repository = "";

beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), "completion-"));
  run("git", ["init", "--quiet", repository]);
  run("git", ["-C", repository, "remote", "add", "upstream", "/nowhere"]);
  run("git", ["-C", repository, "config", `remote.$(touch\${IFS}owned).url`, "/nowhere"]);
  for (const [shell, script] of Object.entries(SCRIPTS))
    writeFileSync(join(repository, `reflock.${shell}`), script(completed));
});

afterAll(() => rmSync(repository, { recursive: true, force: true }));

function run(file: string, args: readonly string[], input = ""): string {
  const options = { encoding: "utf8", timeout: 30_000, input } as const;
  const { stdout, stderr, status } = spawnSync(file, args, { ...options, cwd: repository || tmpdir() });
  expect(status, `${file}: ${stderr}`).toBe(0);
  return stdout;
}

function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ["-c", "exit 0"]).status === 0;
}

/** What each shell offers for a line, of which the last word is being written. */
const OFFERS: Readonly<Record<Shell, (words: readonly string[]) => string[]>> = {
  bash: (words) => {
    const script = `source ./reflock.bash
      COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _reflock
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    return lines(run("bash", ["-c", script, "bash", ...words]));
  },
  fish: (words) => {
    const out = run("fish", [
      "--no-config",
      "-c",
      "source ./reflock.fish; complete -C $argv[1]",
      words.join(" "),
    ]);
    return lines(out).map((line) => line.split("\t")[0] ?? "");
  },
  zsh: (words) => zshOffers(words),
};

/** The completion of zsh needs its line editor: a zsh in a pseudo-terminal, whose compadd says what it was given. */
function zshOffers(words: readonly string[]): string[] {
  const inner = `
    PS1=READY; autoload -Uz compinit; compinit -u -D; source ./reflock.zsh
    zstyle ':completion:*' list-prompt ''; LISTMAX=10000; unsetopt zle_bracketed_paste
    said () { : >! done }; zle -N said; bindkey '^Xd' said
    compadd () {
      [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]] && { builtin compadd "$@"; return }
      typeset -a __hits
      builtin compadd -A __hits "$@"
      for hit in $__hits; do print -r -- "HIT:$hit" >>! hits; done
      builtin compadd "$@"
    }`;
  writeFileSync(join(repository, "inner.zsh"), inner);
  writeFileSync(join(repository, "hits"), "");
  rmSync(join(repository, "done"), { force: true });
  const outer = `
    zmodload zsh/zpty
    zpty z zsh -f -i
    zpty -w z 'source ./inner.zsh; print LOA''DED'
    zpty -r -m z line '*LOADED*'
    # Keys are taken one after the other: when the second one has done its work, so has the completion.
    zpty -n -w z "$1"$'\\t\\x18d'
    for i in {1..600}; do [[ -f done ]] && break; sleep 0.05; zpty -r -t z line; done
    [[ -f done ]] || exit 1
    zpty -d z`;
  run("zsh", ["-f", "-c", outer, "zsh", words.join(" ")]);
  return [...new Set(lines(run("cat", ["hits"])).map((line) => line.replace("HIT:", "")))];
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

describe.each<Shell>(["bash", "zsh", "fish"])("%s", (shell) => {
  const installed = isInstalled(shell);
  const offers = (...words: string[]) => OFFERS[shell](["reflock", ...words]);
  const cases = installed ? test : test.skip;
  const why = installed ? "" : ` (${shell} is not installed here)`;

  cases(`takes the script${why}`, () => {
    run(shell, ["-n", join(repository, `reflock.${shell}`)]);
  });

  cases(`completes commands${why}`, () => {
    expect(offers("st")).toEqual(["status"]);
    expect(offers("re")).toEqual(["release"]);
    expect(offers("")).toEqual(expect.arrayContaining(completed.commands.map(({ name }) => name)));
  });

  cases(`completes the options of each command${why}`, () => {
    expect(offers("status", "--j")).toEqual(["--json"]);
    expect(offers("run", "publish", "--no-")).toEqual(["--no-wait"]);
    expect(offers("status", "--lea")).toEqual([]);
    for (const { name, options } of completed.commands) {
      // Of zsh, each question takes a second: a few of them stand for all.
      if (name === "help" || (shell === "zsh" && !["run", "clear", "completion"].includes(name))) continue;
      const expected = options.map(({ long }) => long);
      expect(offers(name, "--"), name).toEqual(expect.arrayContaining(expected));
    }
  });

  cases(`completes remotes, and never runs what one is named${why}`, () => {
    expect(offers("status", "--remote", "ups")).toEqual(["upstream"]);
    expect(offers("status", "--remote", "")).toContain("upstream");
    expect(lines(run("ls", []))).not.toContain("owned");
  });

  cases(`completes folders and files where they are meant${why}`, () => {
    mkdirSync(join(repository, "workflows-of-its-own"), { recursive: true });
    // What bash finds nothing for, it takes for the name of a file by itself.
    const expected = shell === "bash" ? [] : [expect.stringMatching(/^workflows-of-its-own\/?$/)];
    expect(offers("lint", "workflows-of")).toEqual(expected);
    expect(offers("status", "--remote", "workflows-of")).toEqual(expected);
  });

  cases(`completes shells${why}`, () => {
    expect(offers("completion", "fi")).toEqual(["fish"]);
  });

  cases(`leaves what is behind \`--\` to the command there${why}`, () => {
    writeFileSync(join(repository, "a-file-of-its-own"), "");
    const found = offers("run", "publish", "--", "cat", "a-file-of");
    expect(found).not.toContain("--wait");
    if (shell !== "zsh") expect(found).toEqual(["a-file-of-its-own"]);
    expect(offers("run", "publish", "--", "--wa")).toEqual([]);
  });
});
