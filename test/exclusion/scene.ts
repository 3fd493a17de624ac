/**
 * Guarded writers of one number, under the shipped `reflock run`; and what takes the lock away from one while it works on.
 * Owns how writers are started and stopped, and what they have said; must not know what is to become of the number.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { groupOf, isThere, until, watchersOf } from "../cli/child-stage.ts";
import { expectStatus, type Lock } from "../cli/run-stage.ts";
import type { StartedProcess } from "../runner/process.ts";

const WRITER = fileURLToPath(new URL("writer.sh", import.meta.url));

/** With or without the fencing token. */
export type Kind = "naive" | "fenced";

export interface Writer {
  readonly run: StartedProcess;
  /** What it has read, and what it was told that it has written. */
  readonly read: readonly number[];
  readonly wrote: readonly number[];
  readonly wasRefused: boolean;
  readonly token: number;
  /** Lets it go on from its pause. */
  go(): void;
}

export interface Scene {
  readonly lock: Lock;
  readonly kind: Kind;
  /** A file, or the folder of the fenced text. */
  readonly counter: string;
}

export function openScene(lock: Lock, folder: string, kind: Kind): Scene {
  const counter = join(folder, "counter");
  if (kind === "naive") writeFileSync(counter, "0\n");
  return { lock, kind, counter };
}

export interface Writing {
  readonly lease: string;
  /** How often it reads and writes. */
  readonly times?: number;
  /** It pauses until it is let go; else for a tenth of a second. */
  readonly isHeldUp?: boolean;
  /** Once it has written, nothing but KILL ends it. */
  readonly stays?: boolean;
}

export function startWriter(
  { lock, kind, counter }: Scene,
  { lease, times = 1, isHeldUp = false, stays = false }: Writing,
): Writer {
  const go = isHeldUp ? `${counter}-go-${crypto.randomUUID()}` : "";
  const words = ["--quiet", "--wait", "10m", "--lease", lease, "publish", "--"];
  const env = stays ? { STAYS: "yes" } : {};
  const run = lock.run([...words, "sh", WRITER, kind, counter, go, String(times)], env);
  const numbers = (pattern: RegExp) => [...run.stdout.matchAll(pattern)].map(([, text]) => Number(text));
  return {
    run,
    get read() {
      return numbers(/^read (\d*)$/gm);
    },
    get wrote() {
      return numbers(/^wrote (\d+)$/gm);
    },
    get wasRefused() {
      return /^refused$/m.test(run.stdout);
    },
    get token() {
      return numbers(/^pid \d+ token (\d+)$/gm)[0] ?? 0;
    },
    go: () => writeFileSync(go, ""),
  };
}

export async function startReader(scene: Scene, writing: Writing): Promise<Writer> {
  const writer = startWriter(scene, { ...writing, isHeldUp: true });
  await until(() => writer.read.length > 0, 30_000);
  return writer;
}

/** It was told what became of its update. */
export function hasTried({ wrote, wasRefused }: Writer): boolean {
  return wrote.length > 0 || wasRefused;
}

/** The text of each state in turn, with the token under which it was written or read first. */
export function statesOf({ counter }: Scene): { readonly token: number; readonly value: number }[] {
  const names = readdirSync(counter).filter((name) => name.startsWith("1"));
  return names.sort().map((name) => {
    const [token, value] = readFileSync(join(counter, name), "utf8").split("\n").map(Number);
    return { token: token ?? 0, value: value ?? 0 };
  });
}

export function numberIn(scene: Scene): number {
  if (scene.kind === "fenced") return statesOf(scene).at(-1)?.value ?? 0;
  return Number(readFileSync(scene.counter, "utf8"));
}

/** Somebody ends the hold under which it works. */
export async function clearByForce({ lock }: Scene): Promise<void> {
  const oid = lock.refs()["refs/locks/publish/holder/1"] ?? "";
  const why = ["--force", "--reason", "taken for dead"];
  await expectStatus(lock.reflock("clear", "--quiet", "--expect", oid, ...why, "publish"), 0);
}

/** A machine that stands still: `reflock run`, its watcher and the command, with all that they have started. */
export interface Machine {
  /** The command may get further before the rest of the machine does. */
  continueCommand(): void;
  continueAll(): void;
}

/** One whose machine was stopped between its reading and its writing. */
export async function startStopped(
  scene: Scene,
  writing: Writing,
): Promise<{ readonly writer: Writer; readonly machine: Machine }> {
  for (let tries = 0; tries < 5; tries++) {
    const writer = await startReader(scene, writing);
    const machine = await stopMachine(writer);
    if (machine !== null) return { writer, machine };
  }
  throw new Error("each has lost its lock before it could be stopped");
}

/** @returns `null` where the machine was so slow that the lease ran out, and the command was ended, before it could be stopped */
async function stopMachine({ run }: Writer): Promise<Machine | null> {
  const command = Number(/^pid (\d+) /m.exec(run.stdout)?.[1]);
  const groups = [...watchersOf(run.pid), command].map((pid) => groupOf(pid) ?? 0);
  if (groups.length < 2 || groups.some((group) => group < 2)) return null;
  run.kill("SIGSTOP");
  // A push that stood still between its comparing and its swapping would hold up everybody who shares the disk: no other machine can be stopped there.
  await until(() => pushesOf(run.pid).length === 0);
  const all = [run.pid, ...groups];
  for (const group of all) signalQuietly(group, "SIGSTOP");
  const machine: Machine = {
    continueCommand: () => signalQuietly(command, "SIGCONT"),
    continueAll() {
      for (const group of all) signalQuietly(group, "SIGCONT");
    },
  };
  if (isThere(command)) return machine;
  machine.continueAll();
  return null;
}

function signalQuietly(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Nobody is left in it.
  }
}

/** The group of `run` is that of all git processes which it has started. */
function pushesOf(group: number): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .map(Number)
    .filter((pid) => groupOf(pid) === group && /push|receive-pack|send-pack/.test(commandOf(pid)));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
