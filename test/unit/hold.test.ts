/** Where a claim of ours stands in a log: by hand in small situations, and against a naive model over random logs. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRecord } from "../../src/lock/entry.ts";
import { type Hold, locate, type Position } from "../../src/lock/hold.ts";
import type { Commit, Oid } from "../../src/lock/refs.ts";
import { chainOf, playLog, steps } from "./logs.ts";
import { job, oid, type World, world } from "./situations.ts";

/** Asks with nothing known, and reads whatever is asked for. */
function locateReading(hold: Hold, tip: Oid | null, commits: ReadonlyMap<Oid, Commit>) {
  const known = new Map<Oid, Commit>();
  for (;;) {
    const position = locate(hold, tip, known);
    if (position.kind !== "need") return { position, reads: known.size };
    const commit = commits.get(position.oid);
    if (commit === undefined || known.has(position.oid)) throw new Error(`asked in vain for ${position.oid}`);
    known.set(position.oid, commit);
  }
}

interface Scene {
  readonly hold: Hold;
  readonly tip: Oid | null;
  readonly expected: Position | Position["kind"];
}

/** The situations by name. `w` is a world of its own for each. */
const SCENES: Readonly<Record<string, (w: World) => Scene>> = {
  "no log yet": (w) => ({ hold: w.hold(w.claim()), tip: null, expected: "not-yet" }),
  "the tip that it follows": (w) => {
    const before = w.entry(w.claim());
    return { hold: w.hold(w.claim(before)), tip: before, expected: "not-yet" };
  },
  "the claim itself": (w) => {
    const claim = w.claim(w.entry(w.claim()));
    return { hold: w.hold(claim), tip: claim, expected: { kind: "held", tip: claim } };
  },
  "a renewal": (w) => {
    const claim = w.claim();
    const tip = w.renewal(w.renewal(claim));
    return { hold: w.hold(claim), tip, expected: { kind: "held", tip } };
  },
  "given back": (w) => {
    const claim = w.claim();
    const tip = w.entry(w.renewal(claim));
    return { hold: w.hold(claim), tip, expected: "ended" };
  },
  "given back, with a successor in": (w) => {
    const claim = w.claim();
    return { hold: w.hold(claim), tip: w.renewal(w.claim(w.entry(claim))), expected: "ended" };
  },
  "taken over": (w) => {
    const claim = w.claim();
    const end = w.entry(claim, { outcome: "taken-over", by: job(813) });
    return { hold: w.hold(claim), tip: w.claim(end), expected: "ended" };
  },
  "the dead claim that it takes over from": (w) => {
    const dead = w.claim();
    return { hold: w.hold(w.takeOver(dead)), tip: dead, expected: "not-yet" };
  },
  "its takeover": (w) => {
    const claim = w.takeOver(w.claim());
    return { hold: w.hold(claim), tip: claim, expected: { kind: "held", tip: claim } };
  },
  "another's takeover of the same dead claim": (w) => {
    const dead = w.claim();
    return { hold: w.hold(w.takeOver(dead)), tip: w.takeOver(dead), expected: "passed" };
  },
  "that the dead claim was given back after all": (w) => {
    const dead = w.claim();
    return { hold: w.hold(w.takeOver(dead)), tip: w.entry(dead), expected: "passed" };
  },
  "that the dead claim was renewed after all": (w) => {
    const dead = w.claim();
    return { hold: w.hold(w.takeOver(dead)), tip: w.renewal(dead), expected: "passed" };
  },
  "a tip from before the dead claim that it takes over from": (w) => {
    const before = w.entry(w.claim());
    return { hold: w.hold(w.takeOver(w.claim(before))), tip: before, expected: "stale" };
  },
  "given up before it landed": (w) => {
    const claim = w.claim(w.entry(w.claim()));
    return { hold: w.hold(claim), tip: w.entry(claim), expected: "ended" };
  },
  "passed by a rival on the same tip": (w) => {
    const before = w.entry(w.claim());
    return { hold: w.hold(w.claim(before)), tip: w.claim(before), expected: "passed" };
  },
  "passed by a rival on an empty log": (w) => ({
    hold: w.hold(w.claim()),
    tip: w.entry(w.claim()),
    expected: "passed",
  }),
  "an absent log, after one was there": (w) => ({
    hold: w.hold(w.claim(w.entry(w.claim()))),
    tip: null,
    expected: "stale",
  }),
  "a tip from before the one that it follows": (w) => {
    const old = w.claim();
    return { hold: w.hold(w.claim(w.entry(w.claim(w.entry(old))))), tip: old, expected: "stale" };
  },
  "another log altogether": (w) => ({
    hold: w.hold(w.claim(w.entry(w.claim()))),
    tip: w.entry(w.claim()),
    expected: "gone",
  }),
  "another log that has come further": (w) => {
    const hold = w.hold(w.claim(w.entry(w.claim())));
    return { hold, tip: w.entry(w.claim(w.entry(w.claim(w.entry(w.claim()))))), expected: "gone" };
  },
  "a commit that no lock wrote": (w) => ({
    hold: w.hold(w.claim(w.entry(w.claim()))),
    tip: w.put("Fix the build", null),
    expected: "gone",
  }),
  "a commit that no lock wrote, on top of the tip that it follows": (w) => {
    const before = w.entry(w.claim());
    return { hold: w.hold(w.claim(before)), tip: w.put("Fix the build", before), expected: "passed" };
  },
  // Nobody who keeps the rules ends a claim but by an entry: what stands on it without one was put there by hand.
  "a commit that no lock wrote, on top of the claim": (w) => {
    const claim = w.claim();
    return { hold: w.hold(claim), tip: w.put("Fix the build", claim), expected: "gone" };
  },
  "another's claim on top of the claim, without an entry between": (w) => {
    const claim = w.claim();
    return { hold: w.hold(claim), tip: w.claim(claim), expected: "gone" };
  },
};

describe("the log shows", () => {
  test.each(Object.entries(SCENES))("%s", (_, build) => {
    const w = world();
    const { hold, tip, expected } = build(w);
    const { position } = locateReading(hold, tip, w.commits);
    if (typeof expected === "string") expect(position.kind).toBe(expected);
    else expect(position).toEqual(expected);
  });

  test("who ended it, by which entry", () => {
    const w = world();
    const claim = w.claim();
    const end = w.entry(w.renewal(claim), { outcome: "cleared", by: job(900), reason: "the runner died" });
    const tip = w.entry(w.claim(end));
    expect(locateReading(w.hold(claim), tip, w.commits).position).toMatchObject({
      kind: "ended",
      by: end,
      entry: { outcome: "cleared", by: job(900), reason: "the runner died", ends: w.nonceOf(claim) },
    });
  });

  test("nothing of what is not known yet: that has to be read first", () => {
    const w = world();
    const claim = w.claim();
    const tip = w.entry(claim);
    expect(locate(w.hold(claim), tip, new Map())).toEqual({ kind: "need", oid: tip });
    const later = w.claim(tip);
    expect(locate(w.hold(claim), later, w.known(later))).toEqual({ kind: "need", oid: tip });
  });

  test("the tip that it follows behind thousands of later holds", { timeout: 20_000 }, () => {
    const w = world();
    const before = w.entry(w.claim());
    const hold = w.hold(w.claim(before));
    let tip = before;
    for (let holds = 0; holds < 2000; holds++) tip = w.entry(w.claim(tip));
    expect(locate(hold, tip, w.commits)).toEqual({ kind: "passed" });
    // Where the log never ends, the walk does.
    const loop = w.put("x", oid(999_999));
    w.commits.set(oid(999_999), { oid: oid(999_999), parents: [loop], message: "x", date: "" });
    expect(locate(hold, loop, w.commits)).toEqual({ kind: "gone" });
  });
});

/** The same question answered with everything in view: no sequence, no early stop, no reading in turns. */
function naive(w: World, hold: Hold, tip: Oid | null): { kind: string; at?: Oid } {
  if (tip === hold.from) return { kind: "not-yet" };
  if (tip === null) return { kind: "stale" };
  const chain = chainOf(w.commits, tip);
  for (const at of chain) {
    const commit = w.commits.get(at);
    const record = commit === undefined ? null : readRecord(commit);
    if (record?.kind === "claim" && record.claim.nonce === hold.nonce) return { kind: "held", at };
    if (record?.kind === "entry" && record.entry.ends === hold.nonce) return { kind: "ended", at };
  }
  if (hold.from === null || chain.includes(hold.from)) return { kind: "passed" };
  return { kind: chainOf(w.commits, hold.from).includes(tip) ? "stale" : "gone" };
}

describe("over random logs", () => {
  test("the answer is the naive model's, for every claim and every tip that the log, or another in its place, ever had", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(steps, steps, (ours, others) => {
        const w = world();
        const { tips, claims } = playLog(w, ours);
        const replaced = playLog(w, others);
        for (const claim of claims) {
          const hold = w.hold(claim);
          for (const tip of [...tips, ...replaced.tips]) {
            const { position, reads } = locateReading(hold, tip, w.commits);
            const { kind, at } = naive(w, hold, tip);
            seen.add(kind);
            expect(position.kind).toBe(kind);
            if (position.kind === "held") expect(position.tip).toBe(at);
            if (position.kind === "ended") expect(position.by).toBe(at);
            // As much was read as the answer needs, and not the history before.
            const chain = chainOf(w.commits, tip);
            if (at !== undefined) expect(reads).toBe(chain.indexOf(at) + 1);
            if (kind === "passed" && hold.from !== null) expect(reads).toBe(chain.indexOf(hold.from));
          }
        }
      }),
      { numRuns: 200 },
    );
    expect([...seen].toSorted()).toEqual(["ended", "gone", "held", "not-yet", "passed", "stale"]);
  });

  test("what else is known does not change the answer", () => {
    fc.assert(
      fc.property(steps, fc.func(fc.boolean()), (ours, isKnown) => {
        const w = world();
        const { tips, claims } = playLog(w, ours);
        const some = new Map([...w.commits].filter(([oid]) => isKnown(oid)));
        for (const claim of claims) {
          for (const tip of tips) {
            const [hold, known] = [w.hold(claim), new Map(some)];
            let position = locate(hold, tip, known);
            for (; position.kind === "need"; position = locate(hold, tip, known)) {
              const commit = w.commits.get(position.oid);
              if (commit === undefined || known.has(position.oid)) throw new Error("asked in vain");
              known.set(position.oid, commit);
            }
            expect(position).toEqual(locate(hold, tip, w.commits));
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
