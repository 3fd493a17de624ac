/** Text from outside, in every place that a lock shows: it stays text. And the token, which no place shows. */
import { describe, expect } from "vitest";
import type { StepResult } from "../runner/running.ts";
import { claimFields, holdByHand, STRANGER, takeAway, writeRecord } from "./by-hand.ts";
import { test } from "./scene.ts";

/** The first of each is short enough to be a lock's name as well. */
const PAYLOADS: Readonly<Record<string, readonly string[]>> = {
  commands: [
    "::set-output name=acquired::hacked",
    "x\n::set-output name=acquired::hacked\n::error::boom",
    "x\r::save-state name=reflock::hacked\r\n::set-env name=PATH::/tmp",
    "::stop-commands::pause\n::add-mask::o",
  ],
  "old commands, and escapes": [
    "x ##[error]boom",
    "x ##[set-output name=acquired]hacked",
    "# #[error]x ##[ error]y ##\u200b[error]z",
    "x%0A::set-output name=acquired::hacked%0D%0A##[error]boom",
  ],
  "text that is laid out": [
    "![](x) `c` | <b>",
    '**bold** [link](javascript:x) <img src=x onerror="x"> | a | b |\n\n# heading',
    "\u001b[31mred\u001b[0m\u001b]8;;https://evil.example\u0007link\u009b2J",
    "abc\u202ecba\u2066x\u2069",
  ],
  "line breaks of all kinds": [
    "x\u200b\u202e::y",
    "a\u2028::error::b\u2029::error::c\u0085::error::d\u000b::error::e\u000c::error::f",
    "x\nghadelimiter_x\nacquired=hacked\nEOF\nacquired<<EOF\nhacked\nEOF",
  ],
};
const KINDS = Object.keys(PAYLOADS);
const textOf = (kind: string): string => PAYLOADS[kind]?.join("\n") ?? "";

/** The commands that the action means: an error of its own, the mask for its token. */
const MEANT = new Set(["error", "warning", "add-mask", "debug"]);
const OUTPUTS = ["acquired", "reentered", "waited-seconds", "fencing-token", "ref", "claim", "holders"];

function expectHarmless(result: StepResult, where: string): void {
  const { commands, outputs, env, state, failures, log, path, summary } = result;
  for (const { command, form, line } of commands) {
    expect(form, `${where}: ${line}`).toBe("::");
    expect(MEANT, `${where}: ${line}`).toContain(command);
  }
  const said = commands.filter(({ command }) => command === "error" || command === "warning");
  expect(said.length, `${where}: ${log}`).toBeLessThanOrEqual(1);
  expect(failures, where).toEqual([]);
  expect(path, where).toEqual([]);
  for (const name of Object.keys(outputs)) expect(OUTPUTS, where).toContain(name);
  expect(outputs.acquired ?? "false", where).toMatch(/^(true|false)$/);
  for (const name of Object.keys(env)) expect(name, where).toMatch(/^REFLOCK_[A-Z]+$/);
  for (const name of Object.keys(state)) expect(name, where).toBe("reflock");
  // Every line is one that the action began: its own word, or a command's.
  for (const line of log.split("\n").filter((text) => text !== "")) {
    expect(line, where).toMatch(/^(reflock: |##\[(error|warning)\]\S)/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(line, where).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
  }
  expect(summary, where).not.toMatch(/<img|javascript:/);
}

describe.concurrent("by a job of its own", () => {
  test.for(KINDS)("%s", async (kind, { scene }) => {
    const text = textOf(kind);
    const line = text.replaceAll(/\p{Cc}|[\u2028\u2029]/gu, " ").trim();
    const holder = await scene.job({
      actor: text,
      workflow: text,
      job: line,
      runnerName: line,
      eventName: line,
    });
    // A lock's name may have whatever a line may have.
    const inputs = { name: PAYLOADS[kind]?.[0] ?? "", reason: text };
    const main = await holder.holds(inputs);
    expectHarmless(main, "main");
    const waiter = await scene.job();
    const steps = {
      fails: await waiter.runs({ ...inputs, wait: "1s" }),
      skips: await waiter.runs({ ...inputs, "on-timeout": "skip" }),
      status: await waiter.runs({ ...inputs, operation: "status" }),
      "foreign check": await waiter.runs({ ...inputs, operation: "check" }),
      check: await holder.runs({ ...inputs, operation: "check" }),
    };
    for (const [where, result] of Object.entries(steps)) expectHarmless(result, where);
    expect([steps.fails.code, steps.skips.code, steps.status.code, steps.check.code]).toEqual([1, 0, 0, 0]);
    const [shown] = JSON.parse(steps.status.outputs.holders ?? "").locks[0].holders;
    expect(shown).toMatchObject({ who: text, reason: text.trim(), job: line });
    for (const post of await holder.finish()) {
      expectHarmless(post, "post");
      expect(post.code).toBe(0);
    }
    const log = await scene.repository.git(["log", "--all", "--glob=refs/locks", "--format=%s"]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(log).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u2028\u2029]/);
  });
});

describe.concurrent("by hand", () => {
  test.for(KINDS)("%s", async (kind, { scene }) => {
    const text = textOf(kind);
    const run = { ...STRANGER, job: text, actor: text, url: text, runner: text, workflow: text, event: text };
    const fields = { reason: text, requestedAt: text, acquiredAt: text, sequence: 1, extra: text, run };
    await holdByHand(scene.repository, fields);
    const job = await scene.job();
    for (const operation of ["acquire", "check", "release", "status"]) {
      const result = await job.runs({ operation });
      expectHarmless(result, operation);
      expect(result.code, result.log).toBe(operation === "status" ? 0 : 1);
      if (!result.outputs.holders) continue;
      expect(JSON.parse(result.outputs.holders).locks[0].holders).toMatchObject([
        { reason: text, url: text },
      ]);
    }
    for (const post of await job.finish()) expect(post).toMatchObject({ code: 0, log: "" });
  });

  test.for(KINDS)("%s, as the reason of a clear", async (kind, { scene }) => {
    const job = await scene.job();
    await job.holds();
    await takeAway(scene.repository, { outcome: "cleared", reason: textOf(kind), thenHeld: false });
    const check = await job.runs({ operation: "check" });
    const [, post] = await job.finish();
    for (const result of [check, post]) {
      expect(result?.code).toBe(1);
      if (result) expectHarmless(result, "after a clear");
    }
  });

  test("a huge reason does not flood the log", async ({ scene }) => {
    const claim = claimFields({ reason: "x".repeat(60_000) });
    const oid = await writeRecord(scene.repository, "publish held", claim);
    await scene.repository.git(["update-ref", "refs/locks/publish/log/1", oid, ""]);
    const result = await (await scene.job()).runs();
    expect(result.code).toBe(1);
    expect(result.log.length).toBeLessThan(5000);
  });
});

describe.concurrent("the token", () => {
  /** As it came, masks apart: the line that asks for the mask is the one place for it. */
  function expectUnseen(token: string, result: StepResult): void {
    const said = `${result.stdout}\n${result.stderr}`.replaceAll(/^::add-mask::.*$/gm, "");
    const left = JSON.stringify([said, result.outputs, result.env, result.summary]);
    expect(left).not.toContain(token);
    expect(left).not.toContain(Buffer.from(token).toString("base64").slice(0, 20));
    expect(result.commands).toContainEqual(expect.objectContaining({ command: "add-mask", data: token }));
  }

  const TROUBLE = [
    ["no trouble", null],
    ["a cut connection", { kind: "drop-before" }],
    ["a server error", { kind: "5xx-before" }],
    ["a refusal that repeats it", { kind: "refuse", status: 403, message: "" }],
  ] as const;
  test.for(TROUBLE)("with %s, and every move traced", async ([, fault], { scene }) => {
    const given = scene.hub.addToken({ label: "given" });
    const job = await scene.job({ env: { RUNNER_DEBUG: "1" }, fastClock: true });
    const step = job.uses({ token: given });
    const message = `The token ${given} is not welcome`;
    const times = fault?.kind === "refuse" ? 100 : 1;
    if (fault) scene.hub.faults.add({ ...fault, times, ...(fault.kind === "refuse" ? { message } : {}) });
    const main = await step.runMain();
    expect(main.code, main.log).toBe(fault?.kind === "refuse" ? 1 : 0);
    if (fault?.kind !== "refuse") expectUnseen(given, main);
    // What the runner shows is masked in any case.
    expect(main.log).not.toContain(given);
    scene.hub.token(given).expired = true;
    const post = await step.post();
    expect(post.code, post.log).toBe(0);
    expect(post.log).not.toContain(given);
    if (fault?.kind !== "refuse") expectUnseen(given, post);
    const records = await scene.repository.git(["log", "--all", "--glob=refs/locks", "--format=%B%an%ae"]);
    expect(records).not.toContain(given);
  });
});
