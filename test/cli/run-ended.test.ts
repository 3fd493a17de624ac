/** `reflock run` that is ended from outside, at each stage: the right status, nobody left behind, no hold and no ticket left. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { HAS_PROC, HAS_TERMINAL, isThere, until } from "./child-stage.ts";
import { expectStatus, openLock, test } from "./run-stage.ts";

const SIGNALS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGQUIT", 131],
] as const;

describe.skipIf(!HAS_PROC).concurrent("a run that is signalled", () => {
  test.for(SIGNALS)(
    "with %s while it waits leaves the queue",
    async ([signal, status], { family, folder }) => {
      const lock = openLock(family, folder);
      const holder = lock.run(["publish", "--", "sh", "-c", "echo ready; sleep 60"]);
      await until(() => holder.stdout.includes("ready"));
      const waiter = lock.run(["publish", "--", "echo", "overlap"]);
      await until(() => lock.waiters() === 1);
      waiter.kill(signal);
      await expectStatus(waiter, status);
      expect(waiter.stdout).toBe("");
      expect(lock.waiters()).toBe(0);
      expect(lock.isHeld()).toBe(true);
    },
  );

  test.for(SIGNALS)(
    "with %s while the command runs ends as that does",
    async ([signal, status], { family, folder }) => {
      const lock = openLock(family, folder);
      const run = lock.run(["publish", "--", "sh", "-c", "sleep 60 & sleep 60; true"]);
      await until(() => family.sleepers().length === 2);
      run.kill(signal);
      await expectStatus(run, status);
      expect(family.members()).toEqual([]);
      expect(lock.isHeld()).toBe(false);
    },
  );

  test("once the command has begun, ends it, and gives the lock back", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const run = lock.run(["publish", "--", "sh", "-c", "echo ready; sleep 60"]);
    await until(() => run.stdout.includes("ready"));
    run.kill("SIGTERM");
    await expectStatus(run, 143);
    expect(family.members()).toEqual([]);
    expect(lock.isHeld()).toBe(false);
  });

  test("while the server takes its claim in, gives up what comes to life", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const hook = slowDown(lock.path, folder, 1);
    const run = lock.run(["-n", "publish", "--", "echo", "overlap"]);
    await until(() => existsSync(join(folder, "taking")));
    run.kill("SIGTERM");
    await expectStatus(run, 143);
    expect(run.stdout).toBe("");
    rmSync(hook);
    await until(() => family.members().length === 0);
    expect(lock.isHeld()).toBe(false);
    await expectStatus(lock.run(["-n", "publish", "--", "true"]), 0);
  });

  test("twice does not wait for a slow server, and says what may be left", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    slowDown(lock.path, folder, 20);
    const run = lock.run(["-n", "publish", "--", "true"]);
    await until(() => existsSync(join(folder, "taking")));
    run.kill("SIGINT");
    await until(() => run.stderr.includes("cancelled"));
    const start = performance.now();
    run.kill("SIGINT");
    expect((await run.exited).code).toBe(130);
    expect(performance.now() - start).toBeLessThan(3000);
    expect(run.stderr).toContain("was not given back: a second signal came first");
  });

  test("as the lock is given back, gives it back", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    // The command's last act is to signal whoever runs it, which is still busy with the end of its group.
    const script = 'sh -c "sleep 0.3" & kill -TERM "$PPID"; exit 0';
    const run = lock.run(["publish", "--", "sh", "-c", script]);
    const { code } = await run.drained;
    expect([0, 143], run.stderr).toContain(code);
    expect(lock.isHeld()).toBe(false);
  });
});

describe.skipIf(!HAS_TERMINAL).concurrent("at a terminal", () => {
  test("the command has it", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const line = `$DRIVER run --remote "${lock.path}" publish -- sh -c 'echo ready; read -r x </dev/tty; echo "got $x"; exit 7'`;
    const terminal = family.atTerminal("reflock", line);
    await until(() => terminal.shown.includes("ready"));
    terminal.type("it\n");
    expect(await terminal.status, terminal.shown).toBe(7);
    expect(terminal.shown).toContain("got it");
  });

  test("Ctrl-C while it waits leaves the queue", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const holder = lock.run(["publish", "--", "sh", "-c", "echo ready; sleep 60"]);
    await until(() => holder.stdout.includes("ready"));
    const terminal = family.atTerminal(
      "reflock",
      `$DRIVER run --remote "${lock.path}" publish -- echo overlap`,
    );
    await until(() => lock.waiters() === 1);
    terminal.type("\x03");
    expect(await terminal.status, terminal.shown).toBe(130);
    expect(terminal.shown).not.toContain("overlap");
    expect(lock.waiters()).toBe(0);
  });

  test("Ctrl-C ends the command, and the lock is given back", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const line = `$DRIVER run --remote "${lock.path}" publish -- sh -c 'echo ready; exec sleep 60'`;
    const terminal = family.atTerminal("reflock", line);
    await until(() => terminal.shown.includes("ready"));
    terminal.type("\x03");
    expect(await terminal.status, terminal.shown).toBe(130);
    expect(lock.isHeld()).toBe(false);
  });
});

describe.skipIf(!HAS_PROC).concurrent("a run that is killed", () => {
  test("leaves nobody behind, also not what ignores TERM", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const script = "sh -c 'trap \"\" TERM; echo ready; while :; do sleep 0.2; done' & sleep 60";
    const run = lock.run(["publish", "--", "sh", "-c", script]);
    await until(() => run.stdout.includes("ready"));
    run.kill("SIGKILL");
    await until(() => family.members().length === 0);
  });

  test("takes its command with it, and its lock is free when the lease is out", async ({
    family,
    folder,
  }) => {
    const lock = openLock(family, folder);
    const run = lock.run(["--lease", "6s", "publish", "--", "sh", "-c", "sleep 60 & echo ready; sleep 60"]);
    await until(() => run.stdout.includes("ready"));
    const theirs = family.members();
    const next = lock.run(["-w", "1m", "publish", "--", "sh", "-c", 'echo "next $REFLOCK_TOKEN"']);
    await until(() => lock.waiters() === 1);
    run.kill("SIGKILL");
    await until(() => next.stdout !== "", 20_000);
    expect(theirs.filter(isThere)).toEqual([]);
    await expectStatus(next, 0);
    expect(next.stdout).toBe("next 2\n");
    expect(lock.log().filter((subject) => subject.includes("expired"))).toHaveLength(1);
    await until(() => family.members().length === 0);
  });
});

/** By itself: beside others a run takes longer than the one whose time it goes by. */
describe.skipIf(!HAS_PROC)("a run that is signalled", () => {
  test("at whatever moment, holds nothing afterwards", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    // About as long as a whole run takes here, with a command that takes no time.
    const start = performance.now();
    await expectStatus(lock.run(["-n", "publish", "--", "true"]), 0);
    const wholeMs = performance.now() - start;
    for (let round = 1; round <= 12; round++) {
      const run = lock.run(["-n", "publish", "--", "true"]);
      await new Promise((resolve) => setTimeout(resolve, (wholeMs * round) / 12));
      run.kill("SIGTERM");
      const { code, signal } = await run.drained;
      // Before anything was begun the signal ends it without a word.
      expect(signal === "SIGTERM" || code === 143 || code === 0, `${code} ${signal} ${run.stderr}`).toBe(
        true,
      );
      expect(lock.isHeld(), run.stderr).toBe(false);
    }
    await expectStatus(lock.run(["-n", "publish", "--", "true"]), 0);
  });
});

/** The server is slow from where it has locked the refs; nothing that it was told to do is undone by our leaving. @returns the hook */
function slowDown(repository: string, folder: string, seconds: number): string {
  const hook = join(repository, "hooks", "reference-transaction");
  mkdirSync(dirname(hook), { recursive: true });
  const script = `#!/bin/sh\n[ "$1" = prepared ] || exit 0\ntouch "${folder}/taking"\nsleep ${seconds}\n`;
  writeFileSync(hook, script, { mode: 0o755 });
  return hook;
}
