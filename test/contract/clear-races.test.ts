/** Clear, post, takeover and renewal meet over one hold: each pair in both orders. One ends it, and the other is told who did. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RequestRecord } from "../hub/exchange.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type Ground, openGround } from "./ground.ts";

const SETTLED_MS = 11_000;
const FORCE = { force: true, reason: "it hangs" };

let ground: Ground;

beforeEach(async () => {
  ground = await openGround();
});

afterEach(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

/** The request by which a client of this kind ends a hold, or a ticket. */
function isSwap({ method, route, graphql }: RequestRecord, updateRefs: string): boolean {
  return updateRefs === "works"
    ? graphql?.operation === "updateRefs"
    : method !== "GET" && /\/git\/refs\/\{ref\}$/.test(route);
}

const pairs = [
  ["works", "works"],
  ["refused", "refused"],
  ["works", "refused"],
] as const;

describe.each(pairs)("one's updateRefs %s, the other's %s", (one, other) => {
  const first = () => ground.client({ grants: { updateRefs: one } });
  const second = () => ground.client({ grants: { updateRefs: other } });

  /** All that `meanwhile` does comes just before the first client's decisive request. */
  function overtake(client: Client, meanwhile: () => Promise<unknown>): { done(): void } {
    let isDone = false;
    const label = ground.hub.token(client.token).name;
    const remove = ground.hub.onRequest(async (request, phase) => {
      if (isDone || phase !== "received" || request.tokenName !== label || !isSwap(request, one)) return;
      isDone = true;
      await ground.time.aside(() => ground.time.until(meanwhile()));
    });
    return {
      done() {
        remove();
        expect(isDone).toBe(true);
      },
    };
  }

  async function holding(cast: () => Promise<Client>): Promise<Client> {
    const holder = await cast();
    await ground.time.until(holder.acquire());
    return holder;
  }

  async function dead(cast: () => Promise<Client>): Promise<Client> {
    const holder = await holding(cast);
    holder.complete();
    await ground.time.advance(SETTLED_MS);
    return holder;
  }

  const outcomes = async () => (await ground.history()).map(({ endedBy }) => endedBy?.outcome ?? "held");
  const runOf = ({ run }: Client) => `run ${run.id}, attempt 1, job publish`;
  test("a forced clear is late: the holder gave it back", async () => {
    const [holder, clearer] = [await holding(second), await first()];
    const clearing = { ...FORCE, expect: await ground.tip() };
    const race = overtake(clearer, () => holder.post());
    const results = await ground.time.until(clearer.clear(clearing));
    race.done();
    expect(results).toMatchObject([
      { result: "too-late", why: expect.stringContaining(`released by ${runOf(holder)}`) },
    ]);
    expect(await outcomes()).toEqual(["released"]);
  });

  test("post is late: the hold was cleared", async () => {
    const [holder, clearer] = [await holding(first), await second()];
    const clearing = { ...FORCE, expect: await ground.tip() };
    const cleared: unknown[] = [];
    const race = overtake(holder, () => clearer.clear(clearing).then((results) => cleared.push(...results)));
    expect(await ground.time.until(holder.post())).toEqual(["ended"]);
    race.done();
    expect(cleared).toMatchObject([{ result: "cleared" }]);
    expect(await ground.history()).toMatchObject([{ endedBy: { outcome: "cleared", reason: "it hangs" } }]);
  });

  test("two clear: the second is told of the first", async () => {
    await dead(second);
    const [late, early] = [await first(), await second()];
    const race = overtake(late, () => early.clear());
    const results = await ground.time.until(late.clear());
    race.done();
    expect(results).toMatchObject([
      { result: "too-late", why: expect.stringContaining(`cleared by ${runOf(early)}`) },
    ]);
    expect(await outcomes()).toEqual(["cleared"]);
  });

  test("clear is late: the hold was taken over, and the next one's stands", async () => {
    await dead(second);
    const [clearer, taker] = [await first(), await second()];
    const race = overtake(clearer, () => taker.acquire());
    const results = await ground.time.until(clearer.clear());
    race.done();
    expect(results).toMatchObject([
      { result: "too-late", why: expect.stringContaining(`taken-over by ${runOf(taker)}`) },
    ]);
    expect(await outcomes()).toEqual(["taken-over", "held"]);
    const [hold] = taker.left.holds.values();
    expect(await ground.tip()).toBe(hold?.claim);
  });

  test("a takeover is late: the hold was cleared, and the lock is had all the same", async () => {
    await dead(second);
    const [taker, clearer] = [await first(), await second()];
    const race = overtake(taker, () => clearer.clear());
    expect(await ground.time.until(taker.acquire())).toMatchObject({ sequence: 2 });
    race.done();
    expect(await outcomes()).toEqual(["cleared", "held"]);
    expect(taker.told.map(({ kind }) => kind)).not.toContain("took-over");
  });

  test("a takeover is late: the holder came back and gave it back", async () => {
    const holder = await dead(second);
    const taker = await first();
    const race = overtake(taker, () => holder.post());
    expect(await ground.time.until(taker.acquire())).toMatchObject({ sequence: 2 });
    race.done();
    expect(await outcomes()).toEqual(["released", "held"]);
  });

  test("post is late: the hold was taken over", async () => {
    const holder = await dead(first);
    const taker = await second();
    const race = overtake(holder, () => taker.acquire());
    expect(await ground.time.until(holder.post())).toEqual(["ended"]);
    race.done();
    expect(await outcomes()).toEqual(["taken-over", "held"]);
    expect(await ground.tip()).toBe([...taker.left.holds.keys()][0]);
  });

  test("clear is late: the holder taken for dead has renewed it, and keeps it", async () => {
    const holder = await dead(second);
    const clearer = await first();
    const race = overtake(clearer, () => holder.check());
    const results = await ground.time.until(clearer.clear());
    race.done();
    expect(results).toMatchObject([{ result: "refused", why: expect.stringContaining("renewed") }]);
    expect(await outcomes()).toEqual(["held"]);
  });

  test("a forced clear ends the hold that it names, also if it was renewed meanwhile", async () => {
    const [holder, clearer] = [await holding(second), await first()];
    const clearing = { ...FORCE, expect: await ground.tip() };
    const race = overtake(clearer, () => holder.check());
    const results = await ground.time.until(clearer.clear(clearing));
    race.done();
    expect(results).toMatchObject([{ result: "cleared" }]);
    expect(await outcomes()).toEqual(["cleared"]);
  });

  test("a takeover is late: the holder taken for dead has renewed it, and keeps it", async () => {
    const holder = await dead(second);
    const taker = await first();
    const race = overtake(taker, () => holder.check());
    const failure = await rejectionOf(ground.time.until(taker.acquire()));
    race.done();
    expect(failure).toMatchObject({ kind: "not-acquired" });
    expect(await ground.history()).toMatchObject([{ endedBy: null }]);
    expect((await ground.history())[0]?.claims).toHaveLength(2);
  });

  test("clear of a waiter's ticket is late: it has the lock", async () => {
    const holder = await holding(second);
    const waiter = await second();
    const waiting = waiter.acquire({ waitMs: 60_000 });
    await ground.time.idle();
    const [ticket] = waiter.left.tickets.values();
    const clearer = await first();
    const race = overtake(clearer, async () => {
      await holder.post();
      await waiting;
    });
    const results = await ground.time.until(clearer.clear({ ...FORCE, expect: ticket?.oid ?? null }));
    race.done();
    expect(results.filter(({ what }) => what.startsWith("the ticket"))).toMatchObject([
      { result: "too-late" },
    ]);
    expect(await outcomes()).toEqual(["released", "held"]);
    expect((await waiting).claim).toBe(await ground.tip());
  });
});
