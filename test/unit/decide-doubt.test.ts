/** The policy where an answer was lost, or something is in the way. A new rule is a new row. */
import { describe, expect } from "vitest";
import { check, lostSightOf, take } from "./decide-table.ts";
import { job } from "./situations.ts";

describe("a claim of ours whose answer was lost", () => {
  check({
    "stands at the tip: it is held": (w) => {
      const claim = w.claim(w.entry(w.claim()));
      const prepared = lostSightOf(w, claim);
      if (prepared.hold === null) throw new Error("no hold");
      return {
        refs: { log: { 1: claim } },
        read: [claim],
        self: { prepared },
        move: { kind: "hold", hold: prepared.hold },
      };
    },
    "stands at the tip, which was not read": (w) => {
      const claim = w.claim();
      return {
        refs: { log: { 1: claim }, holder: { 1: claim } },
        self: { prepared: lostSightOf(w, claim) },
        move: { kind: "trace", from: claim },
      };
    },
    "was ended by somebody: it was never entered": (w) => {
      const claim = w.claim();
      const tip = w.entry(claim, { outcome: "taken-over", by: job(813) });
      return {
        refs: { log: { 1: tip } },
        read: [tip],
        self: { prepared: lostSightOf(w, claim) },
        move: { kind: "restart", why: "its claim was taken-over before it was known to have landed" },
      };
    },
    "has not landed: the identical change is sent again": (w) => {
      const free = w.entry(w.claim());
      return {
        refs: { log: { 1: free } },
        read: [free],
        self: { prepared: lostSightOf(w, w.claim(free)) },
        move: take(2),
      };
    },
    "has not landed on an empty log": (w) => ({
      refs: {},
      self: { prepared: lostSightOf(w, w.claim()) },
      move: take(1),
    }),
    "was passed by a rival: it can't land any more": (w) => {
      const before = w.entry(w.claim());
      const rival = w.claim(before);
      return {
        refs: { log: { 1: rival }, holder: { 1: rival } },
        read: [rival],
        self: { prepared: lostSightOf(w, w.claim(before)) },
        move: { kind: "forget" },
      };
    },
    "is not in an absent log: that read is stale": (w) => ({
      refs: {},
      self: { prepared: lostSightOf(w, w.claim(w.entry(w.claim()))) },
      move: { kind: "pause", why: "the log was read as it was before" },
    }),
    "holds, and our ticket is not among the refs": (w) => {
      const claim = w.claim();
      return {
        refs: { log: { 1: claim } },
        read: [claim],
        self: { prepared: lostSightOf(w, claim), ticket: w.ticket(1) },
        move: { kind: "hold" },
      };
    },
  });
});

const WHO = expect.stringContaining("run 812, attempt 1, job publish");

describe("what is in the way", () => {
  check({
    "is a commit that no lock wrote": (w) => {
      const tip = w.put("Fix the build", null);
      const commit = w.commits.get(tip);
      if (commit === undefined) throw new Error("no commit");
      return {
        refs: { log: { 1: tip } },
        read: [tip],
        move: { kind: "fail", because: { kind: "foreign", slot: 1, commit, why: "is not a lock record" } },
      };
    },
    "is a holder who thinks of another number of slots": (w) => {
      const tip = w.claim(null, { slots: 2 });
      return {
        refs: { log: { 1: tip } },
        read: [tip],
        move: { kind: "fail", because: { kind: "slots", theirs: 2, who: WHO } },
      };
    },
    "is a last holder who thought of another number of slots": (w) => {
      const tip = w.entry(w.claim(null, { slots: 2 }));
      return {
        refs: { log: { 1: tip } },
        read: [tip],
        move: { kind: "fail", because: { kind: "slots", theirs: 2, who: WHO } },
      };
    },
  });
});
