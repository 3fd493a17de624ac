/**
 * Lines for the job's log. Owns how outside text is made harmless there; must not decide what is worth saying to whom.
 */
import { debug, info, isDebug, warning } from "@actions/core";
import { describeStatus, ordinal } from "../lock/describe.ts";
import { formatDuration } from "../lock/duration.ts";
import type { Progress } from "../lock/ports.ts";

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

/** A wait that stays as it is says so only this often. */
const REMIND_MS = 300_000;

/** Says a wait when something about it has changed, and every few minutes. */
export function progressTeller(): (progress: Progress) => void {
  let said = { text: "", atMs: 0 };
  return (progress) => {
    switch (progress.kind) {
      case "move":
        if (isDebug()) debug(plain(JSON.stringify(progress.move, withMaps)));
        return;
      case "took-over":
        say(`took over "${progress.lock}" from ${progress.from}: ${progress.why}`);
        return;
      case "removed":
        say(`removed a dead waiter's ticket from the queue of "${progress.lock}": ${progress.why}`);
        return;
      case "deadlock":
        warn(progress.message);
        return;
      case "trouble": {
        const until = new Date(Date.now() + progress.pauseMs).toISOString().slice(11, 19);
        say(
          `${progress.error.message}; trying again in ${formatDuration(progress.pauseMs)}, at ${until} UTC`,
        );
        return;
      }
      case "waiting": {
        const text = `${ordinal(progress.place)} in line for "${progress.lock}", ${describeStatus(progress.status)}`;
        if (text === said.text && progress.waitedMs - said.atMs < REMIND_MS) return;
        say(`${text}${progress.waitedMs < 1000 ? "" : `; waited ${formatDuration(progress.waitedMs)}`}`);
        said = { text, atMs: progress.waitedMs };
      }
    }
  };
}

/** JSON would show a map as `{}`. */
function withMaps(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}
