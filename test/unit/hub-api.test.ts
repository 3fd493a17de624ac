/** The hub's tokens, limits, conditional requests, commits, runs and jobs: what every client of it relies on. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiClient, apiClient } from "../hub/api-client.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { EMPTY_TREE } from "../hub/objects.ts";
import type { HubRepository } from "../hub/repository.ts";

const NOON = new Date("2026-11-21T12:00:00.750Z");

let hub: Hub;
let repository: HubRepository;
let api: ApiClient;

beforeAll(async () => {
  hub = await startHub({ now: () => NOON });
  repository = await hub.addRepository("octo/app");
  api = apiClient(hub.url, hub.addToken({ label: "main" }));
});

afterAll(async () => {
  expect(hub.contractViolations).toEqual([]);
  await hub.close();
});

describe("commits", () => {
  test("are real ones, with the server's time to the second and the message as sent", async () => {
    const message = 'Acquire publish\n\n{"reason":"ünï – 🔒"}';
    const first = await api.call("POST", "git/commits", { message, tree: EMPTY_TREE, parents: [] });
    expect(first.status).toBe(201);
    expect(first.json).toMatchObject({ message, committer: { date: "2026-11-21T12:00:00Z" }, parents: [] });
    const second = await api.commit("next", first.json.sha);
    const read = await api.call("GET", `git/commits/${second}`);
    expect(read.json.parents.map((parent: { sha: string }) => parent.sha)).toEqual([first.json.sha]);
    expect(await repository.git(["log", "-1", "--format=%B%n%ct", first.json.sha])).toBe(
      `${message}\n${Math.floor(NOON.getTime() / 1000)}\n`,
    );
    expect((await repository.commit(first.json.sha))?.message).toBe(message);
  });

  test.each([
    ["no message", { tree: EMPTY_TREE }, 'Invalid request.\n\n"message" wasn\'t supplied.'],
    ["an unknown tree", { message: "x", tree: "1".repeat(40) }, "Tree SHA does not exist"],
    [
      "an unknown parent",
      { message: "x", tree: EMPTY_TREE, parents: ["1".repeat(40)] },
      "Parent SHA does not exist or is not a commit object",
    ],
  ])("%s: 422", async (_, body, message) => {
    const before = hub.contractViolations.length;
    const { status, json } = await api.call("POST", "git/commits", body);
    expect([status, json.message]).toEqual([422, message]);
    hub.contractViolations.splice(before);
  });

  test("one that is not there: 404", async () => {
    expect((await api.call("GET", `git/commits/${"1".repeat(40)}`)).status).toBe(404);
    expect((await api.call("GET", `git/commits/${EMPTY_TREE}`)).status).toBe(404);
  });

  test("where the empty tree is refused, making it helps", async () => {
    await hub.addRepository("octo/strict", { emptyTreeRefused: true });
    const strict = apiClient(hub.url, hub.addToken(), "octo/strict");
    const body = { message: "x", tree: EMPTY_TREE, parents: [] };
    expect((await strict.call("POST", "git/commits", body)).status).toBe(422);
    const tree = await strict.call("POST", "git/trees", { tree: [] });
    expect([tree.status, tree.json.sha]).toEqual([201, EMPTY_TREE]);
    expect((await strict.call("POST", "git/commits", body)).status).toBe(201);
  });

  test("are listed from any oid or ref, in pages", async () => {
    const oids = [await api.commit("1")];
    for (const message of ["2", "3", "4"]) oids.unshift(await api.commit(message, oids[0] ?? ""));
    await api.call("POST", "git/refs", { ref: "refs/locks/listed/log/1", sha: oids[0] });
    const list = async (query: string) => {
      const { json, headers } = await api.call("GET", `commits?${query}`);
      return { oids: json.map((commit: { sha: string }) => commit.sha), link: headers.get("link") };
    };
    expect((await list(`sha=${oids[1]}`)).oids).toEqual(oids.slice(1));
    const first = await list("sha=refs/locks/listed/log/1&per_page=3");
    expect(first.oids).toEqual(oids.slice(0, 3));
    expect(first.link).toContain('page=2>; rel="next"');
    expect(await list("sha=refs/locks/listed/log/1&per_page=3&page=2")).toEqual({
      oids: oids.slice(3),
      link: null,
    });
    expect((await api.call("GET", "commits?sha=refs/locks/none")).status).toBe(404);
  });
});

describe("tokens", () => {
  const using = (grants: Parameters<Hub["addToken"]>[0]) => apiClient(hub.url, hub.addToken(grants));
  const write = (client: ApiClient) =>
    client.call("POST", "git/commits", { message: "x", tree: EMPTY_TREE, parents: [] });

  test.each([{ contents: "read" as const }, { contents: "none" as const }, { readOnlyFork: true }])(
    "%o may not write: 403 that names the permission",
    async (grants) => {
      const { status, json, headers } = await write(using(grants));
      expect([status, json.message]).toEqual([403, "Resource not accessible by integration"]);
      expect(headers.get("x-accepted-github-permissions")).toBe("contents=write");
    },
  );

  test("read what they were granted", async () => {
    expect((await using({ contents: "read" }).call("GET", "git/ref/heads/main")).status).toBe(200);
    expect((await using({ contents: "none" }).call("GET", "git/ref/heads/main")).status).toBe(403);
    const actions = await using({ actions: "none" }).call("GET", "actions/runs/1");
    expect([actions.status, actions.headers.get("x-accepted-github-permissions")]).toEqual([
      403,
      "actions=read",
    ]);
  });

  test("expired, unknown, none: 401", async () => {
    const expired = await using({ expired: true }).call("GET", "/repos/octo/app");
    expect([expired.status, expired.json.message]).toEqual([401, "Bad credentials"]);
    expect((await apiClient(hub.url, "main").call("GET", "/repos/octo/app")).status).toBe(401);
    expect((await fetch(`${hub.url}/repos/octo/app`)).status).toBe(401);
  });

  test("see no repository but theirs: 404", async () => {
    expect((await using({ repositories: ["octo/other"] }).call("GET", "/repos/octo/app")).status).toBe(404);
    expect((await api.call("GET", "/repos/octo/none")).status).toBe(404);
  });
});

describe("limits and conditional requests", () => {
  test("an unchanged answer is a 304 that costs nothing", async () => {
    const token = hub.addToken({ label: "watcher" });
    const watcher = apiClient(hub.url, token);
    const first = await watcher.call("GET", "git/matching-refs/heads/");
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
    expect(first.headers.get("x-ratelimit-remaining")).toBe("999");
    const same = await watcher.call("GET", "git/matching-refs/heads/", undefined, { "if-none-match": etag });
    expect([same.status, same.json, same.headers.get("date")]).toEqual([304, null, NOON.toUTCString()]);
    expect([same.headers.get("etag"), same.headers.get("x-ratelimit-used")]).toEqual([etag, "1"]);
    await repository.git(["branch", "moved", "main"]);
    const changed = await watcher.call("GET", "git/matching-refs/heads/", undefined, {
      "if-none-match": etag,
    });
    expect([changed.status, changed.headers.get("x-ratelimit-used")]).toEqual([200, "2"]);
    const mine = hub.requests.filter((request) => request.tokenName === "watcher");
    expect(mine.map(({ status, counted }) => [status, counted])).toEqual([
      [200, true],
      [304, false],
      [200, true],
    ]);
  });

  test("REST and GraphQL have pools of their own, used up alone", async () => {
    const client = apiClient(hub.url, hub.addToken({ label: "poor", restLimit: 1 }));
    await client.call("GET", "git/ref/heads/main");
    const { status, json, headers } = await client.call("GET", "git/ref/heads/main");
    expect([status, json.message]).toEqual([403, expect.stringContaining("API rate limit exceeded")]);
    expect(headers.get("x-ratelimit-remaining")).toBe("0");
    expect(Number(headers.get("x-ratelimit-reset"))).toBe(Math.floor(NOON.getTime() / 1000) + 3600);
    const graphql = await client.graphql("{ rateLimit { remaining } }");
    expect(graphql.headers.get("x-ratelimit-resource")).toBe("graphql");
    expect(graphql.json.data.rateLimit.remaining).toBe(999);
    hub.token("poor").limits.core.reset = Math.floor(NOON.getTime() / 1000);
    expect((await client.call("GET", "git/ref/heads/main")).status).toBe(200);
  });
});

describe("runs and jobs", () => {
  test("a re-run keeps the id, raises the attempt, and has jobs of its own", async () => {
    const run = repository.runs.addRun({ id: 812 });
    const job = repository.runs.addJob(run.id, { runnerName: "r-1" });
    repository.runs.completeJob(job.id, "cancelled");
    repository.runs.completeRun(run.id, "cancelled");
    const before = await api.call("GET", "actions/runs/812");
    expect(before.json).toMatchObject({ run_attempt: 1, status: "completed", conclusion: "cancelled" });
    repository.runs.rerun(812);
    const again = repository.runs.addJob(812);
    expect((await api.call("GET", "actions/runs/812")).json).toMatchObject({
      run_attempt: 2,
      status: "in_progress",
    });
    expect((await api.call("GET", "actions/runs/812/attempts/1")).json.status).toBe("completed");
    expect((await api.call("GET", "actions/runs/812/attempts/3")).status).toBe(404);
    const jobs = async (path: string) =>
      (await api.call("GET", path)).json.jobs.map((each: { id: number }) => each.id);
    expect(await jobs("actions/runs/812/attempts/1/jobs")).toEqual([job.id]);
    expect(await jobs("actions/runs/812/jobs")).toEqual([again.id]);
    expect(await jobs("actions/runs/812/jobs?filter=all")).toEqual([job.id, again.id]);
    expect((await api.call("GET", `actions/jobs/${job.id}`)).json).toMatchObject({
      status: "completed",
      runner_name: "r-1",
      run_attempt: 1,
      completed_at: "2026-11-21T12:00:00Z",
    });
  });

  test("jobs come in pages, by following the links", async () => {
    const run = repository.runs.addRun();
    const ids = Array.from({ length: 5 }, () => repository.runs.addJob(run.id).id);
    const seen: number[] = [];
    let next: string | undefined = `/repos/octo/app/actions/runs/${run.id}/attempts/1/jobs?per_page=2`;
    while (next !== undefined) {
      const { json, headers }: Awaited<ReturnType<ApiClient["call"]>> = await api.call("GET", next);
      expect(json.total_count).toBe(5);
      seen.push(...json.jobs.map((job: { id: number }) => job.id));
      next = /<([^>]+)>; rel="next"/.exec(headers.get("link") ?? "")?.[1]?.slice(hub.url.length);
    }
    expect(seen).toEqual(ids);
  });

  test("what was removed, or never was: 404", async () => {
    const run = repository.runs.addRun();
    const job = repository.runs.addJob(run.id);
    repository.runs.removeRun(run.id);
    const paths = [
      `runs/${run.id}`,
      `runs/${run.id}/jobs`,
      `runs/${run.id}/attempts/1/jobs`,
      `jobs/${job.id}`,
    ];
    for (const path of paths) expect((await api.call("GET", `actions/${path}`)).status).toBe(404);
  });
});

test("the contract tells what does not fit, and refuses nothing for it", async () => {
  const before = hub.contractViolations.length;
  expect((await api.call("GET", "git/matching-refs/heads/?per_page=5")).status).toBe(200);
  const body = { message: "x", tree: EMPTY_TREE, parents: [], committed: true };
  expect((await api.call("POST", "git/commits", body)).status).toBe(201);
  expect((await api.call("GET", "actions/runs/none")).status).toBe(404);
  expect((await api.call("GET", "branches")).status).toBe(404);
  expect(hub.contractViolations.splice(before)).toEqual([
    "GET /repos/octo/app/git/matching-refs/heads/?per_page=5: there is no parameter per_page",
    "POST /repos/octo/app/git/commits: there is no field committed",
    'GET /repos/octo/app/actions/runs/none: the parameter run_id cannot be "none"',
    "GET /repos/octo/app/branches: there is no such route",
  ]);
});
