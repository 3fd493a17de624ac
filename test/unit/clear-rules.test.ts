/** What `clear` ends, what it refuses, and what it leaves alone: case by case, over a store in memory. */
import { describe, expect, test } from "vitest";
import { type Cleared, type Clearing, clear } from "../../src/lock/clear.ts";
import { type LogRecord, readRecord } from "../../src/lock/entry.ts";
import type { Identity } from "../../src/lock/identity.ts";
import { holderRef, logRef } from "../../src/lock/name.ts";
import type { Ports } from "../../src/lock/ports.ts";
import type { Oid } from "../../src/lock/refs.ts";
import type { Ticket } from "../../src/lock/ticket.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import { type Memory, memory } from "./memory.ts";
import { FIRST_DATE, job, LOCK, person } from "./situations.ts";

const DEAD: Verdict = { state: "dead", why: "its job is completed", sinceMs: Date.parse(FIRST_DATE) };
const ALIVE: Verdict = { state: "alive", why: "its job is in_progress", sinceMs: null };
const UNKNOWN: Verdict = { state: "unknown", why: "the token may not read runs", sinceMs: null };

const CLEARING: Clearing = { by: job(999), reason: null, expect: null, force: false, dryRun: false };
const FORCE = { force: true, reason: "it hangs" };

interface Bench {
  readonly m: Memory;
  /** Makes it the tip of slot 1, or of another. */
  tip(oid: Oid, slot?: number): void;
  marker(oid: Oid, slot?: number): void;
  queue(...tickets: readonly Ticket[]): void;
  /** What liveness tells of this run; of all others it knows nothing. */
  tell(runId: number, verdict: Verdict): void;
  clear(clearing?: Partial<Clearing>): Promise<Cleared[]>;
  /** As a person sees it. */
  lines(clearing?: Partial<Clearing>): Promise<string[]>;
  /** The commit at the tip of slot 1, and what it says. */
  last(): { readonly parents: readonly Oid[]; readonly record: LogRecord };
}

/** A minute after the first commit, by the server's clock. */
function bench(readAtMs = Date.parse(FIRST_DATE) + 60_000): Bench {
  const m = memory();
  const verdicts = new Map<number, Verdict>();
  const verdictOf = ({ run }: Identity) => verdicts.get(run?.id ?? 0) ?? UNKNOWN;
  const ports: Ports = {
    ...m.ports,
    store: {
      ...m.ports.store,
      list: async (prefix) => ({ ...(await m.ports.store.list(prefix)), readAtMs }),
    },
    liveness: { judge: async ({ who }) => verdictOf(who) },
  };
  const it: Bench = {
    m,
    tip: (oid, slot = 1) => void m.refs.set(logRef(LOCK, slot), oid),
    marker: (oid, slot = 1) => void m.refs.set(holderRef(LOCK, slot), oid),
    queue: (...tickets) => {
      for (const { ref, oid } of tickets) m.refs.set(ref, oid);
    },
    tell: (runId, verdict) => void verdicts.set(runId, verdict),
    clear: (clearing) => clear(ports, LOCK, { ...CLEARING, ...clearing }, { untilMs: 60_000 }),
    lines: async (clearing) =>
      (await it.clear(clearing)).map(({ what, result, why }) => `${what}, ${result}: ${why}`),
    last() {
      const commit = m.world.commits.get(m.refs.get(logRef(LOCK, 1)) ?? "");
      if (commit === undefined) throw new Error("there is no log");
      return { parents: commit.parents, record: readRecord(commit) };
    },
  };
  return it;
}

/** Run 812 holds slot 1. */
function held(more: Parameters<Memory["world"]["claim"]>[1] = {}): Bench & { readonly claim: Oid } {
  const b = bench();
  const claim = b.m.world.claim(null, more);
  b.tip(claim);
  b.marker(claim);
  return { ...b, claim };
}

describe("a hold", () => {
  test("of the dead goes: one entry, with whoever cleared and why it was dead", async () => {
    const b = held();
    b.tell(812, DEAD);
    expect(await b.lines()).toEqual(["the hold of slot 1, cleared: its job is completed"]);
    const { by } = CLEARING;
    expect(b.m.refs.get(holderRef(LOCK, 1))).toBeUndefined();
    expect(b.last()).toMatchObject({
      parents: [b.claim],
      record: {
        entry: { ends: "nonce-1", sequence: 1, outcome: "cleared", by, reason: "its job is completed" },
      },
    });
  });

  test("is ended for the reason that was given, where one was", async () => {
    const b = held();
    b.tell(812, DEAD);
    await b.clear({ reason: "the machine burnt down" });
    expect(b.last().record).toMatchObject({ entry: { reason: "the machine burnt down" } });
  });

  const doubts: readonly (readonly [string, Verdict, RegExp])[] = [
    ["of the living", ALIVE, /refused: it is alive: its job is in_progress/],
    [
      "of whom nothing is known",
      UNKNOWN,
      /refused: whether it is alive is not known: the token may not read runs/,
    ],
  ];
  test.each(doubts)("%s stays, also if it is expected, or only forced", async (_, verdict, line) => {
    const b = held();
    b.tell(812, verdict);
    const refs = new Map(b.m.refs);
    for (const clearing of [{}, { expect: b.claim }, FORCE, { reason: "please" }])
      expect((await b.lines(clearing)).join()).toMatch(line);
    expect(b.m.refs).toEqual(refs);
    expect(await b.lines({ ...FORCE, expect: b.claim })).toEqual(["the hold of slot 1, cleared: it hangs"]);
  });

  test("that is not the expected one is left alone, dead or forced", async () => {
    const b = held();
    const other = b.m.world.claim();
    for (const verdict of [DEAD, ALIVE]) {
      b.tell(812, verdict);
      expect(await b.lines({ ...FORCE, expect: other })).toEqual([
        "the hold of slot 1, other: it is another hold than was expected",
      ]);
    }
    expect(b.m.refs.get(logRef(LOCK, 1))).toBe(b.claim);
  });

  test("is the expected one by each of its renewals, however many there were", async () => {
    const b = held();
    const claims = [b.claim];
    for (let renewal = 0; renewal < 120; renewal++) claims.push(b.m.world.renewal(claims.at(-1) ?? ""));
    b.tip(claims.at(-1) ?? "");
    b.tell(812, ALIVE);
    for (const expected of [claims[0], claims[1], claims[60], claims[119], claims[120]])
      expect(await b.lines({ ...FORCE, expect: expected ?? null, dryRun: true })).toEqual([
        "the hold of slot 1, would-clear: it hangs",
      ]);
  });

  test.each([
    ["past its max-hold", { maxHoldSeconds: 50 }, "it is past its max-hold"],
    ["past its lease", { leaseSeconds: 50 }, "its lease ran out"],
  ] as const)("%s goes, whoever lives", async (_, more, why) => {
    const b = held(more);
    b.tell(812, ALIVE);
    expect(await b.lines()).toEqual([`the hold of slot 1, cleared: ${why}`]);
  });

  test.each([
    ["within its max-hold", { maxHoldSeconds: 59 }],
    ["dated by another clock than the server's", { maxHoldSeconds: 1, clock: "local" }],
  ] as const)("%s stays", async (_, more) => {
    const b = held(more);
    b.tell(812, ALIVE);
    expect((await b.lines()).join()).toContain("refused");
  });

  test("by a person's process stays, unless it is forced", async () => {
    const b = held({ who: person() });
    expect((await b.lines()).join()).toContain("refused");
    expect((await b.lines({ ...FORCE, expect: b.claim })).join()).toContain("cleared");
  });

  test("that is a freeze stays, whoever is dead; its oid alone ends it", async () => {
    const b = held({ freeze: true });
    b.tell(812, DEAD);
    expect((await b.lines()).join()).toMatch(/refused: it is alive: it is a freeze/);
    expect((await b.lines(FORCE)).join()).toContain("refused");
    expect((await b.lines({ expect: b.claim })).join()).toMatch(/^the hold of slot 1, cleared/);
  });
});

describe("a ticket", () => {
  test("of the dead goes, those of others stay; in line", async () => {
    const b = bench();
    const tickets = [1, 2, 3].map((number) => b.m.world.ticket(number));
    b.queue(...tickets);
    b.tell(901, ALIVE);
    b.tell(902, DEAD);
    expect(await b.lines()).toEqual([
      "the ticket of number 1, refused: it is alive: its job is in_progress",
      "the ticket of number 2, cleared: its job is completed",
      "the ticket of number 3, refused: whether it is alive is not known: the token may not read runs",
    ]);
    expect([...b.m.refs.keys()]).toEqual([tickets[0]?.ref, tickets[2]?.ref]);
  });

  test("that is expected goes by force alone, and no other with it", async () => {
    const b = bench();
    const [one, two] = [b.m.world.ticket(1), b.m.world.ticket(2)];
    b.queue(one, two);
    expect((await b.lines({ expect: one.oid })).join()).toContain("number 1, refused");
    expect(await b.lines({ ...FORCE, expect: one.oid })).toEqual([
      "the ticket of number 1, cleared: it hangs",
      "the ticket of number 2, other: it is another ticket than was expected",
    ]);
    expect([...b.m.refs.keys()]).toEqual([two.ref]);
  });

  test("that can't be read is not dead", async () => {
    const b = bench();
    const { ref } = b.m.world.ticket(1);
    b.m.refs.set(ref, b.m.world.put("not a ticket", null));
    expect((await b.lines()).join()).toMatch(
      /refused: whether it is alive is not known: its record cannot be read/,
    );
  });
});

describe("a leftover holder ref", () => {
  test.each(["no log", "a free log"])("beside %s goes", async (what) => {
    const b = bench();
    const claim = b.m.world.claim();
    if (what === "a free log") b.tip(b.m.world.entry(claim));
    b.marker(claim);
    expect(await b.lines()).toEqual(["the leftover holder ref of slot 1, cleared: nobody holds the slot"]);
    expect(b.m.refs.has(holderRef(LOCK, 1))).toBe(false);
  });

  test("stays where something else is expected", async () => {
    const b = bench();
    b.marker(b.m.world.claim());
    expect(await b.lines({ expect: b.m.world.claim() })).toEqual([]);
    expect(b.m.refs.size).toBe(1);
  });
});

describe("a commit that is not ours", () => {
  /** On a log of two holds. */
  function spoilt(message: string): Bench & { readonly oid: Oid } {
    const b = bench();
    const second = b.m.world.claim(b.m.world.entry(b.m.world.claim()));
    const oid = b.m.world.put(message, b.m.world.entry(second));
    b.tip(oid);
    return { ...b, oid };
  }

  test.each([
    ["somebody's", "Fix a typo", "it is not a lock record"],
    [
      "a later version's",
      'x\n\n{"reflock":99}',
      "it was written by reflock 99, use reflock 99 or later for this lock",
    ],
  ])("%s is named and stays, but by force and name", async (_, message, why) => {
    const b = spoilt(message);
    for (const clearing of [{}, { expect: b.oid }, FORCE])
      expect(await b.lines(clearing)).toEqual([`the commit at the tip of slot 1, refused: ${why}`]);
    expect(b.m.refs.get(logRef(LOCK, 1))).toBe(b.oid);
    expect(await b.lines({ ...FORCE, expect: b.oid })).toEqual([
      `the commit at the tip of slot 1, cleared: ${why}`,
    ]);
    // The next hold's token is greater than those of the two before, and than that of a hold which the commit may have been.
    expect(b.last()).toMatchObject({
      parents: [b.oid],
      record: { entry: { outcome: "cleared", reason: "it hangs", slots: 1, sequence: 3 } },
    });
  });

  test("is buried with the holds that its version counted: none of their tokens comes back", async () => {
    const b = spoilt('x\n\n{"reflock":99,"kind":"claim","sequence":41}');
    await b.clear({ ...FORCE, expect: b.oid });
    expect(b.last().record).toMatchObject({
      entry: { sequence: expect.toSatisfy((sequence) => sequence >= 41) },
    });
  });

  test("takes the holder ref with it, which is somebody's before", async () => {
    const b = spoilt("Fix a typo");
    b.marker(b.m.world.claim());
    await b.clear({ ...FORCE, expect: b.oid });
    expect([...b.m.refs.keys()]).toEqual([logRef(LOCK, 1)]);
  });
});

test("nothing: no result, and nothing is written", async () => {
  const b = bench();
  expect(await b.clear()).toEqual([]);
  b.tip(b.m.world.entry(b.m.world.claim()));
  expect(await b.clear({ ...FORCE, expect: b.m.world.claim() })).toEqual([]);
  expect(b.m.calls.map(({ method }) => method)).not.toContain("write");
});

test("`dryRun` says what would go, in the order of slots and then of the line, and touches nothing", async () => {
  const b = held({ slots: 2 });
  b.tip(b.m.world.claim(null, { slot: 2, slots: 2, who: job(813) }), 2);
  b.marker(b.m.world.claim(), 3);
  b.queue(b.m.world.ticket(1), b.m.world.ticket(0));
  for (const run of [812, 813, 900, 901]) b.tell(run, DEAD);
  const refs = new Map(b.m.refs);
  const results = await b.clear({ dryRun: true });
  expect(results.map(({ what }) => what)).toEqual([
    "the hold of slot 1",
    "the hold of slot 2",
    "the leftover holder ref of slot 3",
    "the ticket of number 0",
    "the ticket of number 1",
  ]);
  expect(new Set(results.map(({ result }) => result))).toEqual(new Set(["would-clear"]));
  expect(b.m.refs).toEqual(refs);
  expect(b.m.calls.map(({ method }) => method)).not.toContain("write");
  const cleared = await b.clear();
  expect(cleared.map(({ what, result }) => [what, result])).toEqual(
    results.map(({ what }) => [what, "cleared"]),
  );
});
