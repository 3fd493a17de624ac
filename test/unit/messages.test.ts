/** What is printed: whatever a name, a reason or a server's text may hold, the runner obeys none of it. */

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { plain, progressTeller, say, warn } from "../../src/action/messages.ts";
import { LockError } from "../../src/lock/errors.ts";
import type { Progress } from "../../src/lock/ports.ts";
import type { HolderStatus, LockStatus } from "../../src/lock/report.ts";
import { createStepLog, parseCommand, type StepLog } from "../runner/commands.ts";
import { createLineSplitter } from "../runner/process.ts";

/** Text of the sort that would have to be feared. */
const hostile = fc.string({
  unit: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(..."#[]:; ,=%ab\n\r\t\0\u0085\u2028\u2029\u00AD\u200B\u202E\uFEFF"),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        ...[
          "::",
          "##[",
          "##[error]",
          "::error::",
          "::set-output name=acquired::true",
          "##[set-output name=a]",
          "%0A",
        ],
        ...[
          "::add-mask::a",
          "::stop-commands::x",
          "##[add-path]",
          "%25",
          "\r\n",
          "\u001B[31m",
          "::warning file=a::b",
        ],
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 3 }) },
  ),
  maxLength: 24,
});

let written = "";
let log: StepLog;

/** Feeds what was written to a log that reads it as the runner does. */
function read(): StepLog {
  const splitter = createLineSplitter(log.feed);
  splitter.push(written);
  splitter.end();
  return log;
}

function start(): void {
  written = "";
  log = createStepLog({ masks: new Set(), debug: true, onLine: () => {} });
}

beforeEach(() => {
  start();
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    written += String(chunk);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe("plain text", () => {
  test.each([
    ["an approval", "an approval"],
    ["two\nlines", "two lines"],
    ["a\r\n\r\n::error::b", "a ::error::b"],
    ["##[error]a", "## [error]a"],
    ["#\u200B#[error]a", "# #[error]a"],
    ["#\u0000#[error]a", "# #[error]a"],
    ["###[[error]a", "### [[error]a"],
    ["\u001B[31mred\u001B[0m", "[31mred [0m"],
    ["\u202Eabc", "abc"],
    ["%0A::error::x", "%0A::error::x"],
    ["  a  ", "a"],
    ["é🔒漢", "é🔒漢"],
    ["", ""],
  ])("of %j is %j", (text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  test("is one line without anything invisible, and stays as it is when made plain again", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = plain(text);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]|##\[/u);
        expect(plain(line)).toBe(line);
      }),
      { numRuns: 2000 },
    );
  });

  test("is no command behind a word of ours", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(parseCommand(`reflock: ${plain(text)}`)).toBeNull();
        expect(parseCommand(`reflock: ${plain(text)}`, plain(text))).toBeNull();
      }),
      { numRuns: 3000 },
    );
  });

  test("the texts above are ones that the runner would obey", () => {
    const obeyed = fc
      .sample(hostile, { numRuns: 2000, seed: 11 })
      .filter((text) => text.split(/[\r\n]+/).some((line) => parseCommand(line) !== null));
    expect(obeyed.length).toBeGreaterThan(100);
  });
});

describe("what is printed", () => {
  test("is one line of the log, whatever is said", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        start();
        say(text);
        const { commands, lines, failures } = read();
        expect({ commands, lines, failures }).toEqual({
          commands: [],
          lines: [`reflock: ${plain(text)}`],
          failures: [],
        });
      }),
      { numRuns: 500 },
    );
  });

  test("is one warning and nothing else, whatever is warned of", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        start();
        warn(text);
        const { commands, failures } = read();
        expect(failures).toEqual([]);
        expect(commands).toMatchObject([{ command: "warning", properties: {}, data: plain(text) }]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("progress", () => {
  const holder: HolderStatus = {
    ...{ claim: "c".repeat(40), ref: "refs/locks/publish/holder/1", run: 811, attempt: 2, job: "publish" },
    ...{ url: "https://github.com/octo/app/actions/runs/811/attempts/2", who: "octo", reason: null },
    ...{ since: "2026-11-21T08:00:00Z", alive: "unknown", why: null, freeze: false },
  };
  const next: HolderStatus = { ...holder, run: 813, attempt: 1, url: "https://example.invalid/813" };
  const heldBy = (one: HolderStatus): LockStatus => ({
    name: "publish",
    slots: 1,
    holders: [one],
    waiters: [],
  });
  const waiting = (status: LockStatus, waitedMs = 0, place = 1): Progress => ({
    ...{ kind: "waiting", lock: "publish", place, status, waitedMs },
  });

  test("tells a wait when something about it has changed, and not again", () => {
    const tell = progressTeller();
    for (const one of [holder, holder, next, next, holder]) tell(waiting(heldBy(one)));
    tell(waiting(heldBy(holder), 0, 12));
    const { lines } = read();
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain(
      "run 811, attempt 2, job publish (https://github.com/octo/app/actions/runs/811/attempts/2)",
    );
    expect(lines[0]).toContain("2026-11-21 08:00:00 UTC");
    expect(lines[0]).toContain("first in line");
    expect(lines[1]).toContain("run 813");
    expect(lines[2]).toBe(lines[0]);
    expect(lines[3]).toContain("number 12 in line");
  });

  test("tells who was taken over from, whose ticket was removed, and why", () => {
    const tell = progressTeller();
    const why = "its job completed\n::error::";
    tell({ kind: "took-over", lock: "publish", from: "run 811", why });
    tell({ kind: "removed", lock: "publish", ticket: "refs/locks/publish/queue/1", why });
    const { lines, commands } = read();
    expect(commands).toEqual([]);
    expect(lines).toEqual([
      expect.stringMatching(/^reflock: took over "publish" from run 811: its job completed ::error::$/),
      expect.stringMatching(/^reflock: .*ticket.*"publish": its job completed ::error::$/),
    ]);
  });

  test("tells of a holder whether it is alive, where that was asked", () => {
    progressTeller()(waiting(heldBy({ ...holder, alive: "dead", why: "its job completed" })));
    progressTeller()(waiting(heldBy({ ...holder, why: "`actions: read` is missing" })));
    const { lines } = read();
    expect(lines[0]).toContain("(dead: its job completed)");
    expect(lines[1]).toContain("not known: `actions: read` is missing");
  });

  test("says every few minutes that a wait goes on", () => {
    const tell = progressTeller();
    for (let minute = 0; minute < 30; minute++) tell(waiting(heldBy(holder), minute * 60_000));
    const { lines } = read();
    expect(lines.map((line) => /waited (.*)$/.exec(line)?.[1])).toEqual([
      undefined,
      "5m",
      "10m",
      "15m",
      "20m",
      "25m",
    ]);
  });

  test("tells trouble each time, and when the next try is", () => {
    vi.useFakeTimers({ now: Date.parse("2026-11-21T23:59:58Z") });
    const tell = progressTeller();
    const error = new LockError("unreachable", "GitHub answered 502 (request 1F)\n::error::");
    for (let times = 0; times < 2; times++) tell({ kind: "trouble", error, pauseMs: 4000 });
    const { lines, commands } = read();
    expect(commands).toEqual([]);
    const line = "reflock: GitHub answered 502 (request 1F) ::error::; trying again in 4s, at 00:00:02 UTC";
    expect(lines).toEqual([line, line]);
  });

  test("tells moves to whoever debugs, and to nobody else", () => {
    const tell = progressTeller();
    tell({ kind: "move", move: { kind: "look" } });
    expect(written).toBe("");
    vi.stubEnv("RUNNER_DEBUG", "1");
    tell({ kind: "move", move: { kind: "pause", why: "##[error]\n::error::" } });
    expect(read().commands).toMatchObject([
      { command: "debug", data: '{"kind":"pause","why":"## [error]\\n::error::"}' },
    ]);
  });
});
