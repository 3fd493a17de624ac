/**
 * What each operation does: calls the policy, writes outputs, says what happened.
 * Owns outputs and exports; must not know how a lock works, nor how the process ends.
 */
import { setOutput } from "@actions/core";
import { acquireAll } from "../lock/acquire-all.ts";
import { check, notHeld } from "../lock/check.ts";
import { type Cleared, clear } from "../lock/clear.ts";
import { describeStatus } from "../lock/describe.ts";
import { formatDuration } from "../lock/duration.ts";
import { isLockError, LockError } from "../lock/errors.ts";
import type { Hold } from "../lock/hold.ts";
import type { Patience } from "../lock/insist.ts";
import { holderRef, type LockName } from "../lock/name.ts";
import { findOwn, isGivenBackByUs } from "../lock/own.ts";
import type { Ports } from "../lock/ports.ts";
import { giveBack } from "../lock/release.ts";
import type { LockStatus } from "../lock/report.ts";
import { listLocks, readStatus } from "../lock/status.ts";
import { endingOf } from "./endings.ts";
import { countDown, handedOn, handOn, takeBack } from "./exports.ts";
import type { Inputs } from "./inputs.ts";
import { say } from "./messages.ts";
import { note } from "./summary.ts";

export async function operate(ports: Ports, inputs: Inputs, patience: Patience): Promise<void> {
  switch (inputs.operation) {
    case "acquire":
      return await acquireStep(ports, inputs, patience);
    case "release":
      return await releaseStep(ports, inputs, patience);
    case "check":
      return await checkStep(ports, inputs, patience);
    case "status":
      return await statusStep(ports, inputs, patience);
    case "clear":
      return await clearStep(ports, inputs, patience);
    case "freeze":
      return await freezeStep(ports, inputs, patience);
  }
}

async function acquireStep(ports: Ports, inputs: Inputs, { signal }: Patience): Promise<void> {
  const holds = await acquireOr(ports, inputs, false, signal);
  note({ kind: "acquired", holds });
  for (const hold of holds) {
    handOn(hold, inputs.connection.repository);
    // Kept beyond the job: post leaves it alone.
    if (inputs.scope === "run" && !hold.reentered) ports.journal.forgetHold(hold);
    const how = hold.reentered ? "holds" : "acquired";
    const after = hold.reentered ? "already" : `after ${formatDuration((hold.waitedSeconds ?? 0) * 1000)}`;
    say(`${how} "${hold.lock.text}" ${after}, fencing token ${hold.sequence}`);
  }
}

/** The hold outlives the job: it is forgotten as soon as it stands, so that post leaves it alone. */
async function freezeStep(ports: Ports, inputs: Inputs, { signal }: Patience): Promise<void> {
  const holds = await acquireOr(ports, inputs, true, signal);
  note({ kind: "frozen", holds });
  for (const hold of holds) {
    ports.journal.forgetHold(hold);
    const thaw = `\`operation: clear\` and \`expect: ${hold.claim}\``;
    say(`froze "${hold.lock.text}": nobody gets it until it is cleared, with ${thaw}`);
  }
}

/** @returns nothing where the wait ended without the lock and `on-timeout` says to go on */
async function acquireOr(
  ports: Ports,
  inputs: Inputs,
  freeze: boolean,
  signal: AbortSignal | undefined,
): Promise<Hold[]> {
  const startedMs = ports.clock.monotonicMs();
  setOutput("reentered", "false");
  try {
    const wish = {
      ...inputs,
      freeze,
      leaseSeconds: null,
      // A freeze stays until it is cleared.
      maxHoldSeconds: freeze ? null : inputs.maxHoldSeconds,
      mine: handedOn(inputs.who, inputs.connection.repository),
    };
    const holds = await acquireAll(ports, named(inputs), signal === undefined ? wish : { ...wish, signal });
    setOutput("acquired", "true");
    setOutput("reentered", String(holds.every(({ reentered }) => reentered)));
    writeHolds(holds);
    return holds;
  } catch (error) {
    if (inputs.onTimeout !== "skip" || !isLockError(error, "not-acquired") || error.status === undefined)
      throw error;
    writeHolders([error.status]);
    note({ kind: "skipped", message: error.message, status: error.status });
    say(`${error.message} Skipped, as \`on-timeout\` says.`);
    return [];
  } finally {
    setOutput("waited-seconds", Math.floor((ports.clock.monotonicMs() - startedMs) / 1000));
  }
}

async function checkStep(ports: Ports, inputs: Inputs, patience: Patience): Promise<void> {
  const mine = handedOn(inputs.who, inputs.connection.repository);
  const checked = await Promise.all(named(inputs).map((lock) => check(ports, lock, mine, patience)));
  setOutput("acquired", "true");
  writeHolds(checked.map(({ hold, claim }) => ({ ...hold, claim })));
  for (const { hold } of checked)
    say(`"${hold.lock.text}" is still held by this job, fencing token ${hold.sequence}`);
}

/** In reverse; one that was lost keeps none of the others held. */
async function releaseStep(ports: Ports, inputs: Inputs, patience: Patience): Promise<void> {
  const failures: unknown[] = [];
  for (const lock of named(inputs).toReversed()) {
    await releaseOne(ports, lock, inputs, patience).catch((error) => failures.push(error));
  }
  const worst = failures.find((error) => isLockError(error, "lost")) ?? failures[0];
  if (worst !== undefined) throw worst;
}

async function releaseOne(ports: Ports, lock: LockName, inputs: Inputs, patience: Patience): Promise<void> {
  const mine = handedOn(inputs.who, inputs.connection.repository);
  const own = await findOwn(ports, lock, mine, patience);
  if (own.kind === "held" && countDown(own.hold.nonce)) {
    say(`"${lock.text}" stays held: whoever took it first gives it back`);
  } else if (own.kind === "held") {
    const given = await giveBack(ports, own.hold, { by: inputs.who, reason: inputs.reason }, patience, own);
    const ending = endingOf(own.hold, given, mine);
    note({ kind: "ended", hold: own.hold, given, isLoss: ending.isLoss });
    if (ending.isLoss) throw new LockError("lost", ending.text);
    say(ending.text);
    takeBack(own.hold);
  } else {
    const isNobodys = own.kind === "none" && own.status.holders.length === 0;
    if (!isNobodys && !(own.kind === "ended" && isGivenBackByUs(own.entry, mine)))
      throw notHeld(lock, own, mine);
    say(`nothing to give back: "${lock.text}" is ${describeStatus(own.status)}`);
  }
}

async function statusStep(ports: Ports, inputs: Inputs, patience: Patience): Promise<void> {
  const locks = await allNamed(ports, inputs, patience);
  const statuses = await Promise.all(locks.map((lock) => readStatus(ports, lock, inputs.slots, patience)));
  writeHolders(statuses);
  note({ kind: "status", statuses });
  if (statuses.length === 0) say(`there is no lock under ${inputs.namespace}`);
  for (const status of statuses) {
    say(`"${status.name}" is ${describeStatus(status)}`);
    for (const { token, outcome, by, at, reason } of status.last ?? []) {
      say(`  hold ${token} ${outcome} by ${by} at ${at}${reason === null ? "" : `: ${reason}`}`);
    }
  }
}

async function clearStep(ports: Ports, inputs: Inputs, patience: Patience): Promise<void> {
  const locks = await allNamed(ports, inputs, patience);
  const results: (Cleared & { lock: LockName })[] = [];
  for (const lock of locks) {
    for (const cleared of await clear(ports, lock, { ...inputs, by: inputs.who }, patience))
      results.push({ ...cleared, lock });
  }
  for (const { lock, what, oid, result, why } of results)
    say(`"${lock.text}": ${what} (${oid}) ${CLEAR_WORDS[result]}: ${why}`);
  if (results.length === 0) say("nothing to clear");
  const statuses = await Promise.all(locks.map((lock) => readStatus(ports, lock, inputs.slots, patience)));
  writeHolders(statuses);
  note({ kind: "cleared", statuses, results });
  const refused = results.filter(({ result }) => result === "refused");
  if (refused.length === 0) return;
  const list = refused
    .map(({ lock, what, oid, why }) => `${what} of "${lock.text}" (${oid}), since ${why}`)
    .join("; ");
  throw new LockError(
    "not-acquired",
    `Not cleared: ${list}. If you know better, clear it with \`force: true\`, its oid in \`expect\`, and a \`reason\`.`,
  );
}

const CLEAR_WORDS: Readonly<Record<Cleared["result"], string>> = {
  cleared: "cleared",
  "would-clear": "would be cleared",
  refused: "not cleared",
  other: "left alone",
  "too-late": "was ended before",
};

async function allNamed(
  ports: Ports,
  { locks, namespace }: Inputs,
  patience: Patience,
): Promise<readonly LockName[]> {
  return locks === "all" ? await listLocks(ports, namespace, patience) : locks;
}

/** The inputs are checked: only `status` and `clear` can mean all. */
function named({ locks }: Inputs): readonly LockName[] {
  if (locks === "all") throw new LockError("bug", "There is no lock to work on.");
  return locks;
}

/** A line for each lock. */
function writeHolds(holds: readonly Hold[]): void {
  setOutput("fencing-token", holds.map(({ sequence }) => sequence).join("\n"));
  setOutput("ref", holds.map(({ lock, slot }) => holderRef(lock, slot)).join("\n"));
  setOutput("claim", holds.map(({ claim }) => claim).join("\n"));
}

export function writeHolders(locks: readonly LockStatus[]): void {
  setOutput("holders", JSON.stringify({ locks }));
}
