/** Refs as they were listed, and commits as they were read, made into slots and a queue. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseName } from "../../src/lock/name.ts";
import type { Oid } from "../../src/lock/refs.ts";
import { NOTHING_READ, parseRefs, slotsOf, tipOf, withTicket, withTip } from "../../src/lock/snapshot.ts";
import { LOCK, oid, refsOf, type World, world } from "./situations.ts";

const listing = (names: readonly string[]) => ({
  refs: names.map((name, index) => ({ name, oid: oid(index + 1) })),
  readAtMs: 1000,
});

const P = "refs/locks/publish/";
const TICKET = (number: string, seconds = "001795248000", of = "a".repeat(40)) =>
  `${P}queue/${number}-${seconds}-${of}`;

describe("listed refs", () => {
  test("are logs and holders by slot, and the queue in line", () => {
    const tickets = [
      TICKET("00000002"),
      TICKET("00000001", "001795248009"),
      TICKET("00000001"),
      TICKET("00000000"),
    ];
    const refs = parseRefs(LOCK, listing([`${P}log/1`, `${P}log/12`, `${P}holder/1`, ...tickets]));
    expect(refs).toMatchObject({
      logs: new Map([
        [1, oid(1)],
        [12, oid(2)],
      ]),
      holders: new Map([[1, oid(3)]]),
      readAtMs: 1000,
      isFresh: true,
    });
    expect(refs.queue.map(({ ref }) => ref)).toEqual(tickets.toReversed());
    expect(refs.queue[0]).toEqual({
      ref: TICKET("00000000"),
      oid: oid(7),
      number: 0,
      writtenAtMs: 1_795_248_000_000,
    });
  });

  test.each([
    ...[
      `${P}log/0`,
      `${P}log/01`,
      `${P}log/-1`,
      `${P}log/1.5`,
      `${P}log/1/x`,
      `${P}log/`,
      `${P}log`,
      `${P}logs/1`,
    ],
    ...[
      `${P}log/x`,
      `${P}log/1e3`,
      `${P}log/${"9".repeat(10)}`,
      `${P}holder/one`,
      `${P}x/log/1`,
      P,
      "refs/locks/publish",
    ],
    ...[
      "refs/locks/publishing/log/1",
      "refs/locks/pub/log/1",
      "refs/heads/locks/publish/log/1",
      `x${P}log/1`,
    ],
    ...[TICKET("1"), TICKET("000000001"), TICKET("00000001", "1"), TICKET("00000001", undefined, "abc")],
    ...[`${TICKET("00000001")}/x`, TICKET("0000000A"), TICKET("00000001", undefined, "A".repeat(40))],
  ])("%s is none of them", (name) => {
    expect(parseRefs(LOCK, listing([name]))).toEqual({ ...NOTHING_READ, readAtMs: 1000, isFresh: true });
  });

  test("of one lock are never those of another", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab/log1=-. "), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [a, b] = [parseName(one), parseName(other)];
        const { logs, holders, queue } = parseRefs(a, listing([`${b.prefix}log/1`, `${b.prefix}holder/1`]));
        const same = a.encoded === b.encoded ? 1 : 0;
        expect([logs.size, holders.size, queue.length]).toEqual([same, same, 0]);
      }),
    );
  });
});

describe("the tip of a slot", () => {
  /** What stands at `refs/locks/publish/log/2`, and how it reads. */
  const tips: Readonly<Record<string, (w: World) => { at: Oid; expected: object }>> = {
    "a claim": (w) => {
      const at = w.claim(null, { slot: 2 });
      return { at, expected: { kind: "claim", oid: at, claim: { nonce: "nonce-1" }, commit: { oid: at } } };
    },
    "a renewal": (w) => {
      const at = w.renewal(w.claim(null, { slot: 2 }));
      return { at, expected: { kind: "claim", oid: at, claim: { sequence: 1 } } };
    },
    "an entry": (w) => {
      const at = w.entry(w.claim(null, { slot: 2 }));
      return { at, expected: { kind: "entry", oid: at, entry: { ends: "nonce-1", sequence: 1 } } };
    },
    "a claim of the name in other letters": (w) => ({
      at: w.claim(null, { slot: 2, lock: "PUBLISH" }),
      expected: { kind: "claim" },
    }),
    "a claim that was copied from another slot": (w) => ({
      at: w.claim(null, { slot: 1 }),
      expected: { kind: "foreign", why: "belongs to slot 1 of another lock" },
    }),
    "an entry that was copied from another lock": (w) => ({
      at: w.entry(w.claim(null, { slot: 2, lock: "deploy" })),
      expected: { kind: "foreign" },
    }),
    "a claim of a name that can't be": (w) => ({
      at: w.claim(null, { slot: 2, lock: "" }),
      expected: { kind: "foreign" },
    }),
    "a ticket": (w) => ({
      at: w.ticket(1).oid,
      expected: { kind: "foreign", why: expect.stringContaining("kind") },
    }),
    "a commit that no lock wrote": (w) => {
      const at = w.put("Fix the build", null);
      return { at, expected: { kind: "foreign", oid: at, why: "is not a lock record", commit: { oid: at } } };
    },
  };

  test.each(Object.entries(tips))("%s", (_, build) => {
    const w = world();
    const { at, expected } = build(w);
    expect(tipOf(LOCK, 2, refsOf({ log: { 2: at } }), w.known(at))).toMatchObject(expected);
  });

  test("is absent, or unread, where nothing more is known", () => {
    const refs = refsOf({ log: { 2: oid(5) }, holder: { 1: oid(5) } });
    expect(tipOf(LOCK, 1, refs, new Map())).toEqual({ kind: "absent" });
    expect(tipOf(LOCK, 2, refs, new Map())).toEqual({ kind: "unread", oid: oid(5) });
  });
});

describe("what is learnt later", () => {
  test("a newer tip takes the place of the old one and of the marker, and makes the rest old", () => {
    const refs = refsOf({
      log: { 1: oid(1), 2: oid(2) },
      holder: { 1: oid(1), 2: oid(2) },
      queue: [world().ticket(1)],
    });
    expect(withTip(refs, 1, oid(3))).toEqual({
      ...refs,
      logs: new Map([
        [1, oid(3)],
        [2, oid(2)],
      ]),
      holders: new Map([[2, oid(2)]]),
      isFresh: false,
    });
    expect(withTip(refs, 1, null).logs).toEqual(new Map([[2, oid(2)]]));
    expect(refs.logs.get(1)).toBe(oid(1));
  });

  test("a ticket takes its place in line, once", () => {
    const w = world();
    const [first, second, third] = [w.ticket(1), w.ticket(2), w.ticket(3)];
    const refs = withTicket(refsOf({ queue: [first, third] }), second);
    expect(refs.queue).toEqual([first, second, third]);
    expect(withTicket(refs, second).queue).toEqual([first, second, third]);
  });
});

test("the slots are those asked for, and those in which anything was ever held", () => {
  expect(slotsOf(refsOf(), 1)).toEqual([1]);
  expect(slotsOf(refsOf({ log: { 1: oid(1) } }), 3)).toEqual([1, 2, 3]);
  expect(slotsOf(refsOf({ log: { 12: oid(1), 4: oid(1) }, holder: { 7: oid(1) } }), 2)).toEqual([
    1, 2, 4, 12,
  ]);
});
