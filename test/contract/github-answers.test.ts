/** Answers that no test server would give by itself: broken off, in unknown words, from another address. And what errors give away. */
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { GitHubRefStore } from "../../src/github/ref-store.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Front, startFront, type Tampering } from "./front.ts";
import { type GitHubArena, openGitHubArena } from "./github-arena.ts";
import { change, placeOf } from "./stage.ts";

let arena: GitHubArena;
let front: Front;
let store: GitHubRefStore;
let token: string;
let places = 0;

beforeAll(async () => {
  arena = await openGitHubArena();
  front = await startFront(arena.hub.url);
  ({ store, token } = await arena.client({ apiUrl: front.url }));
});

afterEach(() => {
  front.tamper = () => null;
});

afterAll(async () => {
  await front.close();
  await arena.close();
});

/** A log at a commit, and one that would follow it. */
async function ready() {
  const place = placeOf(`answers-${++places}`);
  const root = (await store.write("root", null)).oid;
  await arena.set(place.log, root);
  return { place, root, next: (await store.write("next", root)).oid };
}

describe("an answer that broke off", () => {
  const cuts: readonly (readonly [string, Tampering])[] = [
    ["with the connection", { cut: { bytes: 20, as: "broken" } }],
    ["before its first byte", { cut: { bytes: 0, as: "broken" } }],
    ["and looks whole", { cut: { bytes: 20, as: "whole" } }],
    ["and is empty", { cut: { bytes: 0, as: "whole" } }],
    [
      "and is a proxy's page",
      { headers: { "content-type": "text/html" }, body: "<html>Welcome to our hotel</html>" },
    ],
    ["and is null", { body: "null" }],
    ["and is an empty object", { body: "{}" }],
    ["and is an empty list", { body: "[]" }],
  ];

  test.each(cuts)("%s is worth repeating, wherever it comes", async (_, tampering) => {
    const { place, root } = await ready();
    const fresh = (await arena.client({ apiUrl: front.url })).store;
    front.tamper = () => tampering;
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      tip: () => fresh.tip(place.log),
      read: () => fresh.read(root),
      history: () => fresh.history(root, 5),
      write: () => fresh.write("x", null),
      // An empty list is a list.
      ...(tampering.body === "[]" ? {} : { list: () => fresh.list(place.prefix) }),
    };
    const kinds: Record<string, unknown> = {};
    for (const [name, call] of Object.entries(calls)) {
      const error = await rejectionOf(call());
      kinds[name] = error !== null && "kind" in error ? error.kind : error;
    }
    expect(kinds).toEqual(Object.fromEntries(Object.keys(calls).map((name) => [name, "unreachable"])));
  });

  test.each(cuts)("%s leaves open whether the change was made", async (_, tampering) => {
    const { place, root, next } = await ready();
    front.tamper = () => tampering;
    expect(await store.transact([change(place.log, root, next)])).toBe("unknown");
    expect(await arena.tip(place.log)).toBe(next);
  });

  test("is asked for again over another tip, and not taken for the answer before", async () => {
    const { place, root, next } = await ready();
    expect(await store.tip(place.log)).toBe(root);
    await arena.set(place.log, next);
    front.tamper = () => ({ cut: { bytes: 20, as: "whole" } });
    expect(await rejectionOf(store.tip(place.log))).toMatchObject({ kind: "unreachable" });
    front.tamper = () => null;
    expect(await store.tip(place.log)).toBe(next);
  });
});

describe("what GraphQL says of a change", () => {
  const errors = (message: string, type?: string): string =>
    JSON.stringify({ data: { updateRefs: null }, errors: [{ message, ...(type && { type }) }] });

  test.each([
    [
      "Something went wrong while executing your query. Please include `1F` when reporting this issue.",
      undefined,
      "unknown",
    ],
    [
      "Something went wrong while executing your query on 2026-11-21. This may be the result of a timeout",
      undefined,
      "unknown",
    ],
    ["API rate limit exceeded for installation.", "RATE_LIMITED", "throttled"],
    ["You have exceeded a secondary rate limit.", undefined, "throttled"],
    ["Reference cannot be updated", "UNPROCESSABLE", "conflict"],
    ["is at 0123 but expected 4567", undefined, "conflict"],
    ["in words that nobody has seen", "STALE_DATA", "conflict"],
    // No `updateRefs` here: the other way makes the change.
    ["Field 'updateRefs' doesn't exist on type 'Mutation'", undefined, "applied"],
    ["Resource not accessible by integration", "FORBIDDEN", "applied"],
  ])("%j (%s): %s", async (message, type, meaning) => {
    const { place, root, next } = await ready();
    const { store } = await arena.client({ apiUrl: front.url });
    front.tamper = ({ body }) =>
      body.includes("updateRefs") ? { instead: true, body: errors(message, type) } : null;
    const outcome = await store.transact([change(place.log, root, next)]).catch((error) => error.kind);
    expect(outcome).toBe(meaning);
    expect(await arena.tip(place.log)).toBe(meaning === "applied" ? next : root);
    expect(store.way()).toBe(meaning === "applied" ? "log-alone" : "update-refs");
    // What was refused in unknown words goes the way whose words are known.
    if (meaning === "conflict") expect(await store.transact([change(place.log, root, next)])).toBe("applied");
  });

  test.each([
    ["nothing", "{}"],
    ["no payload", '{"data":{"updateRefs":null}}'],
    ["null", '{"data":null}'],
  ])("%s is no answer", async (_, body) => {
    const { place, root, next } = await ready();
    front.tamper = () => ({ instead: true, body });
    expect(await store.transact([change(place.log, root, next)])).toBe("unknown");
  });

  test.each([
    ["another error", JSON.stringify({ errors: [{ message: "no such ref" }] })],
    ["nothing there", JSON.stringify({ data: { repository: { object: null } } })],
    ["an object of another type", JSON.stringify({ data: { repository: { object: {} } } })],
    ["no repository", JSON.stringify({ data: { repository: null } })],
  ])("of a ref, %s, is asked for over REST", async (_, body) => {
    const { place, root } = await ready();
    front.tamper = ({ path }) => (path === "/graphql" ? { instead: true, body } : null);
    expect(await store.tipCommit(place.log)).toMatchObject({ oid: root, message: "root" });
    expect(await store.tipCommit(place.marker)).toBeNull();
  });
});

describe("a GitHub Enterprise Server", () => {
  test("has REST below /api/v3, and GraphQL beside it", async () => {
    const enterprise = await startFront(arena.hub.url, (path) => {
      if (path === "/api/graphql") return "/graphql";
      return path.startsWith("/api/v3/repos/") ? path.slice("/api/v3".length) : null;
    });
    try {
      const { store } = await arena.client({ apiUrl: `${enterprise.url}/api/v3`, nodeId: null });
      const place = placeOf("enterprise");
      const root = (await store.write("root", null)).oid;
      expect((await store.list(place.prefix)).refs).toEqual([]);
      expect(await store.transact([change(place.log, null, root), change(place.marker, null, root)])).toBe(
        "applied",
      );
      expect(await store.tipCommit(place.log)).toMatchObject({ oid: root });
      expect(await store.tip(place.log)).toBe(root);
      expect(store.way()).toBe("update-refs");
      expect(enterprise.seen).toContain("POST /api/graphql");
      expect(enterprise.seen.filter((one) => !/ \/api\/(v3\/repos\/octo\/app|graphql)/.test(one))).toEqual(
        [],
      );
    } finally {
      await enterprise.close();
    }
  });
});

describe("an error", () => {
  /** All that a logger or a crash would print of it: properties, causes, hidden ones too. */
  const printed = (error: unknown): string =>
    `${inspect(error, { depth: 20, showHidden: true, getters: true })}\n${(error as Error).stack}\n${JSON.stringify(error)}`;

  test.each<[string, Tampering]>([
    [
      "of a missing permission",
      { instead: true, status: 403, body: '{"message":"Resource not accessible by integration"}' },
    ],
    ["of an expired token", { instead: true, status: 401, body: '{"message":"Bad credentials"}' }],
    ["of a rate limit", { instead: true, status: 429, body: "{}" }],
    ["of a server in trouble", { instead: true, status: 502, body: "<html>" }],
    ["of a refusal", { instead: true, status: 422, body: '{"message":"Validation Failed"}' }],
    ["of an answer that broke off", { cut: { bytes: 5, as: "broken" } }],
    ["of an answer that is none", { cut: { bytes: 5, as: "whole" } }],
    [
      "of GraphQL",
      { instead: true, status: 200, body: '{"errors":[{"message":"API rate limit","type":"RATE_LIMITED"}]}' },
    ],
  ])("%s does not give the token away, however it is printed", async (_, tampering) => {
    const { place, root, next } = await ready();
    const alone = (await arena.client({ apiUrl: front.url, way: "log-alone" })).store;
    front.tamper = () => tampering;
    const move = [change(place.log, root, next)];
    const calls = [
      ...[() => store.list(`${place.prefix}x/`), () => store.tip(place.log), () => store.write("x", null)],
      ...[() => store.transact(move), () => alone.transact(move), () => store.history(root, 3)],
      () => store.tipCommit(place.log),
    ];
    let errors = 0;
    for (const call of calls) {
      const error = await rejectionOf(call());
      if (error === null) continue;
      errors++;
      expect(printed(error)).not.toContain(token);
      expect(printed(error)).not.toContain(token.slice(4));
      expect(error.message).not.toMatch(/undefined|\[object/);
    }
    expect(errors).toBeGreaterThan(2);
  });

  test("of an address at which nobody listens does not either", async () => {
    const closed = await startFront(arena.hub.url);
    await closed.close();
    const nowhere = await arena.client({ apiUrl: closed.url });
    const error = await rejectionOf(nowhere.store.list("refs/locks/a/"));
    expect(error).toMatchObject({ kind: "unreachable" });
    expect(printed(error)).not.toContain(nowhere.token);
    expect(printed(error)).toContain("ECONNREFUSED");
  });
});
