/**
 * What a store must be able to do to keep locks, tried on a lock of its own, which is removed again.
 * Owns the trials and what to do where one fails; must not know how they are shown.
 */
import { LockError } from "../lock/errors.ts";
import { throwIfCancelled } from "../lock/insist.ts";
import { holderRef, type LockName, logRef } from "../lock/name.ts";
import type { Outcome, RefStore } from "../lock/ports.ts";
import type { Oid, RefChange } from "../lock/refs.ts";
import { afterwards, FINISH_MS } from "./session.ts";

export interface Trial {
  readonly step: string;
  /** `note`: locks work, but something is worth knowing. `skipped`: what it needs has failed before. */
  readonly result: "ok" | "failed" | "note" | "skipped";
  /** What failed, and what to do; empty where there is nothing to say. */
  readonly detail: string;
  readonly error: LockError | null;
}

/** What the trials have made so far. */
interface Bench {
  readonly store: RefStore;
  readonly lock: LockName;
  readonly log: string;
  readonly marker: string;
  /** Where the log should stand. */
  tip: Oid | null;
}

type Step = readonly [step: string, advice: string, work: (bench: Bench) => Promise<string | null>];

/** In this order: each needs the one before. A step gives a note, or `null`, or throws. */
const STEPS: readonly Step[] = [
  [
    "read refs",
    "Check the remote's address, the network, and that these credentials may read it.",
    async ({ store, lock }) => {
      await store.list(lock.prefix);
      return null;
    },
  ],
  [
    "create a ref",
    "Give these credentials permission to push. If the server refuses refs of this kind, try --namespace refs/heads/locks or refs/tags/locks.",
    async (bench) => {
      const oid = await write(bench, null);
      return await move(bench, [{ ref: bench.log, from: null, to: oid }]);
    },
  ],
  [
    "refuse to create it again",
    "This server does not compare: two could hold one lock. Keep locks elsewhere.",
    async (bench) => {
      const oid = await write(bench, null);
      return await refused(bench, [{ ref: bench.log, from: null, to: oid }]);
    },
  ],
  [
    "swap it for a commit that follows",
    "Let these credentials update refs: a rule of the server may forbid it in this namespace. Try --namespace.",
    async (bench) =>
      await move(bench, [{ ref: bench.log, from: bench.tip, to: await write(bench, bench.tip) }]),
  ],
  [
    "refuse to swap what is out of date",
    "This server does not compare: two could hold one lock. Keep locks elsewhere.",
    async (bench) => {
      const before = (await bench.store.read(bench.tip ?? "")).parents[0] ?? null;
      return await refused(bench, [{ ref: bench.log, from: before, to: await write(bench, before) }]);
    },
  ],
  [
    "change two refs at once",
    "Let these credentials create and update refs in this namespace, or name another by --namespace.",
    async (bench) => {
      const oid = await write(bench, bench.tip);
      const marker = { ref: bench.marker, from: null, to: oid };
      await move(bench, [{ ref: bench.log, from: bench.tip, to: oid }, marker]);
      return null;
    },
  ],
  [
    "change both or none",
    "",
    async (bench) => {
      if (!bench.store.comparesAll()) return NOT_ATOMIC;
      const oid = await write(bench, bench.tip);
      const wrong = { ref: bench.marker, from: oid, to: null };
      const outcome = await bench.store.transact([{ ref: bench.log, from: bench.tip, to: oid }, wrong]);
      const now = await bench.store.tip(bench.log);
      if (outcome !== "applied" && now === bench.tip) return null;
      bench.tip = now;
      return NOT_ATOMIC;
    },
  ],
  [
    "delete refs",
    "Let these credentials delete refs in this namespace: a lock that is given back deletes its holder ref.",
    async (bench) => {
      await remove(bench);
      const left = (await bench.store.list(bench.lock.prefix)).refs;
      if (left.length > 0) throw new LockError("refused", `${left.length} of the refs are still there.`);
      bench.tip = null;
      return null;
    },
  ],
];

const NOT_ATOMIC =
  "This server does not change several refs at once. Locks are as safe, since the log alone decides; the holder ref may lag behind for a moment.";

/** @throws LockError `cancelled` once the signal is aborted, with what was made removed as far as that is done in seconds */
export async function tryOut(store: RefStore, lock: LockName, signal?: AbortSignal): Promise<Trial[]> {
  const bench: Bench = { store, lock, log: logRef(lock, 1), marker: holderRef(lock, 1), tip: null };
  const trials: Trial[] = [];
  try {
    for (const step of STEPS) {
      throwIfCancelled(signal);
      // A change that is under way would land behind the removal: it is waited for a little.
      const trial = await unlessLate(perform(step, bench, trials), signal);
      if (trial !== null) trials.push(trial);
    }
    throwIfCancelled(signal);
  } finally {
    // Whatever failed, nothing is left behind that can be removed.
    await unlessLate(
      remove(bench).catch(() => {}),
      signal,
    );
  }
  return trials;
}

/** @returns `null` where it still goes on seconds after the signal, or after now where the signal came before */
async function unlessLate<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result | null> {
  if (signal === undefined) return await work;
  const late = Promise.withResolvers<null>();
  const give = () => late.resolve(null);
  if (signal.aborted) setTimeout(give, FINISH_MS).unref();
  else afterwards(signal, FINISH_MS).addEventListener("abort", give, { once: true });
  return await Promise.race([work, late.promise]);
}

async function perform([step, advice, work]: Step, bench: Bench, before: readonly Trial[]): Promise<Trial> {
  if (before.some(({ result }) => result === "failed"))
    return { step, result: "skipped", detail: "", error: null };
  try {
    const note = await work(bench);
    return { step, result: note === null ? "ok" : "note", detail: note ?? "", error: null };
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
    return { step, result: "failed", detail: `${error.message} ${advice}`.trim(), error };
  }
}

/** A commit of its own: two that were written alike in one second would be one and the same. */
async function write({ store }: Bench, parent: Oid | null): Promise<Oid> {
  const message = `reflock doctor\n\nA trial, to be removed. ${crypto.randomUUID()}\n`;
  return (await store.write(message, parent)).oid;
}

async function move(bench: Bench, changes: readonly RefChange[]): Promise<null> {
  const outcome = await bench.store.transact(changes);
  const [log] = changes;
  const now = log === undefined ? null : await bench.store.tip(log.ref);
  if (now === log?.to) {
    bench.tip = now;
    return null;
  }
  throw unexpected(outcome);
}

function unexpected(outcome: Outcome): LockError {
  const what =
    outcome === "unknown"
      ? "The server did not answer."
      : "The server refused, and gave no reason that is known.";
  return new LockError(outcome === "unknown" ? "unreachable" : "refused", what);
}

/** What must not succeed. */
async function refused(bench: Bench, changes: readonly RefChange[]): Promise<null> {
  const outcome = await bench.store.transact(changes);
  const now = await bench.store.tip(bench.log);
  if (outcome === "applied" || now !== bench.tip) {
    bench.tip = now;
    throw new LockError("unreachable", "The server let through what it had to refuse.");
  }
  if (outcome === "unknown") throw unexpected(outcome);
  return null;
}

/** One ref at a time, wherever it stands now: also where several can't be changed together. */
async function remove({ store, lock }: Bench): Promise<void> {
  for (const { name, oid } of (await store.list(lock.prefix)).refs)
    await store.transact([{ ref: name, from: oid, to: null }]);
}
