/**
 * What the guarded script says of itself beside the shared file, and what its runner adds of one that was killed.
 * Owns the reading of it. Must not know of locks: it shows what the lock was for.
 */
import { appendFileSync, readFileSync } from "node:fs";

export interface GuardedJournal {
  /** Run and fencing token of each section, in the order in which they began. */
  readonly ran: readonly { readonly run: string; readonly fencingToken: string }[];
  /** The runs whose script was killed before it had ended. */
  readonly killed: readonly number[];
  /** How often a section began while another one ran. */
  readonly overlaps: number;
}

export function journalBeside(sharedFile: string): string {
  return `${sharedFile}.journal`;
}

export function hasBegun(sharedFile: string, run: number): boolean {
  return readFileSync(journalBeside(sharedFile), "utf8").includes(`start ${run} `);
}

/** Whoever is killed can't say so itself. Only for a process that was seen to be gone: it counts as over from here on. */
export function noteKilled(sharedFile: string, run: number): void {
  appendFileSync(journalBeside(sharedFile), `killed ${run}\n`);
}

/** A section lasts from its start to its end, or to its death. */
export function readJournal(sharedFile: string): GuardedJournal {
  const ran: { run: string; fencingToken: string }[] = [];
  const killed: number[] = [];
  const open = new Set<string>();
  let overlaps = 0;
  for (const line of readFileSync(journalBeside(sharedFile), "utf8").split("\n")) {
    const [word, run = "", fencingToken = ""] = line.split(" ");
    if (word === "start") {
      if (open.size > 0) overlaps += 1;
      open.add(run);
      ran.push({ run, fencingToken });
    } else {
      open.delete(run);
      if (word === "killed") killed.push(Number(run));
    }
  }
  return { ran, killed, overlaps };
}
