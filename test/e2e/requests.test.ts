/** What a lock costs: requests and round trips of a step that meets nobody, with each kind of server. */
import { describe, expect } from "vitest";
import type { RequestRecord } from "../hub/exchange.ts";
import { commitByHand, moveRef } from "./by-hand.ts";
import { frontDoor } from "./front-door.ts";
import { type CastOptions, nameOf, roundTrips, type Scene, type SceneJob, test } from "./scene.ts";

interface Cost {
  readonly requests: number;
  readonly trips: number;
}

/** Main and post of one step. */
async function costs(scene: Scene, job: SceneJob, inputs: Readonly<Record<string, string>> = {}) {
  scene.hub.delayMs = 100;
  const before = job.sent.length;
  const step = job.uses(inputs);
  const main = await step.runMain();
  expect(main, main.log).toMatchObject({ code: 0, outputs: { acquired: "true" } });
  const acquire = job.sent.slice(before);
  const post = await step.post();
  expect(post, post.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
  return { acquire, release: job.sent.slice(before + acquire.length) };
}

function expectAtMost(sent: readonly RequestRecord[], most: Cost): void {
  const names = sent.map(nameOf).join(", ");
  expect(sent.length, names).toBeLessThanOrEqual(most.requests);
  expect(roundTrips(sent), names).toBeLessThanOrEqual(most.trips);
}

const ACQUIRE: Cost = { requests: 4, trips: 3 };
const RELEASE: Cost = { requests: 2, trips: 2 };

describe.concurrent("nobody else is there", () => {
  test("the first hold, the second, and any later one", async ({ scene }) => {
    for (let hold = 1; hold <= 3; hold++) {
      const { acquire, release } = await costs(scene, await scene.job());
      expectAtMost(acquire, ACQUIRE);
      expectAtMost(release, RELEASE);
    }
    expect(await scene.history()).toHaveLength(3);
  });

  test("a log of a hundred holds costs no more", async ({ scene }) => {
    await scene.job().then(async (job) => {
      await job.holds();
      await job.finish();
    });
    // The rest of the history, by hand: as many commits as a hundred holds would leave.
    const { repository } = scene;
    const ref = "refs/locks/publish/log/1";
    let last = (await scene.refs())[ref] ?? "";
    const entry = await repository.commit(last);
    const claim = await repository.commit(entry?.parents[0] ?? "");
    const [, nonce = ""] = /"ends": "([^"]+)"/.exec(entry?.message ?? "") ?? [];
    for (let hold = 2; hold <= 100; hold++) {
      const again = (message = "") =>
        message.replaceAll(nonce, `${nonce.slice(0, -3)}${String(hold).padStart(3, "0")}`);
      const claimed = await commitByHand(repository, again(claim?.message), last);
      const message = again(entry?.message).replace(/"sequence": \d+/, `"sequence": ${hold}`);
      const ended = await commitByHand(repository, message, claimed);
      await moveRef(repository, ref, last, ended);
      last = ended;
    }
    const job = await scene.job();
    const { acquire, release } = await costs(scene, job);
    expectAtMost(acquire, ACQUIRE);
    expectAtMost(release, RELEASE);
    expect((await scene.history()).at(-1)).toMatchObject({ sequence: 101 });
  });

  test("a lock that is held: a step that does not wait asks three times", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds();
    const job = await scene.job();
    expect(await job.runs()).toMatchObject({ code: 1 });
    expectAtMost(job.sent, { requests: 3, trips: 3 });
  });
});

/** Answers that the documentation leaves open: each must work, and not cost much more. */
describe.concurrent("another server", () => {
  const SERVERS: readonly (readonly [what: string, options: CastOptions, acquire: Cost, release: Cost])[] = [
    // Only the node id has to be asked for: beside the first look.
    [
      "the event does not tell the node id",
      { event: { repository: undefined } },
      { requests: 5, trips: 3 },
      RELEASE,
    ],
    [
      "`updateRefs` does not exist",
      { grants: { updateRefs: "missing" } },
      // Finding out, the log, the holder ref. Post knows the way: the entry, the log, the holder ref.
      { requests: 6, trips: 5 },
      { requests: 3, trips: 3 },
    ],
    [
      "`updateRefs` is refused in words that nobody knows",
      // They might as well mean a conflict: the log is read first, and everything else again.
      { grants: { updateRefs: "refused" } },
      { requests: 9, trips: 9 },
      { requests: 3, trips: 3 },
    ],
    ["job ids are not told", { jobId: null }, ACQUIRE, RELEASE],
  ];
  test.for(SERVERS)("%s", async ([, options, acquireCost, releaseCost], { scene }) => {
    for (let hold = 1; hold <= 2; hold++) {
      const { acquire, release } = await costs(scene, await scene.job(options));
      expectAtMost(acquire, acquireCost);
      expectAtMost(release, releaseCost);
    }
  });

  test("an Enterprise Server: below /api/v3, GraphQL beside it", async ({ scene }) => {
    await using door = await frontDoor(scene.hub);
    const hub = { url: `${door.url}/api/v3` };
    const options = { hub, serverUrl: door.url, jobId: null, event: { repository: undefined } };
    const job = await scene.job(options);
    const { acquire, release } = await costs(scene, job);
    expectAtMost(acquire, { requests: 5, trips: 3 });
    expectAtMost(release, RELEASE);
    expect(door.paths.filter((path) => !/^\/api\/(v3\/repos\/|graphql$)/.test(path))).toEqual([]);
    await job.holds();
    const refused = await (await scene.job(options)).runs();
    expect(refused.log).toContain(`${door.url}/octo/app/actions/runs/${job.runId}/attempts/1`);
    await job.finish();
  });

  test("an Enterprise Server without `updateRefs`", async ({ scene }) => {
    await using door = await frontDoor(scene.hub);
    const grants = { updateRefs: "missing" as const };
    const hub = { url: `${door.url}/api/v3` };
    const job = await scene.job({ hub, jobId: null, event: { repository: undefined }, grants });
    const { acquire, release } = await costs(scene, job);
    expectAtMost(acquire, { requests: 7, trips: 5 });
    expectAtMost(release, { requests: 3, trips: 3 });
  });

  test("through a proxy, which alone knows the server's address", async ({ scene }) => {
    await using door = await frontDoor(scene.hub);
    const hub = { url: "http://api.github.example" };
    const job = await scene.job({ hub, env: { http_proxy: door.url, https_proxy: door.url } });
    const { acquire, release } = await costs(scene, job);
    expectAtMost(acquire, ACQUIRE);
    expectAtMost(release, RELEASE);
    expect(door.tunnels).toEqual(door.tunnels.map(() => "api.github.example:80"));
    expect(door.tunnels.length + door.paths.length).toBeGreaterThan(0);
  });

  test.for([
    ["the empty tree has to be made", { emptyTreeRefused: true }],
    ["GraphQL does not find refs outside heads and tags", { objectOutsideHeads: "null" }],
    ["a mismatch has other words", { updateRefsMismatch: "is at 1 but expected 2" }],
  ] as const)("%s", async ([, options], { scene }) => {
    const repository = await scene.addRepository("octo/odd", options);
    const [job, rival] = [await scene.job({ repository }), await scene.job({ repository })];
    let raced = false;
    scene.hub.onRequest(async ({ tokenName, method }, phase) => {
      if (raced || tokenName !== job.sent[0]?.tokenName || method !== "GET" || phase !== "handled") return;
      raced = true;
      await rival.runs();
    });
    const result = await job.runs();
    expect(result.code, result.log).toBe(1);
    expect(result.log).toContain(rival.url);
    for (const post of [...(await job.finish()), ...(await rival.finish())])
      expect(post.code, post.log).toBe(0);
    await costs(scene, job);
  });

  test.for([
    ["a stale first look", { kind: "stale", changes: 2 }],
    ["a torn first look", { kind: "torn", changes: 1 }],
    ["a first look cut off", { kind: "drop-before" }],
    ["a server error", { kind: "5xx-before", status: 503 }],
    ["a pause that is asked for", { kind: "secondary-limit", retryAfterSeconds: 1 }],
  ] as const)("%s: it holds all the same", async ([, fault], { scene }) => {
    await costs(scene, await scene.job());
    const hit = scene.hub.faults.add(fault);
    await costs(scene, await scene.job());
    expect(hit.hits).toHaveLength(1);
    expect(await scene.history()).toMatchObject([{ sequence: 1 }, { sequence: 2 }]);
  });
});
