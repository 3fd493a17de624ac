/**
 * What `--remote` means: the name of a remote, a URL or a path.
 * Owns which of them is meant; must not talk to the remote.
 */
import { realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { LockError } from "../lock/errors.ts";
import { addressOf, checkRemote, isPath, quoted, showRemote } from "./address.ts";
import type { Setting } from "./environment.ts";
import { failureOf } from "./failure.ts";
import { findNearby, type Nearby } from "./nearby.ts";
import { type GitRun, runGit } from "./process.ts";
import { readSettings, type UserSettings } from "./settings.ts";

export interface Remote {
  /** To be given to `openGitStore`. It may have credentials in it. */
  readonly url: string;
  /** Whether it is the repository in which the user stands, so that only processes of this machine see the lock. */
  readonly isThisRepository: boolean;
  /** For people: without credentials. */
  readonly shown: string;
  /** What was read to find it, where the user stands: the store need not read it again. */
  readonly settings: UserSettings;
  /** The repository itself, if it was looked at meanwhile. */
  readonly nearby: Nearby | undefined;
}

const TIMEOUT_MS = 20_000;

/**
 * @param given what the user named; `null` for `origin`, or else the repository in which they stand
 * @throws LockError `usage` where it is none of these, or one that would run a program; `denied` where git does not read the repository at hand
 */
export async function resolveRemote(cwd: string, given: string | null): Promise<Remote> {
  if (given !== null) checkRemote(given);
  const run = { cwd, timeoutMs: TIMEOUT_MS };
  const asked = [
    readSettings(run),
    mayBeHere(cwd, given) ? repositoryAt(cwd) : undefined,
    given !== null && isPath(given) ? lookAt(resolve(cwd, given), run) : undefined,
  ] as const;
  const [settings, looked, there] = await Promise.all(asked);
  const named = urlOf(settings.remotes, given ?? "origin");
  const found = looked === undefined && named !== null ? await repositoryAt(cwd) : (looked ?? null);
  const here = found instanceof LockError ? null : found;
  const remoteAt = (url: string): Remote => {
    const isThisRepository = here !== null && (url === here.gitDir || url === here.top);
    return { url, isThisRepository, shown: showRemote(url), settings, nearby: undefined };
  };
  if (named !== null) {
    checkRemote(named);
    // git takes a path in its configuration from the top of the work tree.
    return remoteAt(isPath(named) ? resolve(here?.top ?? cwd, named) : named);
  }
  if (given !== null) {
    if (!isPath(given)) return remoteAt(given);
    const path = resolve(cwd, given);
    if (isThere(path) || isThere(`${path}.git`)) return { ...remoteAt(path), nearby: there };
    if (found instanceof LockError) throw found;
    throw new LockError(
      "usage",
      `There is no remote named ${quoted(given)} here, and no repository at that path. Give --remote the name of a remote, a URL or a path.`,
    );
  }
  if (found instanceof LockError) throw found;
  if (here !== null) return { ...remoteAt(here.gitDir), isThisRepository: true };
  throw new LockError(
    "usage",
    `${quoted(cwd)} is in no git repository. Name the repository that keeps the lock: --remote with a URL or a path.`,
  );
}

/** Most paths are repositories, and most are what is meant. What goes wrong is told when it is opened. */
async function lookAt(path: string, run: GitRun): Promise<Nearby | undefined> {
  return (await findNearby(path, addressOf(path, run.cwd), run).catch(() => null)) ?? undefined;
}

/** Where one pushes to another address than one fetches from, it is the one that can be written. */
function urlOf(remotes: readonly Setting[], name: string): string | null {
  const [push, fetch] = ["pushurl", "url"].map(
    (what) => remotes.find(([setting]) => setting === `remote.${name}.${what}`)?.[1],
  );
  return push ?? fetch ?? null;
}

interface Repository {
  readonly gitDir: string;
  readonly top: string;
}

/**
 * Whether the repository in which the user stands has to be known. To ask git for it is a process; and a URL, or a path that leads elsewhere, means the same
 * wherever they stand. A `.git` that is a file leads anywhere.
 */
function mayBeHere(cwd: string, given: string | null): boolean {
  if (given === null) return true;
  if (!isPath(given)) return false;
  const path = resolve(cwd, given);
  if (!isThere(path) && !isThere(`${path}.git`)) return true;
  try {
    for (let place = realpathSync(cwd), above = ""; place !== above; place = dirname(place)) {
      const git = join(place, ".git");
      if (place === path || git === path || statSync(git, { throwIfNoEntry: false })?.isFile()) return true;
      above = place;
    }
    return false;
  } catch {
    return true;
  }
}

/** What may not be looked at may be there: whoever opens it says so. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** @returns the error of a repository that git finds and does not read, which matters only where something is asked of it */
async function repositoryAt(cwd: string): Promise<Repository | LockError | null> {
  const run = { cwd, timeoutMs: TIMEOUT_MS };
  const common = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
  const result = await runGit([...common, "--show-toplevel"], run);
  const { ending, code, stdout, stderr } = result;
  if (ending !== "exit") throw new LockError("unreachable", "git was ended while it looked for a repository");
  const [gitDir = "", top = ""] = stdout.split("\n");
  if (/dubious ownership/.test(stderr)) return failureOf(result, addressOf(cwd, cwd), TIMEOUT_MS);
  if (!isAbsolute(gitDir)) return null;
  // Without a work tree there is the first answer alone, and an error.
  return { gitDir: resolve(gitDir), top: resolve(code === 0 ? top : gitDir) };
}
