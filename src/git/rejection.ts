/**
 * What a push came to, from what `git push --porcelain` prints. Owns git's words for refusals; must not know how a push is made.
 *
 * A comparison is refused in two places with different words: by git here, against what the server advertised ("stale info"), and by the server,
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

interface Line {
  /** ` ` moved, `+` forced, `-` deleted, `*` made, `=` up to date, `!` refused */
  readonly flag: string;
  readonly ref: string;
  /** The words in parentheses. */
  readonly reason: string;
  readonly isFailure: boolean;
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
export function pushed(result: GitResult, deciding: string, address: Address, timeoutMs: number): Pushed {
  if (result.ending !== "exit") return "unknown";
  const lines = linesOf(result.stdout);
  const refused = lines.filter(({ flag }) => flag === "!");
  if (refused.some(({ isFailure }) => isFailure)) return "unknown";
  if (refused.length > 0) return refusal(refused, result, address);
  if (result.code !== 0) return failed(result, address, timeoutMs);
  const line = lines.find(({ ref }) => ref === deciding);
  if (line === undefined) return "unknown";
  // The ref was there already, and nothing was compared: whether it was ours that brought it there, the log tells.
  return line.flag === "=" ? "conflict" : "applied";
}

function linesOf(stdout: string): Line[] {
  return stdout.split("\n").flatMap((line): Line[] => {
    const [, flag, ref, summary] = /^([ +\-*=!])\t[^\t]*:([^\t:]+)\t(.*)$/.exec(line) ?? [];
    if (flag === undefined || ref === undefined || summary === undefined) return [];
    const reason = /\((.*)\)$/.exec(summary)?.[1] ?? "";
    return [{ flag, ref, reason, isFailure: summary.startsWith("[remote failure]") }];
  });
}

/** The server was not asked to change anything, or did not say that it did. */
function failed(result: GitResult, address: Address, timeoutMs: number): Pushed {
  if (/does not support --atomic/.test(result.stderr)) return { kind: "no-atomic" };
  if (/remote ref does not exist/.test(result.stderr)) return "conflict";
  if (/aborted by hook/.test(result.stderr)) throw refusedBy(address, result, ["hook declined"], "refused");
  const error = failureOf(result, address, timeoutMs);
  if (error.kind === "unreachable") return "unknown";
  throw error;
}

function refusal(refused: readonly Line[], result: GitResult, address: Address): Pushed {
  const { stderr } = result;
  const reasons = refused.map(({ reason }) => reason).filter((reason) => !CONSEQUENCE.test(reason));
  throwIfBlocked(stderr);
  if (/Permission denied|insufficient permission|Read-only file system/i.test(stderr))
    throw refusedBy(address, result, reasons, "denied");
  const words = reasons.map(withoutNames);
  const others = words.filter((reason) => !OVERTAKEN.test(reason));
  if (others.some((reason) => PASSING.test(reason))) throw refusedBy(address, result, reasons, "unreachable");
  const final = others.find((reason) => FINAL.test(reason));
  if (final !== undefined || /aborted by hook/.test(stderr)) {
    const kind = /permission|permitted|not allowed/i.test(final ?? "") ? "denied" : "refused";
    throw refusedBy(address, result, reasons, kind);
  }
  if (others.some((reason) => NOT_KEPT.test(reason))) {
    // What ours follow is on the server, but behind no ref any more that it shows: the log has gone on.
    if (/traverse parents|Could not read|bad object/.test(stderr)) return "conflict";
    throw refusedBy(address, result, reasons, "unreachable");
  }
  // A server that was killed leaves files in the way of every change, until somebody removes them.
  if (/unable to create ('.*\.lock'|file .*packed-refs\.new)/i.test(stderr))
    return { kind: "locked", error: refusedBy(address, result, reasons, "unreachable") };
  if (others.every((reason) => ELSEWHERE.test(reason))) return "conflict";
  return { kind: "unexplained", error: refusedBy(address, result, reasons, "refused") };
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
  result: GitResult,
  reasons: readonly string[],
  kind: "denied" | "refused" | "unreachable",
): LockError {
  const why = clean([...new Set(reasons)].join(", ") || "no reason given", address);
  const hidden = /hidden ref/.test(why)
    ? " The server hides these refs: choose another namespace, such as refs/heads/locks."
    : "";
  return new LockError(
    kind,
    `${address.shown} refuses to change the lock's refs (${why}): ${wordsOf(result, address)}.${hidden}`,
  );
}
