/**
 * For how long something has been seen, over all calls on this machine since it was started.
 * Owns the records and their place; must not know what is seen, nor what a length of time means for it.
 *
 * Each record is a symbolic link in the user's cache directory: its name is what was seen, and where it points is when that was first seen, on the
 * machine's monotonic clock, in nanoseconds. A link is made with its content in one step or, where there is one, not at all: so that many processes need
 * no lock among them, nobody reads half a record, and of all that see something at once the first one's time stays.
 */
import {
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { bootId, namespace } from "./process-identity.ts";

export interface Sightings {
  /** For how long each key has been seen, in milliseconds; 0 at first sight. Never more than has truly passed; never throws. */
  see(keys: readonly string[]): ReadonlyMap<string, number>;
}

/** The clock that all processes of one start of the machine share. */
export interface SharedClock {
  /** What no other clock is called: records by another one don't count. `null` where processes share none. */
  readonly name: string | null;
  readonly nowNs: () => bigint;
}

/** What has not been seen for so long is forgotten. */
const KEEP_MS = 30 * 86_400_000;
const PRUNE_EVERY_MS = 86_400_000;
/** Object ids, and whatever else is harmless as the name of a file. */
const KEY = /^[0-9a-zA-Z][0-9a-zA-Z_-]{0,127}$/;

export function openSightings(directory = cacheDirectory(), clock: SharedClock = machineClock()): Sightings {
  const firstSeen = new Map<string, bigint>();
  const folder = directory === null || clock.name === null ? null : join(directory, "seen", clock.name);
  let isPruned = false;
  return {
    see: (keys) => {
      const nowNs = clock.nowNs();
      if (folder !== null && !isPruned) {
        isPruned = true;
        quietly(() => prepare(folder));
      }
      return new Map(
        keys.map((key) => {
          const before = firstSeen.get(key) ?? nowNs;
          const recorded = folder === null || !KEY.test(key) ? null : recall(folder, key, nowNs);
          const sinceNs = recorded !== null && recorded < before ? recorded : before;
          firstSeen.set(key, sinceNs);
          return [key, Number((nowNs - sinceNs) / 1_000_000n)];
        }),
      );
    },
  };
}

/** `null` where nothing can be kept: then this process alone remembers. */
function recall(folder: string, key: string, nowNs: bigint): bigint | null {
  const path = join(folder, key);
  return quietly(() => {
    const made = make(path, nowNs);
    if (made) return nowNs;
    const firstNs = parse(readlinkSync(path));
    if (firstNs !== null && firstNs <= nowNs) {
      // Seen again: it is not forgotten while somebody looks.
      quietly(() => lutimesSync(path, new Date(), new Date()));
      return firstNs;
    }
    // Not a time of this clock: whoever mends it last writes the latest time, so that nothing counts as seen for too long.
    unlinkSync(path);
    return make(path, nowNs) ? nowNs : null;
  });
}

function make(path: string, nowNs: bigint): boolean {
  try {
    symlinkSync(String(nowNs), path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function parse(text: string): bigint | null {
  return /^\d{1,19}$/.test(text) ? BigInt(text) : null;
}

/** The wall clock decides here alone: if it jumps, something is forgotten too early or kept too long, and never counts for more. */
function prepare(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = join(folder, ".pruned");
  if (ageMs(stamp) < PRUNE_EVERY_MS) return;
  quietly(() => unlinkSync(stamp));
  make(stamp, 0n);
  for (const name of readdirSync(folder)) {
    if (KEY.test(name) && ageMs(join(folder, name)) > KEEP_MS) quietly(() => unlinkSync(join(folder, name)));
  }
  // Of earlier starts, and of other machines that share this directory: only what nobody has used for as long.
  const all = join(folder, "..");
  for (const name of readdirSync(all)) {
    if (ageMs(join(all, name)) > KEEP_MS) quietly(() => rmSync(join(all, name), { recursive: true }));
  }
}

/** `Infinity` for what is not there. */
function ageMs(path: string): number {
  return Math.max(0, Date.now() - (quietly(() => lstatSync(path).mtimeMs) ?? Number.NEGATIVE_INFINITY));
}

function quietly<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch {
    return null;
  }
}

/**
 * Neither Linux's CLOCK_MONOTONIC nor that of macOS runs ahead of true time; the former stands still while the machine is suspended. Containers may have
 * a clock of their own (a time name space), and so records of their own. On Windows nothing cheap tells one start of the machine from another.
 */
function machineClock(): SharedClock {
  const boot = bootId();
  const name = boot === null ? null : `${boot}-${namespace("time") ?? ""}`.replaceAll(/[^0-9a-zA-Z-]/g, "");
  return { name, nowNs: process.hrtime.bigint };
}

function cacheDirectory(): string | null {
  const { XDG_CACHE_HOME: xdg = "", LOCALAPPDATA: local = "" } = process.env;
  if (process.platform === "win32") return isAbsolute(local) ? join(local, "reflock") : null;
  if (isAbsolute(xdg)) return join(xdg, "reflock");
  const home = quietly(homedir) ?? "";
  if (!isAbsolute(home)) return null;
  return process.platform === "darwin"
    ? join(home, "Library", "Caches", "reflock")
    : join(home, ".cache", "reflock");
}
