/**
 * A command under locks: acquires them, runs it, keeps them meanwhile, gives them back.
 * Owns the order of things and the exit status; must not know how a lock is taken or kept, how a command is started, nor what the user wrote.
 *
 * Whatever happens, the command ends before the locks are given back, and is ended before they are lost as far as we can tell in time.
 */

import { acquireAll } from "../lock/acquire-all.ts";
import type { Wish } from "../lock/attempt.ts";
import { formatDuration } from "../lock/duration.ts";
import { describeEnding } from "../lock/entry.ts";
import { isLockError } from "../lock/errors.ts";
import type { Hold } from "../lock/hold.ts";
import type { Mine } from "../lock/identity.ts";
import { keep } from "../lock/keep.ts";
import type { LockName } from "../lock/name.ts";
import type { Ports } from "../lock/ports.ts";
import { type CleanedUp, type GivenBack, giveAllBack, type LeftBehind } from "../lock/release.ts";
import { startChild } from "./child.ts";
import { STATUS_BY_KIND } from "./exit-status.ts";
import { openJournal } from "./journal.ts";
import { problemOf } from "./run-command.ts";
import { environmentFor } from "./run-environment.ts";
import { GRACE_MS } from "./run-group.ts";
import { catchSignals, type Signals } from "./run-signals.ts";

export interface Guarded {
  readonly ports: Omit<Ports, "journal">;
  /** Each once. */
  readonly locks: readonly LockName[];
  readonly wish: Omit<Wish, "lock" | "signal">;
  /** What names the repository to those to whom the holds are handed on. */
  readonly repository: string;
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: { say(text: string): void; warn(text: string): void; fail(text: string): void };
}

/** Giving back, and giving up what a signal interrupted, bear a store in trouble this long. */
const GIVE_BACK_MS = 60_000;
const GIVE_UP_MS = 10_000;

const IMPATIENT = "a second signal came first";

/**
 * @returns the exit status: the command's, 128 + the number of the signal that stopped us, or that of a lost lock
 * @throws LockError as `acquire` does, except `cancelled`
 */
export async function runGuarded(guarded: Guarded): Promise<number> {
  const { command, env, terminal } = guarded;
  const problem = problemOf(command[0], env);
  if (problem !== null) {
    terminal.fail(problem.message);
    return problem.status;
  }
  using signals = catchSignals();
  const journal = openJournal();
  const ports: Ports = { ...guarded.ports, journal };
  try {
    const holds = await acquireAll(ports, guarded.locks, { ...guarded.wish, signal: signals.stopped });
    for (const hold of holds) terminal.say(describeHold(hold));
    if (signals.status() !== null) return await giveUp(guarded, ports, journal.left(), signals);
    return await work(guarded, ports, holds, signals, () => journal.left());
  } catch (error) {
    const status = await giveUp(guarded, ports, journal.left(), signals);
    if (isLockError(error, "cancelled") && signals.status() !== null) return status;
    throw error;
  }
}

function describeHold({ lock, reentered, waitedSeconds, sequence }: Hold): string {
  return reentered
    ? `entered "${lock.text}" again, which the caller holds`
    : `acquired "${lock.text}" after ${formatDuration((waitedSeconds ?? 0) * 1000)}, fencing token ${sequence}`;
}

/** Whoever is gone is told nothing: what could not be had, or was not wanted any more, is taken back. */
async function giveUp(
  { wish, terminal }: Guarded,
  ports: Ports,
  { holds, tickets }: LeftBehind,
  signals: Signals,
): Promise<number> {
  if (signals.status() !== null) terminal.say("cancelled");
  const left = { holds: holds.filter(({ reentered }) => !reentered), tickets };
  const ending = {
    by: wish.who,
    reason: signals.status() === null ? "the run gave up" : "the run was cancelled",
  };
  const results = await Promise.race([giveAllBack(ports, left, ending, GIVE_UP_MS), signals.insisted]);
  if (results === undefined) terminal.warn(notGivenBack(null, IMPATIENT, wish.leaseSeconds));
  for (const done of results ?? []) {
    if (!("error" in done)) continue;
    terminal.warn(notGivenBack(done.hold?.lock.text ?? null, done.error.message, wish.leaseSeconds));
  }
  return signals.status() ?? 0;
}

async function work(
  guarded: Guarded,
  ports: Ports,
  holds: readonly Hold[],
  signals: Signals,
  left: () => LeftBehind,
): Promise<number> {
  const keeping = new AbortController();
  let end: End;
  try {
    end = await runUnder(guarded, holds, firstLoss(guarded, ports, holds, keeping.signal), signals);
  } finally {
    signals.passNoMore();
    keeping.abort();
  }
  const { wish, terminal } = guarded;
  const ending = { by: wish.who, reason: null };
  const results = await Promise.race([giveAllBack(ports, left(), ending, GIVE_BACK_MS), signals.insisted]);
  if (results === undefined) terminal.warn(notGivenBack(null, IMPATIENT, wish.leaseSeconds));
  const isLost = tellEnds(results ?? [], guarded, end.isLost);
  // A signal that comes now hurries us; the command has ended as it has.
  return isLost ? STATUS_BY_KIND.lost : end.status;
}

interface End {
  readonly status: number;
  readonly isLost: boolean;
}

/** Runs the command to its end, or to the loss of a lock. */
async function runUnder(
  { command, env, repository, terminal, wish }: Guarded,
  holds: readonly Hold[],
  loss: Promise<{ readonly error: unknown }>,
  signals: Signals,
): Promise<End> {
  const child = await startChild({
    command,
    env: { ...env, ...environmentFor(holds, repository, env) },
    warn: terminal.warn,
    graceMs: graceMs(wish),
  });
  signals.passTo(child.pass, () =>
    terminal.warn("The command can't be suspended: its lock would run out meanwhile."),
  );
  const end = await Promise.race([child.ended, loss]);
  if (typeof end === "number") return { status: end, isLost: false };
  if (isLockError(end.error)) terminal.fail(`${end.error.message} The command is ended.`);
  await child.stop();
  if (!isLockError(end.error)) throw end.error;
  return { status: await child.ended, isLost: true };
}

/** Of a short lease, or a short max-hold, less is left than the usual five seconds when it is given up for lost. */
function graceMs({ leaseSeconds, maxHoldSeconds }: Guarded["wish"]): number {
  const shortest = Math.min(leaseSeconds ?? Infinity, maxHoldSeconds ?? Infinity);
  return Math.max(500, Math.min(GRACE_MS, (shortest * 1000) / 3 - 500));
}

/** What keeps one of the holds from being kept. Stays open while there is nothing of the kind. */
function firstLoss(
  { wish: { leaseSeconds, maxHoldSeconds, mine } }: Guarded,
  ports: Ports,
  holds: readonly Hold[],
  signal: AbortSignal,
): Promise<{ readonly error: unknown }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly error: unknown }>();
  const ours: Mine = {
    ...mine,
    nonces: new Set([...mine.nonces, ...holds.map(({ nonce }) => nonce)]),
    handed: (lock) => holds.find((hold) => hold.lock.prefix === lock.prefix)?.sequence ?? mine.handed(lock),
  };
  for (const hold of holds) {
    const keeping = { leaseSeconds, maxHoldSeconds, mine: ours, signal };
    keep(ports, hold, keeping).catch((error) => resolve({ error }));
  }
  return promise;
}

/** @returns whether a hold turns out to have been ended by somebody else */
function tellEnds(results: readonly CleanedUp[], { terminal, wish }: Guarded, wasTold: boolean): boolean {
  let isLost = wasTold;
  for (const done of results) {
    if ("error" in done) {
      // What a caller holds is the caller's to give back.
      if (done.hold?.reentered) continue;
      terminal.warn(notGivenBack(done.hold?.lock.text ?? null, done.error.message, wish.leaseSeconds));
      continue;
    }
    const { hold, given } = done;
    const name = hold.lock.text;
    if (hold.acquiredAtMs === null || given.kind === "lasted") continue;
    if (given.kind === "released") {
      terminal.say(`released "${name}" after ${formatDuration(given.heldSeconds * 1000)}`);
      continue;
    }
    if (!wasTold)
      terminal.fail(
        `The lock "${name}" was lost while the command ran: ${howItEnded(given)}. Check what it did meanwhile.`,
      );
    isLost = true;
  }
  return isLost;
}

function howItEnded(given: GivenBack): string {
  return given.kind === "ended"
    ? describeEnding(given.entry)
    : "its log was replaced by hand, and no longer shows who did it";
}

function notGivenBack(name: string | null, why: string, leaseSeconds: number | null): string {
  const what = name === null ? "What was taken" : `The lock "${name}"`;
  const until =
    leaseSeconds === null
      ? "it is cleared"
      : `its lease of ${formatDuration(leaseSeconds * 1000)} is out, or it is cleared`;
  return `${what} was not given back: ${why.replace(/\.$/, "")}. It stays held until ${until}.`;
}
