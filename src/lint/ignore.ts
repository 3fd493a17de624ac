/**
 * Comments that ignore a finding, with the reason: `# reflock-ignore: <rule> <reason>`.
 * Owns where they may stand and what is wrong with them; must not know what the rules say.
 */
import type { Finding, Raw } from "./finding.ts";
import { isRule, type RuleId } from "./rules.ts";

interface Comment {
  readonly line: number;
  readonly column: number;
  readonly rules: readonly RuleId[];
  /** `null` for one that can be used. */
  readonly fault: string | null;
}

/** @returns what is left, and what is wrong with the comments */
export function withoutIgnored(file: string, lines: readonly string[], found: readonly Raw[]): Finding[] {
  const comments = lines.flatMap((line, index) => commentIn(line, index + 1) ?? []);
  const used = new Map<Comment, Set<RuleId>>(comments.map((comment) => [comment, new Set()]));
  const left = found.filter((raw) => {
    const places = new Set([raw.at, ...raw.around].flatMap(({ line }) => [...linesAt(lines, line)]));
    const matching = comments.filter(({ line, rules }) => places.has(line) && rules.includes(raw.rule));
    for (const comment of matching) used.get(comment)?.add(raw.rule);
    return matching.length === 0;
  });
  return [
    ...left.map(({ at, rule, message, fix }) => ({ file, ...at, rule, message, fix })),
    ...comments.flatMap((comment) => faultOf(file, comment, used.get(comment) ?? new Set())),
  ];
}

function commentIn(line: string, number: number): Comment | null {
  const found = /(?<=^|\s)#\s*reflock-ignore\b\s*:?\s*(\S*)\s*(.*)$/.exec(line);
  if (found === null) return null;
  const [, first = "", reason = ""] = found;
  const names = first.split(",").filter((name) => name !== "");
  const unknown = names.find((name) => !isRule(name));
  const place = { line: number, column: found.index + 1 };
  if (names.length === 0) return { ...place, rules: [], fault: "says neither rule nor reason" };
  if (unknown !== undefined)
    return { ...place, rules: [], fault: `names \`${unknown.slice(0, 40)}\`, which is no rule` };
  const isReason = /\p{L}/u.test(reason);
  return { ...place, rules: names.filter(isRule), fault: isReason ? null : "gives no reason" };
}

/** The line itself, and the lines of comments that stand right above it. */
function* linesAt(lines: readonly string[], line: number): Generator<number> {
  yield line;
  for (let above = line - 1; above > 0 && /^\s*#/.test(lines[above - 1] ?? ""); above -= 1) yield above;
}

function faultOf(file: string, comment: Comment, used: ReadonlySet<RuleId>): Finding[] {
  const { line, column, rules, fault } = comment;
  const idle = rules.filter((rule) => !used.has(rule));
  if (fault === null && idle.length === 0) return [];
  const message =
    fault ?? `ignores ${idle.map((rule) => `\`${rule}\``).join(", ")}, and there is nothing to ignore`;
  const fix =
    fault === null
      ? "delete it, or move it to the line above the step or job that it is meant for"
      : "write `# reflock-ignore: <rule> <why it does not apply here>`";
  return [{ file, line, column, rule: "ignore", message: `the comment ${message}`, fix }];
}
