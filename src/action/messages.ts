/**
 * Lines for the job's log. Owns how outside text is made harmless there; must not decide what is worth saying to whom.
 */
import { debug, info, isDebug, warning } from "@actions/core";
import { formatDuration } from "../lock/duration.ts";
import { describeHolder } from "../lock/not-acquired.ts";
import type { Progress } from "../lock/ports.ts";
import type { LockStatus } from "../lock/status.ts";

/**
 * Text that came from outside, as one line of plain text. Control characters could start a line, and with it a workflow command; and the runner
 * still reads the old form `##[command]` anywhere in a line.
 */
export function plain(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .replaceAll("##[", "## [")
    .trim();
}

/** Every line begins with a word of ours, so that none can begin with `::`. */
export function say(text: string): void {
  info(`reflock: ${plain(text)}`);
}

export function warn(text: string): void {
  warning(plain(text));
}

/** Says a wait only when something about it has changed: who holds, or who waits. */
export function progressTeller(): (progress: Progress) => void {
  let said = "";
  return (progress) => {
    switch (progress.kind) {
      case "move":
        if (isDebug()) debug(plain(progress.move));
        return;
      case "trouble":
        say(`${progress.error.message}; trying again in ${formatDuration(progress.pauseMs)}`);
        return;
      case "waiting": {
        const text = `waiting for "${progress.lock}", ${describeStatus(progress.status)}`;
        if (text !== said) say(text);
        said = text;
      }
    }
  };
}

export function describeStatus(status: LockStatus): string {
  const holders = status.holders.map(describeHolder).join(" and ");
  return holders === "" ? "free" : `held by ${holders}`;
}
