/** The shipped bundle behind a proxy: with the variables that people set, every request goes through it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Hub, startHub } from "../hub/hub.ts";
import type { HubRepository } from "../hub/repository.ts";
import { startJob } from "../runner/runner.ts";
import { type ProxyServer, startProxy } from "./proxy.ts";

let hub: Hub;
let repository: HubRepository;
let proxy: ProxyServer;
let runs = 900;

beforeAll(async () => {
  hub = await startHub();
  repository = await hub.addRepository("octo/app");
  proxy = await startProxy(hub.url);
});

afterAll(async () => {
  expect(hub.contractViolations).toEqual([]);
  await proxy.close();
  await hub.close();
});

/** Takes a lock of its own and gives it back, with the API at an address that only the proxy can reach. */
async function takeAndGiveBack(env: Readonly<Record<string, string>>, apiUrl = "http://api.github.invalid") {
  const runId = ++runs;
  proxy.asked.length = 0;
  const token = hub.addToken();
  const job = await startJob({ hub: { url: apiUrl }, repository, token, runId, env });
  try {
    const step = job.step({ inputs: { name: `through ${runId}`, wait: "0" } });
    const main = await step.runMain();
    const post = await step.post({ inputs: "none" });
    const [name] = await repository.refs(`refs/locks/through=20${runId}/`);
    return {
      main,
      post,
      ref: name?.name,
      requests: hub.requests.filter((one) => one.tokenName === hub.token(token).name),
    };
  } finally {
    await job.dispose();
  }
}

describe("a proxy in the environment", () => {
  test.each(["http_proxy", "HTTP_PROXY"])("%s carries every request of main and post", async (variable) => {
    const { main, post, ref, requests } = await takeAndGiveBack({ [variable]: proxy.url });
    expect([main.log, main.code, post.log, post.code]).toEqual([
      expect.stringContaining("acquired"),
      0,
      expect.stringContaining("released"),
      0,
    ]);
    expect(ref).toMatch(/\/log\/1$/);
    expect(requests.length).toBeGreaterThanOrEqual(5);
    expect(new Set(proxy.asked.map((host) => host.replace(/:80$/, "")))).toEqual(
      new Set(["api.github.invalid"]),
    );
  });

  test("may have no scheme, and a user and a password, which nobody prints", async () => {
    const address = new URL(proxy.url);
    const { main, post } = await takeAndGiveBack({ http_proxy: `http://ada:s3cr3t@${address.host}` });
    expect([main.code, post.code]).toEqual([0, 0]);
    expect(main.log + post.log).not.toContain("s3cr3t");
    expect((await takeAndGiveBack({ http_proxy: address.host })).main.code).toBe(0);
  });

  test("is not used for hosts that no_proxy names", async () => {
    proxy.asked.length = 0;
    const env = { http_proxy: proxy.url, no_proxy: "other.invalid,.github.invalid" };
    const identity = {
      hub: { url: "http://api.github.invalid" },
      repository,
      token: hub.addToken(),
      runId: ++runs,
    };
    const job = await startJob({ ...identity, env });
    try {
      const main = job.step({ inputs: { name: "direct" } }).main();
      // There is no such host: who asks for it directly is told so.
      expect(await main.line(/trying again/)).toContain("did not answer");
      expect(proxy.asked).toEqual([]);
    } finally {
      await job.dispose();
    }
  });

  test("is not used for this machine", async () => {
    const { main, post, requests } = await takeAndGiveBack({ http_proxy: proxy.url }, hub.url);
    expect([main.code, post.code]).toEqual([0, 0]);
    expect(proxy.asked).toEqual([]);
    expect(requests.length).toBeGreaterThanOrEqual(5);
  });

  test("of https alone does not carry http", async () => {
    const { main, post } = await takeAndGiveBack({ https_proxy: proxy.url }, hub.url);
    expect([main.code, post.code]).toEqual([0, 0]);
    expect(proxy.asked).toEqual([]);
  });
});
