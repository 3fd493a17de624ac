/**
 * Reads a step's summary as GitHub does: blocks of HTML, in which Markdown means nothing, and fenced blocks; and diagrams by Mermaid's own
 * parser. Owns what counts as ours in a page; must not know how the page was made.
 */
import mermaid from "mermaid";

export interface Block {
  /** The language of a fence; `html` for what is not in one. */
  readonly kind: string;
  readonly text: string;
}

/** CommonMark's blocks of kind 6: they begin with one of these tags, and end at an empty line. */
const HTML_BLOCK = /^<\/?(h3|p|table|details)[ >]/;

/** @throws if any line would be read as Markdown */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  const lines = page.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const fence = /^```(\w+)$/.exec(line)?.[1];
    const end = lines.findIndex((other, index) =>
      index > at && fence === undefined ? other === "" : index > at && /^ {0,3}`{3,}\s*$/.test(other),
    );
    if (fence === undefined && !HTML_BLOCK.test(line)) throw new Error(`read as Markdown: ${line}`);
    if (end < 0) throw new Error(`never ends: ${line}`);
    blocks.push({
      kind: fence ?? "html",
      text: lines.slice(fence === undefined ? at : at + 1, end).join("\n"),
    });
    at = end;
  }
  return blocks;
}

const OUR_TAGS =
  /^<(\/?(h3|p|code|strong|table|tr|th|td|details|summary|a)|details open|a href="https?:\/\/[\w.:-]+\/[\w./-]+\/actions\/runs\/\d+(\/attempts\/\d+)?")>$/;

/** Tags, brackets and references that the page should not have. */
export function strangeTags(html: string): string[] {
  const tags = html.match(/<[^<>]*>/g) ?? [];
  const rest = html.replaceAll(/<[^<>]*>/g, "");
  return [...tags.filter((tag) => !OUR_TAGS.test(tag)), ...(rest.match(/[<>]|&(?!#\d+;)/g) ?? [])];
}

export interface ReadBar {
  readonly section: string;
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly tags: readonly string[];
}

interface GanttTask {
  readonly section: string;
  readonly task: string;
  readonly startTime: Date;
  readonly endTime: Date;
  readonly classes: readonly string[];
  readonly [tag: string]: unknown;
}

interface GanttDb {
  getTasks(): readonly GanttTask[];
  getSections(): readonly string[];
  getLinks(): ReadonlyMap<string, string>;
  getDiagramTitle(): string;
  getAccTitle(): string;
}

/** @throws whatever Mermaid has against the diagram */
export async function readGantt(text: string): Promise<ReadBar[]> {
  const { diagramType } = await mermaid.parse(text);
  if (diagramType !== "gantt") throw new Error(`a diagram of the kind ${diagramType}`);
  const diagram = await mermaid.mermaidAPI.getDiagramFromText(text);
  const db = diagram.db as unknown as GanttDb;
  const tasks = db.getTasks();
  const extra = [db.getDiagramTitle(), db.getAccTitle(), ...db.getLinks().values()].filter(Boolean);
  if (extra.length > 0) throw new Error(`beside its bars the diagram has ${extra.join(", ")}`);
  const sections = new Set(tasks.map(({ section }) => section));
  if (sections.size !== db.getSections().length) throw new Error("a section has no bar");
  return tasks.map((task) => ({
    section: shown(task.section),
    label: shown(task.task),
    from: wallClock(task.startTime),
    to: wallClock(task.endTime),
    tags: ["active", "done", "crit", "milestone", "vert"].filter((tag) => task[tag] === true),
  }));
}

/** What Mermaid makes of its own entities, after it has parsed. */
function shown(text: string): string {
  return text
    .replaceAll(/\uFB02\u00B0\u00B0(\d+)\u00B6\u00DF/g, (_, code) => String.fromCodePoint(Number(code)))
    .trim();
}

/** Mermaid reads dates without a zone as local, and shows them so. */
function wallClock(date: Date): string {
  const pad = (number: number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(":")}`;
}
