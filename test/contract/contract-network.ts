/**
 * The part of the contract about requests and answers that get lost.
 */
import { describe, expect, test } from "vitest";
import type { RefStore } from "../../src/lock/ports.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { change, type Promises, type Stage } from "./stage.ts";

export function lostRequests(stage: Stage, { local = [] }: Promises): void {
  describe("when the network fails", () => {
    test.each(["request", "answer"] as const)(
      "a transaction whose %s is lost is unknown, and can be sent again",
      async (what) => {
        const place = stage.newPlace();
        const root = await stage.begun(place);
        const claim = await stage.write(stage.one, root);
        const taken = [change(place.log, root, claim), change(place.marker, null, claim)];
        // Which way this client goes is found out before, so that it is the change that gets lost.
        const warm = stage.newPlace();
        const warmed = await stage.write(stage.one, await stage.begun(warm));
        expect(
          await stage.transact(
            stage.one,
            change(warm.log, (await stage.arena.tip(warm.log)) ?? null, warmed),
          ),
        ).toBe("applied");
        stage.arena.lose(what);
        expect(await stage.one.transact(taken)).toBe("unknown");
        expect(await stage.arena.tip(place.log)).toBe(what === "request" ? root : claim);
        expect(await stage.one.transact(taken)).not.toBe("unknown");
        expect(await stage.arena.tip(place.log)).toBe(claim);
      },
    );

    test.each(["request", "answer"] as const)(
      "a ticket whose %s is lost is unknown, and can be sent again",
      async (what) => {
        const ref = stage.newPlace().ticket("1");
        const oid = await stage.write(stage.one);
        for (const [from, to] of [
          [null, oid],
          [oid, null],
        ] as const) {
          stage.arena.lose(what);
          expect(await stage.one.transact([change(ref, from, to)])).toBe("unknown");
          expect(await stage.one.transact([change(ref, from, to)])).not.toBe("unknown");
          expect(await stage.arena.tip(ref)).toBe(to);
        }
      },
    );

    test("every other call is worth repeating", async () => {
      const place = stage.newPlace();
      const root = await stage.begun(place);
      const calls: Partial<Record<keyof RefStore, (store: RefStore) => Promise<unknown>>> = {
        list: (store) => store.list(place.prefix),
        tip: (store) => store.tip(place.log),
        read: (store) => store.read(root),
        history: (store) => store.history(root, 5),
        write: (store) => store.write("again", root),
      };
      for (const name of local) delete calls[name];
      for (const [name, call] of Object.entries(calls)) {
        // A client that has not read the commit before; but what it begins by finding out about the repository is not what gets lost.
        const store = await stage.arena.connect();
        await store.list(stage.newPlace().prefix);
        for (const what of ["request", "answer"] as const) {
          stage.arena.lose(what);
          expect(await rejectionOf(call(store)), `${name}, ${what} lost`).toMatchObject({
            kind: "unreachable",
          });
        }
        expect(await rejectionOf(call(store)), name).toBeNull();
      }
    });
  });
}
