/**
 * Owns what may truthfully be told of a lock in some state: nothing here changes it. Pure.
 */
import type { Ended, Ending, LoggedHold, Stand, State, Step } from "./state.ts";

export function isOver(state: State, stand: Stand): boolean {
  return isDead(state, stand) || hasLapsed(state, stand);
}

export function isDead({ over, frozen }: State, { claim }: Stand): boolean {
  return over.has(claim.life) && !(claim.freeze !== null && frozen.has(claim.freeze));
}

export function hasLapsed({ lapsed }: State, { claim, sinceMs }: Stand): boolean {
  return (lapsed.get(claim.hold) ?? -1) >= sinceMs;
}

export function isEnded({ stands }: State, hold: string): boolean {
  return (stands.get(hold)?.ended ?? null) !== null;
}

/** @returns why not */
export function matches(ended: Ended | null | undefined, { outcome, by }: Ending): string | null {
  if (ended === null || ended === undefined) return "it has not ended";
  const isSo = {
    released: ended.how === "released",
    cleared: ended.how === "cleared",
    "taken-over": ended.how === "taken-over" && ended.wasOver,
    expired: ended.how === "taken-over" && ended.hadLapsed,
  }[outcome];
  const isBy = by === null || ended.by === null || by === ended.by;
  return isSo && isBy ? null : `it was ${ended.how} by ${ended.by ?? "somebody"}`;
}

export function toldLost(state: State, hold: string, by: "others" | "owner" | "any"): Step<State> {
  const stand = state.stands.get(hold);
  // Past its time a hold is told to be lost while nobody has taken it yet.
  if (stand?.ended === null && by !== "owner" && hasLapsed(state, stand)) return state;
  if (stand === undefined) return by === "others" ? `${hold} has never been held` : state;
  if (stand.ended === null) return `${hold} stands`;
  const isOwn = stand.ended.how === "released";
  if (by === "any" || isOwn === (by === "owner")) return state;
  return `${hold} was ${stand.ended.how} by ${stand.ended.by ?? "somebody"}`;
}

/** @returns why not */
export function readsAs(state: State, slot: number, holds: readonly LoggedHold[]): string | null {
  const given = state.tokens.get(slot) ?? [];
  if (given.length !== holds.length) return `slot ${slot} has had ${given.length} holds, not ${holds.length}`;
  for (const [index, logged] of holds.entries()) {
    if (given[index] !== logged.hold || logged.token !== index + 1)
      return `hold ${index + 1} of slot ${slot} is ${given[index]}, not ${logged.hold} with token ${logged.token}`;
    const ended = state.stands.get(logged.hold)?.ended ?? null;
    const why =
      logged.outcome === "held"
        ? ended === null
          ? null
          : `it was ${ended.how}`
        : matches(ended, { outcome: logged.outcome, by: null });
    if (why !== null) return `the log says ${logged.outcome} of ${logged.hold}, but ${why}`;
  }
  return null;
}
