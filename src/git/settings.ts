/**
 * What the user's configuration says of reaching servers and of who they are, read where they stand.
 * Owns which of it is handed on to the private store, which is another repository; must not know what is done with it.
 */
import { LockError } from "../lock/errors.ts";
import type { Setting } from "./environment.ts";
import { type GitRun, runGit } from "./process.ts";

export interface UserSettings {
  /** What stands in the configuration of the repository at hand, and so is not seen from ours. Some of it may be secret. */
  readonly handedOn: readonly Setting[];
  readonly committer: { readonly name: string; readonly email: string };
  /** What ssh shall be run as, where the user said nothing: then it may not ask. */
  readonly ssh: Readonly<Record<string, string>>;
  /** Every `remote.<name>.<what>`, the last one last. */
  readonly remotes: readonly Setting[];
}

interface Entry {
  readonly scope: string;
  readonly name: string;
  readonly value: string;
}

/** Whoever has no identity in git's configuration writes as this one; who it really was stands in the record. */
const NOBODY = { name: "reflock", email: "reflock@localhost" };

const OF_NETWORK = /^(credential|http|url|ssh)\.|^core\.(sshcommand|gitproxy)$/;

/** One process; two where a user's own configuration depends on the repository in which they stand. */
export async function readSettings(run: GitRun): Promise<UserSettings> {
  const entries = await list(run);
  const isConditional = entries.some(({ name }) => name.startsWith("includeif."));
  const seenAnyway = isConditional
    ? await list({ ...run, gitDir: "/dev/null" }).catch(() => [])
    : entries.filter(({ scope }) => scope !== "local" && scope !== "worktree");
  return {
    handedOn: without(
      entries.filter(({ name }) => OF_NETWORK.test(name)),
      seenAnyway,
    ),
    committer: committerOf(entries),
    ssh: sshOf(entries),
    remotes: entries.filter(({ name }) => name.startsWith("remote.")).map(({ name, value }) => [name, value]),
  };
}

async function list(run: GitRun): Promise<Entry[]> {
  const { ending, code, stdout } = await runGit(["config", "--list", "--show-scope", "-z"], run);
  if (ending === "aborted") throw new LockError("cancelled", "Cancelled.");
  if (ending !== "exit")
    throw new LockError("unreachable", "git was ended while it read its own configuration");
  if (code !== 0) throw new LockError("usage", "git can't read its configuration: try `git config --list`.");
  const parts = stdout.split("\0");
  return parts.flatMap((scope, index) => {
    const entry = parts[index + 1];
    if (index % 2 === 1 || entry === undefined) return [];
    const end = entry.indexOf("\n");
    // A name without a value is one that is switched on.
    const [name, value] = end < 0 ? [entry, "true"] : [entry.slice(0, end), entry.slice(end + 1)];
    return [{ scope, name, value }];
  });
}

/** What is seen anyway must not be said twice: a header that is sent twice is refused. */
function without(entries: readonly Entry[], seenAnyway: readonly Entry[]): Setting[] {
  const idOf = ({ name, value }: Entry) => `${name}\n${value}`;
  const seen = seenAnyway.map(idOf);
  return entries.flatMap((entry): Setting[] => {
    const at = seen.indexOf(idOf(entry));
    if (at < 0) return [[entry.name, entry.value]];
    seen.splice(at, 1);
    return [];
  });
}

function committerOf(entries: readonly Entry[]): UserSettings["committer"] {
  const last = (name: string) => entries.findLast((entry) => entry.name === name)?.value;
  const { GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL } = process.env;
  const name = plain(GIT_COMMITTER_NAME ?? last("committer.name") ?? last("user.name") ?? "");
  const email = plain(GIT_COMMITTER_EMAIL ?? last("committer.email") ?? last("user.email") ?? "");
  // Half an identity would be somebody's name with nobody's address.
  return name === "" || email === "" ? NOBODY : { name, email };
}

/** As git takes them out of a commit's header itself. */
function plain(text: string): string {
  return text.replaceAll(/[<>\p{Cc}]/gu, "").trim();
}

function sshOf(entries: readonly Entry[]): UserSettings["ssh"] {
  const isChosen =
    process.env.GIT_SSH_COMMAND !== undefined ||
    process.env.GIT_SSH !== undefined ||
    entries.some(({ name }) => name === "core.sshcommand");
  return isChosen ? {} : { GIT_SSH_COMMAND: "ssh -oBatchMode=yes -oConnectTimeout=20" };
}
