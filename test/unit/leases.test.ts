/** Leases: of a claim and of a ticket, by clocks that nobody shares. */
import { describe, expect, test } from "vitest";
import { acquire } from "../../src/lock/acquire.ts";
import { acquireAll } from "../../src/lock/acquire-all.ts";
import type { Wish } from "../../src/lock/attempt.ts";
import { check as checkHold } from "../../src/lock/check.ts";
import { encodeEntry, readRecord } from "../../src/lock/entry.ts";
import { LockError } from "../../src/lock/errors.ts";
import { handedNothing } from "../../src/lock/identity.ts";
import { judgeWriter } from "../../src/lock/judge.ts";
import { keep } from "../../src/lock/keep.ts";
import { holderRef, logRef, parseName } from "../../src/lock/name.ts";
import type { Ports } from "../../src/lock/ports.ts";
import type { Oid } from "../../src/lock/refs.ts";
import { rememberSightings } from "../../src/lock/sightings.ts";
import { encodeTicket, readTicket, ticketFor } from "../../src/lock/ticket.ts";
import { virtualClock } from "../contract/virtual-clock.ts";
import { check } from "./decide-table.ts";
import { type Memory, memory } from "./memory.ts";
import { claimFields, FIRST_DATE, LOCK, person, type Refs, type World } from "./situations.ts";
import { rejectionOf } from "./thrown.ts";

const LEASE_SECONDS = 300;
const LEASE_MS = LEASE_SECONDS * 1000;
const LOG = logRef(LOCK, 1);

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

/** A store whose dates are this machine's, as over plain git. */
function local(): Memory {
  const m = memory();
  Object.assign(m.ports, { store: { ...m.ports.store, clock: "local" } });
  return m;
}

function wish(more: Partial<Wish> = {}): Wish {
  const who = person({ pid: 7 });
  return {
    ...{ lock: LOCK, slots: 1, scope: "job", waitMs: Infinity, maxHoldSeconds: null, freeze: false },
    ...{ leaseSeconds: LEASE_SECONDS, reason: null, who, mine: handedNothing(who) },
    ...more,
  };
}

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

function recordAt(m: Memory, ref = LOG) {
  const commit = m.world.commits.get(m.refs.get(ref) ?? "");
  if (commit === undefined) throw new Error(`${ref} is nowhere`);
  return readRecord(commit);
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

describe("where answers are later than a third of the lease", () => {
  /** The first so many changes are applied at once, and told half a lease later. */
  function slow(times: number) {
    const m = local();
    const time = virtualClock(FIRST_DATE);
    let left = times;
    const store: Ports["store"] = {
      ...m.ports.store,
      async transact(changes) {
        const outcome = await m.ports.store.transact(changes);
        if (left-- > 0) await time.clock.sleep(LEASE_MS / 2);
        return outcome;
      },
    };
    const sightings = rememberSightings(time.clock.monotonicMs);
    const ports = { ...m.ports, store, clock: time.clock, sightings };
    return { ports, time, youngest: () => time.clock.monotonicMs() - LEASE_MS / 3 };
  }

  test("a renewal that was answered late is renewed in its turn", async () => {
    const { ports, time, youngest } = slow(3);
    const hold = await time.until(acquire(ports, wish()));
    expect(hold.sentAtMs).toBeGreaterThanOrEqual(youngest());
  });

  test("of several locks each is renewed until all may be relied on", async () => {
    const { ports, time, youngest } = slow(3);
    const { lock, ...all } = wish();
    const holds = await time.until(acquireAll(ports, [lock, parseName("other")], all));
    for (const { sentAtMs } of holds) expect(sentAtMs).toBeGreaterThanOrEqual(youngest());
  });

  test("of several locks all are renewed together, so that none grows old beside another", async () => {
    const m = local();
    const time = virtualClock(FIRST_DATE);
    const store: Ports["store"] = {
      ...m.ports.store,
      async transact(changes) {
        await time.clock.sleep(3000);
        return await m.ports.store.transact(changes);
      },
    };
    const ports = { ...m.ports, store, clock: time.clock };
    const { lock, ...all } = wish({ leaseSeconds: 12, maxHoldSeconds: 3600 });
    const began = time.clock.monotonicMs();
    const holds = await time.until(acquireAll(ports, [lock, parseName("other")], all));
    const youngest = time.clock.monotonicMs() - 4000;
    for (const { sentAtMs } of holds) expect(sentAtMs).toBeGreaterThanOrEqual(youngest);
    // A max-hold counts from the first claim all the same; "other" comes first in the alphabet.
    expect(holds[1]?.claimedAtMs).toBe(began);
    expect(holds[0]?.claimedAtMs).toBe(began + 3000);
  });

  test("it is not held where they stay so, and says why", async () => {
    const { ports, time } = slow(Infinity);
    expect(await rejectionOf(time.until(acquire(ports, wish())))).toMatchObject({
      kind: "unreachable",
      message: expect.stringContaining("answers too late for a lease of"),
    });
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

describe("a hold that is kept", () => {
  /** A lock of this process, kept while time goes by for all who sleep at once. */
  async function kept(more: Partial<Wish> = {}) {
    const m = local();
    const time = virtualClock(FIRST_DATE);
    const until = new AbortController();
    const ports = { ...m.ports, clock: time.clock, sightings: rememberSightings(time.clock.monotonicMs) };
    const hold = await time.until(acquire(ports, wish(more)));
    const limits = { leaseSeconds: LEASE_SECONDS, maxHoldSeconds: more.maxHoldSeconds ?? null };
    const options = { ...limits, mine: handedNothing(person()), signal: until.signal };
    const keeping = (of = hold) => rejectionOf(time.until(keep(ports, of, options)));
    return { m, time, until, ports, hold, keeping };
  }

  const renewals = ({ calls }: Memory) =>
    calls.filter(({ method, about }) => method === "transact" && about === LOG).length;

  test("is renewed every third of its lease, until it is not needed", async () => {
    const { m, time, until, keeping } = await kept();
    void time.clock.sleep(10 * LEASE_MS + 1000).then(() => until.abort());
    expect(await keeping()).toBeNull();
    expect(renewals(m)).toBe(30);
  });

  test("by one who entered it is renewed as often as its own lease needs", async () => {
    const { m, time, until, hold, keeping } = await kept({ leaseSeconds: 60 });
    void time.clock.sleep(LEASE_MS).then(() => until.abort());
    const { sentAtMs: _, ...entered } = hold;
    expect(await keeping({ ...entered, reentered: true })).toBeNull();
    expect(renewals(m)).toBe(15);
  });

  test("and renewed by another of ours, too, is found again without a word", async () => {
    const { m, time, until, ports, hold, keeping } = await kept();
    void time.clock.sleep(2 * LEASE_MS).then(() => until.abort());
    void time.clock.sleep(LEASE_MS / 2).then(async () => {
      const mine = { nonces: new Set([hold.nonce]), handed: () => 1, identity: person() };
      await checkHold(ports, LOCK, mine, { untilMs: Infinity });
    });
    expect(await keeping()).toBeNull();
    expect(m.told.filter(({ kind }) => kind === "trouble")).toEqual([]);
    expect(recordAt(m)).toMatchObject({ claim: { nonce: hold.nonce } });
  });

  test("is told as lost when somebody ended it, by whom and why", async () => {
    const { m, hold, ports, keeping } = await kept();
    const entry = await ports.store.write(
      encodeEntry({
        ...{ ends: hold.nonce, lock: LOCK.text, slot: 1, slots: 1, sequence: 1 },
        ...{ outcome: "cleared", clock: "local", waitedSeconds: null, heldSeconds: null },
        ...{ by: person({ user: "grace" }), reason: "it hangs" },
      }),
      hold.claim,
    );
    m.refs.set(LOG, entry.oid);
    expect(await keeping()).toMatchObject({
      kind: "lost",
      message: expect.stringMatching(/cleared by grace on workbench: it hangs/),
    });
  });

  test.each([
    ["says that it can't", async () => Promise.reject(new LockError("unreachable", "no answer"))],
    ["says nothing", () => new Promise<never>(() => {})],
    ["refuses", async () => Promise.reject(new LockError("denied", "no permission"))],
  ])("is given up with time to spare where the store %s", async (_, transact) => {
    const { ports, time, keeping } = await kept();
    Object.assign(ports, { store: { ...ports.store, transact } });
    expect(await keeping()).toMatchObject({ kind: "lost", message: expect.stringContaining("lease") });
    expect(time.clock.monotonicMs()).toBeLessThanOrEqual(LEASE_MS - 8000);
    expect(time.clock.monotonicMs()).toBeGreaterThan(LEASE_MS / 2);
  });

  test("goes on where the store refused only for a while", async () => {
    const { ports, time, until, keeping } = await kept();
    const { transact } = ports.store;
    const isDown = () => time.clock.monotonicMs() < LEASE_MS / 2;
    const store = { ...ports.store };
    store.transact = async (changes) => {
      if (isDown()) throw new LockError("denied", "in maintenance");
      return await transact(changes);
    };
    Object.assign(ports, { store });
    void time.clock.sleep(2 * LEASE_MS).then(() => until.abort());
    expect(await keeping()).toBeNull();
  });

  test("is given up before its max-hold is over, though it is renewed", async () => {
    const { m, time, keeping } = await kept({ maxHoldSeconds: 1000 });
    expect(await keeping()).toMatchObject({ kind: "lost", message: expect.stringContaining("max-hold") });
    expect(time.clock.monotonicMs()).toBe(1_000_000 - 8000);
    expect(renewals(m)).toBe(9);
  });
});
