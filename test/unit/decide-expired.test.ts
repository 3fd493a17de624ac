/** The policy where time is over for a hold, or a waiter stands in the way. A new rule is a new row. */
import { describe } from "vitest";
import type { Oid } from "../../src/lock/refs.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import { check, watchRefs, watchTicket } from "./decide-table.ts";
import type { Refs, World } from "./situations.ts";

const ALIVE: Verdict = { state: "alive", why: "its job is in progress", sinceMs: null };
const UNKNOWN: Verdict = { state: "unknown", why: "`actions: read` is missing", sinceMs: null };
const DEAD: Verdict = {
  state: "dead",
  why: "its job was cancelled",
  sinceMs: Date.parse("2026-11-21T08:00:05Z"),
};

const isGlancing = true;
const at = (time: string) => ({ readAtMs: Date.parse(`2026-11-21T${time}Z`) });

function held(w: World, more: Partial<Parameters<World["claim"]>[1]> = {}): { claim: Oid; refs: Refs } {
  const claim = w.claim(w.entry(w.claim()), more);
  return { claim, refs: { log: { 1: claim }, holder: { 1: claim } } };
}

describe("a hold that has outlived itself", () => {
  // Claims of a world are a second apart: the one of `held` is at 08:00:03.
  const expired =
    (seconds: number, time: string, more: object = {}) =>
    (w: World) => {
      const { claim, refs } = held(w, { maxHoldSeconds: seconds, ...more });
      return { refs: { ...refs, ...at(time) }, read: [claim, ...(w.commits.get(claim)?.parents ?? [])] };
    };

  check({
    "is replaced after its max-hold": (w) => ({
      ...expired(600, "08:10:04")(w),
      move: { kind: "prepare" },
    }),
    "is not replaced before its max-hold is over": (w) => ({
      ...expired(600, "08:10:03")(w),
      move: { kind: "queue", number: 1 },
    }),
    "is replaced after its lease": (w) => ({
      ...expired(600, "08:01:04", { leaseSeconds: 60 })(w),
      move: { kind: "prepare" },
    }),
    "is not replaced before its lease is over": (w) => ({
      ...expired(600, "08:01:03", { leaseSeconds: 60 })(w),
      move: { kind: "queue", number: 1 },
    }),
    "has its lease anew with each renewal, but not its max-hold": (w) => {
      const first = w.claim(null, { maxHoldSeconds: 600, leaseSeconds: 60 });
      for (let seconds = 0; seconds < 100; seconds++) w.put("time goes by", null);
      const tip = w.renewal(first);
      return {
        refs: { log: { 1: tip }, ...at("08:02:00") },
        read: [tip],
        move: { kind: "queue", number: 1 },
      };
    },
    "has its max-hold from its first claim, however often it was renewed": (w) => {
      const first = w.claim(null, { maxHoldSeconds: 90, leaseSeconds: 60 });
      for (let seconds = 0; seconds < 100; seconds++) w.put("time goes by", null);
      const tip = w.renewal(first);
      return { refs: { log: { 1: tip }, ...at("08:02:00") }, read: [tip], move: { kind: "prepare" } };
    },
    "by a clock that is not the server's is never over": (w) => ({
      ...expired(600, "23:00:00", { clock: "local" })(w),
      move: { kind: "queue", number: 1 },
    }),
    "where the store tells no time is never over": (w) => {
      const { refs, read } = expired(600, "23:00:00")(w);
      return { refs: { ...refs, readAtMs: null }, read, move: { kind: "queue", number: 1 } };
    },
    "by a freeze is never over": (w) => ({
      ...expired(600, "23:00:00", { freeze: true })(w),
      move: { kind: "queue", number: 1 },
    }),
  });
});

describe("a waiter", () => {
  check({
    "who is dead is removed by the next": (w) => {
      const [{ claim, refs }, first, ticket] = [held(w), w.ticket(1), w.ticket(2)];
      return {
        refs: { ...refs, queue: [first, ticket] },
        read: [claim],
        verdicts: { [first.oid]: DEAD },
        self: { ticket },
        move: { kind: "remove", ticket: first, why: DEAD.why },
      };
    },
    "who is dead is not removed by those farther behind": (w) => {
      const [{ claim, refs }, first, second, ticket] = [held(w), w.ticket(1), w.ticket(2), w.ticket(3)];
      return {
        refs: { ...refs, queue: [first, second, ticket] },
        read: [claim],
        verdicts: { [first.oid]: DEAD, [second.oid]: ALIVE },
        self: { ticket },
        move: watchTicket(3, second),
      };
    },
    "who is alive, or of whom nothing can be known, is waited for": (w) => {
      const [{ claim, refs }, first, ticket] = [held(w), w.ticket(1), w.ticket(2)];
      return {
        refs: { ...refs, queue: [first, ticket] },
        read: [claim],
        verdicts: { [first.oid]: UNKNOWN },
        self: { ticket, isGlancing },
        move: watchTicket(2, first),
      };
    },
    "before a free lock is asked after by who would not wait": (w) => {
      const [tip, first] = [w.entry(w.claim()), w.ticket(1)];
      return {
        refs: { log: { 1: tip }, queue: [first, w.ticket(2)] },
        read: [tip],
        self: { timeIsUp: true, isGlancing },
        move: { kind: "judge", subject: "ticket", oid: first.oid },
      };
    },
    "before a free lock, dead, is removed by who would not wait": (w) => {
      const [tip, first] = [w.entry(w.claim()), w.ticket(1)];
      return {
        refs: { log: { 1: tip }, queue: [first] },
        read: [tip],
        verdicts: { [first.oid]: DEAD },
        self: { timeIsUp: true },
        move: { kind: "remove", ticket: first, why: DEAD.why },
      };
    },
    "is nothing to one who would not wait for the holder anyway": (w) => {
      const [{ claim, refs }, first] = [held(w), w.ticket(1)];
      return {
        refs: { ...refs, queue: [first] },
        read: [claim],
        verdicts: { [claim]: ALIVE },
        self: { timeIsUp: true, isGlancing },
        move: { kind: "give-up" },
      };
    },
  });
});

describe("the first in line", () => {
  check({
    "watches the log alone where so many came that watching all refs would cost": (w) => {
      const [{ claim, refs }, ticket] = [held(w), w.ticket(1)];
      return {
        refs: { ...refs, queue: [ticket] },
        read: [claim],
        self: { ticket, fruitlessLooks: 3 },
        move: { kind: "wait", place: 1, watch: { kind: "logs", seen: new Map([[1, claim]]) } },
      };
    },
    "watches all refs until then": (w) => {
      const [{ claim, refs }, ticket] = [held(w), w.ticket(1)];
      return {
        refs: { ...refs, queue: [ticket] },
        read: [claim],
        self: { ticket, fruitlessLooks: 2 },
        move: watchRefs(1),
      };
    },
  });
});

const TWO = { slots: 2 };

describe("a freeze", () => {
  check({
    "queues before everybody": (w) => {
      const { claim, refs } = held(w);
      return {
        refs: { ...refs, queue: [w.ticket(3)] },
        read: [claim],
        self: { freeze: true },
        move: { kind: "queue", number: 0 },
      };
    },
    "that waits is not passed, however long the lock is free": (w) => {
      const [tip, freeze, ticket] = [w.entry(w.claim()), w.ticket(0), w.ticket(1)];
      return {
        refs: { log: { 1: tip }, queue: [freeze, ticket], ...at("23:00:00") },
        read: [tip],
        self: { ticket },
        move: watchTicket(2, freeze),
      };
    },
    "that died while it waited is removed by the next": (w) => {
      const [tip, freeze, ticket] = [w.entry(w.claim()), w.ticket(0), w.ticket(1)];
      return {
        refs: { log: { 1: tip }, queue: [freeze, ticket] },
        read: [tip],
        verdicts: { [freeze.oid]: DEAD },
        self: { ticket },
        move: { kind: "remove", ticket: freeze, why: DEAD.why },
      };
    },
    "that died half-way is not taken for complete: a look reads the slot that tells": (w) => {
      const freeze = w.claim(null, { ...TWO, freeze: true });
      const free = w.entry(w.claim(null, { ...TWO, slot: 2 }));
      const ticket = w.ticket(0);
      return {
        refs: { log: { 1: freeze, 2: free }, queue: [ticket] },
        read: [freeze],
        self: { slots: 2, freeze: true, ticket, isGlancing: true },
        move: { kind: "read", oids: [free] },
      };
    },
    "that was ended in its last slot is not taken for complete: a look reads behind who came after": (w) => {
      const freeze = { ...TWO, freeze: true, nonce: "freeze" };
      const first = w.renewal(w.claim(null, freeze));
      const last = w.entry(w.claim(w.entry(w.claim(null, { ...freeze, slot: 2 })), { ...TWO, slot: 2 }));
      const ticket = w.ticket(0);
      return {
        refs: { log: { 1: first, 2: last }, queue: [ticket] },
        read: [first, last],
        self: { slots: 2, freeze: true, ticket, isGlancing: true },
        move: { kind: "trace", from: w.commits.get(last)?.parents[0] ?? "" },
      };
    },
  });
});
