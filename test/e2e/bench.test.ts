/** The benchmark runs, and its figures are whole. How long anything took is nobody's business here. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { type Figures, tableOf } from "../../bench/report.ts";
import { spreadOf } from "../../bench/statistics.ts";

const BENCH = fileURLToPath(new URL("../../bench/bench.ts", import.meta.url));

let figures: Figures;

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, "--quick", "--json"]);
  figures = JSON.parse(stdout);
}, 120_000);

const time = {
  samples: expect.any(Number),
  ...{
    minMs: expect.any(Number),
    medianMs: expect.any(Number),
    p90Ms: expect.any(Number),
    maxMs: expect.any(Number),
  },
};

describe("the figures of a quick run", () => {
  test("say of which run and which machine they are", () => {
    expect(figures).toMatchObject({
      version: 1,
      quick: true,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      machine: {
        node: process.version,
        cpus: expect.any(Number),
        load: [expect.any(Number), expect.any(Number)],
      },
    });
  });

  test("are numbers, every one, and in order", () => {
    const over = { ...time, overBareMs: expect.any(Number), leastOverBareMs: expect.any(Number) };
    expect(figures.startUp).toEqual({ bare: time, main: over, post: over });
    expect(figures.handOff).toMatchObject({ time, floor: time, ratio: expect.any(Number) });
    const spreads = [figures.startUp.bare, figures.startUp.main, figures.handOff.time, figures.handOff.floor];
    for (const { samples, minMs, medianMs, p90Ms, maxMs } of spreads) {
      expect(samples).toBeGreaterThan(0);
      expect([minMs, medianMs, p90Ms, maxMs]).toEqual(
        [minMs, medianMs, p90Ms, maxMs].toSorted((a, b) => a - b),
      );
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
      expect(one).toMatchObject({ time, floor: time, ratio: expect.any(Number) });
    }
  });

  test("tell what an acquisition costs by itself and in a crowd", () => {
    expect(figures.crowds.map(({ size }) => size)).toEqual([1, 2]);
    for (const { requests, counted, mostCounted } of figures.crowds) {
      expect(counted).toBeLessThanOrEqual(requests);
      expect(counted).toBeLessThanOrEqual(mostCounted);
    }
    expect(figures.crowds[0]?.requests).toBe(figures.uncontended[0]?.acquire.requests);
  });

  test("make a table, and another beside a baseline", () => {
    const table = tableOf(figures, null);
    for (const title of ["Start-up", "Uncontended", "Hand-off", "Crowds"]) expect(table).toContain(title);
    expect(table).not.toMatch(/NaN|undefined|baseline/);
    const [, compared = ""] = tableOf(figures, figures).split("Beside the baseline");
    const ratios = compared
      .split("\n")
      .slice(2)
      .map((line) => line.trim().split(/\s+/).at(-1));
    expect(ratios.length).toBeGreaterThan(8);
    expect(new Set(ratios)).toEqual(new Set(["1"]));
  });
});

test("a spread is of the sorted times, between them where there is none", () => {
  expect(spreadOf([30, 10, 20])).toEqual({ samples: 3, minMs: 10, medianMs: 20, p90Ms: 28, maxMs: 30 });
  expect(spreadOf([4])).toEqual({ samples: 1, minMs: 4, medianMs: 4, p90Ms: 4, maxMs: 4 });
  expect(() => spreadOf([])).toThrow("nothing was measured");
});
