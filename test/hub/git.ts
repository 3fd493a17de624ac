/**
 * Owns starting git, always in the same clean environment: no user or system configuration, no
 * GIT_DIR from outside, messages in English. Knows nothing of refs, commits or HTTP.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
  };
}

export function spawnGit(
  dir: string,
  args: readonly string[],
  extra: Record<string, string> = {},
): ChildProcessWithoutNullStreams {
  const child = spawn("git", [...args], { cwd: dir, env: { ...gitEnvironment(), ...extra } });
  // A git that ends before it has read all its input is told by its exit status, not by EPIPE here.
  child.stdin.on("error", () => {});
  return child;
}

/** Runs git to its end. A failing exit status is a result, not an exception. */
export function runGit(
  dir: string,
  args: readonly string[],
  stdin: string | Buffer = "",
  extra: Record<string, string> = {},
): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawnGit(dir, args, extra);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code: code ?? -1, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.end(stdin);
  });
}

/** Runs git and gives its output; a failing exit status throws with what git said. */
export async function git(
  dir: string,
  args: readonly string[],
  stdin: string | Buffer = "",
): Promise<string> {
  const result = await runGit(dir, args, stdin);
  if (result.code !== 0) throw new Error(`git ${args.join(" ")} ended with ${result.code}: ${result.stderr}`);
  return result.stdout.toString();
}
