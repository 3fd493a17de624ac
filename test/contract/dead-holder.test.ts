/** When a waiter takes over from a dead holder, by the clock; and how long a hold may last that has a limit. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Hold } from "../../src/lock/hold.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type Ground, openGround } from "./ground.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let ground: Ground;

beforeEach(async () => {
  ground = await openGround();
});

afterEach(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

async function holding(wish: Parameters<Client["acquire"]>[0] = {}): Promise<Client> {
  const holder = await ground.client();
  await ground.time.until(holder.acquire(wish));
  return holder;
}

/** In line, and by now asleep. `since` is when it began to wait. */
async function waiting(wish: Parameters<Client["acquire"]>[0] = {}) {
  const client = await ground.client();
  const state: { hold: Hold | null; atMs: number | null } = { hold: null, atMs: null };
  const since = ground.time.clock.monotonicMs();
  const cancelled = new AbortController();
  const acquired = client
    .acquire({ waitMs: 24 * HOUR_MS, signal: cancelled.signal, ...wish })
    .then((hold) => Object.assign(state, { hold, atMs: ground.time.clock.monotonicMs() - since }));
  acquired.catch(() => {});
  await ground.time.idle();
  const looks = () => client.sent.filter(({ route }) => route.includes("/actions/jobs/")).length;
  const leave = async () => {
    cancelled.abort();
    await ground.time.until(rejectionOf(acquired));
  };
  return { client, state, looks, leave };
}

describe("the first in line", () => {
  test("takes over at its first look, where the holder was dead ten seconds before", async () => {
    const holder = await holding();
    const { state, looks } = await waiting();
    await ground.time.advance(4000);
    holder.complete();
    const before = looks();
    await ground.time.advance(20_000);
    expect(state.hold).toMatchObject({ sequence: 2 });
    expect(state.atMs).toBe(15_000);
    expect(looks() - before).toBe(1);
  });

  test("takes over at its second look, where the first came too early", async () => {
    const holder = await holding();
    const { state, looks } = await waiting();
    await ground.time.advance(6000);
    holder.complete();
    const before = looks();
    await ground.time.advance(20_000);
    expect(state.hold).toBeNull();
    await ground.time.advance(MINUTE_MS);
    expect(state.hold).toMatchObject({ sequence: 2 });
    expect(state.atMs).toBe(75_000);
    expect(looks() - before).toBe(2);
  });

  test("who comes when the holder has been dead for ten seconds does not wait at all", async () => {
    const holder = await holding();
    holder.complete();
    await ground.time.advance(10 * SECOND_MS);
    const { state } = await waiting();
    expect(state).toMatchObject({ hold: { sequence: 2 }, atMs: 0 });
  });

  test("never takes over where the job can't be read, however often it looks", async () => {
    const holder = await holding();
    const tip = await ground.tip();
    const client = await ground.client({ grants: { actions: "none" } });
    const failure = rejectionOf(client.acquire({ waitMs: 4 * MINUTE_MS }));
    await ground.time.idle();
    holder.complete();
    await ground.time.advance(4 * MINUTE_MS);
    expect(await failure).toMatchObject({
      kind: "not-acquired",
      message: expect.stringContaining("actions: read"),
    });
    expect(await ground.tip()).toBe(tip);
  });

  test("asks after the holder once a minute, and pays only where the answer has changed", async () => {
    await holding();
    const { client, leave } = await waiting();
    await ground.time.advance(5 * MINUTE_MS);
    const asked = client.sent.filter(({ route }) => route.includes("/actions/jobs/"));
    expect(asked.map(({ status, counted }) => `${status} ${counted}`)).toEqual([
      "200 true",
      ...Array(4).fill("304 false"),
    ]);
    await leave();
  });
});

test("a caller who does not wait takes over at once, and not from a holder that lives", async () => {
  const holder = await holding();
  const caller = await ground.client();
  expect(await rejectionOf(ground.time.until(caller.acquire()))).toMatchObject({ kind: "not-acquired" });
  holder.complete();
  await ground.time.advance(10 * SECOND_MS);
  expect(await ground.time.until(caller.acquire())).toMatchObject({ sequence: 2 });
});

test("a caller who does not wait does not pass a waiter that lives", async () => {
  const holder = await holding();
  const { state } = await waiting();
  holder.complete();
  await ground.time.advance(10 * SECOND_MS);
  const caller = await ground.client();
  expect(await rejectionOf(ground.time.until(caller.acquire()))).toMatchObject({ kind: "not-acquired" });
  await ground.time.advance(10 * SECOND_MS);
  expect(state.hold).toMatchObject({ sequence: 2 });
});

describe("a limited hold", () => {
  const LIMIT = { maxHoldSeconds: 3600 };

  function outcomes() {
    return ground.history().then((holds) => holds.map(({ endedBy }) => endedBy?.outcome ?? "held"));
  }

  /** Whether a caller who does not wait gets the lock. */
  async function isOpen(): Promise<boolean> {
    const caller = await ground.client();
    return (await rejectionOf(ground.time.until(caller.acquire()))) === null;
  }

  test("ends after its limit by the server's clock, and not a second before", async () => {
    await holding(LIMIT);
    await ground.time.advance(HOUR_MS);
    expect(await isOpen()).toBe(false);
    await ground.time.advance(SECOND_MS);
    expect(await isOpen()).toBe(true);
    expect(await ground.history()).toMatchObject([
      { endedBy: { outcome: "expired", reason: "it is past its max-hold" } },
      { endedBy: null },
    ]);
  });

  test.each(["works", "refused"] as const)(
    "counts from the first claim, and not from a renewal, updateRefs %s",
    async (updateRefs) => {
      const holder = await ground.client({ grants: { updateRefs } });
      await ground.time.until(holder.acquire(LIMIT));
      // At whatever moment of a second it is asked.
      await ground.time.advance(900);
      for (let renewal = 0; renewal < 5; renewal++) {
        await ground.time.advance(11 * MINUTE_MS);
        const step = await holder.step();
        await ground.time.until(step.check());
      }
      expect((await ground.history())[0]?.claims).toHaveLength(6);
      ground.skip(4 * MINUTE_MS);
      expect(await isOpen()).toBe(false);
      ground.skip(MINUTE_MS + SECOND_MS);
      expect(await isOpen()).toBe(true);
      expect(await outcomes()).toEqual(["expired", "held"]);
    },
  );

  test("counts from the first claim, and not from when it was asked for", async () => {
    const first = await holding();
    const { state } = await waiting(LIMIT);
    ground.skip(5 * HOUR_MS);
    await ground.time.until(first.post());
    await ground.time.advance(MINUTE_MS);
    expect(state.hold).toMatchObject({ sequence: 2 });
    ground.skip(58 * MINUTE_MS);
    expect(await isOpen()).toBe(false);
    ground.skip(2 * MINUTE_MS);
    expect(await isOpen()).toBe(true);
    expect(await outcomes()).toEqual(["released", "expired", "held"]);
  });

  test("without a limit lasts as long as its job", async () => {
    await holding();
    await ground.time.advance(365 * 24 * HOUR_MS);
    expect(await isOpen()).toBe(false);
  });

  test("is taken over by a waiter within a minute of its end", async () => {
    await holding({ maxHoldSeconds: 100 });
    const { state } = await waiting();
    await ground.time.advance(100 * SECOND_MS);
    expect(state.hold).toBeNull();
    await ground.time.advance(MINUTE_MS);
    expect(state.hold).toMatchObject({ sequence: 2 });
    expect(await outcomes()).toEqual(["expired", "held"]);
  });

  test("is over for its holder as well: check fails, and post tells who has it now", async () => {
    const holder = await holding(LIMIT);
    await ground.time.advance(HOUR_MS + SECOND_MS);
    const checked = () => rejectionOf(ground.time.until(holder.check()));
    expect(await checked()).toMatchObject({ kind: "lost", message: expect.stringContaining("max-hold") });
    expect(await isOpen()).toBe(true);
    const tip = await ground.tip();
    expect(await checked()).toMatchObject({
      kind: "lost",
      message: expect.stringContaining("expired by run"),
    });
    expect(await ground.time.until(holder.post())).toEqual(["ended"]);
    expect(await ground.tip()).toBe(tip);
  });
});
