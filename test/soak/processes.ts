/**
 * The processes of a soak, as Linux shows them: all have the soak's own folder in their PATH, whatever else they have lost of their environment.
 * Owns the reading of /proc; must not know what the processes are for.
 */
import { readdirSync, readFileSync } from "node:fs";

export interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** `Z` for one that has ended and waits to be noticed. */
  readonly state: string;
  /** In clock ticks since the machine started: with the pid, what no other process ever has. */
  readonly start: number;
  readonly command: string;
  /** The call for which it was started, where its environment still says so. */
  readonly call: number | null;
  readonly residentBytes: number;
}

/** Linux says so of every machine on which Node runs. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** All processes that have `mark` in a list of their environment, and so in their PATH, but for ourselves. */
export function processesOf(mark: string): Seen[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const environment = readText(`/proc/${pid}/environ`);
    if (environment === null || !environment.includes(`${mark}:`)) return [];
    const seen = processAt(pid, environment);
    return seen === null || seen.state === "Z" || seen.state === "X" ? [] : [seen];
  });
}

export function processAt(pid: number, environment = ""): Seen | null {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined || fields.length < 22) return null;
  const [state = "", parent, group] = fields;
  const command = (readText(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim();
  const call = /(?:^|\0)SOAK_CALL=(\d+)/.exec(environment)?.[1];
  return {
    ...{ pid, state, command },
    parent: Number(parent),
    group: Number(group),
    start: Number(fields[19]),
    call: call === undefined ? null : Number(call),
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  };
}

/** When something that the file system dates was written, on the scale on which processes start. */
export function ticksOf(wallMs: number): number {
  const upMs = Number((readText("/proc/uptime") ?? "0").split(" ")[0]) * 1000;
  return ((upMs - (Date.now() - wallMs)) / 1000) * TICKS_PER_SECOND;
}

export function openFilesOf(pid: number | "self"): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

/** @returns whether it was there to be signalled */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

/** The process itself only if it is still the one that was seen. */
export function signalSeen({ pid, start }: Seen, name: NodeJS.Signals): boolean {
  return processAt(pid)?.start === start && signal(pid, name);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
