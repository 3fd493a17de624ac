/**
 * Owns the states of the exhaustive search and how one follows from another: what becomes of the refs, of what is under way and of an actor, and what the
 * judges say of it. Must not choose anything, nor work out what an actor does.
 */

import type { Account, Bench, Fact, Moment } from "./exhaustive-judge.ts";
import type { Answer, Course, Event, Place, Sent } from "./exhaustive-place.ts";
import type { Deed } from "./exhaustive-process.ts";
import type { JobStand, Refs } from "./exhaustive-server.ts";
import type { Violation } from "./invariants.ts";

export interface Stand {
  readonly place: Place;
  /** Whatever it is answered next is news: it had no answer, or time has passed. */
  readonly isTroubled: boolean;
  /** When it left, in steps of time; -1: it is here. */
  readonly leftAt: number;
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
  readonly account: Account;
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

export function createMoves(bench: Bench, numberOf: (text: string) => number): Moves {
  const moments = new Map<string, Moment>();
  const facts = new WeakMap<object, Fact>();

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
  const factOf = (source: object, told: Fact["told"]): Fact => {
    const known = facts.get(source);
    if (known !== undefined) return known;
    const fact = { number: numberOf(`fact ${JSON.stringify(told)}`), told };
    facts.set(source, fact);
    return fact;
  };
  const hear = (state: State, fact: Fact): State => {
    const { account, violation } = bench.hear(state.account, fact, momentOf(state));
    return { ...state, account, violation: state.violation ?? violation };
  };
  const done = (state: State, deed: Deed, listed: Refs | null): State => {
    if (deed.kind === "failed") return { ...state, violation: { promise: 0, what: deed.what } };
    if (deed.kind !== "sent") return hear(state, factOf(deed, deed));
    const sent = { ...deed, number: numberOf(`${deed.process} sends ${JSON.stringify(deed.changes)}`) };
    const found = bench.judgeSent(state.account, sent, { listed, refs: state.refs }, momentOf(state));
    return found === null ? state : { ...state, violation: state.violation ?? found };
  };

  return {
    momentOf,
    change(state, answer) {
      if (answer.changes.length === 0) return state;
      const told = { kind: "changed", changes: answer.changes } as const;
      return hear({ ...state, refs: answer.refs }, factOf(answer, told));
    },
    follow(state, actor, event, { to, deeds, left, isTroubled }) {
      const stand = standAt(state, actor);
      const isSame = to.stage === stand.place.stage;
      const next = {
        place: to,
        isTroubled: isTroubled || (isSame && stand.isTroubled && leavesTrouble(stand.place, event)),
        leftAt: to.stage === "done" ? state.time : -1,
      };
      let after = state;
      for (const deed of deeds) after = done(after, deed, to.listed);
      return withStand({ ...after, letters: withLetters(after.letters, left) }, actor, next);
    },
    die(state, actor, dead) {
      const { place } = standAt(state, actor);
      const { hold } = place;
      const told = hold === null ? null : ({ kind: "leaving", nonce: hold.nonce } as const);
      const after = told === null ? state : hear(state, factOf(place, told));
      const left = place.requests.filter(({ kind }) => kind === "swap");
      const stand = { place: dead, isTroubled: false, leftAt: state.time };
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
