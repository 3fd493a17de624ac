/** The step's summary, as the shipped bundle writes it: who held, who waited, how long, and how to clear; and that it costs nothing. */
import { describe, expect } from "vitest";
import type { StepResult } from "../runner/running.ts";
import { blocksOf, type ReadBar, readGantt, strangeTags } from "../unit/summary-reading.ts";
import { takeAway } from "./by-hand.ts";
import { bury, dieHolding } from "./gone.ts";
import { nameOf, test, WAYS } from "./scene.ts";

interface ReadSummary {
  readonly headings: readonly string[];
  readonly bars: readonly (readonly ReadBar[])[];
  /** What a person reads. */
  readonly text: string;
}

/** Whatever else is in it, each summary has to be one that GitHub shows as we mean it. */
async function read({ summary, log }: StepResult): Promise<ReadSummary> {
  expect(log).not.toContain("summary could not be written");
  const blocks = blocksOf(summary);
  const html = blocks.filter(({ kind }) => kind === "html").map(({ text }) => text);
  expect(html.flatMap(strangeTags)).toEqual([]);
  const bars: ReadBar[][] = [];
  for (const { kind, text } of blocks) if (kind === "mermaid") bars.push(await readGantt(text));
  const text = blocks
    .filter(({ kind }) => kind !== "mermaid")
    .map((block) => (block.kind === "html" ? block.text.replaceAll(/<[^>]*>/g, " ") : block.text))
    .join("\n")
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  const headings = [...summary.matchAll(/^<h3>(.*)<\/h3>$/gm)].map(([, title = ""]) =>
    title.replaceAll(/<[^>]*>/g, ""),
  );
  return { headings, bars, text };
}

const held = (bars: readonly ReadBar[] | undefined): string[] =>
  labels(bars).filter((label) => !label.startsWith("Waited"));

const labels = (bars: readonly ReadBar[] | undefined): string[] =>
  (bars ?? []).map(({ section, label }) => `${section}: ${label.replaceAll(/, \d+s( so far)?/g, "")}`);

/** On a busy machine a second may pass. */
const TAKEN = expect.stringMatching(/^Lock publish: acquired (at once|after \d+s)$/);

describe.concurrent("a hold", () => {
  test("at once, and given back", async ({ scene }) => {
    const job = await scene.job({ actor: "mona" });
    const step = job.uses({ reason: "release 2.1" });
    const main = await step.runMain();
    const acquired = await read(main);
    expect(acquired.headings).toEqual([TAKEN]);
    expect(acquired.bars.map(held)).toEqual([["Held: this job"]]);
    for (const part of ["Fencing token  1", "release 2.1", "mona", `expect: ${main.outputs.claim}`])
      expect(acquired.text).toContain(part);
    expect(main.summary).toContain(`<a href="${job.url}">`);
    const given = await step.post();
    const post = await read(given);
    expect(post.headings).toEqual([expect.stringMatching(/^Lock publish: given back after \d+s$/)]);
    expect(post.bars.map(held)).toEqual([["Held: this job"]]);
    expect(given.summary).not.toContain("reflock clear");
  });

  test("after a wait: who held, who else waits, and how long each", async ({ scene }) => {
    const [holder, job, behind] = [await scene.job({ actor: "mona" }), await scene.job(), await scene.job()];
    await holder.holds();
    const main = job.uses({ wait: "1m" }).main();
    await main.line(/in line/);
    const other = behind.uses({ wait: "1m" }).main();
    await other.line(/in line/);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await holder.finish();
    const acquired = await read(await main.result);
    expect(acquired.headings).toEqual([expect.stringMatching(/^Lock publish: acquired after \d+s$/)]);
    const [bars] = acquired.bars;
    expect(labels(bars).slice(0, 3)).toEqual([
      `Held: run ${holder.runId}, mona`,
      "Held: this job",
      "Waited: this job",
    ]);
    expect(bars?.map(({ tags }) => tags).slice(0, 3)).toEqual([["done"], ["active"], []]);
    // One began as the other ended.
    expect(bars?.[2]?.to).toBe(bars?.[1]?.from);
    await job.finish();
    const next = await read(await other.result);
    expect(labels(next.bars[0])).toContain(`Held: run ${job.runId}, octo`);
  });

  test("entered again, by a later step", async ({ scene }) => {
    const job = await scene.job();
    await job.holds();
    const again = await read(await job.runs());
    expect(again.headings).toEqual(["Lock publish: held by this job already"]);
    expect(again.bars.map(held)).toEqual([["Held: this job"]]);
    const [inner, outer] = await job.finish();
    expect(inner?.summary).toBe("");
    expect(outer?.summary).toContain("given back after");
  });

  test("given back by a step", async ({ scene }) => {
    const job = await scene.job();
    await job.holds();
    const released = await read(await job.runs({ operation: "release" }));
    expect(released.headings).toEqual([expect.stringMatching(/^Lock publish: given back after/)]);
    for (const post of await job.finish()) expect(post).toMatchObject({ code: 0, summary: "" });
  });

  test("several names: each has its own", async ({ scene }) => {
    const job = await scene.job();
    const main = await read(await job.holds({ name: "publish\nindex" }));
    expect(main.headings).toEqual([TAKEN, expect.stringMatching(/^Lock index: acquired /)]);
    const [post] = await job.finish();
    expect((await read(post as StepResult)).headings).toHaveLength(2);
  });

  test.for(WAYS)("taken over from the dead, updateRefs %s", async (updateRefs, { scene }) => {
    const [dead, job] = [await scene.job({ actor: "mona" }), await scene.job({ grants: { updateRefs } })];
    await dieHolding(scene, dead);
    bury(scene, dead);
    const { bars, text } = await read(await job.holds());
    expect(held(bars[0])).toEqual([`Held: run ${dead.runId}, mona`, "Held: this job"]);
    expect(bars[0]?.[0]?.tags).toEqual(["crit"]);
    expect(text).toContain("its job is completed");
  });

  test("lost: to whom, and who is in its place", async ({ scene }) => {
    const job = await scene.job();
    await job.holds();
    await takeAway(scene.repository, { outcome: "cleared", reason: "it hung", thenHeld: true });
    const [post] = await job.finish();
    const lost = await read(post as StepResult);
    expect(lost.headings).toEqual(["Lock publish: lost"]);
    expect(held(lost.bars[0])).toEqual(["Held: this job", "Held: run 777, hubot"]);
    expect(lost.bars[0]?.[0]?.tags).toEqual(["crit"]);
    expect(lost.text).toMatch(/cleared by run 777.*it hung/);
  });
});

describe.concurrent("no hold", () => {
  test.for([
    ["fails", {}, "not acquired"],
    ["is skipped", { "on-timeout": "skip" }, "not acquired, and skipped"],
  ] as const)("a wait in vain that %s", async ([, inputs, headline], { scene }) => {
    const [holder, other, job] = [await scene.job({ actor: "mona" }), await scene.job(), await scene.job()];
    const { outputs } = await holder.holds();
    await other
      .uses({ wait: "1h" })
      .main()
      .line(/in line/);
    const { headings, bars, text } = await read(await job.runs({ wait: "2s", ...inputs }));
    expect(headings).toEqual([`Lock publish: ${headline}`]);
    const read_ = labels(bars[0]);
    expect(read_[0]).toBe(`Held: run ${holder.runId}, mona`);
    expect(
      read_
        .slice(1)
        .map((label) => label.replace(/run \d+, octo|somebody/, "other"))
        .sort(),
    ).toEqual(["Waited: other", "Waited: this job"]);
    expect(text).toContain("Raise `wait`, or clear the lock if that run is gone.");
    expect(text).toContain(`expect: ${outputs.claim}\n    force: true`);
  });

  test("told to wait for nothing", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds();
    const { headings, bars } = await read(await (await scene.job()).runs());
    expect(headings).toEqual(["Lock publish: not acquired"]);
    expect(labels(bars[0])[0]).toBe(`Held: run ${holder.runId}, octo`);
  });

  test("cancelled, or stopped by a bad input: no summary", async ({ scene }) => {
    const holder = await scene.job();
    await holder.holds();
    const job = await scene.job();
    const step = job.uses({ wait: "1h" });
    const main = step.main();
    await main.line(/in line/);
    expect(await job.cancel(step)).toMatchObject({ code: 130, summary: "" });
    expect(await job.runs({ wait: "soon" })).toMatchObject({ code: 1, summary: "" });
  });
});

describe.concurrent("other operations", () => {
  test("status: the log's last holds, who holds and who waits", async ({ scene }) => {
    const [first, holder, waiter] = [await scene.job({ actor: "ada" }), await scene.job(), await scene.job()];
    await first.holds();
    await first.finish();
    await holder.holds({ reason: "nightly" });
    await waiter
      .uses({ wait: "1h" })
      .main()
      .line(/in line/);
    const { headings, bars, text } = await read(await (await scene.job()).runs({ operation: "status" }));
    expect(headings).toEqual(["Lock publish: held, 1 in line"]);
    expect(labels(bars[0])).toEqual([
      `Held: run ${first.runId}, ada`,
      `Held: run ${holder.runId}, octo`,
      `Waited: run ${waiter.runId}, octo`,
    ]);
    expect(text).toContain("nightly");
    expect(text).toContain("alive:  its job is in_progress");
  });

  test("clear: what went and what did not, and who held", async ({ scene }) => {
    const holder = await scene.job({ actor: "mona" });
    const { outputs } = await holder.holds();
    const clearer = await scene.job();
    const refused = await read(await clearer.runs({ operation: "clear" }));
    expect(refused.headings).toEqual(["Lock publish: held"]);
    expect(refused.text).toMatch(/the hold of slot 1\s+[0-9a-f]{40}\s+refused\s+it is alive/);
    const given = { operation: "clear", expect: outputs.claim ?? "", force: "true", reason: "it hangs" };
    const cleared = await read(await clearer.runs(given));
    expect(cleared.headings).toEqual(["Lock publish: free"]);
    expect(cleared.text).toMatch(/the hold of slot 1\s+[0-9a-f]{40}\s+cleared\s+it hangs/);
    expect(labels(cleared.bars[0])).toEqual([`Held: run ${holder.runId}, mona`]);
  });

  test("freeze: all slots, and the oid that clears it", async ({ scene }) => {
    const job = await scene.job();
    const main = await job.runs({ operation: "freeze", slots: "2" });
    const { headings, bars, text } = await read(main);
    expect(headings).toEqual(["Lock publish: frozen, until somebody clears it"]);
    expect(held(bars[0])).toEqual(["Slot 1: this job", "Slot 2: this job"]);
    const [oid] = /expect: ([0-9a-f]{40})/.exec(text)?.slice(1) ?? [];
    const clearer = await scene.job();
    expect(await clearer.runs({ operation: "clear", expect: oid ?? "", slots: "2" })).toMatchObject({
      code: 0,
    });
    expect((await read(await clearer.runs({ operation: "status", slots: "2" }))).headings).toEqual([
      "Lock publish: free",
    ]);
  });

  test("what the summary says to clear is what clears", async ({ scene }) => {
    const name = "up load: <b>'x' `y` | é";
    const holder = await scene.job();
    const { summary } = await holder.holds({ name });
    const yaml = blocksOf(summary).find(({ kind }) => kind === "yaml")?.text ?? "";
    const inputs = Object.fromEntries(
      [...yaml.matchAll(/^ {4}([\w-]+): (.*)$/gm)].map(([, input = "", value = ""]) => [
        input,
        value.startsWith('"') ? JSON.parse(value) : value,
      ]),
    );
    expect(inputs.name).toBe(name);
    expect(await (await scene.job()).runs(inputs)).toMatchObject({ code: 0 });
    expect((await holder.finish())[0]).toMatchObject({ code: 1 });
  });
});

describe.concurrent("the cost", () => {
  /** As a runner that knows no summaries, or one whose disk is broken. */
  const without = (script: string) => ({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}`,
  });

  test("no request more than without a summary", async ({ scene }) => {
    const sent: string[][] = [];
    const before = await scene.job();
    await before.holds();
    await before.finish();
    for (const env of [{}, without("delete process.env.GITHUB_STEP_SUMMARY")]) {
      const job = await scene.job({ env });
      const main = await job.holds();
      expect(main.summary === "").toBe("NODE_OPTIONS" in env);
      await job.finish();
      sent.push(job.sent.map(nameOf));
    }
    expect(sent[0]?.toSorted()).toEqual(sent[1]?.toSorted());
    expect(sent[0]).toHaveLength(6);
  });

  test.for([
    ["a folder", "process.env.GITHUB_STEP_SUMMARY = process.env.RUNNER_TEMP"],
    ["a path that leads nowhere", "process.env.GITHUB_STEP_SUMMARY = '/nowhere/at/all'"],
  ])("%s instead of a file: the step passes, and says so", async ([, script = ""], { scene }) => {
    const job = await scene.job({ env: without(script) });
    const main = await job.holds();
    expect(main.log).toContain("reflock: the step summary could not be written: ");
    const [post] = await job.finish();
    expect(post).toMatchObject({ code: 0, log: expect.stringContaining("could not be written") });
    expect(await scene.history()).toMatchObject([{ endedBy: { outcome: "released" } }]);
  });
});
