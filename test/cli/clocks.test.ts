/** A laptop whose clock is wrong: it neither loses its lock nor jumps the queue, nor makes others do so. */
import { describe, expect } from "vitest";
import { type Desk, test } from "./desk.ts";

/** Loaded before the command: its wall clock is off by so much. */
function wrongBy(ms: number): Readonly<Record<string, string>> {
  const source = `const now = Date.now; const Real = Date; const off = ${ms};
    globalThis.Date = class extends Real { constructor(...a) { a.length === 0 ? super(now() + off) : super(...a); } static now() { return now() + off; } };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(source)}` };
}

const HOUR_MS = 3_600_000;

/** Writes its name, when it has its turn. */
function inLine(desk: Desk, name: string, env: Readonly<Record<string, string>> = {}) {
  const script = `reflock run --remote "$REMOTE" --wait 5m publish -- sh -c 'echo ${name} >> order'`;
  return desk.shell(script, env);
}

async function until(desk: Desk, waiters: number): Promise<void> {
  while ((await desk.refs()).filter((ref) => ref.includes("/queue/")).length < waiters)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

describe.concurrent.each([-HOUR_MS, HOUR_MS])("a clock that is %i ms off", (ms) => {
  test("waits its turn, and lets others have theirs", async ({ desk }) => {
    const holder = await desk.cli("acquire", "publish");
    const waiting = [];
    for (const [at, name] of ["first", "wrong", "third"].entries()) {
      waiting.push(inLine(desk, name, name === "wrong" ? wrongBy(ms) : {}));
      await until(desk, at + 1);
    }
    expect((await desk.cli("release", "publish", holder.out.trimEnd())).code).toBe(0);
    for (const said of await Promise.all(waiting)) expect(said.code, said.err).toBe(0);
    expect((await desk.shell("cat order")).out).toBe("first\nwrong\nthird\n");
    const dates = await desk.locks.git("log", "--format=%cd", "--date=unix", "refs/locks/publish/log/1");
    const seconds = dates.trim().split("\n").map(Number);
    expect(Math.max(...seconds) - Math.min(...seconds)).toBeGreaterThan(3500);
  });

  test("keeps its lock for its lease, and loses it to nobody before", async ({ desk }) => {
    const held = await desk.shell('reflock acquire --remote "$REMOTE" --lease 4s publish', wrongBy(ms));
    expect(held.code, held.err).toBe(0);
    const startedMs = performance.now();
    const early = await desk.cli("acquire", "--no-wait", "publish");
    expect(early.code).toBe(75);
    const next = await desk.cli("acquire", "--wait", "1m", "publish");
    expect(next.code, next.err).toBe(0);
    expect(performance.now() - startedMs).toBeGreaterThan(4000);
    expect(performance.now() - startedMs).toBeLessThan(30_000);
  });
});
