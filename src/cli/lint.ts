/**
 * `reflock lint`: says what the linter found, to people, to scripts, or as annotations of a workflow run.
 * Owns the words around findings and the exit status; must not know the rules.
 */
import { join, relative } from "node:path";
import { findWorkflows } from "../lint/files.ts";
import type { Finding } from "../lint/finding.ts";
import { lint } from "../lint/lint.ts";
import { whyOf } from "../lint/rules.ts";
import { type Options, usage } from "./settings.ts";
import { openTerminal, type Streams, type Terminal } from "./terminal.ts";
import { json, visible } from "./text.ts";

/** Something was found; not a status of sysexits.h, but what linters give. */
const FOUND_STATUS = 1;

export type LintOptions = Pick<Options, "json" | "quiet" | "verbose">;

/**
 * @param path a repository, a folder or a workflow file
 * @returns the exit status: 0 where nothing was found, 1 where something was
 * @throws LockError `usage` where there is nothing to read
 */
export async function lintCommand(
  path: string,
  options: LintOptions,
  streams: Streams = process,
): Promise<number> {
  const terminal = openTerminal(options, streams);
  const found = findWorkflows(path);
  if ("problem" in found) throw usage(`${found.problem}. Name a repository, a folder or a workflow file.`);
  const findings = await lint(found.files, found.others, found.read);
  if (options.json === true) {
    await terminal.print(document(findings, found.files.length));
  } else {
    const from = (folder: string, { file }: Finding) =>
      relative(folder, join(found.root, file)).replaceAll("\\", "/");
    await terminal.print(...report(findings, terminal, (finding) => from(process.cwd(), finding)));
    const { GITHUB_ACTIONS, GITHUB_WORKSPACE } = streams.env;
    if (GITHUB_ACTIONS === "true")
      await terminal.print(
        ...findings.map((finding) => annotation(finding, from(GITHUB_WORKSPACE || process.cwd(), finding))),
      );
    terminal.say(summary(findings, found.files.length));
  }
  return findings.length === 0 ? 0 : FOUND_STATUS;
}

/** A runner reads the old commands, `##[…]`, anywhere in a line: in JSON, too, they can be written so that they are none. */
function document(findings: readonly Finding[], workflows: number): string {
  const shown = findings.map(({ file, line, column, rule, message, fix }) => ({
    file,
    line,
    column,
    rule,
    message,
    why: whyOf(rule),
    fix,
  }));
  return json({ workflows, findings: shown }).replaceAll("##[", "#\\u0023[");
}

/** In columns: where, which rule, what; below it why it matters and what to do. */
function report(
  findings: readonly Finding[],
  terminal: Terminal,
  pathOf: (finding: Finding) => string,
): string[] {
  const rows = findings.map((finding) => {
    const path = visible(pathOf(finding));
    // Nothing that begins a line may be read as a command by a runner.
    return { finding, where: `${path.startsWith(":") ? "./" : ""}${path}:${finding.line}:${finding.column}` };
  });
  const width = Math.max(0, ...rows.map(({ where }) => where.length));
  const ruleWidth = Math.max(0, ...findings.map(({ rule }) => rule.length));
  return rows.flatMap(({ finding: { rule, message, fix }, where }) => [
    `${terminal.paint("bold", where.padEnd(width))}  ${terminal.paint("yellow", rule.padEnd(ruleWidth))}  ${visible(message)}`,
    `    why  ${terminal.paint("dim", visible(whyOf(rule)))}`,
    `    fix  ${visible(fix)}`,
  ]);
}

function summary(findings: readonly Finding[], workflows: number): string {
  const read = counted(workflows, "workflow");
  if (findings.length === 0) return `${read} read, nothing found`;
  const files = new Set(findings.map(({ file }) => file)).size;
  return `${counted(findings.length, "finding")} in ${files} of ${read}`;
}

function counted(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function annotation({ line, column, rule, message, fix }: Finding, path: string): string {
  const properties = { file: path, line: String(line), col: String(column), title: `reflock: ${rule}` };
  const given = Object.entries(properties).map(([name, value]) => `${name}=${escapedProperty(value)}`);
  return `::warning ${given.join(",")}::${escaped(`${message}. ${whyOf(rule)} To do: ${fix}.`)}`;
}

/** As the runner reads a command back: of `visible`, no line ends are left, but percent signs are. */
function escaped(text: string): string {
  return visible(text).replaceAll("%", "%25");
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
