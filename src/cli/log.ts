/**
 * `log`: every hold of a lock, the newest first.
 * Owns how a hold is laid out for people; must not know how the log is read.
 */
import { formatDuration } from "../lock/duration.ts";
import { type LoggedHold, readHistory } from "../lock/history.ts";
import type { Act } from "./call.ts";
import { LOOK_TROUBLE_MS, withSession } from "./session.ts";
import { limitOf, parseNames } from "./settings.ts";
import { type Row, table, utc } from "./table.ts";
import { json, shownName } from "./text.ts";

export const logCommand: Act = async (call) => {
  const { words, options, terminal } = call;
  const locks = parseNames(words, options);
  const limit = limitOf(options);
  const { holds, nowMs } = await withSession(
    call,
    call.stop.listen(),
    async ({ ports, patience }) => {
      const found: LoggedHold[] = [];
      for (const lock of locks)
        found.push(...(await readHistory(ports, lock, limit, patience(LOOK_TROUBLE_MS))));
      return { holds: found, nowMs: ports.clock.date().getTime() };
    },
    "all",
  );
  if (options.json) {
    await terminal.print(json({ holds }));
  } else if (holds.length === 0) {
    terminal.say(`nobody has ever held ${locks.map(({ text }) => `"${text}"`).join(" or ")}`);
  } else {
    const [head = "", ...lines] = layOut(holds, nowMs);
    await terminal.print(terminal.paint("bold", head), ...lines);
  }
  return 0;
};

const HEAD = ["LOCK", "TOKEN", "SLOT", "SINCE", "HELD", "WAITED", "OUTCOME", "WHO"];

export function layOut(holds: readonly LoggedHold[], nowMs: number): string[] {
  return table(
    HEAD,
    holds.map((hold) => rowOf(hold, nowMs)),
  );
}

function rowOf(hold: LoggedHold, nowMs: number): Row {
  const { lock, token, slot, slots, since, until, waitedSeconds, outcome, who, url, reason } = hold;
  const heldMs = Math.max(0, (until === null ? nowMs : Date.parse(until)) - Date.parse(since));
  const state = hold.freeze && outcome === "held" ? "frozen" : outcome;
  const below = [url, reason === null ? null : `reason: ${reason}`, endingOf(hold)];
  return {
    cells: [
      shownName(lock),
      token === null ? "?" : String(token),
      `${slot}/${slots}`,
      utc(since),
      formatDuration(heldMs),
      waitedSeconds === null ? "" : formatDuration(waitedSeconds * 1000),
      state,
      who,
    ],
    below: below.filter((line) => line !== null),
  };
}

/** Of a hold that its holder gave back without a word there is nothing more to say. */
function endingOf({ outcome, by, who, endReason }: LoggedHold): string | null {
  if (by === null || (by === who && endReason === null)) return null;
  return `${outcome} by ${by}${endReason === null ? "" : `: ${endReason}`}`;
}
