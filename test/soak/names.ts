/** The locks of a soak. Owns their names and sizes alone. */

export interface Lock {
  readonly text: string;
  /** As git's refs have it, written by hand: not by the code under test. */
  readonly ref: string;
  readonly slots: number;
}

export const LOCKS: readonly [Lock, ...Lock[]] = [
  { text: "publish", ref: "refs/locks/publish", slots: 1 },
  { text: "Grün/Stage", ref: "refs/locks/gr=C3=BCn=2Fstage", slots: 1 },
  { text: "pair", ref: "refs/locks/pair", slots: 2 },
  { text: "pool", ref: "refs/locks/pool", slots: 3 },
  { text: "index", ref: "refs/locks/index", slots: 1 },
];

export const MOST_SLOTS = Math.max(...LOCKS.map(({ slots }) => slots));

export function refOf(name: string): string {
  return LOCKS.find(({ text }) => text === name)?.ref ?? "refs/locks/none";
}

export function slotsOf({ slots }: Lock): string[] {
  return slots === 1 ? [] : ["--slots", String(slots)];
}
