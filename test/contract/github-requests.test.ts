/** What the GitHub store sends: how often it asks, what that costs, and until when it waits for an answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { RequestRecord } from "../hub/exchange.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type GitHubArena, openGitHubArena } from "./github-arena.ts";
import { change, placeOf } from "./stage.ts";

let arena: GitHubArena;
let places = 0;
let from = 0;

beforeAll(async () => {
  arena = await openGitHubArena();
});

beforeEach(() => {
  from = arena.hub.requests.length;
});

afterAll(async () => {
  await arena.close();
});

const newPlace = () => placeOf(`requests-${++places}`);

/** What came since the last call, or since the test began. */
function sent(): readonly RequestRecord[] {
  const records = arena.hub.requests.slice(from);
  from = arena.hub.requests.length;
  return records;
}

const brief = ({ method, route, graphql, status, counted }: RequestRecord) =>
  `${method} ${graphql?.operation ?? route.replace("/repos/{owner}/{repo}", "")} ${status}${counted ? "" : " free"}`;

describe("asking again", () => {
  test("for a tip costs nothing while it stays, and one request when it has moved", async () => {
    const { store } = await arena.client();
    const place = newPlace();
    const root = (await store.write("root", null)).oid;
    await arena.set(place.log, root);
    sent();
    for (let times = 0; times < 4; times++) expect(await store.tip(place.log)).toBe(root);
    expect(sent().map(brief)).toEqual([
      "GET /git/ref/{ref} 200",
      ...Array(3).fill("GET /git/ref/{ref} 304 free"),
    ]);
    const next = (await store.write("next", root)).oid;
    await arena.set(place.log, next);
    sent();
    expect([await store.tip(place.log), await store.tip(place.log)]).toEqual([next, next]);
    expect(sent().map(brief)).toEqual(["GET /git/ref/{ref} 200", "GET /git/ref/{ref} 304 free"]);
  });

  test("for a tip that went and came back is not answered from memory", async () => {
    const { store } = await arena.client();
    const place = newPlace();
    const root = (await store.write("root", null)).oid;
    await arena.set(place.log, root);
    expect(await store.tip(place.log)).toBe(root);
    await arena.set(place.log, null);
    expect(await store.tip(place.log)).toBeNull();
    sent();
    await arena.set(place.log, root);
    expect(await store.tip(place.log)).toBe(root);
    expect(sent().map(brief)).toEqual(["GET /git/ref/{ref} 200"]);
  });

  test("for a list costs nothing while it stays", async () => {
    const { store } = await arena.client();
    const place = newPlace();
    const oid = (await store.write("root", null)).oid;
    for (const ref of [place.log, place.marker]) await arena.set(ref, oid);
    sent();
    const first = await store.list(place.prefix);
    expect((await store.list(place.prefix)).refs).toEqual(first.refs);
    await arena.set(place.marker, null);
    expect((await store.list(place.prefix)).refs).toMatchObject([{ name: place.log, oid }]);
    expect(sent().map(brief)).toEqual([
      "GET /git/matching-refs/{ref} 200",
      "GET /git/matching-refs/{ref} 304 free",
      "GET /git/matching-refs/{ref} 200",
    ]);
  });

  test("for a commit that was written, read or listed before asks nobody", async () => {
    const { store } = await arena.client();
    const other = (await arena.client()).store;
    const root = await store.write("root", null);
    const child = await store.write("child", root.oid);
    await other.history(child.oid, 5);
    sent();
    for (const one of [store, other]) {
      expect(await one.read(root.oid)).toEqual(root);
      expect(await one.read(child.oid)).toEqual(child);
    }
    expect(sent()).toEqual([]);
  });

  test("is by one client: another's memory is its own", async () => {
    const [{ store }, other] = [await arena.client(), await arena.client()];
    const place = newPlace();
    expect(await store.tip(place.log)).toBeNull();
    await arena.set(place.log, (await store.write("root", null)).oid);
    expect(await other.store.tip(place.log)).toBe(await store.tip(place.log));
  });
});

describe("one call", () => {
  test("is one request, where GitHub answers GraphQL", async () => {
    const { store } = await arena.client();
    const place = newPlace();
    const root = (await store.write("root", null)).oid;
    await arena.set(place.log, root);
    const next = (await store.write("next", root)).oid;
    sent();
    await store.tipCommit(place.log);
    await store.transact([change(place.log, root, next), change(place.marker, null, next)]);
    await store.transact([change(place.ticket("1"), null, next)]);
    expect(sent().map(brief)).toEqual(["POST repository 200", "POST updateRefs 200", "POST /git/refs 201"]);
  });

  test("asks for the repository's node id once, beside the first list, where the event did not tell it", async () => {
    const { store } = await arena.client({ nodeId: null });
    const place = newPlace();
    const root = (await store.write("root", null)).oid;
    sent();
    await store.list(place.prefix);
    for (let times = 0, tip: string | null = null; times < 2; times++) {
      const next = times === 0 ? root : (await store.write("next", root)).oid;
      await store.transact([change(place.log, tip, next), change(place.marker, tip, next)]);
      tip = next;
    }
    expect(sent().map(({ route }) => route)).toEqual(
      expect.arrayContaining(["/repos/{owner}/{repo}", "/repos/{owner}/{repo}/git/matching-refs/{ref}"]),
    );
    expect(
      arena.hub.requests.slice(-5).filter(({ route }) => route === "/repos/{owner}/{repo}"),
    ).toHaveLength(1);
    expect(await arena.tip(place.log)).not.toBe(root);
  });

  test("asks for the node id again where that went wrong", async () => {
    const { store } = await arena.client({ nodeId: null });
    const place = newPlace();
    const root = (await store.write("root", null)).oid;
    const create = [change(place.log, null, root), change(place.marker, null, root)];
    arena.hub.faults.add({
      kind: "5xx-before",
      match: (request) => request.route === "/repos/{owner}/{repo}",
    });
    expect(await rejectionOf(store.transact(create))).toMatchObject({ kind: "unreachable" });
    expect(await store.transact(create)).toBe("applied");
  });

  test("goes the way that works from then on", async () => {
    const { store } = await arena.client({ grants: { updateRefs: "missing" } });
    const place = newPlace();
    const root = (await store.write("root", null)).oid;
    await arena.set(place.log, root);
    const next = (await store.write("next", root)).oid;
    const last = (await store.write("last", next)).oid;
    expect(store.way()).toBe("update-refs");
    sent();
    expect(await store.transact([change(place.log, root, next)])).toBe("applied");
    expect(sent().map(brief)).toEqual(["POST updateRefs 200", "PATCH /git/refs/{ref} 200"]);
    expect(store.way()).toBe("log-alone");
    expect(await store.transact([change(place.log, next, last)])).toBe("applied");
    expect(sent().map(brief)).toEqual(["PATCH /git/refs/{ref} 200"]);
  });

  test("does not leave the way that works for a marker that was somewhere else", async () => {
    const { store } = await arena.client();
    const place = newPlace();
    const root = (await store.write("root", null)).oid;
    for (const ref of [place.log, place.marker]) await arena.set(ref, root);
    const next = (await store.write("next", root)).oid;
    expect(await store.transact([change(place.log, root, next), change(place.marker, null, next)])).toBe(
      "conflict",
    );
    expect(await store.transact([change(place.log, root, next)])).toBe("applied");
    expect(store.way()).toBe("update-refs");
  });
});

test("a list tells which refs point at something that is no commit", async () => {
  const { store } = await arena.client();
  const place = newPlace();
  const commit = (await store.write("root", null)).oid;
  const blob = (await arena.repository.git(["hash-object", "-w", "--stdin"], "no commit")).trim();
  await arena.set(place.log, commit);
  await arena.set(place.marker, blob);
  const { refs } = await store.list(place.prefix);
  expect(refs.find(({ name }) => name === place.marker)).toMatchObject({ oid: blob, isCommit: false });
  expect(refs.find(({ name }) => name === place.log)?.isCommit).not.toBe(false);
});

describe("dates", () => {
  test("are the server's, in UTC, to the second", async () => {
    const { now } = arena.hub;
    arena.hub.now = () => new Date("2031-05-06T07:08:09.987Z");
    try {
      const { store } = await arena.client();
      const commit = await store.write("root", null);
      expect(commit.date).toBe("2031-05-06T07:08:09Z");
      const other = (await arena.client()).store;
      expect((await other.read(commit.oid)).date).toBe("2031-05-06T07:08:09Z");
      const place = newPlace();
      await arena.set(place.log, commit.oid);
      expect((await (await arena.client()).store.history(commit.oid, 1))[0]?.date).toBe(
        "2031-05-06T07:08:09Z",
      );
      expect((await other.tipCommit(place.log))?.date).toBe("2031-05-06T07:08:09Z");
      expect((await store.list(place.prefix)).readAtMs).toBe(Date.parse("2031-05-06T07:08:09Z"));
    } finally {
      arena.hub.now = now;
    }
  });

  test("move on with answers that change nothing", async () => {
    const { now } = arena.hub;
    const { store } = await arena.client();
    const place = newPlace();
    try {
      arena.hub.now = () => new Date("2031-05-06T07:08:09Z");
      await store.list(place.prefix);
      arena.hub.now = () => new Date("2031-05-06T07:09:00Z");
      expect((await store.list(place.prefix)).readAtMs).toBe(Date.parse("2031-05-06T07:09:00Z"));
      expect(sent().map(brief)).toEqual([
        "GET /git/matching-refs/{ref} 200",
        "GET /git/matching-refs/{ref} 304 free",
      ]);
    } finally {
      arena.hub.now = now;
    }
  });
});

describe("a server that wants the empty tree to exist", () => {
  test("is given a tree, once", async () => {
    const refusing = await arena.hub.addRepository("octo/no-empty-tree", { emptyTreeRefused: true });
    const { store } = await arena.client({ repository: refusing.fullName, nodeId: refusing.nodeId });
    sent();
    const root = await store.write("root", null);
    const child = await store.write("child", root.oid);
    expect(child.parents).toEqual([root.oid]);
    expect(sent().map(brief)).toEqual([
      "POST /git/commits 422",
      "POST /git/trees 201",
      "POST /git/commits 201",
      "POST /git/commits 201",
    ]);
  });
});

describe("a request without an answer", () => {
  test("ends by its own deadline of 20 seconds, whatever it was", async () => {
    const { store } = await arena.client();
    const place = newPlace();
    const root = (await store.write("root", null)).oid;
    await arena.set(place.log, root);
    const next = (await store.write("next", root)).oid;
    const deadlines: number[] = [];
    // The deadline is set as ever, and comes at once.
    const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
      deadlines.push(ms);
      const stop = new AbortController();
      setTimeout(
        () => stop.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")),
        50,
      );
      return stop.signal;
    });
    const calls = [() => store.list(place.prefix), () => store.tip(place.log), () => store.write("x", null)];
    try {
      for (const call of calls) {
        arena.hub.faults.add({ kind: "late", close: false });
        const error = await rejectionOf(call());
        expect(error).toMatchObject({ kind: "unreachable", message: expect.stringContaining("within 20 s") });
      }
      arena.hub.faults.add({ kind: "late", close: false });
      expect(await store.transact([change(place.log, root, next)])).toBe("unknown");
    } finally {
      timeout.mockRestore();
    }
    expect(deadlines).toEqual([20_000, 20_000, 20_000, 20_000]);
    expect(await arena.tip(place.log)).toBe(root);
  });
});
