/** What is remembered of what passes through the ports: nothing is asked for it, and nothing is changed by it. */
import { expect, test } from "vitest";
import { nothingSeen, watched } from "../../src/action/summary-seen.ts";
import type { Ports, Progress, RefStore } from "../../src/lock/ports.ts";
import type { Commit } from "../../src/lock/refs.ts";
import type { HolderStatus } from "../../src/lock/report.ts";
import { oid } from "./situations.ts";

const commit = (number: number): Commit => ({ oid: oid(number), parents: [], message: "", date: "" });
const LOG = "refs/locks/publish/log/1";
const ref = { name: LOG, oid: oid(1) };

function stage() {
  const calls: string[] = [];
  const told: Progress[] = [];
  const called = <Answer>(name: string, answer: Answer) => {
    calls.push(name);
    return Promise.resolve(answer);
  };
  const store: RefStore = {
    clock: "server",
    pollMs: 1200,
    list: () =>
      called("list", { refs: [ref, { name: "refs/locks/publish/holder/1", oid: oid(9) }], readAtMs: 5 }),
    tip: () => called("tip", oid(2)),
    tipCommit: () => called("tipCommit", commit(3)),
    read: () => called("read", commit(4)),
    history: () => called("history", [commit(5), commit(6)]),
    write: () => called("write", commit(7)),
    transact: (changes) => called("transact", changes.length === 1 ? "applied" : "conflict"),
    comparesAll: () => true,
  };
  let now = 1000;
  const clock = { monotonicMs: () => now, date: () => new Date(now), sleep: async () => {} };
  const ports = { store, clock, tell: (progress: Progress) => told.push(progress) } as unknown as Ports;
  const seen = nothingSeen();
  const later = (ms: number) => {
    now += ms;
  };
  return { seen, calls, told, later, ports: watched(ports, seen) };
}

test("each call goes through once, with its answer, and is remembered", async () => {
  const { ports, seen, calls } = stage();
  const { store } = ports;
  expect(await store.list("refs/locks/publish/")).toMatchObject({ readAtMs: 5, refs: [ref, {}] });
  expect(await store.tip(LOG)).toBe(oid(2));
  expect(await store.tipCommit(LOG)).toEqual(commit(3));
  expect(await store.read(oid(4))).toEqual(commit(4));
  expect(await store.history(oid(5), 2)).toEqual([commit(5), commit(6)]);
  expect(await store.write("x", null)).toEqual(commit(7));
  expect(await store.transact([{ ref: LOG, from: null, to: oid(7) }])).toBe("applied");
  const refused = { ref: LOG, from: null, to: oid(8) };
  expect(await store.transact([refused, refused])).toBe("conflict");
  expect(calls).toEqual(["list", "tip", "tipCommit", "read", "history", "write", "transact", "transact"]);
  expect([...seen.commits.keys()]).toEqual([3, 4, 5, 6, 7].map(oid));
  // Where the log stood, and not where a refused change would have moved it, nor other refs.
  expect([...seen.tips]).toEqual([[LOG, new Set([1, 2, 3, 7].map(oid))]]);
  expect(seen.startedAtMs).toBe(1000);
});

test("waiters, from when they were first seen in line to when they were first gone", () => {
  const { ports, seen, told, later } = stage();
  const waiting = (...refs: string[]): Progress => ({
    ...{ kind: "waiting", lock: "publish", place: 1, waitedMs: 0 },
    status: { name: "publish", slots: 1, holders: [], waiters: refs.map((ref) => ({ ref }) as HolderStatus) },
  });
  const gone = () => [...seen.waiters].map(([ref, { goneAtMs }]) => [ref, goneAtMs]);
  ports.tell(waiting("a", "b"));
  later(100);
  ports.tell(waiting("b", "c"));
  later(100);
  ports.tell(waiting("c"));
  ports.tell({ ...waiting(), lock: "other" } as Progress);
  expect(gone()).toEqual([
    ["a", 1100],
    ["b", 1200],
    ["c", null],
  ]);
  expect(told).toHaveLength(4);
});
