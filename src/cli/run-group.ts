/**
 * A process group, from the outside: whether anybody is left in it, and its end.
 * Owns the times that it is given; must not know what it does.
 */
import { readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { statOf } from "../machine/process-identity.ts";

/** Between TERM and KILL. */
export const GRACE_MS = 5000;
/** What a command leaves behind may finish by itself: a `tee`, most often, that writes its last line. */
const LINGER_MS = 2000;
/** After KILL only the system's own work is left to wait for. */
const AFTER_KILL_MS = 1000;

/** @returns whether there was anybody to signal */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    // EPERM: there is somebody, who has become another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Those who have ended and wait to be noticed are still counted by the system, in containers for ever. */
function isAnybodyLeft(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  if (process.platform !== "linux") return true;
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.some((pid) => {
    const stat = statOf(Number(pid));
    return stat?.group === group && !["Z", "X"].includes(stat.state);
  });
}

/** @returns whether the group was empty by then */
async function isGoneWithin(group: number, ms: number): Promise<boolean> {
  const untilMs = performance.now() + ms;
  for (let pauseMs = 5; isAnybodyLeft(group); pauseMs = Math.min(100, pauseMs * 2)) {
    if (performance.now() >= untilMs) return false;
    await delay(pauseMs);
  }
  return true;
}

/**
 * TERM, time to end, KILL. CONT lets what was stopped receive the TERM.
 * @returns whether nobody is left: what has become another user, as by sudo, can't be ended by us
 */
export async function endGroup(group: number, graceMs = GRACE_MS): Promise<boolean> {
  signalGroup(group, "SIGTERM");
  signalGroup(group, "SIGCONT");
  if (await isGoneWithin(group, graceMs)) return true;
  signalGroup(group, "SIGKILL");
  return await isGoneWithin(group, AFTER_KILL_MS);
}

/** After its command has ended. @returns whether somebody was left and had to be ended */
export async function endLeftBehind(group: number): Promise<boolean> {
  if (await isGoneWithin(group, LINGER_MS)) return false;
  await endGroup(group);
  return true;
}
