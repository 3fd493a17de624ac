/** The same with each shell that may be a system's, and without any: what they differ in makes no difference. */
import { existsSync } from "node:fs";
import { describe, expect } from "vitest";
import { HAS_PROC, HAS_TERMINAL, isThere, test, until, watchersOf } from "./child-stage.ts";

const SHELLS = ["/bin/dash", "/bin/bash", "/bin/zsh", "/no/shell"];
const HAVE_JOB_CONTROL = ["/bin/dash", "/bin/bash"];

describe.skipIf(!HAS_PROC).concurrent.for(SHELLS.map((shell) => [shell] as const))("%s", ([shell]) => {
  const env = { TEST_SHELL: shell };
  const isNone = shell === "/no/shell";
  const isMissing = !isNone && !existsSync(shell);

  test.skipIf(isMissing)("the exit status", async ({ family }) => {
    for (const [command, status] of [
      [["sh", "-c", "exit 3"], 3],
      [["sh", "-c", "kill -TERM $$"], 143],
      [["no-such-command"], 127],
      [["/etc/passwd"], 126],
      [["exit", "0"], 127],
    ] as const)
      expect((await family.start("child-driver", command, env).drained).code).toBe(status);
    expect(family.members()).toEqual([]);
  });

  test.skipIf(isMissing)("a signal, and the watcher's end", async ({ family }) => {
    const driver = family.start("child-driver", ["sh", "-c", "sleep 60 & echo ready; sleep 60; true"], env);
    await until(() => driver.stdout.includes("ready"));
    const [watcher = 0] = watchersOf(driver.pid);
    expect(isThere(watcher)).toBe(true);
    driver.kill("SIGTERM");
    expect((await driver.drained).code).toBe(143);
    expect(isThere(watcher)).toBe(false);
    expect(family.members()).toEqual([]);
  });

  test.skipIf(isMissing)("the watcher ends the group, by KILL what ignores TERM", async ({ family }) => {
    const driver = family.start(
      "child-driver",
      ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.2; done"],
      env,
    );
    await until(() => driver.stdout.includes("ready"));
    driver.kill("SIGKILL");
    const start = performance.now();
    await until(() => family.members().length === 0);
    expect(performance.now() - start).toBeGreaterThan(4000);
  });

  test.skipIf(isMissing || !HAS_TERMINAL)(
    "a terminal: input, Ctrl-Z, Ctrl-C, and what comes after",
    async ({ family }) => {
      const line = `trap : INT; $DRIVER sh -c 'echo ready; read -r one; echo "got $one"; exec sleep 60'; echo "status $?"; read -r two; echo "then $two"`;
      const terminal = family.atTerminal("child-driver", line, env);
      await until(() => terminal.shown.includes("ready"));
      if (HAVE_JOB_CONTROL.includes(shell)) terminal.type("\x1a");
      terminal.type("it\n");
      await until(() => terminal.shown.includes("got it"));
      terminal.type("\x03");
      await until(() => terminal.shown.includes("status 130"));
      terminal.type("more\n");
      await terminal.status;
      expect(terminal.shown).toContain("then more");
    },
  );
});
