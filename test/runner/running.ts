/**
 * One supervised process of a job: its log as the runner shows it, and what it leaves in its files.
 * Owns the way from a started process to its result. Must not know what comes before or after it in the job.
 */
import { createStepLog, type StepLog, type WorkflowCommand } from "./commands.ts";
import type { FileCommands } from "./file-commands.ts";
import { type CancelTimes, cancelProcess, type Exit, RUNNER_CANCEL_TIMES, startProcess } from "./process.ts";

export interface StepResult extends Exit {
  /** `failure` also where the process succeeded and the runner could not read what it left. */
  readonly conclusion: "success" | "failure";
  /** As the runner shows it: masked, commands carried out. */
  readonly log: string;
  /** As it came. */
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly path: readonly string[];
  readonly summary: string;
  /** All that the runner carried out of what was printed. A test looks here for those that nobody meant. */
  readonly commands: readonly WorkflowCommand[];
  /** Why the runner fails the step, besides its exit code. */
  readonly failures: readonly string[];
  readonly durationMs: number;
}

/** A process of a job, while it runs and after. */
export interface Running {
  readonly pid: number;
  /** Everything so far, as it came. */
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of the log so far. */
  readonly lines: readonly string[];
  readonly exited: Promise<Exit>;
  /** After the end, when the runner has read its files. */
  readonly result: Promise<StepResult>;
  /** To the process alone, as the runner does. */
  kill(signal: NodeJS.Signals): boolean;
  /** To the process and to whatever it has started, and at once. */
  killTree(): void;
  /** As the runner ends a process of a cancelled job: INT, then TERM, then the whole tree. */
  cancel(times?: CancelTimes): Promise<StepResult>;
  /** Called with each further line of the log. */
  onLine(listener: (line: string) => void): void;
  /** The first line of the log that matches, past or future. Rejects if the process ends without one. */
  line(pattern: RegExp): Promise<string>;
}

export interface RunningOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly files: FileCommands;
  readonly masks: Set<string>;
  /** Told before anybody who awaits `result`, so that whatever starts next finds what this process left. */
  readonly onEnd: (result: StepResult) => void;
}

export function startRunning(options: RunningOptions): Running {
  const { file, args, cwd, env, files, masks } = options;
  const listeners = new Set<(line: string) => void>();
  const log = createStepLog({
    masks,
    debug: env.RUNNER_DEBUG === "1",
    onLine: (line) => {
      for (const listener of listeners) listener(line);
    },
  });
  const startedAt = performance.now();
  const started = startProcess({ file, args, cwd, env, onLine: log.feed });
  const result = started.drained.then((exit) => {
    const durationMs = performance.now() - startedAt;
    const done = collect(exit, log, files, masks, {
      stdout: started.stdout,
      stderr: started.stderr,
      durationMs,
    });
    options.onEnd(done);
    return done;
  });
  return {
    pid: started.pid,
    get stdout() {
      return started.stdout;
    },
    get stderr() {
      return started.stderr;
    },
    lines: log.lines,
    exited: started.exited,
    result,
    kill: started.kill,
    killTree: started.killTree,
    cancel: async (times = RUNNER_CANCEL_TIMES) => {
      await cancelProcess(started, times);
      return result;
    },
    onLine: (listener) => void listeners.add(listener),
    line: (pattern) => awaitLine(log, listeners, result, pattern),
  };
}

/** A file's word comes after that of the printed commands, as the runner reads it at the end. */
function collect(
  exit: Exit,
  log: StepLog,
  files: FileCommands,
  masks: ReadonlySet<string>,
  measured: Pick<StepResult, "stdout" | "stderr" | "durationMs">,
): StepResult {
  const left = files.read(masks);
  for (const failure of left.failures) log.error(failure);
  const failures = [...log.failures, ...left.failures];
  return {
    ...exit,
    ...measured,
    conclusion: exit.code === 0 && failures.length === 0 ? "success" : "failure",
    log: log.lines.join("\n"),
    outputs: { ...log.outputs, ...left.outputs },
    state: { ...log.state, ...left.state },
    env: left.env,
    path: left.path,
    summary: left.summary,
    commands: log.commands,
    failures,
  };
}

function awaitLine(
  log: StepLog,
  listeners: Set<(line: string) => void>,
  result: Promise<StepResult>,
  pattern: RegExp,
): Promise<string> {
  const past = log.lines.find((line) => pattern.test(line));
  if (past !== undefined) return Promise.resolve(past);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const listener = (line: string): void => {
    if (pattern.test(line)) resolve(line);
  };
  listeners.add(listener);
  void result.then((done) => reject(new Error(`ended without a line that matches ${pattern}:\n${done.log}`)));
  return promise.finally(() => listeners.delete(listener));
}
