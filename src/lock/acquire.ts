/**
 * Acquires one lock: asks `decide` for the next move and carries it out through the ports, until the lock is held or can't be.
 * Owns the state of one acquisition and its deadlines; must not decide anything itself.
 */
import { encodeClaim } from "./claim.ts";
import { decide, type Move, type Obstacle, type Prepared } from "./decide.ts";
import { LockError } from "./errors.ts";
import type { Hold } from "./hold.ts";
import { describeIdentity, type Identity } from "./identity.ts";
import { backoffMs, insist, type Patience, throwIfCancelled } from "./insist.ts";
import { holderRef, type LockName, logRef } from "./name.ts";
import { notAcquired } from "./not-acquired.ts";
import type { Commit, Oid, Outcome, Ports, RefChange } from "./ports.ts";
import { foreignCommit } from "./record.ts";
import { giveBack } from "./release.ts";
import { type LockRefs, parseRefs } from "./snapshot.ts";
import { statusOf } from "./status.ts";

export interface Wish {
  readonly lock: LockName;
  readonly slots: number;
  readonly scope: "job" | "run";
  /** The longest wait, from the call on; `Infinity` waits for ever. */
  readonly waitMs: number;
  readonly maxHoldSeconds: number | null;
  readonly reason: string | null;
  readonly who: Identity;
  readonly signal?: AbortSignal;
}

/** Store trouble is borne this long even by those who would not wait for a holder. */
const TROUBLE_MS = 60_000;
/** Commits read at once when a log is walked back: one request, and more than most waits leave behind. */
const TRACE_COMMITS = 50;
/** A claim that may have landed is given up on the way out only as long as this; what is left is done by whoever finds the saved claim. */
const GIVE_UP_MS = 10_000;

/** The state of one acquisition. */
interface Attempt {
  readonly ports: Ports;
  readonly wish: Wish;
  readonly startedMs: number;
  readonly deadlineMs: number;
  patience: Patience;
  readonly requestedAt: string;
  /** Commits never change: each is read once. */
  readonly known: Map<Oid, Commit>;
  nonce: string;
  refs: LockRefs | null;
  prepared: Prepared | null;
  pauses: number;
}

/**
 * Resolves when the lock is held. All waiting is under `wish.waitMs`, and a minute more where the store is in trouble.
 * @throws LockError `not-acquired` with the holders, `cancelled`, or what keeps the lock from being taken at all
 */
export async function acquire(ports: Ports, wish: Wish): Promise<Hold> {
  const attempt = begin(ports, wish);
  try {
    for (;;) {
      throwIfCancelled(wish.signal);
      const hold = await carryOut(attempt, nextMove(attempt));
      if (hold !== null) return hold;
    }
  } catch (error) {
    await abandon(attempt);
    throw error;
  }
}

function begin(ports: Ports, wish: Wish): Attempt {
  const startedMs = ports.clock.monotonicMs();
  const deadlineMs = startedMs + wish.waitMs;
  return {
    ports,
    wish,
    startedMs,
    deadlineMs,
    // A store that has never answered is a wrong address rather than an outage: it is not borne for the whole wait.
    patience: {
      untilMs: deadlineMs + TROUBLE_MS,
      silenceUntilMs: startedMs + TROUBLE_MS,
      signal: wish.signal,
    },
    requestedAt: ports.clock.date().toISOString(),
    known: new Map(),
    nonce: ports.uuid(),
    refs: null,
    prepared: null,
    pauses: 0,
  };
}

function nextMove(attempt: Attempt): Move {
  const { ports, wish, refs, known, nonce, prepared } = attempt;
  const timeIsUp = ports.clock.monotonicMs() >= attempt.deadlineMs;
  const move = decide(wish.lock, refs, known, { nonce, slots: wish.slots, prepared, timeIsUp });
  ports.tell({ kind: "move", move: JSON.stringify(move) });
  return move;
}

async function carryOut(attempt: Attempt, move: Move): Promise<Hold | null> {
  switch (move.kind) {
    case "look":
      await look(attempt);
      return null;
    case "read":
      await Promise.all(move.oids.map((oid) => read(attempt, oid)));
      return null;
    case "trace":
      for (const commit of await ask(attempt, (store) => store.history(move.from, TRACE_COMMITS))) {
        attempt.known.set(commit.oid, commit);
      }
      return null;
    case "prepare":
      await Promise.all([
        prepare(attempt, move.slot, move.onto),
        move.read === null ? null : read(attempt, move.read),
      ]);
      return null;
    case "take":
      return await take(attempt, move);
    case "hold":
      return entered(attempt, move.hold);
    case "restart":
      forget(attempt);
      Object.assign(attempt, { nonce: attempt.ports.uuid(), refs: null });
      return null;
    case "pause":
      await pause(attempt, move.why);
      return null;
    case "wait":
      await wait(attempt, move.slot, move.watch, move.seen);
      return null;
    case "give-up":
      throw notAcquired(attempt.wish, currentStatus(attempt));
    case "fail":
      throw obstacle(attempt.wish, move.because, attempt.known);
  }
}

function ask<Result>(
  { ports, patience }: Attempt,
  request: (store: Ports["store"]) => Promise<Result>,
): Promise<Result> {
  return insist(ports, patience, () => request(ports.store));
}

async function look(attempt: Attempt): Promise<void> {
  const { lock, signal } = attempt.wish;
  attempt.refs = parseRefs(lock, await ask(attempt, (store) => store.list(lock.prefix)));
  attempt.patience = { untilMs: attempt.deadlineMs + TROUBLE_MS, signal };
}

async function read(attempt: Attempt, oid: Oid): Promise<void> {
  attempt.known.set(oid, await ask(attempt, (store) => store.read(oid)));
}

async function prepare(attempt: Attempt, slot: number, onto: Oid | null): Promise<void> {
  const { wish, nonce, requestedAt, ports } = attempt;
  const message = encodeClaim({
    nonce,
    lock: wish.lock.text,
    slot,
    slots: wish.slots,
    scope: wish.scope,
    clock: ports.store.clock,
    requestedAt,
    maxHoldSeconds: wish.maxHoldSeconds,
    leaseSeconds: null,
    reason: wish.reason,
    who: wish.who,
    sequence: null,
    acquiredAt: null,
  });
  const { oid } = await ask(attempt, (store) => store.write(message, onto));
  forget(attempt);
  attempt.pauses = 0;
  attempt.prepared = { slot, onto, claim: oid, hold: null, unsettled: false, refusals: 0 };
}

/** The log has left the prepared claim's tip behind: it can't land any more. */
function forget(attempt: Attempt): void {
  if (attempt.prepared?.hold) attempt.ports.forget(attempt.prepared.hold);
  attempt.prepared = null;
}

async function take(attempt: Attempt, move: Extract<Move, { kind: "take" }>): Promise<Hold | null> {
  const { wish, ports, prepared } = attempt;
  if (prepared === null) throw new LockError("bug", "A claim was to be sent that was never written.");
  const hold: Hold = {
    lock: wish.lock,
    slot: move.slot,
    slots: wish.slots,
    nonce: attempt.nonce,
    claim: prepared.claim,
    onto: prepared.onto,
    sequence: move.sequence,
    waitedSeconds: waitedSeconds(attempt),
    acquiredAtMs: null,
  };
  // First of all saved: from here on the claim may come to life, however late, and whoever cleans up must know of it. Until the answer is in, it
  // counts as unsettled, so that leaving early, too, gives it up.
  if (prepared.hold === null) ports.save(hold);
  attempt.prepared = { ...prepared, hold, unsettled: true };
  const log: RefChange = { ref: logRef(wish.lock, move.slot), from: prepared.onto, to: prepared.claim };
  const marker = holderRef(wish.lock, move.slot);
  const changes =
    move.holder === undefined ? [log] : [log, { ref: marker, from: move.holder, to: prepared.claim }];
  const outcome = await ask(attempt, (store) => store.transact(changes));
  if (outcome !== "applied") return await refused(attempt, prepared, outcome);
  if (move.holder === undefined) await mendMarker(attempt, marker, prepared.claim);
  return entered(attempt, hold);
}

/** After a refusal: one request tells who came first. After silence: the whole lock is read again. */
async function refused(
  attempt: Attempt,
  before: Prepared,
  outcome: Exclude<Outcome, "applied">,
): Promise<null> {
  const prepared = attempt.prepared ?? before;
  if (outcome === "unknown") {
    await pause(attempt, "the answer to the take was lost");
    return null;
  }
  // Only an earlier try whose answer was lost leaves a refused claim in doubt.
  attempt.prepared = { ...prepared, unsettled: before.unsettled };
  const tip = await ask(attempt, (store) => store.tipCommit(logRef(attempt.wish.lock, before.slot)));
  if (tip !== null) attempt.known.set(tip.oid, tip);
  if ((tip?.oid ?? null) === before.onto) {
    attempt.prepared = { ...attempt.prepared, refusals: before.refusals + 1 };
    await pause(attempt, "the take was refused although the log stands where it was expected");
    return null;
  }
  if (!before.unsettled) forget(attempt);
  attempt.refs = withTip(attempt.refs, before.slot, tip?.oid ?? null);
  return null;
}

/** The refs as they are known, with a newer tip of one log, whose marker is taken to agree with it. */
function withTip(refs: LockRefs | null, slot: number, tip: Oid | null): LockRefs {
  const logs = new Map(refs?.logs);
  const holders = new Map(refs?.holders);
  if (tip === null) logs.delete(slot);
  else logs.set(slot, tip);
  holders.delete(slot);
  return { logs, holders };
}

/** The marker decides nothing, so that a failure to mend it is nobody's trouble. */
async function mendMarker(attempt: Attempt, marker: string, claim: Oid): Promise<void> {
  try {
    const from = await attempt.ports.store.tip(marker);
    if (from !== claim) await attempt.ports.store.transact([{ ref: marker, from, to: claim }]);
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
  }
}

function entered({ ports }: Attempt, hold: Hold): Hold {
  const held = { ...hold, acquiredAtMs: ports.clock.date().getTime() };
  ports.save(held);
  return held;
}

/** Lets trouble pass before looking again. Trouble that never passes ends as a store out of reach. */
async function pause(attempt: Attempt, why: string): Promise<void> {
  const { ports, patience } = attempt;
  const pauseMs = backoffMs(attempt.pauses++, ports.random());
  const error = new LockError(
    "unreachable",
    `The lock "${attempt.wish.lock.text}" could not be taken: ${why}, again and again.`,
  );
  if (ports.clock.monotonicMs() + pauseMs > patience.untilMs) throw error;
  ports.tell({ kind: "trouble", error, pauseMs });
  await ports.clock.sleep(pauseMs, patience.signal);
  attempt.refs = null;
}

/** How often a watched ref is asked for: at once at first, then slower, since who has waited for minutes does not mind seconds. */
function paceMs(waitedMs: number, random: number): number {
  return Math.min(3000, 1200 + waitedMs / 200) * (0.75 + random / 2);
}

async function wait(attempt: Attempt, slot: number, watch: string, seen: Oid): Promise<void> {
  const { ports, wish, deadlineMs } = attempt;
  ports.tell({
    kind: "waiting",
    lock: wish.lock.text,
    status: currentStatus(attempt),
    waitedMs: ports.clock.monotonicMs() - attempt.startedMs,
  });
  for (;;) {
    const now = ports.clock.monotonicMs();
    if (now >= deadlineMs) return;
    await ports.clock.sleep(
      Math.min(paceMs(now - attempt.startedMs, ports.random()), deadlineMs - now),
      wish.signal,
    );
    throwIfCancelled(wish.signal);
    const tip = await ask(attempt, (store) => store.tip(watch));
    if (tip === seen) continue;
    attempt.refs = withTip(attempt.refs, slot, tip);
    return;
  }
}

function waitedSeconds({ ports, startedMs }: Attempt): number {
  return Math.round((ports.clock.monotonicMs() - startedMs) / 1000);
}

function currentStatus({ wish, refs, known }: Attempt) {
  return statusOf(wish.lock, wish.slots, refs ?? { logs: new Map(), holders: new Map() }, known);
}

function obstacle(wish: Wish, because: Obstacle, known: ReadonlyMap<Oid, Commit>): LockError {
  if (because.kind === "slots") {
    const them = because.claim === null ? "its last holder" : describeIdentity(because.claim.who);
    return new LockError(
      "usage",
      `The lock "${wish.lock.text}" has ${because.theirs} slots for ${them}, and ${wish.slots} here. All who use it must say the same \`slots\`, or they would not exclude each other.`,
    );
  }
  const commit = known.get(because.oid);
  const ref = logRef(wish.lock, because.slot);
  return commit === undefined ? new LockError("foreign", ref) : foreignCommit(commit, ref, because.why);
}

/** Gives up a claim that may have landed. Told to stop, it leaves at once: what cleans up after us knows the claim. */
async function abandon({ ports, wish, prepared }: Attempt): Promise<void> {
  if (prepared === null || prepared.hold === null || !prepared.unsettled || wish.signal?.aborted) return;
  try {
    const patience = { untilMs: ports.clock.monotonicMs() + GIVE_UP_MS };
    await giveBack(ports, prepared.hold, { by: wish.who, reason: "the acquire gave up" }, patience);
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
  }
}
