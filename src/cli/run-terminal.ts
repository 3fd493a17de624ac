/**
 * Whether `run` has a terminal to itself: then the command gets it.
 * Owns that question; must not know how a command is started.
 */
import { spawnSync } from "node:child_process";
import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
import { statOf } from "../machine/process-identity.ts";

/**
 * `foreground`: the command is to have the terminal. `background`: there is one, and it is in use by others: to read from it would take their input.
 * `shared`: neighbours in a pipeline may need it as well, or it is not the one that controls us. `none`: the input is something else.
 */
export type TerminalUse = "foreground" | "background" | "shared" | "none";

export function terminalUse(): TerminalUse {
  if (!isatty(0)) return "none";
  const place = placeAtTerminal();
  return place === "foreground" && (isPipe(1) || isPipe(2)) ? "shared" : place;
}

function placeAtTerminal(): "foreground" | "background" | "shared" {
  if (process.platform === "linux") {
    const stat = statOf(process.pid);
    if (stat === null || stat.foregroundGroup === -1) return "shared";
    return stat.foregroundGroup === stat.group ? "foreground" : "background";
  }
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(process.pid)], {
    encoding: "utf8",
    timeout: 5000,
  });
  if (typeof stdout !== "string" || stdout === "") return "shared";
  return stdout.includes("+") ? "foreground" : "background";
}

function isPipe(file: number): boolean {
  try {
    const stat = fstatSync(file);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}
