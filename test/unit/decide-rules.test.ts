/** What every move of the policy keeps to, over random logs, queues, lives and states of our own. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/lock/decide.ts";
import type { Move, Self } from "../../src/lock/move.ts";
import type { Commit, Oid } from "../../src/lock/refs.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import { lostSightOf, NEWCOMER, wrote } from "./decide-table.ts";
import { playLog, steps } from "./logs.ts";
import { FIRST_DATE, LOCK, type Refs, refsOf, type World, world } from "./situations.ts";

const life = fc.constantFrom("alive", "dead", "unknown");

/** What is made up: the rest follows from it. */
const scene = fc.record({
  steps,
  /** Which of its tips the log was read at: the last, or an older one. */
  back: fc.oneof(fc.constant(0), fc.nat({ max: 5 })),
  /** Whether the writers of the tip and of the tickets, in line, are alive. */
  holder: life,
  queue: fc.array(life, { maxLength: 4 }),
  /** Which of the tickets is ours, from 0; one more than there are: ours is missing. */
  place: fc.option(fc.nat({ max: 4 })),
  /** Whether there is a marker: at the tip if that is a claim, left over if it is not. */
  marker: fc.boolean(),
  /** Which claim is ours, and how it went. */
  claim: fc.nat(),
  sent: fc.constantFrom("none", "written", "lost"),
  timeIsUp: fc.boolean(),
  isGlancing: fc.boolean(),
  isFresh: fc.boolean(),
  /** Seconds since the world began. */
  readAt: fc.oneof(fc.constant(null), fc.nat({ max: 600 })),
});

type Drawn = typeof scene extends fc.Arbitrary<infer Value> ? Value : never;
type Made = ReturnType<typeof make>;

const isHeld = (w: World, tip: Oid | null): boolean =>
  tip !== null && /^publish (still )?held/.test(w.commits.get(tip)?.message ?? "");

function make(made: Drawn) {
  const w = world();
  const { tips, claims } = playLog(w, made.steps);
  const tip = tips.at(-1 - (made.back % tips.length)) ?? null;
  const held = isHeld(w, tip);
  const ours = claims[made.claim % Math.max(1, claims.length)] ?? null;
  const queue = made.queue.map((_, index) => w.ticket(index + 1));
  const place = made.place === null ? null : Math.min(made.place, queue.length);
  const leftover = claims.find((claim) => claim !== tip) ?? null;
  const marker = made.marker ? (held ? tip : leftover) : null;
  const readAtMs = made.readAt === null ? null : Date.parse(FIRST_DATE) + made.readAt * 1000;
  const refs: Refs = {
    log: tip === null ? {} : { 1: tip },
    holder: marker === null ? {} : { 1: marker },
    ...{ queue, readAtMs, isFresh: made.isFresh },
  };
  const sent = { none: () => null, written: wrote, lost: lostSightOf }[made.sent];
  const self: Self = {
    ...NEWCOMER,
    prepared: ours === null ? null : sent(w, ours),
    ticket: place === null ? null : (queue[place] ?? w.ticket(9)),
    ...{ timeIsUp: made.timeIsUp, isGlancing: made.isGlancing },
  };
  const lives = new Map(queue.map(({ oid }, index) => [oid, made.queue[index] ?? "unknown"]));
  if (tip !== null) lives.set(tip, made.holder);
  return { w, tip, held, lives, refs: refsOf(refs), self, place, ahead: place ?? queue.length };
}

interface Settled {
  readonly move: Move;
  readonly self: Self;
  readonly judged: ReadonlyMap<Oid, Verdict>;
}

/** Reads, writes and asks what is to be read, written and asked, until a move is left that changes or ends something. */
function settle({ w, refs, self, lives }: Made, commits: Map<Oid, Commit>): Settled {
  const judged = new Map<Oid, Verdict>();
  let us = self;
  // Whatever is written on the way makes no more turns.
  const longest = w.commits.size + 20;
  for (let turns = 1; turns < longest; turns++) {
    const move = decide(LOCK, refs, { commits, verdicts: judged, seenMs: new Map() }, us);
    const read: (Oid | null)[] = [];
    if (move.kind === "read") read.push(...move.oids);
    else if (move.kind === "trace") read.push(move.from);
    else if (move.kind === "forget") us = { ...us, prepared: null };
    else if (move.kind === "judge") {
      judged.set(move.oid, {
        state: lives.get(move.oid) ?? "unknown",
        why: "so it was drawn",
        sinceMs: null,
      });
    } else if (move.kind === "prepare") {
      const after = move.after !== null && move.from !== null;
      us = { ...us, prepared: wrote(w, after ? w.takeOver(move.from ?? "") : w.claim(move.from)) };
      read.push(move.read);
    } else {
      return { move, self: us, judged };
    }
    for (const [oid, commit] of w.known(...read.filter((oid) => oid !== null))) commits.set(oid, commit);
  }
  throw new Error("there is no end to it");
}

describe("every move", () => {
  const kinds = new Set<string>();

  test("keeps the rules", () => {
    fc.assert(
      fc.property(scene, (made) => {
        const situation = make(made);
        const { w, tip, held, refs, place, ahead } = situation;
        const { move, self, judged } = settle(situation, new Map());
        kinds.add(move.kind);
        // Who is asked after is asked when it is time to, and once.
        if (!made.isGlancing) expect(judged.size).toBe(0);
        if (move.kind === "take") {
          // Only what was read freshly: a free tip, or one whose holder is known to be dead.
          expect({ fresh: refs.isFresh, from: self.prepared?.from }).toEqual({ fresh: true, from: tip });
          expect(move.after === null).toBe(!held);
          if (held) expect(judged.get(tip ?? "")?.state).toBe("dead");
          // With the next token, and the marker as it stands.
          expect(move.sequence).toBe(tip === null ? 1 : w.sequenceOf(tip) + 1);
          expect(move.marker).toBe(refs.holders.get(1) ?? null);
          // In turn, unless it was free for long.
          if (made.readAt === null || made.readAt < 60 * (ahead + 1)) expect(ahead).toBe(0);
        }
        if (move.kind === "remove") {
          expect(judged.get(move.ticket.oid)?.state).toBe("dead");
          expect(refs.queue.slice(0, ahead)).toContainEqual(move.ticket);
        }
        if (move.kind === "hold") expect([held, w.nonceOf(tip ?? "")]).toEqual([true, move.hold.nonce]);
        // Nobody gives up before the time, nor queues or waits after it.
        if (move.kind === "give-up") expect(self.timeIsUp).toBe(true);
        if (move.kind === "queue" || move.kind === "wait") expect(self.timeIsUp).toBe(false);
        if (move.kind === "queue") expect([place, move.number]).toEqual([null, refs.queue.length + 1]);
        if (move.kind === "requeue") expect(place).toBe(refs.queue.length);
        if (move.kind === "wait") {
          expect(move.place).toBe(ahead + 1);
          // The first watches the lock, everybody else the one before, and nothing else.
          if (move.watch.kind === "ticket") expect(move.watch.ref).toBe(refs.queue[ahead - 1]?.ref);
          else expect(ahead).toBe(0);
        }
        // A log that keeps the rules is in nobody's way.
        expect(move.kind).not.toBe("fail");
      }),
      { numRuns: 5000 },
    );
    const all = ["give-up", "hold", "look", "pause", "queue", "remove", "requeue", "restart", "take", "wait"];
    expect([...kinds].toSorted()).toEqual(all);
  });

  test("leaves a free lock to whoever comes first", () => {
    fc.assert(
      fc.property(scene, (made) => {
        const situation = make({ ...made, readAt: null, isFresh: true, sent: "none" });
        const { move } = settle(situation, new Map());
        const isMissing = situation.place === made.queue.length;
        if (!situation.held) expect(move.kind === "take").toBe(situation.ahead === 0 && !isMissing);
      }),
      { numRuns: 1000 },
    );
  });

  test("leaves a lock alone that somebody holds who is not known to be dead", () => {
    fc.assert(
      fc.property(scene, fc.constantFrom("alive", "unknown"), (made, holder) => {
        const situation = make({ ...made, holder });
        const { move } = settle(situation, new Map());
        if (situation.held) expect(move.kind).not.toBe("take");
      }),
      { numRuns: 1000 },
    );
  });

  test("does not depend on what else is known", () => {
    fc.assert(
      fc.property(scene, (made) => {
        const [one, other] = [make(made), make(made)];
        const { move } = settle(one, new Map());
        expect(settle(other, new Map(other.w.commits)).move.kind).toBe(move.kind);
      }),
      { numRuns: 1000 },
    );
  });
});
