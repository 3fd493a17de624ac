/**
 * What a git of ours sees of the environment and of configurations: how to reach a server as the user would, and nothing of any other repository.
 * Owns the list of both; must not start anything.
 */
import { isatty } from "node:tty";

/** A setting that one git shall see, as `git config` writes it: the name, and the value. */
export type Setting = readonly [name: string, value: string];

/** What one git is told beside its arguments. */
export interface Surroundings {
  /** The repository, where it is not the one in which it is started. */
  readonly gitDir?: string;
  /** Where objects are, where it is not in `gitDir`. */
  readonly objects?: string;
  readonly settings?: readonly Setting[];
  /** It works on somebody's repository, by the settings that it has there: none of ours, nor of those of this process. */
  readonly asServer?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Variables of git's own that say how to reach a server. All others would make it work on another repository than ours, or write what we then read:
 * a process that is started by a hook inherits a good many.
 */
const KEPT =
  /^GIT_(SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|HTTP_\w+|PROXY_\w+|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+|CONFIG_PARAMETERS|EXEC_PATH|ALLOW_PROTOCOL|PROTOCOL_FROM_USER|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)$/;

const PUSHERS_OWN = /^GIT_(NO_LAZY_FETCH|CONFIG_(COUNT|KEY_\d+|VALUE_\d+|PARAMETERS))$/;

/** Transports that need no program of somebody else's: `ext::` runs commands. */
const PROTOCOLS = ["file", "git", "http", "https", "ssh"];

/** What every git of ours is told, over what any configuration says. Nothing in here is secret. */
const OVERRIDES: readonly Setting[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.logAllRefUpdates", "false"],
  ["color.ui", "false"],
  ["credential.interactive", "false"],
  ["fetch.recurseSubmodules", "false"],
  // Loose objects can be read without another process.
  ["fetch.unpackLimit", "1000000"],
  ["fetch.writeCommitGraph", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["protocol.version", "2"],
  ["push.followTags", "false"],
  ["push.gpgSign", "false"],
  ["push.negotiate", "false"],
  ["push.pushOption", ""],
  ["push.recurseSubmodules", "no"],
  ["submodule.recurse", "false"],
];

/** @param timeoutMs how long the server may be silent: should we be killed, a git that waits for it ends by itself */
export function overridesFor(timeoutMs: number | undefined): string[] {
  const seconds = String(Math.max(1, Math.ceil((timeoutMs ?? 0) / 1000)));
  const silence: readonly Setting[] =
    timeoutMs === undefined
      ? []
      : [
          ["http.lowSpeedLimit", "1"],
          ["http.lowSpeedTime", seconds],
        ];
  return [...OVERRIDES, ...silence].flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

export function environmentFor(run: Surroundings, from = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(from).filter(([name]) => !name.startsWith("GIT_") || KEPT.test(name));
  return {
    ...Object.fromEntries(kept),
    ...settingsIn(from, run.settings ?? []),
    ...(run.gitDir === undefined ? {} : { GIT_DIR: run.gitDir }),
    ...(run.objects === undefined ? {} : { GIT_OBJECT_DIRECTORY: run.objects }),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    // A look into somebody's partial clone is to talk to nobody.
    GIT_NO_LAZY_FETCH: "1",
    GCM_INTERACTIVE: "never",
    GIT_ASKPASS: askpassIn(from),
    GIT_ALLOW_PROTOCOL: protocolsIn(from),
    ...run.environment,
  };
}

/** As a push by path hands it to the git that receives it: git keeps back whatever belongs to the repository that is pushed from. */
export function environmentOfServer(from = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(environmentFor({}, from)).filter(([name]) => !PUSHERS_OWN.test(name));
  return Object.fromEntries(kept);
}

/** A program that answers for the user is welcome, one that asks them is not: at a terminal it may be an editor's, which opens a window. */
function askpassIn(from: NodeJS.ProcessEnv): string {
  return isatty(0) ? "" : (from.GIT_ASKPASS ?? "");
}

function protocolsIn({ GIT_ALLOW_PROTOCOL: allowed }: NodeJS.ProcessEnv): string {
  const theirs = allowed?.split(":");
  return PROTOCOLS.filter((protocol) => theirs === undefined || theirs.includes(protocol)).join(":");
}

/** Settings before those of the environment, which stand over those of any file. */
function settingsIn(from: NodeJS.ProcessEnv, settings: readonly Setting[]): Record<string, string> {
  const count = /^\d{1,4}$/.test(from.GIT_CONFIG_COUNT ?? "") ? Number(from.GIT_CONFIG_COUNT) : 0;
  const theirs = Array.from(
    { length: count },
    (_, index): Setting => [from[`GIT_CONFIG_KEY_${index}`] ?? "", from[`GIT_CONFIG_VALUE_${index}`] ?? ""],
  );
  const all = [...settings, ...theirs];
  if (all.length === 0) return {};
  const pairs = all.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(all.length) };
}
