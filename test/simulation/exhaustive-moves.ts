/**
 * Owns the states of the exhaustive search and how one follows from another: what becomes of the refs, of what is under way and of an actor, and what the
 * judges say of it. Must not choose anything, nor work out what an actor does.
 */

import type { LockName } from "../../src/lock/name.ts";
import type { Account, Bench, Fact, Moment, Told } from "./exhaustive-judge.ts";
import type { Answer, Course, Event, Place, Sent } from "./exhaustive-place.ts";
import type { Deed } from "./exhaustive-ports.ts";
import { judgeRefusal } from "./exhaustive-refusal.ts";
import type { JobStand, Refs, Server } from "./exhaustive-server.ts";
import type { Violation } from "./invariants.ts";

export interface Stand {
  readonly place: Place;
  /** Whatever it is answered next is news: it had no answer, or time has passed. */
  readonly isTroubled: boolean;
  /** When it left, in steps of time; -1: it is here. */
  readonly leftAt: number;
  /** It was inside, with all that it wanted. */
  readonly isServed: boolean;
}

export interface State {
  /** In steps. */
  readonly time: number;
  /** How many of each may happen yet. */
  readonly left: { readonly crashes: number; readonly losses: number; readonly cancels: number };
  readonly refs: Refs;
  /** What may land later, or never; by number. */
  readonly letters: readonly Sent[];
  readonly actors: readonly Stand[];
  /** One for each name. */
  readonly accounts: readonly Account[];
  readonly violation: Violation | null;
}

export interface Moves {
  /** What is true of the jobs and the time: the same have the same number. */
  momentOf(state: State): Moment;
  /** The server carries out what it was sent, and nobody hears of it yet. */
  change(state: State, answer: Answer): State;
  /** An actor has heard something, and goes on. */
  follow(state: State, actor: number, event: Event, course: Course): State;
  /** Its machine is gone. */
  die(state: State, actor: number, dead: Place): State;
}

/** Whoever waits looks around once a minute. */
export const TIME_MS = 61_000;
/** A job is called completed at once, and believed to be. */
const SETTLE_MS = 10_000;

/** What the moves rest on. */
interface Ground {
  readonly server: Server;
  readonly locks: readonly LockName[];
  /** One for each name. */
  readonly benches: readonly Bench[];
  readonly numberOf: (text: string) => number;
  /** Nothing has gone wrong so far, and nobody was told to stop. */
  readonly isUntroubled: (state: State) => boolean;
}

export function createMoves({ server, locks, benches, numberOf, isUntroubled }: Ground): Moves {
  const moments = new Map<string, Moment>();
  const facts = new WeakMap<object, readonly Fact[]>();

  const momentOf = ({ time, actors }: State): Moment => {
    let key = String(time);
    for (const { place, leftAt } of actors)
      if (leftAt >= 0) key += ` ${place.actor} ${place.stage} ${leftAt}`;
    const known = moments.get(key);
    if (known !== undefined) return known;
    const moment = { number: moments.size, nowMs: time * TIME_MS, stands: actors.map(jobOf) };
    moments.set(key, moment);
    return moment;
  };
  const factsOf = (source: object, tell: () => readonly Told[]): readonly Fact[] => {
    const known = facts.get(source);
    if (known !== undefined) return known;
    const all = tell().map((told) => ({ number: numberOf(`fact ${JSON.stringify(told)}`), told }));
    facts.set(source, all);
    return all;
  };
  const at = (encoded: string) => locks.findIndex((lock) => lock.encoded === encoded);
  const benchAt = ({ accounts }: State, index: number) => {
    const [bench, account] = [benches[index], accounts[index]];
    if (bench === undefined || account === undefined) throw new Error("nobody judges that name");
    return { bench, account };
  };
  const hear = (state: State, all: readonly Fact[]): State => {
    let after = state;
    for (const fact of all) {
      const index = at(fact.told.lock);
      const { bench, account: before } = benchAt(after, index);
      const { account, violation } = bench.hear(before, fact, momentOf(state));
      after = {
        ...after,
        accounts: after.accounts.with(index, account),
        violation: after.violation ?? violation,
      };
    }
    return after;
  };
  const accuse = (state: State, found: Violation | null): State =>
    found === null ? state : { ...state, violation: state.violation ?? found };
  const judgeSent = (state: State, deed: Extract<Deed, { kind: "sent" }>, { listed }: Place) => {
    const { process, changes } = deed;
    const index = locks.findIndex(({ prefix }) => changes[0]?.ref.startsWith(prefix));
    const { bench, account } = benchAt(state, index);
    const sent = { ...deed, number: numberOf(`${process} sends ${JSON.stringify(changes)}`) };
    const seen = { listed: listed.get(locks[index]?.prefix ?? "") ?? null, refs: state.refs };
    return bench.judgeSent(account, sent, seen, momentOf(state));
  };
  const done = (state: State, deed: Deed, to: Place): State => {
    switch (deed.kind) {
      case "failed":
        return { ...state, violation: { promise: 0, what: deed.what } };
      case "refused":
        return accuse(state, judgeRefusal(state, deed, isUntroubled(state), locks, server));
      case "sent":
        return accuse(state, judgeSent(state, deed, to));
      default:
        return hear(
          state,
          factsOf(deed, () => [deed]),
        );
    }
  };
  /** What a change of refs is to each name. */
  const toldOf = (changes: Answer["changes"]): Told[] =>
    locks.flatMap(({ encoded, prefix }): Told[] => {
      const own = changes.filter(({ ref }) => ref.startsWith(prefix));
      return own.length === 0 ? [] : [{ kind: "changed", lock: encoded, changes: own }];
    });

  return {
    momentOf,
    change(state, answer) {
      if (answer.changes.length === 0) return state;
      const told = factsOf(answer, () => toldOf(answer.changes));
      return hear({ ...state, refs: answer.refs }, told);
    },
    follow(state, actor, event, { to, deeds, left, isTroubled }) {
      const stand = standAt(state, actor);
      const isSame = to.stage === stand.place.stage;
      const next = {
        place: to,
        isTroubled: isTroubled || (isSame && stand.isTroubled && leavesTrouble(stand.place, event)),
        leftAt: to.stage === "done" ? state.time : -1,
        isServed: stand.isServed || to.stage === "inside",
      };
      let after = state;
      for (const deed of deeds) after = done(after, deed, to);
      return withStand({ ...after, letters: withLetters(after.letters, left) }, actor, next);
    },
    die(state, actor, dead) {
      const { place, isServed } = standAt(state, actor);
      const told = factsOf(place, () =>
        place.holds.map(({ lock, nonce }) => ({ kind: "leaving", lock: lock.encoded, nonce })),
      );
      const after = hear(state, told);
      const left = place.requests.filter(({ kind }) => kind === "swap");
      const stand = { place: dead, isTroubled: false, leftAt: state.time, isServed };
      return withStand({ ...after, letters: withLetters(after.letters, left) }, actor, stand);
    },
  };
}

/** What was sent after time has passed, or after no answer, is answered anew; not so after a mere pause, or what can't have changed. */
function leavesTrouble({ requests }: Place, event: Event): boolean {
  if (event.kind === "cancel" || event.kind === "leaves") return true;
  const kind = requests[event.request]?.kind;
  return kind === "pause" || (event.kind === "silence" && (kind === "object" || kind === "write"));
}

export function standAt({ actors }: State, actor: number): Stand {
  const stand = actors[actor - 1];
  if (stand === undefined) throw new Error(`there is no actor ${actor}`);
  return stand;
}

/** Everybody has left, though what is late may still land. */
export function isOver({ actors }: State): boolean {
  return actors.every(({ leftAt }) => leftAt >= 0);
}

export function less({ left, ...state }: State, kind: keyof State["left"]): State {
  return { ...state, left: { ...left, [kind]: left[kind] - 1 } };
}

/** Time has passed: whatever is asked next is answered. */
export function disturbed(stand: Stand): Stand {
  const { stage } = stand.place;
  return stage === "main" || stage === "post" ? { ...stand, isTroubled: true } : stand;
}

function withStand(state: State, actor: number, stand: Stand): State {
  const actors = [...state.actors];
  actors[actor - 1] = stand;
  return { ...state, actors };
}

export function withLetters(letters: readonly Sent[], more: readonly Sent[]): readonly Sent[] {
  return more.length === 0 ? letters : [...letters, ...more].sort((a, b) => a.number - b.number);
}

function jobOf({ place: { stage }, leftAt }: Stand): JobStand {
  return {
    isGone: leftAt >= 0,
    isClean: stage === "done",
    completedAtMs: leftAt < 0 ? null : leftAt * TIME_MS - SETTLE_MS,
  };
}
