import { describe, expect, test } from "vitest";
import { findClaimed, type Tag } from "../../src/lock/claimed.ts";
import { logRef } from "../../src/lock/name.ts";
import { memory } from "./memory.ts";
import { LOCK, oid } from "./situations.ts";

const LOG = logRef(LOCK, 1);
const byClaim = (...claims: string[]): Tag => ({ claims: new Set(claims), nonces: new Set() });
const byNonce = (...nonces: string[]): Tag => ({ claims: new Set(), nonces: new Set(nonces) });

function finding() {
  const it = memory();
  const find = (tag: Tag) => findClaimed(it.ports, LOCK, tag, { untilMs: 60_000 });
  return { ...it, it, find };
}

describe("a hold", () => {
  test("is found by its claim, by any renewal of it, and by its nonce", async () => {
    const { world, refs, find } = finding();
    const claim = world.claim(world.entry(world.claim()));
    const renewal = world.renewal(claim);
    const tip = world.renewal(renewal);
    refs.set(LOG, tip);
    for (const tag of [byClaim(claim), byClaim(renewal), byClaim(tip), byNonce(world.nonceOf(claim))]) {
      const found = await find(tag);
      expect(found).toMatchObject({
        kind: "held",
        tip,
        hold: { claim, sequence: 2, nonce: world.nonceOf(claim) },
      });
    }
  });

  test("that was ended is found as far back as it is, with the entry that ended it", async () => {
    const { world, refs, find } = finding();
    const claim = world.claim();
    let tip = world.entry(world.renewal(claim), { outcome: "cleared", reason: "stuck" });
    for (let later = 0; later < 80; later++) tip = world.entry(world.claim(tip));
    refs.set(LOG, tip);
    expect(await find(byClaim(claim))).toMatchObject({
      kind: "ended",
      entry: { outcome: "cleared", reason: "stuck" },
    });
  });

  test("that others hold now is told as ended, and who holds", async () => {
    const { world, refs, find } = finding();
    const claim = world.claim();
    refs.set(LOG, world.takeOver(claim));
    expect(await find(byClaim(claim))).toMatchObject({
      kind: "ended",
      entry: { outcome: "taken-over" },
      status: { holders: [{ claim: refs.get(LOG) }] },
    });
  });

  test("is looked for in every slot", async () => {
    const { world, refs, find } = finding();
    const [one, two] = [world.claim(null, { slot: 1, slots: 2 }), world.claim(null, { slot: 2, slots: 2 })];
    refs.set(LOG, one).set(logRef(LOCK, 2), two);
    expect(await find(byClaim(two))).toMatchObject({ kind: "held", hold: { slot: 2 } });
  });

  test.each([
    ["an oid", byClaim(oid(999))],
    ["a nonce", byNonce("nobody's")],
    ["nothing", byClaim()],
  ])("%s that no log has is none", async (_, tag) => {
    const { world, refs, find } = finding();
    expect((await find(tag)).kind).toBe("none");
    refs.set(LOG, world.entry(world.claim()));
    expect((await find(tag)).kind).toBe("none");
  });

  test("that a lagging replica does not show yet is looked for again, and that is told", async () => {
    const { it, world, refs, find } = finding();
    const before = world.entry(world.claim());
    const claim = world.claim(before);
    refs.set(LOG, before);
    it.before = () => {
      if (it.nowMs >= 3000) refs.set(LOG, claim);
    };
    expect(await find(byClaim(claim))).toMatchObject({ kind: "held", tip: claim });
    expect(it.told[0]).toMatchObject({ kind: "trouble" });
  });

  test("that stays away is looked for no longer than a mistyped oid is worth, or patience lasts", async () => {
    const { it, ports, find } = finding();
    expect((await find(byClaim(oid(999)))).kind).toBe("none");
    expect(it.nowMs).toBeGreaterThan(8000);
    expect(it.nowMs).toBeLessThanOrEqual(15_000);
    const from = it.nowMs;
    const { kind } = await findClaimed(ports, LOCK, byClaim(oid(999)), { untilMs: from + 1000 });
    expect(kind).toBe("none");
    expect(it.nowMs - from).toBeLessThanOrEqual(1000);
  });

  test("is looked for no more once that is cancelled", async () => {
    const { it, ports } = finding();
    const stopped = new AbortController();
    it.before = () => stopped.abort();
    const patience = { untilMs: 60_000, signal: stopped.signal };
    const found = findClaimed(ports, LOCK, byClaim(oid(999)), patience);
    await expect(found).rejects.toMatchObject({ kind: "cancelled" });
  });

  test("of which nothing is known because the log is not ours is an error, and no loss", async () => {
    const { world, refs, find } = finding();
    const claim = world.claim();
    refs.set(LOG, world.put("by hand", null));
    await expect(find(byClaim(claim))).rejects.toMatchObject({ kind: "foreign" });
    refs.set(LOG, world.put("by hand", world.entry(claim)));
    expect(await find(byClaim(claim))).toMatchObject({ kind: "ended" });
  });
});
