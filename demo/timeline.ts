/**
 * What each run did when, and how that looks as lines of text.
 * Owns the picture, and no more: it reads no clock, no refs and no terminal.
 */

export type Phase = "starting" | "waiting" | "holding" | "working" | "dead" | "leaving" | "ended";

export interface Row {
  readonly runId: number;
  readonly spans: { readonly phase: Phase; readonly fromMs: number }[];
  /** When its main or its script was killed. */
  killedMs: number | null;
  /** What is to be said of it now. */
  note: string;
}

const CELLS: Readonly<Record<Phase, string>> = {
  starting: "·",
  waiting: "░",
  holding: "▒",
  working: "█",
  dead: "╌",
  leaving: "·",
  ended: " ",
};

const COLOURS: Readonly<Record<Phase, number>> = {
  starting: 90,
  waiting: 33,
  holding: 32,
  working: 92,
  dead: 31,
  leaving: 90,
  ended: 0,
};

const RED = 31;

/** As wide as what stands before the bars. */
const MARGIN = "  run 801  ";
const NOTE_WIDTH = 25;

/** How much time a cell may stand for: each divides the time between two marks, so that the scale is even. */
const CELL_MS = [100, 125, 200, 250, 500, 625, 1000];

export function createRow(runId: number): Row {
  return { runId, spans: [{ phase: "starting", fromMs: 0 }], killedMs: null, note: "starts" };
}

export function phaseOf(row: Row): Phase {
  return row.spans.at(-1)?.phase ?? "starting";
}

/** Entering the phase that it is in already changes nothing. */
export function enter(row: Row, phase: Phase, atMs: number): void {
  if (row.spans.at(-1)?.phase !== phase) row.spans.push({ phase, fromMs: atMs });
}

export function timeIn(row: Row, phases: readonly Phase[], nowMs: number): number {
  return row.spans.reduce((total, span, index) => {
    const untilMs = row.spans[index + 1]?.fromMs ?? nowMs;
    return phases.includes(span.phase) ? total + untilMs - span.fromMs : total;
  }, 0);
}

export type Paint = (text: string, colour: number) => string;

export const plain: Paint = (text) => text;
export const coloured: Paint = (text, colour) => (colour === 0 ? text : `\u001b[${colour}m${text}\u001b[0m`);

/** A line a run, `columns` wide at the most. */
export function renderRows(rows: readonly Row[], nowMs: number, columns: number, paint: Paint): string[] {
  const barWidth = Math.max(20, columns - MARGIN.length - NOTE_WIDTH - 2);
  const cellMs = CELL_MS.find((each) => nowMs / each < barWidth) ?? nowMs / barWidth;
  const bars = rows.map((row) => {
    const cells = Array.from({ length: barWidth }, (_, cell) => cellOf(row, cell * cellMs, cellMs, nowMs));
    return `  run ${row.runId}  ${renderCells(cells, paint)}  ${row.note.slice(0, NOTE_WIDTH)}`.trimEnd();
  });
  return [...bars, renderScale(barWidth, cellMs, paint)];
}

/** What one cell shows, and its colour. */
type Cell = readonly [sign: string, colour: number];

function cellOf(row: Row, fromMs: number, cellMs: number, nowMs: number): Cell {
  if (row.killedMs !== null && row.killedMs >= fromMs && row.killedMs < fromMs + cellMs) return ["✗", RED];
  const phase = fromMs > nowMs ? null : phaseWithin(row, fromMs, fromMs + cellMs);
  return phase === null ? [" ", 0] : [CELLS[phase], COLOURS[phase]];
}

/** Neighbours of one colour share its escape codes. */
function renderCells(cells: readonly Cell[], paint: Paint): string {
  const runs: { signs: string; colour: number }[] = [];
  for (const [sign, colour] of cells) {
    const last = runs.at(-1);
    if (last?.colour === colour) last.signs += sign;
    else runs.push({ signs: sign, colour });
  }
  return runs.map(({ signs, colour }) => paint(signs, colour)).join("");
}

/** The phase that says most of those that touch the time: a short one must not vanish between two cells. */
function phaseWithin(row: Row, fromMs: number, toMs: number): Phase | null {
  const order: readonly Phase[] = ["ended", "leaving", "starting", "waiting", "holding", "dead", "working"];
  let found: Phase | null = null;
  for (const [index, span] of row.spans.entries()) {
    const endMs = row.spans[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    if (span.fromMs >= toMs || endMs <= fromMs) continue;
    if (found === null || order.indexOf(span.phase) > order.indexOf(found)) found = span.phase;
  }
  return found;
}

/** A mark at each full second, or at each fifth: `0s        1s        2s`. */
function renderScale(barWidth: number, cellMs: number, paint: Paint): string {
  let scale = "";
  for (let second = 0; (second * 1000) / cellMs < barWidth; second += cellMs > 250 ? 5 : 1) {
    const [at, mark] = [Math.round((second * 1000) / cellMs), `${second}s`];
    if (at >= scale.length && at + mark.length <= barWidth) scale = `${scale.padEnd(at)}${mark}`;
  }
  return `${" ".repeat(MARGIN.length)}${paint(scale, 90)}`;
}

export function renderLegend(paint: Paint): string {
  const entries: readonly (readonly [Phase, string])[] = [
    ["starting", "starts, ends"],
    ["waiting", "waits"],
    ["holding", "holds"],
    ["working", "script runs"],
    ["dead", "holds, but dead"],
  ];
  const drawn = entries.map(([phase, text]) => `${paint(CELLS[phase], COLOURS[phase])} ${text}`);
  return `  ${[...drawn, `${paint("✗", RED)} killed`].join("  ")}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
