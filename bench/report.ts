/**
 * The figures of one run as a table for a terminal, none wider than a hundred columns. Measures nothing.
 */

import type { CommandLine } from "./command-line.ts";
import { compared } from "./comparison.ts";
import type { Crowd, HandOff } from "./crowd.ts";
import type { Figures, Wait } from "./figures.ts";
import type { StartUp } from "./start-up.ts";
import { rounded, type Spread } from "./statistics.ts";
import type { BesideFloor, Uncontended } from "./uncontended.ts";

type Row = readonly (string | number)[];

const TIMES = ["ms", "min", "median", "p90", "max"];
const times = ({ minMs, medianMs, p90Ms, maxMs }: Spread): Row => [minMs, medianMs, p90Ms, maxMs];

export function tableOf(figures: Figures, baseline: Figures | null): string {
  const { startUp, commandLine, uncontended, handOff, crowds, waits, machine } = figures;
  return [
    `${machine.model}, ${machine.cpus} cpus, node ${machine.node}, load ${machine.load.join(" -> ")}`,
    ...(startUp === undefined ? [] : [startUpTable(startUp)]),
    ...(commandLine ?? []).map(commandLineTable),
    ...(uncontended === undefined ? [] : [uncontendedTable(uncontended)]),
    ...(handOff === undefined ? [] : [handOffTable(handOff)]),
    ...(crowds === undefined ? [] : [crowdTable(crowds)]),
    ...(waits === undefined ? [] : [waitTable(waits)]),
    ...(baseline === null ? [] : [comparisonTable(figures, baseline)]),
  ].join("\n\n");
}

function startUpTable({ bare, programs }: StartUp): string {
  return table(
    "Start-up",
    [...TIMES, "over bare", "by min"],
    [
      ["node -e 0", ...times(bare), "", ""],
      ...programs.map(
        ({ name, time, overBareMs, leastOverBareMs }): Row => [
          ...[name, ...times(time), overBareMs, leastOverBareMs],
        ],
      ),
    ],
  );
}

function commandLineTable({ way, run, floors, gits, requests }: CommandLine): string {
  const asked = requests === null ? "" : `; requests: ${requests.run}, of two pushes ${requests.pushes}`;
  return table(
    `reflock run true, by ${way} (git processes: ${gits}${asked})`,
    [...TIMES, "run is", "by min"],
    [
      ["reflock run true", ...times(run), "", ""],
      ...floors.map(
        ({ name, time, ratio }): Row => [name, ...times(time), `${ratio.byMedian} x`, `${ratio.byMin} x`],
      ),
    ],
  );
}

function uncontendedTable(uncontended: readonly Uncontended[]): string {
  return table(
    "Uncontended, whole processes, beside plain fetch of the same requests",
    ["at ms a request", "requests", "round trips", "median ms", "floor ms", "ratio", "by min"],
    uncontended.flatMap(({ delayMs, acquire, release }) => [
      besideRow(`acquire, ${delayMs}`, acquire),
      besideRow(`release, ${delayMs}`, release),
    ]),
  );
}

function besideRow(name: string, { requests, roundTrips, time, floor, ratio, ...floors }: BesideFloor): Row {
  const same = requests === floors.floorRequests && roundTrips === floors.floorRoundTrips;
  const told = (own: number | null, floors: number | null): string =>
    same ? String(own ?? "-") : `${own ?? "-"} (floor ${floors ?? "-"})`;
  return [
    ...[name, told(requests, floors.floorRequests), told(roundTrips, floors.floorRoundTrips)],
    ...[time.medianMs, floor.medianMs, ratio.byMedian, ratio.byMin],
  ];
}

function handOffTable({ delayMs, time, floor }: HandOff): string {
  return table(
    `Hand-off at ${delayMs} ms a request`,
    [...TIMES, "samples"],
    [
      ["from release to acquired", ...times(time), time.samples],
      ["floor: polls without pause", ...times(floor), floor.samples],
    ],
  );
}

const PROCESSES = "processes, all at once";
const VIRTUAL = "virtual: one a second, each holds 5 s";

function crowdTable(crowds: readonly Crowd[]): string {
  return table(
    "Requests by crowd: of each acquisition, its wait and its release included",
    ["crowd", "counted", "+-", "most", "graphql", "with 304s"],
    crowds.map(({ size, by, counted, deviation, mostCounted, graphql, requests }) => [
      `${String(size).padEnd(4)} ${by === "virtual" ? VIRTUAL : PROCESSES}`,
      ...[counted, deviation, mostCounted, graphql, requests],
    ]),
  );
}

function waitTable(waits: readonly Wait[]): string {
  return table(
    "Requests by wait, virtual: of one acquisition behind one holder, its release included",
    ["min", "counted", "graphql", "with 304s"],
    waits.map(({ minutes, counted, graphql, requests }) => [String(minutes), counted, graphql, requests]),
  );
}

function comparisonTable(figures: Figures, baseline: Figures): string {
  const rows = compared(figures, baseline).map(({ name, now, before, isWorse }): Row => {
    const ratio = before === null || before === 0 ? "-" : String(rounded(now / before, 2));
    return [name, now, before ?? "-", isWorse ? `worse: ${ratio}` : ratio];
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
