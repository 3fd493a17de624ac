/**
 * Owns the true state of the simulated server: refs, commits, and every state that the refs ever had, for reads that are behind.
 * It compares and swaps without fail; what goes wrong on the way to it is memory-store.ts's. Must not know what the refs mean.
 */
import { hash } from "node:crypto";
import type { Commit, Oid, Ref } from "../../src/lock/refs.ts";

export interface Change {
  /** Counts the transactions that changed anything: those of one transaction share a number. */
  readonly version: number;
  readonly ref: string;
  readonly from: Oid | null;
  readonly to: Oid | null;
  /** Who sent it. */
  readonly by: string;
}

export interface Repository {
  /** Counts the changes so far. A read may ask for the state after any of them. */
  version(): number;
  at(ref: string, version?: number): Oid | null;
  list(prefix: string, versionOf?: (ref: string) => number): Ref[];
  /** Applies without comparing: whoever calls it has compared. All are one change of state. */
  apply(by: string, changes: readonly { readonly ref: string; readonly to: Oid | null }[]): void;
  /** `dateMs`: milliseconds since 1970, of which a commit keeps the seconds. */
  write(message: string, parent: Oid | null, dateMs: number): Commit;
  commit(oid: Oid): Commit | undefined;
  /** When it was written in truth, whatever its date says, in milliseconds since 1970. */
  writtenAtMs(oid: Oid): number;
  /** Whether `to` is `from` or has it behind it. */
  leadsTo(to: Oid, from: Oid): boolean;
  /** Called for each transaction, after it was applied. */
  onChange(listener: (changes: readonly Change[]) => void): void;
}

interface Stand {
  readonly version: number;
  readonly oid: Oid | null;
}

export function createRepository(trueMs: () => number = () => 0): Repository {
  const commits = new Map<Oid, Commit>();
  const writtenAtMs = new Map<Oid, number>();
  const stands = new Map<string, Stand[]>();
  const listeners: ((changes: readonly Change[]) => void)[] = [];
  let version = 0;

  const at = (ref: string, asOf = version): Oid | null => {
    const past = stands.get(ref) ?? [];
    for (let index = past.length - 1; index >= 0; index--) {
      const stand = past[index];
      if (stand !== undefined && stand.version <= asOf) return stand.oid;
    }
    return null;
  };

  return {
    version: () => version,
    at,
    list(prefix, versionOf = () => version) {
      const refs: Ref[] = [];
      for (const name of stands.keys()) {
        if (!name.startsWith(prefix)) continue;
        const oid = at(name, versionOf(name));
        if (oid !== null) refs.push({ name, oid });
      }
      return refs.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    apply(by, changes) {
      const real = changes
        .map(({ ref, to }) => ({ version: version + 1, ref, from: at(ref), to, by }))
        .filter(({ from, to }) => from !== to);
      if (real.length === 0) return;
      version++;
      for (const { ref, to } of real) {
        const past = stands.get(ref);
        if (past === undefined) stands.set(ref, [{ version, oid: to }]);
        else past.push({ version, oid: to });
      }
      for (const listener of listeners) listener(real);
    },
    write(message, parent, dateMs) {
      const date = new Date(dateMs).toISOString().replace(/\.\d+Z$/, "Z");
      // As in git, the same content is the same commit: nothing but what stands in it tells two apart.
      const oid = hash("sha1", `${parent ?? ""}\n${date}\n${message}`);
      const commit = { oid, parents: parent === null ? [] : [parent], message, date };
      commits.set(oid, commit);
      if (!writtenAtMs.has(oid)) writtenAtMs.set(oid, trueMs());
      return commit;
    },
    commit: (oid) => commits.get(oid),
    writtenAtMs: (oid) => writtenAtMs.get(oid) ?? 0,
    leadsTo(to, from) {
      for (let oid: Oid | undefined = to; oid !== undefined; oid = commits.get(oid)?.parents[0]) {
        if (oid === from) return true;
      }
      return false;
    },
    onChange: (listener) => void listeners.push(listener),
  };
}
