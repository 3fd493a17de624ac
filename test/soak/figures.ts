/**
 * What a soak has counted, over all its rounds and restarts, as plain data; and the table of it.
 * Owns the figures; must not know how they come about.
 */

export interface Violation {
  readonly at: string;
  readonly what: string;
  /** How to look at it. */
  readonly look: string;
}

export interface Figures {
  rounds: number;
  secondsDone: number;
  calls: Record<string, number>;
  /** `run 76` and so on. */
  exits: Record<string, number>;
  /** Holds in the logs, by how they ended. */
  holds: Record<string, number>;
  sabotage: Record<string, number>;
  sections: number;
  writes: number;
  fenced: number;
  /** Pushes that a server refused, or that were ended in its middle. */
  conflicts: number;
  changes: number;
  lossesTold: number;
  checkpoints: number;
  /** From the start of a `run` to that of its command. */
  startMs: number[];
  /** The same where nobody held the lock. */
  freeStartMs: number[];
  longestCallMs: number;
  mostClientBytes: number;
  mostOwnBytes: number;
  mostOpenFiles: number;
  mostProcesses: number;
  foldersLeft: number;
  cacheEntries: number;
  diskBytes: number;
  /** What a calm left to be cleared by hand. */
  clearedAtEnd: number;
  violations: Violation[];
}

export function noFigures(): Figures {
  return {
    ...{ rounds: 0, secondsDone: 0, calls: {}, exits: {}, holds: {}, sabotage: {} },
    ...{ sections: 0, writes: 0, fenced: 0, conflicts: 0, changes: 0, lossesTold: 0, checkpoints: 0 },
    ...{
      startMs: [],
      freeStartMs: [],
      longestCallMs: 0,
      mostClientBytes: 0,
      mostOwnBytes: 0,
      mostOpenFiles: 0,
      mostProcesses: 0,
    },
    ...{ foldersLeft: 0, cacheEntries: 0, diskBytes: 0, clearedAtEnd: 0, violations: [] },
  };
}

export function add(counts: Record<string, number>, what: string, times = 1): void {
  counts[what] = (counts[what] ?? 0) + times;
}

export function percentile(values: readonly number[], percent: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? null;
}

/** As JSON has it: distributions as a few numbers. */
export function reportOf(figures: Figures, about: Readonly<Record<string, unknown>>): object {
  const { startMs, freeStartMs, ...rest } = figures;
  return { ...about, ...rest, startMs: spread(startMs), freeStartMs: spread(freeStartMs) };
}

function spread(values: readonly number[]) {
  const round = (value: number | null) => (value === null ? null : Math.round(value));
  return { of: values.length, median: round(percentile(values, 50)), p99: round(percentile(values, 99)) };
}

export function tableOf(figures: Figures): string {
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const seconds = (values: readonly number[], percent: number) =>
    `${((percentile(values, percent) ?? 0) / 1000).toFixed(2)} s`;
  const rows: (readonly [string, string | number])[] = [
    ["rounds", figures.rounds],
    ["minutes", (figures.secondsDone / 60).toFixed(1)],
    ["checkpoints", figures.checkpoints],
    ...sorted(figures.calls, "calls"),
    ...sorted(figures.exits, "exit"),
    ...sorted(figures.holds, "holds"),
    ["guarded sections", figures.sections],
    ["writes to the guarded target", figures.writes],
    ["sections whose lower token was refused", figures.fenced],
    ["losses told", figures.lossesTold],
    ["changes of logs", figures.changes],
    ["changes refused or broken off", figures.conflicts],
    ...sorted(figures.sabotage, "sabotage"),
    ["from start to command, median", seconds(figures.startMs, 50)],
    ["from start to command, p99", seconds(figures.startMs, 99)],
    ["the same of a free lock, median", seconds(figures.freeStartMs, 50)],
    ["the same of a free lock, p99", seconds(figures.freeStartMs, 99)],
    ["longest call", `${Math.round(figures.longestCallMs / 1000)} s`],
    ["most memory of a client", megabytes(figures.mostClientBytes)],
    ["most memory of the soak itself", megabytes(figures.mostOwnBytes)],
    ["most open files of the soak itself", figures.mostOpenFiles],
    ["most processes at once", figures.mostProcesses],
    ["temporary folders left by calls that were killed or told to end", figures.foldersLeft],
    ["entries in the cache", figures.cacheEntries],
    ["disk", megabytes(figures.diskBytes)],
    ["left for clear at the end of rounds", figures.clearedAtEnd],
    ["violations", figures.violations.length],
  ];
  const width = Math.max(...rows.map(([, value]) => String(value).length));
  return rows.map(([what, value]) => `${String(value).padStart(width)}  ${what}`).join("\n");
}

function sorted(counts: Readonly<Record<string, number>>, what: string): (readonly [string, number])[] {
  return Object.entries(counts)
    .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([name, times]) => [`${what}: ${name}`, times] as const);
}
