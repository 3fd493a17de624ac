/** Locks of several slots: as many hold as there are slots, never more, and none lies idle while somebody waits. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clear } from "../../src/lock/clear.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type Ground, openGround } from "./ground.ts";
import { handed, held, leftovers, type Step, stepOf } from "./several.ts";

const WAYS = ["works", "refused"] as const;
const MINUTE_MS = 60_000;
const SETTLED_MS = 11_000;

let ground: Ground;

beforeEach(async () => {
  ground = await openGround({ validate: false });
});

afterEach(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

type Pooled = Step & { readonly client: Client; take(slots: number, waitMs?: number): Promise<Hold> };

/** The only step of a new job, which takes the lock `pool`. */
async function step(updateRefs: (typeof WAYS)[number] = "works"): Promise<Pooled> {
  return pooled(await ground.client({ grants: { updateRefs } }));
}

function pooled(client: Client): Pooled {
  const made = stepOf(ground, client);
  const take = async (slots: number, waitMs = 0) => {
    const [hold] = await made.acquire(["pool"], { slots, waitMs });
    if (hold === undefined) throw new Error("it was said to be held, and by nothing");
    return hold;
  };
  return { ...made, client, take };
}

async function taken(slots: number): Promise<Pooled & { readonly hold: Hold }> {
  const one = await step();
  return { ...one, hold: await ground.time.until(one.take(slots)) };
}

describe("twelve jobs, three slots", () => {
  const WORK_MS = 20_000;
  const IDLE_MS = 8000;

  test.each([
    ["all at once", 0],
    ["one after the other", 3000],
  ])("%s: three inside whenever three want to be, and never a fourth", async (_, apartMs) => {
    const events: { readonly atMs: number; readonly inside: number; readonly wanting: number }[] = [];
    const inside = new Set<string>();
    let wanting = 0;
    const note = () =>
      void events.push({ atMs: ground.time.clock.monotonicMs(), inside: inside.size, wanting });
    const jobs = await Promise.all(Array.from({ length: 12 }, (_, at) => step(WAYS[at % 2])));
    const visit = async (job: Pooled, at: number) => {
      await ground.time.work(() => ground.time.clock.sleep(at * apartMs));
      wanting++;
      note();
      const hold = await job.take(3, 60 * MINUTE_MS);
      wanting--;
      expect([...inside]).not.toContain(`slot ${hold.slot}`);
      inside.add(`slot ${hold.slot}`);
      note();
      await ground.time.work(() => ground.time.clock.sleep(WORK_MS));
      inside.delete(`slot ${hold.slot}`);
      note();
      expect(await job.post()).toEqual(["released"]);
    };
    await ground.time.until(Promise.all(jobs.map(visit)));
    expect(Math.max(...events.map((event) => event.inside))).toBe(3);
    // Between two events the world stands still: how long fewer were inside than could have been.
    let idleMs = 0;
    for (const [at, { atMs, ...event }] of events.entries()) {
      const untilMs = events[at + 1]?.atMs ?? atMs;
      idleMs = event.inside < Math.min(3, event.inside + event.wanting) ? idleMs + untilMs - atMs : 0;
      expect(idleMs, JSON.stringify(event)).toBeLessThan(IDLE_MS);
    }
    expect(await held(ground)).toEqual([]);
    expect((await leftovers(ground)).filter((ref) => ref.includes("/queue/"))).toEqual([]);
  });
});

test.each(WAYS)("three at once find three slots, and need not wait, updateRefs %s", async (updateRefs) => {
  const jobs = await Promise.all([1, 2, 3].map(() => step(updateRefs)));
  const startedMs = ground.time.clock.monotonicMs();
  const holds = await ground.time.until(Promise.all(jobs.map((job) => job.take(3, MINUTE_MS))));
  expect(holds.map(({ slot }) => slot).toSorted()).toEqual([1, 2, 3]);
  expect(ground.time.clock.monotonicMs() - startedMs).toBeLessThan(5000);
  const late = await step(updateRefs);
  const error = await rejectionOf(ground.time.until(late.take(3)));
  expect(error).toMatchObject({ kind: "not-acquired" });
  for (const { client } of jobs) expect(error?.message).toContain(client.run.url);
});

test("a waiter who stands still keeps nobody behind from the next slot", async () => {
  const [first, second] = [await taken(2), await taken(2)];
  const still = await step();
  const gone = rejectionOf(still.take(2, 60 * MINUTE_MS));
  await ground.time.advance(2000);
  const waiter = await step();
  const waiting = waiter.take(2, 60 * MINUTE_MS);
  await ground.time.advance(2000);
  // It leaves its ticket behind, and its job is not known to be over.
  ground.hub.token(still.client.token).expired = true;
  await ground.time.until(gone);
  await ground.time.until(first.post());
  const freeAtMs = ground.time.clock.monotonicMs();
  expect(await ground.time.until(waiting)).toMatchObject({ slot: 1, sequence: 2 });
  expect(ground.time.clock.monotonicMs() - freeAtMs).toBeLessThan(10_000);
  await ground.time.until(second.post());
});

test("a dead holder's slot is taken over, and the others are left alone", async () => {
  const [, dead] = [await taken(3), await taken(3), await taken(3)];
  dead.client.complete();
  await ground.time.advance(SETTLED_MS);
  const hold = await ground.time.until((await step()).take(3));
  expect(hold).toMatchObject({ slot: 2, sequence: 2 });
  expect(await held(ground)).toEqual(["pool", "pool", "pool"]);
  expect(await ground.time.until(dead.post())).toEqual(["ended"]);
});

test("who holds one enters it again, though a slot before it has come free", async () => {
  const [first, second] = [await taken(2), await taken(2)];
  expect(second.hold.slot).toBe(2);
  await ground.time.until(first.post());
  const again = pooled(second.client);
  const hold = await ground.time.until(again.take(2));
  expect(hold).toMatchObject({ slot: 2, nonce: second.hold.nonce, reentered: true });
  expect(await held(ground)).toEqual(["pool"]);
});

describe("what ended a hold", () => {
  /** A job gave its first hold back, and lost its second, which was in another slot. */
  async function lostInAnother() {
    const one = await taken(2);
    await ground.time.until(one.release("pool"));
    const rival = await taken(2);
    expect(rival.hold.slot).toBe(1);
    await ground.time.advance(2000);
    const again = pooled(one.client);
    const hold = await ground.time.until(again.take(2));
    expect(hold.slot).toBe(2);
    await ground.time.advance(2000);
    await clearByForce((await step()).client, hold);
    return { again, hold };
  }

  async function clearByForce({ ports, who }: Client, { lock, claim }: Hold): Promise<void> {
    const clearing = { by: who, reason: "it hangs", force: true, dryRun: false, expect: claim };
    const patience = { untilMs: ground.time.clock.monotonicMs() + MINUTE_MS };
    await ground.time.until(ground.time.work(() => clear(ports, lock, clearing, patience)));
  }

  test.each([true, false])(
    "is told of the newest, whichever slot it was in; handed on: %s",
    async (isHanded) => {
      const { again, hold } = await lostInAnother();
      const mine = isHanded ? handed(again.client, hold) : handed(again.client);
      const error = await rejectionOf(ground.time.until(again.check("pool", mine)));
      expect(error).toMatchObject({ kind: "lost" });
      expect(error?.message).toMatch(/cleared by run \d+.*it hangs/);
      expect(await ground.time.until(again.post())).toEqual(["ended"]);
    },
  );
});

describe("users who disagree about the number of slots", () => {
  const numbers = [
    [3, 1],
    [1, 3],
    [3, 2],
  ] as const;

  async function expectRefused(theirs: number, ours: number, waitMs: number): Promise<Error | null> {
    const refs = await ground.repository.refs("refs/locks/");
    const other = await step();
    const error = await rejectionOf(ground.time.until(other.take(ours, waitMs)));
    expect(error).toMatchObject({ kind: "usage" });
    expect(error?.message).toContain(`${theirs} slots for`);
    expect(error?.message).toContain(`${ours} for run ${other.client.run.id}, attempt 1, job publish`);
    expect(await ground.repository.refs("refs/locks/")).toEqual(refs);
    expect([...other.left.holds, ...other.left.tickets]).toEqual([]);
    return error;
  }

  test.each(numbers)(
    "held with %i, asked for with %i: both are named, nothing changes",
    async (theirs, ours) => {
      const holder = await taken(theirs);
      for (const waitMs of [0, 10 * MINUTE_MS]) {
        const error = await expectRefused(theirs, ours, waitMs);
        expect(error?.message).toContain(`its holder, run ${holder.client.run.id}, attempt 1, job publish`);
      }
    },
  );

  test.each(numbers)("once held with %i, asked for with %i: both are named", async (theirs, ours) => {
    const holder = await taken(theirs);
    await ground.time.until(holder.post());
    const error = await expectRefused(theirs, ours, 0);
    expect(error?.message).toContain(`run ${holder.client.run.id}, attempt 1, job publish before`);
  });

  test("while others wait for it: they go on waiting, and get it", async () => {
    const holder = await taken(1);
    const waiter = await step();
    const waiting = waiter.take(1, 10 * MINUTE_MS);
    await ground.time.advance(3000);
    await expectRefused(1, 3, 10 * MINUTE_MS);
    await ground.time.until(holder.post());
    expect(await ground.time.until(waiting)).toMatchObject({ sequence: 2 });
  });

  test.each(WAYS)(
    "both at once, before anybody had it: one holds it, the other is told, updateRefs %s",
    async (way) => {
      const both = [await step(way), await step(way)];
      const results = await ground.time.until(
        Promise.allSettled(both.map((one, at) => one.take(at + 1, MINUTE_MS))),
      );
      expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      const refused = results.find((result) => result.status === "rejected");
      expect(refused).toMatchObject({ reason: { kind: "usage" } });
      expect(await held(ground)).toEqual(["pool"]);
    },
  );
});
