/**
 * Text that came from outside, made fit for a terminal, a log or a JSON document.
 * Owns which characters are shown as escapes; must not know what the text says.
 */

/** Controls, what reorders or hides text, and the line ends of Unicode; but not the joiner that emoji are made with. */
const UNSEEN = /(?!\u200d)[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * One line, in which every control character stands as its escape: none reaches the terminal, and nothing can begin a line of its own. Runners of
 * GitHub's still read the old commands, `##[…]`, anywhere in a line.
 */
export function visible(text: string): string {
  return text.toWellFormed().replaceAll(UNSEEN, escaped).replaceAll("##[", "## [");
}

function escaped(character: string): string {
  const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return short[character] ?? hexadecimal(character.codePointAt(0) ?? 0);
}

function hexadecimal(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** A lock's name at the start of a line or in a table: as it is where it is plain, else in quotes, so that it is seen where it ends. */
export function shownName(name: string): string {
  const isPlain = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}._/@+-]*$/u.test(name);
  return isPlain ? name : `"${visible(name).replaceAll('"', '\\"')}"`;
}

/** JSON is allowed to hold characters that a terminal or a runner acts on: they are written as escapes, which say the same. */
export function json(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .replaceAll(UNSEEN, (character) => (character === "\n" ? character : unitsOf(character).join("")))
    .replaceAll("##[", "#\\u0023[");
}

function unitsOf(character: string): string[] {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
  );
}

/** What the shell reads back as this very word. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
