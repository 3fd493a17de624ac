/** What GitHub refuses, and what becomes of it: which refusals end the wait, which are waited out, and what the user is told to do. */
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

describe("a pause that GitHub asks for", () => {
  const faults: readonly (readonly [string, Fault, number, number])[] = [
    ["with retry-after", { kind: "secondary-limit", retryAfterSeconds: 61 }, 61_000, 61_000],
    ["with retry-after, as 429", { kind: "secondary-limit", status: 429, retryAfterSeconds: 7 }, 7000, 7000],
    ["without a header", { kind: "secondary-limit", retryAfterSeconds: null }, 60_000, 60_000],
    [
      "without a header, as 429",
      { kind: "secondary-limit", status: 429, retryAfterSeconds: null },
      60_000,
      60_000,
    ],
    ["with retry-after 0", { kind: "secondary-limit", retryAfterSeconds: 0 }, 1, 60_000],
    ["until the hour is over", { kind: "primary-limit", resetSeconds: 600 }, 598_000, 601_000],
    ["until an hour that is just over", { kind: "primary-limit", resetSeconds: -5 }, 1, 60_000],
    [
      "in the words of old",
      { kind: "refuse", status: 403, message: "You have triggered an abuse detection mechanism." },
      ...([60_000, 60_000] as const),
    ],
  ];

  test.each(faults)("%s", async (_, fault, atLeastMs, atMostMs) => {
    const { place, move } = await ready();
    const calls = {
      list: () => store.list(place.prefix),
      tip: () => store.tip(place.log),
      write: () => store.write("x", null),
      transact: () => store.transact([move]),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await hit(fault, call);
      expect(error, name).toMatchObject({ name: "LockError", kind: "throttled" });
      const { retryAfterMs = 0 } = error as { retryAfterMs?: number };
      expect(retryAfterMs, name).toBeGreaterThanOrEqual(atLeastMs);
      expect(retryAfterMs, name).toBeLessThanOrEqual(atMostMs);
      expect(error?.message, name).toMatch(/pause of \d+ s.*\(request HUB:[0-9A-F]{8}\)/);
    }
    expect(await arena.tip(place.log)).toBe(move.from);
  });

  test("is told apart from the budget of an hour", async () => {
    const primary = await hit({ kind: "primary-limit" }, () => store.list("refs/locks/a/"));
    expect(primary?.message).toContain("hourly budget");
    const secondary = await hit({ kind: "secondary-limit" }, () => store.list("refs/locks/a/"));
    expect(secondary?.message).not.toContain("hourly budget");
  });

  test("by the server's own count: REST", async () => {
    const { store } = await arena.client({ grants: { restLimit: 1 } });
    await store.list("refs/locks/a/");
    const error = await rejectionOf(store.list("refs/locks/b/"));
    expect(error).toMatchObject({ kind: "throttled" });
    const { retryAfterMs = 0 } = error as { retryAfterMs?: number };
    expect(retryAfterMs).toBeGreaterThan(3_500_000);
  });

  test("by the server's own count: GraphQL's points, for a minute at least", async () => {
    const { store } = await arena.client({ grants: { graphqlLimit: 0 } });
    const { place, move } = await ready();
    const error = await rejectionOf(store.transact([move]));
    expect(error).toMatchObject({ kind: "throttled" });
    expect((error as { retryAfterMs?: number }).retryAfterMs).toBeGreaterThanOrEqual(60_000);
    expect(await arena.tip(place.log)).toBe(move.from);
  });

  test("by the server's own count: GraphQL's points, until their hour is over, as its headers say", async () => {
    const { store } = await arena.client({ grants: { graphqlLimit: 0 } });
    const error = await rejectionOf(store.transact([(await ready()).move]));
    expect((error as { retryAfterMs?: number }).retryAfterMs).toBeGreaterThan(3_500_000);
  });
});

describe("a permission that is missing", () => {
  test.each(WAYS)("to write, by %s: final, and what to write where", async (way) => {
    const { store } = await arena.client({ grants: { contents: "read" }, way });
    const { place, move } = await ready();
    for (const call of [() => store.write("x", null), () => store.transact([move])]) {
      const error = await rejectionOf(call());
      expect(error).toMatchObject({ name: "LockError", kind: "denied" });
      expect(error?.message).toContain("permissions: { contents: write, actions: read }");
      expect(error?.message).toContain("`contents: write` is what is missing");
      expect(error?.message).toContain("octo/app");
      expect(error?.message).toMatch(/fork/);
    }
    expect(await arena.tip(place.log)).toBe(move.from);
    expect(await store.tip(place.log)).toBe(move.from);
  });

  test("to read, names that one", async () => {
    const { store } = await arena.client({ grants: { contents: "none" } });
    const error = await rejectionOf(store.list("refs/locks/a/"));
    expect(error).toMatchObject({
      kind: "denied",
      message: expect.stringContaining("`contents: read` is what is missing"),
    });
  });

  test.each(WAYS)("because the token has ended, by %s: final, and why that is", async (way) => {
    const { store, token } = await arena.client({ way });
    const { place, move } = await ready();
    arena.hub.token(token).expired = true;
    const calls = [() => store.list(place.prefix), () => store.tip(place.log), () => store.write("x", null)];
    for (const call of [...calls, () => store.transact([move])]) {
      const error = await rejectionOf(call());
      expect(error).toMatchObject({
        kind: "denied",
        message: expect.stringMatching(/expired.*24 hours.*`token`/),
      });
    }
  });

  test("because the repository is hidden from the token: final, and names it", async () => {
    const { store } = await arena.client({ grants: { repositories: [] } });
    for (const call of [() => store.list("refs/locks/a/"), () => store.write("x", null)]) {
      const error = await rejectionOf(call());
      expect(error).toMatchObject({ kind: "denied", message: expect.stringContaining("octo/app") });
      expect(error?.message).toContain("`repository`");
    }
  });

  test("because there is no such repository", async () => {
    const { store } = await arena.client({ repository: "octo/nothing", nodeId: null });
    const error = await rejectionOf(store.list("refs/locks/a/"));
    expect(error).toMatchObject({ kind: "denied", message: expect.stringContaining("octo/nothing") });
  });

  test("because a ruleset covers the refs: final, and what to do about it", async () => {
    const { store } = await arena.client({ way: "log-alone" });
    const { move } = await ready();
    const message = "Repository rule violations found\n\nCannot update this protected ref.";
    const error = await hit({ kind: "refuse", status: 422, message }, () => store.transact([move]));
    expect(error).toMatchObject({
      kind: "denied",
      message: expect.stringMatching(/rule violations.*`namespace`/s),
    });
  });
});

test("an empty repository is said to be one by the list, which is asked for first", async () => {
  await arena.hub.addRepository("octo/empty", { empty: true });
  const { store } = await arena.client({ repository: "octo/empty", nodeId: null });
  const error = await rejectionOf(store.list("refs/locks/a/"));
  expect(error).toMatchObject({ kind: "usage", message: expect.stringMatching(/octo\/empty has no commit/) });
});
