/**
 * Owns the state of one lock NAME with N slots as plain data, what can happen to it, and both as text. Must not know what may happen when.
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

export interface Ended {
  readonly how: "released" | "taken-over" | "cleared";
  readonly by: string | null;
  /** Of what was taken over: whether its owner was over, and whether its time was. */
  readonly wasOver: boolean;
  readonly hadLapsed: boolean;
}

export interface Stand {
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
