import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { environmentFor } from "../../src/git/environment.ts";
import { runGit } from "../../src/git/process.ts";
import { rejectionOf } from "./thrown.ts";

const cwd = tmpdir();
/** A git that does something else for us. */
const shell = (script: string) => ["-c", `alias.x=!${script}; :`, "x"];

// There are no signals on Windows, nor this shell.
const isPosix = process.platform !== "win32";

describe.runIf(isPosix)("a git that does not end", () => {
  test("is ended with all that it started, when its time is up", async () => {
    const result = await runGit(shell("echo $$; sleep 300"), { cwd, timeoutMs: 500 });
    expect(result).toMatchObject({ ending: "timeout", code: null });
    const pid = Number(result.stdout);
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  test("is ended when we are told to stop, and none is started after that", async () => {
    const stop = new AbortController();
    const running = runGit(shell("sleep 300"), { cwd, timeoutMs: 60_000, signal: stop.signal });
    stop.abort();
    expect(await running).toMatchObject({ ending: "aborted" });
    expect(await runGit(["--version"], { cwd, timeoutMs: 60_000, signal: stop.signal })).toMatchObject({
      ending: "aborted",
      stdout: "",
    });
  });

  test("for saying too much", async () => {
    expect(await runGit(shell("yes"), { cwd, timeoutMs: 60_000 })).toMatchObject({ ending: "flood" });
  });
});

test.runIf(isPosix)("a git that has ended is not waited for because of what it has started", async () => {
  const began = performance.now();
  const result = await runGit(shell("sh -c 'sleep 20 & echo done'"), { cwd, timeoutMs: 60_000 });
  expect(result).toMatchObject({ ending: "exit", code: 0, stdout: "done\n" });
  expect(performance.now() - began).toBeLessThan(15_000);
});

test.runIf(isPosix)("a git that somebody else ends is told apart from one that fails", async () => {
  expect(await runGit(shell("kill -KILL $PPID"), { cwd, timeoutMs: 60_000 })).toMatchObject({
    ending: "signal",
  });
  expect(await runGit(["no-such-command"], { cwd, timeoutMs: 60_000 })).toMatchObject({
    ending: "exit",
    code: 1,
  });
});

test("no git at all is an error of usage", async () => {
  const path = process.env.PATH;
  process.env.PATH = "/nowhere";
  try {
    expect(await rejectionOf(runGit(["--version"], { cwd, timeoutMs: 1000 }))).toMatchObject({
      kind: "usage",
    });
  } finally {
    process.env.PATH = path;
  }
});

describe("the environment", () => {
  test("has nothing of another git, and nothing that prompts or traces", () => {
    const from = {
      HOME: "/home/octo",
      GIT_DIR: "/x/.git",
      GIT_INDEX_FILE: "/x/index",
      GIT_WORK_TREE: "/x",
      GIT_TRACE_CURL: "1",
      GIT_CURL_VERBOSE: "1",
      GIT_SSL_CAINFO: "/ca.pem",
      GIT_SSH_COMMAND: "ssh -i my-key",
      LC_ALL: "de_DE.UTF-8",
    };
    expect(environmentFor({}, from)).toMatchObject({
      HOME: "/home/octo",
      GIT_SSL_CAINFO: "/ca.pem",
      GIT_SSH_COMMAND: "ssh -i my-key",
      GIT_TERMINAL_PROMPT: "0",
      LC_ALL: "C",
    });
    const names = Object.keys(environmentFor({}, from));
    expect(names.filter((name) => /DIR|INDEX|WORK_TREE|TRACE|VERBOSE/.test(name))).toEqual([]);
  });

  test("keeps the settings that it has, over ours for this one git", () => {
    const from = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "http.proxy", GIT_CONFIG_VALUE_0: "theirs" };
    expect(environmentFor({ settings: [["http.proxy", "ours"]] }, from)).toMatchObject({
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_0: "http.proxy",
      GIT_CONFIG_VALUE_0: "ours",
      GIT_CONFIG_VALUE_1: "theirs",
    });
  });

  test("allows transports that run no program, and of these no more than it did", () => {
    expect(environmentFor({}, {}).GIT_ALLOW_PROTOCOL).toBe("file:git:http:https:ssh");
    expect(environmentFor({}, { GIT_ALLOW_PROTOCOL: "ext:https" }).GIT_ALLOW_PROTOCOL).toBe("https");
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
