/**
 * Owns what one lock NAME with N slots is, as plain sequential data: who holds which slot by which fencing token, and how each hold ended. What an
 * operation does to it, given what it was told, or why it cannot have been told that. Pure; must not know how histories are recorded, nor import the code
 * under test.
 *
 * Reads that may be old, by the design, are no operations here: that somebody was told to wait, or saw a holder, promises nothing.
 */
import type { Action, Claim, Ended, Stand, State, Step } from "./state.ts";
import { hasLapsed, isDead, isEnded, isOver, matches, readsAs, toldLost } from "./told.ts";

/** Actions that only make others possible: the earlier they happen, the more can. */
export function onlyAllows({ kind }: Action): boolean {
  return kind === "over" || kind === "lapse";
}

export function step(state: State, action: Action): Step<State> {
  switch (action.kind) {
    case "acquire":
      return acquire(state, action.claim, action.completes ?? false);
    case "reenter":
      return standing(state, action.hold, null, () => state);
    case "release":
      return release(state, action.hold, action.owner);
    case "bury":
      return bury(state, action.hold);
    case "told-ended":
      return matches(state.stands.get(action.hold)?.ended, action.ending) ?? state;
    case "told-lost":
      return toldLost(state, action.hold, action.by);
    case "check":
      return standing(state, action.hold, action.owner, (stand) => renew(state, stand, action.sinceMs));
    case "clear":
      return standing(state, action.hold, null, (stand) =>
        action.named || isOver(state, stand)
          ? end(state, stand, { how: "cleared", by: action.by, wasOver: false, hadLapsed: false })
          : `${action.hold} was neither named nor over`,
      );
    case "told-changed":
      return isEnded(state, action.hold) ? state : `${action.hold} has not ended`;
    case "over":
      return state.over.has(action.life) ? state : { ...state, over: new Set([...state.over, action.life]) };
    case "lapse":
      return lapse(state, action.hold, action.sinceMs);
    case "log":
      return readsAs(state, action.slot, action.holds) ?? state;
  }
}

function acquire(state: State, claim: Claim, completes: boolean): Step<State> {
  const { hold, slot, token, owner } = claim;
  if (state.stands.has(hold)) return `${hold} was held before`;
  if (state.buried.has(hold)) return `${hold} was said never to come to life`;
  const given = state.tokens.get(slot) ?? [];
  if (token !== given.length + 1) return `token ${token} of slot ${slot} follows ${given.length}`;
  const before = state.stands.get(given.at(-1) ?? "");
  let freed = state;
  if (before !== undefined && before.ended === null) {
    if (!isOver(state, before)) return `slot ${slot} is held: ${before.claim.hold}`;
    freed = end(state, before, {
      ...{ how: "taken-over", by: owner },
      ...{ wasOver: isDead(state, before), hadLapsed: hasLapsed(state, before) },
    });
  }
  return {
    ...freed,
    tokens: new Map(freed.tokens).set(slot, [...given, hold]),
    stands: new Map(freed.stands).set(hold, { claim, sinceMs: claim.sinceMs, ended: null }),
    frozen: completes && claim.freeze !== null ? new Set([...freed.frozen, claim.freeze]) : freed.frozen,
  };
}

function standing(
  state: State,
  hold: string,
  owner: string | null,
  then: (stand: Stand) => Step<State>,
): Step<State> {
  const stand = state.stands.get(hold);
  if (stand === undefined) return `${hold} has never been held`;
  if (stand.ended !== null) return `${hold} was ${stand.ended.how} by ${stand.ended.by ?? "somebody"}`;
  if (owner !== null && stand.claim.owner !== owner)
    return `${hold} is the hold of ${stand.claim.owner}, and not of ${owner}`;
  return then(stand);
}

/** Given back twice by one owner within a second, both times by the very same entry: nobody can tell which of the two did it, and both are told so. */
function release(state: State, hold: string, owner: string): Step<State> {
  const ended = state.stands.get(hold)?.ended ?? null;
  if (ended?.how === "released" && ended.by === owner) return state;
  return standing(state, hold, owner, (stand) =>
    end(state, stand, { how: "released", by: owner, wasOver: false, hadLapsed: false }),
  );
}

function end(state: State, stand: Stand, ended: Ended): State {
  return { ...state, stands: new Map(state.stands).set(stand.claim.hold, { ...stand, ended }) };
}

function renew(state: State, stand: Stand, sinceMs: number): State {
  if (sinceMs <= stand.sinceMs) return state;
  return { ...state, stands: new Map(state.stands).set(stand.claim.hold, { ...stand, sinceMs }) };
}

function bury(state: State, hold: string): Step<State> {
  if (state.stands.has(hold)) return `${hold} was held`;
  return state.buried.has(hold) ? state : { ...state, buried: new Set([...state.buried, hold]) };
}

function lapse(state: State, hold: string, sinceMs: number): State {
  if ((state.lapsed.get(hold) ?? -1) >= sinceMs) return state;
  return { ...state, lapsed: new Map(state.lapsed).set(hold, sinceMs) };
}
