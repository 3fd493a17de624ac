/** The hub's fault plan: each fault hits exactly the request that it names, and does to it what it says. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ApiClient, apiClient } from "../hub/api-client.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { ZERO_OID } from "../hub/objects.ts";
import type { HubRepository } from "../hub/repository.ts";

let hub: Hub;
let repository: HubRepository;
let api: ApiClient;
let one: string;
let two: string;
let count = 0;
let ref = "";

beforeAll(async () => {
  hub = await startHub();
  repository = await hub.addRepository("octo/app");
  api = apiClient(hub.url, hub.addToken({ label: "a" }));
  one = await api.commit("one");
  two = await api.commit("two", one);
});

beforeEach(() => {
  hub.faults.clear();
  ref = `refs/locks/fault/${++count}`;
});

afterAll(async () => {
  expect(hub.contractViolations).toEqual([]);
  await hub.close();
});

const create = (client = api) => client.call("POST", "git/refs", { ref, sha: one });
const tip = async () => (await repository.refs(ref)).find((each) => each.name === ref)?.oid;
const statusOf = (sending: Promise<{ status: number }>) =>
  sending.then(
    ({ status }) => status,
    () => "cut" as const,
  );
const creating = { method: "POST", route: "git/refs" };

describe("lost and failed answers", () => {
  test.each([
    ["drop-before", "cut", false],
    ["drop-after", "cut", true],
    ["5xx-before", 502, false],
    ["5xx-after", 502, true],
  ] as const)("%s", async (kind, seen, applied) => {
    const fault = hub.faults.add({ kind, match: creating });
    expect(await statusOf(create())).toBe(seen);
    expect(await tip()).toBe(applied ? one : undefined);
    expect(fault.hits).toEqual([hub.requests.at(-1)]);
    expect(hub.requests.at(-1)?.status).toBe(seen === "cut" ? 0 : seen);
    // Used up: the next one is handled as ever.
    expect(await statusOf(create())).toBe(applied ? 422 : 201);
  });

  test("a status of one's own", async () => {
    hub.faults.add({ kind: "5xx-after", status: 503, match: creating });
    expect(await statusOf(create())).toBe(503);
  });

  test("late: cut at once, applied when it is let land", async () => {
    const fault = hub.faults.add({ kind: "late", match: creating });
    expect(await statusOf(create())).toBe("cut");
    expect(await tip()).toBeUndefined();
    await fault.land();
    expect(await tip()).toBe(one);
    await fault.land();
    expect((await repository.oracle()).filter((record) => record.ref === ref)).toHaveLength(1);
  });

  test("late updateRefs compares when it lands, not when it was sent", async () => {
    await create();
    const fault = hub.faults.add({ kind: "late", match: { operation: "updateRefs" } });
    const move = { name: ref, beforeOid: one, afterOid: two };
    expect(await statusOf(api.updateRefs(repository.nodeId, [move]))).toBe("cut");
    await api.call("DELETE", `git/${ref}`);
    await fault.land();
    expect(await tip()).toBeUndefined();
  });

  test("late by itself, after a time", async () => {
    const landed = new Promise<void>((resolve) => {
      const poll = async (): Promise<void> => ((await tip()) === one ? resolve() : void setImmediate(poll));
      void poll();
    });
    hub.faults.add({ kind: "late", ms: 1, match: creating });
    expect(await statusOf(create())).toBe("cut");
    await landed;
  });
});

describe("limits", () => {
  test("secondary: 403 or 429, with or without retry-after", async () => {
    hub.faults.add({ kind: "secondary-limit", match: creating });
    const first = await create();
    expect([first.status, first.headers.get("retry-after")]).toEqual([403, "60"]);
    expect(first.json.message).toContain("secondary rate limit");
    hub.faults.add({ kind: "secondary-limit", status: 429, retryAfterSeconds: null, match: creating });
    const second = await create();
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, null]);
    expect(await tip()).toBeUndefined();
  });

  test("primary: nothing remains until the reset", async () => {
    hub.faults.add({ kind: "primary-limit", resetSeconds: 30 });
    const { status, headers } = await create();
    expect([status, headers.get("x-ratelimit-remaining")]).toEqual([403, "0"]);
    const wait = Number(headers.get("x-ratelimit-reset")) - Math.floor(Date.now() / 1000);
    expect(Math.abs(wait - 30)).toBeLessThanOrEqual(1);
  });

  test("any refusal", async () => {
    hub.faults.add({ kind: "refuse", status: 422, message: "Reference update failed" });
    const { status, json } = await create();
    expect([status, json.message]).toEqual([422, "Reference update failed"]);
    expect(await tip()).toBeUndefined();
  });
});

describe("old and torn reads", () => {
  test("stale: as of so many changes ago, in every way of reading; writes compare with what is", async () => {
    await create();
    await api.call("PATCH", `git/${ref}`, { sha: two });
    const name = ref.slice("refs/".length);
    const read = async () => {
      const single = await api.call("GET", `git/ref/${name}`);
      const list = await api.call("GET", `git/matching-refs/${name}`);
      const query = `{ repository(owner: "octo", name: "app") { object(expression: "${ref}") { oid } } }`;
      const graphql = await api.graphql(query);
      return [single.json.object?.sha, list.json[0]?.object.sha, graphql.json.data.repository.object?.oid];
    };
    expect(await read()).toEqual([two, two, two]);
    const fault = hub.faults.add({ kind: "stale", changes: 1, times: Number.POSITIVE_INFINITY });
    expect(await read()).toEqual([one, one, one]);
    fault.remove();
    hub.faults.add({ kind: "stale", changes: 2, times: 3 });
    expect(await read()).toEqual([undefined, undefined, undefined]);
    hub.faults.add({ kind: "stale", changes: 1, match: { method: "PATCH" } });
    expect((await api.call("PATCH", `git/${ref}`, { sha: one })).status).toBe(422);
  });

  test("torn: one list of two states that were never one", async () => {
    const [first, second] = [`${ref}/a`, `${ref}/b`];
    const both = (beforeOid: string, afterOid: string) =>
      api.updateRefs(
        repository.nodeId,
        [first, second].map((name) => ({ name, beforeOid, afterOid })),
      );
    await both(ZERO_OID, one);
    await both(one, two);
    // Refs are taken in turns from now and from then, counted over the whole repository.
    const position = (await repository.refs()).findIndex((each) => each.name === first);
    hub.faults.add({ kind: "torn", changes: 1 });
    const { json } = await api.call("GET", `git/matching-refs/${ref.slice("refs/".length)}/`);
    const oids = json.map((each: { object: { sha: string } }) => each.object.sha);
    expect(oids).toEqual(position % 2 === 0 ? [two, one] : [one, two]);
  });
});

describe("which request is hit", () => {
  test("the n-th that matches, by token, path or any condition, as often as told", async () => {
    const other = apiClient(hub.url, hub.addToken({ label: "b" }));
    hub.faults.add({ kind: "5xx-before", match: { token: "b", path: "/git/ref/", nth: 2 }, times: 2 });
    const statuses: number[] = [];
    for (const client of [other, api, other, other, other]) {
      statuses.push((await client.call("GET", "git/ref/heads/main")).status);
    }
    expect(statuses).toEqual([200, 200, 502, 502, 200]);
    hub.faults.add({
      kind: "5xx-before",
      match: (request) => request.remoteId?.startsWith("robot") ?? false,
    });
    const status = async (agent: string) =>
      (await api.call("GET", "git/ref/heads/main", undefined, { "user-agent": agent })).status;
    expect([await status("human"), await status("robot/1")]).toEqual([200, 502]);
  });
});

describe("listeners", () => {
  test("are awaited before and after a request is handled, and before it is told", async () => {
    const seen: unknown[] = [];
    const stop = hub.onRequest(async (request, phase) => {
      if (request.route.endsWith("git/refs")) seen.push([phase, request.status, (await tip()) !== undefined]);
    });
    await create();
    stop();
    expect(seen.slice(0, 2)).toEqual([
      ["received", 0, false],
      ["handled", 0, true],
    ]);
  });

  test("latency is added to each request", async () => {
    hub.delayMs = 30;
    await api.call("GET", "git/ref/heads/main");
    hub.delayMs = 0;
    hub.faults.add({ kind: "delay", ms: 30 });
    await api.call("GET", "git/ref/heads/main");
    // Timers of a busy machine may be a little early, never much.
    for (const request of hub.requests.slice(-2)) expect(request.durationMs).toBeGreaterThan(25);
  });
});
