/**
 * Rows as a Mermaid diagram. A Gantt chart and not a `timeline`: it draws to scale how long everybody held and waited, and that one began
 * as the other ended; a timeline only lists events. Its texts are escaped for all parsers since Mermaid 9.
 * Owns the diagram's grammar; must not know where rows come from.
 */
import { formatDuration } from "../lock/duration.ts";
import { lastedMs, type Row } from "./summary-rows.ts";
import { diagramText } from "./summary-text.ts";

/** A chart of more is no longer read, and Mermaid draws no text of more than 50,000 characters. */
const MOST_BARS = 24;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The lines of the diagram, without the fence around them; none where no row has a date. */
export function gantt(rows: readonly Row[]): string[] {
  const bars = chosen(rows);
  if (bars.length === 0) return [];
  const spanMs = Math.max(...bars.map(end)) - Math.min(...bars.map(({ fromMs }) => fromMs));
  const lines = [
    "gantt",
    // Without a zone: so the axis shows UTC, wherever it is read.
    "  dateFormat YYYY-MM-DD HH:mm:ss",
    `  axisFormat ${axisFormat(spanMs)}`,
    `  tickInterval ${tickInterval(spanMs)}`,
    "  todayMarker off",
  ];
  const hasSlots = bars.some(({ slot }) => (slot ?? 1) > 1);
  let section = "";
  for (const bar of bars) {
    const its = sectionOf(bar, hasSlots);
    if (its !== section) lines.push(`  section ${its}`);
    section = its;
    lines.push(`  ${label(bar)} :${tags(bar)}${date(bar.fromMs)}, ${date(end(bar))}`);
  }
  return lines;
}

interface Bar extends Row {
  readonly fromMs: number;
}

/**
 * The newest, back to the first long pause: a hold of last week would leave no width to those of today. In the order of the rows.
 */
export function chosen(rows: readonly Row[]): Bar[] {
  const bars = rows.filter((row): row is Bar => row.fromMs !== null);
  const first = Math.min(
    ...bars.filter(({ isOurs, isOpen }) => isOurs || isOpen).map(({ fromMs }) => fromMs),
  );
  const kept = new Set<Bar>();
  let sinceMs = first;
  let untilMs = Math.max(...bars.map(end));
  const newest = bars.toSorted((a, b) => rank(b) - rank(a) || b.toMs - a.toMs);
  for (const bar of newest) {
    const pauseMs = sinceMs - bar.toMs;
    const isFar = sinceMs !== Number.POSITIVE_INFINITY && pauseMs > Math.max(HOUR_MS, untilMs - sinceMs);
    if (isFar || kept.size === MOST_BARS) break;
    kept.add(bar);
    sinceMs = Math.min(sinceMs, bar.fromMs);
    untilMs = Math.max(untilMs, bar.toMs);
  }
  return bars.filter((bar) => kept.has(bar));
}

/** Our own come first, and then whatever lasts. */
function rank({ isOurs, isOpen }: Row): number {
  return isOurs ? 2 : isOpen ? 1 : 0;
}

/** The axis counts seconds; what took less is still to be seen. */
function end({ fromMs, toMs }: Bar): number {
  return Math.max(toMs, fromMs + 1000);
}

function sectionOf({ kind, slot }: Row, hasSlots: boolean): string {
  if (kind === "wait") return "Waited";
  return hasSlots && slot !== null ? `Slot ${slot}` : "Held";
}

/** Begins with a word of ours, since the first word of a line may be a keyword; and outside text stands last, where one that runs from right to left turns nothing else around. */
function label(bar: Bar): string {
  const { who, isOurs, isOpen } = bar;
  const name = isOurs ? "this job" : who?.run != null ? `run ${who.run}` : "somebody";
  const isJustTaken = isOurs && isOpen;
  const lasts = isJustTaken ? "" : `, ${formatDuration(lastedMs(bar) ?? 0)}${isOpen ? " so far" : ""}`;
  return `${name}${lasts}${who === null || isOurs ? "" : `, ${diagramText(who.name)}`}`;
}

/** Green or blue while it lasts, grey when it is over, red where it was not given back. */
function tags({ isOpen, isOurs, ending }: Row): string {
  if (ending !== null && ending.outcome !== "released") return "crit, ";
  if (isOpen) return "active, ";
  return isOurs ? "" : "done, ";
}

function date(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

function axisFormat(spanMs: number): string {
  if (spanMs < 10 * 60_000) return "%H:%M:%S";
  if (spanMs < 20 * HOUR_MS) return "%H:%M";
  if (spanMs < 4 * DAY_MS) return "%b %d %H:%M";
  return spanMs < 300 * DAY_MS ? "%b %d" : "%Y-%m-%d";
}

const MOST_TICKS = 7;
const TICKS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => [count * 1000, `${count}second`] as const),
  ...[1, 2, 5, 10, 15, 30].map((count) => [count * 60_000, `${count}minute`] as const),
  ...[1, 2, 3, 6, 12].map((count) => [count * HOUR_MS, `${count}hour`] as const),
  ...[1, 2, 7, 14, 28].map((count) => [count * DAY_MS, `${count}day`] as const),
  ...[3, 12].map((count) => [count * 30 * DAY_MS, `${count}month`] as const),
];

function tickInterval(spanMs: number): string {
  return TICKS.find(([ms]) => spanMs / ms <= MOST_TICKS)?.[1] ?? "12month";
}
