import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holdsIn, readHistory } from "../../src/lock/history.ts";
import { logRef } from "../../src/lock/name.ts";
import { chainOf, playLog, steps } from "./logs.ts";
import { memory } from "./memory.ts";
import { job, LOCK, world } from "./situations.ts";

const PATIENCE = { untilMs: 60_000 };

function logOf(w: ReturnType<typeof world>, tip: string) {
  return chainOf(w.commits, tip).flatMap((oid) => w.commits.get(oid) ?? []);
}

describe("a log, read as holds", () => {
  test("has each hold once, newest first, with its token and its end", () => {
    const w = world();
    const first = w.claim(null, { reason: "one" });
    const ended = w.entry(w.renewal(first), {
      reason: "done",
      by: job(812),
      waitedSeconds: 3,
      heldSeconds: 60,
    });
    const second = w.claim(ended);
    const third = w.takeOver(second);
    const holds = holdsIn(logOf(w, w.renewal(third)));
    expect(holds.map(({ token, outcome }) => [token, outcome])).toEqual([
      [3, "held"],
      [2, "taken-over"],
      [1, "released"],
    ]);
    expect(holds[2]).toMatchObject({
      ...{
        lock: LOCK.text,
        slot: 1,
        slots: 1,
        reason: "one",
        endReason: "done",
        waitedSeconds: 3,
        heldSeconds: 60,
      },
      since: w.commits.get(first)?.date,
      until: w.commits.get(ended)?.date,
    });
    expect(holds[0]).toMatchObject({ until: null, by: null, since: w.commits.get(third)?.date });
  });

  test("of a log that is not read to its beginning, the token of the last is told by what stands before it, or not at all", () => {
    const w = world();
    const tip = w.claim(w.entry(w.claim(w.entry(w.claim()))));
    const log = logOf(w, tip);
    expect(holdsIn(log.slice(0, 1)).map(({ token }) => token)).toEqual([null]);
    expect(holdsIn(log.slice(0, 2)).map(({ token }) => token)).toEqual([3]);
    expect(holdsIn(log).map(({ token }) => token)).toEqual([3, 2, 1]);
  });

  test("what is not ours is passed over", () => {
    const w = world();
    const claim = w.claim(w.put("by hand", w.entry(w.claim())));
    expect(holdsIn(logOf(w, claim)).map(({ outcome }) => outcome)).toEqual(["held", "released"]);
  });

  test("whatever happened, tokens fall by one from hold to hold, and only the newest may be held", () => {
    fc.assert(
      fc.property(steps, (played) => {
        const w = world();
        const tip = playLog(w, played).tips.at(-1) ?? null;
        if (tip === null) return;
        const holds = holdsIn(logOf(w, tip));
        expect(holds.map(({ token }) => token)).toEqual(holds.map((_, index) => holds.length - index));
        expect(
          holds
            .slice(1)
            .every(({ outcome, by, until }) => outcome !== "held" && by !== null && until !== null),
        ).toBe(true);
      }),
    );
  });
});

describe("reading the history", () => {
  test("goes back no further than it has to, and as far as it must", async () => {
    const it = memory();
    let tip: string | null = null;
    for (let hold = 0; hold < 120; hold++) tip = it.world.entry(it.world.claim(tip));
    it.refs.set(logRef(LOCK, 1), tip ?? "");
    const few = await readHistory(it.ports, LOCK, 3, PATIENCE);
    expect(few.map(({ token }) => token)).toEqual([120, 119, 118]);
    const all = await readHistory(it.ports, LOCK, 1000, PATIENCE);
    expect(all).toHaveLength(120);
    expect(all.at(-1)?.token).toBe(1);
  });

  test("mixes slots by when their holds began", async () => {
    const it = memory();
    const [one, two] = [
      it.world.claim(null, { slot: 1, slots: 2 }),
      it.world.claim(null, { slot: 2, slots: 2 }),
    ];
    it.refs.set(logRef(LOCK, 1), one).set(logRef(LOCK, 2), two);
    expect((await readHistory(it.ports, LOCK, 20, PATIENCE)).map(({ slot }) => slot)).toEqual([2, 1]);
    expect(await readHistory(it.ports, LOCK, 1, PATIENCE)).toHaveLength(1);
  });
});
