/**
 * Owns what one lock NAME with N slots is, as plain sequential data: who holds which slot by which fencing token, and how each hold ended. What an
 * operation does to it, given what it was told, or why it cannot have been told that. Pure; must not know how histories are recorded, nor import the code
 * under test.
 *
 * Reads that may be old, by the design, are no operations here: that somebody was told to wait, or saw a holder, promises nothing.
 */

/** A claim that was, or may have been, brought to life. Who made it said all of this before it was sent. */
export interface Claim {
  /** What nobody else's hold of this slot ever has. */
  readonly hold: string;
  readonly owner: string;
  /** Whose end makes the hold one that others may take over: mostly the owner. */
  readonly life: string;
  readonly slot: number;
  /** The fencing token: one more than that of the slot's hold before. */
  readonly token: number;
  /** Set for a part of a freeze: what all its parts share. */
  readonly freeze: string | null;
  /** When its lease began, in the history's time; 0 without one. */
  readonly sinceMs: number;
}

/** How the log says that a hold ended. */
export interface Ending {
  readonly outcome: "released" | "taken-over" | "expired" | "cleared";
  /** `null`: not told. */
  readonly by: string | null;
}

export type Action =
  /** A claim lands: on a free slot, or on a hold that is over, which it takes over. `completes`: with it a freeze was told to be complete. */
  | { readonly kind: "acquire"; readonly claim: Claim; readonly completes?: boolean }
  /** A hold is entered again by who may: it stands. */
  | { readonly kind: "reenter"; readonly hold: string }
  /** Given back by its owner, or given up. */
  | { readonly kind: "release"; readonly hold: string; readonly owner: string }
  /** Said of a claim: it was not, and will not be, held. */
  | { readonly kind: "bury"; readonly hold: string }
  /** Said of a hold: it ended so. */
  | { readonly kind: "told-ended"; readonly hold: string; readonly ending: Ending }
  /** Said of a hold: it has ended, or its time is over. `by`: ended by others than its owner, by its owner, or by any. */
  | { readonly kind: "told-lost"; readonly hold: string; readonly by: "others" | "owner" | "any" }
  /** Asserted by a renewal, which begins a lease anew. */
  | { readonly kind: "check"; readonly hold: string; readonly owner: string; readonly sinceMs: number }
  /** `named`: by force, or of a freeze, so that it need not be over. */
  | { readonly kind: "clear"; readonly hold: string; readonly by: string | null; readonly named: boolean }
  /** Somebody else ended it first. */
  | { readonly kind: "told-changed"; readonly hold: string }
  /** A job was called completed, or a process is gone. */
  | { readonly kind: "over"; readonly life: string }
  /** A max-hold (`sinceMs`: Infinity), or a lease that began then, is over. */
  | { readonly kind: "lapse"; readonly hold: string; readonly sinceMs: number }
  /** A whole log, read from where it is kept: the holds of one slot in order, the newest last. */
  | { readonly kind: "log"; readonly slot: number; readonly holds: readonly LoggedHold[] };

export interface LoggedHold {
  readonly hold: string;
  readonly token: number;
  readonly outcome: Ending["outcome"] | "held";
}

interface Ended {
  readonly how: "released" | "taken-over" | "cleared";
  readonly by: string | null;
  /** Of what was taken over: whether its owner was over, and whether its time was. */
  readonly wasOver: boolean;
  readonly hadLapsed: boolean;
}

interface Stand {
  readonly claim: Claim;
  /** When its lease was last begun. */
  readonly sinceMs: number;
  readonly ended: Ended | null;
}

export interface State {
  /** By slot: the tokens given so far, in order, with their holds. */
  readonly tokens: ReadonlyMap<number, readonly string[]>;
  /** Every claim that has landed. */
  readonly stands: ReadonlyMap<string, Stand>;
  readonly buried: ReadonlySet<string>;
  readonly over: ReadonlySet<string>;
  readonly lapsed: ReadonlyMap<string, number>;
  /** Freezes that were told to be complete: nobody's end ends them. */
  readonly frozen: ReadonlySet<string>;
}

/** A new state, the very same state where the action changes nothing, or why this cannot happen now. */
export type Step<S> = S | string;

export const UNUSED: State = {
  ...{ tokens: new Map(), stands: new Map(), buried: new Set() },
  ...{ over: new Set(), lapsed: new Map(), frozen: new Set() },
};

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

function isOver(state: State, stand: Stand): boolean {
  return isDead(state, stand) || hasLapsed(state, stand);
}

function isDead({ over, frozen }: State, { claim }: Stand): boolean {
  return over.has(claim.life) && !(claim.freeze !== null && frozen.has(claim.freeze));
}

function hasLapsed({ lapsed }: State, { claim, sinceMs }: Stand): boolean {
  return (lapsed.get(claim.hold) ?? -1) >= sinceMs;
}

function isEnded({ stands }: State, hold: string): boolean {
  return (stands.get(hold)?.ended ?? null) !== null;
}

/** @returns why not */
function matches(ended: Ended | null | undefined, { outcome, by }: Ending): string | null {
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

function toldLost(state: State, hold: string, by: "others" | "owner" | "any"): Step<State> {
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
function readsAs(state: State, slot: number, holds: readonly LoggedHold[]): string | null {
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

/** States with the same text allow the same from here on. */
export function keyOf({ tokens, stands, buried, over, lapsed, frozen }: State): string {
  const parts: string[] = [];
  for (const [slot, holds] of tokens) parts.push(`${slot}=${holds.join()}`);
  parts.sort();
  const ends = [...stands].map(([hold, { ended, sinceMs }]) =>
    ended === null
      ? `${hold}@${sinceMs}`
      : `${hold}:${ended.how}:${ended.by}:${ended.wasOver}:${ended.hadLapsed}`,
  );
  const lapses = [...lapsed].map(([hold, sinceMs]) => `${hold}:${sinceMs}`);
  const sets = [ends, [...buried], [...over], lapses, [...frozen]].map((set) => set.sort().join());
  return [...parts, ...sets].join("|");
}

/** In a line, for who reads a refused history. */
export function describeState({ tokens, stands }: State): string {
  const slots = [...tokens].sort(([a], [b]) => a - b);
  if (slots.length === 0) return "nothing was held yet";
  return slots
    .map(([slot, holds]) => {
      const last = stands.get(holds.at(-1) ?? "");
      const now =
        last?.ended === null
          ? `held by ${last.claim.owner} (${last.claim.hold})`
          : `free, ${last?.claim.hold} was ${last?.ended.how}`;
      return `slot ${slot}: ${now}, last token ${holds.length}`;
    })
    .join("; ");
}
