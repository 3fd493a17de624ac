/** Several calls that want one lock: who gets it, who waits, who gives up, and what is left. */
import { describe, expect } from "vitest";
import { type Desk, expectPlain, OID, test } from "./desk.ts";

async function held(desk: Desk, ...words: string[]): Promise<string> {
  const said = await desk.cli("acquire", "publish", ...words);
  expect(said.code, said.err).toBe(0);
  return said.out.trimEnd();
}

describe.concurrent("a lock that is held", () => {
  test("is told at once to whoever does not wait, with what would end it", async ({ desk }) => {
    const claim = await held(desk, "--reason", "release 2.1");
    for (const [words, code] of [
      [["-n"], 75],
      [["--wait", "0"], 75],
      [["-n", "-E", "9"], 9],
      [["-n", "--conflict-exit-code", "0"], 0],
    ] as const) {
      const said = await desk.cli("acquire", "publish", ...words);
      expect(said, words.join(" ")).toMatchObject({ code, out: "" });
      expect(said.err).toContain("release 2.1");
      expect(said.err).toContain(
        `reflock clear --expect ${claim} --force --reason WHY --remote ${desk.locks.path} publish`,
      );
      expectPlain(said);
    }
    expect(await desk.refs()).toEqual(["refs/locks/publish/holder/1", "refs/locks/publish/log/1"]);
  });

  test("is waited for no longer than was said, and the place in line is given up", async ({ desk }) => {
    await held(desk);
    const said = await desk.cli("acquire", "publish", "-w", "3s");
    expect(said.code, said.err).toBe(75);
    expect(said.err).toContain("first in line");
    expect(said.err).toContain("within 3s");
    expect(await desk.refs()).toHaveLength(2);
  });

  test("goes to the next in line when it is given back, and the waiter says what goes on", async ({
    desk,
  }) => {
    const claim = await held(desk);
    const waiter = desk.start("acquire", "publish");
    await waiter.says("first in line");
    const second = desk.start("acquire", "publish");
    await second.says("second in line");
    const status = await desk.json("status", "publish");
    expect(status.locks[0].waiters).toHaveLength(2);
    const table = await desk.cli("status", "publish");
    expect(table.out).toMatch(/^publish +waits 1 +\d+s/m);
    expect(table.out).toMatch(/^publish +waits 2 +\d+s/m);
    expect((await desk.cli("release", "publish", claim)).code).toBe(0);
    const got = await waiter.said;
    expect(got.code, got.err).toBe(0);
    expect(got.out.trimEnd()).toMatch(OID);
    expect(got.err).toMatch(/acquired "publish" after \d/);
    expect((await desk.cli("release", "publish", got.out.trimEnd())).code).toBe(0);
    expect((await second.said).code).toBe(0);
    const { holds } = await desk.json("log", "publish");
    expect(holds.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      "held",
      "released",
      "released",
    ]);
  });

  test.for([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s ends a wait, and the place in line is given up", async ([signal, code], { desk }) => {
    const claim = await held(desk);
    const waiter = desk.start("acquire", "publish");
    await waiter.says("first in line");
    waiter.kill(signal);
    const said = await waiter.said;
    expect(said, said.err).toMatchObject({ code, out: "" });
    expect(said.err).toContain("reflock: cancelled");
    expect(await desk.refs()).toEqual(["refs/locks/publish/holder/1", "refs/locks/publish/log/1"]);
    expect(await desk.locks.tip("refs/locks/publish/log/1")).toBe(claim);
  });

  test("is taken over past its max-hold, and whoever held it is told", async ({ desk }) => {
    const claim = await held(desk, "--max-hold", "2s");
    const said = await desk.cli("acquire", "publish", "-w", "30s");
    expect(said.code, said.err).toBe(0);
    expect(said.err).toMatch(/took over "publish"/);
    const lost = await desk.cli("release", "publish", claim);
    expect(lost).toMatchObject({ code: 76, out: "" });
    expect(lost.err).toMatch(/was lost: expired by/);
  });

  test("is taken over when its lease has run out, as seen by calls that do not wait", async ({ desk }) => {
    await held(desk, "--lease", "3s");
    expect((await desk.cli("acquire", "-n", "publish")).code).toBe(75);
    await new Promise((resolve) => setTimeout(resolve, 3500));
    const said = await desk.cli("acquire", "-n", "publish");
    expect(said.code, said.err).toBe(0);
  });

  test("is not taken past its lease while it is checked", async ({ desk }) => {
    const claim = await held(desk, "--lease", "4s");
    for (let check = 0; check < 4; check++) {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect((await desk.cli("check", "publish", claim)).code).toBe(0);
      expect((await desk.cli("acquire", "-n", "publish")).code).toBe(75);
    }
  });

  test("is frozen before anybody who waits", async ({ desk }) => {
    const claim = await held(desk);
    const waiter = desk.start("acquire", "publish");
    await waiter.says("in line");
    const freeze = desk.start("freeze", "publish", "--reason", "incident");
    await freeze.says("in line");
    expect((await desk.cli("release", "publish", claim)).code).toBe(0);
    const frozen = await freeze.said;
    expect(frozen.code, frozen.err).toBe(0);
    await waiter.says(/incident|frozen/);
    waiter.kill("SIGTERM");
    expect((await waiter.said).code).toBe(143);
  });
});

describe.concurrent("a lock that is free", () => {
  test("is had by one of several who come at once", async ({ desk }) => {
    const calls = Array.from({ length: 6 }, () => desk.cli("acquire", "-n", "publish"));
    const said = await Promise.all(calls);
    expect(said.map(({ code }) => code).toSorted()).toEqual([0, 75, 75, 75, 75, 75]);
    const { holds } = await desk.json("log", "publish");
    expect(holds).toHaveLength(1);
    expect(said.find(({ code }) => code === 0)?.out.trimEnd()).toBe(holds[0].claim);
  });

  test("is had by each of several who wait, in turn, by two shells that guard one file", async ({ desk }) => {
    const script = `for i in 1 2; do
        claim=$(reflock acquire --quiet --remote "$REMOTE" publish) || exit
        n=$(cat counter 2>/dev/null || echo 0); sleep 0.3; echo $((n + 1)) > counter
        reflock release --quiet --remote "$REMOTE" publish "$claim" || exit
      done`;
    const said = await Promise.all([desk.shell(script), desk.shell(script)]);
    expect(said.map(({ code, err }) => [code, err])).toEqual([
      [0, ""],
      [0, ""],
    ]);
    expect((await desk.shell("cat counter")).out).toBe("4\n");
  });
});
