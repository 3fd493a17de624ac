/** `reflock run` that loses its lock, or its repository, while the command runs. */
import { renameSync } from "node:fs";
import { describe, expect } from "vitest";
import { HAS_PROC, until } from "./child-stage.ts";
import { expectStatus, openLock, test } from "./run-stage.ts";

describe.skipIf(!HAS_PROC).concurrent("a hold", () => {
  test("is renewed for as long as the command runs, however long that is", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const run = lock.run(["--lease", "4s", "publish", "--", "sh", "-c", "echo ready; sleep 9; echo done"]);
    await until(() => run.stdout.includes("ready"));
    const next = lock.run(["-w", "1m", "publish", "--", "echo", "next"]);
    await expectStatus(run, 0);
    expect(run.stdout).toBe("ready\ndone\n");
    await expectStatus(next, 0);
    expect(lock.log().filter((subject) => subject.includes("still held")).length).toBeGreaterThan(3);
    expect(lock.log().filter((subject) => subject.includes("expired"))).toEqual([]);
  });

  test("that somebody clears ends the command, and says who it was and why", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const script = "trap 'echo told; exit 0' TERM; echo ready; while :; do sleep 0.1; done";
    const run = lock.run(["--lease", "6s", "publish", "--", "sh", "-c", script]);
    await until(() => run.stdout.includes("ready"));
    const oid = lock.refs()["refs/locks/publish/holder/1"] ?? "";
    const clear = lock.reflock("clear", "--expect", oid, "--force", "--reason", "burnt down", "publish");
    await expectStatus(clear, 0);
    await expectStatus(run, 76);
    expect(run.stdout).toBe("ready\ntold\n");
    expect(run.stderr).toMatch(/"publish" was lost: cleared by .*burnt down/);
    expect(run.stderr.match(/was lost/g)).toHaveLength(1);
    expect(lock.log()[0]).toContain("cleared");
    expect(family.members()).toEqual([]);
  });

  test("that was lost unnoticed is told at the end", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const run = lock.run([
      "publish",
      "--",
      "sh",
      "-c",
      'echo ready; while [ ! -e "$LOCKS/go" ]; do sleep 0.1; done',
    ]);
    await until(() => run.stdout.includes("ready"));
    const oid = lock.refs()["refs/locks/publish/holder/1"] ?? "";
    await expectStatus(lock.reflock("clear", "--expect", oid, "--force", "--reason", "why", "publish"), 0);
    run.kill("SIGTERM");
    await expectStatus(run, 76);
    expect(run.stderr).toMatch(/lost while the command ran: cleared by/);
  });
});

describe.skipIf(!HAS_PROC).concurrent("a repository that goes out of reach", () => {
  test("lets the lease run out, and the command ends before", async ({ family, folder }) => {
    const lock = openLock(family, folder);
    const script = "trap '' TERM; echo ready; while :; do sleep 0.1; done";
    const run = lock.run(["--lease", "9s", "publish", "--", "sh", "-c", script]);
    await until(() => run.stdout.includes("ready"));
    const start = performance.now();
    renameSync(lock.path, `${lock.path}.away`);
    await until(() => family.members().every((pid) => pid === run.pid), 15_000);
    expect(performance.now() - start).toBeLessThan(9000);
    renameSync(`${lock.path}.away`, lock.path);
    await expectStatus(run, 76);
    expect(run.stderr).toContain("its lease is about to run out");
    expect(family.members()).toEqual([]);
  });

  test("at the end leaves the command its status, with a warning", { timeout: 100_000 }, async ({
    family,
    folder,
  }) => {
    const lock = openLock(family, folder);
    const run = lock.run(["publish", "--", "sh", "-c", 'mv "$LOCKS" "$LOCKS.away"; exit 4']);
    await expectStatus(run, 4);
    expect(run.stderr).toMatch(/"publish" was not given back: .*lease of 5m/);
  });
});
