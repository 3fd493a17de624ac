/** Jobs that take several locks in several steps, and wait for each other: told within a minute, and exactly one gives way. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clear } from "../../src/lock/clear.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { Mine } from "../../src/lock/identity.ts";
import { parseName } from "../../src/lock/name.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type ClientOptions, type Ground, openGround } from "./ground.ts";
import { handed, held, leftovers, type Step, stepOf } from "./several.ts";

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

/** A job of several steps: what one takes is handed on to the next. */
interface Job {
  readonly client: Client;
  readonly steps: readonly Step[];
  takes(...names: readonly string[]): Promise<Hold[]>;
  /** The posts of all steps, the last first. */
  leaves(): Promise<void>;
}

async function job(options: ClientOptions = {}): Promise<Job> {
  const client = await ground.client(options);
  const steps: Step[] = [];
  const all: Hold[] = [];
  return {
    client,
    steps,
    async takes(...names) {
      const step = stepOf(ground, client);
      steps.push(step);
      const mine: Mine = handed(client, ...all);
      const holds = await step.acquire(names, { mine, waitMs: Number.POSITIVE_INFINITY });
      all.push(...holds);
      return holds;
    },
    async leaves() {
      for (const step of steps.toReversed()) await step.post();
    },
  };
}

async function holding(name: string, options: ClientOptions = {}): Promise<Job> {
  const one = await job(options);
  await ground.time.until(one.takes(name));
  return one;
}

async function endByForce(name: string): Promise<void> {
  const { ports, who } = await ground.client();
  const lock = parseName(name);
  const [log] = await ground.repository.refs(`${lock.prefix}log/`);
  const clearing = { by: who, reason: null, expect: log?.oid ?? null, force: true, dryRun: false };
  const patience = { untilMs: now() + MINUTE_MS };
  const cleared = await ground.time.until(clear(ports, lock, clearing, patience));
  expect(cleared).toContainEqual(expect.objectContaining({ result: "cleared" }));
}

const now = () => ground.time.clock.monotonicMs();

/** Both wait; whoever gives way ends, and leaves; then the other has all that it wanted. Gives the error and how long the newer one waited. */
async function expectOneGivesWay(
  first: Job,
  wanted: readonly string[],
  last: Job,
  wantedLast: readonly string[],
) {
  const waiting = first.takes(...wanted);
  await ground.time.advance(3000);
  const startedMs = now();
  const error = await ground.time.until(rejectionOf(last.takes(...wantedLast)));
  const tookMs = now() - startedMs;
  expect(error).toMatchObject({ kind: "not-acquired" });
  expect(error?.message).toMatch(/^Deadlock: .*came last and gives way/);
  expect(tookMs).toBeLessThan(MINUTE_MS);
  await ground.time.until(last.leaves());
  const leftMs = now();
  expect((await ground.time.until(waiting)).map(({ lock }) => lock.text)).toEqual(wanted);
  expect(now() - leftMs).toBeLessThan(10_000);
  await ground.time.until(first.leaves());
  expect(await held(ground)).toEqual([]);
  expect(await leftovers(ground)).toEqual([]);
  return { error, tookMs };
}

test("two jobs: the one who came last gives way at its first look, the other is told, and gets it", async () => {
  const [first, last] = [await holding("a"), await holding("b")];
  const { error, tookMs } = await expectOneGivesWay(first, ["b"], last, ["a"]);
  expect(tookMs).toBeLessThan(20_000);
  for (const part of [`"a"`, `"b"`, `run ${first.client.run.id}`]) expect(error?.message).toContain(part);
  const told = first.client.told.filter(({ kind }) => kind === "deadlock");
  expect(told).toMatchObject([{ message: expect.stringMatching(/came later and gives way/) }]);
});

test("three jobs: the one who came last gives way, and then one after the other gets what it wanted", async () => {
  const jobs = [await holding("a"), await holding("b"), await holding("c")] as const;
  const waiting = [jobs[0].takes("b")];
  await ground.time.advance(2000);
  waiting.push(jobs[1].takes("c"));
  await ground.time.advance(2000);
  const error = await ground.time.until(rejectionOf(jobs[2].takes("a")));
  expect(error?.message).toMatch(/^Deadlock: .*"a".*"b".*"c"/);
  for (const at of [2, 1, 0] as const) {
    await ground.time.until(jobs[at].leaves());
    if (at > 0) await ground.time.until(waiting[at - 1] ?? Promise.reject(new Error("nobody waits")));
  }
  expect(await held(ground)).toEqual([]);
});

describe("over several names in one step", () => {
  test("the job that has a part of them came last: it gives that part back, and the other gets it", async () => {
    const [between, last, first] = [await holding("b"), await job(), await holding("c")];
    const several = last.takes("a", "b", "c");
    await ground.time.advance(3000);
    const waiting = first.takes("a");
    await ground.time.advance(3000);
    const ended = rejectionOf(several);
    await ground.time.until(between.leaves());
    expect((await ground.time.until(ended))?.message).toMatch(/^Deadlock: .*came last and gives way/);
    expect((await ground.time.until(waiting))[0]).toMatchObject({ lock: { text: "a" } });
    expect(await held(ground)).toEqual(["a", "c"]);
    expect(last.steps.flatMap(({ left }) => [...left.holds, ...left.tickets])).toEqual([]);
    await ground.time.until(first.leaves());
  });

  test("the other came last: it gives way", async () => {
    const [first, last] = [await holding("d"), await holding("b")];
    await expectOneGivesWay(first, ["a", "b"], last, ["a"]);
  });
});

describe("over what a run holds", () => {
  /** One job took it, another of its run relies on it. */
  async function relying(): Promise<Job> {
    const taker = stepOf(ground, await ground.client({ run: { id: 880 } }));
    await ground.time.until(taker.acquire(["a"], { scope: "run" }));
    const user = await job({ run: { id: 880 } });
    await ground.time.until(user.takes("a"));
    return user;
  }

  test("the other came last: it gives way, though it was another job that took it", async () => {
    const [user, other] = [await relying(), await holding("b")];
    const waiting = user.takes("b");
    await ground.time.advance(3000);
    const error = await ground.time.until(rejectionOf(other.takes("a")));
    expect(error?.message).toMatch(/^Deadlock: .*came last and gives way/);
    await ground.time.until(other.leaves());
    await ground.time.until(waiting);
    await ground.time.until(user.leaves());
    expect(await held(ground)).toEqual(["a"]);
  });

  test("the job that relies on it came last: it gives way, and the run keeps it", async () => {
    const [user, other] = [await relying(), await holding("b")];
    const waiting = rejectionOf(other.takes("a"));
    await ground.time.advance(3000);
    const error = await ground.time.until(rejectionOf(user.takes("b")));
    expect(error?.message).toMatch(/^Deadlock: .*came last and gives way/);
    await ground.time.until(user.leaves());
    expect(await held(ground)).toEqual(["a", "b"]);
    ground.repository.runs.completeRun(880);
    expect(await ground.time.until(waiting)).toBeNull();
    await ground.time.until(other.leaves());
  });
});

describe("no deadlock", () => {
  test("with a job that died in it: its lock is taken over instead", async () => {
    const [dead, living] = [await holding("a"), await holding("b")];
    const gone = rejectionOf(dead.takes("b"));
    await ground.time.advance(3000);
    const waiting = living.takes("a");
    await ground.time.advance(2000);
    // Its machine is gone; its ticket and its hold are left.
    ground.hub.token(dead.client.token).expired = true;
    await ground.time.until(gone);
    dead.client.complete();
    const startedMs = now();
    expect((await ground.time.until(waiting))[0]).toMatchObject({ sequence: 2, reentered: false });
    expect(now() - startedMs).toBeLessThan(90_000);
    await ground.time.advance(SETTLED_MS);
    await ground.time.until(living.leaves());
    expect(await held(ground)).toEqual([]);
  });

  test("over a ticket that landed when its job had been served already, and that of another stands for it", async () => {
    const [between, working] = [await holding("a"), await holding("b")];
    const waiting = working.takes("a");
    await ground.time.advance(3000);
    const tickets = (await ground.repository.refs("refs/locks/a/queue/")).map(({ name, oid }) => [name, oid]);
    await ground.time.until(between.leaves());
    await ground.time.until(waiting);
    for (const [name = "", oid = ""] of tickets) await ground.repository.git(["update-ref", name, oid]);
    await endByForce("a");
    const other = await job();
    await ground.time.until(other.takes("a"));
    const served = other.takes("b");
    await ground.time.advance(3 * MINUTE_MS);
    await ground.time.until(working.leaves());
    expect((await ground.time.until(served))[0]).toMatchObject({ lock: { text: "b" } });
    expect(tickets).toHaveLength(1);
    expect(other.client.told.filter(({ kind }) => kind === "deadlock")).toEqual([]);
    await ground.time.until(other.leaves());
  });

  test("where the holder works on: who waits goes on waiting, and gets it", async () => {
    const [waiter, holder] = [await holding("a"), await holding("b")];
    const bystander = (await job()).takes("a");
    const waiting = waiter.takes("b");
    await ground.time.advance(2 * MINUTE_MS);
    await ground.time.until(holder.leaves());
    expect(await ground.time.until(waiting)).toHaveLength(1);
    expect(waiter.client.told.filter(({ kind }) => kind === "deadlock")).toEqual([]);
    await ground.time.until(waiter.leaves());
    await ground.time.until(bystander);
  });
});
