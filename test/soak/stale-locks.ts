/**
 * What a git that was killed leaves in its repository, and what is then in the way of every other git: lock files, and half a `packed-refs.new`. And the
 * operator who removes them after a while.
 * Owns what makes such a file stale; must not know of locks kept in refs.
 */
import { rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { filesIn, type Ground } from "./ground.ts";
import { processesOf, ticksOf } from "./processes.ts";
import type { Troubles } from "./trouble.ts";

interface LockFile {
  readonly path: string;
  readonly id: string;
  readonly changedMs: number;
}

export async function lockFilesIn(repository: string): Promise<LockFile[]> {
  const under = await filesIn(join(repository, "refs"));
  const paths = [
    "packed-refs.lock",
    "HEAD.lock",
    "config.lock",
    ...under.map((path) => relative(repository, path)),
  ];
  const found: LockFile[] = [];
  // git makes this one beside a lock file that it has, and is in its own way if it was killed then.
  for (const path of [...paths.filter((name) => name.endsWith(".lock")), "packed-refs.new"]) {
    const is = await stat(join(repository, path)).catch(() => null);
    if (is !== null) found.push({ path, id: `${path} ${is.ino} ${is.ctimeMs}`, changedMs: is.ctimeMs });
  }
  return found;
}

/** Whether any git that could have made it still runs: only those that are older than it, and work in the repository. */
function mayBeInUse({ changedMs }: LockFile, mark: string): boolean {
  const writtenAt = ticksOf(changedMs) + 100;
  return processesOf(mark).some(
    ({ command, start }) =>
      /\bgit[- ](receive-pack|pack-refs|gc|repack|update-ref)\b/.test(command) && start <= writtenAt,
  );
}

export interface Operator {
  /** Looks once, and removes what has been stale for long enough. */
  look(): Promise<void>;
}

/**
 * @param staysMs how long the next one that is found is left
 * @param isOurs lock files that are somebody's to remove
 */
export function openOperator(
  { repository, mark }: Pick<Ground, "repository" | "mark">,
  troubles: Troubles,
  { staysMs, isOurs }: { readonly staysMs: () => number; readonly isOurs: (path: string) => boolean },
): Operator {
  const since = new Map<string, { readonly removeAtMs: number; readonly end: () => void }>();
  return {
    async look() {
      const files = (await lockFilesIn(repository)).filter(({ path }) => !isOurs(path));
      for (const [id, { end }] of since) {
        if (files.some((file) => file.id === id)) continue;
        end();
        since.delete(id);
      }
      for (const file of files) {
        const known = since.get(file.id);
        if (known === undefined) {
          // Held for a moment, as in every push, is not stale.
          if (Date.now() - file.changedMs < 300 || mayBeInUse(file, mark)) continue;
          const end = troubles.begin("lock file left by a crash", file.path);
          since.set(file.id, { removeAtMs: performance.now() + staysMs(), end });
        } else if (performance.now() >= known.removeAtMs) {
          await rm(join(repository, file.path), { force: true });
        }
      }
    },
  };
}
