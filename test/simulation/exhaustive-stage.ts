/**
 * Owns a small scenario in which every step is chosen from outside: whose request is carried out next, whose answer is lost, who dies. Says what may be
 * chosen in a state, and what comes of it. Must not know in which order choices are made.
 *
 * What a request does and its answer are one step, since nobody can tell when an answer came. A request whose answer is lost may land at any later
 * step or never, and so may one whose sender has died. Time stands still until nobody can go on without it.
 */
import { LockError } from "../../src/lock/errors.ts";
import { parseName } from "../../src/lock/name.ts";
import { createActors } from "./exhaustive-actor.ts";
import { judgeEnd } from "./exhaustive-end.ts";
import { createBench } from "./exhaustive-judge.ts";
import {
  createMoves,
  disturbed,
  isOver,
  less,
  type Stand,
  type State,
  standAt,
  TIME_MS,
  withLetters,
} from "./exhaustive-moves.ts";
import type { Answer, Event, Place, Sent } from "./exhaustive-place.ts";
import type { Request } from "./exhaustive-ports.ts";
import { createServer } from "./exhaustive-server.ts";
import type { Violation } from "./invariants.ts";
import type { Way } from "./memory-store.ts";
import type { Policy } from "./scene.ts";

export interface Scenario {
  /** One actor each. `0`: does not queue. */
  readonly waits: readonly (0 | "forever")[];
  /** The names that each wants, all of them together, in its own order; unless set, one and the same. */
  readonly wants?: readonly (readonly string[])[];
  readonly slots: number;
  readonly way: Way;
  /** At most so many of each, anywhere. */
  readonly crashes: number;
  readonly losses: number;
  readonly cancels: number;
}

export type Choice =
  | { readonly kind: "serve" | "lose"; readonly actor: number; readonly request: number }
  /** `leaves`: post runs; `dies`: its machine is gone. */
  | { readonly kind: "leaves" | "dies" | "cancel"; readonly actor: number }
  | { readonly kind: "land"; readonly letter: number }
  | { readonly kind: "time" };

export interface Stage {
  begin(): Promise<State>;
  choices(state: State): Choice[];
  /** A promise only where an actor does what none has done before. */
  take(state: State, choice: Choice): State | Promise<State>;
  /** Two states with the same key go on in the same ways. */
  key(state: State): number[];
  /** What is wrong with a state in itself, or with its being the end. */
  judge(state: State, choices: readonly Choice[]): Violation | null;
  /** What a choice does, in words. */
  tell(state: State, choice: Choice): string;
}

/** More than enough for each of three waiters to find each other dead. */
const MOST_TIME = 12;

export function createStage(scenario: Scenario, policy: Policy): Stage {
  const { waits, slots, way } = scenario;
  const server = createServer(waits.length);
  const wants = waits.map((_, index) =>
    (scenario.wants?.[index] ?? ["publish"]).map((name) => parseName(name)),
  );
  const locks = [...new Map(wants.flat().map((lock) => [lock.encoded, lock])).values()];
  const actors = createActors({ server, policy, locks, wants, slots, way });
  const benches = locks.map((lock) => createBench(server, lock, slots));
  const isUntroubled = ({ left }: State): boolean =>
    left.crashes === scenario.crashes && left.losses === scenario.losses && left.cancels === scenario.cancels;
  const moves = createMoves({ server, locks, benches, numberOf: actors.number, isUntroubled });

  /** What the server answers depends on the time and, by the kind of request, on the refs or on who has left; and on nothing else. */
  const answerOf = (state: State, { kind, answers, serve }: Sent): Answer => {
    const isOfRefs = kind === "look" || kind === "swap";
    const on = isOfRefs ? state.refs.number : kind === "status" ? moves.momentOf(state).number : 0;
    const key = on * 16 + state.time;
    const known = answers.get(key);
    if (known !== undefined) return known;
    server.put(state.refs, state.time * TIME_MS);
    server.putJobs(moves.momentOf(state).stands);
    const result = serve();
    const text = textOf(result);
    const answer = { number: actors.number(text), text, result, ...server.outcome() };
    answers.set(key, answer);
    return answer;
  };

  const inform = (state: State, actor: number, event: Event): State | Promise<State> => {
    const { place } = standAt(state, actor);
    const course = actors.known(place, event, state.time);
    if (course !== null) return moves.follow(state, actor, event, course);
    return actors
      .workOut(place, event, state.time, state.time * TIME_MS)
      .then((found) => moves.follow(state, actor, event, found));
  };
  const serve = (state: State, actor: number, request: number) => {
    const sent = sentBy(state, actor, request);
    if (sent.kind === "leave") return inform(state, actor, { kind: "leaves" });
    const answer = answerOf(state, sent);
    const event: Event = { kind: "answer", request, answer, refs: state.refs };
    return inform(moves.change(state, answer), actor, event);
  };
  const lose = (state: State, actor: number, request: number) => {
    const sent = sentBy(state, actor, request);
    const letters = sent.kind === "swap" ? withLetters(state.letters, [sent]) : state.letters;
    const error = new LockError("unreachable", "the answer was lost");
    return inform({ ...less(state, "losses"), letters }, actor, { kind: "silence", request, error });
  };
  const land = (state: State, index: number) => {
    const letters = state.letters.filter((_, other) => other !== index);
    return moves.change({ ...state, letters }, answerOf(state, letterAt(state, index)));
  };

  /** Whoever only waits for a change need not be told that there is none. */
  const isNews = (state: State, { place, isTroubled }: Stand, sent: Sent): boolean =>
    sent.kind !== "look" ||
    !place.isWaiting ||
    isTroubled ||
    place.heard.get(sent.number) !== answerOf(state, sent).number;
  const choicesOf = (state: State, stand: Stand): Choice[] => {
    const { actor, requests } = stand.place;
    const choices = requests.flatMap((sent, request): Choice[] => [
      ...(isNews(state, stand, sent) ? [{ kind: "serve", actor, request } as const] : []),
      ...(state.left.losses > 0 && sent.kind !== "leave" ? [{ kind: "lose", actor, request } as const] : []),
    ]);
    return [...choices, ...endsOf(state, stand.place)];
  };

  return {
    async begin() {
      const { crashes, losses, cancels } = scenario;
      const stands: Stand[] = [];
      for (const [index, wait] of waits.entries()) {
        const place = await actors.begin(index + 1, wait === 0 ? 0 : Number.POSITIVE_INFINITY);
        stands.push({ place, isTroubled: false, leftAt: -1, isServed: false });
      }
      const left = { crashes, losses, cancels };
      const blank = { accounts: benches.map((bench) => bench.blank), violation: null };
      return { ...blank, time: 0, left, refs: server.empty, letters: [], actors: stands };
    },
    choices(state) {
      const own = privateChoices(state);
      if (own !== null) return own;
      const choices = state.actors.flatMap((stand) => choicesOf(state, stand));
      const landings = state.letters.map((_, letter): Choice => ({ kind: "land", letter }));
      if (isOver(state) || choices.some(({ kind }) => kind === "serve")) return [...choices, ...landings];
      return [{ kind: "time" }, ...choices, ...landings];
    },
    take(state, choice) {
      switch (choice.kind) {
        case "time":
          return { ...state, time: state.time + 1, actors: state.actors.map(disturbed) };
        case "land":
          return land(state, choice.letter);
        case "cancel":
          return inform(less(state, "cancels"), choice.actor, { kind: "cancel" });
        case "leaves":
          return inform(less(state, "crashes"), choice.actor, { kind: "leaves" });
        case "dies":
          return moves.die(less(state, "crashes"), choice.actor, actors.deadPlace(choice.actor));
        case "serve":
          return serve(state, choice.actor, choice.request);
        case "lose":
          return lose(state, choice.actor, choice.request);
      }
    },
    key(state) {
      const { time, left, refs, letters, accounts } = state;
      const key = [time, left.crashes, left.losses, left.cancels, refs.number];
      for (const { number } of accounts) key.push(number);
      // Who was served matters only where nothing went wrong.
      const isOrderly = isUntroubled(state);
      for (const { place, isTroubled, leftAt, isServed } of state.actors)
        key.push(place.number, leftAt * 4 + Number(isOrderly && isServed) * 2 + Number(isTroubled));
      for (const { number } of letters) key.push(number);
      return key;
    },
    judge(state, choices) {
      if (state.violation !== null) return state.violation;
      if (choices[0]?.kind === "time" && state.time >= MOST_TIME)
        return { promise: 4, what: "somebody waits for ever" };
      return isOver(state) ? judgeEnd(state, waits, isUntroubled(state), server) : null;
    },
    tell(state, choice) {
      switch (choice.kind) {
        case "time":
          return "a minute passes";
        case "land": {
          const letter = letterAt(state, choice.letter);
          return `${letter.what} lands: ${answerOf(state, letter).text}`;
        }
        case "cancel":
          return `${choice.actor} is cancelled`;
        case "leaves":
          return `${choice.actor} is killed`;
        case "dies":
          return `${choice.actor} is killed, and its machine with it`;
        case "lose":
          return `${sentBy(state, choice.actor, choice.request).what}: no answer`;
        case "serve": {
          const sent = sentBy(state, choice.actor, choice.request);
          return sent.kind === "leave" ? sent.what : `${sent.what}: ${answerOf(state, sent).text}`;
        }
      }
    },
  };
}

const PRIVATE = new Set<Request["kind"]>(["object", "write", "pause"]);

/** Nobody else can tell when these are carried out, so that it makes no difference when: they go first, and only what may go wrong with them is chosen. */
function privateChoices(state: State): Choice[] | null {
  for (const { place } of state.actors) {
    const request = place.requests.findIndex(({ kind }) => PRIVATE.has(kind));
    if (request < 0) continue;
    const { actor } = place;
    const isLosable = state.left.losses > 0 && place.requests[request]?.kind !== "pause";
    return [
      { kind: "serve", actor, request },
      ...(isLosable ? [{ kind: "lose", actor, request } as const] : []),
      ...endsOf(state, place),
    ];
  }
  return null;
}

function endsOf({ left }: State, { actor, stage, isCancelled }: Place): Choice[] {
  if (stage === "done" || stage === "dead") return [];
  const ends: Choice[] = left.crashes > 0 ? [{ kind: "dies", actor }] : [];
  if (left.crashes > 0 && stage !== "post") ends.push({ kind: "leaves", actor });
  if (left.cancels > 0 && stage === "main" && !isCancelled) ends.push({ kind: "cancel", actor });
  return ends;
}

function sentBy(state: State, actor: number, request: number): Sent {
  const sent = standAt(state, actor).place.requests[request];
  if (sent === undefined) throw new Error("there is no such request");
  return sent;
}

function letterAt({ letters }: State, index: number): Sent {
  const letter = letters[index];
  if (letter === undefined) throw new Error("there is no such letter");
  return letter;
}

/** The time of an answer is no news. */
function textOf(result: unknown): string {
  return JSON.stringify(result, (field, value: unknown) => (field === "readAtMs" ? undefined : value));
}
