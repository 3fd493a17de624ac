/**
 * Turns what git says of the lock, and how far each run has come, into the picture and the events.
 * Owns the words for it. Must not start, stop or decide anything.
 */
import { type LockView, tokenLabel } from "./lock-watch.ts";
import { createRow, enter, type Phase, phaseOf, type Row, seconds, timeIn } from "./timeline.ts";

export interface Tracked {
  readonly row: Row;
  /** Which of its processes runs. `dead`: its machine is gone, and nothing of it runs any more. */
  stage: "main" | "script" | "post" | "over" | "dead";
  /** As git had it when it was looked at last. */
  holds: boolean;
  /** Its place in the queue; 0 where it has no ticket. */
  place: number;
  /** The run whose hold it has ended, after its death. */
  tookOverFrom: number | null;
}

export function createTracked(runId: number): Tracked {
  return { row: createRow(runId), stage: "main", holds: false, place: 0, tookOverFrom: null };
}

export function track(
  tracked: Tracked,
  view: LockView,
  nowMs: number,
  onEvent: (text: string) => void,
): void {
  const { row, holds: held } = tracked;
  const before = phaseOf(row);
  tracked.holds = view.holder === row.runId;
  tracked.place = view.queue.indexOf(row.runId) + 1;
  if (tracked.holds && !held) onEvent(taken(tracked, view));
  if (!tracked.holds && held && tracked.stage !== "dead") onEvent(`run ${row.runId} has given the lock back`);
  const phase = phaseFor(tracked, view, before);
  enter(row, phase, nowMs);
  row.note = noteFor(tracked, phase, nowMs);
  if (phase === "waiting" && before === "starting") onEvent(`run ${row.runId} waits`);
  if (phase === "ended" && before === "leaving" && row.killedMs !== null) {
    onEvent(`run ${row.runId}, which was killed, has left nothing`);
  }
}

function taken(tracked: Tracked, { takenOver }: LockView): string {
  const { runId } = tracked.row;
  if (takenOver === null) return `run ${runId} holds the lock`;
  tracked.tookOverFrom = takenOver.from;
  return `run ${runId} took over from run ${takenOver.from}: ${takenOver.why}`;
}

/** What git says of a run goes before what its processes do. */
function phaseFor({ row, stage, holds, place }: Tracked, view: LockView, before: Phase): Phase {
  if (stage === "script") return "working";
  if (holds) return stage === "dead" ? "dead" : "holding";
  if (place > 0) return "waiting";
  if (stage === "over" || stage === "dead") return "ended";
  if (stage === "post") return "leaving";
  // It has asked while another one held the lock; that it is between two holders now does not end its wait.
  const turnedAway = view.holder !== null && view.askers.has(tokenLabel(row.runId));
  return before === "waiting" || turnedAway ? "waiting" : "starting";
}

function noteFor({ row, stage, place, tookOverFrom }: Tracked, phase: Phase, nowMs: number): string {
  if (stage === "dead")
    return phase === "dead"
      ? `dead, holds still ${seconds(timeIn(row, ["dead"], nowMs))}`
      : "killed while it held";
  if (row.killedMs !== null) return phase === "ended" ? "killed, and nothing left" : "killed, its post runs";
  if (tookOverFrom !== null) return `took over from run ${tookOverFrom}`;
  const waited = seconds(timeIn(row, ["waiting"], nowMs));
  const held = seconds(timeIn(row, ["holding", "working"], nowMs));
  if (phase === "starting") return "starts";
  if (phase === "waiting") return place > 0 ? `waits, number ${place} in line` : `waits, ${waited}`;
  if (phase === "holding" || phase === "working") return `holds, ${held}`;
  return `waited ${waited}, held ${held}`;
}

/** All runs in one line: `holds: 812 · waiting: 811, 815 · over: 814`. */
export function summarise(rows: readonly Row[]): string {
  const groups: readonly (readonly [phases: readonly Phase[], words: string])[] = [
    [["holding", "working"], "holds"],
    [["dead"], "holds, but dead"],
    [["waiting"], "waiting"],
    [["starting"], "starting"],
    [["leaving", "ended"], "over"],
  ];
  return groups
    .map(([phases, words]) => ({ words, runs: rows.filter((row) => phases.includes(phaseOf(row))) }))
    .filter(({ runs }) => runs.length > 0)
    .map(({ words, runs }) => `${words}: ${runs.map((row) => row.runId).join(", ")}`)
    .join(" · ");
}

/** Looks again and again until stopped. A failure is told to whoever stops it. */
export function repeat(look: () => Promise<void>): { stop(): Promise<void> } {
  let running = true;
  const loop = async (): Promise<void> => {
    while (running) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  };
  const done = loop();
  done.catch(() => {});
  return {
    stop: () => {
      running = false;
      return done;
    },
  };
}
