/**
 * How a hold ended, in words. Owns which endings are a loss; must not know what is done about it.
 */
import { formatDuration } from "../lock/duration.ts";
import { describeEnding } from "../lock/entry.ts";
import type { Hold } from "../lock/hold.ts";
import type { Mine } from "../lock/identity.ts";
import { isGivenBackByUs } from "../lock/own.ts";
import type { GivenBack } from "../lock/release.ts";

export interface Ended {
  /** Empty where there is nothing to say. */
  readonly text: string;
  /** A hold that we had entered was ended by somebody else: what was published meanwhile may not have been alone. */
  readonly isLoss: boolean;
}

export function endingOf(hold: Hold, given: GivenBack, mine: Mine): Ended {
  const name = hold.lock.text;
  const wasEntered = hold.acquiredAtMs !== null;
  if (given.kind === "released") {
    if (!wasEntered) return harmless(`took back a claim of "${name}" that was never entered`);
    return harmless(`released "${name}" after ${formatDuration(given.heldSeconds * 1000)}`);
  }
  if (given.kind === "ended" && isGivenBackByUs(given.entry, mine))
    return harmless(`"${name}" was given back already`);
  if (given.kind === "lasted" || given.kind === "never-held" || !wasEntered) return harmless("");
  const how =
    given.kind === "ended"
      ? describeEnding(given.entry)
      : "its log was replaced by hand, and no longer shows who did it";
  return {
    text: `The lock "${name}" was lost while this job relied on it: ${how}. Check what was published meanwhile.`,
    isLoss: true,
  };
}

function harmless(text: string): Ended {
  return { text, isLoss: false };
}
