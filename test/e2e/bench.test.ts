/** The benchmark runs, and its figures are whole. How long anything took is nobody's business here. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { compared } from "../../bench/comparison.ts";
import { type Figures, PARTS } from "../../bench/figures.ts";
import { tableOf } from "../../bench/report.ts";
import { deviationOf, ratioOf, type Spread, spreadOf } from "../../bench/statistics.ts";

const BENCH = fileURLToPath(new URL("../../bench/bench.ts", import.meta.url));

const run = (...options: string[]) =>
  promisify(execFile)(process.execPath, [BENCH, "--quick", "--json", ...options]);

let figures: Required<Figures>;
let startUpAlone: Partial<Figures>;

beforeAll(async () => {
  const both = await Promise.all([run(), run("--only", "start-up")]);
  [figures, startUpAlone] = both.map(({ stdout }) => JSON.parse(stdout)) as [
    typeof figures,
    Partial<Figures>,
  ];
}, 300_000);

const number = expect.any(Number);
const time = {
  ...{ samples: number, minMs: number, medianMs: number, p90Ms: number, maxMs: number },
  quartilesMs: [number, number],
};
const ratio = { byMedian: number, byMin: number, spread: number };
const cost = {
  ...{ acquisitions: number, requests: number, counted: number, graphql: number },
  ...{ mostCounted: number, deviation: number },
};

describe("the figures of a quick run", () => {
  test("say of which run and which machine they are", () => {
    expect(figures).toMatchObject({
      version: 2,
      quick: true,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      machine: { node: process.version, cpus: number, load: [number, number] },
    });
  });

  test("are numbers, every one, and in order", () => {
    const { startUp, handOff, commandLine } = figures;
    expect(startUp.bare).toEqual(time);
    expect(startUp.programs.map(({ name }) => name)).toEqual([
      ...["main, refused input", "post, nothing to give back"],
      ...["reflock --version", "reflock status, by path"],
    ]);
    for (const program of startUp.programs)
      expect(program).toMatchObject({ time, overBareMs: number, leastOverBareMs: number, ratio });
    expect(handOff).toEqual({ delayMs: 5, time, floor: time, ratio });
    const spreads: Spread[] = [
      ...[startUp.bare, ...startUp.programs.map((program) => program.time)],
      ...[handOff.time, handOff.floor],
      ...commandLine.flatMap((way) => [way.run, ...way.floors.map((floor) => floor.time)]),
    ];
    for (const { samples, minMs, medianMs, p90Ms, maxMs, quartilesMs } of spreads) {
      expect(samples).toBeGreaterThan(0);
      const inOrder = [minMs, quartilesMs[0], medianMs, quartilesMs[1], maxMs];
      expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
      expect(p90Ms).toBeLessThanOrEqual(maxMs);
      expect(minMs).toBeGreaterThan(0);
    }
  });

  test("count what the bundle promises, beside a floor that sends the same", () => {
    const [at] = figures.uncontended;
    expect(figures.uncontended).toHaveLength(1);
    expect(at?.acquire.requests).toBeLessThanOrEqual(4);
    expect(at?.acquire.roundTrips).toBeLessThanOrEqual(3);
    expect(at?.release.requests).toBeLessThanOrEqual(2);
    expect(at?.release.roundTrips).toBeLessThanOrEqual(2);
    for (const one of [at?.acquire, at?.release]) {
      expect([one?.floorRequests, one?.floorRoundTrips]).toEqual([one?.requests, one?.roundTrips]);
      expect(one).toMatchObject({ time, floor: time, ratio });
    }
  });

  test("tell what an acquisition costs by itself, in a crowd and after a wait", () => {
    const { crowds, waits, uncontended } = figures;
    expect(crowds.map(({ size, by }) => [size, by])).toEqual([
      ...[1, 2].map((size) => [size, "processes"]),
      ...[1, 3].map((size) => [size, "virtual"]),
    ]);
    expect(crowds.map(({ acquisitions }) => acquisitions)).toEqual([1, 2, 1, 3]);
    expect(waits.map(({ minutes }) => minutes)).toEqual([1, 10]);
    for (const paid of [...crowds, ...waits]) {
      expect(paid).toMatchObject(cost);
      expect(paid.counted).toBeLessThanOrEqual(paid.requests);
      expect(paid.counted).toBeLessThanOrEqual(paid.mostCounted);
      expect(paid.graphql).toBeLessThan(paid.counted);
    }
    const [at] = uncontended;
    expect(crowds[0]?.requests).toBe((at?.acquire.requests ?? 0) + (at?.release.requests ?? 0));
  });

  test("tell that a longer wait is asked after more often, and pays nothing for it", () => {
    const [short, long] = figures.waits;
    expect(long?.requests).toBeGreaterThan(100 + (short?.requests ?? 0));
    expect(long?.counted).toBeLessThanOrEqual(2 + (short?.counted ?? 0));
  });

  test("show `reflock run` beside git itself, by path and over http", () => {
    const [path, http] = figures.commandLine;
    expect(figures.commandLine.map(({ way }) => way)).toEqual(["path", "http"]);
    const pushes = ["two git push", "node -e 0, two git push"];
    expect(path?.floors.map(({ name }) => name)).toEqual(["two git update-ref", ...pushes]);
    expect(http?.floors.map(({ name }) => name)).toEqual(pushes);
    // By path: the configuration, where the repository is, its refs, and a push each to take and to give back. Elsewhere a fetch does the second and third.
    expect([path?.gits, http?.gits]).toEqual([5, 4]);
    for (const { floors } of figures.commandLine) {
      for (const floor of floors) expect(floor).toMatchObject({ time, ratio });
    }
    expect(path?.requests).toBeNull();
    // A fetch is three requests and a push two.
    expect(http?.requests).toEqual({ run: 7, pushes: 4 });
  });

  test("make a table of at most a hundred columns", () => {
    const table = tableOf(figures, figures);
    const titles = ["Start-up", "reflock run", "Uncontended", "Hand-off", "by crowd", "by wait", "baseline"];
    for (const title of titles) expect(table).toContain(title);
    expect(table).not.toMatch(/NaN|undefined/);
    for (const line of table.split("\n").slice(1)) expect(line.length, line).toBeLessThanOrEqual(100);
    expect(tableOf(figures, null)).not.toContain("baseline");
  });
});

describe("beside a baseline", () => {
  test("the same figures are the same, and none is worse", () => {
    const rows = compared(figures, figures);
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) expect(row).toMatchObject({ before: row.now, isWorse: false });
    expect(tableOf(figures, figures)).not.toContain("worse");
  });

  test("a row is worse where it is so by more than the spread of either run", () => {
    const { handOff } = figures;
    const withRatio = (byMedian: number, spread: number): Figures => ({
      ...figures,
      handOff: { ...handOff, ratio: { ...handOff.ratio, byMedian, spread } },
    });
    const isWorse = (now: Figures, before: Figures) =>
      compared(now, before).flatMap((row) => (row.isWorse ? [row.name] : []));
    expect(isWorse(withRatio(2.3, 0.1), withRatio(2, 0.2))).toEqual(["hand-off: over its floor"]);
    expect(isWorse(withRatio(2.3, 0.4), withRatio(2, 0.2))).toEqual([]);
    expect(isWorse(withRatio(2.3, 0.1), withRatio(2, 0.4))).toEqual([]);
    expect(isWorse(withRatio(1, 0), withRatio(2, 0))).toEqual([]);
    expect(tableOf(withRatio(2.3, 0.1), withRatio(2, 0.2))).toMatch(
      /hand-off: over its floor .* worse: 1.15/,
    );
  });

  test("what the baseline has not measured is not compared", () => {
    const { waits: _, ...without } = figures;
    const rows = compared(figures, without).filter(({ before }) => before === null);
    expect(rows.map(({ name }) => name)).toEqual([
      ...["wait of 1 min: counted requests", "wait of 10 min: counted requests"],
    ]);
  });
});

test("a part can be run by itself, and no part that is not there", async () => {
  const { startUp, ...others } = startUpAlone;
  expect(startUp?.programs).toHaveLength(4);
  expect(Object.keys(others)).toEqual(["version", "at", "quick", "machine"]);
  await Promise.all([
    expect(run("--only", "start-up,nothing")).rejects.toThrow(PARTS.join(", ")),
    expect(run("--save-baseline")).rejects.toThrow("A baseline is a full run"),
  ]);
});

describe("statistics", () => {
  test("a spread is of the sorted times, between them where there is none", () => {
    expect(spreadOf([30, 10, 20])).toEqual({
      ...{ samples: 3, minMs: 10, medianMs: 20, p90Ms: 28, maxMs: 30, quartilesMs: [15, 25] },
    });
    expect(spreadOf([4]).quartilesMs).toEqual([4, 4]);
    expect(() => spreadOf([])).toThrow("nothing was measured");
  });

  test("a ratio is as uncertain as both of its sides", () => {
    const [time, floor] = [spreadOf([20, 40, 60]), spreadOf([10, 20, 30])];
    expect(ratioOf(time, floor)).toEqual({ byMedian: 2, byMin: 2, spread: 1 });
    expect(ratioOf(time, spreadOf([5]))).toEqual({ byMedian: 8, byMin: 4, spread: 2 });
  });

  test("a deviation is none where all are the same", () => {
    expect([deviationOf([7, 7]), deviationOf([6, 8]), deviationOf([])]).toEqual([0, 1, 0]);
  });
});
