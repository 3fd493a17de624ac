/**
 * Rows as an HTML table: exact where the diagram is to be looked at.
 * Owns the columns; must not know where rows come from. No line is empty, which would end the HTML block.
 */
import { formatDuration } from "../lock/duration.ts";
import { describeIdentity } from "../lock/identity.ts";
import { lastedMs, type Row, type Who } from "./summary-rows.ts";
import { html, type Part, runLink } from "./summary-text.ts";

/** Of a longer list, the end: what is newest. */
const MOST_ROWS = 40;

/** Takes HTML. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: "th" | "td", cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  return ["<table>", line("th", head), ...rows.map((row) => line("td", row)), "</table>"].join("\n");
}

export function rowTable(rows: readonly Row[], { serverUrl }: { readonly serverUrl: string }): string {
  const shown = rows.slice(-MOST_ROWS);
  const hasSlots = rows.some(({ slot }) => (slot ?? 1) > 1);
  const dates = shown.flatMap((row) => [date(row.fromMs), row.isOpen ? "" : date(row.toMs)]).filter(Boolean);
  const days = new Set(dates.map((date) => date.slice(0, 10)));
  // What is the same everywhere is said once.
  const [day = ""] = days.size === 1 ? days : [];
  const time = (ms: number | null) => (day === "" ? date(ms) : date(ms).slice(11));
  const cells = shown.map((row) => [
    state(row, hasSlots),
    who(row, serverUrl),
    time(row.fromMs),
    row.isOpen ? "" : time(row.toMs),
    duration(row),
    row.token === null ? "" : String(row.token),
    html(remarks(row)),
  ]);
  const left = rows.length - shown.length;
  const head = [
    day.replaceAll("-", "&#8209;"),
    "Who",
    "From (UTC)",
    "To (UTC)",
    "How long",
    "Token",
    "Remarks",
  ];
  return table(head, cells) + (left === 0 ? "" : `\n<p>${left} earlier not shown.</p>`);
}

function state({ kind, isOpen, slot, ending, isFreeze }: Row, hasSlots: boolean): string {
  if (kind === "wait") return isOpen ? "waits" : "waited";
  const where = hasSlots && slot !== null ? ` slot ${slot}` : "";
  if (isFreeze && isOpen) return `<strong>froze${where}</strong>`;
  if (isOpen) return `<strong>holds${where}</strong>`;
  return `${ending !== null && ending.outcome !== "released" ? "lost" : "held"}${where}`;
}

function who({ who, isOurs }: Row, serverUrl: string): string {
  const ours = isOurs ? ["<strong>this job</strong>"] : [];
  return [...ours, ...(who === null ? (isOurs ? [] : ["somebody"]) : person(who, serverUrl))].join(", ");
}

function person({ run, attempt, job, url, name }: Who, serverUrl: string): string[] {
  if (run === null) return [html([{ outside: name }])];
  const link = runLink(`run ${run}, attempt ${attempt}`, url, serverUrl);
  return [link, html(["job ", { outside: job ?? "" }]), html(["by ", { outside: name }])];
}

function duration(row: Row): string {
  const ms = lastedMs(row);
  if (ms === null) return "";
  return `${formatDuration(ms)}${row.isOpen ? " so far" : ""}`.replaceAll(" ", "&#160;");
}

function date(ms: number | null): string {
  return ms === null ? "" : new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

function remarks({ ending, reason, status, isOurs }: Row): Part[] {
  const parts: Part[] = [];
  const say = (...sentence: Part[]) => {
    if (parts.length > 0) parts.push("; ");
    parts.push(...sentence);
  };
  if (reason !== null) say({ outside: reason });
  if (ending !== null && ending.outcome !== "released") {
    say(`${ending.outcome.replace("-", " ")} by `, { outside: describeIdentity(ending.by) });
  }
  if (ending !== null && ending.reason !== null) say({ outside: ending.reason });
  if (status !== null && status.why !== null && !isOurs) {
    say(`${status.alive === "unknown" ? "not known to be alive" : status.alive}: `, { outside: status.why });
  }
  return parts;
}
