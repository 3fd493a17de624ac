/**
 * Acquires one lock: asks `decide` for the next move and carries it out through the ports, until the lock is held or can't be.
 * Must not decide anything itself. Taking, queueing and waiting have files of their own.
 */
import { type Attempt, ask, begin, look, statusNow, type Wish } from "./attempt.ts";
import { check } from "./check.ts";
import { decide } from "./decide.ts";
import { isLockError, LockError } from "./errors.ts";
import { isFresh, patienceMs, throwIfTooLate } from "./fresh.ts";
import type { Hold } from "./hold.ts";
import { describeIdentity } from "./identity.ts";
import { type Patience, throwIfCancelled } from "./insist.ts";
import { judgeWriter } from "./judge.ts";
import type { Move, Obstacle } from "./move.ts";
import { logRef } from "./name.ts";
import { notAcquired } from "./not-acquired.ts";
import type { Ports, Subject } from "./ports.ts";
import { enqueue, remove, requeue, withdraw } from "./queue.ts";
import { readBack } from "./read-back.ts";
import { foreignCommit } from "./record.ts";
import type { Oid } from "./refs.ts";
import { giveBack } from "./release.ts";
import { keysOf } from "./sightings.ts";
import { enter, forgetPrepared, prepare, reenter, take } from "./take.ts";
import { pause, wait } from "./wait.ts";

const STALE_MS = 60_000;
/** What may have been left behind is cleaned up on the way out only as long as this; the rest is done by whoever finds it in the journal. */
const CLEAN_UP_MS = 10_000;

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
      const fresh = hold === null ? null : await freshen(attempt, hold);
      if (fresh !== null) return fresh;
    }
  } catch (error) {
    await cleanUp(attempt);
    throw error;
  }
}

function nextMove(attempt: Attempt): Move {
  const { ports, wish, refs, known, verdicts, knownSlots } = attempt;
  if (refs !== null) attempt.seenMs = ports.sightings.see(keysOf(refs, { commits: known, verdicts }));
  for (const [slot, oid] of refs?.logs ?? []) if (known.has(oid)) knownSlots.add(slot);
  const timeIsUp = ports.clock.monotonicMs() >= attempt.deadlineMs;
  const knowledge = { commits: known, verdicts, seenMs: attempt.seenMs };
  const move = decide(wish.lock, refs, knowledge, { ...wish, ...attempt, timeIsUp });
  ports.tell({ kind: "move", move });
  return move;
}

/** @returns the hold, once there is one */
async function carryOut(attempt: Attempt, move: Move): Promise<Hold | null> {
  switch (move.kind) {
    case "look":
      await look(attempt);
      return null;
    case "read":
      await Promise.all(move.oids.map((oid) => read(attempt, oid)));
      return null;
    case "trace":
      await readBack(attempt.ports, move.from, attempt.known, attempt.patience);
      return null;
    case "judge":
      await judge(attempt, move.subject, move.oid);
      return null;
    case "prepare":
      await Promise.all([
        prepare(attempt, move),
        move.read === null ? null : read(attempt, move.read),
        move.look ? look(attempt) : null,
      ]);
      return null;
    case "take":
      return await take(attempt, move);
    case "hold":
      return await enter(attempt, move.hold);
    case "reenter":
      return await reenter(attempt, move.slot, move.tip);
    case "renounce":
      await renounce(attempt, move.hold);
      return null;
    case "forget":
      forgetPrepared(attempt);
      return null;
    case "restart":
      refuseHalf(attempt, move.why);
      await restart(attempt);
      return null;
    case "pause":
      await pause(attempt, move.why, staleness(attempt));
      return null;
    case "queue":
      await enqueue(attempt, move.number);
      return null;
    case "requeue":
      await requeue(attempt);
      return null;
    case "remove":
      await remove(attempt, move.ticket, move.why);
      return null;
    case "wait":
      await wait(attempt, move);
      return null;
    case "give-up":
      throw notAcquired(attempt.wish, statusNow(attempt));
    case "fail":
      throw obstacle(attempt.wish, move.because);
  }
}

/** A read that can't be is stale, and staleness lasts seconds: what is still so after a minute is an outage. */
function staleness(attempt: Attempt): Patience {
  const now = attempt.ports.clock.monotonicMs();
  if (attempt.pauses === 0) attempt.staleSinceMs = now;
  return {
    ...attempt.patience,
    untilMs: Math.min(attempt.patience.untilMs, attempt.staleSinceMs + STALE_MS),
  };
}

async function read(attempt: Attempt, oid: Oid): Promise<void> {
  attempt.known.set(oid, await ask(attempt, (store) => store.read(oid)));
}

async function judge(attempt: Attempt, kind: Subject["kind"], oid: Oid): Promise<void> {
  const commit = attempt.known.get(oid) ?? (await ask(attempt, (store) => store.read(oid)));
  attempt.known.set(oid, commit);
  // At first one request; who still waits after a minute asks after the whole run as well.
  const isThorough = attempt.glances > 1;
  const now = { readAtMs: attempt.lastRefs.readAtMs, seenMs: attempt.seenMs };
  const verdict = await ask(attempt, (_, liveness) => judgeWriter(liveness, kind, commit, isThorough, now));
  attempt.verdicts.set(oid, verdict);
}

/** The place in the queue is kept: nothing of this is the waiter's fault. */
async function renounce(attempt: Attempt, hold: Hold): Promise<void> {
  await giveBack(
    attempt.ports,
    hold,
    { by: attempt.wish.who, reason: "another slot came free first" },
    attempt.patience,
  );
  forgetPrepared(attempt);
  attempt.spentNonces.add(attempt.nonce);
  Object.assign(attempt, { nonce: attempt.ports.uuid(), refs: null });
}

/**
 * All slots of a freeze carry one nonce, so that one of which a slot was ended can't go on with another nonce.
 * @throws LockError `lost` where it has taken others before: somebody ended it while it was in the making
 */
function refuseHalf({ wish, frozen }: Attempt, why: string): void {
  if (frozen.length === 0) return;
  throw new LockError(
    "lost",
    `The freeze of "${wish.lock.text}" was ended before it had all slots: ${why}. Freeze it again.`,
  );
}

/** The nonce was used up by a hold that somebody ended, and the ticket with it. */
async function restart(attempt: Attempt): Promise<void> {
  forgetPrepared(attempt);
  await withdraw(attempt.ports, attempt.ticket, attempt.patience, attempt.isTicketInDoubt);
  attempt.spentNonces.add(attempt.nonce);
  Object.assign(attempt, { nonce: attempt.ports.uuid(), ticket: null, refs: null });
}

/**
 * A claim is as old as its commit, not as the news of its success: what was settled late is renewed before anybody relies on it.
 * @returns `null` where it was ended meanwhile: it was never entered
 */
async function freshen(attempt: Attempt, hold: Hold): Promise<Hold | null> {
  const { ports, wish, patience } = attempt;
  const { leaseSeconds } = wish;
  if (isFresh(ports, hold, leaseSeconds)) return hold;
  const mine = { nonces: new Set([hold.nonce]), handed: () => hold.sequence, identity: wish.who };
  let { sentAtMs = 0 } = hold;
  const untilMs = Math.min(patience.untilMs, patienceMs(leaseSeconds) + ports.clock.monotonicMs());
  try {
    while (!isFresh(ports, { ...hold, sentAtMs }, leaseSeconds)) {
      throwIfTooLate(ports, untilMs, leaseSeconds);
      ({ sentMs: sentAtMs } = await check(ports, wish.lock, mine, { ...patience, untilMs }));
    }
    return { ...hold, sentAtMs };
  } catch (error) {
    if (!isLockError(error, "lost", "not-held")) throw error;
    ports.journal.forgetHold(hold);
    await restart(attempt);
    return null;
  }
}

function obstacle(wish: Wish, because: Obstacle): LockError {
  if (because.kind === "own") {
    return new LockError(
      "usage",
      `This job holds the lock "${wish.lock.text}" itself, and a freeze would wait for it. Release it first.`,
    );
  }
  if (because.kind === "foreign")
    return foreignCommit(because.commit, logRef(wish.lock, because.slot), because.why);
  return new LockError(
    "usage",
    `The lock "${wish.lock.text}" has ${because.theirs} slots for ${because.who}, and ${wish.slots} for ${describeIdentity(wish.who)}. All who use it must say the same \`slots\`, or they would not exclude each other. To change the number, change it everywhere, and then delete the refs under ${wish.lock.prefix} once, while nobody holds it.`,
  );
}

/**
 * Leaves the queue, and gives up a claim that may have landed. Told to stop, it does no more than leave the queue, since the runner gives a
 * cancelled step only seconds; whoever cleans up after us knows the claim.
 */
async function cleanUp({ ports, wish, prepared, ticket, isTicketInDoubt, frozen }: Attempt): Promise<void> {
  const patience = { untilMs: ports.clock.monotonicMs() + CLEAN_UP_MS };
  const ending = { by: wish.who, reason: "the acquire gave up" };
  const sent = prepared?.hold ? [...frozen, prepared.hold] : frozen;
  const giveUp = async (hold: Hold) => {
    await giveBack(ports, hold, ending, patience);
    ports.journal.forgetHold(hold);
  };
  const left = [
    withdraw(ports, ticket, patience, isTicketInDoubt),
    ...(wish.signal?.aborted ? [] : sent.map(giveUp)),
  ];
  for (const { status, reason } of (await Promise.allSettled(left)).map((one) => ({
    reason: null,
    ...one,
  }))) {
    if (status === "rejected" && !isLockError(reason)) throw reason;
  }
}
