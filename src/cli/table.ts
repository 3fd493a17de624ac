/**
 * Plain text in columns, and times as people say them.
 * Owns widths and units; must not know what stands in the table.
 */
import { visible } from "./text.ts";

export interface Row {
  readonly cells: readonly string[];
  /** Lines that belong to the row and have no column: links, reasons. */
  readonly below?: readonly string[];
}

/** Columns aligned on what is widest in each; the last one is not padded. Every cell is one line. */
export function table(head: readonly string[], rows: readonly Row[]): string[] {
  const lines = [head, ...rows.map(({ cells }) => cells)].map((cells) => cells.map(visible));
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => widthOf(cells[column] ?? ""))));
  const [first = "", ...others] = lines.map((cells) =>
    cells
      .map((cell, column) =>
        column === cells.length - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)),
      )
      .join("  ")
      .trimEnd(),
  );
  return [
    first,
    ...others.flatMap((line, index) => [
      line,
      ...(rows[index]?.below ?? []).map((below) => `  ${visible(below)}`),
    ]),
  ];
}

/** Cells that a terminal gives to a text: two to most of East Asia and to emoji, none to marks that stand on the letter before. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const isWide = /^[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]|\ufe0f/u.test(
      segment,
    );
    width += isWide || /^[\uff01-\uff60\u3000-\u303f]/.test(segment) ? 2 : 1;
  }
  return width;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** `45s`, `4m`, `2h`, `3d`: the largest unit alone, rounded down. */
export function age(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, size]) => ms >= size) ?? ["s", 1000];
  return `${Math.max(0, Math.floor(ms / unitMs))}${unit}`;
}

/** The age of a date; empty where there is none. Clocks may differ: what seems to come from the future is new. */
export function ageOf(date: string, nowMs: number): string {
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? "" : age(Math.max(0, nowMs - ms));
}

/** `2026-11-21 12:04:11 UTC`; what is no date is shown as it is. */
export function utc(date: string): string {
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? date : `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
