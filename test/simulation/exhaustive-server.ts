/**
 * Owns the server of the exhaustive search: a repository and jobs that can be put into any state at once, since the search goes from state to state and
 * not forward only. Must not know who asks, nor what comes next.
 *
 * Commits are never taken away: nobody knows the oid of a commit but who wrote it, or was told of it.
 */
import type { Oid, Ref } from "../../src/lock/refs.ts";
import { createJobs, type Jobs } from "./jobs.ts";
import { type Logs, readLogs } from "./log-reader.ts";
import { type Change, createRepository, type Repository } from "./repository.ts";
import { EPOCH_MS } from "./world.ts";

/** Where all refs stand, by name. The same state is the same object. */
export interface Refs {
  readonly number: number;
  readonly all: readonly Ref[];
}

/** What is true of one job. */
export interface JobStand {
  readonly isGone: boolean;
  readonly isClean: boolean;
  /** From when on the API calls it completed, since the beginning. */
  readonly completedAtMs: number | null;
}

export interface Server {
  /** Reads and changes what was put in place last. */
  readonly repository: Repository;
  readonly logs: Logs;
  readonly jobs: Jobs;
  readonly nowMs: () => number;
  readonly serverMs: () => number;
  readonly empty: Refs;
  put(refs: Refs, nowMs: number): void;
  putJobs(stands: readonly JobStand[]): void;
  /** Where the refs stand now, and what has changed them since they were put in place. */
  outcome(): { readonly refs: Refs; readonly changes: readonly Change[] };
}

export function createServer(actors: number): Server {
  const kept = createRepository();
  const known = new Map<string, Refs>();
  const heads = new Map<string, Oid>();
  let nowMs = 0;
  const intern = (all: readonly Ref[]): Refs => {
    const text = all.map(({ name, oid }) => `${name} ${oid}`).join();
    const found = known.get(text) ?? { number: known.size, all };
    known.set(text, found);
    return found;
  };
  const empty = intern([]);
  let refs = empty;
  let changes: readonly Change[] = [];
  const serverMs = () => EPOCH_MS + nowMs;
  const at = (ref: string): Oid | null => refs.all.find(({ name }) => name === ref)?.oid ?? null;

  const repository: Repository = {
    version: () => 0,
    at,
    list: (prefix) => refs.all.filter(({ name }) => name.startsWith(prefix)),
    apply(by, wanted) {
      changes = wanted
        .map(({ ref, to }) => ({ version: 1, ref, from: at(ref), to, by }))
        .filter(({ from, to }) => from !== to);
      const touched = new Set(changes.map(({ ref }) => ref));
      const added = changes.flatMap(({ ref, to }) => (to === null ? [] : [{ name: ref, oid: to }]));
      const others = refs.all.filter(({ name }) => !touched.has(name));
      refs = intern([...others, ...added].sort((a, b) => (a.name < b.name ? -1 : 1)));
    },
    write(...content) {
      const commit = kept.write(...content);
      const head = commit.oid.slice(0, 7);
      // Requests are told apart by what they say, and they say no more of a commit than this.
      if ((heads.get(head) ?? commit.oid) !== commit.oid) throw new Error(`two commits begin with ${head}`);
      heads.set(head, commit.oid);
      return commit;
    },
    writtenAtMs: kept.writtenAtMs,
    commit: kept.commit,
    leadsTo: kept.leadsTo,
    onChange() {
      throw new Error("whoever judges is told by the search");
    },
  };
  const jobs = createJobs(serverMs);
  for (let id = 1; id <= actors; id++) jobs.begin(id);
  return {
    ...{ repository, logs: readLogs(repository), jobs, nowMs: () => nowMs, serverMs, empty },
    put(next, atMs) {
      refs = next;
      nowMs = atMs;
      changes = [];
    },
    putJobs(stands) {
      stands.forEach(({ isGone, isClean, completedAtMs }, index) => {
        const at = completedAtMs === null ? null : EPOCH_MS + completedAtMs;
        Object.assign(jobs.of(index + 1), { isGone, isClean, completedAtMs: at });
      });
    },
    outcome: () => ({ refs, changes }),
  };
}
