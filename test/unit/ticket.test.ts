/** Tickets: names that sort into a queue, numbers that grow, and commits that tell whose they are. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Commit } from "../../src/lock/refs.ts";
import {
  byPlace,
  encodeTicket,
  nextNumber,
  parseTicket,
  readTicket,
  ticketFor,
} from "../../src/lock/ticket.ts";
import { anyClaim, changed } from "./records.ts";
import { claimFields, FIRST_DATE, LOCK, oid, world } from "./situations.ts";

const commitAt = (seconds: number, number = 1, message = ""): Commit => ({
  ...{ oid: oid(number), parents: [], message },
  date: new Date(seconds * 1000).toISOString().replace(".000Z", "Z"),
});

/** The fields of a ticket among those of a claim. */
function ticketFields() {
  const { nonce, lock, slots, scope, clock, requestedAt, leaseSeconds, reason, who } = claimFields();
  return { nonce, lock, slots, scope, clock, requestedAt, leaseSeconds, reason, who };
}

describe("a ticket's name", () => {
  test("is its number, its second and its oid", () => {
    const ticket = ticketFor(LOCK, 42, commitAt(Date.parse(FIRST_DATE) / 1000, 15));
    expect(ticket).toEqual({
      ref: `refs/locks/publish/queue/00000042-001795248000-${oid(15)}`,
      ...{ oid: oid(15), number: 42, writtenAtMs: Date.parse(FIRST_DATE) },
    });
  });

  const number = fc.nat({ max: 99_999_999 });
  const seconds = fc.nat({ max: 4_000_000_000 });
  const commit = fc.tuple(seconds, fc.nat()).map(([at, number]) => commitAt(at, number));

  test("is read back as it was written", () => {
    fc.assert(
      fc.property(number, commit, (number, commit) => {
        const ticket = ticketFor(LOCK, number, commit);
        expect(parseTicket(LOCK, { name: ticket.ref, oid: ticket.oid })).toEqual(ticket);
      }),
    );
  });

  test("puts the queue in order: by number, then by second, then by oid", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 12 }), commit), { maxLength: 12 }), (made) => {
        const tickets = made.map(([number, commit]) => ticketFor(LOCK, number, commit));
        const naive = tickets.toSorted(
          (a, b) =>
            a.number - b.number ||
            a.writtenAtMs - b.writtenAtMs ||
            (a.oid < b.oid ? -1 : a.oid > b.oid ? 1 : 0),
        );
        expect(tickets.toSorted(byPlace)).toEqual(naive);
      }),
    );
  });

  test("has a number above all others, within its eight digits", () => {
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        const queue = numbers.map((number, index) => ticketFor(LOCK, number, commitAt(0, index)));
        const next = nextNumber(queue);
        expect(next).toBe(Math.min(99_999_999, Math.max(0, ...numbers) + 1));
        expect(
          parseTicket(LOCK, { name: ticketFor(LOCK, next, commitAt(0)).ref, oid: oid(1) }),
        ).not.toBeNull();
      }),
    );
    // A freeze has number 0, and whoever comes next is the first behind it.
    expect(nextNumber([ticketFor(LOCK, 0, commitAt(0))])).toBe(1);
  });
});

describe("a ticket's commit", () => {
  const at = (message: string) => readTicket(commitAt(0, 1, message));

  test("is a subject, a blank line and JSON, as the design page has it", () => {
    const [subject, blank, ...json] = encodeTicket(ticketFields()).split("\n");
    expect([subject, blank]).toEqual(["publish awaited by run 812, attempt 1, job publish", ""]);
    const { who, ...plain } = ticketFields();
    expect(JSON.parse(json.join("\n"))).toEqual({
      reflock: 1,
      kind: "ticket",
      ...plain,
      run: who.run,
      process: null,
    });
  });

  test("is read back as it was written", () => {
    fc.assert(
      fc.property(
        anyClaim,
        ({ nonce, lock, slots, scope, clock, requestedAt, leaseSeconds, reason, who }) => {
          const record = { nonce, lock, slots, scope, clock, requestedAt, leaseSeconds, reason, who };
          expect(at(encodeTicket(record))).toEqual(record);
        },
      ),
    );
  });

  test("is none where it is damaged, of another kind, or not ours", () => {
    const message = encodeTicket(ticketFields());
    for (const field of ["nonce", "lock", "slots", "scope", "clock", "requestedAt"])
      expect(at(changed(message, { [field]: undefined }))).toBeNull();
    const w = world();
    for (const claim of [w.claim(), w.put("Fix the build", null)])
      expect(at(w.commits.get(claim)?.message ?? "")).toBeNull();
  });
});
