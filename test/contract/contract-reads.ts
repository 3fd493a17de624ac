/**
 * The part of the contract about reading refs, and about commits.
 */
import { describe, expect, test } from "vitest";
import type { RefStore } from "../../src/lock/ports.ts";
import type { Oid, Ref } from "../../src/lock/refs.ts";
import { change, placeOf, type Stage } from "./stage.ts";

export function refReads(stage: Stage): void {
  describe("reading refs", () => {
    test("a list has every ref below the prefix, and none that only begins like it", async () => {
      const [a, ab] = [placeOf("list=2F"), placeOf("list=2Fb")];
      const oid = await stage.write(stage.one);
      for (const ref of [a.log, a.marker, a.ticket("1"), ab.log, ab.marker]) await stage.arena.set(ref, oid);
      const listed = async (store: RefStore, prefix: string): Promise<Ref[]> =>
        [...(await store.list(prefix)).refs].toSorted((x, y) => (x.name < y.name ? -1 : 1));
      for (const store of [stage.one, stage.other]) {
        expect(await listed(store, a.prefix)).toMatchObject(
          [a.marker, a.log, a.ticket("1")].map((ref) => ({ name: ref, oid })),
        );
        expect(await listed(store, ab.prefix)).toMatchObject(
          [ab.marker, ab.log].map((ref) => ({ name: ref, oid })),
        );
        expect(await listed(store, stage.newPlace().prefix)).toEqual([]);
      }
    });

    test("a list follows what others change", async () => {
      const place = stage.newPlace();
      expect((await stage.one.list(place.prefix)).refs).toEqual([]);
      const oid = await stage.write(stage.other);
      expect(await stage.transact(stage.other, change(place.log, null, oid))).toBe("applied");
      expect((await stage.one.list(place.prefix)).refs).toMatchObject([{ name: place.log, oid }]);
      await stage.arena.set(place.log, null);
      expect((await stage.one.list(place.prefix)).refs).toEqual([]);
    });

    test("a list tells its time by the clock that dates commits, or none", async () => {
      const commit = await stage.one.write("what time is it", null);
      const { readAtMs } = await stage.one.list(stage.newPlace().prefix);
      if (readAtMs !== null) expect(Math.abs(readAtMs - Date.parse(commit.date))).toBeLessThan(10_000);
    });

    test("a tip is exactly that ref's, and null where there is none", async () => {
      const place = stage.newPlace();
      for (const store of [stage.one, stage.other]) expect(await store.tip(place.log)).toBeNull();
      const root = await stage.begun(place);
      await stage.arena.set(`${place.log}0`, await stage.write(stage.one));
      for (const store of [stage.one, stage.other]) {
        expect(await store.tip(place.log)).toBe(root);
        expect(await store.tip(place.prefix.slice(0, -1))).toBeNull();
        expect(await store.tip(place.marker)).toBeNull();
      }
    });

    test("a tip follows what others change, asked for again and again", async () => {
      const place = stage.newPlace();
      const root = await stage.begun(place);
      for (let times = 0; times < 3; times++) expect(await stage.one.tip(place.log)).toBe(root);
      const next = await stage.write(stage.other, root);
      expect(await stage.transact(stage.other, change(place.log, root, next))).toBe("applied");
      for (let times = 0; times < 3; times++) expect(await stage.one.tip(place.log)).toBe(next);
      await stage.arena.set(place.log, null);
      for (let times = 0; times < 3; times++) expect(await stage.one.tip(place.log)).toBeNull();
      await stage.arena.set(place.log, root);
      expect(await stage.one.tip(place.log)).toBe(root);
    });

    test("a tip's commit is the whole commit, and null where there is no ref", async () => {
      const place = stage.newPlace();
      expect(await stage.one.tipCommit(place.log)).toBeNull();
      const root = await stage.begun(place);
      const commit = await stage.one.write("with a parent", root);
      await stage.arena.set(place.log, commit.oid);
      for (const store of [stage.one, stage.other]) expect(await store.tipCommit(place.log)).toEqual(commit);
    });
  });
}

export function commits(stage: Stage): void {
  describe("commits", () => {
    const message =
      'publish held by run 812\n\n{\n "reason": "a \\"b\\" \\n é 🔒 漢 <b> & %0A ::error::",\n "n": 1\n}\n';

    test("what one writes, others read, to the last byte", async () => {
      const root = await stage.one.write(message, null);
      expect(root).toMatchObject({ parents: [], message });
      expect(root.oid).toMatch(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
      expect(root.date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const child = await stage.other.write(message, root.oid);
      expect(child).toMatchObject({ parents: [root.oid], message });
      for (const store of [stage.one, stage.other, await stage.arena.connect()]) {
        expect(await store.read(root.oid)).toEqual(root);
        expect(await store.read(child.oid)).toEqual(child);
      }
    });

    test("a message may be as long as any record", async () => {
      const long = `subject\n\n${"é🔒".repeat(9000)}\n`;
      const { oid } = await stage.one.write(long, null);
      expect((await stage.other.read(oid)).message).toBe(long);
    });

    test("writing one moves no ref", async () => {
      const place = stage.newPlace();
      const root = await stage.begun(place);
      await stage.write(stage.other, root);
      expect(await stage.arena.tip(place.log)).toBe(root);
    });

    test("a history is newest first, along first parents, and as long as was asked for", async () => {
      const chain: Oid[] = [];
      for (let length = 0; length < 5; length++)
        chain.unshift(await stage.write(stage.one, chain[0] ?? null));
      const [newest = "", second = ""] = chain;
      const oids = async (store: RefStore, from: Oid, limit: number): Promise<Oid[]> =>
        (await store.history(from, limit)).map(({ oid }) => oid);
      for (const store of [stage.one, stage.other, await stage.arena.connect()]) {
        expect(await oids(store, newest, 50)).toEqual(chain);
        expect(await oids(store, newest, 2)).toEqual([newest, second]);
        expect(await oids(store, second, 3)).toEqual(chain.slice(1, 4));
      }
      expect(await stage.other.history(newest, 5)).toEqual(
        await Promise.all(chain.map((oid) => stage.one.read(oid))),
      );
    });
  });
}
