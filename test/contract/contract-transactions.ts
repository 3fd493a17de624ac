/**
 * The part of the contract about transactions: what is compared, who wins, and what is left unchanged.
 */
import { describe, expect, test } from "vitest";
import { change, type Promises, type Stage } from "./stage.ts";

export function logTransactions(stage: Stage, { comparesAll }: Promises): void {
  describe("a transaction on a log", () => {
    test("creates, moves on, and is refused wherever the log is not where it was expected", async () => {
      const place = stage.newPlace();
      const root = await stage.write(stage.one);
      const rival = await stage.write(stage.other);
      expect(await stage.transact(stage.one, change(place.log, null, root))).toBe("applied");
      expect(await stage.transact(stage.other, change(place.log, null, rival))).toBe("conflict");
      expect(await stage.arena.tip(place.log)).toBe(root);
      const [next, late] = [await stage.write(stage.other, root), await stage.write(stage.one, root)];
      expect(await stage.transact(stage.other, change(place.log, root, next))).toBe("applied");
      expect(await stage.transact(stage.one, change(place.log, root, late))).toBe("conflict");
      expect(await stage.arena.tip(place.log)).toBe(next);
    });

    test("is refused where the log is gone", async () => {
      const place = stage.newPlace();
      const root = await stage.begun(place);
      const next = await stage.write(stage.one, root);
      await stage.arena.set(place.log, null);
      expect(await stage.transact(stage.one, change(place.log, root, next))).toBe("conflict");
      expect(await stage.arena.tip(place.log)).toBeNull();
    });

    test("may move it on by several commits at once", async () => {
      const place = stage.newPlace();
      const root = await stage.begun(place);
      const far = await stage.write(
        stage.one,
        await stage.write(stage.one, await stage.write(stage.one, root)),
      );
      expect(await stage.transact(stage.one, change(place.log, root, far))).toBe("applied");
      expect(await stage.arena.tip(place.log)).toBe(far);
    });

    test("takes the marker and the ticket with it", async () => {
      const place = stage.newPlace();
      const root = await stage.begun(place);
      const ticket = await stage.write(stage.one);
      expect(await stage.transact(stage.one, change(place.ticket("1"), null, ticket))).toBe("applied");
      const claim = await stage.write(stage.one, root);
      const taken = [
        change(place.log, root, claim),
        change(place.marker, null, claim),
        change(place.ticket("1"), ticket, null),
      ];
      expect(await stage.transact(stage.one, ...taken)).toBe("applied");
      expect(await stage.tips(place.log, place.marker, place.ticket("1"))).toEqual([claim, claim, null]);
      const entry = await stage.write(stage.one, claim);
      expect(
        await stage.transact(stage.one, change(place.log, claim, entry), change(place.marker, claim, null)),
      ).toBe("applied");
      expect(await stage.tips(place.log, place.marker)).toEqual([entry, null]);
    });

    test("takes a leftover marker along, wherever it points", async () => {
      const place = stage.newPlace();
      const root = await stage.begun(place);
      const leftover = await stage.write(stage.other);
      await stage.arena.set(place.marker, leftover);
      const claim = await stage.write(stage.one, root);
      expect(
        await stage.transact(
          stage.one,
          change(place.log, root, claim),
          change(place.marker, leftover, claim),
        ),
      ).toBe("applied");
      expect(await stage.tips(place.log, place.marker)).toEqual([claim, claim]);
    });

    test("changes nothing at all when the log is elsewhere", async () => {
      const place = stage.newPlace();
      const root = await stage.begun(place);
      const rival = await stage.write(stage.other, root);
      const ticket = await stage.write(stage.one);
      await stage.arena.set(place.log, rival);
      await stage.arena.set(place.ticket("1"), ticket);
      const claim = await stage.write(stage.one, root);
      const changes = [
        change(place.log, root, claim),
        change(place.marker, null, claim),
        change(place.ticket("1"), ticket, null),
      ];
      expect(await stage.transact(stage.one, ...changes)).toBe("conflict");
      expect(await stage.tips(place.log, place.marker, place.ticket("1"))).toEqual([rival, null, ticket]);
    });

    test(
      comparesAll ? "changes nothing when another ref is elsewhere" : "is led by the log alone",
      async () => {
        const place = stage.newPlace();
        const root = await stage.begun(place);
        const surprise = await stage.write(stage.other);
        await stage.arena.set(place.marker, surprise);
        const claim = await stage.write(stage.one, root);
        const changes = [change(place.log, root, claim), change(place.marker, null, claim)];
        const outcome = comparesAll
          ? await stage.one.transact(changes)
          : await stage.transact(stage.one, ...changes);
        const expected = comparesAll ? ["conflict", root, surprise] : ["applied", claim, claim];
        expect([outcome, ...(await stage.tips(place.log, place.marker))]).toEqual(expected);
      },
    );

    test("sent again is harmless, and is never taken for applied once somebody else has moved on", async () => {
      const place = stage.newPlace();
      const root = await stage.begun(place);
      const claim = await stage.write(stage.one, root);
      const taken = [change(place.log, root, claim), change(place.marker, null, claim)];
      expect(await stage.transact(stage.one, ...taken)).toBe("applied");
      expect(await stage.one.transact(taken)).not.toBe("unknown");
      expect(await stage.tips(place.log, place.marker)).toEqual([claim, claim]);
      const successor = await stage.write(stage.other, await stage.write(stage.other, claim));
      const over = [change(place.log, claim, successor), change(place.marker, claim, successor)];
      expect(await stage.transact(stage.other, ...over)).toBe("applied");
      expect(await stage.one.transact(taken)).toBe("conflict");
      expect(await stage.tips(place.log, place.marker)).toEqual([successor, successor]);
    });
  });
}

export function races(stage: Stage): void {
  describe("of clients that race", () => {
    test.each([
      ["to create a log", false],
      ["to move a log on", true],
    ])("%s, one is applied and the others conflict", async (_, exists) => {
      const stores = await Promise.all([1, 2, 3, 4].map(() => stage.arena.connect()));
      // Whoever is refused for no reason sends the same change again.
      for (let rounds = 0; rounds < 5; rounds++) {
        const place = stage.newPlace();
        const root = exists ? await stage.begun(place) : null;
        const rivals = await Promise.all(
          stores.map(async (store) => ({ store, claim: await stage.write(store, root) })),
        );
        const outcomes = await Promise.all(
          rivals.map(({ store, claim }) =>
            stage.transact(store, change(place.log, root, claim), change(place.marker, null, claim)),
          ),
        );
        const won = rivals.filter((_, index) => outcomes[index] === "applied").map(({ claim }) => claim);
        expect(outcomes.toSorted()).toEqual(["applied", "conflict", "conflict", "conflict"]);
        expect(won).toEqual([await stage.arena.tip(place.log)]);
      }
    });
  });
}

export function tickets(stage: Stage): void {
  describe("a ticket", () => {
    test("is made and taken back, each as often as one likes", async () => {
      const place = stage.newPlace();
      const ref = place.ticket("1");
      const oid = await stage.write(stage.one);
      expect(await stage.transact(stage.one, change(ref, null, oid))).toBe("applied");
      expect(await stage.one.transact([change(ref, null, oid)])).not.toBe("unknown");
      expect(await stage.arena.tip(ref)).toBe(oid);
      expect(await stage.transact(stage.one, change(ref, oid, null))).toBe("applied");
      expect(await stage.one.transact([change(ref, oid, null)])).not.toBe("unknown");
      expect(await stage.arena.tip(ref)).toBeNull();
    });

    test("is made beside others at the same time", async () => {
      const place = stage.newPlace();
      const stores = await Promise.all([1, 2, 3, 4, 5].map(() => stage.arena.connect()));
      const made = await Promise.all(
        stores.map(async (store, index) => {
          const oid = await stage.write(store);
          return await stage.transact(store, change(place.ticket(String(index)), null, oid));
        }),
      );
      expect(made).toEqual(stores.map(() => "applied"));
      expect((await stage.one.list(place.prefix)).refs).toHaveLength(5);
    });
  });
}
