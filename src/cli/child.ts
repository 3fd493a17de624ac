/**
 * The guarded command: started in a process group of its own, signalled and ended as that group.
 * Owns its life, from the start to the last process that it leaves behind; must not know of locks.
 *
 * Where it is started depends on the terminal. With a terminal to itself `run` gives it to the command, which then is its foreground group and can ask for
 * a password there, as if it had been started without us: signals of the terminal reach it, and not us. Otherwise the command is put into a session of its
 * own, which is the way to a group of its own that Node has; there it still reads from a terminal that is its input, but has none by which it could be
 * signalled: what reaches us is passed on. Either way each signal reaches it once. Only a `run` in the background gives it an empty input in place of the
 * terminal, since it would take what is typed for others.
 *
 * On Windows there are no groups and no signals: the command is ended, and with it what it has started, as far as that still shows.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import type { Duplex } from "node:stream";
import { NOT_EXECUTABLE, NOT_FOUND } from "./run-command.ts";
import { endGroup, endLeftBehind, GRACE_MS, signalGroup } from "./run-group.ts";
import { FOREGROUND, GATE, SHELL } from "./run-scripts.ts";
import { terminalUse } from "./run-terminal.ts";
import { startWatcher, type Watcher } from "./watcher.ts";

export interface ChildOptions {
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly warn: (text: string) => void;
  /** Between TERM and KILL; five seconds unless told otherwise. */
  readonly graceMs?: number;
  /** Another shell than the system's, in tests alone. */
  readonly shell?: string;
}

export interface Child {
  /** The exit status, once no process of the group is left. */
  readonly ended: Promise<number>;
  /** Gives a signal on to the group. */
  pass(signal: NodeJS.Signals): void;
  /** TERM, some time, KILL, to the whole group. Resolves when it has ended. */
  stop(): Promise<void>;
}

interface Started {
  readonly process: ChildProcess;
  /** `null` where it could not be started. */
  readonly group: number | null;
  readonly status: Promise<number>;
  /** Lets the command begin: a moment before, the watcher knows its group. */
  open(): void;
}

const IS_WINDOWS = process.platform === "win32";

export async function startChild(options: ChildOptions): Promise<Child> {
  const watcher = startWatcher(options.graceMs ?? GRACE_MS, options.shell);
  const started = await start(options);
  if (started.group === null) {
    await watcher.dismiss();
    return { ended: started.status, pass: () => {}, stop: async () => void (await started.status) };
  }
  await watcher.watch(started.group);
  started.open();
  return guard(started, started.group, watcher, options);
}

function guard(started: Started, group: number, watcher: Watcher, { warn, graceMs }: ChildOptions): Child {
  let stopping: Promise<void> | null = null;
  let isOver = false;
  const finish = async () => {
    const status = await started.status;
    if (stopping !== null) await stopping;
    else if (await endLeftBehind(group))
      warn("The command left processes behind, which were ended: what the lock guards ends with it.");
    // From here on the number may be given to another group.
    isOver = true;
    await watcher.dismiss();
    return status;
  };
  const ended = finish();
  return {
    ended,
    pass: (signal) => {
      if (isOver) return;
      signalAll(started.process, group, signal);
      if (signal === "SIGTERM") watcher.hurry();
    },
    stop: async () => {
      if (isOver) return;
      // It has its TERM by then, if we should be killed meanwhile.
      watcher.hurry();
      stopping ??= end(group, graceMs, warn);
      await ended;
    },
  };
}

function signalAll(child: ChildProcess, group: number, signal: NodeJS.Signals): void {
  if (IS_WINDOWS) child.kill(signal);
  else signalGroup(group, signal);
}

async function end(group: number, graceMs: number | undefined, warn: (text: string) => void): Promise<void> {
  if (IS_WINDOWS)
    spawnSync("taskkill", ["/PID", String(group), "/T", "/F"], { stdio: "ignore", windowsHide: true });
  else if (!(await endGroup(group, graceMs)))
    warn(
      "The command can't be ended, perhaps because it runs as another user. Waiting until it ends by itself.",
    );
}

async function start(options: ChildOptions): Promise<Started> {
  const use = terminalUse();
  if (IS_WINDOWS || !existsSync(options.shell ?? SHELL) || !isShellProof(options.env))
    return startDirectly(options, use === "background");
  if (use === "foreground") {
    const started = await startInForeground(options);
    if (started !== null) return started;
  }
  return startGated(options, use === "background");
}

/**
 * A shell passes an environment on, except for names that are not words, which some shells drop, and for variables that are its own. What is lost
 * without a shell is only the gate, for a millisecond.
 */
function isShellProof(env: NodeJS.ProcessEnv): boolean {
  const own = /^(IFS|PPID|UID|EUID|OPTIND|LINENO|SHELLOPTS|BASHOPTS)$/;
  return Object.keys(env).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !own.test(name));
}

async function startInForeground({
  command,
  env,
  warn,
  shell: file = SHELL,
}: ChildOptions): Promise<Started | null> {
  const options: SpawnOptions = { env, argv0: "sh", stdio: ["inherit", "inherit", "inherit", "pipe"] };
  const shell = spawn(file, ["-c", FOREGROUND, "reflock", ...command], options);
  const status = statusOf(shell, command[0], warn);
  const pipe = gateOf(shell);
  const group = await Promise.race([firstLine(pipe), status.then(() => "")]);
  if (!/^[1-9]\d*$/.test(group)) {
    // Without job control it ends by itself, and has started nothing.
    await status;
    return null;
  }
  return { process: shell, group: Number(group), status, open: () => openGate(pipe) };
}

function startGated(
  { command, env, warn, shell: file = SHELL }: ChildOptions,
  isInBackground: boolean,
): Started {
  const shell = spawn(file, ["-c", GATE, "reflock", ...command], {
    env,
    argv0: "sh",
    detached: true,
    stdio: [isInBackground ? "ignore" : "inherit", "inherit", "inherit", "pipe"],
  });
  const status = statusOf(shell, command[0], warn);
  const pipe = gateOf(shell);
  return { process: shell, group: shell.pid ?? null, status, open: () => openGate(pipe) };
}

function startDirectly({ command, env, warn }: ChildOptions, isInBackground: boolean): Started {
  const [file, ...args] = command;
  const stdin = isInBackground ? "ignore" : "inherit";
  const child = spawn(file, args, { env, detached: !IS_WINDOWS, stdio: [stdin, "inherit", "inherit"] });
  return { process: child, group: child.pid ?? null, status: statusOf(child, file, warn), open: () => {} };
}

function gateOf(shell: ChildProcess): Duplex {
  const pipe = shell.stdio[3] as Duplex;
  // Whoever was killed before the gate opened does not read what opens it.
  pipe.on("error", () => {});
  return pipe;
}

function openGate(pipe: Duplex): void {
  pipe.end("go\n");
  pipe.resume();
}

async function firstLine(pipe: Duplex): Promise<string> {
  let text = "";
  pipe.setEncoding("utf8");
  pipe.on("data", (chunk: string) => {
    text += chunk;
    if (text.includes("\n")) pipe.emit("line");
  });
  await Promise.race([once(pipe, "line"), once(pipe, "close")]);
  return text.split("\n")[0] ?? "";
}

function statusOf(child: ChildProcess, name: string, warn: (text: string) => void): Promise<number> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      warn(`${name} can't be run: ${error.message}`);
      resolve(error.code === "ENOENT" ? NOT_FOUND : NOT_EXECUTABLE);
    });
  });
}
