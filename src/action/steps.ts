/**
 * What a step does, main and post: reads inputs or state, calls the policy, writes outputs.
 * Owns the step's life (signals, exit codes, outputs in every case); must not know how a lock works.
 */
import { exportVariable, setFailed, setOutput, setSecret } from "@actions/core";
import { acquire } from "../lock/acquire.ts";
import { check, notHeld } from "../lock/check.ts";
import { formatDuration } from "../lock/duration.ts";
import { isLockError, LockError } from "../lock/errors.ts";
import type { Hold } from "../lock/hold.ts";
import type { Mine } from "../lock/identity.ts";
import type { Patience } from "../lock/insist.ts";
import { holderRef } from "../lock/name.ts";
import { findOwn, isGivenBackByUs } from "../lock/own.ts";
import type { Ports } from "../lock/ports.ts";
import { describeEnding, type GivenBack, giveAllBack, giveBack } from "../lock/release.ts";
import type { LockStatus } from "../lock/report.ts";
import { readStatus } from "../lock/status.ts";
import { machine, openGitHub } from "../wire.ts";
import { type Inputs, readInputs } from "./inputs.ts";
import { describeStatus, plain, progressTeller, say, warn } from "./messages.ts";
import { loadState, openJournal, type State } from "./state.ts";

/** How long an operation that waits for nobody, and post, bear a store in trouble. */
const TROUBLE_MS = 60_000;

const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** @returns the exit code of main */
export async function main(): Promise<number> {
  setOutput("acquired", "false");
  const cancelled = new AbortController();
  let code = 0;
  for (const [signal, signalCode] of Object.entries(SIGNAL_CODES)) {
    process.once(signal, () => {
      code ||= signalCode;
      cancelled.abort();
    });
  }
  try {
    const inputs = readInputs();
    setSecret(inputs.connection.token);
    await operate(inputs, cancelled.signal);
    return 0;
  } catch (error) {
    if (isLockError(error, "cancelled")) {
      say("cancelled while waiting");
      return code;
    }
    return failed(error);
  }
}

function failed(error: unknown): number {
  if (isLockError(error)) {
    setFailed(plain(error.message));
    if (error.status !== undefined) setOutput("holders", JSON.stringify({ locks: [error.status] }));
  } else {
    setFailed(
      `reflock has a bug, please report it: ${plain(error instanceof Error ? (error.stack ?? error.message) : String(error))}`,
    );
  }
  return 1;
}

async function operate(inputs: Inputs, signal: AbortSignal): Promise<void> {
  const store = await openGitHub(inputs.connection, "update-refs");
  const journal = openJournal(inputs, store.way);
  const ports: Ports = { ...machine, store, tell: progressTeller(), journal };
  const patience = { untilMs: machine.clock.monotonicMs() + TROUBLE_MS, signal };
  switch (inputs.operation) {
    case "acquire":
      return await acquireStep(ports, inputs, signal);
    case "release":
      return await releaseStep(ports, inputs, patience);
    case "check":
      return await checkStep(ports, inputs, patience);
    case "status":
      return await statusStep(ports, inputs, patience);
  }
}

async function acquireStep(ports: Ports, inputs: Inputs, signal: AbortSignal): Promise<void> {
  const startedMs = ports.clock.monotonicMs();
  setOutput("reentered", "false");
  try {
    const hold = await acquire(ports, { ...inputs, signal });
    setOutput("acquired", "true");
    writeHold(hold, hold.claim);
    exportVariable("REFLOCK_NAME", joined(process.env.REFLOCK_NAME, hold.lock.text));
    exportVariable("REFLOCK_CLAIM", joined(process.env.REFLOCK_CLAIM, hold.nonce));
    exportVariable("REFLOCK_TOKEN", joined(process.env.REFLOCK_TOKEN, String(hold.sequence)));
    say(
      `acquired "${hold.lock.text}" after ${formatDuration(hold.waitedSeconds * 1000)}, fencing token ${hold.sequence}`,
    );
  } catch (error) {
    if (inputs.onTimeout !== "skip" || !isLockError(error, "not-acquired") || error.status === undefined)
      throw error;
    writeHolders(error.status);
    say(`${error.message} Skipped, as \`on-timeout\` says.`);
  } finally {
    setOutput("waited-seconds", Math.round((ports.clock.monotonicMs() - startedMs) / 1000));
  }
}

async function checkStep(ports: Ports, inputs: Inputs, patience: Patience): Promise<void> {
  const { hold, claim } = await check(ports, inputs.lock, mineOf(inputs), patience);
  setOutput("acquired", "true");
  writeHold(hold, claim);
  say(`"${hold.lock.text}" is still held by this job, fencing token ${hold.sequence}`);
}

async function releaseStep(ports: Ports, inputs: Inputs, patience: Patience): Promise<void> {
  const mine = mineOf(inputs);
  const own = await findOwn(ports, inputs.lock, mine, patience);
  if (own.kind === "held") {
    const given = await giveBack(ports, own.hold, { by: inputs.who, reason: inputs.reason }, patience, own);
    tellGivenBack(own.hold, given, mine);
    forgetExported(own.hold);
    return;
  }
  const isNobodys = own.kind === "none" && own.status.holders.length === 0;
  if (!isNobodys && !(own.kind === "ended" && isGivenBackByUs(own.entry, mine)))
    throw notHeld(inputs.lock, own, mine);
  say(`nothing to give back: "${inputs.lock.text}" is ${describeStatus(own.status)}`);
}

async function statusStep(ports: Ports, inputs: Inputs, patience: Patience): Promise<void> {
  const status = await readStatus(ports, inputs.lock, inputs.slots, patience);
  writeHolders(status);
  say(`"${status.name}" is ${describeStatus(status)}`);
}

/** @returns the exit code of post: 1 only where a hold of ours was lost to somebody else */
export async function post(): Promise<number> {
  try {
    const state = loadState();
    if (state === null) return 0;
    setSecret(state.connection.token);
    return await cleanUp(state);
  } catch (error) {
    if (!isLockError(error)) return failed(error);
    warn(
      `The lock was not given back: ${error.message} Others take it over once this job has completed; or clear it.`,
    );
    return 0;
  }
}

async function cleanUp(state: State): Promise<number> {
  const store = await openGitHub(state.connection, state.way);
  // Post is the last that runs: what it cannot clean up, nobody will find in a journal.
  const journal = { saveHold() {}, forgetHold() {}, saveTicket() {}, forgetTicket() {} };
  const ports: Ports = { ...machine, store, tell: progressTeller(), journal };
  const patience = { untilMs: machine.clock.monotonicMs() + TROUBLE_MS };
  const mine: Mine = { nonces: new Set(), wasHanded: () => false, identity: state.who };
  let code = 0;
  for (const { hold, given } of await giveAllBack(ports, state, { by: state.who, reason: null }, patience)) {
    try {
      tellGivenBack(hold, given, mine);
    } catch (error) {
      code = failed(error);
    }
  }
  return code;
}

/** @throws LockError `lost` where a hold that we had entered was ended by somebody else */
function tellGivenBack(hold: Hold, given: GivenBack, mine: Mine): void {
  const name = hold.lock.text;
  const wasEntered = hold.acquiredAtMs !== null;
  switch (given.kind) {
    case "released":
      if (wasEntered) say(`released "${name}" after ${formatDuration(given.heldSeconds * 1000)}`);
      else say(`took back a claim of "${name}" that was never entered`);
      break;
    case "never-held":
      break;
    case "ended":
      if (isGivenBackByUs(given.entry, mine)) say(`"${name}" was given back already`);
      else if (wasEntered) throw lost(name, describeEnding(given.entry));
      break;
    case "gone":
      throw lost(name, "its log was replaced by hand, and no longer shows who did it");
  }
}

function lost(name: string, how: string): LockError {
  return new LockError(
    "lost",
    `The lock "${name}" was lost while this job relied on it: ${how}. Check what was published meanwhile.`,
  );
}

function mineOf(inputs: Inputs): Mine {
  const names = ` ${process.env.REFLOCK_NAME ?? ""} `;
  return {
    nonces: new Set((process.env.REFLOCK_CLAIM ?? "").split(/\s+/).filter((nonce) => nonce !== "")),
    wasHanded: (lock) => names.includes(` ${lock} `),
    identity: inputs.who,
  };
}

function writeHold(hold: Hold, claim: string): void {
  setOutput("fencing-token", hold.sequence);
  setOutput("ref", holderRef(hold.lock, hold.slot));
  setOutput("claim", claim);
}

function writeHolders(status: LockStatus): void {
  setOutput("holders", JSON.stringify({ locks: [status] }));
}

function joined(list: string | undefined, item: string): string {
  return list === undefined || list === "" ? item : `${list} ${item}`;
}

/** Takes what was exported of one hold out of the lists again, so that later steps do not take it for theirs. */
function forgetExported(hold: Hold): void {
  const without = (variable: string, item: string) => {
    const list = ` ${process.env[variable] ?? ""} `;
    const at = list.lastIndexOf(` ${item} `);
    if (at >= 0) exportVariable(variable, (list.slice(0, at) + list.slice(at + item.length + 1)).trim());
  };
  without("REFLOCK_NAME", hold.lock.text);
  without("REFLOCK_CLAIM", hold.nonce);
  without("REFLOCK_TOKEN", String(hold.sequence));
}
