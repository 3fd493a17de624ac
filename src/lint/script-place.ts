/**
 * Where in the file a place of a script stands.
 * Owns how YAML's ways to write a text move its lines; must not know what the text says.
 */
import type { Place, Text } from "./yaml.ts";

/**
 * @param lines those of the file
 * @returns what gives the place of an offset in the text; where the file folds its lines, the nearest that can be told
 */
export function placesIn(text: Text, lines: readonly string[]): (offset: number) => Place {
  const { at, block } = text;
  const first = lines[at.line - 1] ?? "";
  if (block === "|") return literal(text, lines);
  if (block === null && first.includes(text.text.trim())) {
    const quote = /^["']/.test(first.slice(at.column - 1)) ? 1 : 0;
    return (offset) => ({ line: at.line, column: at.column + offset + quote });
  }
  return (offset) => folded(text, offset, lines) ?? at;
}

function literal({ text, at }: Text, lines: readonly string[]): (offset: number) => Place {
  const own = text.split("\n");
  return (offset) => {
    let line = 0;
    let column = offset;
    while (column > (own[line]?.length ?? Number.POSITIVE_INFINITY)) {
      column -= (own[line]?.length ?? 0) + 1;
      line += 1;
    }
    const there = lines[at.line + line] ?? "";
    const indent = there.trimEnd().length - (own[line] ?? "").trimEnd().length;
    return { line: at.line + line + 1, column: Math.max(0, indent) + column + 1 };
  };
}

/** The line of a folded text that has the first words of the place in it. */
function folded({ text, at }: Text, offset: number, lines: readonly string[]): Place | null {
  const words = text
    .slice(offset, offset + 200)
    .split(/\s/)
    .slice(0, 2)
    .join(" ");
  // The same words may stand there more than once: as often as before the place, they are passed over.
  let passes = words === "" ? 0 : text.slice(0, offset).split(words).length - 1;
  for (let line = at.line; line <= at.line + text.length && line <= lines.length; line += 1) {
    let column = (lines[line - 1] ?? "").indexOf(words);
    while (column >= 0) {
      if (passes === 0) return { line, column: column + 1 };
      passes -= 1;
      column = (lines[line - 1] ?? "").indexOf(words, column + 1);
    }
  }
  return null;
}
