/**
 * What the linter looks for, as data: docs/lint.md is made of it, and each example is a test.
 * Owns the names of the rules and the words about them; must not know how a workflow is read.
 */
import { JOB_RULES } from "./rules-jobs.ts";
import { NAME_RULES } from "./rules-names.ts";
import { PUBLISHING_RULES } from "./rules-publishing.ts";

export const RULES = [...PUBLISHING_RULES, ...JOB_RULES, ...NAME_RULES] as const;

export type RuleId = (typeof RULES)[number]["id"];

export function isRule(name: string): name is RuleId {
  return RULES.some(({ id }) => id === name);
}

export function whyOf(rule: RuleId): string {
  return RULES.find(({ id }) => id === rule)?.why ?? "";
}
