/**
 * Each operation, once, by processes that have yet to find out what this server can compare: the refs are left as everyone should see them, also those
 * that decide nothing, and what is said is so.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { rejectionOf } from "../unit/thrown.ts";
import { type Front, startFront } from "./front.ts";
import { type Client, type Ground, HOLDER, LOG, openGround } from "./ground.ts";

let ground: Ground;
let front: Front;
/** The log was changed by hand. */
let isSpoilt = false;

beforeEach(async () => {
  isSpoilt = false;
  ground = await openGround();
  front = await startFront(ground.hub.url);
});

afterEach(async () => {
  await front.close();
  if (!isSpoilt) await ground.judge();
  await ground[Symbol.asyncDispose]();
});

async function expectHeldBy({ left }: Client): Promise<void> {
  const [claim] = left.holds.keys();
  expect([await ground.tip(LOG), await ground.tip(HOLDER)]).toEqual([claim, claim]);
}

async function expectFree(): Promise<void> {
  expect((await ground.repository.refs("refs/locks/")).map(({ name }) => name)).toEqual([LOG]);
}

/** A refusal in words that nobody has seen yet: it may as well be a mismatch. */
const IN_OTHER_WORDS = JSON.stringify({
  data: { updateRefs: null },
  errors: [{ type: "UNPROCESSABLE", path: ["updateRefs"], message: "This is not how we do it here." }],
});

describe.each(["works", "refused", "missing", "refused in other words"] as const)("updateRefs %s", (kind) => {
  const cast = () => {
    if (kind !== "refused in other words") return ground.client({ grants: { updateRefs: kind } });
    front.tamper = ({ path, body }) =>
      path === "/graphql" && body.includes("updateRefs")
        ? { instead: true, status: 200, body: IN_OTHER_WORDS }
        : null;
    return ground.client({ apiUrl: front.url });
  };

  async function holding(): Promise<Client> {
    const holder = await cast();
    await ground.time.until(holder.acquire());
    return holder;
  }

  test("acquire and release, the first and a later one", async () => {
    for (let round = 0; round < 2; round++) {
      const holder = await holding();
      await expectHeldBy(holder);
      await ground.time.until(holder.post());
      await expectFree();
    }
  });

  test("takeover", async () => {
    (await holding()).complete();
    await ground.time.advance(11_000);
    await expectHeldBy(await holding());
  });

  test("clear of what is dead, and by force", async () => {
    (await holding()).complete();
    await ground.time.advance(11_000);
    await ground.time.until((await cast()).clear());
    await expectFree();
    await holding();
    const force = { force: true, reason: "it hangs", expect: await ground.tip() };
    await ground.time.until((await cast()).clear(force));
    await expectFree();
  });

  test("freeze, and thaw", async () => {
    const freezer = await cast();
    const hold = await ground.time.until(freezer.acquire({ freeze: true }));
    await expectHeldBy(freezer);
    const thaw = await ground.time.until((await cast()).clear({ expect: hold.claim }));
    expect(thaw).toMatchObject([{ result: "cleared" }]);
    await expectFree();
  });

  test("check, in one step after the other, at whatever moment of a second", async () => {
    const holder = await holding();
    for (const ms of [0, 400, 900]) {
      await ground.time.advance(ms);
      await ground.time.until((await holder.step()).check());
    }
    expect(await ground.time.until(holder.post())).toEqual(["released"]);
    await expectFree();
    expect((await ground.history())[0]?.claims).toHaveLength(4);
  });

  test("a waiter, then its ticket, removed by the next and by clear", async () => {
    const holder = await holding();
    for (const remove of ["waiter", "clear"]) {
      const dead = await cast();
      const waiting = rejectionOf(dead.acquire({ waitMs: 600_000 }));
      await ground.time.idle();
      ground.hub.token(dead.token).expired = true;
      await ground.time.until(waiting);
      dead.complete();
      await ground.time.advance(11_000);
      const other = await cast();
      if (remove === "clear")
        expect((await ground.time.until(other.clear())).map(({ result }) => result)).toEqual([
          "refused",
          "cleared",
        ]);
      else expect(await rejectionOf(ground.time.until(other.acquire({ waitMs: 20_000 })))).not.toBeNull();
      expect((await ground.repository.refs("refs/locks/")).map(({ name }) => name)).toEqual([HOLDER, LOG]);
    }
    await ground.time.until(holder.post());
  });

  test("clear of a commit that is not ours", async () => {
    const { store } = (await cast()).ports;
    const before = await holding();
    await ground.time.until(before.post());
    isSpoilt = true;
    const foreign = await store.write("Fix a typo", await ground.tip());
    await ground.repository.git(["update-ref", LOG, foreign.oid]);
    const force = { force: true, reason: "a slip of the hand", expect: foreign.oid };
    expect(await ground.time.until((await cast()).clear(force))).toMatchObject([{ result: "cleared" }]);
    await expectFree();
    const next = await cast();
    expect((await ground.time.until(next.acquire())).sequence).toBeGreaterThan(1);
  });

  test("clear of a leftover", async () => {
    const holder = await holding();
    await ground.time.until(holder.post());
    await ground.repository.git(["update-ref", HOLDER, (await ground.tip()) ?? ""]);
    expect(await ground.time.until((await cast()).clear())).toMatchObject([{ result: "cleared" }]);
    await expectFree();
  });
});
