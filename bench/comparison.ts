/**
 * The figures of one run beside those of an earlier one. Owns what of them may be compared, and from where on a difference is one.
 */
import type { Figures } from "./figures.ts";
import type { Ratio } from "./statistics.ts";
import type { BesideFloor } from "./uncontended.ts";

/** Something that does not depend on the machine's speed alone: a count, or a ratio to a floor of the same run. */
interface Comparable {
  readonly value: number;
  /** By how much it differs by itself between two runs of the same. */
  readonly spread: number;
}

type Named = readonly [name: string, comparable: Comparable];

export interface Compared {
  readonly name: string;
  readonly now: number;
  /** `null` where it was not measured then. */
  readonly before: number | null;
  /** By more than the spread of either run. */
  readonly isWorse: boolean;
}

export function compared(figures: Figures, baseline: Figures): Compared[] {
  const baselines = new Map(comparable(baseline));
  return comparable(figures).map(([name, { value, spread }]) => {
    const old = baselines.get(name);
    const isWorse = old !== undefined && value - old.value > Math.max(spread, old.spread);
    return { name, now: value, before: old?.value ?? null, isWorse };
  });
}

const count = (name: string, value: number, spread = 0): Named => [name, { value, spread }];
const ratio = (name: string, { byMedian, spread }: Ratio): Named => [name, { value: byMedian, spread }];

function comparable(figures: Figures): Named[] {
  const { startUp, uncontended = [], handOff, crowds = [], waits = [], commandLine = [] } = figures;
  return [
    ...(startUp?.programs ?? []).map((program) =>
      ratio(`start-up of ${program.name}: over bare node`, program.ratio),
    ),
    ...commandLine.flatMap(({ way, gits, requests, floors }) => [
      count(`reflock run by ${way}: git processes`, gits),
      ...(requests === null ? [] : [count(`reflock run by ${way}: requests`, requests.run)]),
      ...floors.map((floor) => ratio(`reflock run by ${way}: over ${floor.name}`, floor.ratio)),
    ]),
    ...uncontended.flatMap(({ delayMs, acquire, release }) => [
      ...beside(`acquire at ${delayMs} ms`, acquire),
      ...beside(`release at ${delayMs} ms`, release),
    ]),
    ...(handOff === undefined ? [] : [ratio("hand-off: over its floor", handOff.ratio)]),
    ...crowds.map(({ size, by, counted, deviation }) =>
      count(`crowd of ${size}, ${by}: counted requests`, counted, deviation),
    ),
    ...waits.map(({ minutes, counted }) => count(`wait of ${minutes} min: counted requests`, counted)),
  ];
}

function beside(name: string, { requests, roundTrips, ...rest }: BesideFloor): Named[] {
  return [
    count(`${name}: requests`, requests),
    ...(roundTrips === null ? [] : [count(`${name}: round trips`, roundTrips)]),
    ratio(`${name}: over its floor`, rest.ratio),
  ];
}
