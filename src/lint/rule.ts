/**
 * The shape of a rule. Owns nothing else.
 */

export interface Rule {
  /** Stands in findings and in comments that ignore them: never changes. */
  readonly id: string;
  readonly title: string;
  /** Why it matters, in one line. */
  readonly why: string;
  /** A workflow with exactly this finding. */
  readonly bad: string;
  /** The same workflow with no finding at all. */
  readonly fixed: string;
}
