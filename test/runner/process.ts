/**
 * One process as the runner starts and ends it: lines out, signals in, and an environment that is given and not inherited.
 * Owns the process's life. Must not know of actions, workflow commands or files.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartedProcess {
  readonly pid: number;
  /** Everything so far, as it came: unmasked, commands included. */
  readonly stdout: string;
  readonly stderr: string;
  /** The process has ended. */
  readonly exited: Promise<Exit>;
  /** The process has ended, and its last line was given out. */
  readonly drained: Promise<Exit>;
  /** To the process alone, as the runner does. False if it had ended. */
  kill(signal: NodeJS.Signals): boolean;
  /** SIGKILL to the process and to whatever it has started. */
  killTree(): void;
}

export interface ProcessOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string, stream: "stdout" | "stderr") => void;
}

/** How long the runner reads on after the end of a process whose children keep its output open. */
const DRAIN_MS = 5000;

export function startProcess(options: ProcessOptions): StartedProcess {
  const { file, args, cwd, env, onLine } = options;
  // A group of its own, so that the whole tree can be killed at once.
  const detached = process.platform !== "win32";
  const child = spawn(file, [...args], { cwd, env, detached, stdio: ["ignore", "pipe", "pipe"] });
  const { pid, stdout, stderr } = child;
  child.on("error", () => {});
  if (pid === undefined) throw new Error(`could not start ${file} in ${cwd}`);

  const text = { stdout: "", stderr: "" };
  const splitters = {
    stdout: createLineSplitter((line) => onLine(line, "stdout")),
    stderr: createLineSplitter((line) => onLine(line, "stderr")),
  };
  for (const [name, stream] of [["stdout", stdout] as const, ["stderr", stderr] as const]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      text[name] += chunk;
      splitters[name].push(chunk);
    });
  }
  let gone = false;
  const closed = once(child, "close");
  const exited = once(child, "exit").then(([code, signal]): Exit => ({ code, signal }));
  const drained = exited.then(async (exit) => {
    const giveUp = setTimeout(() => {
      stdout.destroy();
      stderr.destroy();
    }, DRAIN_MS);
    await closed;
    clearTimeout(giveUp);
    splitters.stdout.end();
    splitters.stderr.end();
    gone = true;
    return exit;
  });
  return {
    pid,
    exited,
    drained,
    get stdout() {
      return text.stdout;
    },
    get stderr() {
      return text.stderr;
    },
    kill: (signal) => child.kill(signal),
    killTree: () => {
      // The numbers of processes are used again: of one that is long gone, the group may be somebody else's.
      if (gone) return;
      child.kill("SIGKILL");
      try {
        if (detached) process.kill(-pid, "SIGKILL");
      } catch {
        // Nobody is left in the group.
      }
    },
  };
}

export interface CancelTimes {
  readonly sigtermAfterMs: number;
  readonly killAfterMs: number;
}

/** What the runner allows a step that is cancelled. */
export const RUNNER_CANCEL_TIMES: CancelTimes = { sigtermAfterMs: 7500, killAfterMs: 2500 };

export async function cancelProcess(started: StartedProcess, times: CancelTimes): Promise<Exit> {
  started.kill("SIGINT");
  if (!(await endsWithin(started, times.sigtermAfterMs))) {
    started.kill("SIGTERM");
    if (!(await endsWithin(started, times.killAfterMs))) started.killTree();
  }
  return started.exited;
}

function endsWithin(started: StartedProcess, ms: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  void started.exited.then(() => {
    clearTimeout(timer);
    resolve(true);
  });
  return promise;
}

/** A lone carriage return ends a line too: text that carries one may begin a line that the runner obeys. */
export function createLineSplitter(onLine: (line: string) => void): {
  push(chunk: string): void;
  end(): void;
} {
  let rest = "";
  let lastWasReturn = false;
  return {
    push: (chunk) => {
      // "\r\n" over two chunks is one line's end.
      const text = lastWasReturn && chunk.startsWith("\n") ? chunk.slice(1) : chunk;
      if (chunk !== "") lastWasReturn = chunk.endsWith("\r");
      const lines = (rest + text).split(/\r\n|\n|\r/);
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    },
    end: () => {
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}
