/**
 * What this machine tells of a process: who it is, and when another one began.
 * Owns the asking of the operating system; must not know what the facts are good for.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import type { Process } from "../lock/identity.ts";

/** `user` is `alice`, or `alice as root` where sudo was used. What this machine does not tell is `null`. */
export function thisProcess(): Process {
  return {
    user: userOf(process.env),
    host: hostname(),
    bootId: bootId(),
    pidNamespace: namespace("pid"),
    pid: process.pid,
    startedAt: startOf(process.pid),
  };
}

/** Whoever asked for it is told, and not only as whom it runs: a lock held by `root` would not say whom to ask. */
export function userOf(env: Readonly<Record<string, string | undefined>>): string {
  const user = effectiveUser();
  const caller = plain(env.SUDO_USER ?? "");
  return caller === "" || caller === user ? user : `${caller} as ${user}`;
}

function effectiveUser(): string {
  try {
    return plain(userInfo().username);
  } catch {
    // A user id without a name, as containers have it.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

function plain(name: string): string {
  return name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, "")
    .slice(0, 64);
}

/**
 * On macOS the session's UUID rather than `kern.boottime`: that one moves when the clock is set, and a boot which seems to be another one would make
 * the living look dead.
 */
export function bootId(): string | null {
  if (process.platform === "linux") return line(readText("/proc/sys/kernel/random/boot_id"));
  if (process.platform === "darwin") return line(output("sysctl", ["-n", "kern.bootsessionuuid"]));
  return null;
}

/** The name of a name space of Linux, such as `pid:[4026531836]`; `null` where there are none. */
export function namespace(kind: "pid" | "time"): string | null {
  try {
    return readlinkSync(`/proc/self/ns/${kind}`);
  } catch {
    return null;
  }
}

/** When the process began; `null` where there is none, or it does not show. */
export function startOf(pid: number): string | null {
  if (process.platform === "linux") return statOf(pid)?.startedAt ?? null;
  if (process.platform === "darwin") return line(output("ps", ["-o", "lstart=", "-p", String(pid)]));
  return null;
}

export interface ProcessStat {
  /** `Z` for one that has ended and waits to be noticed. */
  readonly state: string;
  readonly group: number;
  /** The foreground group of its terminal; -1 without one. */
  readonly foregroundGroup: number;
  /** In clock ticks since the machine started. */
  readonly startedAt: string;
}

/** Linux only. `null` where there is no such process, or its owner hides it. */
export function statOf(pid: number): ProcessStat | null {
  const text = readText(`/proc/${pid}/stat`);
  // The second field is the program's name in brackets, and may have spaces and brackets of its own.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, group, foreground, startedAt] = [fields?.[0], fields?.[2], fields?.[5], fields?.[19]];
  if (state === undefined || startedAt === undefined) return null;
  return { state, group: Number(group), foregroundGroup: Number(foreground), startedAt };
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** In one language and time zone, whatever the user's: what it prints is compared between processes. */
function output(file: string, args: readonly string[]): string | null {
  const env = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" };
  const { status, stdout } = spawnSync(file, args, { env, encoding: "utf8", timeout: 5000 });
  return status === 0 ? stdout : null;
}

function line(text: string | null): string | null {
  const trimmed = text?.trim() ?? "";
  return trimmed === "" ? null : trimmed;
}
