/**
 * Owns starting git, always in the same clean environment: no user or system configuration, no
 * GIT_DIR from outside, messages in English. Knows nothing of refs, commits or HTTP.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, fork, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { News, Order } from "./starter.ts";

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

const STARTER = fileURLToPath(new URL("./starter.ts", import.meta.url));
/** Stripping the types of that one file would take longer than all else that it does before its first git. */
const COMPILED = fileURLToPath(new URL("../../node_modules/.cache/compiled", import.meta.url));

let starter: ChildProcess | null = null;
let started = 0;
const listening = new Map<number, (news: News) => void>();

function openStarter(): ChildProcess {
  const opened = fork(STARTER, {
    ...{ execArgv: [], serialization: "advanced" },
    env: { PATH: process.env.PATH ?? "", NODE_COMPILE_CACHE: COMPILED },
  });
  opened.on("message", (news: News) => {
    listening.get(news.id)?.(news);
    if (news.code === undefined) return;
    listening.delete(news.id);
    if (listening.size === 0) rest(opened);
  });
  opened.on("exit", () => {
    starter = null;
    for (const [id, listen] of listening) listen({ id, failure: "what starts git has ended", code: -1 });
    listening.clear();
  });
  return opened;
}

/** Nothing runs in it: it must not keep this process from its end. */
function rest(opened: ChildProcess): void {
  opened.unref();
  opened.channel?.unref();
}

/** Starts git from a small process. Gives what takes its input. */
export function startGit(
  dir: string,
  args: readonly string[],
  extra: Record<string, string>,
  listen: (news: News) => void,
): (more: Pick<Order, "input" | "end">) => void {
  starter ??= openStarter();
  const opened = starter;
  const id = ++started;
  listening.set(id, listen);
  opened.ref();
  opened.channel?.ref();
  opened.send({ id, start: { dir, args, env: { ...gitEnvironment(), ...extra } } } satisfies Order);
  return (more) => void opened.send({ id, ...more } satisfies Order);
}

/** Runs git to its end. A failing exit status is a result, not an exception. */
export function runGit(
  dir: string,
  args: readonly string[],
  stdin: string | Buffer = "",
  extra: Record<string, string> = {},
): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const write = startGit(dir, args, extra, ({ stdout, stderr, failure, code }) => {
      if (stdout) out.push(stdout);
      if (stderr) err.push(stderr);
      if (failure !== undefined) reject(new Error(failure));
      if (code !== undefined)
        resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() });
    });
    write({ input: stdin, end: true });
  });
}

/** Runs git to its end, and gives its output; a failing exit status throws with what git said. */
export async function git(
  dir: string,
  args: readonly string[],
  stdin: string | Buffer = "",
): Promise<string> {
  const result = await runGit(dir, args, stdin);
  if (result.code !== 0) throw new Error(`git ${args.join(" ")} ended with ${result.code}: ${result.stderr}`);
  return result.stdout.toString();
}
