/** The hub's ref routes: each status and text that GitHub is known to give, and races that one client must win. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiClient, apiClient } from "../hub/api-client.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import type { HubRepository } from "../hub/repository.ts";

let hub: Hub;
let repository: HubRepository;
let api: ApiClient;
let one: string;
let two: string;
let sibling: string;

beforeAll(async () => {
  hub = await startHub();
  repository = await hub.addRepository("octo/app");
  api = apiClient(hub.url, hub.addToken({ restLimit: 100_000 }));
  one = await api.commit("one");
  two = await api.commit("two", one);
  sibling = await api.commit("sibling", one);
});

afterAll(async () => {
  expect(hub.contractViolations).toEqual([]);
  await hub.close();
});

const create = (ref: string, sha = one) => api.call("POST", "git/refs", { ref, sha });
const tipOf = async (ref: string) => (await repository.refs(ref)).find((each) => each.name === ref)?.oid;

describe("create", () => {
  test("makes the ref in the real repository", async () => {
    const { status, json, headers } = await create("refs/locks/made/log/1");
    expect(status).toBe(201);
    expect(json).toMatchObject({ ref: "refs/locks/made/log/1", object: { sha: one, type: "commit" } });
    expect(headers.get("location")).toBe(`${hub.url}/repos/octo/app/git/refs/locks/made/log/1`);
    expect((await repository.git(["rev-parse", "refs/locks/made/log/1"])).trim()).toBe(one);
  });

  test.each([
    ["exists", "refs/locks/c/exists", "Reference already exists"],
    ["below a ref", "refs/locks/c/exists/below", "Reference update failed"],
    ["above a ref", "refs/locks/c", "Reference update failed"],
    ["too few slashes", "refs/locks", "Reference name must start with 'refs' and have at least two slashes."],
    ["not under refs", "locks/a/b", "Reference name must start with 'refs' and have at least two slashes."],
    ["no ref name", "refs/locks/a..b", "refs/locks/a..b is not a valid ref name."],
    ["a lock file's name", "refs/locks/a.lock", "refs/locks/a.lock is not a valid ref name."],
    ["a space", "refs/locks/a b", "refs/locks/a b is not a valid ref name."],
  ])("%s: 422", async (_, ref, message) => {
    await create("refs/locks/c/exists");
    const { status, json } = await create(ref);
    expect({ status, message: json.message }).toEqual({ status: 422, message });
    expect(json).toMatchObject({ documentation_url: expect.any(String), status: "422" });
  });

  test("an object that is not there: 422", async () => {
    const { status, json } = await create("refs/locks/c/nothing", "1".repeat(40));
    expect({ status, message: json.message }).toEqual({ status: 422, message: "Object does not exist" });
  });

  test("a body of the wrong shape: 422 here, and a breach of the contract", async () => {
    const before = hub.contractViolations.length;
    expect((await api.call("POST", "git/refs", { ref: "refs/locks/c/shape" })).status).toBe(422);
    expect((await api.call("POST", "git/refs", { ref: "refs/locks/c/shape", sha: "abc" })).status).toBe(422);
    expect((await api.call("POST", "git/refs", "{")).status).toBe(400);
    const told = hub.contractViolations.splice(before);
    expect(told).toEqual([expect.stringContaining('"missingProperty":"sha"')]);
  });
});

describe("read", () => {
  test("one ref is exact, with plain and with encoded slashes", async () => {
    await create("refs/locks/r=20x/holder/1");
    expect((await api.call("GET", "git/ref/locks/r=20x/holder/1")).json.object.sha).toBe(one);
    expect((await api.call("GET", "git/ref/locks%2Fr%3D20x%2Fholder%2F1")).status).toBe(200);
    const { status, json } = await api.call("GET", "git/ref/locks/r=20x/holder");
    expect({ status, message: json.message }).toEqual({ status: 404, message: "Not Found" });
  });

  test("a list is by prefix, and empty where nothing fits", async () => {
    for (const ref of ["refs/locks/p/x", "refs/locks/p/xy", "refs/locks/px"]) await create(ref);
    const names = async (prefix: string) =>
      (await api.call("GET", `git/matching-refs/${prefix}`)).json.map((ref: { ref: string }) => ref.ref);
    expect(await names("locks/p/x")).toEqual(["refs/locks/p/x", "refs/locks/p/xy"]);
    expect(await names("locks/p/")).toEqual(["refs/locks/p/x", "refs/locks/p/xy"]);
    expect(await names("locks/p")).toEqual(["refs/locks/p/x", "refs/locks/p/xy", "refs/locks/px"]);
    expect(await names("locks%2Fnone%2F")).toEqual([]);
    expect(await names("")).toContain("refs/heads/main");
  });

  test("a change made beside the hub is seen at once", async () => {
    await create("refs/locks/beside/1");
    await repository.git(["update-ref", "refs/locks/beside/1", two]);
    expect((await api.call("GET", "git/ref/locks/beside/1")).json.object.sha).toBe(two);
    await repository.packRefs();
    await repository.git(["update-ref", "-d", "refs/locks/beside/1"]);
    expect((await api.call("GET", "git/ref/locks/beside/1")).status).toBe(404);
  });
});

describe("update", () => {
  test("forward: 200; sideways and back: 422; forced: 200", async () => {
    await create("refs/locks/u/1");
    const patch = (sha: string, force?: boolean) =>
      api.call("PATCH", "git/refs/locks%2Fu%2F1", { sha, force });
    expect((await patch(two)).status).toBe(200);
    const { status, json } = await patch(sibling, false);
    expect({ status, message: json.message }).toEqual({
      status: 422,
      message: "Update is not a fast forward",
    });
    expect((await patch(one)).status).toBe(422);
    expect(await tipOf("refs/locks/u/1")).toBe(two);
    expect((await patch(sibling, true)).json.object.sha).toBe(sibling);
  });

  test("forward over several commits is asked of git", async () => {
    const far = await api.commit("far", await api.commit("near", two));
    await create("refs/locks/u/far");
    expect((await api.call("PATCH", "git/refs/locks/u/far", { sha: far })).status).toBe(200);
  });

  test("an absent ref: 422; an absent object: 500", async () => {
    await create("refs/locks/u/2");
    const absent = await api.call("PATCH", "git/refs/locks/u/none", { sha: one });
    expect([absent.status, absent.json.message]).toEqual([422, "Reference does not exist"]);
    expect((await api.call("PATCH", "git/refs/locks/u/2", { sha: "1".repeat(40) })).status).toBe(500);
  });
});

describe("delete", () => {
  test("204 without a body, then 422; nothing is compared", async () => {
    await create("refs/locks/d/1");
    const { status, json } = await api.call("DELETE", "git/refs/locks/d/1");
    expect([status, json]).toEqual([204, null]);
    const again = await api.call("DELETE", "git/refs/locks/d/1");
    expect([again.status, again.json.message]).toEqual([422, "Reference does not exist"]);
    expect(await tipOf("refs/locks/d/1")).toBeUndefined();
  });
});

test("an empty repository: 409 everywhere", async () => {
  await hub.addRepository("octo/empty", { empty: true });
  const empty = apiClient(hub.url, hub.addToken(), "octo/empty");
  const replies = [
    await empty.call("POST", "git/refs", { ref: "refs/locks/a/1", sha: one }),
    await empty.call("GET", "git/matching-refs/locks/"),
    await empty.call("GET", "git/ref/heads/main"),
    await empty.call("POST", "git/commits", { message: "x", tree: one, parents: [] }),
  ];
  for (const { status, json } of replies) {
    expect([status, json.message]).toEqual([409, "Git Repository is empty."]);
  }
});

describe("races on one ref, twenty at once", () => {
  const twenty = Array.from({ length: 20 }, (_, index) => index);

  test("of PATCHes to siblings one wins", async () => {
    await create("refs/locks/race/patch", two);
    const rivals = await Promise.all(twenty.map((index) => api.commit(`rival ${index}`, two)));
    const replies = await Promise.all(
      rivals.map((sha) => api.call("PATCH", "git/refs/locks/race/patch", { sha, force: false })),
    );
    const won = rivals.filter((_, index) => replies[index]?.status === 200);
    expect(won).toEqual([await tipOf("refs/locks/race/patch")]);
    expect(replies.filter(({ json }) => json.message === "Update is not a fast forward")).toHaveLength(19);
  });

  test("of creates one wins", async () => {
    const replies = await Promise.all(twenty.map(() => create("refs/locks/race/create")));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ json }) => json.message === "Reference already exists")).toHaveLength(19);
  });

  test("creates and deletes in one folder do not disturb each other", async () => {
    const rounds = await Promise.all(
      twenty.map(async (index) => {
        const made = await create(`refs/locks/race/folder/${index}`);
        const gone = await api.call("DELETE", `git/refs/locks/race/folder/${index}`);
        return [made.status, gone.status];
      }),
    );
    expect(rounds).toEqual(twenty.map(() => [201, 204]));
  });
});
