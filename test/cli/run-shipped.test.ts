/** `reflock run` as it is shipped: the bundle guards a command as its source does. */
import { existsSync } from "node:fs";
import { describe, expect } from "vitest";
import { fileOf, HAS_PROC, HAS_TERMINAL, until } from "./child-stage.ts";
import { expectStatus, openLock, test } from "./run-stage.ts";

const IS_BUILT = existsSync(fileOf("shipped reflock"));

describe.skipIf(!HAS_PROC || !IS_BUILT)("the bundle", () => {
  test("runs a command under the lock, with its status and its input", async ({ family, folder }) => {
    const lock = openLock(family, folder, "shipped reflock");
    const line =
      'echo typed | $DRIVER run --remote "$LOCKS" publish -- sh -c "read -r x; echo \\$x \\$REFLOCK_TOKEN; exit 3"';
    const run = family.startShell("shipped reflock", line, { LOCKS: lock.path });
    await expectStatus(run, 3);
    expect(run.stdout).toBe("typed 1\n");
    expect(lock.isHeld()).toBe(false);
  });

  test("enters the lock again in a run of a run", async ({ family, folder }) => {
    const lock = openLock(family, folder, "shipped reflock");
    const line =
      '$DRIVER run --remote "$LOCKS" publish -- $DRIVER run --remote "$LOCKS" -n publish -- echo inner';
    const run = family.startShell("shipped reflock", line, { LOCKS: lock.path });
    await expectStatus(run, 0);
    expect(run.stdout).toBe("inner\n");
  });

  test("gives signals on, and the lock back", async ({ family, folder }) => {
    const lock = openLock(family, folder, "shipped reflock");
    const run = lock.run(["publish", "--", "sh", "-c", "echo ready; sleep 60"]);
    await until(() => run.stdout.includes("ready"));
    run.kill("SIGTERM");
    await expectStatus(run, 143);
    expect(family.members()).toEqual([]);
    expect(lock.isHeld()).toBe(false);
  });

  test("leaves nobody behind when it is killed", async ({ family, folder }) => {
    const lock = openLock(family, folder, "shipped reflock");
    const script = "sh -c 'trap \"\" TERM; echo ready; while :; do sleep 0.2; done' & sleep 60";
    const run = lock.run(["publish", "--", "sh", "-c", script]);
    await until(() => run.stdout.includes("ready"));
    run.kill("SIGKILL");
    await until(() => family.members().length === 0);
  });

  test.skipIf(!HAS_TERMINAL)("gives the command its terminal", async ({ family, folder }) => {
    const lock = openLock(family, folder, "shipped reflock");
    const line = `$DRIVER run --remote "${lock.path}" publish -- sh -c 'echo ready; read -r x </dev/tty; echo "got $x"; exit 7'`;
    const terminal = family.atTerminal("shipped reflock", line);
    await until(() => terminal.shown.includes("ready"));
    terminal.type("it\n");
    expect(await terminal.status, terminal.shown).toBe(7);
    expect(terminal.shown).toContain("got it");
  });
});
