/** The hub's GraphQL: `updateRefs` as one transaction, its refusals, and the few queries that a lock needs. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiClient, apiClient } from "../hub/api-client.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { ZERO_OID } from "../hub/objects.ts";
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
  api = apiClient(hub.url, hub.addToken({ label: "main" }));
  one = await api.commit("one");
  two = await api.commit("two", one);
  sibling = await api.commit("sibling", one);
});

afterAll(async () => {
  expect(hub.contractViolations).toEqual([]);
  await hub.close();
});

const update = (...refUpdates: Parameters<ApiClient["updateRefs"]>[1]) =>
  api.updateRefs(repository.nodeId, refUpdates);
const tipOf = async (ref: string) => (await repository.refs(ref)).find((each) => each.name === ref)?.oid;
const applied = { data: { updateRefs: { clientMutationId: null } } };

describe("updateRefs", () => {
  test("creates, moves, verifies and deletes several refs in one transaction", async () => {
    const [log, holder, ticket] = ["refs/locks/t/log/1", "refs/locks/t/holder/1", "refs/locks/t/queue/1"];
    const made = await update(
      { name: log, beforeOid: ZERO_OID, afterOid: one },
      { name: holder, beforeOid: ZERO_OID, afterOid: one },
      { name: ticket, afterOid: one },
    );
    expect([made.status, made.json]).toEqual([200, applied]);
    const moved = await update(
      { name: log, beforeOid: one, afterOid: two },
      { name: holder, beforeOid: one, afterOid: one },
      { name: ticket, beforeOid: one, afterOid: ZERO_OID },
    );
    expect(moved.json).toEqual(applied);
    expect(await repository.refs("refs/locks/t/")).toMatchObject([
      { name: holder, oid: one },
      { name: log, oid: two },
    ]);
    const changes = (await repository.oracle()).filter((record) => record.ref.startsWith("refs/locks/t/"));
    const [first] = changes;
    expect(changes.map((record) => record.transaction - (first?.transaction ?? 0))).toEqual([0, 0, 0, 1, 1]);
  });

  test.each([
    ["another value", { beforeOid: "sibling", afterOid: "two" }],
    ["must not exist", { beforeOid: "zero", afterOid: "one" }],
    ["verified", { beforeOid: "two", afterOid: "two" }],
    ["deleted", { beforeOid: "two", afterOid: "zero" }],
  ])("a mismatch of one (%s) changes none", async (what, { beforeOid, afterOid }) => {
    const names: Record<string, string> = { one, two, sibling, zero: ZERO_OID };
    const name = `refs/locks/m/${what.replaceAll(" ", "-")}`;
    await update({ name, afterOid: one });
    const { status, json } = await update(
      { name: `${name}-beside`, beforeOid: ZERO_OID, afterOid: one },
      { name, beforeOid: names[beforeOid] ?? "", afterOid: names[afterOid] ?? "" },
    );
    expect(status).toBe(200);
    expect(json).toEqual({
      data: { updateRefs: null },
      errors: [expect.objectContaining({ type: "UNPROCESSABLE", path: ["updateRefs"] })],
    });
    expect(await tipOf(name)).toBe(one);
    expect(await tipOf(`${name}-beside`)).toBeUndefined();
  });

  test("sideways only with force; an absent object, a bad name and a folder in the way never", async () => {
    const name = "refs/locks/f/1";
    await update({ name, afterOid: two });
    const message = async (...updates: Parameters<ApiClient["updateRefs"]>[1]) =>
      (await update(...updates)).json.errors[0].message;
    expect(await message({ name, beforeOid: two, afterOid: sibling })).toBe("Update is not a fast forward");
    expect(await message({ name, afterOid: sibling })).toBe("Update is not a fast forward");
    expect(await message({ name, afterOid: "1".repeat(40) })).toContain("does not exist");
    expect(await message({ name: "refs/locks/a..b", afterOid: one })).toContain("not a valid ref name");
    expect(await message({ name: `${name}/below`, afterOid: one })).toBe("Reference update failed");
    expect((await update({ name, beforeOid: two, afterOid: sibling, force: true })).json).toEqual(applied);
    expect(await tipOf(name)).toBe(sibling);
  });

  test("the words of a mismatch can be set", async () => {
    repository.options.updateRefsMismatch = "stale info for {ref}";
    const { json } = await update({ name: "refs/locks/w/1", beforeOid: two, afterOid: one });
    delete repository.options.updateRefsMismatch;
    expect(json.errors[0].message).toBe("stale info for refs/locks/w/1");
  });

  test("of twenty at once one wins", async () => {
    const name = "refs/locks/race/log/1";
    await update({ name, afterOid: one });
    const rivals = await Promise.all(
      Array.from({ length: 20 }, (_, index) => api.commit(`rival ${index}`, one)),
    );
    const replies = await Promise.all(
      rivals.map((afterOid, index) =>
        update(
          { name, beforeOid: one, afterOid },
          { name: `refs/locks/race/mine/${index}`, beforeOid: ZERO_OID, afterOid },
        ),
      ),
    );
    const won = rivals.filter((_, index) => replies[index]?.json.data.updateRefs !== null);
    expect(won).toEqual([await tipOf(name)]);
    expect((await repository.refs("refs/locks/race/mine/")).map((ref) => ref.oid)).toEqual(won);
  });
});

describe("where updateRefs is not to be had", () => {
  const updates = () => [{ name: "refs/locks/no/1", afterOid: one }];

  test("refused: an error for custom refs, branches still work, nothing is applied", async () => {
    const client = apiClient(hub.url, hub.addToken({ updateRefs: "refused" }));
    const { json } = await client.updateRefs(repository.nodeId, updates());
    expect(json.errors[0]).toMatchObject({ type: "UNPROCESSABLE" });
    expect(await tipOf("refs/locks/no/1")).toBeUndefined();
    const branch = [{ name: "refs/heads/yes", afterOid: one }];
    expect((await client.updateRefs(repository.nodeId, branch)).json).toEqual(applied);
  });

  test("missing: the error of a schema without it", async () => {
    const old = await hub.addRepository("octo/old", { updateRefs: "missing" });
    const { status, json } = await api.updateRefs(old.nodeId, updates());
    expect(status).toBe(200);
    expect(json.data).toBeUndefined();
    expect(json.errors).toMatchObject([
      {
        message: "Field 'updateRefs' doesn't exist on type 'Mutation'",
        extensions: { code: "undefinedField" },
      },
    ]);
  });

  test("no permission, no such repository", async () => {
    const reader = apiClient(hub.url, hub.addToken({ contents: "read" }));
    const { json } = await reader.updateRefs(repository.nodeId, updates());
    expect(json.errors[0]).toMatchObject({
      type: "FORBIDDEN",
      message: "Resource not accessible by integration",
    });
    expect((await api.updateRefs("R_none", updates())).json.errors[0].type).toBe("NOT_FOUND");
  });
});

describe("queries", () => {
  const object = (expression: string) =>
    api.graphql(
      `query($e: String!) { repository(owner: "octo", name: "app") { id object(expression: $e) {
        ... on Commit { oid message committedDate parents(first: 1) { nodes { oid } } } } } }`,
      { e: expression },
    );

  test("an object by ref, by oid and by expression", async () => {
    await update({ name: "refs/locks/q/log/1", afterOid: two });
    const { json } = await object("refs/locks/q/log/1");
    expect(json.data.repository).toMatchObject({
      id: repository.nodeId,
      object: { oid: two, message: "two", parents: { nodes: [{ oid: one }] } },
    });
    expect((await object(one)).json.data.repository.object.oid).toBe(one);
    expect((await object("refs/locks/q/log/1~1")).json.data.repository.object.oid).toBe(one);
    expect((await object("main")).json.data.repository.object.message).toBe("First commit\n");
    expect((await object("refs/locks/none")).json.data.repository.object).toBeNull();
  });

  test("a ref, a node, the limit", async () => {
    const { json } = await api.graphql(
      `query($id: ID!) { node(id: $id) { ... on Repository { nameWithOwner
        ref(qualifiedName: "refs/heads/main") { name prefix target { oid } } } }
        rateLimit { remaining cost resetAt } }`,
      { id: repository.nodeId },
    );
    expect(json.data.node).toMatchObject({
      nameWithOwner: "octo/app",
      ref: { name: "main", prefix: "refs/heads/" },
    });
    expect(json.data.rateLimit).toMatchObject({ cost: 1, remaining: expect.any(Number) });
  });

  test("a server that shows only heads and tags", async () => {
    repository.options.objectOutsideHeads = "null";
    const hidden = await object("refs/locks/q/log/1");
    const shown = await object("refs/heads/main");
    delete repository.options.objectOutsideHeads;
    expect(hidden.json.data.repository.object).toBeNull();
    expect(shown.json.data.repository.object).not.toBeNull();
  });

  test("what GitHub's schema does not have is refused, and named in the record", async () => {
    const before = hub.contractViolations.length;
    const { json } = await api.graphql("{ repository(owner: 1, nam: 2) { idd } }");
    expect(json.errors.length).toBeGreaterThan(1);
    expect(hub.requests.at(-1)).toMatchObject({
      route: "/graphql",
      tokenName: "main",
      graphql: { operation: "repository" },
    });
    expect((await api.graphql("{")).json.errors).toHaveLength(1);
    const reported = hub.contractViolations.splice(before);
    expect(reported).toHaveLength(json.errors.length + 1);
    expect(reported[0]).toContain("POST /graphql: ");
    const missing = await api.graphql(`{ repository(owner: "octo", name: "none") { id } }`);
    expect(missing.json.errors[0].type).toBe("NOT_FOUND");
  });
});
