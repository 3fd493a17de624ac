/** The hub's smart HTTP: real git clients beside the API, on the same refs. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiClient } from "../hub/api-client.ts";
import { git, runGit } from "../hub/git.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import type { HubRepository } from "../hub/repository.ts";

const IDENTITY = ["-c", "user.name=octo", "-c", "user.email=octo@example.invalid"];

let hub: Hub;
let repository: HubRepository;
let folder: string;

beforeAll(async () => {
  hub = await startHub();
  repository = await hub.addRepository("octo/app");
  folder = await mkdtemp(join(tmpdir(), "hub-git-"));
});

afterAll(async () => {
  expect(hub.contractViolations).toEqual([]);
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

const remote = (token: string): string =>
  `${hub.url.replace("http://", `http://x-access-token:${token}@`)}/git/octo/app.git`;

test("clone, push to a custom ref with a lease, fetch by oid; the API and the oracle see it", async () => {
  const token = hub.addToken({ label: "pusher" });
  const clone = join(folder, "clone");
  await git(folder, ["clone", "--quiet", remote(token), clone]);
  expect(await git(clone, ["log", "-1", "--format=%s"])).toBe("First commit\n");
  await git(clone, [...IDENTITY, "commit", "--quiet", "--allow-empty", "-m", "second"]);
  const oid = (await git(clone, ["rev-parse", "HEAD"])).trim();
  const name = "refs/locks/pushed/log/1";
  await git(clone, ["push", "--quiet", "--atomic", `--force-with-lease=${name}:`, "origin", `HEAD:${name}`]);
  const api = apiClient(hub.url, token);
  expect((await api.call("GET", "git/ref/locks/pushed/log/1")).json.object.sha).toBe(oid);
  expect((await repository.oracle()).at(-1)).toMatchObject({ ref: name, from: null, to: oid });
  const unreferenced = await api.commit("beside");
  await git(clone, ["fetch", "--quiet", "origin", unreferenced]);
  expect(await git(clone, ["cat-file", "-t", unreferenced])).toBe("commit\n");
  await git(clone, ["push", "--quiet", "origin", `:${name}`]);
  expect((await api.call("GET", "git/ref/locks/pushed/log/1")).status).toBe(404);
  expect(hub.requests.some((request) => request.route === "/git/{owner}/{repo}")).toBe(true);
});

test("a push with a wrong lease is refused, and changes nothing", async () => {
  const clone = join(folder, "clone");
  const name = "refs/locks/leased/log/1";
  await git(clone, ["push", "--quiet", "origin", `HEAD:${name}`]);
  const [before] = await repository.refs(name);
  await git(clone, [...IDENTITY, "commit", "--quiet", "--allow-empty", "-m", "third"]);
  const wrong = `--force-with-lease=${name}:${"1".repeat(40)}`;
  expect((await runGit(clone, ["push", "--atomic", wrong, "origin", `HEAD:${name}`])).code).not.toBe(0);
  expect(await repository.refs(name)).toEqual([before]);
});

test("a reader may fetch and not push; a stranger may do neither", async () => {
  const reader = remote(hub.addToken({ contents: "read" }));
  expect(await git(folder, ["ls-remote", reader, "refs/heads/main"])).toContain("refs/heads/main");
  const clone = join(folder, "clone");
  const push = await runGit(clone, ["push", reader, "HEAD:refs/heads/mine"]);
  expect(push.code).not.toBe(0);
  expect(push.stderr).toContain("403");
  expect((await runGit(folder, ["ls-remote", remote("ghs_none")])).stderr).toContain("Authentication failed");
});

test("git's variables from outside do not reach the repositories", async () => {
  const api = apiClient(hub.url, hub.addToken());
  process.env.GIT_DIR = folder;
  try {
    const oid = await api.commit("inside");
    const made = await api.call("POST", "git/refs", { ref: "refs/locks/inside/log/1", sha: oid });
    expect(made.status).toBe(201);
  } finally {
    delete process.env.GIT_DIR;
  }
  expect(await repository.refs("refs/locks/inside/")).toHaveLength(1);
});

test("a client that goes away while it sends leaves no request", async () => {
  const { port } = new URL(hub.url);
  const before = hub.requests.length;
  const socket = connect(Number(port), "127.0.0.1");
  socket.write("POST /graphql HTTP/1.1\r\nhost: hub\r\ncontent-length: 100\r\n\r\nhalf");
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.destroy();
  await apiClient(hub.url, hub.addToken({ label: "after" })).call("GET", "git/ref/heads/main");
  expect(hub.requests.slice(before).map((request) => request.tokenName)).toEqual(["after"]);
});

test("faults hit git's requests too", async () => {
  const url = remote(hub.addToken({ label: "unlucky" }));
  hub.faults.add({
    kind: "drop-after",
    match: { token: "unlucky", path: "/git-receive-pack", method: "POST" },
  });
  const clone = join(folder, "clone");
  const push = await runGit(clone, ["push", url, "HEAD:refs/locks/unlucky/log/1"]);
  expect(push.code).not.toBe(0);
  expect(await repository.refs("refs/locks/unlucky/")).toHaveLength(1);
});
