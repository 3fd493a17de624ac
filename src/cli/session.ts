/**
 * What a command works with: the store of its remote and all else that the policy needs, put together once its options are known to be right.
 * Owns what is said of the remote; must not know what the command does.
 */
import type { Identity, Mine } from "../lock/identity.ts";
import type { Patience } from "../lock/insist.ts";
import type { Ports } from "../lock/ports.ts";
import { giveAllBack, type LeftBehind } from "../lock/release.ts";
import { machine, openGit, openMachine, openRuns } from "../wire.ts";
import { apiIn } from "./api.ts";
import type { Call } from "./call.ts";
import { handedOn } from "./handed.ts";
import { openJournal } from "./journal.ts";
import { livenessFrom } from "./liveness.ts";
import { progressTeller } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

export interface Session {
  readonly ports: Ports;
  /** This process. */
  readonly who: Identity;
  /** The same, for what outlives the process: nobody can tell by its pid whether it is alive. */
  readonly person: Identity;
  /** What callers have handed on. */
  readonly mine: Mine;
  readonly remote: { readonly shown: string; readonly isThisRepository: boolean };
  /** How long trouble with the store is borne. */
  patience(ms: number): Patience;
  /** The same for what changes something: a signal lets it finish, if it takes no longer than a few seconds. */
  changePatience(ms: number): Patience;
  /** Ends what is held, or may yet come to life, and leaves the queue: for a command that failed. What can't be done is said. */
  giveUp(reason: string): Promise<void>;
}

/** How long a command that changes something, and one that only looks, bears a store in trouble. */
export const TROUBLE_MS = 60_000;
export const LOOK_TROUBLE_MS = 20_000;
const GIVE_UP_MS = 10_000;

/** How long a signal leaves to a change that is under way. Whoever sends one mostly kills ten seconds later. */
export const FINISH_MS = 4000;

/** What a signal ends: the waiting alone, where the store is needed to give back; or, `FINISH_MS` later, also what goes on in the store. */
export type Ends = "all" | "waiting";

/**
 * Opens, works, and closes in any case.
 * @param signal what ends waiting for a store in trouble
 */
export async function withSession<Result>(
  { options, terminal }: Pick<Call, "options" | "terminal">,
  signal: AbortSignal | null,
  work: (session: Session) => Promise<Result>,
  ends: Ends = "waiting",
): Promise<Result> {
  const late = signal === null ? null : afterwards(signal, FINISH_MS);
  const git = await openGit(options.remote ?? null, process.cwd(), ends === "all" ? late : null);
  try {
    if (git.isThisRepository && options.remote === undefined) sayLocal(terminal, git.shown);
    const { self, processes, sightings } = openMachine();
    const who: Identity = { run: null, process: self };
    const person: Identity = { run: null, process: { ...self, pid: null, startedAt: null } };
    const journal = openJournal();
    const ports: Ports = {
      ...machine,
      store: git.store,
      liveness: livenessFrom({ api: apiIn(process.env), openRuns, processes }),
      sightings,
      journal,
      tell: progressTeller(terminal),
    };
    return await work({
      ports,
      who,
      person,
      mine: handedOn(process.env, who),
      remote: git,
      patience: (ms) => patienceOf(ports, ms, signal),
      changePatience: (ms) => patienceOf(ports, ms, late),
      giveUp: (reason) => giveUp(ports, journal.left(), who, reason, terminal),
    });
  } finally {
    await git.close();
  }
}

function patienceOf(ports: Ports, ms: number, signal: AbortSignal | null): Patience {
  return { untilMs: ports.clock.monotonicMs() + ms, ...(signal === null ? {} : { signal }) };
}

/** Aborted this long after another. */
export function afterwards(signal: AbortSignal, ms: number): AbortSignal {
  const late = new AbortController();
  signal.addEventListener("abort", () => setTimeout(() => late.abort(), ms), { once: true });
  return late.signal;
}

function sayLocal(terminal: Terminal, shown: string): void {
  terminal.say(
    `no --remote, and no origin here: the lock is kept in ${shown}, among the processes that use this very repository`,
  );
}

async function giveUp(
  ports: Ports,
  { holds, tickets }: LeftBehind,
  by: Identity,
  reason: string,
  terminal: Terminal,
): Promise<void> {
  const ours = { holds: holds.filter(({ reentered }) => !reentered), tickets };
  for (const done of await giveAllBack(ports, ours, { by, reason }, GIVE_UP_MS)) {
    if (!("error" in done)) continue;
    const what = done.hold === null ? "A place in the queue" : `A claim of "${done.hold.lock.text}"`;
    terminal.warn(`${what} may be left behind: ${done.error.message}`);
  }
}
