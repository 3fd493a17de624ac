/**
 * The commands and their options, as data: their words are those of `--help`, docs/cli.md and the completion.
 * Must not know how they are read, nor what a command does.
 */

export interface Definition {
  readonly name: string;
  /** As commander reads them: `<lock...>`, `[lock...]`. */
  readonly arguments: readonly (readonly [string, string])[];
  readonly summary: string;
  /** One paragraph or more. */
  readonly description: string;
  readonly options: readonly (keyof typeof OPTIONS)[];
  readonly examples: readonly (readonly [string, string])[];
}

const LOCKS = ["<lock...>", "names of locks; several are taken together, all or none"] as const;

export const OPTIONS = {
  remote: [
    "--remote <remote>",
    "a remote's name, a URL or a path of a git repository (default: origin of this repository, else this repository itself)",
  ],
  wait: [
    "-w, --wait <duration>",
    "longest wait: 0, 90s, 10m, 1h30m, forever (default: forever at a terminal, else 1h)",
  ],
  noWait: ["-n, --no-wait", "fail at once where the lock is held"],
  conflict: [
    "-E, --conflict-exit-code <number>",
    "exit status where the lock could not be had (default: 75)",
  ],
  slots: [
    "--slots <number>",
    "how many may hold the lock at once; all who use it must say the same (default: 1)",
  ],
  reason: ["--reason <text>", "why: shown to whoever waits, and kept in the log"],
  endReason: ["--reason <text>", "why: kept in the log, and told to whoever has lost a hold by it"],
  maxHold: ["--max-hold <duration>", "after this long others may take the lock over"],
  runLease: [
    "--lease <duration>",
    "how soon others may take over if this machine dies; renewed meanwhile (default: 5m)",
  ],
  lease: [
    "--lease <duration>",
    "others may take over this long after the last acquire or check (default: never)",
  ],
  claim: [
    "--claim <oid>",
    "the claim that `reflock acquire` printed, or any renewal of it; may be given several times",
  ],
  expect: ["--expect <oid>", "end this claim, any renewal of it, or this ticket, and nothing else"],
  force: ["--force", "end also what is not known to be dead; needs --expect and --reason"],
  dryRun: ["--dry-run", "only say what would go"],
  limit: ["--limit <number>", "how many holds to show of each lock (default: 20)"],
  namespace: ["--namespace <refs>", "where the locks' refs live (default: refs/locks)"],
  json: ["--json", "one JSON document on stdout, and nothing else there"],
  verbose: ["--verbose", "say each step"],
  quiet: ["--quiet", "say nothing but errors"],
} as const satisfies Record<string, readonly [string, string]>;

const COMMON = ["namespace", "verbose", "quiet"] as const;
const WAITING = ["wait", "noWait", "conflict", "slots", "reason"] as const;

export const COMMANDS = [
  {
    name: "run",
    arguments: [LOCKS],
    summary: "hold locks while a command runs",
    description:
      "Takes the locks, runs the command, and gives them back when it ends, however it ends. The exit status is the command's own, 128 + the signal's number where a signal ended it, 127 if it was not found, 126 if it can't be executed.\n\nThe locks have a lease, which is renewed all the while. If one is lost, the command gets TERM, and KILL five seconds later, and the exit status is 76. INT, TERM, HUP and QUIT go on to the command and all that it has started. It finds REFLOCK_NAME, REFLOCK_CLAIM and REFLOCK_TOKEN (the fencing token) in its environment; a run inside a run of the same name enters the lock again.",
    options: ["remote", ...WAITING, "maxHold", "runLease", ...COMMON],
    examples: [
      ["reflock run publish -- npm publish", "wait for the lock, publish, give it back"],
      [
        "reflock run -n archive -- ./update.sh",
        "in a crontab: skip this time if it is held, with exit status 75",
      ],
      ["reflock run -w 10m --reason 'release 2.1' archive index -- make release", "two locks, all or none"],
      [
        "reflock run --remote https://git.example/team/locks.git deploy -- ./deploy",
        "a lock shared by several repositories",
      ],
    ],
  },
  {
    name: "acquire",
    arguments: [LOCKS],
    summary: "take locks, and print their claims",
    description:
      "Takes the locks and ends. They stay held, whatever becomes of the caller, until they are released: prefer `reflock run` where it fits, or set --lease or --max-hold. On stdout stands the oid of each lock's claim, a line for each name in the order of the names: `reflock release` and `reflock check` take it.",
    options: ["remote", ...WAITING, "maxHold", "lease", "json", ...COMMON],
    examples: [
      ["claim=$(reflock acquire publish) || exit", "take it, and keep what gives it back"],
      [
        "reflock acquire -n --max-hold 2h publish",
        "fail at once if it is held; others may take over after two hours",
      ],
    ],
  },
  {
    name: "release",
    arguments: [
      ["<lock...>", "names of locks, each with its claim behind it where --claim does not give it"],
    ],
    summary: "give locks back",
    description:
      "Ends the hold that the claim names, and no other: where somebody else has ended it, nothing happens, and the exit status is 76. To give back twice is harmless. A hold under which a job or `reflock run` works is theirs to give back: it is refused, with exit status 77. Without a claim, the hold is that of REFLOCK_CLAIM in the environment.",
    options: ["remote", "claim", "endReason", "json", ...COMMON],
    examples: [
      ['reflock release publish "$claim"', "give it back"],
      ['reflock release --claim "$claim" publish', "the same"],
    ],
  },
  {
    name: "check",
    arguments: [
      ["<lock...>", "names of locks, each with its claim behind it where --claim does not give it"],
    ],
    summary: "make sure that locks are still held",
    description:
      "Renews the hold, which succeeds only where nobody has ended it: to be done before what must not be done twice. Exit status 76 if it was lost, or is past its max-hold. Without a claim, the hold is that of REFLOCK_CLAIM in the environment.",
    options: ["remote", "claim", "json", ...COMMON],
    examples: [
      ['reflock check publish "$claim" && npm publish', "publish only while it is held"],
      ["reflock check publish", "inside `reflock run publish`"],
    ],
  },
  {
    name: "status",
    arguments: [["[lock...]", "names of locks; * or none for all"]],
    summary: "show who holds and who waits",
    description:
      "Shows each lock with who holds it and who waits, since when, why, and whether they are alive. Of workflow runs that is known where GH_TOKEN or GITHUB_TOKEN is in the environment. Only the API of the environment is asked (GITHUB_API_URL, GH_HOST, or else https://api.github.com).",
    options: ["remote", "json", ...COMMON],
    examples: [
      ["reflock status", "all locks of this repository's origin"],
      ["reflock status --json publish | jq -r '.locks[].holders[].who'", "for scripts"],
    ],
  },
  {
    name: "log",
    arguments: [["<lock...>", "names of locks"]],
    summary: "show the holds of locks, the newest first",
    description:
      "Shows every hold: its fencing token, who held, since when, for how long, how it ended, by whom and why.",
    options: ["remote", "limit", "json", ...COMMON],
    examples: [
      ["reflock log publish", "the last 20 holds"],
      ["reflock log --limit 100 --json publish", "more, for scripts"],
    ],
  },
  {
    name: "clear",
    arguments: [["<lock...>", "names of locks; * for all"]],
    summary: "end what nobody gives back",
    description:
      "Ends holds and removes tickets that are known to be dead. With --expect, only that one; a freeze is cleared so. What may be alive goes by --force alone. Whoever loses a hold by it is told by whom and why. Where something is left because it may be alive, the exit status is 75.",
    options: ["remote", "expect", "force", "endReason", "dryRun", "json", ...COMMON],
    examples: [
      ["reflock clear --dry-run '*'", "say what is dead"],
      ["reflock clear publish", "end what is dead"],
      ["reflock clear --expect 3f2a… --force --reason 'the runner burnt down' publish", "end this very hold"],
    ],
  },
  {
    name: "freeze",
    arguments: [LOCKS],
    summary: "take every slot, until it is cleared",
    description:
      "Goes before everybody who waits, takes every slot as it comes free, and stays until it is cleared, with the oid that it prints on stdout: `reflock clear --expect OID`.",
    options: ["remote", ...WAITING, "json", ...COMMON],
    examples: [["reflock freeze --reason 'incident 42' deploy", "nobody deploys until it is cleared"]],
  },
  {
    name: "doctor",
    arguments: [["[lock...]", "names of locks that are to be read as well"]],
    summary: "try whether the remote can keep locks",
    description:
      "Tries, on a lock of its own that it removes again, whether this remote and these credentials can create, swap and delete refs, and refuse what is out of date. Says of each step whether it worked, and if not, what to do. Exit status 0 if locks can be kept there, else 69 or 77.",
    options: ["remote", "json", ...COMMON],
    examples: [["reflock doctor --remote git@git.example:team/locks.git", "before relying on it"]],
  },
  {
    name: "lint",
    arguments: [["[path]", "a repository, a folder or a workflow file (default: the current folder)"]],
    summary: "find publishing jobs that forgot the lock",
    description:
      "Reads the workflows in .github/workflows, and reports jobs that publish without a lock and other mistakes around locks, with file, line and column, and what to do. In a workflow run it annotates them. Exit status 1 where something was found. The rules are explained in docs/lint.md.",
    options: ["json", "verbose", "quiet"],
    examples: [
      ["reflock lint", "the workflows of this repository"],
      ["reflock lint --json .github/workflows/release.yml", "one of them, for scripts"],
    ],
  },
  {
    name: "completion",
    arguments: [["<shell>", "bash, zsh or fish"]],
    summary: "print the completion for a shell",
    description: "Prints a script that lets the shell complete reflock's commands and options.",
    options: [],
    examples: [
      ['eval "$(reflock completion bash)"', "in ~/.bashrc"],
      ["reflock completion zsh > ~/.zfunc/_reflock", "with ~/.zfunc in fpath"],
      ["reflock completion fish > ~/.config/fish/completions/reflock.fish", ""],
    ],
  },
] as const satisfies readonly Definition[];

export type CommandName = (typeof COMMANDS)[number]["name"];
