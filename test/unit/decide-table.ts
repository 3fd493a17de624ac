/**
 * How a table of situations and moves is written down and checked. Owns the short forms; must not know any rule of the policy.
 */
import { expect, test } from "vitest";
import { decide } from "../../src/lock/decide.ts";
import { handedNothing } from "../../src/lock/identity.ts";
import type { Knowledge, Move, Prepared, Self, Succession } from "../../src/lock/move.ts";
import { logRef } from "../../src/lock/name.ts";
import type { Oid } from "../../src/lock/refs.ts";
import type { Ticket } from "../../src/lock/ticket.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import { job, LOCK, type Refs, refsOf, type World, world } from "./situations.ts";

export interface Situation {
  /** `null`: the refs were not read yet. */
  readonly refs: Refs | null;
  /** The commits that were read. */
  readonly read?: readonly Oid[];
  /** Who was asked after, by the oid of a claim or a ticket. */
  readonly verdicts?: Readonly<Record<Oid, Verdict>>;
  /** How long what is there has been seen, by its key (sightings.ts). */
  readonly seenMs?: Readonly<Record<string, number>>;
  readonly self?: Partial<Self>;
  /** In full, or its kind alone. */
  readonly move: Move | { readonly kind: Move["kind"] };
}

export type Rows = Readonly<Record<string, (w: World) => Situation>>;

/** One who wants a lock of one slot, and is not looking after others. */
export const NEWCOMER: Self = {
  ...{ slots: 1, freeze: false, prepared: null, ticket: null, timeIsUp: false, isGlancing: false },
  ...{ fruitlessLooks: 0, frozen: [], mine: handedNothing(job(1)), scope: "job" },
  ...{ glances: 0, knownSlots: new Set([1]), nonce: "ours", spentNonces: new Set() },
};

export const LOG = logRef(LOCK, 1);

/** The claim that was written, and not sent. */
export function wrote(w: World, claim: Oid, more: Partial<Prepared> = {}): Prepared {
  const { slot, from } = w.hold(claim);
  const isSuccession = from !== null && w.commits.get(claim)?.parents[0] !== from;
  const after = isSuccession
    ? succession(w, from, { state: "dead", why: "its job is completed", sinceMs: null })
    : null;
  return { slot, from, claim, hold: null, after, beganMs: 0, refusals: 0, ...more };
}

/** The claim that was sent, and the answer lost. */
export function lostSightOf(w: World, claim: Oid, more: Partial<Prepared> = {}): Prepared {
  return wrote(w, claim, { hold: w.hold(claim, { acquiredAtMs: null }), ...more });
}

type Of<Kind extends Move["kind"]> = Extract<Move, { kind: Kind }>;

export function prepare(from: Oid | null, more: Partial<Of<"prepare">> = {}): Move {
  return { kind: "prepare", slot: 1, from, after: null, read: null, look: false, ...more };
}

export function take(sequence: number, more: Partial<Of<"take">> = {}): Move {
  return { kind: "take", slot: 1, sequence, after: null, marker: null, alone: false, ...more };
}

export function watchRefs(place: number): Move {
  return { kind: "wait", place, watch: { kind: "refs", seen: expect.anything() } };
}

export function watchTicket(place: number, { ref, oid }: Ticket): Move {
  return { kind: "wait", place, watch: { kind: "ticket", ref, seen: oid } };
}

/** What becomes of a hold whose job is dead. */
export function succession(w: World, dead: Oid, verdict: Verdict): Succession {
  const { sequence, nonce } = w.hold(dead);
  const death = {
    outcome: "taken-over",
    why: verdict.why,
    forMs: expect.any(Number),
  } as const;
  return { claim: expect.objectContaining({ nonce }), sequence, death };
}

export function knowing(
  w: World,
  { read = [], verdicts = {}, seenMs = {} }: Pick<Situation, "read" | "verdicts" | "seenMs">,
): Knowledge {
  return {
    commits: w.known(...read),
    verdicts: new Map(Object.entries(verdicts)),
    seenMs: new Map(Object.entries(seenMs)),
  };
}

export function check(rows: Rows): void {
  test.each(Object.entries(rows))("%s", (_, build) => {
    const w = world();
    const situation = build(w);
    const { refs, self, move } = situation;
    const asked = refs === null ? null : refsOf(refs);
    const known = knowing(w, situation);
    const us = { ...NEWCOMER, ...self };
    const decided = decide(LOCK, asked, known, us);
    if (Object.keys(move).length === 1) expect(decided.kind).toBe(move.kind);
    else expect(decided).toEqual(move);
    // The same question has the same answer: nothing was remembered.
    expect(decide(LOCK, asked, known, us)).toEqual(decided);
  });
}
