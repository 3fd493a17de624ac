/** What is said where: pipes that nobody reads, colours, quiet and verbose, and a terminal. */
import { spawnSync } from "node:child_process";
import { describe, expect } from "vitest";
import { expectPlain, OID, test } from "./desk.ts";

const ESCAPE = "\x1b";
const SCRIPT = spawnSync("script", ["--version"]).status === 0;
const terminal = SCRIPT ? test : test.skip;

describe.concurrent("nobody reads", () => {
  test("ends quietly", async ({ desk }) => {
    await desk.cli("acquire", "publish");
    for (const line of ["status", "status --json", "log publish", "completion bash", "--help"]) {
      const remote = /^(status|log)/.test(line) ? '--remote "$REMOTE"' : "";
      const said = await desk.shell(
        `reflock ${line} ${remote} | head -c 1 > /dev/null; echo "\${PIPESTATUS[1]}"`,
      );
      expect(said, line).toMatchObject({ code: 0, out: "0\n", err: "" });
      const closed = await desk.shell(
        `set -o pipefail; (sleep 0.1; exec reflock ${line} ${remote}) | true; echo $?`,
      );
      expect(closed.err, line).toBe("");
    }
  });

  test("a claim that can't be told is given up", async ({ desk }) => {
    const said = await desk.shell(
      `(trap "" PIPE; reflock acquire --remote "$REMOTE" publish) | true; echo "\${PIPESTATUS[0]}"`,
    );
    expect(said.out).toBe("141\n");
    expect(await desk.refs()).toEqual(["refs/locks/publish/log/1"]);
  });
});

test.concurrent("a result that can't be written is told plainly, and what was taken is given up", async ({
  desk,
}) => {
  const said = await desk.shell('reflock acquire --remote "$REMOTE" publish > /dev/full');
  expect(said.code).toBe(69);
  expect(said.err).toContain("The result could not be written: ENOSPC.");
  expect(said.err).not.toContain("bug");
  expect(await desk.refs()).toEqual(["refs/locks/publish/log/1"]);
});

describe.concurrent("quiet, verbose and colours", () => {
  test("quiet says errors alone", async ({ desk }) => {
    const taken = await desk.cli("acquire", "publish", "--quiet");
    expect(taken).toMatchObject({ code: 0, err: "" });
    const refused = await desk.cli("acquire", "publish", "--quiet", "-n");
    expect(refused).toMatchObject({ code: 75, out: "" });
    expect(refused.err).toMatch(/^reflock: Could not acquire "publish".*\n$/);
    expect(await desk.cli("release", "publish", taken.out.trimEnd(), "--quiet")).toEqual({
      code: 0,
      out: "",
      err: "",
    });
  });

  test("verbose says each step, and stdout is the same", async ({ desk }) => {
    const said = await desk.cli("acquire", "publish", "--verbose");
    expect(said.out.trimEnd()).toMatch(OID);
    expect(said.err.split("\n").length).toBeGreaterThan(4);
    expect(said.err).toContain('"kind":"take"');
    expectPlain(said);
  });

  test("colours are for terminals, and where they are asked for", async ({ desk }) => {
    await desk.cli("acquire", "publish");
    const status = 'reflock status --remote "$REMOTE"';
    const plain = await desk.shell(status);
    expectPlain(plain);
    const forced = await desk.shell(status, { FORCE_COLOR: "1" });
    expect(forced.out).toContain("\x1b[1mLOCK");
    expect(forced.out.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, "g"), "").replaceAll(/ \d+s /g, "")).toBe(
      plain.out.replaceAll(/ \d+s /g, ""),
    );
    for (const env of [{ FORCE_COLOR: "0" }, { NO_COLOR: "1" }]) expectPlain(await desk.shell(status, env));
    const json = await desk.shell(`${status} --json`, { FORCE_COLOR: "1" });
    expect(JSON.parse(json.out).locks).toHaveLength(1);
    const failed = await desk.shell('reflock acquire "" --remote "$REMOTE"', { FORCE_COLOR: "1" });
    expect(failed.err.startsWith(`reflock: ${ESCAPE}[31m`)).toBe(true);
  });

  terminal(
    `a terminal has colours${SCRIPT ? "" : " (util-linux's script is not installed here)"}`,
    async ({ desk }) => {
      await desk.cli("acquire", "publish");
      const inTerminal = (env: Record<string, string>) =>
        desk.shell('script -qec "reflock status --remote $REMOTE" /dev/null', {
          TERM: "xterm",
          ...env,
        });
      expect((await inTerminal({})).out).toContain("\x1b[1mLOCK");
      expect((await inTerminal({ NO_COLOR: "1" })).out).not.toContain("\x1b");
      expect((await inTerminal({ TERM: "dumb" })).out).not.toContain("\x1b");
    },
  );

  terminal("at a terminal, a wait is for ever unless it is said otherwise", async ({ desk }) => {
    await desk.cli("acquire", "publish");
    const waiter = await desk.shell(
      'timeout -s INT 4 script -qec "exec timeout -s INT 3 reflock acquire --verbose --remote $REMOTE publish" /dev/null',
      { TERM: "xterm" },
    );
    expect(waiter.out).toContain("first in line");
    expect(await desk.refs()).toEqual(["refs/locks/publish/holder/1", "refs/locks/publish/log/1"]);
  });
});
