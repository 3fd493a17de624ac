import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { progressTeller } from "../../src/cli/progress.ts";
import { BrokenPipe, hasColours, type Manner, openTerminal } from "../../src/cli/terminal.ts";
import { LockError } from "../../src/lock/errors.ts";
import type { LockStatus } from "../../src/lock/report.ts";

function opened(manner: Manner = {}, env: Record<string, string> = {}, isTTY = false) {
  const texts = { out: "", err: "" };
  const into = (name: "out" | "err") =>
    Object.assign(
      new Writable({
        write(chunk, _, done) {
          texts[name] += chunk;
          done();
        },
      }),
      { isTTY },
    );
  return { texts, terminal: openTerminal(manner, { stdout: into("out"), stderr: into("err"), env }) };
}

describe("colours", () => {
  test.each<[boolean, Record<string, string>, boolean]>([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [false, { FORCE_COLOR: "1" }, true],
    [false, { FORCE_COLOR: "true", NO_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [true, { FORCE_COLOR: "false" }, false],
    [true, { FORCE_COLOR: "" }, true],
    [true, { TERM: "dumb" }, false],
  ])("a terminal: %s, %j: %s", (isTTY, env, colours) => {
    expect(hasColours({ isTTY }, env)).toBe(colours);
  });

  test("are around our words, and never take in what they say", () => {
    const { texts, terminal } = opened({}, { FORCE_COLOR: "1" });
    terminal.fail("no \x1b[0m way");
    expect(texts.err).toBe("reflock: \x1b[31mno \\x1b[0m way\x1b[0m\n");
    expect(terminal.paint("bold", "x")).toBe("\x1b[1mx\x1b[0m");
  });
});

test.each<[Manner, string]>([
  [{}, "reflock: said\nreflock: warned\nreflock: failed\n"],
  [{ quiet: true }, "reflock: warned\nreflock: failed\n"],
  [{ verbose: true }, "reflock: said\nreflock: warned\nreflock: failed\nreflock: detail\n"],
])("%j", async (manner, err) => {
  const { texts, terminal } = opened(manner);
  terminal.say("said");
  terminal.warn("warned");
  terminal.fail("failed");
  terminal.detail("detail");
  await terminal.print("a", "b");
  expect(texts).toEqual({ out: "a\nb\n", err });
});

test("what nobody reads is told to whoever prints, and other trouble as it is", async () => {
  const failing = (code: string) => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
    });
    stdout.on("error", () => {});
    return openTerminal({}, { stdout, stderr: stdout, env: {} });
  };
  await expect(failing("EPIPE").print("x")).rejects.toBeInstanceOf(BrokenPipe);
  await expect(failing("ENOSPC").print("x")).rejects.toMatchObject({
    kind: "unreachable",
    message: "The result could not be written: ENOSPC.",
  });
});

describe("a wait", () => {
  const holder = {
    ...{ claim: "c", ref: "r", run: null, attempt: null, job: null, url: null, who: "ada@workbench" },
    ...{
      reason: "x\n::error::y",
      freeze: false,
      since: "2026-11-21T08:00:00Z",
      alive: "unknown" as const,
      why: null,
    },
  };
  const status = (holders: LockStatus["holders"]): LockStatus => ({
    name: "publish",
    slots: 1,
    holders,
    waiters: [],
  });
  const waiting = (
    place: number,
    waitedMs: number,
    holders: LockStatus["holders"] = [holder],
    lock = "publish",
  ) => ({ kind: "waiting", lock, place, waitedMs, status: status(holders) }) as const;

  test("is told when something changes, and every few minutes", () => {
    const { texts, terminal } = opened();
    const tell = progressTeller(terminal);
    for (const [place, waitedMs] of [
      [2, 0],
      [2, 60_000],
      [1, 61_000],
      [1, 120_000],
      [1, 361_000],
      [1, 400_000],
      [1, 661_000],
    ] as const)
      tell(waiting(place, waitedMs));
    expect(
      texts.err
        .trimEnd()
        .split("\n")
        .map((line) => line.replace(/, held by.*?(; waited|$)/, "$1")),
    ).toEqual([
      'reflock: second in line for "publish"',
      'reflock: first in line for "publish"; waited 1m 1s',
      'reflock: first in line for "publish"; waited 6m 1s',
      'reflock: first in line for "publish"; waited 11m 1s',
    ]);
    expect(texts.err).toContain(
      "held by ada@workbench since 2026-11-21 08:00:00 UTC, reason: x\\n::error::y",
    );
  });

  test("for two locks is told of each", () => {
    const { texts, terminal } = opened();
    const tell = progressTeller(terminal);
    for (let time = 0; time < 3; time++) for (const lock of ["a", "b"]) tell(waiting(1, time, [], lock));
    expect(texts.err.trimEnd().split("\n")).toEqual([
      'reflock: first in line for "a", free',
      'reflock: first in line for "b", free',
    ]);
  });

  test("is silent with --quiet but for deadlocks, and moves are for --verbose", () => {
    const { texts, terminal } = opened({ quiet: true });
    const tell = progressTeller(terminal);
    tell(waiting(1, 0));
    tell({ kind: "took-over", lock: "publish", from: "run 1", why: "it is over" });
    tell({ kind: "trouble", error: new LockError("unreachable", "no answer."), pauseMs: 1000 });
    tell({ kind: "move", move: { kind: "look" } });
    expect(texts.err).toBe("");
    tell({ kind: "deadlock", message: "a circle" });
    expect(texts.err).toBe("reflock: a circle\n");
  });
});
