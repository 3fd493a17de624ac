/**
 * The step's summary: what the step came to is noted while it runs, and shown at its end.
 * Owns when a summary is written, and that no failure of it is the step's; must not know what one looks like.
 */
import { appendFileSync, statSync } from "node:fs";
import type { Identity } from "../lock/identity.ts";
import type { Ports } from "../lock/ports.ts";
import { say } from "./messages.ts";
import { type Note, nothingSeen, watched } from "./summary-seen.ts";

/** What the runner takes of one step. */
const LIMIT_BYTES = 1024 * 1024;

/** A process is one step, and has one summary. */
const seen = nothingSeen();

/** Where no summary is asked for, nothing is remembered. */
function target(): string {
  return process.env.GITHUB_STEP_SUMMARY ?? "";
}

export function remembering(ports: Ports, repository: string, who: Identity): Ports {
  if (target() === "") return ports;
  Object.assign(seen, { repository, who });
  return watched(ports, seen);
}

export function note(note: Note): void {
  seen.notes.push(note);
}

/** Adds to what the file has already. What writes the page is loaded only here: a start of the action does not pay for it. */
export async function writeSummary(): Promise<void> {
  const file = target();
  if (file === "" || seen.notes.length === 0) return;
  try {
    const { page } = await import("./summary-page.ts");
    const present = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const text = page(seen, {
      nowMs: Date.now(),
      serverUrl: process.env.GITHUB_SERVER_URL ?? "",
      ownRepository: process.env.GITHUB_REPOSITORY ?? "",
      mostBytes: LIMIT_BYTES - present,
    });
    if (text !== "") appendFileSync(file, text);
  } catch (error) {
    say(`the step summary could not be written: ${error instanceof Error ? error.message : error}`);
  }
}
