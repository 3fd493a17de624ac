/**
 * How outside text gets into a summary and stays text: in HTML, in a Mermaid diagram, in YAML.
 * Owns every escape; must not know what is shown. Each takes any text whatever.
 */
import { clip } from "../lock/record.ts";
import { plain } from "./messages.ts";

/** A piece of a sentence: words of ours, which may hold our own tags, or what came from outside. */
export type Part = string | { readonly outside: string };

/**
 * As `code`: what GitHub makes of text after Markdown (mentions, issue numbers, addresses, emoji codes) it leaves out there. The page is made
 * of HTML blocks alone, in which Markdown means nothing; no line of it may be empty, which would end the block.
 */
export function html(parts: readonly Part[]): string {
  return parts
    .map((part) => (typeof part === "string" ? part : `<code>${escaped(shown(part.outside))}</code>`))
    .join("");
}

/** One line, without anything invisible, and not longer than a log shows it. */
function shown(text: string): string {
  return plain(clip(text)).toWellFormed() || " ";
}

/**
 * Beyond what HTML needs, all of ASCII that has a meaning in Markdown: a renderer that reads it in HTML does no harm either. Here and below
 * plain ranges: classes such as `\p{L}` take milliseconds to compile, and a step would pay for them.
 */
function escaped(text: string): string {
  return text.replaceAll(/[!-'*+:-@[-`{-~]/g, reference);
}

function reference(character: string): string {
  return `&#${character.codePointAt(0)};`;
}

/** A link, if the address is that of a run on this server; the text alone otherwise. Both are words of ours. */
export function runLink(text: string, url: string | null, serverUrl: string): string {
  const path = url?.startsWith(`${serverUrl}/`) ? url.slice(serverUrl.length) : "";
  const isRun = /^\/[\w-]+\/[\w.-]+\/actions\/runs\/\d+(\/attempts\/\d+)?$/.test(path);
  const isServer = /^https?:\/\/[\w.-]+(:\d+)?(\/[\w-]+)*$/.test(serverUrl);
  return isRun && isServer ? `<a href="${url}">${text}</a>` : text;
}

const DIAGRAM_TEXT = 40;

/**
 * As a part of a label in a diagram, not its first. Mermaid turns `#58;` back into a colon after it has parsed the diagram. In its own form of
 * that, inside, are the three letters named below: taken literally they would be turned back as well.
 */
export function diagramText(text: string): string {
  const characters = [...plain(text).toWellFormed()];
  const short =
    characters.length > DIAGRAM_TEXT ? `${characters.slice(0, DIAGRAM_TEXT).join("")}…` : characters.join("");
  return short.replaceAll(/[!-'*+/:-@[-`{-~\uFB02\u00B0\u00B6]/g, (character) =>
    reference(character).slice(1),
  );
}

/**
 * As a YAML scalar, exactly: what is copied names this very lock. A `${{` is written as the expression that gives it, since it would be one
 * wherever it stands.
 */
export function yamlText(text: string): string {
  const literal = text.replaceAll(/\$\{\{/g, (opening) => `${opening} '${opening}' }}`);
  if (/^[ !#-%'-;=?-[\]-_a-~]*$/.test(literal)) return `"${literal}"`;
  return JSON.stringify(literal).replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|[<>&`]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** As one word of bash or zsh, exactly. */
export function shellText(text: string): string {
  if (/^[A-Za-z0-9_./:@-]+$/.test(text)) return text;
  if (/^[ -%(-;=?-[\]-_a-~]*$/.test(text)) return `'${text}'`;
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(text) && !/['\\<>&`]/.test(text)) return `'${text}'`;
  const inner = text.replaceAll(/[^\p{L}\p{M}\p{N} ,./:@-]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    if (code < 0x80) return `\\x${digits.padStart(2, "0")}`;
    return digits.length < 5 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
  });
  return `$'${inner}'`;
}
