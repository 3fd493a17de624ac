/**
 * Owns what the judges of the simulator say of each step of the exhaustive search. They only go forward, so that they are run anew up to where they are
 * asked; what they said once is remembered. Must not know what the actors do, but for their deeds, nor judge anything itself.
 */
import type { LockName } from "../../src/lock/name.ts";
import type { RefChange } from "../../src/lock/refs.ts";
import type { Deed } from "./exhaustive-ports.ts";
import type { JobStand, Refs, Server } from "./exhaustive-server.ts";
import { createJudge, type EndedBy, type Judge, slotOf, type Violation } from "./invariants.ts";
import { judgeOrder } from "./order.ts";
import type { Change } from "./repository.ts";
import { givenBackProblem } from "./testimony.ts";

/** What a judge was told. What says the same has the same number. */
export interface Fact {
  readonly number: number;
  readonly told: Told;
}

export type Told =
  | { readonly kind: "changed"; readonly lock: string; readonly changes: readonly Change[] }
  | Extract<Deed, { kind: "entered" | "leaving" | "given" }>;

/** What was true when it was told. */
export interface Moment {
  /** The same moments have the same number. */
  readonly number: number;
  readonly nowMs: number;
  readonly stands: readonly JobStand[];
}

/** All that has happened to one name, as far as it makes a difference to a judge. */
export interface Account {
  readonly number: number;
  /** All claims that ever were the tip. */
  readonly claims: ReadonlySet<string>;
  /** By nonce, of the holds that there were; `undefined`: it never was the tip. */
  readonly ends: ReadonlyMap<string, EndedBy | null | undefined>;
}

export interface Heard {
  readonly account: Account;
  readonly violation: Violation | null;
}

export interface Bench {
  readonly blank: Account;
  hear(account: Account, fact: Fact, moment: Moment): Heard;
  /** Whether who sends a take passes others by. `listed`: the refs when it listed them last. */
  judgeSent(
    account: Account,
    sent: { readonly number: number; readonly process: string; readonly changes: readonly RefChange[] },
    seen: { readonly listed: Refs | null; readonly refs: Refs },
    moment: Moment,
  ): Violation | null;
}

interface Known extends Account {
  readonly before: { readonly account: Known; readonly fact: Fact; readonly moment: Moment } | null;
  readonly next: Map<string, Heard>;
  readonly slotOfNonce: ReadonlyMap<string, number>;
  readonly buried: ReadonlySet<string>;
}

/** Judges one name. */
export function createBench(server: Server, lock: LockName, slots: number): Bench {
  const { repository, logs, jobs, serverMs } = server;
  const merged = new Map<string, Known>();
  const blank: Known = {
    ...{ number: 0, before: null, next: new Map(), ends: new Map() },
    ...{ slotOfNonce: new Map(), claims: new Set(), buried: new Set() },
  };
  merged.set(JSON.stringify([[], [], []]), blank);

  const tell = (judge: Judge, { told }: Fact, { nowMs, stands }: Moment) => {
    server.put(server.empty, nowMs);
    server.putJobs(stands);
    if (told.kind === "changed") judge.changed(told.changes);
    if (told.kind === "entered") judge.entered(told.visit);
    if (told.kind === "leaving") judge.leaving(told.nonce);
    if (told.kind !== "given") return;
    const problem = givenBackProblem(judge, told.actor, told.hold, told.given);
    if (problem !== null) judge.accuse(6, problem);
  };
  const revive = (account: Known): Judge => {
    const told: NonNullable<Known["before"]>[] = [];
    for (let at = account.before; at !== null; at = at.account.before) told.push(at);
    const judge = createJudge(repository, logs, jobs, serverMs);
    for (const { fact, moment } of told.reverse()) tell(judge, fact, moment);
    return judge;
  };

  const goOn = (account: Known, fact: Fact, moment: Moment): Heard => {
    const judge = revive(account);
    tell(judge, fact, moment);
    const { told } = fact;
    const landed = told.kind === "changed" ? told.changes.flatMap(commitsOf) : [];
    const slotOfNonce = new Map([
      ...account.slotOfNonce,
      ...landed.map(({ nonce, slot }) => [nonce, slot] as const),
    ]);
    const claims = new Set([...account.claims, ...landed.map(({ oid }) => oid).filter(judge.hasLanded)]);
    const isBuried = told.kind === "given" && told.given.kind === "never-held";
    const buried = isBuried ? new Set([...account.buried, told.hold.claim]) : account.buried;
    const holds = [...slotOfNonce]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([nonce, slot]) => [nonce, slot, judge.endOf(nonce), judge.isInside(nonce)] as const);
    const ends = new Map(holds.map(([nonce, , end]) => [nonce, end]));
    const key = JSON.stringify([holds.map(String), [...claims].sort(), [...buried].sort()]);
    const known = merged.get(key) ?? {
      ...{ number: merged.size, ends, slotOfNonce, claims, buried, next: new Map() },
      before: { account, fact, moment },
    };
    merged.set(key, known);
    return { account: known, violation: judge.violations[0] ?? null };
  };
  /** What a change has added to a log. */
  const commitsOf = ({ ref, from, to }: Change) => {
    const slot = slotOf(ref);
    if (slot === null || to === null) return [];
    return (logs.step(from, to, 3) ?? [logs.node(to)]).map(({ oid, nonce }) => ({ oid, nonce, slot }));
  };

  const queues = judgeQueues(server, lock, slots);
  const orders = new Map<string, Violation | null>();
  return {
    blank,
    hear(account, fact, moment) {
      const { next } = account as Known;
      const key = `${fact.number} ${moment.number}`;
      const heard = next.get(key) ?? goOn(account as Known, fact, moment);
      next.set(key, heard);
      return heard;
    },
    judgeSent(account, sent, seen, moment) {
      const { listed, refs } = seen;
      const key = [account.number, sent.number, listed?.number, refs.number, moment.number].join(" ");
      const known = orders.get(key);
      if (known !== undefined) return known;
      server.put(refs, moment.nowMs);
      server.putJobs(moment.stands);
      const violation = queues(account, sent, listed);
      orders.set(key, violation);
      return violation;
    },
  };
}

/** The judge of the order sees two states: the refs as they are, and as the process saw them last. */
function judgeQueues(server: Server, { prefix }: LockName, slots: number) {
  const { repository, logs, jobs, serverMs } = server;
  const SEEN = 0;
  const NOW = 1;
  let seen: Refs | null = null;
  let ends: Account["ends"] = new Map();
  let violation: Violation | null = null;
  const both = {
    ...{ ...repository, version: () => NOW },
    list(under: string, versionOf: (ref: string) => number = () => NOW) {
      if (versionOf(under) === NOW) return repository.list(under);
      return (seen?.all ?? []).filter(({ name }) => name.startsWith(under));
    },
  };
  const judge = {
    ...createJudge(repository, logs, jobs, serverMs),
    endOf: (nonce: string) => ends.get(nonce),
    accuse(promise: number, what: string) {
      violation ??= { promise, what };
    },
  };
  const witness = judgeOrder(serverMs, both, logs, judge, jobs, prefix, slots);
  return (
    account: Account,
    { process, changes }: { readonly process: string; readonly changes: readonly RefChange[] },
    listed: Refs | null,
  ): Violation | null => {
    [seen, ends, violation] = [listed, account.ends, null];
    witness.listed(process, listed === null ? null : SEEN);
    witness.sent(process, changes);
    return violation;
  };
}
