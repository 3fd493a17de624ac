/** A hold with a lease, from when it may be relied on to when it is given up for lost. */
import { describe, expect, test } from "vitest";
import { acquire } from "../../src/lock/acquire.ts";
import { acquireAll } from "../../src/lock/acquire-all.ts";
import type { Wish } from "../../src/lock/attempt.ts";
import { check as checkHold } from "../../src/lock/check.ts";
import { encodeEntry } from "../../src/lock/entry.ts";
import { LockError } from "../../src/lock/errors.ts";
import { handedNothing } from "../../src/lock/identity.ts";
import { keep } from "../../src/lock/keep.ts";
import { parseName } from "../../src/lock/name.ts";
import type { Ports } from "../../src/lock/ports.ts";
import { rememberSightings } from "../../src/lock/sightings.ts";
import { virtualClock } from "../contract/virtual-clock.ts";
import { LEASE_MS, LEASE_SECONDS, LOG, local, recordAt, wish } from "./leases-stage.ts";
import type { Memory } from "./memory.ts";
import { FIRST_DATE, LOCK, person } from "./situations.ts";
import { rejectionOf } from "./thrown.ts";

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
