/**
 * What was done to the server and the clients, and when. Owns the record; must not know how it is done.
 */

export interface Act {
  readonly kind: string;
  readonly fromMs: number;
  untilMs: number | null;
  readonly detail: string;
}

export interface Troubles {
  readonly acts: readonly Act[];
  /** How often each was done. */
  readonly counts: Map<string, number>;
  /** Something has begun; what is given ends it. */
  begin(kind: string, detail?: string): () => void;
  note(kind: string, detail?: string): void;
  /** Those in a time, and in the seconds before. */
  during(fromMs: number, untilMs: number): Act[];
}

export function openTroubles(
  counts: Readonly<Record<string, number>>,
  log: (text: string) => void,
): Troubles {
  const acts: Act[] = [];
  const counted = new Map(Object.entries(counts));
  const begin = (kind: string, detail = "") => {
    const act: Act = { kind, fromMs: performance.now(), untilMs: null, detail };
    acts.push(act);
    counted.set(kind, (counted.get(kind) ?? 0) + 1);
    log(`${kind} ${detail}`.trim());
    return () => {
      act.untilMs ??= performance.now();
    };
  };
  return {
    ...{ acts, counts: counted, begin },
    note: (kind, detail) => begin(kind, detail)(),
    during: (fromMs, untilMs) =>
      acts.filter((act) => act.fromMs <= untilMs && (act.untilMs ?? Number.POSITIVE_INFINITY) >= fromMs),
  };
}
