/**
 * What the lock is there for: commands under `reflock run` read, pause and write one number, and no update is lost. Where a hold is ended by force while its
 * command works on, which no lock can keep it from, updates are lost; and none is where whoever keeps the number compares the fencing token.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type Family, HAS_PROC, until } from "../cli/child-stage.ts";
import { expectStatus, openLock, test } from "../cli/run-stage.ts";
import {
  clearByForce,
  hasTried,
  type Kind,
  numberIn,
  openScene,
  type Scene,
  startReader,
  startStopped,
  startWriter,
  statesOf,
  type Writer,
} from "./scene.ts";

const PROVE = process.env.REFLOCK_PROVE !== undefined;
const WRITERS = PROVE ? 32 : 4;
/** Who is cleared while it works on (`c`), and who is left in peace, so that its update counts. The last one is, or nobody could come before a late one. */
const IN_A_ROW = PROVE ? "ccpcpcccppcp".repeat(8) : "ccpcp";
/** The shortest that the command line takes. */
const SHORTEST = "3s";
const LOST = 76;
const LIMIT = { timeout: PROVE ? 3_600_000 : 120_000 };

const accepted = (writers: readonly Writer[]) => writers.reduce((sum, { wrote }) => sum + wrote.length, 0);

/** Who wrote late has overwritten what came after it, unless it was refused; and either way it is told that its lock was lost. */
async function expectLate(scene: Scene, late: Writer, next: Writer): Promise<void> {
  await expectStatus(late.run, LOST);
  expect(late.run.stderr).toMatch(/was lost/);
  expect(next.token).toBe(late.token + 1);
  expect([late.read, next.read, next.wrote]).toEqual([[0], [0], [1]]);
  expect(numberIn(scene)).toBe(1);
  expect(late.wasRefused).toBe(scene.kind === "fenced");
  // Without the token two updates were told to be written, and one is there.
  expect(accepted([late, next])).toBe(scene.kind === "naive" ? 2 : 1);
}

const KINDS: readonly Kind[] = ["naive", "fenced"];

/** Each kind at the same time, in a folder of its own. */
async function withEach(
  { family, folder }: { readonly family: Family; readonly folder: string },
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const scenes = KINDS.map((kind) => {
    const own = join(folder, kind);
    mkdirSync(own);
    return openScene(openLock(family, own), own, kind);
  });
  await Promise.all(scenes.map(run));
}

describe.skipIf(!HAS_PROC).concurrent("writers of one number under the lock", () => {
  test("lose nothing, and none is refused, while nobody disturbs them", LIMIT, async ({ family, folder }) => {
    await withEach({ family, folder }, async (scene) => {
      const writers = Array.from({ length: WRITERS }, () => startWriter(scene, { lease: "5m", times: 2 }));
      for (const { run } of writers) await expectStatus(run, 0);
      expect(numberIn(scene)).toBe(2 * WRITERS);
      expect(accepted(writers)).toBe(2 * WRITERS);
      const tokens = writers.map(({ token }) => token).sort((a, b) => a - b);
      expect(tokens).toEqual(Array.from({ length: WRITERS }, (_, index) => index + 1));
    });
  });
});

describe
  .skipIf(!HAS_PROC)
  .concurrent(
    "a writer who works on when its hold has ended loses updates, unless the token refuses it",
    () => {
      test("on a machine that stood still for longer than the lease", LIMIT, async ({ family, folder }) => {
        await withEach({ family, folder }, async (scene) => {
          const { writer: late, machine } = await startStopped(scene, { lease: SHORTEST });
          const next = startWriter(scene, { lease: "5m" });
          try {
            await expectStatus(next.run, 0);
            expect(scene.lock.log()).toContainEqual(expect.stringContaining("expired"));
            late.go();
            machine.continueCommand();
            await until(() => hasTried(late), 30_000);
          } finally {
            machine.continueAll();
          }
          await expectLate(scene, late, next);
        });
      });

      test(
        "after somebody cleared it by force, where nothing but KILL ends it",
        LIMIT,
        async ({ family, folder }) => {
          await withEach({ family, folder }, async (scene) => {
            // A third of it passes before the loss is noticed, and nearly another before KILL.
            const late = await startReader(scene, { lease: "12s", stays: true });
            const next = startWriter(scene, { lease: "5m" });
            await until(() => scene.lock.waiters() === 1, 30_000);
            await clearByForce(scene);
            await expectStatus(next.run, 0);
            await until(() => late.run.stderr.includes("The command is ended."), 30_000);
            late.go();
            await until(() => hasTried(late), 30_000);
            await expectLate(scene, late, next);
          });
          expect(family.members()).toEqual([]);
        },
      );

      test("again and again, among others who are left in peace", LIMIT, async ({ family, folder }) => {
        await withEach({ family, folder }, async (scene) => {
          const writers = await oneAfterTheOther(scene);
          const isLate = (_: Writer, index: number) => IN_A_ROW[index] === "c";
          for (const [index, writer] of writers.entries())
            await expectStatus(writer.run, isLate(writer, index) ? LOST : 0);
          const late = writers.filter(isLate);
          const inPeace = writers.length - late.length;
          expect(writers.filter(({ wasRefused }) => wasRefused)).toEqual(scene.kind === "fenced" ? late : []);
          expect(accepted(writers)).toBe(scene.kind === "fenced" ? inPeace : writers.length);
          if (scene.kind === "fenced") expectSteps(scene, inPeace);
          else expect(numberIn(scene)).toBeLessThan(writers.length);
        });
      });
    },
  );

/** Each comes while the one before works on if that was cleared, which then goes on before or after the next has written, in turns. */
async function oneAfterTheOther(scene: Scene): Promise<Writer[]> {
  const writers: Writer[] = [];
  let late: Writer | null = null;
  for (const [index, fate] of [...IN_A_ROW].entries()) {
    const writer = await startReader(scene, { lease: "5m" });
    writers.push(writer);
    const isEarly = index % 2 === 0;
    if (isEarly) await letTry(late);
    if (fate === "c") await clearByForce(scene);
    else await letTry(writer);
    if (!isEarly) await letTry(late);
    late = fate === "c" ? writer : null;
  }
  return writers;
}

async function letTry(writer: Writer | null): Promise<void> {
  if (writer === null) return;
  writer.go();
  await until(() => hasTried(writer), 30_000);
}

/** What was accepted follows what was there before, under no lower token; and nothing else is there. */
function expectSteps(scene: Scene, updates: number): void {
  let [token, value] = [0, 0];
  for (const state of statesOf(scene)) {
    expect(state.token).toBeGreaterThanOrEqual(token);
    expect([value, value + 1]).toContain(state.value);
    ({ token, value } = state);
  }
  expect(value).toBe(updates);
}
