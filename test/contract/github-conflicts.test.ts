/** Refusals of a change that do not say what they mean: which are conflicts, which are trouble, and which are nobody's lock at all. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Way } from "../../src/github/ref-store.ts";
import type { RefStore } from "../../src/lock/ports.ts";
import type { RefChange } from "../../src/lock/refs.ts";
import type { Fault } from "../hub/faults.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type GitHubArena, openGitHubArena } from "./github-arena.ts";
import { change, placeOf } from "./stage.ts";

const WAYS: readonly Way[] = ["update-refs", "log-alone"];

let arena: GitHubArena;
let store: RefStore;
let places = 0;

beforeAll(async () => {
  arena = await openGitHubArena();
  ({ store } = await arena.client());
});

afterAll(async () => {
  arena.hub.faults.clear();
  await arena.close();
});

const newPlace = () => placeOf(`refusal-${++places}`);

/** What the next request comes to, and what it was. */
async function hit(fault: Fault, call: () => Promise<unknown>) {
  const handle = arena.hub.faults.add(fault);
  try {
    return await rejectionOf(call());
  } finally {
    handle.remove();
  }
}

/** A log, and a change that would move it on. */
async function ready(): Promise<{ place: ReturnType<typeof placeOf>; move: RefChange }> {
  const place = newPlace();
  const root = (await store.write("root", null)).oid;
  await arena.set(place.log, root);
  return { place, move: change(place.log, root, (await store.write("next", root)).oid) };
}

describe("a ref that is in the way", () => {
  test.each([
    ["the lock's own folder", "", WAYS],
    ["the folder of logs", "log", WAYS],
    ["something below the log", "log/1/backup", WAYS],
  ] as const)("of %s: final, and named", async (_, below, ways) => {
    for (const way of ways) {
      const { store } = await arena.client({ way });
      const place = newPlace();
      const blocking = below === "" ? place.prefix.slice(0, -1) : place.prefix + below;
      const oid = (await store.write("x", null)).oid;
      await arena.set(blocking, oid);
      // GraphQL has no words for it that are known: what is refused once is tried the other way.
      const create = change(place.log, null, oid);
      const send = async () => {
        if ((await store.transact([create, change(place.marker, null, oid)])) !== "conflict") return;
        await store.transact([create, change(place.marker, null, oid)]);
      };
      const error = await rejectionOf(send());
      expect(error, way).toMatchObject({ kind: "foreign" });
      expect(error?.message, way).toContain(blocking);
      expect(error?.message, way).toContain("`namespace`");
    }
  });

  test("is looked for where a branch has the namespace's name", async () => {
    const { store } = await arena.client();
    const { oid } = await store.write("x", null);
    await arena.set("refs/heads/locks", oid);
    try {
      const error = await rejectionOf(store.transact([change("refs/heads/locks/a/queue/1", null, oid)]));
      expect(error).toMatchObject({ kind: "foreign", message: expect.stringContaining("refs/heads/locks ") });
    } finally {
      await arena.set("refs/heads/locks", null);
    }
  });
});

describe("a 422", () => {
  /** By the message of a refusal: a conflict says that the ref is elsewhere, and only some texts do. */
  const texts: readonly (readonly [string, number, string])[] = [
    ["Reference already exists", 422, "conflict"],
    ["Reference does not exist", 422, "conflict"],
    ["Update is not a fast forward", 422, "conflict"],
    ["Update is not a fast-forward", 422, "conflict"],
    ["Reference update failed", 422, "conflict"],
    ["Object does not exist", 422, "unknown"],
    ["refs/locks/a/log/1 is not a valid ref name.", 422, "denied"],
    ["Validation Failed", 422, "denied"],
    ["", 422, "denied"],
    ["Server Error", 500, "unknown"],
    ["Service Unavailable", 503, "unknown"],
  ];

  test.each(texts)("%j with status %d means: %s", async (message, status, meaning) => {
    const { store } = await arena.client({ way: "log-alone" });
    const { place, move } = await ready();
    const handle = arena.hub.faults.add({ kind: "refuse", status, message, match: { method: "PATCH" } });
    const outcome = await store.transact([move]).catch((error) => error.kind);
    expect([outcome, handle.hits.length]).toEqual([meaning, 1]);
    expect(await arena.tip(place.log)).toBe(move.from);
    expect(await store.transact([move])).toBe("applied");
  });
});

describe("trouble", () => {
  test.each([500, 502, 503, 504] as const)(
    "with status %d is worth repeating, and told with its request's id",
    async (status) => {
      const { place, move } = await ready();
      for (const kind of ["5xx-before", "5xx-after"] as const) {
        for (const call of [
          () => store.list(place.prefix),
          () => store.tip(place.log),
          () => store.write("x", null),
        ]) {
          const error = await hit({ kind, status }, call);
          expect(error).toMatchObject({ kind: "unreachable" });
          expect(error?.message).toMatch(new RegExp(`answered ${status}.*\\(request HUB:[0-9A-F]{8}\\)`));
        }
      }
      arena.hub.faults.add({ kind: "5xx-after", status });
      expect(await store.transact([move])).toBe("unknown");
      expect(await arena.tip(place.log)).toBe(move.to);
    },
  );

  test("of a replica that does not have a commit yet is worth repeating", async () => {
    const absent = "1".repeat(40);
    for (const call of [
      () => store.read(absent),
      () => store.history(absent, 5),
      () => store.write("x", absent),
    ])
      expect(await rejectionOf(call())).toMatchObject({ kind: "unreachable" });
    for (const way of WAYS) {
      const { store } = await arena.client({ way });
      const { move } = await ready();
      const [create, next] = [change(newPlace().log, null, absent), { ...move, to: absent }];
      // An answer that says nothing of where the ref is must not pass for one that does: not twice, at least.
      for (const one of [create, next]) {
        const outcomes = [await store.transact([one]), await store.transact([one])];
        expect(outcomes.at(-1), way).toBe("unknown");
      }
    }
  });
});
