/** The policy where a hold is ours already: who may enter it again, and who may not. A new rule is a new row. */
import { describe, expect } from "vitest";
import type { Claim } from "../../src/lock/claim.ts";
import type { Mine } from "../../src/lock/identity.ts";
import { check } from "./decide-table.ts";
import { job, type World } from "./situations.ts";

const mine = (id: number, nonces: readonly string[] = [], more: Parameters<typeof job>[1] = {}): Mine => ({
  nonces: new Set(nonces),
  handed: () => null,
  identity: job(id, more),
});

/** The move that enters the hold again. */
const reenter = (slot = 1) => ({
  kind: "reenter" as const,
  slot,
  tip: expect.objectContaining({
    kind: "claim",
    claim: expect.objectContaining<Partial<Claim>>({ nonce: "held" }),
  }),
});

function heldBy(w: World, id: number, more: Partial<Claim> = {}) {
  const claim = w.claim(w.entry(w.claim()), { nonce: "held", who: job(id), ...more });
  return { refs: { log: { 1: claim }, holder: { 1: claim } }, read: [claim] };
}

describe("a hold is entered again", () => {
  check({
    "by its own job": (w) => ({ ...heldBy(w, 7), self: { mine: mine(7) }, move: reenter() }),
    "by whoever it was handed to": (w) => ({
      ...heldBy(w, 7),
      self: { mine: mine(8, ["other", "held"]) },
      move: reenter(),
    }),
    "by another job of its run, where it is for all of them": (w) => ({
      ...heldBy(w, 7, { scope: "run" }),
      self: { mine: mine(7, [], { jobId: 99 }) },
      move: reenter(),
    }),
    "though others queue for it": (w) => {
      const { refs, read } = heldBy(w, 7);
      return { refs: { ...refs, queue: [w.ticket(1)] }, read, self: { mine: mine(7) }, move: reenter() };
    },
    "when time is up": (w) => ({
      ...heldBy(w, 7),
      self: { mine: mine(7), timeIsUp: true },
      move: reenter(),
    }),
    "behind its renewal": (w) => {
      const tip = w.renewal(w.claim(null, { nonce: "held", who: job(7) }));
      return { refs: { log: { 1: tip } }, read: [tip], self: { mine: mine(7) }, move: reenter() };
    },
    "in another slot than the first": (w) => {
      const tip = w.claim(null, { nonce: "held", who: job(7), slots: 2, slot: 2 });
      const other = w.claim(null, { slots: 2 });
      return {
        refs: { log: { 1: other, 2: tip } },
        read: [other, tip],
        self: { mine: mine(7), slots: 2 },
        move: reenter(2),
      };
    },
    "in another slot, though the first is free": (w) => {
      const tip = w.claim(null, { nonce: "held", who: job(7), slots: 2, slot: 2 });
      return {
        refs: { log: { 2: tip }, holder: { 2: tip } },
        read: [tip],
        self: { mine: mine(7), slots: 2 },
        move: reenter(2),
      };
    },
  });
});

describe("a hold is not entered again", () => {
  check({
    "by another job of its run": (w) => ({
      ...heldBy(w, 7),
      self: { mine: mine(7, [], { jobId: 99 }) },
      move: { kind: "queue", number: 1 },
    }),
    "by another attempt of its run": (w) => ({
      ...heldBy(w, 7, { scope: "run" }),
      self: { mine: mine(7, [], { attempt: 2 }) },
      move: { kind: "queue", number: 1 },
    }),
    "when it has ended: the lock is taken": (w) => {
      const tip = w.entry(w.claim(null, { nonce: "held", who: job(7) }));
      return {
        refs: { log: { 1: tip } },
        read: [tip],
        self: { mine: mine(7, ["held"]) },
        move: { kind: "prepare" },
      };
    },
    "by a freeze, which would wait for itself": (w) => ({
      ...heldBy(w, 7),
      self: { mine: mine(7), freeze: true },
      move: { kind: "fail", because: { kind: "own" } },
    }),
    "though it carries our nonce, when that hold is known to be over: the read is stale": (w) => ({
      ...heldBy(w, 7),
      self: { spentNonces: new Set(["held"]) },
      move: { kind: "pause", why: "the log was read as it was before" },
    }),
  });
});
