/** `reflock run` on a repository of its own: what a command gets, and what is left of the lock. */
import { describe, expect } from "vitest";
import { HAS_PROC, until } from "./child-stage.ts";
import { expectStatus, openLock, test } from "./run-stage.ts";

describe.skipIf(!HAS_PROC).concurrent("run", () => {
  test.for([
    ["its own status", ["sh", "-c", "exit 3"], 3],
    ["128 + the signal", ["sh", "-c", "kill -KILL $$"], 137],
    ["a status that means something else to us", ["sh", "-c", "exit 76"], 76],
  ] as const)("ends with %s, and gives the lock back", async ([, command, status], { family, folder }) => {
    const lock = openLock(family, folder);
    const run = lock.run(["-n", "publish", "--", ...command]);
    await expectStatus(run, status);
    expect(lock.log()).toEqual([
      expect.stringMatching(/^publish released/),
      expect.stringMatching(/^publish held/),
    ]);
    expect(lock.isHeld()).toBe(false);
    expect(lock.waiters()).toBe(0);
    expect(family.members()).toEqual([]);
  });

  test.for([
    ["not found", ["no-such-command"], 127],
    ["not executable", ["/etc/passwd"], 126],
    ["empty", [""], 127],
    ["not named", [], 64],
  ] as const)(
    "a command that is %s is told before anybody waits for it",
    async ([, command, status], { family, folder }) => {
      const lock = openLock(family, folder);
      const run = lock.run(["publish", "--", ...command]);
      await expectStatus(run, status);
      expect(run.stderr).toMatch(/^reflock: /);
      expect(lock.refs()).toEqual({});
    },
  );

  test("the command finds its holds in the environment, under two names in one order", async ({
    family,
    folder,
  }) => {
    const lock = openLock(family, folder);
    await expectStatus(lock.run(["a b", "--", "true"]), 0);
    const run = lock.run([
      "a b",
      "c",
      "--",
      "sh",
      "-c",
      'echo "$REFLOCK_NAME/$REFLOCK_TOKEN/$REFLOCK_HOLDS/$REFLOCK_CLAIM"',
    ]);
    await expectStatus(run, 0);
    const [names, tokens, ...rest] = run.stdout.trim().split("/");
    expect([names, tokens]).toEqual(["a b c", "2 1"]);
    const claims = rest.at(-1)?.split(" ") ?? [];
    expect(claims).toHaveLength(2);
    expect(run.stdout).toContain(`"nonce":"${claims[0]}"`);
    expect(lock.isHeld("c")).toBe(false);
  });

  test("the command has the input and the token, and its status is told", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const line =
      'echo typed | $DRIVER run --remote "$LOCKS" publish -- sh -c "read -r x; echo \\$x \\$REFLOCK_TOKEN; exit 3"';
    const run = family.startShell("reflock", line, { LOCKS: lock.path });
    await expectStatus(run, 3);
    expect(run.stdout).toBe("typed 1\n");
    expect(lock.isHeld()).toBe(false);
  });

  test("the input is passed through, line by line", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const line =
      'printf "one\\ntwo\\n" | $DRIVER run --remote "$LOCKS" -n publish -- sh -c "read -r a; read -r b; echo \\$b \\$a"';
    const run = family.startShell("reflock", line, { LOCKS: lock.path });
    await expectStatus(run, 0);
    expect(run.stdout).toBe("two one\n");
  });

  test("a second one does not get the lock, and says by whom it is held", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const first = lock.run([
      "publish",
      "--reason",
      "nightly",
      "--",
      "sh",
      "-c",
      "echo ready; read -r x || sleep 60",
    ]);
    await until(() => first.stdout.includes("ready"));
    const second = lock.run(["-n", "publish", "--", "echo", "overlap"]);
    await expectStatus(second, 75);
    expect(second.stdout).toBe("");
    expect(second.stderr).toContain("nightly");
    await expectStatus(lock.run(["-n", "-E", "3", "publish", "--", "true"]), 3);
    first.kill("SIGTERM");
    await expectStatus(first, 143);
    expect(lock.isHeld()).toBe(false);
  });

  test("several of them never overlap, and none fails", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const script =
      'mkdir "$LOCKS/inside" || echo overlap; sleep 0.2; rmdir "$LOCKS/inside"; echo "$REFLOCK_TOKEN"';
    const runs = Array.from({ length: 4 }, () => lock.run(["-w", "1m", "publish", "--", "sh", "-c", script]));
    for (const run of runs) await expectStatus(run, 0);
    expect(runs.map(({ stdout }) => stdout.trim()).toSorted()).toEqual(["1", "2", "3", "4"]);
    expect(lock.waiters()).toBe(0);
  });
});

describe.skipIf(!HAS_PROC).concurrent("a run in a run", () => {
  test("of the same name enters the hold, and leaves it to the outer one", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const line = `$DRIVER run --remote "$LOCKS" publish -- sh -c '
      $DRIVER run --remote "$LOCKS" -n publish -- sh -c "echo inner \\$REFLOCK_TOKEN; exit 5"; echo "status $?"
      $DRIVER check --remote "$LOCKS" publish && echo "still held"
      env -u REFLOCK_CLAIM -u REFLOCK_HOLDS $DRIVER run --remote "$LOCKS" -n publish -- echo overlap; echo "other $?"'`;
    const run = family.startShell("reflock", line, { LOCKS: lock.path });
    await expectStatus(run, 0);
    expect(run.stdout).toBe("inner 1\nstatus 5\nstill held\nother 75\n");
    expect(lock.log().filter((subject) => subject.includes("released"))).toHaveLength(1);
    expect(lock.isHeld()).toBe(false);
  });

  test("needs no more than the environment to know that it is one", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const line =
      '$DRIVER run --remote "$LOCKS" publish -- $DRIVER run --remote "$LOCKS" -n publish -- echo inner';
    const run = family.startShell("reflock", line, { LOCKS: lock.path });
    await expectStatus(run, 0);
    expect(run.stdout).toBe("inner\n");
  });

  test("of another name holds both, and gives back its own", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const line = `$DRIVER run --remote "$LOCKS" outer -- sh -c '
      $DRIVER run --remote "$LOCKS" -n inner -- sh -c "echo \\$REFLOCK_NAME"
      git -C "$LOCKS" for-each-ref --format="%(refname)" "refs/locks/*/holder/*"; echo "$REFLOCK_NAME"'`;
    const run = family.startShell("reflock", line, { LOCKS: lock.path });
    await expectStatus(run, 0);
    expect(run.stdout).toBe("outer inner\nrefs/locks/outer/holder/1\nouter\n");
  });

  test("ends with the outer one, and so does its command", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const line = `exec $DRIVER run --remote "$LOCKS" publish -- $DRIVER run --remote "$LOCKS" publish -- sh -c 'trap "" TERM; echo ready; while :; do sleep 0.2; done'`;
    const run = family.startShell("reflock", line, { LOCKS: lock.path });
    await until(() => run.stdout.includes("ready"), 20_000);
    run.kill("SIGKILL");
    await until(() => family.members().length === 0, 20_000);
  });
});
