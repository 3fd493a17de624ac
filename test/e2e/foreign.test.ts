/** Refs in a lock's place that are not the lock's: named in one line, and left as they are. */
import { describe, expect } from "vitest";
import { claimFields, commitByHand, holdByHand, moveRef, writeRecord } from "./by-hand.ts";
import { type Scene, test, WAYS } from "./scene.ts";

const LOG = "refs/locks/publish/log/1";
const HOLDER = "refs/locks/publish/holder/1";

type Make = (scene: Scene) => Promise<string>;

const blob: Make = async ({ repository }) =>
  (await repository.git(["hash-object", "-w", "--stdin"], "a file")).trim();
const record =
  (fields: Readonly<Record<string, unknown>>): Make =>
  ({ repository }) =>
    writeRecord(repository, "publish held by somebody", claimFields(fields));
const commit =
  (message: string): Make =>
  ({ repository }) =>
    commitByHand(repository, message);

const FOREIGN: readonly (readonly [what: string, make: Make])[] = [
  [
    "a commit of somebody's work",
    async ({ repository }) => (await repository.git(["rev-parse", "main"])).trim(),
  ],
  ["a blob", blob],
  ["a commit with a bomb of nested JSON", commit(`x\n\n${'{"a":'.repeat(50_000)}`)],
  ["a commit with nested lists that end", commit(`x\n\n${"[".repeat(20_000)}${"]".repeat(20_000)}`)],
  [
    "a commit with a huge message",
    commit(`x\n\n{"reflock":1,"kind":"claim","reason":"${"x".repeat(2_000_000)}"}`),
  ],
  ["a record of a later version", record({ reflock: 99 })],
  ["a record of another kind", record({ kind: "truce" })],
  ["a claim without a nonce", record({ nonce: null })],
  ["a claim whose lock is another", record({ lock: "deploy" })],
  ["a claim of another slot", record({ slot: 2 })],
  ["a claim whose run is a text", record({ run: "me", process: 7, slots: "many" })],
];

describe.concurrent("a log that is not ours", () => {
  test.for(FOREIGN)("%s", { timeout: 120_000 }, async ([what, make], { scene }) => {
    scene.spoil(LOG);
    const oid = await make(scene);
    await moveRef(scene.repository, LOG, null, oid);
    const refs = await scene.refs();
    // How a record is read does not depend on who asks: the first of the table stands for all with each operation.
    const operations = what === FOREIGN[0]?.[0] ? ["acquire", "release", "check"] : ["acquire"];
    for (const operation of operations) {
      const job = await scene.job({ fastClock: true });
      const result = await job.runs({ operation });
      expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
      const errors = result.log.split("\n").filter((line) => line.startsWith("##[error]"));
      expect(errors, `${what}, ${operation}`).toHaveLength(1);
      for (const part of [LOG, oid]) expect(errors[0], operation).toContain(part);
      if (what.includes("later version")) expect(errors[0]).toContain("99");
      expect(errors[0]?.length).toBeLessThan(1000);
      expect(await job.finish()).toMatchObject([{ code: 0 }]);
    }
    expect(await scene.refs()).toEqual(refs);
  });

  test("`status` shows it, and passes", async ({ scene }) => {
    scene.spoil(LOG);
    const oid = await commitByHand(scene.repository, "x");
    await moveRef(scene.repository, LOG, null, oid);
    const { code, outputs } = await (await scene.job()).runs({ operation: "status" });
    expect(code).toBe(0);
    expect(JSON.parse(outputs.holders ?? "").locks[0].holders).toMatchObject([{ claim: oid, run: null }]);
  });
});

describe.concurrent("a holder ref that is not ours", () => {
  // A claim there is what a crash between two writes leaves: it decides nothing, and the next holder replaces it.
  test.for(WAYS)("a claim left there is no obstacle, updateRefs %s", async (updateRefs, { scene }) => {
    const oid = await writeRecord(scene.repository, "publish held", claimFields());
    await moveRef(scene.repository, HOLDER, null, oid);
    const job = await scene.job({ grants: { updateRefs } });
    const { outputs } = await job.holds();
    expect(await scene.refs()).toEqual({ [HOLDER]: outputs.claim, [LOG]: outputs.claim });
    await job.finish();
    expect(Object.keys(await scene.refs())).toEqual([LOG]);
  });
});

// What a slower client leaves after a crash: it decides nothing, and the holder's own takes its place.
test.concurrent.for(WAYS)(
  "a holder ref that turns up while the log is taken, updateRefs %s",
  async (updateRefs, { scene }) => {
    const late = await writeRecord(scene.repository, "publish held", claimFields());
    const job = await scene.job({ grants: { updateRefs } });
    let hasMoved = false;
    scene.hub.onRequest(async ({ method }, phase) => {
      if (hasMoved || method !== "GET" || phase !== "handled") return;
      hasMoved = true;
      await moveRef(scene.repository, HOLDER, null, late);
    });
    const { outputs } = await job.holds();
    expect(hasMoved).toBe(true);
    expect(await scene.refs()).toEqual({ [HOLDER]: outputs.claim, [LOG]: outputs.claim });
    expect(await job.finish()).toMatchObject([{ code: 0 }]);
    expect(Object.keys(await scene.refs())).toEqual([LOG]);
  },
);

describe.concurrent("a ref that has the name of one of the lock's folders", () => {
  const places = ["refs/locks/publish", "refs/locks/publish/log"];
  const cases = WAYS.flatMap((way) => places.map((place) => [place, way] as const));
  test.for(cases)("%s, updateRefs %s", { timeout: 120_000 }, async ([place, updateRefs], { scene }) => {
    const main = (await scene.repository.git(["rev-parse", "main"])).trim();
    await moveRef(scene.repository, place, null, main);
    const job = await scene.job({ grants: { updateRefs }, fastClock: true });
    const result = await job.runs();
    expect(result, result.log).toMatchObject({ code: 1, outputs: { acquired: "false" } });
    const error = result.log.split("\n").at(-1);
    expect(error).toMatch(/^##\[error\]/);
    expect(error).toMatch(new RegExp(`${place}\\b(?!/)`));
    expect(await job.finish()).toMatchObject([{ code: 0 }]);
    expect((await scene.repository.refs()).map(({ name }) => name)).toEqual(["refs/heads/main", place]);
  });
});

test.concurrent("a claim that another client wrote is a holder like any other", async ({ scene }) => {
  const claim = await holdByHand(scene.repository, { reason: "by hand" });
  const refs = await scene.refs();
  const result = await (await scene.job()).runs();
  expect(result.code).toBe(1);
  expect(result.log).toContain("https://github.example/octo/other/actions/runs/777/attempts/2");
  expect(JSON.parse(result.outputs.holders ?? "").locks[0].holders).toMatchObject([
    { claim, run: 777, attempt: 2 },
  ]);
  expect(await scene.refs()).toEqual(refs);
});
