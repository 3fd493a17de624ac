/**
 * Starts git: the only place that does. No shell, no prompt, no hook of the user's, bounded in time and in output.
 * Owns how git is started and ended; must not know what it is asked, nor what its answers mean.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Writable } from "node:stream";
import { LockError } from "../lock/errors.ts";
import { environmentFor, environmentOfServer, overridesFor, type Surroundings } from "./environment.ts";

/** How a git ended: by itself, because its time was up, because we were told to stop, by somebody else's signal, or for saying too much. */
export type Ending = "exit" | "timeout" | "aborted" | "signal" | "flood";

export interface GitResult {
  readonly ending: Ending;
  /** The exit status; `null` where it did not end by itself. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GitRun extends Surroundings {
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A git that is told what to do while it runs. */
export interface Talk {
  readonly stdin: Writable;
  /** Its answers are not in it: they went to whoever listens. */
  readonly result: Promise<Omit<GitResult, "stdout">>;
}

/** A list of a hundred thousand refs fits; whatever is longer is nothing that a lock needs. */
const STDOUT_LIMIT = 32 * 1024 * 1024;
const STDERR_LIMIT = 64 * 1024;
/** How long a git that was told to end may take to remove its lock files. */
const GRACE_MS = 3000;

/** What git has said is read long before this is over. */
const LINGER_MS = 500;

/**
 * Runs git to its end. Whatever git does is a result, not an exception.
 * @throws LockError `usage` where there is no git
 */
export async function runGit(args: readonly string[], run: GitRun): Promise<GitResult> {
  if (run.signal?.aborted) return { ending: "aborted", code: null, stdout: "", stderr: "" };
  const child = start(args, run, "ignore");
  const flood = new AbortController();
  const stdout = gather(child.stdout, STDOUT_LIMIT, () => flood.abort());
  const stderr = gather(child.stderr, STDERR_LIMIT, () => {});
  const { ending, code } = await endOf(child, run, flood.signal);
  return { ending, code, stdout: stdout(), stderr: stderr() };
}

/** @param onData gets what git says, as it comes */
export function talkToGit(args: readonly string[], run: GitRun, onData: (chunk: Buffer) => void): Talk {
  const child = start(args, run, "pipe");
  // A git that has gone says so by how it ended.
  child.stdin.on("error", () => {});
  child.stdout.on("error", () => {});
  child.stdout.on("data", onData);
  const stderr = gather(child.stderr, STDERR_LIMIT, () => {});
  const ended = endOf(child, run, new AbortController().signal);
  return { stdin: child.stdin, result: ended.then((how) => ({ ...how, stderr: stderr() })) };
}

function endOf(
  child: ChildProcess,
  { cwd, timeoutMs, signal, asServer = false }: GitRun,
  flood: AbortSignal,
): Promise<Pick<GitResult, "ending" | "code">> {
  return new Promise((resolve, reject) => {
    let told: Ending | null = null;
    const end = (why: Ending) => {
      if (told !== null) return;
      told = why;
      endGently(child, asServer ? () => letGo(why) : () => child.kill("SIGKILL"));
    };
    /** What changes a repository may have lock files in it: it is not killed, only not waited for any longer. */
    const letGo = (why: Ending) => {
      stopWatching();
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      resolve({ ending: why, code: null });
    };
    const timer = setTimeout(() => end("timeout"), timeoutMs);
    const abort = () => end("aborted");
    const overflow = () => end("flood");
    signal?.addEventListener("abort", abort, { once: true });
    flood.addEventListener("abort", overflow, { once: true });
    if (signal?.aborted) abort();
    const stopWatching = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      flood.removeEventListener("abort", overflow);
    };
    child.on("error", (error) => {
      stopWatching();
      reject(withoutGit(error, cwd));
    });
    child.on("exit", (code) => {
      stopWatching();
      const how = told ?? (code === null ? "signal" : "exit");
      const leave = () => {
        clearTimeout(lingering);
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
        resolve({ ending: how, code: how === "exit" ? code : null });
      };
      // What git started may outlive it and hold its pipes: a shared ssh connection, a daemon that keeps credentials. That is not waited for.
      const lingering = setTimeout(leave, told === null ? LINGER_MS : 0);
      child.once("close", leave);
    });
  });
}

/** A git that is asked again and again over its standard input. Its end is a closed pipe. */
export function openGit(
  args: readonly string[],
  run: Omit<GitRun, "timeoutMs">,
): ChildProcessWithoutNullStreams {
  const child = start(args, run, "pipe");
  // It shall not keep the process alive, and ends by itself when its input is closed.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr])
    (stream as unknown as { unref?(): void }).unref?.();
  child.stdin.on("error", () => {});
  child.stderr.resume();
  return child;
}

function withoutGit(cause: Error & { readonly code?: string }, cwd: string): LockError {
  // The system says the same of a program that is not there and of a folder that is not.
  if (cause.code !== "ENOENT")
    return new LockError("unreachable", `git could not be started (${cause.code}).`, { cause });
  if (!existsSync(cwd))
    return new LockError("usage", `There is no folder ${JSON.stringify(cwd)}.`, { cause });
  return new LockError("usage", "There is no git on the PATH. Install git 2.31 or later.", { cause });
}

function start(
  args: readonly string[],
  run: Omit<GitRun, "timeoutMs"> & { readonly timeoutMs?: number },
  stdin: "ignore" | "pipe",
): ChildProcessWithoutNullStreams {
  return spawn("git", [...(run.asServer ? [] : overridesFor(run.timeoutMs)), ...args], {
    cwd: run.cwd,
    env: run.asServer ? environmentOfServer() : environmentFor(run),
    stdio: [stdin, "pipe", "pipe"],
    // A session of its own: without a terminal nobody can be asked for a password, and the interrupt that a terminal sends to all of a foreground group
    // does not end a push whose outcome we then would not know.
    detached: process.platform !== "win32",
    windowsHide: true,
  }) as ChildProcessWithoutNullStreams;
}

/**
 * Tells git and all that it started to end: they then remove the lock files that they have, also those of a repository in which a push was about to change
 * refs. The hard way is for a git of ours alone, never for what may hold such files.
 */
function endGently(child: ChildProcess, onStubborn: () => void): void {
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(onStubborn, GRACE_MS);
  child.on("exit", () => clearTimeout(timer));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It has ended already.
  }
}

/** @returns what has come so far */
function gather(stream: NodeJS.ReadableStream, limit: number, onFlood: () => void): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > limit) onFlood();
    else chunks.push(chunk);
  });
  stream.on("error", () => {});
  return () => Buffer.concat(chunks).toString();
}
