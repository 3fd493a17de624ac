/** Waiters that are gone, and waiters of whom nothing can be known: neither stops the line. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Hold } from "../../src/lock/hold.ts";
import { STRANGER, writeRecord } from "../e2e/by-hand.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type Ground, LOCK, openGround } from "./ground.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

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
  hold: Hold | null;
  /** Its machine is gone, and its job is completed: its ticket is left. */
  die(): Promise<void>;
}

async function waiting(wish: Parameters<Client["acquire"]>[0] = {}): Promise<Waiter> {
  const client = await ground.client();
  const own = new AbortController();
  const signal = AbortSignal.any([own.signal, cancelled.signal]);
  const waiter: Waiter = {
    client,
    hold: null,
    async die() {
      ground.hub.token(client.token).expired = true;
      own.abort();
      client.complete();
      await ground.time.idle();
    },
  };
  const acquired = client.acquire({ waitMs: 24 * HOUR_MS, signal, ...wish }).then((hold) => {
    waiter.hold = hold;
  });
  acquired.catch(() => {});
  await ground.time.idle();
  return waiter;
}

async function holding(): Promise<Client> {
  const holder = await ground.client();
  await ground.time.until(holder.acquire());
  return holder;
}

/** A ticket whose writer nobody here can ask about. */
async function unknownTicket(number: number): Promise<string> {
  const seconds = Math.floor(ground.time.date().getTime() / 1000);
  const fields = {
    reflock: 1,
    kind: "ticket",
    nonce: `n-${number}`,
    lock: LOCK.text,
    slots: 1,
    scope: "job",
    clock: "server",
  };
  const more = {
    requestedAt: ground.time.date().toISOString(),
    leaseSeconds: null,
    reason: null,
    run: STRANGER,
    process: null,
  };
  const oid = await writeRecord(ground.repository, "publish awaited", { ...fields, ...more });
  const digits = [String(number).padStart(8, "0"), String(seconds).padStart(12, "0"), oid];
  const ref = `${LOCK.prefix}queue/${digits.join("-")}`;
  await ground.repository.git(["update-ref", ref, oid]);
  return ref;
}

const queue = async () => (await ground.repository.refs(`${LOCK.prefix}queue/`)).map(({ name }) => name);
const placesOf = ({ client }: Waiter) =>
  client.told.flatMap((progress) => (progress.kind === "waiting" ? [progress.place] : []));

describe("a waiter that is gone", () => {
  test("is removed by the next in line, which then is the first", async () => {
    const holder = await holding();
    const [head, next] = [await waiting(), await waiting()];
    await head.die();
    expect(await queue()).toHaveLength(2);
    await ground.time.advance(20 * SECOND_MS);
    expect(await queue()).toEqual([...next.client.left.tickets.keys()]);
    expect(placesOf(next)).toEqual([2, 1]);
    expect(next.client.told).toContainEqual(
      expect.objectContaining({ kind: "removed", why: "its job is completed (success)" }),
    );
    await ground.time.until(holder.post());
    await ground.time.advance(5 * SECOND_MS);
    expect(next.hold).toMatchObject({ sequence: 2 });
  });

  test("is removed with all of a chain of such, at one look", async () => {
    const holder = await holding();
    const chain = [await waiting(), await waiting(), await waiting(), await waiting()];
    const last = await waiting();
    for (const waiter of chain) await waiter.die();
    await ground.time.advance(20 * SECOND_MS);
    expect(await queue()).toEqual([...last.client.left.tickets.keys()]);
    expect(placesOf(last).at(-1)).toBe(1);
    await ground.time.until(holder.post());
    await ground.time.advance(5 * SECOND_MS);
    expect(last.hold).toMatchObject({ sequence: 2 });
  });

  test("between two that live is removed by the one behind it alone", async () => {
    await holding();
    const [head, dead, last] = [await waiting(), await waiting(), await waiting()];
    await dead.die();
    await ground.time.advance(20 * SECOND_MS);
    expect(await queue()).toEqual([head, last].flatMap(({ client }) => [...client.left.tickets.keys()]));
    expect(head.client.told.filter(({ kind }) => kind === "removed")).toEqual([]);
    expect(placesOf(last).at(-1)).toBe(2);
  });

  test("like the holder before it: the next removes it and takes over", async () => {
    const holder = await holding();
    const [head, next] = [await waiting(), await waiting()];
    await head.die();
    holder.complete();
    await ground.time.advance(20 * SECOND_MS);
    expect(next.hold).toMatchObject({ sequence: 2 });
    expect(await queue()).toEqual([]);
  });

  test("is no obstacle to a caller who does not wait, nor are several of them", async () => {
    const holder = await holding();
    for (const waiter of [await waiting(), await waiting(), await waiting()]) await waiter.die();
    await ground.time.until(holder.post());
    await ground.time.advance(10 * SECOND_MS);
    const caller = await ground.client();
    expect(await ground.time.until(caller.acquire())).toMatchObject({ sequence: 2 });
    expect(await queue()).toEqual([]);
  });

  test("for less than ten seconds is not passed yet", async () => {
    const holder = await holding();
    const head = await waiting();
    await ground.time.until(holder.post());
    await head.die();
    await ground.time.advance(9 * SECOND_MS);
    const caller = await ground.client();
    expect(await rejectionOf(ground.time.until(caller.acquire()))).toMatchObject({ kind: "not-acquired" });
    expect(await queue()).toHaveLength(1);
  });
});

describe("a waiter of whom nothing can be known", () => {
  test("keeps its place before a free lock for two minutes, and then it is passed", async () => {
    const holder = await holding();
    await ground.time.until(holder.post());
    const ticket = await unknownTicket(1);
    const callers = [119, 1].map((seconds) => async () => {
      await ground.time.advance(seconds * SECOND_MS);
      const caller = await ground.client();
      return await rejectionOf(ground.time.until(caller.acquire()));
    });
    expect(await callers[0]?.()).toMatchObject({ kind: "not-acquired" });
    expect(await callers[1]?.()).toBeNull();
    expect(await queue()).toEqual([ticket]);
  });

  test("is passed by the waiter behind it, whose ticket goes and whose hold is like any other", async () => {
    const holder = await holding();
    const ticket = await unknownTicket(1);
    const waiter = await waiting();
    ground.skip(10 * MINUTE_MS);
    await ground.time.until(holder.post());
    await ground.time.advance(MINUTE_MS);
    expect(waiter.hold).toBeNull();
    await ground.time.advance(2 * MINUTE_MS);
    expect(waiter.hold).toMatchObject({ sequence: 2 });
    expect(await queue()).toEqual([ticket]);
  });

  test("does not hide that the holder is dead: after two minutes the waiter behind it takes over", async () => {
    const holder = await holding();
    const ticket = await unknownTicket(1);
    const waiter = await waiting();
    holder.complete();
    await ground.time.advance(MINUTE_MS);
    expect(waiter.hold).toBeNull();
    await ground.time.advance(3 * MINUTE_MS);
    expect(waiter.hold).toMatchObject({ sequence: 2 });
    expect((await ground.history())[0]?.endedBy).toMatchObject({ outcome: "taken-over" });
    expect(await queue()).toEqual([ticket]);
  });

  test("is passed in the order of the line", async () => {
    const holder = await holding();
    await unknownTicket(1);
    const [second, third] = [await waiting(), await waiting()];
    await ground.time.until(holder.post());
    await ground.time.advance(4 * MINUTE_MS);
    expect([second.hold?.sequence, third.hold]).toEqual([2, null]);
    await ground.time.until(second.client.post());
    await ground.time.advance(4 * MINUTE_MS);
    expect(third.hold).toMatchObject({ sequence: 3 });
  });
});

test("ten waiters see at one instant that the holder has been dead for long: one takes over, the others stay in line", async () => {
  const holder = await holding();
  await unknownTicket(1);
  const waiters: Waiter[] = [];
  for (let count = 0; count < 10; count++) waiters.push(await waiting());
  holder.complete();
  ground.skip(20 * MINUTE_MS);
  // All began to wait at one instant, and take their first look at another.
  await ground.time.advance(15 * SECOND_MS);
  const looked = new Set(
    ground.hub.requests.filter(({ route }) => route.includes("/jobs/")).map(({ tokenName }) => tokenName),
  );
  expect(looked.size).toBe(10);
  const winners = waiters.filter(({ hold }) => hold !== null);
  expect(winners).toHaveLength(1);
  expect(await ground.tip()).toBe(winners[0]?.hold?.claim);
  await ground.time.advance(75 * SECOND_MS);
  expect(await ground.tip()).toBe(winners[0]?.hold?.claim);
  expect(await queue()).toHaveLength(10);
  expect((await ground.history()).map(({ endedBy }) => endedBy?.outcome ?? "held")).toEqual([
    "taken-over",
    "held",
  ]);
});
