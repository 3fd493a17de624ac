/** The watcher by itself: it ends the group that it was told, only if nobody says that all is well, and no other. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test as base, describe, expect } from "vitest";
import { HURRY, NODE_WATCHER, SHELL, WATCHER } from "../../src/cli/run-scripts.ts";
import { startWatcher } from "../../src/cli/watcher.ts";
import { HAS_PROC, isThere, until, watchersOf } from "./child-stage.ts";

/** The leader of a group of its own, for a minute: `script` keeps it there. */
type Victim = (script?: string) => number;

const test = base.extend("victim", async ({ task: _ }, { onCleanup }): Promise<Victim> => {
  const victims: number[] = [];
  onCleanup(() => {
    for (const pid of victims) if (isThere(pid)) process.kill(-pid, "SIGKILL");
  });
  return (script = "echo ready; exec sleep 60") => {
    const { pid = 0 } = spawn("sh", ["-c", script], { detached: true, stdio: "ignore" });
    victims.push(pid);
    return pid;
  };
});

const WATCHERS: readonly (readonly [string, string, readonly string[]])[] = [
  ["of a shell", SHELL, ["-c", WATCHER, "reflock-watcher"]],
  ["of Node", process.execPath, ["-e", NODE_WATCHER]],
];

describe.skipIf(!HAS_PROC).concurrent.for(WATCHERS)("a watcher %s", ([, file, args]) => {
  /** @returns how long it lived after the end of the pipe, in milliseconds */
  const watch = async (...words: readonly string[]): Promise<number> => {
    const watcher = spawn(file, args, { stdio: ["pipe", "ignore", "ignore"] });
    const exited = once(watcher, "exit");
    watcher.stdin.on("error", () => {});
    for (const word of words) watcher.stdin.write(`${word}\n`);
    // Long enough for a Node to be there: what counts is the end.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const start = performance.now();
    watcher.stdin.end();
    await exited;
    return performance.now() - start;
  };

  test("ends the group when the pipe ends", async ({ victim }) => {
    const pid = victim();
    await watch(String(pid));
    await until(() => !isThere(pid));
  });

  test("leaves it alone when all is well, even where it is there", async ({ victim }) => {
    const pid = victim();
    expect(await watch(String(pid), "done")).toBeLessThan(2000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isThere(pid)).toBe(true);
  });

  test.for(["", "x", "0", "1", "-1", "*", "1 2", "$(sleep 1)"])(
    "ends nobody by the number %j",
    async (word, { victim }) => {
      const pid = victim();
      expect(await watch(word)).toBeLessThan(2000);
      expect(isThere(pid)).toBe(true);
    },
  );

  test("gives time, and none where it was given before", async ({ victim }) => {
    const stubborn = "trap '' TERM; while :; do sleep 0.1; done";
    const [patient, hurried] = [victim(stubborn), victim(stubborn)];
    await new Promise((resolve) => setTimeout(resolve, 200));
    const [longMs, shortMs] = await Promise.all([watch(String(patient)), watch(String(hurried), HURRY)]);
    expect(longMs).toBeGreaterThan(4000);
    expect(shortMs).toBeLessThan(longMs - 1000);
    await until(() => !isThere(patient) && !isThere(hurried));
  });
});

/** One after the other, and after those above: they look for the watchers of this very process. */
describe.skipIf(!HAS_PROC)("started and dismissed", () => {
  test("it leaves the group alone, and is gone", async ({ victim }) => {
    const pid = victim();
    const watcher = startWatcher(5000);
    await watcher.watch(pid);
    expect(watchersOf(process.pid)).toHaveLength(1);
    await watcher.dismiss();
    expect(watchersOf(process.pid)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isThere(pid)).toBe(true);
  });

  test("it is told everything in vain once it was killed, without an error", async ({ victim }) => {
    const watcher = startWatcher(5000);
    await until(() => watchersOf(process.pid).length === 1);
    process.kill(watchersOf(process.pid)[0] ?? 0, "SIGKILL");
    await until(() => watchersOf(process.pid).length === 0);
    await watcher.watch(victim());
    watcher.hurry();
    await watcher.dismiss();
  });
});
