/** Several locks in one step: all or none, in one order for everybody, under one deadline, and asserted when the last one is there. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clear } from "../../src/lock/clear.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { parseName } from "../../src/lock/name.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type ClientOptions, type Ground, openGround } from "./ground.ts";
import { handed, held, leftovers, logChanges, type Step, stepOf } from "./several.ts";

const WAYS = ["works", "refused"] as const;
const MINUTE_MS = 60_000;

let ground: Ground;

beforeEach(async () => {
  ground = await openGround({ validate: false });
});

afterEach(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

const namesOf = (holds: readonly Hold[]) => holds.map(({ lock }) => lock.text);

/** The only step of a new job. */
async function step(options: ClientOptions = {}): Promise<Step & { readonly client: Client }> {
  const client = await ground.client(options);
  return { ...stepOf(ground, client), client };
}

/** Somebody who has these. */
async function holding(...names: readonly string[]): Promise<Step & { readonly client: Client }> {
  const one = await step();
  await ground.time.until(one.acquire(names));
  return one;
}

/** A ticket may stay in the journal, where the store compares the log alone: post deletes it once more. */
const nothingLeft = ({ left }: Step) => expect([...left.holds]).toEqual([]);

describe.each(WAYS)("updateRefs %s", (updateRefs) => {
  const job = () => step({ grants: { updateRefs } });

  test("they are taken by their encoded names, told as they were asked for, given back in reverse", async () => {
    const one = await job();
    const holds = await ground.time.until(one.acquire(["publish", "Z", "a b", "a"]));
    expect(namesOf(holds)).toEqual(["publish", "Z", "a b", "a"]);
    const taken = ["a taken", "a=20b taken", "publish taken", "z taken"];
    const changes = await logChanges(ground);
    expect(changes.slice(0, 4)).toEqual(taken);
    expect(changes.slice(4).toSorted()).toEqual(["a renewed", "a=20b renewed", "publish renewed"]);
    expect(await ground.time.until(one.post())).toEqual(Array(4).fill("released"));
    const released = taken.map((change) => change.replace("taken", "released")).toReversed();
    expect((await logChanges(ground)).slice(-4)).toEqual(released);
    expect(await leftovers(ground)).toEqual([]);
  });

  test.each([0, MINUTE_MS])(
    "one cannot be had within %i ms: those before it are given back, the last first",
    async (waitMs) => {
      const rival = await holding("c");
      const one = await job();
      const error = await rejectionOf(ground.time.until(one.acquire(["d", "b", "c", "a"], { waitMs })));
      expect(error).toMatchObject({ kind: "not-acquired", status: { name: "c" } });
      expect(error?.message).toContain(rival.client.run.url);
      const changes = ["c taken", "a taken", "b taken", "b released", "a released"];
      expect(await logChanges(ground)).toEqual(changes);
      nothingLeft(one);
      expect(await held(ground)).toEqual(["c"]);
      expect(await leftovers(ground)).toEqual(["refs/locks/c/holder/1"]);
    },
  );

  test("what the job had before is not given back with the others", async () => {
    await holding("c");
    const first = await job();
    const [before] = await ground.time.until(first.acquire(["b"]));
    const second = stepOf(ground, first.client);
    const error = await rejectionOf(ground.time.until(second.acquire(["a", "b", "c"])));
    expect(error).toMatchObject({ kind: "not-acquired" });
    expect(await held(ground)).toEqual(["b", "c"]);
    // Its post asserts what it entered, and leaves it.
    expect([...second.left.holds.values()]).toMatchObject([{ nonce: before?.nonce, reentered: true }]);
    expect(await ground.time.until(second.post())).toEqual(["lasted"]);
    expect(await ground.time.until(first.post())).toEqual(["released"]);
    expect(await held(ground)).toEqual(["c"]);
  });

  test("what the job had before is entered again among the others", async () => {
    const first = await job();
    const [before] = await ground.time.until(first.acquire(["b"]));
    if (before === undefined) throw new Error("nothing was taken");
    const second = stepOf(ground, first.client);
    const mine = handed(first.client, before);
    const holds = await ground.time.until(second.acquire(["c", "b", "a"], { mine }));
    expect(holds.map(({ reentered }) => reentered)).toEqual([false, true, false]);
    expect(holds[1]).toMatchObject({ nonce: before.nonce, sequence: before.sequence });
    expect(await held(ground)).toEqual(["a", "b", "c"]);
    expect(await ground.time.until(second.post())).toEqual(["released", "lasted", "released"]);
    expect(await held(ground)).toEqual(["b"]);
    expect(await ground.time.until(first.post())).toEqual(["released"]);
    expect(await leftovers(ground)).toEqual([]);
  });

  test.each([false, true])(
    "the first is cleared while the last is waited for, and held by another since: %s",
    async (thenHeld) => {
      const rival = await holding("b");
      const one = await job();
      const waiting = rejectionOf(one.acquire(["a", "b"], { waitMs: 10 * MINUTE_MS }));
      await ground.time.advance(5000);
      expect(await held(ground)).toEqual(["a", "b"]);
      const operator = await clearByForce("a");
      const next = thenHeld ? await holding("a") : null;
      await ground.time.until(rival.post());
      const error = await ground.time.until(waiting);
      expect(error).toMatchObject({ kind: "lost" });
      expect(error?.message).toContain(`"a" was lost: cleared by run ${operator.run.id}`);
      if (next !== null) expect(error?.message).toContain(next.client.run.url);
      expect(await held(ground)).toEqual(thenHeld ? ["a"] : []);
      nothingLeft(one);
    },
  );

  test("told to stop while it waits for the last: it leaves at once, and post gives the first back", async () => {
    await holding("b");
    const one = await job();
    const stop = new AbortController();
    const wish = { waitMs: Number.POSITIVE_INFINITY, signal: stop.signal };
    const waiting = rejectionOf(one.acquire(["a", "b"], wish));
    await ground.time.advance(5000);
    stop.abort();
    expect(await ground.time.until(waiting)).toMatchObject({ kind: "cancelled" });
    expect(await held(ground)).toEqual(["a", "b"]);
    await ground.time.until(one.post());
    expect(await held(ground)).toEqual(["b"]);
    expect(await leftovers(ground)).toEqual(["refs/locks/b/holder/1"]);
  });
});

async function clearByForce(name: string): Promise<Client> {
  const operator = await ground.client();
  const clearing = { by: operator.who, reason: "it hangs", force: true, dryRun: false };
  const lock = parseName(name);
  const expected = await ground.tip(`${lock.prefix}log/1`);
  const patience = { untilMs: ground.time.clock.monotonicMs() + MINUTE_MS };
  await ground.time.until(
    ground.time.work(() => clear(operator.ports, lock, { ...clearing, expect: expected }, patience)),
  );
  return operator;
}

test("one deadline counts for all, and is the one that is told", async () => {
  const [first] = [await holding("a"), await holding("b")];
  const one = await step();
  const startedMs = ground.time.clock.monotonicMs();
  const waiting = rejectionOf(one.acquire(["a", "b"], { waitMs: 2 * MINUTE_MS }));
  await ground.time.advance(90_000);
  await ground.time.until(first.post());
  const error = await ground.time.until(waiting);
  const tookMs = ground.time.clock.monotonicMs() - startedMs;
  expect(tookMs).toBeGreaterThanOrEqual(2 * MINUTE_MS);
  expect(tookMs).toBeLessThan(2 * MINUTE_MS + 5000);
  expect(error?.message).toMatch(/^Could not acquire "b" within 2m: /);
  expect(await held(ground)).toEqual(["b"]);
});

test("the wait is used up when the first is there: what is free is taken all the same", async () => {
  const first = await holding("a");
  const one = await step();
  const taking = one.acquire(["a", "b"], { waitMs: 1000 });
  await ground.time.idle();
  await ground.time.until(first.post());
  expect(namesOf(await ground.time.until(taking))).toEqual(["a", "b"]);
});
