/** What this machine tells of a process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { namespace, startOf, statOf, thisProcess, userOf } from "../../src/machine/process-identity.ts";

const IS_LINUX = process.platform === "linux";

describe("this process", () => {
  test("is the same one each time", () => {
    expect(thisProcess()).toEqual(thisProcess());
    expect(thisProcess()).toMatchObject({
      pid: process.pid,
      user: expect.stringMatching(/./),
      host: expect.stringMatching(/./),
    });
  });

  test.skipIf(!IS_LINUX)("tells on Linux all that names it", () => {
    expect(thisProcess()).toMatchObject({
      bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/),
      startedAt: expect.stringMatching(/^\d+$/),
    });
    expect(namespace("time")).toMatch(/^time:\[\d+\]$/);
  });

  test.for([
    [{}, /^[^ ]+$|^uid /],
    [{ SUDO_USER: "alice" }, /^alice as /],
    [{ SUDO_USER: "" }, /^[^ ]+$|^uid /],
    [{ SUDO_USER: "\u001b[31mred\n" }, /^\[31mred as /],
    [{ SUDO_USER: "x".repeat(1000) }, /^x{64} as /],
  ] as const)("names whoever asked, also through sudo: %j", ([env, user]) => {
    expect(userOf(env)).toMatch(user);
  });

  test("is not said to be somebody else's if sudo was used by the same user", () => {
    const user = userOf({});
    expect(userOf({ SUDO_USER: user })).toBe(user);
  });
});

describe.skipIf(!IS_LINUX)("another process", () => {
  test("has a start time that stays, and is later than ours", async () => {
    const child = spawn("sleep", ["60"]);
    const start = startOf(child.pid ?? 0);
    expect(start).toBe(startOf(child.pid ?? 0));
    expect(Number(start)).toBeGreaterThanOrEqual(Number(startOf(process.pid)));
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(startOf(child.pid ?? 0)).toBeNull();
  });

  test("is read right whatever its name is", async () => {
    // A process may call itself `) Z 1 (`: the fields begin behind the last bracket.
    const script =
      'require("node:fs").writeFileSync("/proc/self/comm", ") Z 1 ("); console.log("named"); setInterval(() => {}, 1e6)';
    const child = spawn(process.execPath, ["-e", script]);
    await once(child.stdout, "data");
    const pid = child.pid ?? 0;
    expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toContain("() Z 1 ()");
    expect(statOf(pid)).toMatchObject({
      state: expect.stringMatching(/^[SR]$/),
      group: statOf(process.pid)?.group,
    });
    child.kill("SIGKILL");
    await once(child, "exit");
  });
});
