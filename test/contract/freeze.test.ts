/** A freeze in a queue: it goes before everybody, holds everybody up, and stays until somebody clears it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Hold } from "../../src/lock/hold.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type Ground, LOCK, openGround } from "./ground.ts";
import { held, leftovers, stepOf } from "./several.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;

let ground: Ground;
let cancelled: AbortController;

beforeEach(async () => {
  ground = await openGround();
  cancelled = new AbortController();
});

afterEach(async () => {
  cancelled.abort();
  await ground.time.idle();
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

interface Waiter {
  readonly client: Client;
  readonly acquired: Promise<unknown>;
  hold: Hold | null;
}

async function waiting(wish: Parameters<Client["acquire"]>[0] = {}): Promise<Waiter> {
  const client = await ground.client();
  const waiter: { -readonly [Name in keyof Waiter]: Waiter[Name] } = {
    client,
    hold: null,
    acquired: client.acquire({ waitMs: 24 * 60 * MINUTE_MS, signal: cancelled.signal, ...wish }).then(
      (hold) => {
        waiter.hold = hold;
      },
      () => {},
    ),
  };
  await ground.time.idle();
  return waiter;
}

async function holding(): Promise<Client> {
  const holder = await ground.client();
  await ground.time.until(holder.acquire());
  return holder;
}

const queue = async () => (await ground.repository.refs(`${LOCK.prefix}queue/`)).map(({ name }) => name);
const isTurnedAway = async () => {
  const failure = await rejectionOf(ground.time.until((await ground.client()).acquire()));
  if (failure !== null) expect(failure).toMatchObject({ kind: "not-acquired" });
  return failure !== null;
};

test("takes the lock when it comes free, before all who waited, and nobody gets it before it is cleared", async () => {
  const holder = await holding();
  const [first, second] = [await waiting(), await waiting()];
  await ground.time.advance(30 * SECOND_MS);
  const freeze = await waiting({ freeze: true, reason: "audit" });
  expect((await queue())[0]).toContain("/queue/00000000-");
  await ground.time.until(holder.post());
  await ground.time.advance(20 * SECOND_MS);
  expect([freeze.hold?.sequence, first.hold, second.hold]).toEqual([2, null, null]);
  // Its job ends, as it should: the freeze stays.
  freeze.client.complete();
  ground.skip(YEAR_MS);
  await ground.time.advance(3 * MINUTE_MS);
  expect([first.hold, second.hold]).toEqual([null, null]);
  expect(await isTurnedAway()).toBe(true);
  const anybody = await ground.client();
  const thaw = anybody.clear({ expect: freeze.hold?.claim ?? "", reason: "audit done" });
  expect((await ground.time.until(thaw)).filter(({ result }) => result === "cleared")).toHaveLength(1);
  await ground.time.advance(10 * SECOND_MS);
  expect([first.hold?.sequence, second.hold]).toEqual([3, null]);
  expect((await ground.history())[1]?.endedBy).toMatchObject({ outcome: "cleared", reason: "audit done" });
});

test("of a free lock takes it at once, also before those who wait behind a ticket of nobody", async () => {
  const freezer = await ground.client();
  const hold = await ground.time.until(freezer.acquire({ freeze: true }));
  expect(hold.sequence).toBe(1);
  expect(await queue()).toEqual([]);
  expect(await isTurnedAway()).toBe(true);
});

test("is not over when a max-hold would be, nor when its run is, nor when it was started again", async () => {
  const freezer = await ground.client();
  await ground.time.until(freezer.acquire({ freeze: true, maxHoldSeconds: 60 }));
  freezer.complete();
  ground.repository.runs.completeRun(freezer.run.id);
  ground.repository.runs.rerun(freezer.run.id);
  ground.skip(YEAR_MS);
  expect(await isTurnedAway()).toBe(true);
  const results = await ground.time.until((await ground.client()).clear());
  expect(results).toMatchObject([{ result: "refused" }]);
});

describe("while it waits", () => {
  test("the lock it waits for, once free, is nobody else's, for however long it has been free", async () => {
    const holder = await holding();
    const waiter = await waiting();
    const freeze = await waiting({ freeze: true });
    // It hangs, and never comes to take what is free.
    ground.hub.token(freeze.client.token).contents = "none";
    await ground.time.until(holder.post());
    await ground.time.advance(30 * SECOND_MS);
    ground.skip(60 * MINUTE_MS);
    expect(await isTurnedAway()).toBe(true);
    await ground.time.advance(2 * MINUTE_MS);
    expect(waiter.hold).toBeNull();
  });

  test("and its job ends: its ticket is removed, and the line goes on", async () => {
    const holder = await holding();
    const waiter = await waiting();
    const freeze = await waiting({ freeze: true });
    ground.hub.token(freeze.client.token).expired = true;
    freeze.client.complete();
    await ground.time.advance(2 * MINUTE_MS);
    expect((await queue()).filter((name) => name.includes("/00000000-"))).toEqual([]);
    await ground.time.until(holder.post());
    await ground.time.advance(10 * SECOND_MS);
    expect(waiter.hold).toMatchObject({ sequence: 2 });
  });

  test("and is cancelled: it leaves nothing", async () => {
    await holding();
    const refs = await ground.repository.refs("refs/locks/");
    const freeze = await waiting({ freeze: true });
    expect(await queue()).toHaveLength(1);
    cancelled.abort();
    await ground.time.until(freeze.acquired);
    expect(await ground.repository.refs("refs/locks/")).toEqual(refs);
    expect([freeze.client.left.holds.size, freeze.client.left.tickets.size]).toEqual([0, 0]);
  });

  test("for a holder that dies, it takes over from it", async () => {
    const holder = await holding();
    const waiter = await waiting();
    const freeze = await waiting({ freeze: true });
    holder.complete();
    await ground.time.advance(2 * MINUTE_MS);
    expect([freeze.hold?.sequence, waiter.hold]).toEqual([2, null]);
    expect((await ground.history())[0]?.endedBy).toMatchObject({ outcome: "taken-over" });
  });
});

test("two freezes: the second follows when the first is cleared", async () => {
  const one = await waiting({ freeze: true });
  const other = await waiting({ freeze: true });
  await ground.time.advance(MINUTE_MS);
  expect([one.hold?.sequence, other.hold]).toEqual([1, null]);
  await ground.time.until((await ground.client()).clear({ expect: one.hold?.claim ?? "" }));
  await ground.time.advance(10 * SECOND_MS);
  expect(other.hold).toMatchObject({ sequence: 2 });
});

test("of two slots that loses the first while it waits for the second is not complete, says who ended it, and keeps nothing", async () => {
  const [one, two] = [await ground.client(), await ground.client()];
  await ground.time.until(one.acquire({ slots: 2 }));
  await ground.time.until(two.acquire({ slots: 2 }));
  const freezer = await ground.client();
  const wish = { freeze: true, slots: 2, waitMs: 60 * MINUTE_MS };
  const frozen = rejectionOf(ground.time.until(freezer.acquire(wish)));
  await ground.time.idle();
  await ground.time.until(one.post());
  await ground.time.advance(10 * SECOND_MS);
  const part = await ground.tip(`${LOCK.prefix}log/1`);
  const meddler = await ground.client();
  const clearing = { expect: part, force: true, reason: "not today" };
  expect(await ground.time.until(meddler.clear(clearing))).toContainEqual(
    expect.objectContaining({ what: "the hold of slot 1", result: "cleared" }),
  );
  await ground.time.until(two.post());
  expect(await frozen).toMatchObject({ kind: "lost", message: expect.stringContaining("not today") });
  expect((await ground.repository.refs(`${LOCK.prefix}holder/`)).length).toBe(0);
  expect(await queue()).toEqual([]);
  await ground.time.until((await ground.client()).acquire({ slots: 2 }));
});

describe("of two locks with two slots each", () => {
  const freezing = { slots: 2, freeze: true, waitMs: MINUTE_MS };
  const frozen = ["a", "a", "b", "b"];

  test("has all slots of both, and keeps them when its job has ended", async () => {
    const client = await ground.client();
    const step = stepOf(ground, client);
    await ground.time.until(step.acquire(["a", "b"], freezing));
    expect(await held(ground)).toEqual(frozen);
    client.complete();
    ground.skip(YEAR_MS);
    const other = stepOf(ground, await ground.client());
    expect(await rejectionOf(ground.time.until(other.acquire(["a"], { slots: 2 })))).toMatchObject({
      kind: "not-acquired",
    });
    expect(await held(ground)).toEqual(frozen);
  });

  test("gives all slots back where one can't be had", async () => {
    const holder = stepOf(ground, await ground.client());
    await ground.time.until(holder.acquire(["b"], { slots: 2 }));
    const freeze = stepOf(ground, await ground.client());
    const failure = await rejectionOf(ground.time.until(freeze.acquire(["a", "b"], freezing)));
    expect(failure).toMatchObject({ kind: "not-acquired" });
    expect(await held(ground)).toEqual(["b"]);
    await ground.time.until(holder.post());
    await ground.time.until(freeze.post());
    expect(await leftovers(ground)).toEqual([]);
  });
});
