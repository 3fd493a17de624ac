/**
 * The shipped `reflock run` on bare repositories by path, and what git says afterwards.
 * Owns how it is called and what is read of a lock; must not know what is tested.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { StartedProcess } from "../runner/process.ts";
import { test as base, type Family } from "./child-stage.ts";

export interface Lock {
  /** The bare repository. */
  readonly path: string;
  /** `reflock run` with these words, the remote among them. */
  run(words: readonly string[], env?: Readonly<Record<string, string>>): StartedProcess;
  /** Any other command. */
  reflock(...words: readonly string[]): StartedProcess;
  /** All refs, by name. */
  refs(): Readonly<Record<string, string>>;
  isHeld(name?: string): boolean;
  waiters(name?: string): number;
  /** The subjects of the log, newest first. */
  log(name?: string): readonly string[];
}

export function openLock(family: Family, folder: string): Lock {
  const path = join(folder, "locks.git");
  git(folder, "init", "--quiet", "--bare", path);
  const cache = { XDG_CACHE_HOME: join(folder, "cache"), LOCKS: path };
  const named = (prefix: string) => Object.keys(refs()).filter((ref) => ref.startsWith(prefix));
  const refs = () =>
    Object.fromEntries(
      git(path, "for-each-ref", "--format=%(refname) %(objectname)")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.split(" ") as [string, string]),
    );
  return {
    path,
    run: (words, env = {}) =>
      family.start("reflock", ["run", "--remote", path, ...words], { ...cache, ...env }),
    reflock: (command = "", ...words) =>
      family.start("reflock", [command, "--remote", path, ...words], cache),
    refs,
    isHeld: (name = "publish") => named(`refs/locks/${name}/holder/`).length > 0,
    waiters: (name = "publish") => ticketsIn(join(path, "refs", "locks", name, "queue")),
    log: (name = "publish") =>
      named(`refs/locks/${name}/log/1`).flatMap((ref) =>
        git(path, "log", "--format=%s", ref).trim().split("\n"),
      ),
  };
}

/** By the files that git keeps them in: it is asked again and again, and a git each time would be most of what a test costs. */
function ticketsIn(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith(".lock")).length : 0;
}

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync("git", ["-C", cwd, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** A folder that is gone with the test, and with all that ran in it. */
export const test = base.extend("folder", async ({ family }, { onCleanup }): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "reflock-run-"));
  onCleanup(async () => {
    await family.clear();
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
});

export async function expectStatus(run: StartedProcess, status: number): Promise<void> {
  expect((await run.drained).code, run.stderr).toBe(status);
}
