/** Who waits for whom: a circle is found by all who are in it, by nobody else, and exactly one of them gives way. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Identity } from "../../src/lock/identity.ts";
import { job, oid, person } from "./situations.ts";
import { worldOf } from "./waits.ts";

const NONE = { kind: "none" };

/** Each holds the lock of its number and waits for the next one's. */
function circleOf(jobs: readonly Identity[], world = worldOf()) {
  jobs.forEach((by, at) => void world.hold({ lock: `lock ${at}`, by }));
  jobs.forEach((by, at) => void world.wait({ lock: `lock ${(at + 1) % jobs.length}`, by }));
  return world;
}

describe("a circle", () => {
  test.each([2, 3, 7])("of %i jobs is seen by each of them, and the one who came last gives way", (size) => {
    const jobs = Array.from({ length: size }, (_, at) => job(at + 1));
    const world = circleOf(jobs);
    for (const one of jobs) expect(world.seenBy(one).kind).toBe("deadlock");
    expect(world.givingWay(...jobs)).toEqual([jobs.at(-1)]);
  });

  test("is told with every lock in it, and who waits for that", () => {
    const [one, second, third] = [job(7), job(8), job(9)];
    expect(circleOf([one, second, third]).seenBy(one)).toMatchObject({
      circle: expect.stringMatching(
        /this job waits for "lock 1", run 8, .* waits for "lock 2", run 9, .* waits for "lock 0"/,
      ),
    });
  });

  test.each([oid, (number: number) => oid(1000 - number)])(
    "whose waiters came in one second: still exactly one gives way",
    (oidOf) => {
      const [one, other] = [job(1), job(2)];
      const world = worldOf(oidOf);
      world.hold({ lock: "a", by: one });
      world.hold({ lock: "b", by: other });
      world.wait({ lock: "b", by: one, at: 5 });
      world.wait({ lock: "a", by: other, at: 5 });
      expect(world.givingWay(one, other)).toHaveLength(1);
    },
  );

  test("is seen past those who wait for the same locks and hold nothing", () => {
    const [one, other] = [job(1), job(2)];
    const world = circleOf([one, other]);
    for (const bystander of [job(3), job(4)]) {
      world.wait({ lock: "lock 0", by: bystander });
      expect(world.seenBy(bystander)).toEqual(NONE);
    }
    expect(world.givingWay(one, other)).toEqual([other]);
  });

  test("of jobs that do not tell their ids", () => {
    const jobs = [1, 2].map((id) => job(id, { jobId: null }));
    expect(circleOf(jobs).givingWay(...jobs)).toEqual([jobs[1]]);
  });

  test("of a job and a person", () => {
    const both = [job(1), person()];
    expect(circleOf(both).givingWay(...both)).toEqual([both[1]]);
  });

  test("in which a job holds several and waits for one", () => {
    const [one, other] = [job(1), job(2)];
    const world = worldOf();
    for (const lock of ["a", "b", "c"]) world.hold({ lock, by: one });
    world.hold({ lock: "d", by: other });
    world.wait({ lock: "d", by: one });
    world.wait({ lock: "b", by: other });
    expect(world.givingWay(one, other)).toEqual([other]);
  });

  // One job took it for its whole run; another job of that run relies on it, and waits for more.
  test.each(["the job of the run", "the other"])("over what a run holds, %s came last", (last) => {
    const [taker, relying, stranger] = [job(1), job(1, { job: "upload", jobId: 12 }), job(2)];
    const world = worldOf();
    world.hold({ lock: "a", by: taker, scope: "run" });
    world.hold({ lock: "b", by: stranger });
    world.enter("a", relying);
    world.wait({ lock: "b", by: relying, at: last === "the other" ? 5 : 9 });
    world.wait({ lock: "a", by: stranger, at: 7 });
    expect(world.givingWay(relying, stranger)).toEqual([last === "the other" ? stranger : relying]);
  });
});

describe("no circle", () => {
  test("where who is waited for works on", () => {
    const [one, other] = [job(1), job(2)];
    const world = worldOf();
    world.hold({ lock: "a", by: one });
    world.hold({ lock: "b", by: other });
    world.wait({ lock: "a", by: other });
    expect(world.seenBy(other)).toEqual(NONE);
  });

  test("of which the one who waits is only behind", () => {
    const jobs = [job(1), job(2)];
    const world = circleOf(jobs);
    const behind = job(3);
    world.hold({ lock: "c", by: behind });
    world.wait({ lock: "lock 0", by: behind });
    expect(world.seenBy(behind)).toEqual(NONE);
  });

  test("among other attempts, jobs and repositories of the same names", () => {
    const us = job(1);
    for (const likeUs of [{ attempt: 2 }, { jobId: 99 }, { repository: "octo/other" }]) {
      const world = worldOf();
      const other = job(2);
      world.hold({ lock: "a", by: job(1, likeUs) });
      world.hold({ lock: "b", by: other });
      world.wait({ lock: "b", by: us });
      world.wait({ lock: "a", by: other });
      expect(world.seenBy(us)).toEqual(NONE);
      expect(world.seenBy(other)).toEqual(NONE);
    }
  });

  test("over a lock of several slots, of which any that comes free ends the wait", () => {
    const jobs = [job(1), job(2)] as const;
    const world = worldOf();
    world.hold({ lock: "pool", by: jobs[0], slots: 2 });
    world.hold({ lock: "pool", by: job(3), slots: 2, slot: 2 });
    world.hold({ lock: "b", by: jobs[1] });
    world.wait({ lock: "b", by: jobs[0] });
    world.wait({ lock: "pool", by: jobs[1] });
    for (const one of jobs) expect(world.seenBy(one)).toEqual(NONE);
  });

  test("over what is not ours", () => {
    const jobs = [job(1), job(2)] as const;
    const world = circleOf(jobs);
    for (const { oid } of world.refs.filter(({ name }) => name.includes("/log/"))) {
      const ours = world.commits.get(oid);
      if (ours === undefined) throw new Error("a log without a commit");
      world.commits.set(oid, { ...ours, message: "Merge\n" });
    }
    for (const one of jobs) expect(world.seenBy(one)).toEqual(NONE);
  });

  test.each(["a holder", "a waiter"])("over %s who is known to be dead", (who) => {
    const jobs = [job(1), job(2)] as const;
    const world = worldOf();
    const held = world.hold({ lock: "a", by: jobs[0] });
    world.hold({ lock: "b", by: jobs[1] });
    const ticket = world.wait({ lock: "b", by: jobs[0] });
    world.wait({ lock: "a", by: jobs[1] });
    const { oid } = who === "a holder" ? held : ticket;
    world.verdicts.set(oid, { state: "dead", why: "its job is completed", sinceMs: 0 });
    expect(world.seenBy(jobs[1])).toEqual(NONE);
  });

  test("over a ticket that was left behind when its turn had come", () => {
    const [us, other] = [job(1), job(2)];
    const world = circleOf([us, other]);
    const found = world.seenBy(us);
    const waits = found.kind === "deadlock" ? found.waits : [];
    expect(waits.map(({ ticket }) => world.commits.get(ticket)?.message)).toEqual([
      expect.stringContaining(waits[0]?.nonce ?? "no nonce"),
    ]);
    for (const { ticket, log } of waits) {
      expect(world.refs).toContainEqual({ name: "refs/locks/lock=200/log/1", oid: log });
      world.served.add(ticket);
    }
    expect(world.seenBy(us)).toEqual(NONE);
  });
});

describe("what is read", () => {
  test("is nothing but the holder's claim where nobody waits for what we hold", () => {
    const [us, other] = [job(1), job(2)];
    const world = worldOf();
    const theirs = world.hold({ lock: "b", by: other });
    for (const lock of ["a", "c", "d"]) world.hold({ lock, by: us });
    world.wait({ lock: "b", by: us });
    for (let waiter = 3; waiter < 9; waiter++) world.wait({ lock: "b", by: job(waiter) });
    expect(world.seenBy(us)).toEqual(NONE);
    expect([...world.read].filter((oid) => oid !== theirs.oid)).toEqual([]);
  });

  test("is nothing of locks that nobody waits for, nor of names that are none", () => {
    const jobs = [job(1), job(2)];
    const world = circleOf(jobs);
    const idle = world.hold({ lock: "idle", by: job(3) });
    world.refs.push({ name: "refs/locks/.broken/log/1", oid: oid(500) });
    for (const one of jobs) expect(world.seenBy(one).kind).toBe("deadlock");
    expect([...world.read]).not.toContain(idle.oid);
  });
});

/** For each lock its holder, and for each job the lock that it waits for, if any: whatever anybody could come to. */
const graphs = fc.integer({ min: 2, max: 8 }).chain((jobs) =>
  fc.record({
    holders: fc.array(fc.nat(jobs - 1), { minLength: 1, maxLength: 8 }),
    waits: fc.array(fc.record({ lock: fc.nat(9), at: fc.nat(3) }), { minLength: jobs, maxLength: jobs }),
  }),
);

test("in any crowd, of each circle exactly one gives way, and of those outside none", () => {
  fc.assert(
    fc.property(graphs, ({ holders, waits }) => {
      const jobs = waits.map((_, at) => job(at + 1));
      const world = worldOf();
      holders.forEach((holder, lock) => {
        const by = jobs[holder];
        if (by !== undefined) world.hold({ lock: `lock ${lock}`, by });
      });
      const next = new Map<number, number>();
      waits.forEach(({ lock, at }, waiter) => {
        const [by, holder] = [jobs[waiter], holders[lock]];
        if (by === undefined || holder === undefined || holder === waiter) return;
        next.set(waiter, holder);
        world.wait({ lock: `lock ${lock}`, by, at });
      });
      const circles = circlesOf(next);
      for (const [waiter] of next) {
        const isInCircle = circles.some((circle) => circle.has(waiter));
        expect(world.seenBy(jobs[waiter] ?? job(0)).kind).toBe(isInCircle ? "deadlock" : "none");
      }
      for (const circle of circles) {
        const members = [...circle].map((member) => jobs[member] ?? job(0));
        expect(world.givingWay(...members)).toHaveLength(1);
      }
    }),
    { numRuns: 500 },
  );
});

/** By walking on from each until a place comes twice. */
function circlesOf(next: ReadonlyMap<number, number>): Set<number>[] {
  const found = new Map<number, Set<number>>();
  for (const start of next.keys()) {
    const path: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined && !path.includes(at)) {
      path.push(at);
      at = next.get(at);
    }
    if (at === undefined) continue;
    const circle = new Set(path.slice(path.indexOf(at)));
    found.set(Math.min(...circle), circle);
  }
  return [...found.values()];
}
