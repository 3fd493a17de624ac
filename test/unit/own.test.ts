/** Finding the hold of whoever asks: what "ours" means, and what a log tells of a hold that is no more. */
import { describe, expect, test } from "vitest";
import { type Claim, isOurs } from "../../src/lock/claim.ts";
import { LockError } from "../../src/lock/errors.ts";
import type { Identity, Mine } from "../../src/lock/identity.ts";
import { holderRef, logRef } from "../../src/lock/name.ts";
import { findOwn, isGivenBackByUs } from "../../src/lock/own.ts";
import type { Oid } from "../../src/lock/refs.ts";
import { type Memory, memory } from "./memory.ts";
import { claimFields, entryFields, job, LOCK, person } from "./situations.ts";
import { rejectionOf } from "./thrown.ts";

function mine(identity: Identity, nonces: readonly string[] = [], handed = false): Mine {
  return { nonces: new Set(nonces), handed: () => (handed ? 1 : null), identity };
}

describe("a claim is ours", () => {
  const of = (who: Identity, more: Partial<Claim> = {}): Claim => ({
    ...claimFields({ who, ...more }),
    fields: {},
  });
  const without = { jobId: null };

  test.each<[string, boolean, Claim, Mine]>([
    [
      "by the nonce that was handed on, whoever made it",
      true,
      of(job(1), { nonce: "n" }),
      mine(job(2), ["m", "n"]),
    ],
    ["by no other nonce", false, of(job(1), { nonce: "n" }), mine(job(2), ["m"])],
    ["as the same job", true, of(job(1)), mine(job(1))],
    ["though the repository is spelt otherwise", true, of(job(1)), mine(job(1, { repository: "Octo/App" }))],
    ["not of another repository", false, of(job(1)), mine(job(1, { repository: "octo/other" }))],
    ["not of another run", false, of(job(1)), mine(job(2))],
    ["not of another attempt", false, of(job(1)), mine(job(1, { attempt: 2 }))],
    ["not of another job", false, of(job(1)), mine(job(1, { jobId: 99 }))],
    ["not of another leg of a matrix", false, of(job(1, { jobId: 5 })), mine(job(1, { jobId: 6 }))],
    ["not without ids: nothing else proves it", false, of(job(1, without)), mine(job(1, without))],
    ["not where only one tells its id", false, of(job(1)), mine(job(1, without))],
    [
      "for scope run, of any job of the run",
      true,
      of(job(1), { scope: "run" }),
      mine(job(1, { jobId: 99, job: "x" })),
    ],
    [
      "for scope run, not of another attempt",
      false,
      of(job(1), { scope: "run" }),
      mine(job(1, { attempt: 2 })),
    ],
    ["not as a process, whose name proves nothing", false, of(person()), mine(person())],
    ["as a process by its nonce", true, of(person(), { nonce: "n" }), mine(person(), ["n"])],
  ])("%s: %s", (_, expected, claim, who) => {
    expect(isOurs(claim, who)).toBe(expected);
  });
});

test("an entry is one of ours if any job of our run wrote it to release", () => {
  const us = mine(job(1));
  expect(isGivenBackByUs(entryFields({ by: job(1, { jobId: 99 }) }), us)).toBe(true);
  expect(isGivenBackByUs(entryFields({ by: job(1, { attempt: 2 }) }), us)).toBe(false);
  expect(isGivenBackByUs(entryFields({ by: job(2) }), us)).toBe(false);
  expect(isGivenBackByUs(entryFields({ by: person() }), us)).toBe(false);
  expect(isGivenBackByUs(entryFields({ by: job(1), outcome: "cleared" }), us)).toBe(false);
});

describe("what is found", () => {
  const patience = { untilMs: 60_000 };
  const LOG = logRef(LOCK, 1);
  const us = job(812);
  const dateOf = (it: Memory, oid: Oid) => it.world.commits.get(oid)?.date ?? "";

  /** A lock whose log stands at `tip`, with a marker if it is given. */
  function stands(it: Memory, tip: Oid, marker: Oid | null = null): Memory {
    it.refs.set(LOG, tip);
    if (marker !== null) it.refs.set(holderRef(LOCK, 1), marker);
    return it;
  }

  test("is our hold, with its token and date, in two requests", async () => {
    const it = memory();
    const w = it.world;
    const before = w.entry(w.claim(w.entry(w.claim())));
    const claim = w.claim(before, { who: us });
    stands(it, claim, claim);
    const own = await findOwn(it.ports, LOCK, mine(us), patience);
    expect(own).toMatchObject({ kind: "held", tip: claim, marker: claim, acquiredAt: dateOf(it, claim) });
    expect(own).toMatchObject({
      hold: {
        ...{ lock: LOCK, slot: 1, slots: 1, nonce: w.nonceOf(claim), claim, from: before, sequence: 3 },
        acquiredAtMs: Date.parse(dateOf(it, claim)),
      },
    });
    expect(it.calls.map(({ method }) => method)).toEqual(["list", "history"]);
  });

  test("is our hold behind its renewals, with its first claim", async () => {
    const it = memory();
    const w = it.world;
    const claim = w.claim(w.entry(w.claim()), { who: us });
    const tip = w.renewal(w.renewal(w.renewal(claim)));
    stands(it, tip, claim);
    expect(await findOwn(it.ports, LOCK, mine(us), patience)).toMatchObject({
      ...{ kind: "held", tip, marker: claim, acquiredAt: dateOf(it, claim) },
      hold: { claim, sequence: 2 },
    });
  });

  test("is our hold behind more renewals than one request tells", async () => {
    const it = memory();
    const w = it.world;
    const claim = w.claim(w.entry(w.claim()), { who: us });
    let tip = claim;
    for (let times = 0; times < 170; times++) tip = w.renewal(tip);
    stands(it, tip);
    const own = await findOwn(it.ports, LOCK, mine(us), patience);
    expect(own).toMatchObject({ kind: "held", tip, marker: null, hold: { claim, sequence: 2 } });
    expect(it.calls.length).toBeLessThan(7);
  });

  test("is none where somebody else holds it, and who", async () => {
    const it = memory();
    stands(it, it.world.claim(null, { who: job(900) }));
    expect(await findOwn(it.ports, LOCK, mine(us), patience)).toMatchObject({
      kind: "none",
      status: { holders: [{ run: 900, job: "publish" }] },
    });
  });

  test("is none where the lock was never held", async () => {
    expect(await findOwn(memory().ports, LOCK, mine(us), patience)).toMatchObject({
      kind: "none",
      status: { holders: [] },
    });
  });

  test.each<[string, (it: Memory, end: Oid) => Oid]>([
    ["nobody since", (_, end) => end],
    ["a successor in", (it, end) => it.world.claim(end, { who: job(900) })],
    [
      "many successors since",
      (it, end) => {
        let tip = end;
        for (let holds = 0; holds < 10; holds++) tip = it.world.entry(it.world.claim(tip, { who: job(900) }));
        return tip;
      },
    ],
  ])("is the end of our hold, and by whom: %s", async (_, since) => {
    const it = memory();
    const claim = it.world.claim(null, { who: us });
    const end = it.world.entry(it.world.renewal(claim), {
      outcome: "cleared",
      by: person(),
      reason: "the runner died",
    });
    stands(it, since(it, end));
    expect(await findOwn(it.ports, LOCK, mine(us), patience)).toMatchObject({
      kind: "ended",
      entry: { ends: it.world.nonceOf(claim), outcome: "cleared", by: person(), reason: "the runner died" },
    });
  });

  test("is the newest of our holds that ended", async () => {
    const it = memory();
    const first = it.world.entry(it.world.claim(null, { who: us }), { outcome: "cleared" });
    const second = it.world.entry(it.world.claim(first, { who: us }));
    stands(it, second);
    expect(await findOwn(it.ports, LOCK, mine(us), patience)).toMatchObject({
      kind: "ended",
      entry: { sequence: 2, outcome: "released" },
    });
  });

  test("is asked for again where a hold was handed on of which the log shows nothing, until it does", async () => {
    const it = memory();
    const claim = it.world.claim(null, { nonce: "handed" });
    it.before = () => {
      if (it.calls.length > 3) stands(it, claim, claim);
    };
    expect(await findOwn(it.ports, LOCK, mine(job(7), ["handed"], true), patience)).toMatchObject({
      kind: "held",
    });
    expect(it.sleeps.length).toBeGreaterThan(1);
  });

  test("is nothing to be sure of, where the log never shows a hold that was handed on", async () => {
    const it = memory();
    stands(it, it.world.claim(null, { who: job(900) }));
    const error = await rejectionOf(findOwn(it.ports, LOCK, mine(us, ["handed"], true), patience));
    expect(error).toMatchObject({ kind: "unreachable", message: expect.stringContaining('"publish"') });
    expect(it.nowMs).toBeLessThanOrEqual(60_000);
  });

  test("is an error where the tip is not ours to read", async () => {
    const it = memory();
    const tip = it.world.put("Fix the build", it.world.claim(null, { who: us }));
    stands(it, tip);
    const error = await rejectionOf(findOwn(it.ports, LOCK, mine(us), patience));
    expect(error).toMatchObject({ kind: "foreign", message: expect.stringContaining(tip) });
    expect(error?.message).toContain(LOG);
  });

  test("is found in spite of trouble", async () => {
    const it = memory();
    stands(it, it.world.claim(null, { who: us }));
    it.before = ({ method }) => {
      if (it.calls.filter((call) => call.method === method).length === 1)
        throw new LockError("unreachable", "a while");
    };
    expect(await findOwn(it.ports, LOCK, mine(us), patience)).toMatchObject({ kind: "held" });
    expect(it.sleeps).toHaveLength(2);
  });

  test("is the end of our hold in whichever slot it was", async () => {
    const it = memory();
    const ours = it.world.entry(it.world.claim(null, { who: us, slots: 2 }), { outcome: "cleared" });
    stands(it, ours);
    it.refs.set(logRef(LOCK, 2), it.world.claim(null, { who: job(900), slots: 2, slot: 2 }));
    const own = await findOwn(it.ports, LOCK, mine(us), patience);
    expect(own).toMatchObject({ kind: "ended", entry: { slot: 1, outcome: "cleared" } });
  });

  test("is found in a later slot", async () => {
    const it = memory();
    const theirs = it.world.claim(null, { who: job(900), slots: 2 });
    const ours = it.world.claim(null, { who: us, slots: 2, slot: 2 });
    stands(it, theirs);
    it.refs.set(logRef(LOCK, 2), ours);
    expect(await findOwn(it.ports, LOCK, mine(us), patience)).toMatchObject({
      kind: "held",
      hold: { slot: 2, slots: 2 },
    });
  });
});
