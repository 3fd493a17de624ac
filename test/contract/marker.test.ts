/** The holder ref, as everyone sees it: where all goes well it follows the log, whatever the server can compare, and in a process that has yet to find that out. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Client, type Ground, HOLDER, LOG, openGround } from "./ground.ts";

let ground: Ground;

beforeEach(async () => {
  ground = await openGround();
});

afterEach(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

async function expectHeldBy({ left }: Client): Promise<void> {
  const [claim] = left.holds.keys();
  expect([await ground.tip(LOG), await ground.tip(HOLDER)]).toEqual([claim, claim]);
}

async function expectFree(): Promise<void> {
  expect((await ground.repository.refs("refs/locks/")).map(({ name }) => name)).toEqual([LOG]);
}

describe.each(["works", "refused", "missing"] as const)("updateRefs %s", (updateRefs) => {
  const cast = () => ground.client({ grants: { updateRefs } });

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

  test("clear of a leftover", async () => {
    const holder = await holding();
    await ground.time.until(holder.post());
    await ground.repository.git(["update-ref", HOLDER, (await ground.tip()) ?? ""]);
    expect(await ground.time.until((await cast()).clear())).toMatchObject([{ result: "cleared" }]);
    await expectFree();
  });
});
