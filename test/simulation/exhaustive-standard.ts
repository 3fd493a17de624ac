/**
 * Owns which scenarios the exhaustive search goes through in the tests and by its command, and how its figures are shown. Must not know how it searches.
 */
import type { Exploration } from "./exhaustive.ts";
import type { Scenario } from "./exhaustive-stage.ts";

const PLAIN: Scenario = { waits: [], slots: 1, way: "atomic", crashes: 0, losses: 0, cancels: 0 };
const QUEUE_2: Scenario = { ...PLAIN, waits: ["forever", "forever"] };
const QUEUE_3: Scenario = { ...PLAIN, waits: ["forever", "forever", "forever"] };
const FAIL_FAST_2: Scenario = { ...PLAIN, waits: [0, 0] };
const FAIL_FAST_3: Scenario = { ...PLAIN, waits: [0, 0, 0] };
const CRASH_AND_LOSS = { crashes: 1, losses: 1 };

/** Each names first what the other names last. */
const OPPOSED = [
  ["a", "b"],
  ["b", "a"],
];
const THREE_ON_TWO = [...OPPOSED, ["a", "b"]];
/** The name that is taken second may be held, so that the first has to be given back, or is held for long. */
const SECOND_ALONE = [["a", "b"], ["b"]];
const RING = [
  ["a", "b"],
  ["b", "c"],
  ["c", "a"],
];

/** In every run of the tests. */
export const ALWAYS: readonly Scenario[] = [
  { ...QUEUE_2, ...CRASH_AND_LOSS },
  { ...FAIL_FAST_2, ...CRASH_AND_LOSS },
  { ...QUEUE_2, cancels: 1 },
  { ...QUEUE_2, slots: 2, losses: 1 },
  { ...QUEUE_2, way: "log-alone", crashes: 1 },
  QUEUE_3,
  { ...FAIL_FAST_3, ...CRASH_AND_LOSS },
  { ...QUEUE_2, wants: OPPOSED },
  { ...QUEUE_2, wants: OPPOSED, crashes: 1 },
  { ...QUEUE_2, wants: OPPOSED, losses: 1 },
  { ...FAIL_FAST_2, wants: OPPOSED, ...CRASH_AND_LOSS },
  { ...QUEUE_2, wants: SECOND_ALONE, ...CRASH_AND_LOSS },
  { ...FAIL_FAST_2, wants: SECOND_ALONE, ...CRASH_AND_LOSS },
];

/** For the long rounds. Three that queue, with one crash and one lost answer, take minutes and 2.3 gigabytes. */
export const LONG: readonly Scenario[] = [
  { ...QUEUE_3, crashes: 1 },
  { ...QUEUE_3, losses: 1 },
  { ...QUEUE_3, ...CRASH_AND_LOSS },
  { ...QUEUE_3, cancels: 1, crashes: 1 },
  { ...QUEUE_3, slots: 2, losses: 1 },
  { ...QUEUE_2, way: "log-alone", ...CRASH_AND_LOSS },
  { ...QUEUE_2, way: "update-refs", ...CRASH_AND_LOSS },
  { ...QUEUE_2, wants: OPPOSED, ...CRASH_AND_LOSS },
  { ...QUEUE_2, wants: OPPOSED, cancels: 1, crashes: 1 },
  { ...QUEUE_2, wants: OPPOSED, way: "log-alone", ...CRASH_AND_LOSS },
  { ...QUEUE_3, wants: THREE_ON_TWO },
  { ...QUEUE_3, wants: THREE_ON_TWO, crashes: 1 },
  { ...QUEUE_3, wants: RING },
  { ...QUEUE_3, wants: RING, crashes: 1 },
  { ...QUEUE_3, wants: RING, losses: 1 },
  { ...FAIL_FAST_3, wants: RING, ...CRASH_AND_LOSS },
];

/** So many actors want so many names each, and each begins with another. */
export function wantsOf(actors: number, names: number): string[][] {
  const all = Array.from({ length: names }, (_, index) => String.fromCharCode("a".charCodeAt(0) + index));
  return Array.from({ length: actors }, (_, actor) => {
    const first = actor % names;
    return [...all.slice(first), ...all.slice(0, first)];
  });
}

/** What is to be done, as the first cells of its line. */
export function cellsOf({ waits, wants, slots, way, crashes, losses, cancels }: Scenario): string[] {
  const names = new Set(wants?.flat()).size;
  const mode = [
    [...new Set(waits)].map((wait) => (wait === 0 ? "fail-fast" : "queue")).join(" and "),
    ...(slots === 1 ? [] : [`${slots} slots`]),
    ...(way === "atomic" ? [] : [way]),
  ];
  const faults = [
    times(crashes, "crash", "crashes"),
    times(losses, "lost reply", "lost replies"),
    times(cancels, "cancelled", "cancelled"),
  ].flat();
  return [
    String(waits.length),
    wants === undefined ? "1" : `${names}: ${wants.map((all) => all.join("+")).join(" ")}`,
    mode.join(", "),
    faults.join(", ") || "none",
  ];
}

function times(count: number, one: string, several: string): string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? one : several}`];
}

/** In thousands, so that large ones can be read. */
const COUNT = new Intl.NumberFormat("en");
const COLUMNS = [
  { title: "actors", width: 6 },
  { title: "names", width: 15 },
  { title: "mode", width: 18 },
  { title: "faults", width: 21 },
  { title: "states", width: 11 },
  { title: "transitions", width: 12 },
  { title: "ends", width: 6 },
  { title: "seconds", width: 8 },
];
const FIRST_NUMBER = COLUMNS.findIndex(({ title }) => title === "states");

export const HEADING = lineOf(COLUMNS.map(({ title }) => title));

export function rowOf(
  scenario: Scenario,
  { states, transitions, ends, seconds }: Omit<Exploration, "violation">,
): string {
  const counts = [states, transitions, ends].map((count) => COUNT.format(count));
  return lineOf([...cellsOf(scenario), ...counts, seconds.toFixed(1)]);
}

function lineOf(cells: readonly string[]): string {
  const padded = cells.map((cell, index) => {
    const width = COLUMNS[index]?.width ?? 0;
    return index < FIRST_NUMBER ? cell.padEnd(width) : cell.padStart(width);
  });
  return padded.join("  ").trimEnd();
}
