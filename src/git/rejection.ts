/**
 * What a push came to. Owns git's words for refusals; must not know how a push is made.
 *
 * A comparison is refused in two places with different words: by `git push`, against what the server advertised ("stale info"), and by the server,
 * if another was quicker in between ("failed to update ref").
 */
import { LockError } from "../lock/errors.ts";
import type { Outcome } from "../lock/ports.ts";
import type { Address } from "./address.ts";
import { clean, failureOf, wordsOf } from "./failure.ts";
import type { GitResult } from "./process.ts";

/**
 * `no-atomic`: the server can't change several refs as one. `locked`: a lock file of the server's was in the way. `unexplained`: refused in words that
 * are not known here, which may mean that a ref was elsewhere.
 */
export type Pushed =
  | Outcome
  | { readonly kind: "no-atomic" }
  | { readonly kind: "locked" | "unexplained"; readonly error: LockError };

/** What became of one ref. */
export interface RefAnswer {
  readonly ref: string;
  /** `unchanged`: it was there already, and nothing was sent. `unheard`: the server did not say. */
  readonly state: "changed" | "unchanged" | "refused" | "unheard";
  readonly reason: string;
}

/** How a push ended, and what it said. */
export interface Answer extends Pick<GitResult, "ending" | "code" | "stderr"> {
  readonly refs: readonly RefAnswer[];
}

/** Said of refs that were in the way of nothing, because others were. */
const CONSEQUENCE = /^atomic (push failed|push failure|transaction failed|transaction aborted)$/i;

const ELSEWHERE =
  /stale info|fetch first|non-fast.?forward|needs force|already exists|does not exist|failed to (update|delete|write|lock)|cannot (lock|update)|lock.?failure|incorrect old value|refname conflict|remote ref updated since|transaction failed to start/i;

const FINAL =
  /hook declined|hidden ref|prohibited|denied|deny |not permitted|not allowed|permission|protected|declined|forbidden|refusing|funny refname|bad ref|read.?only|policy|GH\d{3}/i;

/** Another was quicker, in the words of a server that says where the ref is instead. They go before all others. */
const OVERTAKEN = /\b(is at|is missing)\b.*\bbut expected\b/i;

/** The server's own trouble, of which it may get rid. */
const PASSING =
  /internal (server )?error|tim(ed|e) ?out|try again|temporar|unavailable|overloaded|too busy|bad gateway|\b50[0-4]\b/i;

/** What kept the server from keeping our commits. */
const NOT_KEPT = /unpack|necessary objects|bad pack|shallow/i;

/** @param deciding the ref that must have been changed by this very push */
export function pushed(answer: Answer, deciding: string, address: Address, timeoutMs: number): Pushed {
  const { ending, code, refs } = answer;
  if (ending !== "exit") return "unknown";
  if (refs.some(({ state }) => state === "unheard")) return unheard(answer, address);
  const refused = refs.filter(({ state }) => state === "refused");
  if (refused.length > 0) return refusal(refused, answer, address);
  if (code !== 0) return failed(answer, address, timeoutMs);
  const decided = refs.find(({ ref }) => ref === deciding);
  if (decided === undefined) return "unknown";
  // The ref was there already, and nothing was compared: whether it was ours that brought it there, the log tells.
  return decided.state === "unchanged" ? "conflict" : "applied";
}

/** It ended before it had said what became of the refs. Only one end is known to come before they are changed. */
function unheard(answer: Answer, address: Address): Pushed {
  if (/^fatal: ref updates aborted by hook$/m.test(answer.stderr))
    throw refusedBy(address, answer, ["hook declined"], "refused");
  return "unknown";
}

/** What `git push --porcelain` printed, a line for each ref: a flag, the two names, and in parentheses the reason. */
export function answerOfPush({ ending, code, stdout, stderr }: GitResult): Answer {
  const refs = stdout.split("\n").flatMap((line): RefAnswer[] => {
    const [, flag, ref, summary] = /^([ +\-*=!])\t[^\t]*:([^\t:]+)\t(.*)$/.exec(line) ?? [];
    if (flag === undefined || ref === undefined || summary === undefined) return [];
    return [{ ref, state: stateOf(flag, summary), reason: /\((.*)\)$/.exec(summary)?.[1] ?? "" }];
  });
  return { ending, code, stderr, refs };
}

function stateOf(flag: string, summary: string): RefAnswer["state"] {
  if (flag === "=") return "unchanged";
  if (flag !== "!") return "changed";
  return summary.startsWith("[remote failure]") ? "unheard" : "refused";
}

/** The server was not asked to change anything, or did not say that it did. */
function failed(answer: Answer, address: Address, timeoutMs: number): Pushed {
  if (/does not support --atomic/.test(answer.stderr)) return { kind: "no-atomic" };
  if (/remote ref does not exist/.test(answer.stderr)) return "conflict";
  if (/aborted by hook/.test(answer.stderr)) throw refusedBy(address, answer, ["hook declined"], "refused");
  const error = failureOf(answer, address, timeoutMs);
  if (error.kind === "unreachable") return "unknown";
  throw error;
}

function refusal(refused: readonly RefAnswer[], answer: Answer, address: Address): Pushed {
  const { stderr } = answer;
  const reasons = refused.map(({ reason }) => reason).filter((reason) => !CONSEQUENCE.test(reason));
  throwIfBlocked(stderr);
  if (/Permission denied|insufficient permission|Read-only file system/i.test(stderr))
    throw refusedBy(address, answer, reasons, "denied");
  const words = reasons.map(withoutNames);
  const others = words.filter((reason) => !OVERTAKEN.test(reason));
  if (others.some((reason) => PASSING.test(reason))) throw refusedBy(address, answer, reasons, "unreachable");
  const final = others.find((reason) => FINAL.test(reason));
  if (final !== undefined || /aborted by hook/.test(stderr)) {
    const kind = /permission|permitted|not allowed/i.test(final ?? "") ? "denied" : "refused";
    throw refusedBy(address, answer, reasons, kind);
  }
  if (others.some((reason) => NOT_KEPT.test(reason))) {
    // What ours follow is on the server, but behind no ref any more that it shows: the log has gone on.
    if (/traverse parents|Could not read|bad object/.test(stderr)) return "conflict";
    throw refusedBy(address, answer, reasons, "unreachable");
  }
  // A server that was killed leaves files in the way of every change, until somebody removes them.
  if (/unable to create ('.*\.lock'|file .*packed-refs\.new)/i.test(stderr))
    return { kind: "locked", error: refusedBy(address, answer, reasons, "unreachable") };
  if (others.every((reason) => ELSEWHERE.test(reason))) return "conflict";
  return { kind: "unexplained", error: refusedBy(address, answer, reasons, "refused") };
}

/** A lock may have any name, also one that is a word for a refusal. */
function withoutNames(reason: string): string {
  return reason.replaceAll(/'[^'\s]*'|"[^"\s]*"|\brefs\/\S+/g, "''");
}

/** git can't keep a ref and a folder of one name, and waiting would not help. */
function throwIfBlocked(stderr: string): void {
  const [, ref, blocking] =
    /cannot lock ref '([^']+)': '(refs\/[^']+)' exists; cannot create/.exec(stderr) ??
    /cannot lock ref '([^']+)': there is a non-empty directory '[^']*?(refs\/[^']+)'/.exec(stderr) ??
    [];
  if (ref === undefined || blocking === undefined) return;
  throw new LockError(
    "foreign",
    `A ref is in the way: ${shownRef(blocking)}. git cannot have both it and ${shownRef(ref)}. It is not the lock's; delete or rename it, or choose another namespace.`,
  );
}

function shownRef(ref: string): string {
  return ref.replaceAll(/[\p{Cc}\p{Cf}]/gu, "").slice(0, 300);
}

function refusedBy(
  address: Address,
  answer: Answer,
  reasons: readonly string[],
  kind: "denied" | "refused" | "unreachable",
): LockError {
  const why = clean([...new Set(reasons)].join(", ") || "no reason given", address);
  const hidden = /hidden ref/.test(why)
    ? " The server hides these refs: choose another namespace, such as refs/heads/locks."
    : "";
  return new LockError(
    kind,
    `${address.shown} refuses to change the lock's refs (${why}): ${wordsOf(answer, address)}.${hidden}`,
  );
}
