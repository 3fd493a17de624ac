/** The guarded command as its own process: what becomes of its status, its signals, its input, and of all that it starts. */
import { describe, expect } from "vitest";
import { groupOf, HAS_PROC, isThere, test, until, watchersOf } from "./child-stage.ts";

describe.skipIf(!HAS_PROC).concurrent("the exit status", () => {
  test.for([
    ["true", ["true"], 0],
    ["its own", ["sh", "-c", "exit 3"], 3],
    ["one that looks like a signal's", ["sh", "-c", "exit 143"], 143],
    ["of a signal", ["sh", "-c", "kill -TERM $$"], 143],
    ["of KILL", ["sh", "-c", "kill -KILL $$"], 137],
    ["not found", ["no-such-command"], 127],
    ["not found, by path", ["/no/such/command"], 127],
    ["not executable", ["/etc/passwd"], 126],
    ["a directory", ["/etc"], 126],
    ["what only shells have built in", ["exit", "0"], 127],
  ] as const)("%s", async ([, command, status], { family }) => {
    const driver = family.start("child-driver", command);
    expect(await driver.drained, driver.stderr).toEqual({ code: status, signal: null });
    expect(family.members()).toEqual([]);
  });

  test("is the same without a shell between", async ({ family }) => {
    // A name that shells drop: the command is started directly, so that it gets it.
    const odd = { "npm_config_//registry:token": "x" };
    for (const [command, status] of [
      [["sh", "-c", "exit 3"], 3],
      [["sh", "-c", "kill -TERM $$"], 143],
      [["no-such-command"], 127],
      [["/etc/passwd"], 126],
    ] as const)
      expect((await family.start("child-driver", command, odd).drained).code).toBe(status);
  });
});

describe.skipIf(!HAS_PROC).concurrent("the environment", () => {
  test.for([
    ["plain", {}],
    ["with names that are no words", { "a.b": "1", "INPUT_JOB-ID": "2", "BASH_FUNC_f%%": "() { :; }" }],
    ["with names that are a shell's own", { IFS: "x", UID: "7", PPID: "8" }],
  ] as const)("reaches the command, %s", async ([, more], { family }) => {
    const script = `const { PWD, OLDPWD, SHLVL, _, ...env } = process.env; console.log(JSON.stringify(env))`;
    const driver = family.start("child-driver", [process.execPath, "-e", script], {
      ...more,
      TEXT: "a b\n'\"$",
    });
    await driver.drained;
    expect(JSON.parse(driver.stdout)).toEqual({ ...family.env, ...more, TEXT: "a b\n'\"$" });
  });

  test("words reach it as they are", async ({ family }) => {
    const words = ["", "a b", "$(exit 1)", "'", '"', "--", "-c", "\n", "*", "ä☃"];
    const script = "console.log(JSON.stringify(process.argv.slice(1)))";
    const driver = family.start("child-driver", [process.execPath, "-e", script, "--", ...words]);
    await driver.drained;
    expect(JSON.parse(driver.stdout)).toEqual(words);
  });
});

describe.skipIf(!HAS_PROC).concurrent("the input", () => {
  test.for([
    ["a pipe", "echo from the pipe | $DRIVER cat", "from the pipe\n"],
    [
      "a pipe that is read in parts",
      "printf 'one\\ntwo\\n' | $DRIVER sh -c 'read -r a; read -r b; echo $b $a'",
      "two one\n",
    ],
    ["a file", "$DRIVER cat </proc/sys/kernel/ostype", "Linux\n"],
    ["closed", "$DRIVER cat <&-", ""],
    ["empty", "$DRIVER cat </dev/null", ""],
    ["what the command leaves unread", "printf 'one\\ntwo\\n' | { $DRIVER true; cat; }", "one\ntwo\n"],
  ] as const)("%s", async ([, line, output], { family }) => {
    const driver = family.startShell("child-driver", line);
    expect((await driver.drained).code, driver.stderr).toBe(0);
    expect(driver.stdout).toBe(output);
  });

  test("is not told apart by time", async ({ family }) => {
    const driver = family.startShell("child-driver", "{ sleep 0.5; echo late; } | $DRIVER cat");
    await driver.drained;
    expect(driver.stdout).toBe("late\n");
  });
});

describe.skipIf(!HAS_PROC).concurrent("a signal", () => {
  test.for([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGQUIT", 131],
  ] as const)(
    "%s is given on to the command and to all that it has started",
    async ([signal, status], { family }) => {
      const driver = family.start("child-driver", ["sh", "-c", "sleep 60 & sleep 60; true"]);
      await until(() => family.sleepers().length === 2);
      const members = family.members().filter((pid) => pid !== driver.pid);
      expect(new Set(members.map(groupOf)).size).toBe(1);
      expect(groupOf(members[0] ?? 0)).not.toBe(groupOf(driver.pid));
      driver.kill(signal);
      expect((await driver.drained).code).toBe(status);
      expect(family.members()).toEqual([]);
    },
  );

  test("that the command handles leaves it its status", async ({ family }) => {
    const script = "trap 'echo told; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
    const driver = family.start("child-driver", ["sh", "-c", script]);
    await until(() => driver.stdout.includes("ready"));
    driver.kill("SIGTERM");
    expect((await driver.drained).code).toBe(9);
    expect(driver.stdout.match(/told/g)).toHaveLength(1);
  });
});

describe.skipIf(!HAS_PROC).concurrent("what the command starts", () => {
  test("ends with it, after it had time to finish", async ({ family }) => {
    const driver = family.start("child-driver", [
      "sh",
      "-c",
      "(sleep 0.5; echo finished) & sleep 60 & exit 4",
    ]);
    expect((await driver.drained).code).toBe(4);
    expect(driver.stdout).toBe("finished\n");
    expect(driver.stderr).toContain("left processes behind");
    expect(family.members()).toEqual([]);
  });

  test("is not waited for where it has gone away for good", async ({ family }) => {
    const driver = family.start("child-driver", ["setsid", "-f", "sleep", "60"]);
    expect((await driver.exited).code).toBe(0);
    expect(driver.stderr).not.toContain("left processes behind");
    expect(family.members()).toHaveLength(1);
  });
});

describe.skipIf(!HAS_PROC).concurrent("stop", () => {
  test("ends what ends on TERM, at once", async ({ family }) => {
    const start = performance.now();
    const driver = family.start("child-driver", ["sh", "-c", "sleep 60 & sleep 60"], {
      STOP_AFTER_MS: "300",
    });
    expect((await driver.drained).code).toBe(143);
    expect(performance.now() - start).toBeLessThan(4000);
    expect(family.members()).toEqual([]);
  });

  test("ends what ignores TERM, by KILL after five seconds, grandchildren too", async ({ family }) => {
    const script =
      "trap '' TERM; sh -c 'sh -c \"sleep 60; true\" & sleep 60; true' & echo ready; wait; sleep 60";
    const driver = family.start("child-driver", ["sh", "-c", script], { STOP_AFTER_MS: "500" });
    await until(() => driver.stdout.includes("ready"));
    const start = performance.now();
    expect((await driver.drained).code).toBe(137);
    expect(performance.now() - start).toBeGreaterThan(4500);
    expect(performance.now() - start).toBeLessThan(8000);
    expect(family.members()).toEqual([]);
  });

  test("ends what was stopped", async ({ family }) => {
    const driver = family.start("child-driver", ["sh", "-c", "kill -STOP $$"], { STOP_AFTER_MS: "500" });
    expect((await driver.drained).code).toBe(143);
    expect(family.members()).toEqual([]);
  });
});

describe.skipIf(!HAS_PROC).concurrent("the watcher", () => {
  test("ends the group when whoever guards it is killed, also what ignores TERM", async ({ family }) => {
    const script = "sh -c 'trap \"\" TERM; echo ready; while :; do sleep 1; done' & sleep 60";
    const driver = family.start("child-driver", ["sh", "-c", script]);
    await until(() => driver.stdout.includes("ready"));
    const [watcher = 0, ...others] = watchersOf(driver.pid);
    expect(others).toEqual([]);
    const members = family.members().filter((pid) => pid !== driver.pid);
    expect(members.map(groupOf)).not.toContain(groupOf(watcher));
    driver.kill("SIGKILL");
    const start = performance.now();
    await until(() => family.members().length === 0);
    expect(performance.now() - start).toBeGreaterThan(4000);
    await until(() => !isThere(watcher));
    for (const pid of members) expect(isThere(pid)).toBe(false);
  });

  test("gives what ends on TERM the time for it", async ({ family }) => {
    const script = "trap 'sleep 1; echo cleaned up; exit' TERM; echo ready; while :; do sleep 0.1; done";
    const driver = family.start("child-driver", ["sh", "-c", script]);
    await until(() => driver.stdout.includes("ready"));
    driver.kill("SIGKILL");
    await until(() => family.members().length === 0);
    await driver.drained;
    expect(driver.stdout).toContain("cleaned up");
  });

  test("gives no more time where TERM was given on before", async ({ family }) => {
    const driver = family.start("child-driver", [
      "sh",
      "-c",
      "trap '' TERM; echo ready; while :; do sleep 0.1; done",
    ]);
    await until(() => driver.stdout.includes("ready"));
    driver.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 300));
    driver.kill("SIGKILL");
    const start = performance.now();
    await until(() => family.members().length === 0);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test("ends at once when the command ends", async ({ family }) => {
    const driver = family.start("child-driver", ["sh", "-c", "sleep 0.5"]);
    await until(() => watchersOf(driver.pid).length === 1);
    const [watcher = 0] = watchersOf(driver.pid);
    await driver.exited;
    expect(isThere(watcher)).toBe(false);
  });

  test("outlives what a terminal sends to the group of whoever started it", async ({ family }) => {
    const driver = family.start("child-driver", [
      "sh",
      "-c",
      "trap '' INT TERM HUP; echo ready; while :; do sleep 0.1; done",
    ]);
    await until(() => driver.stdout.includes("ready"));
    const [watcher = 0] = watchersOf(driver.pid);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) process.kill(watcher, signal);
    expect(groupOf(watcher)).not.toBe(groupOf(driver.pid));
    driver.kill("SIGKILL");
    await until(() => family.members().length === 0);
  });
});

/** By itself: beside others it would be killed before it has begun anything. */
describe.skipIf(!HAS_PROC)("the watcher", () => {
  test("knows the group before the command begins, whenever whoever started it is killed", async ({
    family,
  }) => {
    const rounds = Array.from({ length: 20 }, (_, round) => 40 + round * 6);
    for (const ms of rounds) {
      const driver = family.start("child-driver", ["sh", "-c", "sleep 60"]);
      await new Promise((resolve) => setTimeout(resolve, ms));
      driver.kill("SIGKILL");
      await driver.exited;
    }
    await until(() => family.members().length === 0);
  });
});
