/**
 * The watcher: a process that outlives `run` if `run` is killed, and then ends the command's group.
 * Owns its start, what it is told and its end; must not know what the group does, nor why it is guarded.
 *
 * The end of a pipe of which `run` alone has the other end is what tells it: the system closes it in whatever way `run` ends. It is a shell rather than a
 * Node because it lives as long as the command does: it starts in one or two milliseconds instead of forty, in 2 MB instead of 40. It is in a session of
 * its own, so that no signal of a terminal reaches it, and it is in no group that anybody ends.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { DONE, GRACE, HURRY, NODE_WATCHER, SHELL, WATCHER } from "./run-scripts.ts";

export interface Watcher {
  /** From here on, this is the group to end. Resolves when it can't get lost any more, whatever becomes of us. */
  watch(group: number): Promise<void>;
  /** The group was sent TERM, and if we are gone it need not be given time again. */
  hurry(): void;
  /** Nothing is left to watch. Resolves when the watcher has ended. */
  dismiss(): Promise<void>;
}

/**
 * @param graceMs what it gives the group between TERM and KILL, in whole seconds
 * @param shell another one than the system's, in tests alone; without a shell it is a Node
 */
export function startWatcher(graceMs: number, shell = SHELL): Watcher {
  const [file, ...args] = existsSync(shell)
    ? [shell, "-c", WATCHER, "reflock-watcher"]
    : [process.execPath, "-e", NODE_WATCHER];
  const watcher = spawn(file, args, {
    // It must keep no directory busy, and needs nothing that the environment tells; nor may that reach it.
    cwd: process.platform === "win32" ? process.cwd() : "/",
    env: process.platform === "win32" ? process.env : { PATH: process.env.PATH ?? "/usr/bin:/bin" },
    ...(file === shell ? { argv0: "sh" } : {}),
    detached: true,
    windowsHide: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const { stdin } = watcher;
  const ended = new Promise<void>((resolve) => {
    watcher.once("exit", () => resolve());
    watcher.once("error", () => resolve());
  });
  // A watcher that was killed is missed only if we are killed as well.
  stdin.on("error", () => {});
  const told = (word: string) => new Promise<void>((resolve) => stdin.write(`${word}\n`, () => resolve()));
  void told(`${GRACE}${Math.floor(graceMs / 1000)}`);
  return {
    watch: (group) => told(String(group)),
    hurry: () => void told(HURRY),
    dismiss: async () => {
      await told(DONE);
      stdin.end();
      await ended;
    },
  };
}
