/** What cannot work is said at once, in one line that tells what to write instead; no ref is made. */
import { describe, expect } from "vitest";
import type { StepResult } from "../runner/running.ts";
import { type Scene, type SceneJob, test } from "./scene.ts";

type Inputs = Readonly<Record<string, string>>;

/** One error, and nothing else that a user would have to read. */
function expectOneLine(result: StepResult, ...says: readonly RegExp[]): void {
  const { code, log, outputs, stderr, summary } = result;
  expect(code, log).toBe(1);
  expect(outputs.acquired, log).toBe("false");
  expect(log).toMatch(/^##\[error\][^\n]{20,600}$/);
  expect(stderr).toBe("");
  expect(summary).not.toContain("undefined");
  expect(log).not.toMatch(/undefined|null|\bat .*:\d+:\d+|\[object/);
  for (const said of says) expect(log).toMatch(said);
}

async function expectRefused(scene: Scene, job: SceneJob, inputs: Inputs, ...says: readonly RegExp[]) {
  const step = job.uses(inputs);
  expectOneLine(await step.runMain(), ...says);
  expect(await step.post({ inputs: "none" })).toMatchObject({ code: 0, log: "" });
  expect(await scene.refs()).toEqual({});
}

const BAD_INPUTS: readonly (readonly [what: string, inputs: Inputs, ...says: readonly RegExp[]])[] = [
  ["an empty name", { name: "" }, /name.*empty/, /name: publish/],
  ["a name of spaces", { name: " \t " }, /name.*empty/],
  ["a tab in a name", { name: "a\tb" }, /control character/],
  ["a zero byte's kin", { name: "a\u0001b" }, /control character/],
  ["an escape", { name: "a\u001b[31mb" }, /control character/],
  ["a C1 control", { name: "a\u0085b" }, /control character/],
  ["a line separator", { name: "a\u2028b" }, /control character/],
  ["300 characters", { name: "x".repeat(300) }, /300 bytes/, /200/, /shorter/],
  ["201 bytes when encoded", { name: "é".repeat(34) }, /204 bytes/, /200/],
  ["all locks", { name: "*" }, /`\*`/, /status/],
  ["wait: soon", { wait: "soon" }, /wait: soon/, /90s/],
  ["wait: 10", { wait: "10" }, /wait: 10/, /10s/, /10m/],
  ["wait: -1s", { wait: "-1s" }, /wait: -1s/, /90s/],
  ["wait: 1.5h", { wait: "1.5h" }, /wait: 1\.5h/, /1h30m/],
  ["wait: 1m1h", { wait: "1m1h" }, /wait: 1m1h/],
  ["wait: 10 m", { wait: "10 m" }, /wait: 10 m/],
  ["wait: 9999999d", { wait: "9999999d" }, /wait: 9999999d/, /forever/],
  ["max-hold: later", { "max-hold": "later" }, /max-hold: later/, /90s/],
  ["max-hold: 0", { "max-hold": "0" }, /max-hold: 0/, /2h/],
  ["operation: grab", { operation: "grab" }, /operation: grab/, /acquire/, /release/],
  ["on-timeout: pass", { "on-timeout": "pass" }, /on-timeout: pass/, /skip/],
  ["scope: workflow", { scope: "workflow" }, /scope: workflow/, /run/],
  ["slots: 0", { slots: "0" }, /slots: 0/],
  ["slots: two", { slots: "two" }, /slots: two/],
  ["slots: 1.5", { slots: "1.5" }, /slots: 1\.5/],
  ["repository: mine", { repository: "mine" }, /repository: mine/, /owner\/name/],
  ["repository: a URL", { repository: "https://github.com/octo/app" }, /owner\/name/],
  ["repository: a path", { repository: "octo/../app" }, /owner\/name/],
  ["namespace: locks", { namespace: "locks" }, /namespace/, /refs\/locks/],
  ["namespace: refs/heads", { namespace: "refs/heads" }, /refs\/heads\/locks/],
  ["namespace: refs/../x", { namespace: "refs/../x" }, /refs\/locks/],
  ["namespace: with a slash at the end", { namespace: "refs/locks/" }, /refs\/locks/],
  ["an empty token", { token: "" }, /token/],
  ["job-id: publish", { "job-id": "publish" }, /job-id: publish/],
  ["a reason of 5,000 characters", { reason: "x".repeat(5000) }, /reason/, /1000/],
];

test.concurrent("every bad input is one line, without a request", async ({ scene }) => {
  const job = await scene.job();
  // Six at once: they share nothing.
  const cases = BAD_INPUTS.values();
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (const [what, inputs, ...says] of cases) {
        await expectRefused(scene, job, inputs, ...says).catch((error) => {
          throw new Error(`${what}: ${error.message}`);
        });
      }
    }),
  );
  expect(scene.hub.requests).toEqual([]);
});

test.concurrent("a lone surrogate in a name is one line as well", async ({ scene }) => {
  // The environment is bytes: what cannot be written there arrives as U+FFFD, which is a character like any other.
  const result = await (await scene.job()).runs({ name: "a\ud800b", operation: "status" });
  expect([0, 1]).toContain(result.code);
  if (result.code === 1) expectOneLine(result, /control character/);
});

describe.concurrent("what the server will not have", () => {
  const cases = [
    ["a token that may only read", { contents: "read" }, /contents: write/, /permissions/],
    ["a token of a pull request from a fork", { readOnlyFork: true }, /contents: write/, /fork/],
    ["a token without the permission", { contents: "none" }, /contents: (read|write)/, /permissions/],
    ["an expired token", { expired: true }, /token/, /expired/],
    ["a token for another repository", { repositories: ["octo/else"] }, /octo\/app/, /repository/],
  ] as const;
  test.for(cases)("%s", async ([, grants, ...says], { scene }) => {
    await expectRefused(scene, await scene.job({ grants }), { wait: "1h" }, ...says);
    await expectRefused(scene, await scene.job({ grants }), { operation: "check" });
  });

  test("a token that is none", async ({ scene }) => {
    await expectRefused(scene, await scene.job(), { token: "ghs_nonsense" }, /token/);
  });

  test("a token that may only read, of a lock that is held, does not wait for it", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds();
    const refs = await scene.refs();
    const job = await scene.job({ grants: { contents: "read" } });
    const result = await job.runs({ wait: "0" });
    expectOneLine(result);
    expect(await scene.refs()).toEqual(refs);
  });

  test("a repository that is not there", async ({ scene }) => {
    await expectRefused(scene, await scene.job(), { repository: "octo/nowhere" }, /octo\/nowhere/);
  });

  test("a repository without a commit", async ({ scene }) => {
    const empty = await scene.addRepository("octo/empty", { empty: true });
    for (const operation of ["acquire", "release", "check"]) {
      const says = [/octo\/empty/, /commit/, /[Pp]ush/];
      await expectRefused(scene, await scene.job(), { repository: "octo/empty", operation }, ...says);
    }
    expect(await empty.refs()).toEqual([]);
  });

  test("a bare refusal of refs, such as a ruleset's", async ({ scene }) => {
    const job = await scene.job({ grants: { updateRefs: "refused" } });
    const message = "Repository rule violations found";
    const match = { method: "POST", route: "git/refs" };
    scene.hub.faults.add({ kind: "refuse", status: 422, message, match, times: 100 });
    const result = await job.runs({ wait: "1h" });
    expect(result.code, result.log).toBe(1);
    const error = result.log.split("\n").at(-1);
    expect(error).toMatch(/^##\[error\].*Repository rule violations found.*namespace/);
    expect(await job.finish()).toMatchObject([{ code: 0 }]);
    expect(await scene.refs()).toEqual({});
  });
});
