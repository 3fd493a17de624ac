/**
 * Processes under test, with all that they start: every one of them carries a mark in its environment, by which it is found wherever it has gone.
 * Owns starting, finding and clearing up; must not know what is tested. Linux alone has the `/proc` for it.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test as base } from "vitest";
import { type StartedProcess, startProcess } from "../runner/process.ts";

export const HAS_PROC = process.platform === "linux";

export interface Family {
  /** A driver as a process, with arguments. */
  start(driver: Driver, args: readonly string[], env?: Readonly<Record<string, string>>): StartedProcess;
  /** The same as a line for a shell, where `$DRIVER` stands for it. */
  startShell(driver: Driver, line: string, env?: Readonly<Record<string, string>>): StartedProcess;
  /** The same at a terminal of its own. */
  atTerminal(driver: Driver, line: string, env?: Readonly<Record<string, string>>): AtTerminal;
  /** The pids of all that carry the mark, drivers too. Those that wait to be noticed are not counted. */
  members(): number[];
  /** Those of them that are `sleep`, and nothing else any more: a shell that is about to start one may miss an INT. */
  sleepers(): number[];
  /** The environment of a driver, the mark in it. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends them all. */
  clear(): Promise<void>;
}

/** The guarded command alone, from its source; and the command line as it is shipped. */
export type Driver = "child-driver" | "reflock";

export interface AtTerminal {
  /** All that the terminal shows, so far. */
  readonly shown: string;
  type(text: string): void;
  /** The terminal is gone, as when its window is closed. */
  hangUp(): void;
  /** The exit status of the line. */
  readonly status: Promise<number | null>;
}

const NODE = process.execPath;

const FILES: Readonly<Record<Driver, string>> = {
  "child-driver": "child-driver.ts",
  reflock: "../../dist/cli.js",
};

/** Where Node keeps what it has made of the sources: taking the types off them takes longer than all that a driver does. */
const COMPILED = fileURLToPath(new URL("../../node_modules/.cache/compiled", import.meta.url));

function fileOf(driver: Driver): string {
  return fileURLToPath(new URL(FILES[driver], import.meta.url));
}

function openFamily(): Family {
  const mark = `REFLOCK_TEST_FAMILY=${crypto.randomUUID()}`;
  const [name = "", value = ""] = mark.split("=");
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? "",
    NODE_NO_WARNINGS: "1",
    NODE_COMPILE_CACHE: COMPILED,
    [name]: value,
  };
  const started: StartedProcess[] = [];
  const start = (file: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const one = startProcess({ file, args, cwd: process.cwd(), env: { ...env, ...more }, onLine: () => {} });
    started.push(one);
    return one;
  };
  const members = () => pidsWhere((pid) => read(`/proc/${pid}/environ`).includes(mark));
  return {
    env,
    members,
    sleepers: () => members().filter((pid) => read(`/proc/${pid}/comm`).trim() === "sleep"),
    start: (driver, args, more) => start(NODE, [fileOf(driver), ...args], more),
    startShell: (driver, line, more) =>
      start("/bin/sh", ["-c", line], { ...more, DRIVER: `${NODE} ${fileOf(driver)}` }),
    atTerminal: (driver, line, more) =>
      openTerminal(line, { ...env, ...more, DRIVER: `${NODE} ${fileOf(driver)}` }),
    async clear() {
      for (const one of started) one.killTree();
      for (const pid of members()) killQuietly(pid);
      await until(() => members().length === 0);
    },
  };
}

/** `script` gives the line a terminal, and types there what comes in. */
function openTerminal(line: string, env: Readonly<Record<string, string>>): AtTerminal {
  const script = spawn("script", ["-qefc", line, "/dev/null"], { env, stdio: ["pipe", "pipe", "inherit"] });
  let shown = "";
  script.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text.replaceAll("\r\n", "\n");
  });
  script.stdin.on("error", () => {});
  const status = new Promise<number | null>((resolve) => script.on("close", resolve));
  return {
    get shown() {
      return shown;
    },
    type: (text) => void script.stdin.write(text),
    hangUp: () => void script.kill("SIGKILL"),
    status,
  };
}

export const HAS_TERMINAL = HAS_PROC && existsSync("/usr/bin/script");

/** The watchers that a process has started. */
export function watchersOf(parent: number): number[] {
  return pidsWhere(
    (pid) =>
      /reflock-watcher|told.includes/.test(read(`/proc/${pid}/cmdline`)) && stat(pid)?.parent === parent,
  );
}

export function isThere(pid: number): boolean {
  const found = stat(pid);
  return found !== null && !["Z", "X"].includes(found.state);
}

export function groupOf(pid: number): number | null {
  return stat(pid)?.group ?? null;
}

function pidsWhere(holds: (pid: number) => boolean): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => holds(pid) && isThere(pid));
}

function stat(pid: number) {
  const text = read(`/proc/${pid}/stat`);
  const [state = "", parent, group] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return text === "" ? null : { state, parent: Number(parent), group: Number(group) };
}

/** Empty for what is not there any more. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

/** Not by `expect.poll`, which does not know to which of several tests at once it belongs. */
export async function until(holds: () => boolean, withinMs = 20_000): Promise<void> {
  const start = performance.now();
  while (!holds()) {
    if (performance.now() - start > withinMs) throw new Error(`not within ${withinMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whatever a test has started is gone after it, in whatever way it ends. */
export const test = base.extend("family", async ({ task: _ }, { onCleanup }): Promise<Family> => {
  const family = openFamily();
  onCleanup(() => family.clear());
  return family;
});
