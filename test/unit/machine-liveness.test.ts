/** Which processes are dead, as far as this machine can tell: what can't be known is not. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import type { Process } from "../../src/lock/identity.ts";
import type { Subject } from "../../src/lock/ports.ts";
import { startOf, thisProcess } from "../../src/machine/process-identity.ts";
import { judgeProcess, openProcessLiveness, type ProcessTable } from "../../src/machine/process-liveness.ts";

const SELF: Process = {
  user: "alice",
  host: "build-1",
  bootId: "11111111-1111-4111-8111-111111111111",
  pidNamespace: "pid:[1]",
  pid: 50,
  startedAt: "1000",
};
const OTHER_BOOT = "22222222-2222-4222-8222-222222222222";

/** A machine with one process: 77, which began at 2000. */
const TABLE: ProcessTable = {
  exists: (pid) => pid === 77,
  hasEnded: () => false,
  startOf: (pid) => (pid === 77 ? "2000" : null),
};

const who = (more: Partial<Process> = {}): Process => ({ ...SELF, pid: 77, startedAt: "2000", ...more });

describe("a process", () => {
  test.for<[string, Partial<Process>, Partial<ProcessTable>, "alive" | "dead" | "unknown", RegExp]>([
    ["that is there", {}, {}, "alive", /77 runs/],
    ["that is gone", { pid: 78 }, {}, "dead", /78 has ended/],
    ["that has ended and is not noticed yet", {}, { hasEnded: () => true }, "dead", /77 has ended/],
    ["whose number another one has", { startedAt: "1999" }, {}, "dead", /another one has that number/],
    ["that is gone, without a start time", { pid: 78, startedAt: null }, {}, "dead", /78 has ended/],
    ["that may be there, without a start time", { startedAt: null }, {}, "unknown", /still the same/],
    ["whose start time is hidden", {}, { startOf: () => null }, "unknown", /still the same/],
    ["that can't be looked for", {}, { exists: () => null }, "unknown", /does not tell/],
    ["of another host", { host: "build-2", pid: 78 }, {}, "unknown", /build-2/],
    ["of another host and boot", { host: "build-2", bootId: OTHER_BOOT }, {}, "unknown", /build-2/],
    ["of another start of a machine of this name", { bootId: OTHER_BOOT }, {}, "unknown", /another start/],
    [
      "of another boot of a localhost",
      { host: "localhost", bootId: OTHER_BOOT },
      {},
      "unknown",
      /build-1|localhost/,
    ],
    ["of an unknown boot", { bootId: null, pid: 78 }, {}, "unknown", /start of the machine/],
    ["of another container", { pidNamespace: "pid:[2]", pid: 78 }, {}, "unknown", /container/],
    ["of an unknown container", { pidNamespace: null, pid: 78 }, {}, "unknown", /container/],
    ["that named none", { pid: null, startedAt: null }, {}, "unknown", /no process/],
    ["of number 0, which would be ourselves", { pid: 0 }, {}, "unknown", /no process/],
    ["of a negative number, which would be a group", { pid: -77 }, {}, "unknown", /no process/],
  ])("%s", ([, more, table, state, why]) => {
    expect(judgeProcess(who(more), SELF, { ...TABLE, ...table })).toMatchObject({
      state,
      why: expect.stringMatching(why),
    });
  });

  test("of a localhost is not judged by a localhost", () => {
    const self = { ...SELF, host: "localhost" };
    expect(judgeProcess(who({ host: "localhost", bootId: OTHER_BOOT }), self, TABLE).state).toBe("unknown");
  });

  test("is not judged by a machine that does not know its own boot", () => {
    const self = { ...SELF, bootId: null, pidNamespace: null };
    expect(judgeProcess(who({ pid: 78 }), self, TABLE).state).toBe("unknown");
    expect(judgeProcess(who({ pid: 78, bootId: null, pidNamespace: null }), self, TABLE).state).toBe(
      "unknown",
    );
  });
});

describe("a ticket, a claim", () => {
  const liveness = openProcessLiveness(SELF);
  const subject = (kind: Subject["kind"], process: Process | null): Subject => ({
    kind,
    scope: "job",
    who: { run: null, process },
    writtenAtMs: null,
    isThorough: false,
  });
  // Above the highest that a system gives.
  const gone = who({ pid: 2 ** 30 });

  test("the ticket of a dead process is dead", async () => {
    expect((await liveness.judge(subject("ticket", gone))).state).toBe("dead");
  });

  test("its claim lives as long as its lease", async () => {
    expect(await liveness.judge(subject("claim", gone))).toMatchObject({
      state: "unknown",
      why: expect.stringContaining("lease"),
    });
  });

  test("of a run it knows nothing", async () => {
    expect((await liveness.judge(subject("ticket", null))).state).toBe("unknown");
  });
});

describe.skipIf(process.platform !== "linux")("on this machine", () => {
  test("a process is alive until it has ended", async () => {
    const self = thisProcess();
    const child = spawn("sleep", ["60"]);
    const pid = child.pid ?? 0;
    const theirs = { ...self, pid, startedAt: startOf(pid) };
    expect(judgeProcess(theirs, self).state).toBe("alive");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(judgeProcess(theirs, self).state).toBe("dead");
    expect(judgeProcess(self, self).state).toBe("alive");
    expect(judgeProcess({ ...self, startedAt: "1" }, self).state).toBe("dead");
  });
});
