/**
 * Ports over a repository in memory and a clock that stands still but for sleeping: for tests of whatever asks the store.
 * Owns a plain, faultless store and the hook at which a test puts faults; must not know why it is asked.
 */

import type { Ports, Progress, RefStore } from "../../src/lock/ports.ts";
import type { Commit, Oid, RefChange } from "../../src/lock/refs.ts";
import { rememberSightings } from "../../src/lock/sightings.ts";
import { FIRST_DATE, type World, world } from "./situations.ts";

export interface Call {
  readonly method: keyof RefStore;
  /** A prefix, a ref or an oid, as the method has it. */
  readonly about: string;
}

export interface Memory {
  readonly world: World;
  readonly refs: Map<string, Oid>;
  readonly ports: Ports;
  /** What the store was asked, in order. */
  readonly calls: Call[];
  /** Each sleep, in milliseconds. */
  readonly sleeps: number[];
  readonly told: Progress[];
  /** Called before each call is carried out; what it throws, the call throws. */
  before: (call: Call) => void;
  /** The monotonic clock. */
  nowMs: number;
}

export function memory(): Memory {
  const made = world();
  const refs = new Map<string, Oid>();
  const it: Memory = {
    ...{ world: made, refs, ports: portsOf(made, refs, () => it) },
    ...{ calls: [], sleeps: [], told: [], before: () => {}, nowMs: 0 },
  };
  return it;
}

function portsOf(made: World, refs: Map<string, Oid>, it: () => Memory): Ports {
  let uuids = 0;
  return {
    store: storeOf(made, refs, (method, about) => {
      const call = { method, about };
      it().calls.push(call);
      it().before(call);
    }),
    liveness: { judge: async () => ({ state: "unknown", why: "nobody asked", sinceMs: null }) },
    clock: {
      monotonicMs: () => it().nowMs,
      date: () => new Date(Date.parse(FIRST_DATE) + it().nowMs),
      sleep: async (ms, signal) => {
        it().sleeps.push(ms);
        if (!signal?.aborted) it().nowMs += ms;
      },
    },
    sightings: rememberSightings(() => it().nowMs),
    random: () => 0.5,
    uuid: () => `uuid-${++uuids}`,
    journal: { saveHold() {}, forgetHold() {}, saveTicket() {}, forgetTicket() {} },
    tell: (progress) => void it().told.push(progress),
  };
}

/** As the contract has it, and nothing more. */
export function storeOf(
  made: World,
  refs: Map<string, Oid>,
  called: (method: keyof RefStore, about: string) => void = () => {},
): RefStore {
  const commitOf = (oid: Oid): Commit => {
    const commit = made.commits.get(oid);
    if (commit === undefined) throw new Error(`there is no commit ${oid}`);
    return commit;
  };
  const at = (ref: string): Oid | null => refs.get(ref) ?? null;
  return {
    clock: "server",
    pollMs: 1200,
    comparesAll: () => true,
    async list(prefix) {
      called("list", prefix);
      const listed = [...refs].filter(([name]) => name.startsWith(prefix)).toSorted();
      return { refs: listed.map(([name, oid]) => ({ name, oid })), readAtMs: null };
    },
    async tip(ref) {
      called("tip", ref);
      return at(ref);
    },
    async tipCommit(ref) {
      called("tipCommit", ref);
      const oid = at(ref);
      return oid === null ? null : commitOf(oid);
    },
    async read(oid) {
      called("read", oid);
      return commitOf(oid);
    },
    async history(oid, limit) {
      called("history", oid);
      const commits = [commitOf(oid)];
      for (let next = commits[0]; next?.parents[0] !== undefined && commits.length < limit; ) {
        next = commitOf(next.parents[0]);
        commits.push(next);
      }
      return commits;
    },
    async write(message, parent) {
      called("write", parent ?? "");
      return commitOf(made.put(message, parent));
    },
    async transact(changes) {
      called("transact", changes.map(({ ref }) => ref).join(" "));
      const fits = changes.every(({ ref, from }) => at(ref) === from);
      if (fits) for (const change of changes) apply(refs, change);
      return fits ? "applied" : "conflict";
    },
  };
}

function apply(refs: Map<string, Oid>, { ref, to }: RefChange): void {
  if (to === null) refs.delete(ref);
  else refs.set(ref, to);
}
