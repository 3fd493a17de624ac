/**
 * What the linter reports. Owns its shape and order; must not know how it is shown.
 */
import type { RuleId } from "./rules.ts";
import type { Place } from "./yaml.ts";

export interface Finding {
  /** From the repository's root, with slashes. */
  readonly file: string;
  /** Both count from one. */
  readonly line: number;
  readonly column: number;
  readonly rule: RuleId;
  /** What is wrong here, in a sentence without its full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** A finding, and where a comment that ignores it may stand. */
export interface Raw {
  readonly file: string;
  readonly at: Place;
  readonly rule: RuleId;
  readonly message: string;
  readonly fix: string;
  /** The step and the job that it belongs to. */
  readonly around: readonly Place[];
}

export function inOrder(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings
    .toSorted(
      (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.rule, b.rule),
    )
    .filter((finding) => {
      // An anchor is used more than once, and has one place.
      const key = JSON.stringify(finding);
      const isNew = !seen.has(key);
      seen.add(key);
      return isNew;
    });
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
