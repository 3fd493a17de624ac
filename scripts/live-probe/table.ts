/**
 * The answers as a Markdown table. What the service said is shown as text, whatever stands in it.
 */
import type { Row } from "./point.ts";

const LONGEST_CELL = 400;

export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => [String(row.number), row.title, row.expected, shown(row.got), row.verdict]);
  const head = ["#", "point", "expected", "got", "verdict"];
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** One line, nothing that Markdown or HTML would take for its own. */
function shown(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  const short = line.length > LONGEST_CELL ? `${line.slice(0, LONGEST_CELL)}…` : line;
  return short.replace(/[\\`*_[\]<>|~@#!&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** `31 as expected, 2 differs, …`, in a fixed order, without those that are none. */
export function tally(rows: readonly Row[]): string {
  const verdicts = ["as expected", "differs", "noted", "not tried", "broke"] as const;
  const counts = verdicts.map((verdict) => ({
    verdict,
    count: rows.filter((row) => row.verdict === verdict).length,
  }));
  return counts
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(", ");
}
