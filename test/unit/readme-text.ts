/**
 * Takes a Markdown page apart: blocks of code, spans of code, tables, links, headings.
 * Owns as much of Markdown as our own pages use; must not know what stands in them.
 */

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of its first line of code, counted from 1. */
  readonly line: number;
  /** The nearest heading before it, as it is written; empty where there is none. */
  readonly heading: string;
}

export interface Page {
  readonly blocks: readonly Block[];
  /** Everything that is not in a block, by line; lines of blocks are empty. */
  readonly prose: string;
}

export function readPage(markdown: string): Page {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { language: string; line: number; lines: string[] } | null = null;
  let heading = "";
  for (const [index, line] of markdown.split("\n").entries()) {
    const fence = /^\s*```(\w*)\s*$/.exec(line);
    if (fence !== null && open === null) open = { language: fence[1] ?? "", line: index + 2, lines: [] };
    else if (fence !== null && open !== null) {
      const { language, line: first, lines } = open;
      blocks.push({ language, line: first, text: `${lines.join("\n")}\n`, heading });
      open = null;
    } else if (open !== null) open.lines.push(line);
    else heading = /^#+ (.+)$/.exec(line)?.[1] ?? heading;
    prose.push(fence !== null || open !== null ? "" : line);
  }
  if (open !== null) throw new Error(`the block at line ${open.line} is never closed`);
  return { blocks, prose: prose.join("\n") };
}

/** Spans may run over a line's end, as in any paragraph. */
export function codeSpans({ prose }: Page): string[] {
  return [...prose.matchAll(/`([^`]+)`/g)].map((match) => (match[1] ?? "").replaceAll("\n", " "));
}

/** The cells of the table with this head, without the head; `null` where there is no such table. */
export function tableOf({ prose }: Page, ...head: string[]): string[][] | null {
  const lines = prose.split("\n");
  const start = lines.findIndex((line) => cells(line).join("|") === head.join("|"));
  if (start < 0) return null;
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end < 0 ? undefined : end).map(cells);
}

function cells(line: string): string[] {
  return /^\|.*\|$/.test(line)
    ? line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim())
    : [];
}

export interface Link {
  readonly text: string;
  readonly target: string;
}

export function linksOf({ prose }: Page): Link[] {
  const bare = prose.replaceAll(/`[^`]*`/g, (span) => span.replaceAll(/[[\]()]/g, " "));
  return [...bare.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].map(([, text = "", target = ""]) => ({
    text,
    target,
  }));
}

/** As GitHub makes anchors of headings. */
export function anchorsOf({ prose }: Page): string[] {
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
