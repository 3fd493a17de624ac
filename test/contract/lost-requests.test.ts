/** Takeover, release, clear and freeze, with each single request lost on its way, or its answer: all come to their end, and what they say is so. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type Ground, HOLDER, LOG, openGround } from "./ground.ts";

const PROVE = process.env.REFLOCK_PROVE !== undefined;
const WAYS = ["works", "refused"] as const;
const LOSSES = PROVE
  ? (["drop-before", "drop-after", "5xx-before", "5xx-after"] as const)
  : (["drop-before", "drop-after"] as const);
const SETTLED_MS = 11_000;

let ground: Ground;

beforeEach(async () => {
  ground = await openGround({ validate: false });
});

afterEach(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

interface Loss {
  /** Whether the lost request asked after somebody's life: it is not known then, and so nobody is ended. */
  readonly hidesLife: boolean;
  /** Whether all refs are compared at once. Where the log decides alone the holder ref may lag behind. */
  readonly comparesAll: boolean;
}

interface Operation {
  readonly name: string;
  /** What has to be there before; gives whoever acts. */
  readonly before: (cast: () => Promise<Client>) => Promise<Client>;
  /** What loses a request. */
  readonly act: (client: Client, loss: () => Loss) => Promise<void>;
  /** How many requests it makes at least. */
  readonly requests: number;
}

const refs = async () => (await ground.repository.refs("refs/locks/")).map(({ name }) => name);
const last = async () => (await ground.history()).at(-1);

/** A holder whose machine is gone. */
async function leaveHold(cast: () => Promise<Client>): Promise<Client> {
  const holder = await cast();
  await ground.time.until(holder.acquire());
  holder.complete();
  await ground.time.advance(SETTLED_MS);
  return holder;
}

/** A holder, and a waiter with its ticket, both gone. */
async function leaveHoldAndTicket(cast: () => Promise<Client>): Promise<void> {
  const [holder, waiter] = [await cast(), await cast()];
  await ground.time.until(holder.acquire());
  const waiting = rejectionOf(waiter.acquire({ waitMs: 600_000 }));
  await ground.time.idle();
  ground.hub.token(waiter.token).expired = true;
  await ground.time.until(waiting);
  for (const { complete } of [holder, waiter]) complete();
  await ground.time.advance(SETTLED_MS);
}

const TAKEOVER: Operation = {
  name: "takeover",
  before: async (cast) => {
    await leaveHold(cast);
    return await cast();
  },
  async act(client, loss) {
    const failure = await rejectionOf(ground.time.until(client.acquire()));
    if (loss().hidesLife) {
      expect(failure).toMatchObject({ kind: "not-acquired" });
      expect((await last())?.endedBy).toBeNull();
      await ground.time.until(client.acquire());
    } else expect(failure).toBeNull();
    const [hold] = client.left.holds.values();
    expect(await ground.tip()).toBe(hold?.claim);
    if (loss().comparesAll) expect(await ground.tip(HOLDER)).toBe(hold?.claim);
    expect((await ground.history()).at(-2)?.endedBy).toMatchObject({ outcome: "taken-over" });
    expect(client.told.filter(({ kind }) => kind === "took-over")).toHaveLength(1);
    expect(await ground.time.until(client.post())).toEqual(["released"]);
  },
  requests: 6,
};

const RELEASE: Operation = {
  name: "release",
  before: async (cast) => {
    const client = await cast();
    await ground.time.until(client.acquire());
    return client;
  },
  async act(client, loss) {
    expect(await ground.time.until(client.post())).toEqual(["released"]);
    expect((await last())?.endedBy).toMatchObject({ outcome: "released" });
    if (loss().comparesAll) expect(await refs()).toEqual([LOG]);
  },
  requests: 2,
};

const CLEAR: Operation = {
  name: "clear of what is dead",
  before: async (cast) => {
    await leaveHoldAndTicket(cast);
    return await cast();
  },
  async act(client, loss) {
    const clear = async () =>
      (await ground.time.until(client.clear())).map(({ what, result }) => `${what}: ${result}`);
    const results = await clear();
    const hidden = ["the hold of slot 1: refused", "the ticket of number 1: refused"].filter((refusal) =>
      results.includes(refusal),
    );
    expect(hidden).toHaveLength(loss().hidesLife ? 1 : 0);
    const expected = ["the hold of slot 1", "the ticket of number 1"].map((what) =>
      hidden.includes(`${what}: refused`) ? `${what}: refused` : `${what}: cleared`,
    );
    expect(results).toEqual(expected);
    if (hidden.length > 0) await clear();
    expect((await last())?.endedBy).toMatchObject({ outcome: "cleared" });
    expect(await refs()).toEqual(loss().comparesAll ? [LOG] : expect.arrayContaining([LOG]));
    expect((await refs()).filter((ref) => ref.includes("/queue/"))).toEqual([]);
  },
  requests: 7,
};

const FORCE: Operation = {
  name: "clear by force",
  before: async (cast) => {
    await ground.time.until((await cast()).acquire());
    return await cast();
  },
  async act(client, loss) {
    const clearing = { expect: await ground.tip(), force: true, reason: "it hangs" };
    expect(await ground.time.until(client.clear(clearing))).toMatchObject([
      { what: "the hold of slot 1", result: "cleared" },
    ]);
    expect((await last())?.endedBy).toMatchObject({ outcome: "cleared", reason: "it hangs" });
    if (loss().comparesAll) expect(await refs()).toEqual([LOG]);
  },
  requests: 5,
};

const FREEZE: Operation = {
  name: "freeze, and thaw",
  before: (cast) => cast(),
  async act(client, loss) {
    const hold = await ground.time.until(client.acquire({ freeze: true }));
    expect(await ground.tip()).toBe(hold.claim);
    if (loss().comparesAll) expect(await ground.tip(HOLDER)).toBe(hold.claim);
    client.complete();
    await ground.time.advance(SETTLED_MS);
    const thaw = await ground.time.until(client.again().clear({ expect: hold.claim }));
    expect(thaw.filter(({ what }) => what === "the hold of slot 1")).toMatchObject([{ result: "cleared" }]);
    expect((await last())?.endedBy).toMatchObject({ outcome: "cleared" });
  },
  requests: 6,
};

describe.each(WAYS)("updateRefs %s", (updateRefs) => {
  describe.each(LOSSES)("%s", (kind) => {
    test.each([TAKEOVER, RELEASE, CLEAR, FORCE, FREEZE])("$name", async ({ before, act, requests }) => {
      const cast = () => ground.client({ grants: { updateRefs } });
      for (let nth = 1, isHit = true; isHit; nth++) {
        const client = await before(cast);
        const fault = ground.hub.faults.add({
          kind,
          match: { token: ground.hub.token(client.token).name, nth },
        });
        await act(client, () => ({
          hidesLife: fault.hits.some(({ route }) => route.includes("/actions/")),
          comparesAll: updateRefs === "works",
        }));
        fault.remove();
        isHit = fault.hits.length > 0;
        if (!isHit) expect(nth).toBeGreaterThan(requests);
      }
      const tokens = (await ground.history()).map(({ sequence }) => sequence);
      expect(tokens).toEqual(tokens.map((_, at) => at + 1));
    });
  });
});
