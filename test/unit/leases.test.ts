/** Leases: of a claim and of a ticket, by clocks that nobody shares. */
import { describe, expect, test } from "vitest";
import { acquire } from "../../src/lock/acquire.ts";
import { readRecord } from "../../src/lock/entry.ts";
import { judgeWriter } from "../../src/lock/judge.ts";
import { holderRef } from "../../src/lock/name.ts";
import type { Oid } from "../../src/lock/refs.ts";
import { encodeTicket, readTicket, ticketFor } from "../../src/lock/ticket.ts";
import { check } from "./decide-table.ts";
import { LEASE_MS, LEASE_SECONDS, LOG, local, recordAt, wish } from "./leases-stage.ts";
import { type Memory, memory } from "./memory.ts";
import { claimFields, LOCK, person, type Refs, type World } from "./situations.ts";

describe("by a clock that is not the server's, a hold", () => {
  const held = (w: World, more: object): { claim: Oid; refs: Refs } => {
    const claim = w.claim(null, { clock: "local", who: person(), ...more });
    return { claim, refs: { log: { 1: claim }, holder: { 1: claim }, readAtMs: null } };
  };
  const waits = { kind: "queue" } as const;

  check({
    "is over once its claim was seen for its whole lease": (w) => {
      const { claim, refs } = held(w, { leaseSeconds: 60 });
      return { refs, read: [claim], seenMs: { [claim]: 60_001 }, move: { kind: "prepare" } };
    },
    "is not over before": (w) => {
      const { claim, refs } = held(w, { leaseSeconds: 60 });
      return { refs, read: [claim], seenMs: { [claim]: 60_000 }, move: waits };
    },
    "is not over at first sight, whatever its date says": (w) => {
      const { claim, refs } = held(w, { leaseSeconds: 60 });
      const readAtMs = Date.parse("2027-11-21T08:00:00Z");
      return { refs: { ...refs, readAtMs }, read: [claim], seenMs: { [claim]: 0 }, move: waits };
    },
    "is past its max-hold once it was seen for that long, however often it was renewed": (w) => {
      const { claim } = held(w, { leaseSeconds: 60, maxHoldSeconds: 90 });
      const tip = w.renewal(claim);
      const refs = { log: { 1: tip }, holder: { 1: claim }, readAtMs: null };
      return { refs, read: [tip], seenMs: { [tip]: 5, [w.nonceOf(tip)]: 90_001 }, move: { kind: "prepare" } };
    },
    "has its lease anew with each renewal": (w) => {
      const { claim } = held(w, { leaseSeconds: 60 });
      const tip = w.renewal(claim);
      const refs = { log: { 1: tip }, holder: { 1: claim }, readAtMs: null };
      return { refs, read: [tip], seenMs: { [tip]: 5, [w.nonceOf(tip)]: 90_001 }, move: waits };
    },
  });
});

describe("by a clock that is not the server's, a free slot", () => {
  const free = (w: World) => {
    const tip = w.entry(w.claim(), { clock: "local" });
    return { tip, refs: { log: { 1: tip }, readAtMs: null } };
  };
  const name = (ref: string) => ref.slice(ref.lastIndexOf("/") + 1);

  check({
    "is the second's after it, and the first, were seen for two minutes": (w) => {
      const [{ tip, refs }, first, ticket] = [free(w), w.ticket(1), w.ticket(2)];
      return {
        refs: { ...refs, queue: [first, ticket] },
        read: [tip],
        seenMs: { [tip]: 120_000, [name(first.ref)]: 120_000 },
        self: { ticket },
        move: { kind: "prepare" },
      };
    },
    "is not the second's before": (w) => {
      const [{ tip, refs }, first, ticket] = [free(w), w.ticket(1), w.ticket(2)];
      return {
        refs: { ...refs, queue: [first, ticket] },
        read: [tip],
        seenMs: { [tip]: 120_000, [name(first.ref)]: 119_999 },
        self: { ticket },
        move: { kind: "wait" },
      };
    },
    "is nobody's who has just come, whatever an hour its entry seems to be old": (w) => {
      const [{ tip, refs }, first] = [free(w), w.ticket(1)];
      const readAtMs = Date.parse("2026-11-21T09:30:00Z");
      return {
        refs: { ...refs, queue: [first], readAtMs },
        read: [tip],
        seenMs: { [tip]: 0 },
        self: { timeIsUp: true },
        move: { kind: "give-up" },
      };
    },
  });
});

/** A hold of somebody on another machine. */
function others(m: Memory): Oid {
  const claim = m.world.claim(null, {
    clock: "local",
    leaseSeconds: LEASE_SECONDS,
    who: person({ host: "elsewhere" }),
  });
  m.refs.set(LOG, claim);
  m.refs.set(holderRef(LOCK, 1), claim);
  return claim;
}

describe("who waits", () => {
  test("takes a hold over when it has seen it for the whole lease, and not before", async () => {
    const m = local();
    others(m);
    const hold = await acquire(m.ports, wish());
    expect(hold.sequence).toBe(2);
    expect(m.nowMs).toBeGreaterThan(LEASE_MS);
    expect(m.nowMs).toBeLessThan(LEASE_MS + 5000);
    expect(recordAt(m)).toMatchObject({
      kind: "claim",
      claim: { leaseSeconds: LEASE_SECONDS, clock: "local" },
    });
    const [entry] = [...m.world.commits.values()].map(readRecord).filter(({ kind }) => kind === "entry");
    expect(entry).toMatchObject({
      entry: { outcome: "expired", clock: "local", reason: "its lease ran out" },
    });
    expect([...m.refs.keys()]).toEqual([LOG, holderRef(LOCK, 1)]);
  });

  test("waits on while the hold is renewed", async () => {
    const m = local();
    let tip = others(m);
    let renewals = 0;
    m.before = () => {
      if (m.nowMs < (renewals + 1) * 100_000 || renewals === 20) return;
      renewals++;
      tip = m.world.renewal(tip);
      m.refs.set(LOG, tip);
    };
    await acquire(m.ports, wish());
    expect(renewals).toBe(20);
    expect(m.nowMs).toBeGreaterThan(20 * 100_000 + LEASE_MS - 100_000);
  });

  test("renews its ticket thrice in a lease, under one name, and leaves none behind", async () => {
    const m = local();
    others(m);
    const tickets = new Set<string>();
    const oids = new Set<string>();
    m.before = () => {
      for (const [ref, oid] of m.refs) {
        if (!ref.includes("/queue/")) continue;
        tickets.add(ref);
        oids.add(oid);
      }
    };
    await acquire(m.ports, wish());
    expect(tickets.size).toBe(1);
    // The first, and one at each third.
    expect(oids.size).toBe(4);
    expect([...m.refs.keys()].filter((ref) => ref.includes("/queue/"))).toEqual([]);
  });

  test("asserts a claim that was settled late before it relies on it", async () => {
    const m = local();
    const { transact } = m.ports.store;
    const late = { ...m.ports.store };
    let isLate = true;
    late.transact = async (changes) => {
      const outcome = await transact(changes);
      if (!isLate) return outcome;
      isLate = false;
      m.nowMs += LEASE_MS / 2;
      return "unknown";
    };
    Object.assign(m.ports, { store: late });
    const hold = await acquire(m.ports, wish());
    expect(recordAt(m)).toMatchObject({ kind: "claim", claim: { nonce: hold.nonce, sequence: 1 } });
    expect(m.refs.get(LOG)).not.toBe(hold.claim);
    expect(hold.sentAtMs).toBeGreaterThanOrEqual(LEASE_MS / 2);
  });
});

describe("a ticket with a lease", () => {
  const { nonce, lock, slots, scope, requestedAt, reason } = claimFields();
  const who = person();
  const record = { nonce, lock, slots, scope, requestedAt, reason, who, leaseSeconds: LEASE_SECONDS };
  const unknown = { judge: async () => ({ state: "unknown", why: "nobody asked", sinceMs: null }) as const };

  test.each([
    ["local", { readAtMs: null, seen: LEASE_MS + 1 }, "dead"],
    ["local", { readAtMs: null, seen: LEASE_MS }, "unknown"],
    ["local", { readAtMs: Date.parse("2027-01-01T00:00:00Z"), seen: 0 }, "unknown"],
    ["server", { readAtMs: Date.parse("2027-01-01T00:00:00Z"), seen: 0 }, "dead"],
  ] as const)("by a %s clock, %o: %s", async (clock, { readAtMs, seen }, state) => {
    const m = memory();
    const commit = await m.ports.store.write(encodeTicket({ ...record, clock }), null);
    const ticket = ticketFor(LOCK, 1, commit);
    expect(readTicket(commit)).toMatchObject({ leaseSeconds: LEASE_SECONDS });
    const now = { readAtMs, seenMs: new Map([[ticket.oid, seen]]) };
    expect(await judgeWriter(unknown, "ticket", commit, false, now)).toMatchObject({ state });
  });
});
