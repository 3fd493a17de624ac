/**
 * Owns whether an actor of the exhaustive search was refused honestly: told no more than what is so, and left with nothing. Must not know the way there.
 */
import { isLockError } from "../../src/lock/errors.ts";
import type { LockName } from "../../src/lock/name.ts";
import type { Oid } from "../../src/lock/refs.ts";
import type { State } from "./exhaustive-moves.ts";
import type { Server } from "./exhaustive-server.ts";
import { slotOf, type Violation } from "./invariants.ts";

/** It was told that it does not have what it wanted. */
export interface Refusal {
  readonly kind: "refused";
  readonly actor: number;
  readonly why: "not-acquired" | "cancelled" | "unreachable";
  /** It would have waited for ever. */
  readonly isForever: boolean;
  readonly isCancelled: boolean;
  /** Who is in its way, as it was told. */
  readonly told: {
    readonly name: string;
    readonly holders: readonly Oid[];
    readonly waiters: readonly Oid[];
  } | null;
}

/** `null`: no error of the kinds that an actor may meet here. */
export function refusalOf(
  error: unknown,
  of: Pick<Refusal, "actor" | "isForever" | "isCancelled">,
): Refusal | null {
  if (!isLockError(error)) return null;
  const { kind: why, status } = error;
  if (why !== "not-acquired" && why !== "cancelled" && why !== "unreachable") return null;
  const oids = (all: readonly { readonly claim: Oid }[]) => all.map(({ claim }) => claim);
  const told =
    status === undefined
      ? null
      : { name: status.name, holders: oids(status.holders), waiters: oids(status.waiters) };
  return { kind: "refused", ...of, why, told };
}

/** @param isUntroubled nothing has gone wrong so far, and nobody was told to stop */
export function judgeRefusal(
  state: State,
  refusal: Refusal,
  isUntroubled: boolean,
  locks: readonly LockName[],
  { logs }: Server,
): Violation | null {
  const { actor, why, isForever, isCancelled } = refusal;
  switch (why) {
    case "cancelled":
      return isCancelled ? null : { promise: 6, what: `job ${actor} was told that it was cancelled` };
    case "unreachable":
      return isUntroubled
        ? { promise: 4, what: `job ${actor} was told of trouble where there was none` }
        : null;
    case "not-acquired":
      if (isForever) return { promise: 4, what: `job ${actor} was told that waiting for ever was over` };
  }
  for (const { name, oid } of state.refs.all) {
    if (slotOf(name) === null) continue;
    const { kind, jobId } = logs.node(oid);
    if (kind === "claim" && jobId === actor)
      return { promise: 3, what: `job ${actor} was told that it has nothing, and it holds ${name}` };
  }
  return untruth(state, refusal, locks);
}

/** Whoever is said to be in the way has held that very name, or has queued for it. */
function untruth(
  { accounts }: State,
  { actor, told }: Refusal,
  locks: readonly LockName[],
): Violation | null {
  const account = accounts[locks.findIndex(({ text }) => text === told?.name)];
  if (told === null || account === undefined || told.holders.length + told.waiters.length === 0)
    return { promise: 6, what: `job ${actor} was not told who is in its way` };
  const stranger = told.holders.find((claim) => !account.claims.has(claim));
  if (stranger === undefined) return null;
  return {
    promise: 6,
    what: `job ${actor} was told of the holder ${stranger} of ${told.name}, which never held it`,
  };
}
