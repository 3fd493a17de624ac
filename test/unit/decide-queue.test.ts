/** The policy where others queue as well: whose turn it is, and for how long. A new rule is a new row. */
import { describe } from "vitest";
import { check, prepare, take, watchTicket, wrote } from "./decide-table.ts";
import { person, type World } from "./situations.ts";

describe("our turn", () => {
  const free = (w: World) => w.entry(w.claim());

  check({
    "comes when the lock is free and we are first in line": (w) => {
      const [tip, ticket] = [free(w), w.ticket(1)];
      return {
        refs: { log: { 1: tip }, queue: [ticket, w.ticket(2)] },
        read: [tip],
        self: { ticket },
        move: prepare(tip),
      };
    },
    "is used in what is left of the wait: nothing": (w) => {
      const [tip, ticket] = [free(w), w.ticket(1)];
      return {
        refs: { log: { 1: tip }, queue: [ticket] },
        read: [tip],
        self: { ticket, timeIsUp: true, prepared: wrote(w, w.claim(tip)) },
        move: take(2),
      };
    },
    "has not come while another is before us": (w) => {
      const [tip, first, ticket] = [free(w), w.ticket(1), w.ticket(2)];
      return {
        refs: { log: { 1: tip }, queue: [first, ticket] },
        read: [tip],
        self: { ticket },
        move: watchTicket(2, first),
      };
    },
    "has not come for who has no ticket, while anybody queues": (w) => {
      const tip = free(w);
      return {
        refs: { log: { 1: tip }, queue: [w.ticket(4)] },
        read: [tip],
        move: { kind: "queue", number: 5 },
      };
    },
    "has not come for who has no ticket, while anybody queues for a lock that was never held": (w) => ({
      refs: { queue: [w.ticket(4)] },
      move: { kind: "queue", number: 5 },
    }),
    "does not come to who would not wait, while anybody queues": (w) => {
      const tip = free(w);
      return {
        refs: { log: { 1: tip }, queue: [w.ticket(4)] },
        read: [tip],
        self: { timeIsUp: true },
        move: { kind: "give-up" },
      };
    },
    "has not come behind a freeze": (w) => {
      const [tip, freeze, ticket] = [free(w), w.ticket(0), w.ticket(1)];
      return {
        refs: { log: { 1: tip }, queue: [freeze, ticket] },
        read: [tip],
        self: { ticket },
        move: { kind: "wait" },
      };
    },
  });
});

describe("a lock that has long been free, with others before us", () => {
  /** Freed at 08:00:02, tickets from 08:00:03 on: one before us, or two. */
  const scene = (w: World, before: number) => {
    const tip = w.entry(w.claim());
    const queue = Array.from({ length: before + 1 }, (_, index) => w.ticket(index + 1));
    const ticket = queue.at(-1);
    if (ticket === undefined) throw new Error("no ticket");
    return { tip, ticket, refs: { log: { 1: tip }, queue }, read: [tip, ...queue.map(({ oid }) => oid)] };
  };
  const at = (time: string) => ({ readAtMs: Date.parse(`2026-11-21T${time}Z`) });

  check({
    "is left to the first for two minutes": (w) => {
      const { tip, ticket, refs } = scene(w, 1);
      return { refs: { ...refs, ...at("08:02:02") }, read: [tip], self: { ticket }, move: { kind: "wait" } };
    },
    "is taken by the second after two minutes": (w) => {
      const { tip, ticket, refs, read } = scene(w, 1);
      return { refs: { ...refs, ...at("08:02:03") }, read, self: { ticket }, move: prepare(tip) };
    },
    "is taken by the second only after the first's ticket was read: it may be dated by nobody's clock": (
      w,
    ) => {
      const { tip, ticket, refs } = scene(w, 1);
      const [first] = refs.queue;
      const move = { kind: "read", oids: [first?.oid ?? ""] } as const;
      return { refs: { ...refs, ...at("08:02:03") }, read: [tip], self: { ticket }, move };
    },
    "is left to the first whose own clock says that it has waited for hours": (w) => {
      const tip = w.entry(w.claim());
      const [first, ticket] = [w.ticket(1, person(), "local"), w.ticket(2)];
      const refs = { log: { 1: tip }, queue: [first, ticket], ...at("12:00:00") };
      return { refs, read: [tip, first.oid], self: { ticket }, move: { kind: "wait" } };
    },
    "is left to the second for three minutes": (w) => {
      const { tip, ticket, refs } = scene(w, 2);
      return { refs: { ...refs, ...at("08:03:03") }, read: [tip], self: { ticket }, move: { kind: "wait" } };
    },
    "is taken by the third after three minutes": (w) => {
      const { tip, ticket, refs, read } = scene(w, 2);
      return { refs: { ...refs, ...at("08:03:04") }, read, self: { ticket }, move: prepare(tip) };
    },
    "is taken by who would not wait, a place after the last": (w) => {
      const { tip, refs, read } = scene(w, 1);
      return {
        refs: { ...refs, ...at("08:03:04") },
        read,
        self: { timeIsUp: true },
        move: prepare(tip),
      };
    },
    "is not taken by who would not wait before that": (w) => {
      const { tip, refs } = scene(w, 1);
      return {
        refs: { ...refs, ...at("08:03:03") },
        read: [tip],
        self: { timeIsUp: true },
        move: { kind: "give-up" },
      };
    },
    "counts from the newest ticket before us": (w) => {
      const tip = w.entry(w.claim());
      for (let seconds = 0; seconds < 300; seconds++) w.put("time goes by", null);
      const [first, ticket] = [w.ticket(1), w.ticket(2)];
      return {
        refs: { log: { 1: tip }, queue: [first, ticket], ...at("08:07:02") },
        read: [tip],
        self: { ticket },
        move: { kind: "wait" },
      };
    },
    "was never held at all: counts from the newest ticket before us": (w) => {
      const [first, ticket] = [w.ticket(1), w.ticket(2)];
      const refs = { queue: [first, ticket], ...at("08:02:01") };
      return { refs, read: [first.oid], self: { ticket }, move: prepare(null) };
    },
    "is never taken where the store tells no time": (w) => {
      const { tip, ticket, refs } = scene(w, 1);
      return { refs: { ...refs, readAtMs: null }, read: [tip], self: { ticket }, move: { kind: "wait" } };
    },
  });
});
