/**
 * What an acquisition says while it goes on. Owns when a line is worth saying; must not know how a lock works.
 */
import { describeStatus, ordinal } from "../lock/describe.ts";
import { formatDuration } from "../lock/duration.ts";
import type { Progress } from "../lock/ports.ts";
import type { Terminal } from "./terminal.ts";

/** A wait that stays as it is says so only this often. */
const REMIND_MS = 300_000;

/** Says a wait when something about it has changed, and every few minutes. */
export function progressTeller(terminal: Terminal): (progress: Progress) => void {
  const said = new Map<string, { readonly text: string; readonly atMs: number }>();
  return (progress) => {
    switch (progress.kind) {
      case "move":
        if (terminal.isVerbose) terminal.detail(JSON.stringify(progress.move, withMaps));
        return;
      case "took-over":
        terminal.say(`took over "${progress.lock}" from ${progress.from}: ${progress.why}`);
        return;
      case "removed":
        terminal.say(`removed a dead waiter's ticket from the queue of "${progress.lock}": ${progress.why}`);
        return;
      case "deadlock":
        terminal.warn(progress.message);
        return;
      case "trouble":
        terminal.say(
          `${progress.error.message.replace(/\.$/, "")}; trying again in ${formatDuration(progress.pauseMs)}`,
        );
        return;
      case "waiting": {
        const { lock, place, status, waitedMs } = progress;
        const text = `${ordinal(place)} in line for "${lock}", ${describeStatus(status)}`;
        const last = said.get(lock);
        if (text === last?.text && waitedMs - last.atMs < REMIND_MS) return;
        terminal.say(`${text}${waitedMs < 1000 ? "" : `; waited ${formatDuration(waitedMs)}`}`);
        said.set(lock, { text, atMs: waitedMs });
      }
    }
  };
}

/** JSON would show a map as `{}`. */
function withMaps(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}
