/**
 * The life of a step, main and post: signals, exit codes, and what is said when it fails.
 * Must not know what an operation does, nor how a lock works.
 */
import { setFailed, setOutput, setSecret } from "@actions/core";
import { isLockError, type LockError } from "../lock/errors.ts";
import { handedNothing } from "../lock/identity.ts";
import type { Journal, Ports } from "../lock/ports.ts";
import { giveAllBack } from "../lock/release.ts";
import { machine, openGitHub, type Way } from "../wire.ts";
import { endingOf } from "./endings.ts";
import { readInputs } from "./inputs.ts";
import { plain, progressTeller, say, warn } from "./messages.ts";
import { operate, writeHolders } from "./operations.ts";
import { type Learned, loadState, openJournal, type State } from "./state.ts";
import { note, remembering, writeSummary } from "./summary.ts";

/** How long an operation that waits for nobody, and post, bear a store in trouble. */
const TROUBLE_MS = 60_000;

const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** @returns the exit code of main */
export async function main(): Promise<number> {
  setOutput("acquired", "false");
  const cancelled = new AbortController();
  let signalCode = 0;
  for (const [signal, code] of Object.entries(SIGNAL_CODES)) {
    process.once(signal, () => {
      signalCode ||= code;
      cancelled.abort();
    });
  }
  try {
    const inputs = readInputs();
    const ports = await openPorts(inputs, "update-refs", (learned) => openJournal(inputs, learned));
    await operate(ports, inputs, {
      untilMs: machine.clock.monotonicMs() + TROUBLE_MS,
      signal: cancelled.signal,
    });
    await writeSummary();
    return 0;
  } catch (error) {
    if (isLockError(error, "cancelled")) {
      say("cancelled");
      return signalCode;
    }
    const code = failed(error);
    await writeSummary();
    return code;
  }
}

async function openPorts(
  { connection, who }: Pick<State, "connection" | "who">,
  way: Way,
  journal: (learned: Learned) => Journal,
): Promise<Ports> {
  setSecret(connection.token);
  const { store, liveness } = await openGitHub(connection, way);
  const ports = { ...machine, store, liveness, tell: progressTeller(), journal: journal(store) };
  return remembering(ports, connection.repository, who);
}

function failed(error: unknown): number {
  if (isLockError(error)) {
    setFailed(plain(error.message));
    if (error.status !== undefined) {
      writeHolders([error.status]);
      note({ kind: "not-acquired", message: error.message, status: error.status });
    }
  } else {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    setFailed(`reflock has a bug, please report it: ${plain(trace)}`);
  }
  return 1;
}

/** @returns the exit code of post: 1 only where a hold of ours was lost to somebody else */
export async function post(): Promise<number> {
  try {
    const state = loadState();
    return state === null ? 0 : await cleanUp(state);
  } catch (error) {
    if (!isLockError(error)) return failed(error);
    warn(
      `The lock was not given back: ${error.message} Others take it over once this job has completed; or clear it.`,
    );
    return 0;
  }
}

/** Post is the last that runs: what it cannot clean up, nobody will find in a journal. */
const NO_JOURNAL: Journal = { saveHold() {}, forgetHold() {}, saveTicket() {}, forgetTicket() {} };

async function cleanUp(state: State): Promise<number> {
  if (state.holds.length === 0 && state.tickets.length === 0) return 0;
  const ports = await openPorts(state, state.way, () => NO_JOURNAL);
  const mine = handedNothing(state.who);
  let code = 0;
  for (const done of await giveAllBack(ports, state, { by: state.who, reason: null }, TROUBLE_MS)) {
    if ("error" in done) {
      warn(notGivenBack(done.hold?.lock.text ?? null, done.error));
      if (done.hold !== null) note({ kind: "not-given-back", hold: done.hold, message: done.error.message });
      continue;
    }
    const { text, isLoss } = endingOf(done.hold, done.given, mine);
    note({ kind: "ended", hold: done.hold, given: done.given, isLoss });
    if (isLoss) {
      setFailed(plain(text));
      code = 1;
    } else if (text !== "") {
      say(text);
    }
  }
  await writeSummary();
  return code;
}

function notGivenBack(name: string | null, error: LockError): string {
  const what = name === null ? "A ticket was not withdrawn" : `The lock "${name}" was not given back`;
  return `${what}: ${error.message}. Others take it over once this job has completed; or clear it.`.replaceAll(
    "..",
    ".",
  );
}
