/**
 * Gives a hold back, or up: writes the entry that ends it and swaps it into the log, comparing.
 * Owns what a conflict on the way out means; must not know why the hold ends.
 */
import { type Entry, encodeEntry } from "./entry.ts";
import { isLockError, type LockError } from "./errors.ts";
import { type Hold, locate, type Position, wholeOf } from "./hold.ts";
import type { Identity } from "./identity.ts";
import { backOff, insist, type Patience } from "./insist.ts";
import { holderRef, logRef } from "./name.ts";
import type { Ports } from "./ports.ts";
import { withdraw } from "./queue.ts";
import { readBack } from "./read-back.ts";
import type { Commit, Oid, RefChange } from "./refs.ts";
import type { Ticket } from "./ticket.ts";

export interface Ending {
  readonly by: Identity;
  readonly reason: string | null;
  /** `released` unless set. */
  readonly outcome?: Entry["outcome"];
  /** End the very tip that was seen, and not a renewal of the same hold: it would show that the holder lives. */
  readonly exactly?: boolean;
}

export type GivenBack =
  /** By us, now. */
  | { readonly kind: "released"; readonly heldSeconds: number }
  /** It was not ours to end: others took it, and it lasts. */
  | { readonly kind: "lasted" }
  /** Ended before, as the entry says; the caller judges by whom. */
  | { readonly kind: "ended"; readonly entry: Entry }
  /** Only where it was to be ended exactly: it was renewed meanwhile. */
  | { readonly kind: "renewed" }
  /** The claim never landed, and no longer can. */
  | { readonly kind: "never-held" }
  /** The log has no trace of it: it was replaced by hand. */
  | { readonly kind: "gone" };

/** Where the log and the holder ref of a hold known to have landed were last seen. */
export interface Seen {
  readonly tip: Oid;
  readonly marker: Oid | null;
}

/**
 * Two requests where all goes well. Harmless when repeated: a hold that was ended already stays ended as it was.
 * @throws LockError `unreachable` when patience is out before the log has told
 */
export async function giveBack(
  ports: Ports,
  hold: Hold,
  ending: Ending,
  patience: Patience,
  seen: Seen = { tip: hold.claim, marker: hold.claim },
): Promise<GivenBack> {
  const known = new Map<Oid, Commit>();
  const entries = new Map<Oid, Commit>();
  const landed = hold.acquiredAtMs !== null;
  // A claim that is not known to have landed may stand in the log, or yet come: the log is asked first.
  let position: Position = landed
    ? { kind: "held", tip: seen.tip }
    : await whereIs(ports, hold, known, patience);
  let marker = landed ? seen.marker : undefined;
  for (let tries = 0; position.kind === "held" || position.kind === "not-yet"; tries++) {
    // Of a claim still to come the entry is the child too: whichever lands first, the claim is ended.
    const parent = position.kind === "held" ? position.tip : hold.claim;
    const entry = entries.get(parent) ?? (await writeEntry(ports, hold, ending, parent, patience));
    entries.set(parent, entry);
    const changes = changesOf(hold, position.kind === "held" ? position.tip : hold.from, entry.oid, marker);
    const outcome = await insist(ports, patience, () => ports.store.transact(changes));
    if (outcome === "applied") {
      if (marker === undefined && position.kind === "held") await dropMarker(ports, hold);
      return { kind: "released", heldSeconds: heldSeconds(ports, hold) };
    }
    const expected: Position = position;
    position = await whereIs(ports, hold, known, patience);
    if (!isSame(position, expected)) {
      if (ending.exactly && position.kind === "held") return { kind: "renewed" };
      continue;
    }
    // Refused although the log stands where it should: it is the marker that differs, which decides nothing.
    if (outcome === "conflict") marker = undefined;
    await backOff(ports, tries, patience, `The log of "${hold.lock.text}" could not be read as it is now.`);
  }
  const concluded = conclude(position, entries, hold);
  // Our entry landed though its reply was lost: where the log decides alone, the marker may not have followed.
  if (concluded.kind === "released" && !ports.store.comparesAll()) await dropMarker(ports, hold);
  return concluded;
}

function isSame(a: Position, b: Position): boolean {
  return a.kind === b.kind && (a.kind !== "held" || b.kind !== "held" || a.tip === b.tip);
}

/** What the log says of the hold, read until it is conclusive. A claim known to have landed can't be still to come. */
async function whereIs(
  ports: Ports,
  hold: Hold,
  known: Map<Oid, Commit>,
  patience: Patience,
): Promise<Position> {
  const ref = logRef(hold.lock, hold.slot);
  for (let tries = 0; ; tries++) {
    const tip = await insist(ports, patience, () => ports.store.tip(ref));
    let position = locate(hold, tip, known);
    while (position.kind === "need") {
      await readBack(ports, position.oid, known, patience);
      position = locate(hold, tip, known);
    }
    const landed = hold.acquiredAtMs !== null;
    if (position.kind !== "stale" && !(landed && position.kind === "not-yet")) return position;
    await backOff(ports, tries, patience, `The log of "${hold.lock.text}" could not be read as it is now.`);
  }
}

function conclude(position: Position, entries: ReadonlyMap<Oid, Commit>, hold: Hold): GivenBack {
  if (position.kind === "ended") {
    const ours = [...entries.values()].some((entry) => entry.oid === position.by);
    return ours
      ? { kind: "released", heldSeconds: position.entry.heldSeconds ?? 0 }
      : { kind: "ended", entry: position.entry };
  }
  return { kind: hold.acquiredAtMs === null ? "never-held" : "gone" };
}

function changesOf(hold: Hold, from: Oid | null, to: Oid, marker: Oid | null | undefined): RefChange[] {
  const log: RefChange = { ref: logRef(hold.lock, hold.slot), from, to };
  return marker === undefined
    ? [log]
    : [log, { ref: holderRef(hold.lock, hold.slot), from: marker, to: null }];
}

/** The marker is ours only while it points at our first claim. It decides nothing, so that a failure here is nobody's trouble. */
async function dropMarker(ports: Ports, hold: Hold): Promise<void> {
  const ref = holderRef(hold.lock, hold.slot);
  try {
    if ((await ports.store.tip(ref)) === hold.claim)
      await ports.store.transact([{ ref, from: hold.claim, to: null }]);
  } catch (error) {
    if (!isLockError(error)) throw error;
  }
}

function heldSeconds(ports: Ports, hold: Hold): number {
  if (hold.acquiredAtMs === null) return 0;
  return Math.max(0, Math.round((ports.clock.date().getTime() - hold.acquiredAtMs) / 1000));
}

function writeEntry(
  ports: Ports,
  hold: Hold,
  ending: Ending,
  parent: Oid,
  patience: Patience,
): Promise<Commit> {
  const message = encodeEntry({
    ends: hold.nonce,
    lock: hold.lock.text,
    slot: hold.slot,
    slots: hold.slots,
    sequence: hold.sequence,
    outcome: ending.outcome ?? "released",
    clock: ports.store.clock,
    by: ending.by,
    reason: ending.reason,
    waitedSeconds: hold.waitedSeconds,
    heldSeconds: heldSeconds(ports, hold),
  });
  return insist(ports, patience, () => ports.store.write(message, parent));
}

/** Who re-entered a hold never gives it back, but is told if it was lost. */
async function assertLasted(ports: Ports, hold: Hold, patience: Patience): Promise<GivenBack> {
  const position = await whereIs(ports, hold, new Map(), patience);
  return position.kind === "held" ? { kind: "lasted" } : conclude(position, new Map(), hold);
}

/** What a journal holds when its writer is done, in whatever way. */
export interface LeftBehind {
  readonly holds: readonly Hold[];
  readonly tickets: readonly Ticket[];
}

export type CleanedUp =
  | { readonly hold: Hold; readonly given: GivenBack }
  /** What kept it, or a ticket (`hold: null`), from being cleaned up. */
  | { readonly hold: Hold | null; readonly error: LockError };

/**
 * Cleans up after a journal's writer: the last hold first, then the tickets. Each has a patience of its own, and what fails keeps nothing else
 * from being tried.
 */
export async function giveAllBack(
  ports: Ports,
  left: LeftBehind,
  ending: Ending,
  patienceMs: number,
): Promise<CleanedUp[]> {
  const patience = () => ({ untilMs: ports.clock.monotonicMs() + patienceMs });
  const results: CleanedUp[] = [];
  for (const hold of left.holds.flatMap(wholeOf).toReversed()) {
    const give = hold.reentered
      ? assertLasted(ports, hold, patience())
      : giveBack(ports, hold, ending, patience());
    results.push(await give.then((given) => ({ hold, given }), orError(hold)));
  }
  for (const ticket of left.tickets) {
    const error = await withdraw(ports, ticket, patience()).then(() => null, orError(null));
    if (error !== null) results.push(error);
  }
  return results;
}

function orError(hold: Hold | null): (error: unknown) => { hold: Hold | null; error: LockError } {
  return (error) => {
    if (!isLockError(error)) throw error;
    return { hold, error };
  };
}
