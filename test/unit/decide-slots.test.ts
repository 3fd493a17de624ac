/** The policy for several slots: which of them is tried, and what becomes of a claim that may still land in another. A new rule is a new row. */
import { describe, expect } from "vitest";
import type { Oid } from "../../src/lock/refs.ts";
import { check, lostSightOf, prepare, take, watchRefs, watchTicket, wrote } from "./decide-table.ts";
import type { World } from "./situations.ts";

const two = { slots: 2 };

/** Claims of others in both slots. */
function bothHeld(w: World): { read: Oid[]; log: Record<number, Oid> } {
  const [first, second] = [w.claim(null, two), w.claim(null, { ...two, slot: 2 })];
  return { read: [first, second], log: { 1: first, 2: second } };
}

describe("a lock of two slots", () => {
  check({
    "is taken in the first where nobody ever held it": () => ({ refs: {}, self: two, move: prepare(null) }),
    "has its second slot free: it is taken": (w) => {
      const first = w.claim(null, two);
      return { refs: { log: { 1: first } }, read: [first], self: two, move: prepare(null, { slot: 2 }) };
    },
    "has its first slot free: it is taken": (w) => {
      const [free, second] = [w.entry(w.claim(null, two)), w.claim(null, { ...two, slot: 2 })];
      const prepared = wrote(w, w.claim(free, two));
      return {
        refs: { log: { 1: free, 2: second } },
        read: [free, second],
        self: { ...two, prepared },
        move: take(2),
      };
    },
    "has both held: it is queued for": (w) => {
      const { log, read } = bothHeld(w);
      return { refs: { log }, read, self: two, move: { kind: "queue", number: 1 } };
    },
    "has both held: the first two in line watch all refs": (w) => {
      const [{ log, read }, first, ticket] = [bothHeld(w), w.ticket(1), w.ticket(2)];
      return { refs: { log, queue: [first, ticket] }, read, self: { ...two, ticket }, move: watchRefs(2) };
    },
    "has both held: the third in line watches the second's ticket": (w) => {
      const [{ log, read }, first, second, ticket] = [bothHeld(w), w.ticket(1), w.ticket(2), w.ticket(3)];
      return {
        refs: { log, queue: [first, second, ticket] },
        read,
        self: { ...two, ticket },
        move: watchTicket(3, second),
      };
    },
    "is the turn of the second in line as well, who begins at the second slot": (w) => {
      const [first, ticket] = [w.ticket(1), w.ticket(2)];
      return { refs: { queue: [first, ticket] }, self: { ...two, ticket }, move: prepare(null, { slot: 2 }) };
    },
    "is the turn of the second in line where only the first slot is free": (w) => {
      const [second, before, ticket] = [w.claim(null, { ...two, slot: 2 }), w.ticket(1), w.ticket(2)];
      return {
        refs: { log: { 2: second }, queue: [before, ticket] },
        read: [second],
        self: { ...two, ticket },
        move: prepare(null),
      };
    },
    "is not the turn of who has no ticket, while anybody queues": (w) => ({
      refs: { queue: [w.ticket(1)] },
      self: two,
      move: { kind: "queue", number: 2 },
    }),
    "is not the turn of the second in line behind a freeze, though a slot is free": (w) => {
      const [first, freeze, ticket] = [w.claim(null, two), w.ticket(0), w.ticket(1)];
      return {
        refs: { log: { 1: first }, queue: [freeze, ticket] },
        read: [first],
        self: { ...two, ticket },
        move: watchTicket(2, freeze),
      };
    },
    "has a user who thinks of one slot": (w) => {
      const first = w.claim(null, two);
      return { refs: { log: { 1: first } }, read: [first], move: { kind: "fail" } };
    },
  });
});

describe("a claim that may still land in another slot", () => {
  const second = { ...two, slot: 2 };

  check({
    "is sent again before any other slot is tried": (w) => {
      const prepared = lostSightOf(w, w.claim(null, second));
      return { refs: {}, self: { ...two, prepared }, move: take(1, { slot: 2 }) };
    },
    "is given up before another slot is taken": (w) => {
      const dead = w.claim(null, second);
      const prepared = lostSightOf(w, w.takeOver(dead, second));
      if (prepared.hold === null) throw new Error("no hold");
      // The holder of the second slot, who was thought dead, is not; and the first is free.
      return {
        refs: { log: { 2: dead } },
        read: [dead],
        self: { ...two, prepared },
        move: { kind: "renounce", hold: prepared.hold },
      };
    },
    "is forgotten where its log went on without it": (w) => {
      const before = w.entry(w.claim(null, second));
      const prepared = lostSightOf(w, w.claim(before, second));
      const rival = w.claim(before, second);
      return {
        refs: { log: { 2: rival } },
        read: [rival],
        self: { ...two, prepared },
        move: { kind: "forget" },
      };
    },
  });
});

describe("a freeze of several slots", () => {
  const freeze = { ...two, freeze: true };

  check({
    "queues before it takes anything, and before everybody": (w) => ({
      refs: { queue: [w.ticket(1)] },
      self: freeze,
      move: { kind: "queue", number: 0 },
    }),
    "takes the first slot first": (w) => {
      const ticket = w.ticket(0);
      return { refs: { queue: [ticket] }, self: { ...freeze, ticket }, move: prepare(null) };
    },
    "takes the second when it has the first": (w) => {
      const [first, ticket] = [w.claim(null, freeze), w.ticket(0)];
      return {
        refs: { log: { 1: first }, queue: [ticket] },
        read: [first],
        self: { ...freeze, ticket, frozen: [w.hold(first)] },
        move: prepare(null, { slot: 2 }),
      };
    },
    "takes the second also where another freeze is before it, which came back when it had been taken for dead":
      (w) => {
        const [first, other, ticket] = [w.claim(null, freeze), w.ticket(0), w.ticket(0)];
        return {
          refs: { log: { 1: first }, queue: [other, ticket] },
          read: [first],
          self: { ...freeze, ticket, frozen: [w.hold(first)] },
          move: prepare(null, { slot: 2 }),
        };
      },
    "goes no further when somebody has ended the first meanwhile": (w) => {
      const first = w.claim(null, freeze);
      const [ended, ticket] = [w.entry(first, { outcome: "cleared" }), w.ticket(0)];
      return {
        refs: { log: { 1: ended }, queue: [ticket] },
        read: [first, ended],
        self: { ...freeze, ticket, frozen: [w.hold(first)] },
        move: { kind: "restart", why: expect.stringMatching(/^its slot 1 was cleared by /) },
      };
    },
    "looks again when the first is read as it was before": (w) => {
      const [first, ticket] = [w.claim(null, freeze), w.ticket(0)];
      return {
        refs: { log: {}, queue: [ticket] },
        read: [first],
        self: { ...freeze, ticket, frozen: [w.hold(first)] },
        move: { kind: "pause", why: "the log was read as it was before" },
      };
    },
    "waits for the first though the second is free": (w) => {
      const [first, ticket] = [w.claim(null, two), w.ticket(0)];
      return {
        refs: { log: { 1: first }, queue: [ticket] },
        read: [first],
        self: { ...freeze, ticket },
        move: watchRefs(1),
      };
    },
    "keeps others from the slot that it has not taken yet": (w) => {
      const first = w.claim(null, freeze);
      return {
        refs: { log: { 1: first }, queue: [w.ticket(0)] },
        read: [first],
        self: two,
        move: { kind: "queue", number: 1 },
      };
    },
  });
});
