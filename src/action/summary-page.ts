/**
 * The summary of a step: for each lock what the step came to, the timeline, the table, and how to clear it.
 * Owns the order and the size of the page; must not write it anywhere.
 */
import { formatDuration } from "../lock/duration.ts";
import { describeEnding } from "../lock/entry.ts";
import type { Hold } from "../lock/hold.ts";
import { parseName } from "../lock/name.ts";
import type { GivenBack } from "../lock/release.ts";
import type { LockStatus } from "../lock/report.ts";
import { clearance } from "./summary-clear.ts";
import { gantt } from "./summary-gantt.ts";
import { type Asked, type Row, rowsOf } from "./summary-rows.ts";
import type { ClearedPart, Note, Seen } from "./summary-seen.ts";
import { rowTable, table } from "./summary-table.ts";
import { html, type Part } from "./summary-text.ts";

export interface Surroundings {
  readonly nowMs: number;
  /** Links lead nowhere else. */
  readonly serverUrl: string;
  /** `owner/name` in which the step runs. */
  readonly ownRepository: string;
  readonly mostBytes: number;
}

/** One lock of a note. */
interface Story {
  readonly name: string;
  readonly headline: readonly Part[];
  readonly sentences: readonly (readonly Part[])[];
  /** Before the timeline. */
  readonly blocks: readonly string[];
  readonly asked: Partial<Asked>;
  /** Whether it matters that it is not held any more: then there is nothing to clear. */
  readonly isOver: boolean;
  /** Somebody is in the way. */
  readonly isUrgent: boolean;
}

/** Beyond these, locks are told in words and tables. */
const MOST_DIAGRAMS = 20;

/** Whole locks, as many as there is room for; empty where there is none. */
export function page(seen: Seen, surroundings: Surroundings): string {
  const stories = seen.notes.flatMap((note) => storiesOf(note, surroundings.nowMs));
  const left = (more: number) =>
    `<p>${more} more ${more === 1 ? "lock is" : "locks are"} not shown, for want of room.</p>\n\n`;
  let text = "";
  let bytes = Buffer.byteLength(left(stories.length));
  for (const [index, story] of stories.entries()) {
    const section = sectionOf(seen, story, index < MOST_DIAGRAMS, surroundings);
    bytes += Buffer.byteLength(section);
    if (bytes > surroundings.mostBytes) {
      const note = left(stories.length - index);
      return Buffer.byteLength(text + note) > surroundings.mostBytes ? text : text + note;
    }
    text += section;
  }
  return text;
}

function storiesOf(note: Note, nowMs: number): Story[] {
  switch (note.kind) {
    case "acquired":
    case "frozen":
      return firstOfEach(note.holds).map((hold) => taken(hold, note.holds, note.kind === "frozen"));
    case "not-acquired":
    case "skipped":
      return [waitedInVain(note, nowMs)];
    case "status":
      return note.statuses.map((status) => standing(status, []));
    case "cleared":
      return note.statuses.map((status) => standing(status, note.results));
    case "ended":
      return ended(note);
    case "not-given-back": {
      const { hold, message } = note;
      return [
        story(hold.lock.text, ["was not given back"], {
          sentences: [[{ outside: message }]],
          asked: { ours: [hold] },
        }),
      ];
    }
  }
}

function story(name: string, headline: readonly Part[], more: Partial<Story>): Story {
  return { name, headline, sentences: [], blocks: [], asked: {}, isOver: false, isUrgent: false, ...more };
}

/** A freeze holds several slots of one lock. */
function firstOfEach(holds: readonly Hold[]): readonly Hold[] {
  return holds.filter(
    ({ lock }, index) => holds.findIndex((other) => other.lock.encoded === lock.encoded) === index,
  );
}

function taken(hold: Hold, all: readonly Hold[], isFrozen: boolean): Story {
  const { lock, reentered, waitedSeconds, sequence } = hold;
  const asked = { ours: all.filter((other) => other.lock.encoded === lock.encoded) };
  if (isFrozen) return story(lock.text, ["frozen, until somebody clears it"], { asked });
  const how = reentered
    ? "held by this job already"
    : waitedSeconds === 0
      ? "acquired at once"
      : `acquired after ${formatDuration((waitedSeconds ?? 0) * 1000)}`;
  return story(lock.text, [how], { sentences: [[`Fencing token <strong>${sequence}</strong>.`]], asked });
}

function waitedInVain(note: Extract<Note, { status: LockStatus }>, nowMs: number): Story {
  const { status, message, kind } = note;
  const asked = { holders: status.holders, waiters: status.waiters, gaveUpAtMs: nowMs };
  const headline = kind === "skipped" ? "not acquired, and skipped" : "not acquired";
  return story(status.name, [headline], { sentences: [[{ outside: message }]], asked, isUrgent: true });
}

function standing(status: LockStatus, results: readonly ClearedPart[]): Story {
  const { name, holders, waiters, slots } = status;
  const isFrozen = holders.some(({ freeze }) => freeze);
  const held = slots > 1 ? `${holders.length} of ${slots} slots held` : "held";
  const state = holders.length === 0 ? "free" : isFrozen ? "frozen" : held;
  const waiting = waiters.length === 0 ? "" : `, ${waiters.length} in line`;
  const parts = results.filter(({ lock }) => lock.text === name);
  const rows = parts.map(({ what, oid, result, why }) => [
    html([what]),
    html([{ outside: oid }]),
    html([result.replace("-", " ")]),
    html([{ outside: why }]),
  ]);
  const blocks = parts.length === 0 ? [] : [table(["", "Oid", "Result", "Why"], rows)];
  return story(name, [`${state}${waiting}`], { blocks, asked: { holders, waiters } });
}

/** What was never entered, or is given back by others, is no news. */
function ended({ hold, given, isLoss }: Extract<Note, { kind: "ended" }>): Story[] {
  if (hold.acquiredAtMs === null) return [];
  const more = { asked: { ours: [hold] }, isOver: true };
  if (isLoss) return [story(hold.lock.text, ["lost"], { ...more, sentences: [lossOf(given)] })];
  if (given.kind !== "released") return [];
  const held = formatDuration(given.heldSeconds * 1000);
  return [story(hold.lock.text, [`given back after ${held}`], more)];
}

function lossOf(given: GivenBack): Part[] {
  const what = "Check what was published meanwhile.";
  if (given.kind !== "ended")
    return [`Its log was replaced by hand, and no longer shows who did it. ${what}`];
  return ["It was ", { outside: describeEnding(given.entry) }, ` while this job relied on it. ${what}`];
}

function sectionOf(seen: Seen, story: Story, hasDiagram: boolean, surroundings: Surroundings): string {
  const asked: Asked = {
    encoded: parseName(story.name).encoded,
    ours: [],
    gaveUpAtMs: null,
    holders: [],
    waiters: null,
    nowMs: surroundings.nowMs,
    ...story.asked,
  };
  const rows = rowsOf(seen, asked);
  const diagram = hasDiagram ? gantt(rows) : [];
  const blocks = [
    `<h3>Lock ${html([{ outside: story.name }])}: ${html(story.headline)}</h3>`,
    ...story.sentences.map((sentence) => `<p>${html(sentence)}</p>`),
    ...story.blocks,
    ...(diagram.length === 0 ? [] : [["```mermaid", ...diagram, "```"].join("\n")]),
    ...(rows.length === 0 ? [] : [rowTable(rows, surroundings)]),
    ...(story.isOver ? [] : toClear(seen, story, rows, surroundings)),
  ];
  return `${blocks.join("\n\n")}\n\n`;
}

/** Shown at once to whoever waited in vain; to others it is there to be unfolded. */
function toClear(seen: Seen, { name, isUrgent }: Story, rows: readonly Row[], where: Surroundings): string[] {
  const clear = clearance(seen, name, rows, where);
  if (clear === null) return [];
  return [
    `<details${isUrgent ? " open" : ""}><summary>To clear it by hand</summary>\n<p>This ends the hold that it names, and no other. Whoever held it learns of it in its next <code>check</code> and in its post step. At a terminal:</p>`,
    ["```bash", ...clear.shell, "```"].join("\n"),
    "<p>Or as a step of a workflow:</p>",
    ["```yaml", ...clear.yaml, "```"].join("\n"),
    "</details>",
  ];
}
