/** The policy, move by move: small situations, each with the one move that fits. A new rule is a new row. */
import { describe } from "vitest";
import { check, prepare, take, watchRefs, watchTicket, wrote } from "./decide-table.ts";
import { oid, type World } from "./situations.ts";

describe("a lock that nobody wants", () => {
  check({
    "is looked at first": () => ({ refs: null, move: { kind: "look" } }),
    "was never held: a claim is written on nothing": () => ({ refs: {}, move: prepare(null) }),
    "was never held, the claim is written: it is sent": (w) => ({
      refs: {},
      self: { prepared: wrote(w, w.claim()) },
      move: take(1),
    }),
    "has a tip that nobody read: the claim is written beside reading it": (w) => {
      const free = w.entry(w.claim());
      return { refs: { log: { 1: free } }, move: prepare(free, { read: free }) };
    },
    "was given back: a claim is written on the entry": (w) => {
      const free = w.entry(w.claim());
      return { refs: { log: { 1: free } }, read: [free], move: prepare(free) };
    },
    "was given back, the claim is written: it is sent, with the next token": (w) => {
      const free = w.entry(w.claim(w.entry(w.claim())));
      return {
        refs: { log: { 1: free } },
        read: [free],
        self: { prepared: wrote(w, w.claim(free)) },
        move: take(3),
      };
    },
    "was given back, and the claim was written before the tip was read": (w) => {
      const free = w.entry(w.claim());
      return {
        refs: { log: { 1: free } },
        self: { prepared: wrote(w, w.claim(free)) },
        move: { kind: "read", oids: [free] },
      };
    },
    "has moved on since the claim was written: another one is": (w) => {
      const before = w.entry(w.claim());
      const free = w.entry(w.claim(before));
      return {
        refs: { log: { 1: free } },
        read: [free],
        self: { prepared: wrote(w, w.claim(before)) },
        move: prepare(free),
      };
    },
    "has a leftover marker, and no log": (w) => ({
      refs: { holder: { 1: oid(77) } },
      self: { prepared: wrote(w, w.claim()) },
      move: take(1, { marker: oid(77) }),
    }),
    "has a leftover marker: the tip is read before anything is written": (w) => {
      const free = w.entry(w.claim());
      return { refs: { log: { 1: free }, holder: { 1: oid(1) } }, move: { kind: "read", oids: [free] } };
    },
    "has a leftover marker, which is simply what is expected": (w) => {
      const claim = w.claim();
      const free = w.entry(claim);
      return {
        refs: { log: { 1: free }, holder: { 1: claim } },
        read: [free],
        self: { prepared: wrote(w, w.claim(free)) },
        move: take(2, { marker: claim }),
      };
    },
    "refused the take although the log stood where it should: the log is compared alone": (w) => {
      const free = w.entry(w.claim());
      return {
        refs: { log: { 1: free }, holder: { 1: oid(77) } },
        read: [free],
        self: { prepared: wrote(w, w.claim(free), { refusals: 1 }) },
        move: take(2, { marker: oid(77), alone: true }),
      };
    },
    "was seen free while waiting: the refs are read again beside the writing": (w) => {
      const free = w.entry(w.claim());
      return {
        refs: { log: { 1: free }, isFresh: false },
        read: [free],
        move: prepare(free, { look: true }),
      };
    },
    "was seen free while waiting: nothing is sent on an old look": (w) => {
      const free = w.entry(w.claim());
      return {
        refs: { log: { 1: free }, isFresh: false },
        read: [free],
        self: { prepared: wrote(w, w.claim(free)) },
        move: { kind: "look" },
      };
    },
  });
});

describe("a lock that is held", () => {
  const held = (w: World) => {
    const claim = w.claim(w.entry(w.claim()));
    return { claim, refs: { log: { 1: claim }, holder: { 1: claim } } };
  };

  check({
    "is read, to know whose it is": (w) => {
      const { claim, refs } = held(w);
      return { refs, move: { kind: "read", oids: [claim] } };
    },
    "is queued for": (w) => {
      const { claim, refs } = held(w);
      return { refs, read: [claim], move: { kind: "queue", number: 1 } };
    },
    "is queued for, behind the others": (w) => {
      const { claim, refs } = held(w);
      const queue = [w.ticket(3), w.ticket(7)];
      return { refs: { ...refs, queue }, read: [claim], move: { kind: "queue", number: 8 } };
    },
    "is queued for by a claim that was written in vain": (w) => {
      const before = w.entry(w.claim());
      const claim = w.claim(before);
      return {
        refs: { log: { 1: claim } },
        read: [claim],
        self: { prepared: wrote(w, w.claim(before)) },
        move: { kind: "queue", number: 1 },
      };
    },
    "is watched by the first in line": (w) => {
      const { claim, refs } = held(w);
      const ticket = w.ticket(1);
      return {
        refs: { ...refs, queue: [ticket, w.ticket(2)] },
        read: [claim],
        self: { ticket },
        move: watchRefs(1),
      };
    },
    "is watched by the first in line without knowing whose it is": (w) => {
      const { refs } = held(w);
      const ticket = w.ticket(1);
      return {
        refs: { ...refs, queue: [ticket] },
        self: { ticket },
        move: watchRefs(1),
      };
    },
    "makes the second in line watch the first's ticket alone": (w) => {
      const { claim, refs } = held(w);
      const [first, ticket] = [w.ticket(1), w.ticket(2)];
      return {
        refs: { ...refs, queue: [first, ticket, w.ticket(3)] },
        read: [claim],
        self: { ticket },
        move: watchTicket(2, first),
      };
    },
    "makes the fifth in line watch the fourth's": (w) => {
      const { claim, refs } = held(w);
      const queue = [1, 2, 3, 4, 5].map((number) => w.ticket(number));
      const [fourth, ticket] = [queue[3], queue[4]];
      if (!fourth || !ticket) throw new Error("no such place");
      return {
        refs: { ...refs, queue },
        read: [claim],
        self: { ticket },
        move: watchTicket(5, fourth),
      };
    },
    "and our ticket is not among the refs: it is made again": (w) => {
      const { claim, refs } = held(w);
      return {
        refs: { ...refs, queue: [w.ticket(1)] },
        read: [claim],
        self: { ticket: w.ticket(2) },
        move: { kind: "requeue" },
      };
    },
    "by a renewal is held all the same": (w) => {
      const renewal = w.renewal(w.claim());
      return { refs: { log: { 1: renewal } }, read: [renewal], move: { kind: "queue", number: 1 } };
    },
    "is not waited for any longer when time is up": (w) => {
      const { claim, refs } = held(w);
      const ticket = w.ticket(1);
      return {
        refs: { ...refs, queue: [ticket] },
        read: [claim],
        self: { ticket, timeIsUp: true },
        move: { kind: "give-up" },
      };
    },
    "is not queued for by who would not wait, who wants to know whose it is": (w) => {
      const { claim, refs } = held(w);
      return { refs, read: [claim], self: { timeIsUp: true }, move: { kind: "give-up" } };
    },
    "is held however long ago": (w) => {
      const { claim, refs } = held(w);
      const ticket = w.ticket(2);
      return {
        refs: { ...refs, queue: [w.ticket(1), ticket], readAtMs: Date.parse("2027-01-01T00:00:00Z") },
        read: [claim],
        self: { ticket },
        move: { kind: "wait" },
      };
    },
  });
});
