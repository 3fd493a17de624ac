/**
 * One point that docs/github-facts.md leaves open, and what became of it. Owns the shapes and the words of the verdicts alone.
 */
import type { Probe } from "./probe.ts";

/** `full` needs a token that may write contents and read actions; the others need one which lacks that. */
export type Mode = "full" | "read-only" | "no-actions";

/**
 * `as expected`: what the lock is built on holds. `differs`: it does not. `noted`: nothing depends on the answer, which is worth knowing.
 * `not tried`: `got` says why. `broke`: the probe failed, and the point is as open as before.
 */
export type Verdict = "as expected" | "differs" | "noted" | "not tried" | "broke";

export interface Finding {
  readonly got: string;
  readonly verdict: Verdict;
}

export interface Point {
  /** The number in docs/github-facts.md. */
  readonly number: number;
  readonly title: string;
  readonly expected: string;
  readonly mode: Mode;
  attempt(probe: Probe): Promise<Finding>;
}

export interface Row extends Finding {
  readonly number: number;
  readonly title: string;
  readonly expected: string;
}

export function judged(good: boolean, got: string): Finding {
  return { got, verdict: good ? "as expected" : "differs" };
}

export function noted(got: string): Finding {
  return { got, verdict: "noted" };
}

export function notTried(got: string): Finding {
  return { got, verdict: "not tried" };
}

export function point(
  number: number,
  title: string,
  expected: string,
  attempt: (probe: Probe) => Promise<Finding>,
  mode: Mode = "full",
): Point {
  return { number, title, expected, mode, attempt };
}

/** A point that no probe can answer on demand; it stands in the table so that nobody takes it for answered. */
export function outOfReach(number: number, title: string, expected: string, why: string): Point {
  return point(number, title, expected, async () => notTried(why));
}
