/**
 * Owns histories that nobody recorded: legal by their making, and with one thing in them that can't be. Each is drawn from a row of numbers, so that a
 * smaller row is a simpler history. Must not search.
 */

import type { Operation } from "./checker.ts";
import { step } from "./model.ts";
import { type Action, type Claim, type Stand, type State, UNUSED } from "./state.ts";

export type Invented = Operation<Action>;

/** Gives one number after the other, and zeros when there are no more. */
export function dice(numbers: readonly number[]): (limit: number) => number {
  let next = 0;
  return (limit) => (numbers[next++] ?? 0) % limit;
}

type Roll = (limit: number) => number;

/** What somebody is about to ask: what it is told is decided when it takes effect. */
interface Asked {
  readonly owner: string;
  readonly invokedAt: number;
  action: Action | null;
  /** Nobody ever hears of it. */
  readonly isUnheard: boolean;
}

interface Play {
  state: State;
  tick: number;
  holds: number;
  readonly roll: Roll;
  readonly slots: number;
  readonly asked: (Asked | null)[];
  readonly history: Invented[];
}

/** Several clients, of which each does one thing at a time. What they ask takes effect at some moment before they are answered. */
export function inventLegal(numbers: readonly number[], moves: number): Invented[] {
  const roll = dice(numbers);
  const slots = 1 + roll(2);
  const asked = Array.from({ length: 2 + roll(3) }, () => null);
  const play: Play = { state: UNUSED, tick: 0, holds: 0, roll, slots, asked, history: [] };
  for (let move = 0; move < moves; move++) {
    const client = roll(play.asked.length);
    play.tick++;
    const now = play.asked[client] ?? null;
    if (now === null) ask(play, client);
    else if (now.action === null) takeEffect(play, now);
    else answer(play, client, now);
  }
  for (const [client, now] of play.asked.entries()) {
    play.tick++;
    if (now !== null && now.action !== null) answer(play, client, now);
  }
  return play.history;
}

function ask({ asked, roll, tick }: Play, client: number): void {
  asked[client] = { owner: `client ${client}`, invokedAt: tick, action: null, isUnheard: roll(8) === 0 };
}

function takeEffect(play: Play, asked: Asked): void {
  const action = choose(play, asked.owner);
  const after = action === null ? "nothing to do" : step(play.state, action);
  if (typeof after === "string") return;
  play.state = after;
  asked.action = action;
}

function answer(play: Play, client: number, { action, invokedAt, isUnheard }: Asked): void {
  play.asked[client] = null;
  if (action === null) return;
  play.history.push({ what: whatOf(action), action, invokedAt, returnedAt: isUnheard ? null : play.tick });
}

export function whatOf(action: Action): string {
  return JSON.stringify(action);
}

/** Something that is likely to be possible now. */
function choose(play: Play, owner: string): Action | null {
  const { roll, state, slots } = play;
  const slot = 1 + roll(slots);
  const standing = [...state.stands.values()].filter(({ ended }) => ended === null);
  const ended = [...state.stands.values()].filter(({ ended }) => ended !== null);
  const own = standing.find(({ claim }) => claim.owner === owner)?.claim;
  const other = standing[roll(Math.max(1, standing.length))]?.claim;
  const gone = ended[roll(Math.max(1, ended.length))];
  switch (roll(own === undefined ? 7 : 10)) {
    case 0:
      return other === undefined ? null : { kind: "over", life: other.life };
    case 1:
      return other === undefined ? null : { kind: "lapse", hold: other.hold, sinceMs: roll(3) * play.tick };
    case 2:
      return other === undefined
        ? null
        : { kind: "clear", hold: other.hold, by: owner, named: roll(2) === 0 };
    case 3:
      return gone === undefined
        ? { kind: "bury", hold: `hold ${++play.holds}` }
        : toldOf(gone, roll(2) === 0);
    case 4:
    case 5:
    case 6:
      return { kind: "acquire", claim: claimOf(play, owner, slot) };
    case 7:
      return own === undefined ? null : { kind: "check", hold: own.hold, owner, sinceMs: play.tick };
    default:
      return own === undefined ? null : { kind: "release", hold: own.hold, owner };
  }
}

function claimOf(play: Play, owner: string, slot: number): Claim {
  const token = (play.state.tokens.get(slot)?.length ?? 0) + 1;
  const hold = `hold ${++play.holds}`;
  return { hold, owner, life: `${owner}, as of ${hold}`, slot, token, freeze: null, sinceMs: 0 };
}

function toldOf({ claim: { hold }, ended }: Stand, isLost: boolean): Action | null {
  if (ended === null) return null;
  const { how, by, wasOver } = ended;
  if (isLost) return { kind: "told-lost", hold, by: how === "released" ? "owner" : "others" };
  const outcome = how === "taken-over" && !wasOver ? "expired" : how;
  return { kind: "told-ended", hold, ending: { outcome, by } };
}

/** What can't be, each from a legal history: `null` where that has no place for it. */
export const VIOLATIONS: Readonly<
  Record<string, (history: readonly Invented[], roll: Roll) => Invented[] | null>
> = {
  "two hold one slot": (history) => {
    const heard = history.filter(({ returnedAt }) => returnedAt !== null);
    const next = heard.find(({ action }) => {
      const before = action.kind === "acquire" ? holdBefore(history, action.claim) : null;
      return before !== null && isAnswered(heard, before) && !isOverEver(history, before);
    });
    if (next?.action.kind !== "acquire") return null;
    const before = holdBefore(history, next.action.claim)?.hold;
    return history.filter(({ action }) => !ends(action) || action.hold !== before);
  },
  "a token is used twice": (history) => {
    const heard = history.filter(({ returnedAt }) => returnedAt !== null);
    const follows = (claim: Claim) => {
      const before = holdBefore(history, claim);
      return before !== null && isAnswered(heard, before);
    };
    return alter(history, follows, -1);
  },
  "a token is left out": (history) => alter(history, () => true, 1),
  "a stranger gives back": (history) => {
    const at = history.findIndex(
      ({ action, returnedAt }) => action.kind === "release" && returnedAt !== null,
    );
    const found = history[at];
    if (found?.action.kind !== "release") return null;
    const action: Action = { ...found.action, owner: "a stranger" };
    return history.with(at, { ...found, action, what: whatOf(action) });
  },
  "a check stands after the end": (history) => {
    const end = history.find(({ action, returnedAt }) => ends(action) && returnedAt !== null);
    if (end === undefined || !ends(end.action) || end.returnedAt === null) return null;
    const owner = ownerOf(history, end.action.hold);
    return append(history, { kind: "check", hold: end.action.hold, owner, sinceMs: 0 });
  },
  "it is given back after somebody else ended it": (history) => {
    const end = history.find(({ action, returnedAt }) => action.kind === "clear" && returnedAt !== null);
    if (end?.action.kind !== "clear") return null;
    const { hold } = end.action;
    return append(history, { kind: "release", hold, owner: ownerOf(history, hold) });
  },
  "a loss is told that never was": (history) => {
    const taken = history.findLast(
      ({ action, returnedAt }) =>
        returnedAt !== null &&
        action.kind === "acquire" &&
        !history.some(
          (other) =>
            (ends(other.action) || other.action.kind === "lapse") && other.action.hold === action.claim.hold,
        ) &&
        !history.some(
          (other) =>
            other.action.kind === "acquire" &&
            other.action.claim.slot === action.claim.slot &&
            other.action.claim.token > action.claim.token,
        ),
    );
    if (taken?.action.kind !== "acquire") return null;
    return append(history, { kind: "told-lost", hold: taken.action.claim.hold, by: "others" });
  },
};

function ends(action: Action): action is Extract<Action, { kind: "release" | "clear" }> {
  return action.kind === "release" || action.kind === "clear";
}

function holdBefore(history: readonly Invented[], { slot, token }: Claim): Claim | null {
  for (const { action } of history) {
    if (action.kind !== "acquire") continue;
    if (action.claim.slot === slot && action.claim.token === token - 1) return action.claim;
  }
  return null;
}

function isAnswered(heard: readonly Invented[], { hold }: Claim): boolean {
  return heard.some(({ action }) => action.kind === "acquire" && action.claim.hold === hold);
}

function isOverEver(history: readonly Invented[], { hold, life }: Claim): boolean {
  return history.some(
    ({ action }) =>
      (action.kind === "over" && action.life === life) || (action.kind === "lapse" && action.hold === hold),
  );
}

function ownerOf(history: readonly Invented[], hold: string): string {
  for (const { action } of history)
    if (action.kind === "acquire" && action.claim.hold === hold) return action.claim.owner;
  return "nobody";
}

function append(history: readonly Invented[], action: Action): Invented[] {
  const after = 1 + Math.max(...history.map(({ invokedAt, returnedAt }) => returnedAt ?? invokedAt));
  return [...history, { what: whatOf(action), action, invokedAt: after, returnedAt: after + 1 }];
}

/** Another token for an acquisition that was answered. */
function alter(
  history: readonly Invented[],
  isMeant: (claim: Claim) => boolean,
  by: number,
): Invented[] | null {
  const at = history.findIndex(
    ({ action, returnedAt }) => action.kind === "acquire" && returnedAt !== null && isMeant(action.claim),
  );
  const found = history[at];
  if (found?.action.kind !== "acquire") return null;
  const { claim } = found.action;
  const action: Action = { kind: "acquire", claim: { ...claim, token: claim.token + by } };
  return history.with(at, { ...found, action, what: whatOf(action) });
}
