/** The policy where somebody may be dead: who asks after whom, what follows, and what is left alone. A new rule is a new row. */
import { describe } from "vitest";
import type { Oid } from "../../src/lock/refs.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import { check, prepare, succession, take, watchRefs, watchTicket, wrote } from "./decide-table.ts";
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
/** Since then the tip of the first slot has not moved. */

function held(w: World, more: Partial<Parameters<World["claim"]>[1]> = {}): { claim: Oid; refs: Refs } {
  const claim = w.claim(w.entry(w.claim()), more);
  return { claim, refs: { log: { 1: claim }, holder: { 1: claim } } };
}

describe("a holder", () => {
  check({
    "is asked after by the first in line, when it is time for that": (w) => {
      const [{ claim, refs }, ticket] = [held(w), w.ticket(1)];
      return {
        refs: { ...refs, queue: [ticket] },
        read: [claim],
        self: { ticket, isGlancing },
        move: { kind: "judge", subject: "claim", oid: claim },
      };
    },
    "is read first by the first in line, when it is time to ask after it": (w) => {
      const [{ claim, refs }, ticket] = [held(w), w.ticket(1)];
      return {
        refs: { ...refs, queue: [ticket] },
        self: { ticket, isGlancing },
        move: { kind: "read", oids: [claim] },
      };
    },
    "is not asked after at other times": (w) => {
      const [{ claim, refs }, ticket] = [held(w), w.ticket(1)];
      return { refs: { ...refs, queue: [ticket] }, read: [claim], self: { ticket }, move: watchRefs(1) };
    },
    "is asked after by who would not wait": (w) => {
      const { claim, refs } = held(w);
      const self = { timeIsUp: true, isGlancing };
      return { refs, read: [claim], self, move: { kind: "judge", subject: "claim", oid: claim } };
    },
    "is not asked after by the second in line, who asks after the first": (w) => {
      const [{ claim, refs }, first, ticket] = [held(w), w.ticket(1), w.ticket(2)];
      return {
        refs: { ...refs, queue: [first, ticket] },
        read: [claim],
        self: { ticket, isGlancing },
        move: { kind: "judge", subject: "ticket", oid: first.oid },
      };
    },
    "is asked after by the second in line too where nothing has moved for two minutes": (w) => {
      const [{ claim, refs }, first, ticket] = [held(w), w.ticket(1), w.ticket(2)];
      return {
        refs: { ...refs, queue: [first, ticket] },
        read: [claim],
        verdicts: { [first.oid]: UNKNOWN },
        seenMs: { [claim]: 120_000 },
        self: { ticket, isGlancing },
        move: { kind: "judge", subject: "claim", oid: claim },
      };
    },
    "is not asked after by the second in line while something moves": (w) => {
      const [{ claim, refs }, first, ticket] = [held(w), w.ticket(1), w.ticket(2)];
      return {
        refs: { ...refs, queue: [first, ticket] },
        read: [claim],
        verdicts: { [first.oid]: UNKNOWN },
        seenMs: { [claim]: 119_999 },
        self: { ticket, isGlancing },
        move: watchTicket(2, first),
      };
    },
    "who is alive is waited for": (w) => {
      const [{ claim, refs }, ticket] = [held(w), w.ticket(1)];
      return {
        refs: { ...refs, queue: [ticket] },
        read: [claim],
        verdicts: { [claim]: ALIVE },
        self: { ticket, isGlancing },
        move: watchRefs(1),
      };
    },
    "of whom nothing can be known is waited for": (w) => {
      const [{ claim, refs }, ticket] = [held(w), w.ticket(1)];
      return {
        refs: { ...refs, queue: [ticket], ...at("23:00:00") },
        read: [claim],
        verdicts: { [claim]: UNKNOWN },
        seenMs: { [claim]: 15 * 3_600_000 },
        self: { ticket, isGlancing },
        move: watchRefs(1),
      };
    },
    "of whom nothing can be known keeps out who would not wait": (w) => {
      const { claim, refs } = held(w);
      const self = { timeIsUp: true, isGlancing };
      return { refs, read: [claim], verdicts: { [claim]: UNKNOWN }, self, move: { kind: "give-up" } };
    },
  });
});

describe("a dead holder", () => {
  check({
    "is replaced by the first in line: its place in the count is read first": (w) => {
      const before = w.entry(w.claim());
      const [claim, ticket] = [w.claim(before), w.ticket(1)];
      return {
        refs: { log: { 1: claim }, holder: { 1: claim }, queue: [ticket] },
        read: [claim],
        verdicts: { [claim]: DEAD },
        self: { ticket },
        move: { kind: "read", oids: [before] },
      };
    },
    "is replaced by the first in line: then the entry that ends it and a claim on that are written": (w) => {
      const before = w.entry(w.claim());
      const [claim, ticket] = [w.claim(before), w.ticket(1)];
      return {
        refs: { log: { 1: claim }, holder: { 1: claim }, queue: [ticket] },
        read: [claim, before],
        verdicts: { [claim]: DEAD },
        self: { ticket },
        move: prepare(claim, { after: succession(w, claim, DEAD) }),
      };
    },
    "is replaced by the first in line: then both are sent, with the token after the dead one's": (w) => {
      const before = w.entry(w.claim());
      const [claim, ticket] = [w.claim(before), w.ticket(1)];
      const after = succession(w, claim, DEAD);
      return {
        refs: { log: { 1: claim }, holder: { 1: claim }, queue: [ticket] },
        read: [claim, before],
        verdicts: { [claim]: DEAD },
        self: { ticket, prepared: wrote(w, w.takeOver(claim)) },
        move: take(3, { after, marker: claim }),
      };
    },
    "that was the first ever": (w) => {
      const claim = w.claim();
      const prepared = wrote(w, w.takeOver(claim));
      return {
        refs: { log: { 1: claim } },
        read: [claim],
        verdicts: { [claim]: DEAD },
        self: { prepared },
        move: take(2, { after: succession(w, claim, DEAD) }),
      };
    },
    "is replaced as its last renewal, which has the token in it": (w) => {
      const tip = w.renewal(w.claim(w.entry(w.claim())));
      return {
        refs: { log: { 1: tip } },
        read: [tip],
        verdicts: { [tip]: DEAD },
        move: prepare(tip, { after: succession(w, tip, DEAD) }),
      };
    },
    "is replaced by who would not wait": (w) => {
      const tip = w.claim();
      const self = { timeIsUp: true };
      return {
        refs: { log: { 1: tip } },
        read: [tip],
        verdicts: { [tip]: DEAD },
        self,
        move: prepare(tip, { after: succession(w, tip, DEAD) }),
      };
    },
    "is left to the first in line": (w) => {
      const [tip, first, ticket] = [w.claim(), w.ticket(1), w.ticket(2)];
      return {
        refs: { log: { 1: tip }, queue: [first, ticket], ...at("08:01:00") },
        read: [tip],
        verdicts: { [tip]: DEAD },
        self: { ticket },
        move: watchTicket(2, first),
      };
    },
    "is replaced by the second in line two minutes after its death": (w) => {
      const [tip, first, ticket] = [w.claim(), w.ticket(1), w.ticket(2)];
      return {
        refs: { log: { 1: tip }, queue: [first, ticket], ...at("08:02:05") },
        read: [tip, first.oid],
        verdicts: { [tip]: DEAD },
        self: { ticket },
        move: prepare(tip, { after: succession(w, tip, DEAD) }),
      };
    },
    "that follows something which is no entry is nobody's to replace": (w) => {
      const tip = w.claim(w.put("Fix the build", null));
      const [before = ""] = w.commits.get(tip)?.parents ?? [];
      return {
        refs: { log: { 1: tip } },
        read: [tip, before],
        verdicts: { [tip]: DEAD },
        move: { kind: "fail" },
      };
    },
    "that froze the lock is never dead": (w) => {
      const { claim, refs } = held(w, { freeze: true });
      return {
        refs: { ...refs, ...at("23:00:00") },
        read: [claim],
        verdicts: { [claim]: DEAD },
        move: { kind: "queue", number: 1 },
      };
    },
  });
});
