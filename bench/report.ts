/**
 * The figures of one run: as JSON, as a table, and beside those of an earlier run. Owns their shape; measures nothing.
 */
import type { Crowd, HandOff } from "./crowd.ts";
import type { StartUp } from "./start-up.ts";
import { rounded, type Spread } from "./statistics.ts";
import type { BesideFloor, Uncontended } from "./uncontended.ts";

export interface Figures {
  readonly version: 1;
  readonly at: string;
  readonly quick: boolean;
  readonly machine: {
    readonly node: string;
    readonly platform: string;
    readonly cpus: number;
    readonly model: string;
    /** Of one minute, before the run and after it: how much else the machine had to do. */
    readonly load: readonly [number, number];
  };
  readonly startUp: StartUp;
  readonly uncontended: readonly Uncontended[];
  readonly handOff: HandOff;
  readonly crowds: readonly Crowd[];
}

type Row = readonly (string | number)[];

/** Everything that does not depend on the machine's speed alone: counts, and ratios to a floor of the same run. */
function comparable({ startUp, uncontended, handOff, crowds }: Figures): Map<string, number> {
  const beside = (name: string, { requests, roundTrips, ratio }: BesideFloor): [string, number][] => [
    [`${name}: requests`, requests],
    ...(roundTrips === null ? [] : [[`${name}: round trips`, roundTrips] as [string, number]]),
    [`${name}: over its floor`, ratio],
  ];
  return new Map([
    ["start-up of main: over bare node", rounded(startUp.main.medianMs / startUp.bare.medianMs, 2)],
    ["start-up of post: over bare node", rounded(startUp.post.medianMs / startUp.bare.medianMs, 2)],
    ...uncontended.flatMap(({ delayMs, acquire, release }) => [
      ...beside(`acquire at ${delayMs} ms`, acquire),
      ...beside(`release at ${delayMs} ms`, release),
    ]),
    ["hand-off: over its floor", handOff.ratio],
    ...crowds.map(({ size, counted }): [string, number] => [`crowd of ${size}: counted requests`, counted]),
  ]);
}

export function tableOf(figures: Figures, baseline: Figures | null): string {
  const { startUp, uncontended, handOff, crowds, machine } = figures;
  const spread = ({ minMs, medianMs, p90Ms, maxMs }: Spread): Row => [minMs, medianMs, p90Ms, maxMs];
  const head = ["ms", "min", "median", "p90", "max"];
  const parts = [
    `${machine.model}, ${machine.cpus} cpus, node ${machine.node}, load ${machine.load.join(" -> ")}`,
    table(
      "Start-up",
      [...head, "over bare", "by min"],
      [
        ["node -e 0", ...spread(startUp.bare), "", ""],
        [
          "main, refused input",
          ...spread(startUp.main),
          startUp.main.overBareMs,
          startUp.main.leastOverBareMs,
        ],
        [
          "post, nothing to do",
          ...spread(startUp.post),
          startUp.post.overBareMs,
          startUp.post.leastOverBareMs,
        ],
      ],
    ),
    table(
      "Uncontended, whole processes",
      ["at ms a request", "requests", "round trips", "median ms", "floor ms", "ratio"],
      uncontended.flatMap(({ delayMs, acquire, release }) => [
        besideRow(`acquire, ${delayMs}`, acquire),
        besideRow(`release, ${delayMs}`, release),
      ]),
    ),
    table(
      `Hand-off at ${handOff.delayMs} ms a request`,
      [...head, "samples"],
      [
        ["from release to acquired", ...spread(handOff.time), handOff.time.samples],
        ["floor: polls without pause", ...spread(handOff.floor), handOff.floor.samples],
      ],
    ),
    table(
      "Crowds, per acquisition",
      ["size", "requests", "counted", "most counted", "median wait ms"],
      crowds.map(({ size, requests, counted, mostCounted, waitedMs }) => [
        ...[String(size), requests, counted, mostCounted, waitedMs.medianMs],
      ]),
    ),
  ];
  if (baseline !== null) parts.push(comparisonOf(figures, baseline));
  return parts.join("\n\n");
}

function besideRow(name: string, { requests, roundTrips, time, floor, ratio, ...floors }: BesideFloor): Row {
  const same = requests === floors.floorRequests && roundTrips === floors.floorRoundTrips;
  const told = (own: number | null, floors: number | null): string =>
    same ? String(own ?? "-") : `${own ?? "-"} (floor ${floors ?? "-"})`;
  return [
    ...[name, told(requests, floors.floorRequests), told(roundTrips, floors.floorRoundTrips)],
    ...[time.medianMs, floor.medianMs, ratio],
  ];
}

function comparisonOf(figures: Figures, baseline: Figures): string {
  const before = comparable(baseline);
  const rows = [...comparable(figures)].map(([name, value]): Row => {
    const old = before.get(name);
    return [name, value, old ?? "-", old === undefined || old === 0 ? "-" : rounded(value / old, 2)];
  });
  return table(`Beside the baseline of ${baseline.at.slice(0, 10)}`, ["", "now", "then", "now/then"], rows);
}

function table(title: string, head: Row, rows: readonly Row[]): string {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [title, ...all.map((row) => `  ${line(row)}`)].join("\n");
}
