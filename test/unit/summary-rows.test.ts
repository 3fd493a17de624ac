/** Who held and who waited, put together from whatever a step has seen: commits in part or in whole, waiters, itself. */
import { describe, expect, test } from "vitest";
import { type Asked, lastedMs, type Row, rowsOf } from "../../src/action/summary-rows.ts";
import { nothingSeen, type Seen } from "../../src/action/summary-seen.ts";
import type { Commit, Oid } from "../../src/lock/refs.ts";
import type { HolderStatus } from "../../src/lock/report.ts";
import { FIRST_DATE, job, type World, world } from "./situations.ts";

const LOG = "refs/locks/publish/log/";
const START = Date.parse(FIRST_DATE);
const NOW = START + 600_000;

function seenOf(
  w: World,
  tips: Readonly<Record<number, Oid>>,
  read: readonly Oid[] = [...w.commits.keys()],
): Seen {
  const seen = nothingSeen();
  for (const [slot, tip] of Object.entries(tips)) seen.tips.set(`${LOG}${slot}`, new Set([tip]));
  for (const oid of read) seen.commits.set(oid, w.commits.get(oid) as Commit);
  return Object.assign(seen, { startedAtMs: START, who: job(812) });
}

const rows = (seen: Seen, more: Partial<Asked> = {}): Row[] =>
  rowsOf(seen, {
    ...{ encoded: "publish", ours: [], gaveUpAtMs: null, holders: [], waiters: null, nowMs: NOW },
    ...more,
  });

/** `hold 812 1..2 ours`: seconds since the start; `..` without an end is open. */
function told(row: Row): string {
  const second = (ms: number) => (ms - START) / 1000;
  const from = row.fromMs === null ? "" : second(row.fromMs);
  const times = `${from}..${row.isOpen ? "" : second(row.toMs)}`;
  const parts = [row.kind, row.who?.run ?? "?", times, row.isOurs ? "ours" : "", row.token ?? ""];
  return parts.filter((part) => part !== "").join(" ");
}

function status(more: Partial<HolderStatus> = {}): HolderStatus {
  return {
    ...{ claim: "f".repeat(40), ref: "refs/locks/publish/holder/1", run: 811, attempt: 1, job: "publish" },
    ...{
      url: null,
      who: "octo",
      reason: null,
      freeze: false,
      since: FIRST_DATE,
      alive: "unknown",
      why: null,
    },
    ...more,
  };
}

describe("from the log", () => {
  test("holds in their order, with their tokens, the last of them lasting", () => {
    const w = world();
    const first = w.claim(null, { who: job(811) });
    const ended = w.entry(first, { heldSeconds: 1 });
    const second = w.claim(ended, { who: job(813), reason: "nightly" });
    const read = rows(seenOf(w, { 1: second }));
    expect(read.map(told)).toEqual(["hold 811 1..2 1", "hold 813 3.. 2"]);
    expect(read[1]).toMatchObject({ reason: "nightly", claim: second, slot: 1 });
  });

  test("a renewal is of the same hold, from when the first claim was", () => {
    const w = world();
    const claim = w.claim(null);
    const renewal = w.renewal(w.renewal(claim));
    expect(rows(seenOf(w, { 1: renewal })).map(told)).toEqual(["hold 812 1.. 1"]);
    // Where only the last of them was read.
    expect(rows(seenOf(w, { 1: renewal }, [renewal])).map(told)).toEqual(["hold 812 1.. 1"]);
  });

  test("an entry alone tells who held, from when, and how long they had waited", () => {
    const w = world();
    const entry = w.entry(w.claim(null, { who: job(811) }), { heldSeconds: 90, waitedSeconds: 30 });
    const read = rows(seenOf(w, { 1: entry }, [entry]));
    expect(read.map(told)).toEqual(["hold 811 -88..2 1", "wait 811 -118..-88"]);
    expect(read.map(lastedMs)).toEqual([90_000, 30_000]);
  });

  test("whose hold somebody else ended, an entry alone does not tell", () => {
    const w = world();
    const entry = w.entry(w.claim(null), { outcome: "cleared", by: job(900), heldSeconds: null });
    expect(rows(seenOf(w, { 1: entry }, [entry])).map(told)).toEqual(["hold ? ..2 1"]);
  });

  test("a claim that is in no log is not a hold", () => {
    const w = world();
    const tip = w.entry(w.claim(null, { who: job(811) }));
    w.claim(tip);
    expect(rows(seenOf(w, { 1: tip })).map(told)).toEqual(["hold 811 1..2 1"]);
  });

  test("an older tip seen later does not bring an ended hold back", () => {
    const w = world();
    const claim = w.claim(null, { who: job(811) });
    const next = w.claim(w.entry(claim), { who: job(813) });
    const seen = seenOf(w, { 1: next });
    seen.tips.set(`${LOG}1`, new Set([next, claim]));
    expect(rows(seen).map(told)).toEqual(["hold 811 1..2 1", "hold 813 3.. 2"]);
    // Nor where its entry was not read.
    seen.commits.delete(w.commits.get(next)?.parents[0] ?? "");
    expect(rows(seen).map(told)).toEqual(["hold 811 1..3 1", "hold 813 3.."]);
  });

  test("other locks' logs are not this one's", () => {
    const w = world();
    const seen = seenOf(w, {});
    seen.tips.set("refs/locks/other/log/1", new Set([w.claim(null)]));
    seen.commits.set([...w.commits.keys()][0] ?? "", [...w.commits.values()][0] as Commit);
    expect(rows(seen)).toEqual([]);
  });

  test("dates that no lock can have are none", () => {
    const w = world();
    const claim = w.claim(null, { acquiredAt: "1492-10-12T00:00:00Z", sequence: 1 });
    const other = w.claim(null, { acquiredAt: "soon", sequence: 1, slot: 2 });
    expect(rows(seenOf(w, { 1: claim, 2: other })).map(told)).toEqual(["hold 812 .. 1", "hold 812 .. 1"]);
  });

  test("what is not ours is not shown, and does not end the walk", () => {
    const w = world();
    const below = w.claim(null, { who: job(811) });
    const foreign = w.put("merge branch main", below);
    expect(rows(seenOf(w, { 1: foreign })).map(told)).toEqual(["hold 811 1.. 1"]);
  });
});

describe("our own", () => {
  test("what is saved of a hold is enough, where nothing was read", () => {
    const w = world();
    const hold = w.hold(w.claim(null), { waitedSeconds: 20, sequence: 7 });
    const read = rows(seenOf(w, {}, []), { ours: [hold] });
    expect(read.map(told)).toEqual(["hold 812 0.. ours 7", "wait 812 -20..0 ours"]);
    expect(read[0]).toMatchObject({ claim: hold.claim });
  });

  test("with the entry that ended it, and who is in its place", () => {
    const w = world();
    const claim = w.claim(null);
    const next = w.takeOver(claim, { who: job(813) });
    const read = rows(seenOf(w, { 1: next }), { ours: [w.hold(claim)] });
    expect(read.map(told)).toEqual(["hold 812 1..2 ours 1", "hold 813 3.. 2"]);
    expect(read[0]?.ending).toMatchObject({ outcome: "taken-over" });
  });

  test("a hold that was entered again was not waited for by this step", () => {
    const w = world();
    const hold = w.hold(w.claim(null), { waitedSeconds: 20, reentered: true });
    expect(rows(seenOf(w, {}), { ours: [hold] }).map(told)).toEqual(["hold 812 0.. ours 1"]);
  });

  test("a wait in vain lasts from the step's start to its end", () => {
    expect(rows(seenOf(world(), {}), { gaveUpAtMs: START + 5000 }).map(told)).toEqual(["wait 812 0..5 ours"]);
  });

  test("all slots of a freeze, which carry one nonce", () => {
    const w = world();
    const claims = [1, 2].map((slot) => w.claim(null, { slot, slots: 2, nonce: "frozen", freeze: true }));
    const read = rows(seenOf(w, { 1: claims[0] ?? "", 2: claims[1] ?? "" }), {
      ours: claims.map((claim) => w.hold(claim)),
    });
    expect(read.map(({ slot, isFreeze, isOurs }) => [slot, isFreeze, isOurs])).toEqual([
      [1, true, true],
      [2, true, true],
    ]);
  });
});

describe("others", () => {
  test("a holder whose claim was not read is known by what the status says", () => {
    const read = rows(seenOf(world(), {}), { holders: [status({ alive: "dead", why: "x" })] });
    expect(read.map(told)).toEqual(["hold 811 0.."]);
    expect(read[0]?.status).toMatchObject({ alive: "dead" });
    const nobody = status({ run: null, who: "somebody", since: "" });
    expect(rows(seenOf(world(), {}), { holders: [nobody] }).map(told)).toEqual(["hold ? .."]);
  });

  test("a holder is not shown twice, and has what was found out of it", () => {
    const w = world();
    const claim = w.claim(null, { who: job(811) });
    const read = rows(seenOf(w, { 1: claim }), { holders: [status({ claim, alive: "alive" })] });
    expect(read.map(told)).toEqual(["hold 811 1.. 1"]);
    expect(read[0]?.status).toMatchObject({ alive: "alive" });
  });

  test("waiters as they were seen, until they were gone; or as they are at the end", () => {
    const seen = seenOf(world(), {});
    const waiter = (run: number) => status({ run, ref: `refs/locks/publish/queue/${run}` });
    for (const [run, goneAtMs] of [
      [901, START + 9000],
      [902, null],
    ] as const)
      seen.waiters.set(waiter(run).ref, { lock: "publish", waiter: waiter(run), goneAtMs });
    seen.waiters.set("refs/locks/other/queue/1", { lock: "other", waiter: waiter(903), goneAtMs: null });
    expect(rows(seen).map(told)).toEqual(["wait 901 0..9", "wait 902 0.."]);
    expect(rows(seen, { waiters: [waiter(904)] }).map(told)).toEqual(["wait 904 0.."]);
  });

  test("a wait that was seen, and is told by the hold after it, is shown once", () => {
    const w = world();
    const entry = w.entry(w.claim(null, { who: job(811) }), { heldSeconds: 1, waitedSeconds: 40 });
    const seen = seenOf(w, { 1: entry });
    const sight = (run: number | null, goneAtMs: number | null) => {
      const since = new Date(START - 38_000).toISOString();
      const waiter = status({
        run,
        who: run === null ? "somebody" : "octo",
        since,
        ref: "refs/locks/publish/queue/1",
      });
      seen.waiters.set(waiter.ref, { lock: "publish", waiter, goneAtMs });
      return rows(seen).map(told);
    };
    const once = ["hold 811 1..2 1", "wait 811 -39..1"];
    expect(sight(811, START + 4000)).toEqual(once);
    expect(sight(null, START + 4000)).toEqual(once);
    // Another's, or one that still lasts.
    expect(sight(813, START + 4000)).toHaveLength(3);
    expect(sight(811, null)).toHaveLength(3);
  });
});
