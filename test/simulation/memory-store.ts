/**
 * One client's view of the simulated server: a RefStore that makes of each call the requests which a real one would make.
 * Owns what the ways of a transaction can and cannot compare; must not know how a request travels, nor what the refs mean, but for which is a log.
 */
import { LockError } from "../../src/lock/errors.ts";
import { isLogRef } from "../../src/lock/name.ts";
import type { Outcome, RefStore } from "../../src/lock/ports.ts";
import type { Commit, Listing, Oid, RefChange } from "../../src/lock/refs.ts";
import type { Repository } from "./repository.ts";

/**
 * `atomic`: all refs are compared at once. `update-refs`: the same, but what was refused goes log-alone when it is repeated, and from then on all, as
 * on GitHub. `log-alone`: the log's change compares, the others follow one by one and compare nothing.
 */
export type Way = "atomic" | "update-refs" | "log-alone";

/** What the judges need to know of what a client asked and saw. */
export interface Witness {
  sent(process: string, changes: readonly RefChange[]): void;
  /** `version`: the state that was answered from; `null` where it was torn or not the newest. `prefix`: of all refs that were asked for. */
  listed(process: string, version: number | null, prefix?: string): void;
}

/**
 * `look`: reads refs, which may have changed since. `object`: reads commits, which can't. `write`: makes a commit. `swap`: changes refs. `status`: asks
 * whether a job is completed.
 */
export type RequestKind = "look" | "object" | "write" | "swap" | "status";

/** The state after this many changes is what the server shows of a ref. */
export type View = (ref: string) => number;

/** Carries a request to the server and the answer back. `version` is `null` where the view shows no true and newest state. */
export type Send = <Result>(
  kind: RequestKind,
  what: string,
  serve: (view: View, version: number | null) => Result,
) => Promise<Result>;

export interface Line {
  readonly repository: Repository;
  readonly name: string;
  readonly send: Send;
  readonly witness: Witness;
  /** Who dates commits, and the time by that clock, in milliseconds since 1970. */
  readonly clock: "server" | "local";
  readonly clockMs: () => number;
  /** `false`: a server that swaps without comparing, which is a planted mistake. */
  readonly compares: boolean;
  /** How long the first in line leaves it alone; as GitHub's unless set. */
  readonly pollMs?: number;
}

export interface Tally {
  /** Requests that count. */
  rest: number;
  graphql: number;
  /** Conditional requests answered with "not modified". */
  free: number;
}

export interface MemoryStore extends RefStore {
  way(): Way;
  readonly tally: Tally;
}

export function openStore(line: Line, startingWay: Way): MemoryStore {
  const { repository, name, witness, send } = line;
  const tally: Tally = { rest: 0, graphql: 0, free: 0 };
  const state = { way: startingWay, refusedOnce: new Set<string>() };
  const read = new Map<Oid, Commit>();
  const answered = new Map<string, string>();

  /** A conditional request: the same answer as the last time costs nothing. */
  const conditional = <Result>(what: string, result: Result, isThere: boolean): Result => {
    const text = JSON.stringify(result);
    if (isThere && answered.get(what) === text) tally.free++;
    else tally.rest++;
    answered.set(what, text);
    return result;
  };
  const commit = (oid: Oid): Commit => {
    const found = repository.commit(oid);
    if (found === undefined) throw new LockError("unreachable", `there is no commit ${oid}`);
    return found;
  };
  const keep = (known: Commit): Commit => {
    read.set(known.oid, known);
    return known;
  };
  /** For requests that always count. */
  const counted = <Result>(kind: RequestKind, what: string, serve: (view: View) => Result) => {
    tally.rest++;
    return send(kind, what, serve);
  };
  const change = (change: RefChange) => {
    tally.rest++;
    return swap(send, `change ${describe([change])}`, () => changeOne(line, change));
  };

  const compareLog = async (changes: readonly RefChange[]): Promise<Outcome> => {
    const deciding = changes.find(({ ref }) => isLogRef(ref)) ?? changes[0];
    if (deciding === undefined) throw new Error("a transaction that changes nothing");
    const outcome = await change(deciding);
    if (outcome !== "applied") return outcome;
    await Promise.all(changes.filter((other) => other !== deciding).map((other) => follow(change, other)));
    return "applied";
  };

  return {
    clock: line.clock,
    pollMs: line.pollMs ?? 1200,
    tally,
    way: () => state.way,
    comparesAll: () => state.way !== "log-alone",

    async list(prefix) {
      const listing = await send("look", `list ${prefix}`, (view, version): Listing => {
        witness.listed(name, version, prefix);
        return {
          refs: repository.list(prefix, view),
          readAtMs: line.clock === "server" ? Math.floor(line.clockMs() / 1000) * 1000 : null,
        };
      });
      conditional(prefix, listing.refs, true);
      return listing;
    },
    async tip(ref) {
      const oid = await send("look", `tip ${ref}`, (view) => repository.at(ref, view(ref)));
      return conditional(ref, oid, oid !== null);
    },
    async tipCommit(ref) {
      const found = await counted("look", `commit at ${ref}`, (view) => {
        const oid = repository.at(ref, view(ref));
        return oid === null ? null : commit(oid);
      });
      return found === null ? null : keep(found);
    },
    async read(oid) {
      return read.get(oid) ?? keep(await counted("object", `read ${short(oid)}`, () => commit(oid)));
    },
    async history(oid, limit) {
      const commits = await counted("object", `history of ${short(oid)}`, () => {
        const chain: Commit[] = [];
        for (let next: Oid | undefined = oid; next !== undefined && chain.length < limit; ) {
          const found = commit(next);
          chain.push(found);
          next = found.parents[0];
        }
        return chain;
      });
      return commits.map(keep);
    },
    async write(message, parent) {
      const subject = message.slice(0, message.indexOf("\n"));
      return keep(
        await counted("write", `write ${subject}`, () => repository.write(message, parent, line.clockMs())),
      );
    },
    async transact(changes) {
      witness.sent(name, changes);
      const id = JSON.stringify(changes.find(({ ref }) => isLogRef(ref)) ?? changes[0]);
      if (state.way !== "log-alone" && !(state.way === "update-refs" && state.refusedOnce.has(id))) {
        tally.graphql++;
        const outcome = await swap(send, `transact ${describe(changes)}`, () => changeAll(line, changes));
        if (outcome === "conflict") state.refusedOnce.add(id);
        return outcome;
      }
      const outcome = await compareLog(changes);
      if (outcome === "applied") state.way = "log-alone";
      return outcome;
    },
  };
}

/** All compared, all or none applied. A log must only move to a descendant. */
function changeAll({ repository, name, compares }: Line, changes: readonly RefChange[]): Outcome {
  const isAllowed = changes.every(
    ({ ref, from, to }) =>
      repository.at(ref) === from &&
      !(isLogRef(ref) && from !== null && to !== null && !repository.leadsTo(to, from)),
  );
  if (compares && !isAllowed) return "conflict";
  repository.apply(name, changes);
  return "applied";
}

/** REST compares no more than this: that what is created does not exist, that what is deleted or moved does, and that a log moves forward. */
function changeOne({ repository, name, compares }: Line, { ref, from, to }: RefChange): Outcome {
  const now = repository.at(ref);
  const isThere = now !== null;
  const isExpectedThere = to === null || from !== null;
  const isForward = to === null || now === null || !isLogRef(ref) || repository.leadsTo(to, now);
  if (compares && (isThere !== isExpectedThere || !isForward)) return "conflict";
  repository.apply(name, [{ ref, to }]);
  return "applied";
}

/** What follows a log decides nothing, so that what goes wrong with it is nobody's trouble. */
async function follow(change: (change: RefChange) => Promise<Outcome>, marker: RefChange): Promise<void> {
  try {
    const outcome = await change(marker);
    if (outcome === "conflict" && marker.from === null && marker.to !== null)
      await change({ ...marker, from: marker.to });
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
  }
}

async function swap(send: Send, what: string, serve: () => Outcome): Promise<Outcome> {
  try {
    return await send("swap", what, serve);
  } catch (error) {
    if (error instanceof LockError && error.kind === "unreachable") return "unknown";
    throw error;
  }
}

function describe(changes: readonly RefChange[]): string {
  return changes.map(({ ref, from, to }) => `${nameInLock(ref)} ${short(from)} → ${short(to)}`).join(", ");
}

export function describeResult(result: unknown): string {
  if (typeof result === "string") return /^[0-9a-f]{40}$/.test(result) ? short(result) : result;
  if (result === null) return "nothing";
  if (Array.isArray(result)) return result.map(describeResult).join(", ");
  const { oid, message, refs } = result as Partial<Commit & Listing>;
  if (refs !== undefined)
    return refs.map(({ name, oid }) => `${nameInLock(name)} ${short(oid)}`).join(", ") || "no refs";
  return `${short(oid ?? null)} "${message?.slice(0, message.indexOf("\n"))}"`;
}

function nameInLock(ref: string): string {
  return ref.split("/").slice(3).join("/");
}

export function short(oid: Oid | null): string {
  return oid === null ? "nothing" : oid.slice(0, 7);
}
