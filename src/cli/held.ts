/**
 * Which hold a command is about: the one whose claim was given, or the one that a caller has handed on.
 * Owns what is said where there is none; must not end or renew anything.
 */
import { type Claimed, findClaimed, type Tag } from "../lock/claimed.ts";
import { describeEnding } from "../lock/entry.ts";
import { LockError } from "../lock/errors.ts";
import type { Hold } from "../lock/hold.ts";
import { holderRef, type LockName } from "../lock/name.ts";
import { describeHolder } from "../lock/not-acquired.ts";
import type { HeldByUs } from "../lock/own.ts";
import type { Oid } from "../lock/refs.ts";
import { handedOn } from "./handed.ts";
import type { Session } from "./session.ts";
import { usage } from "./settings.ts";

/** @throws LockError `usage` where nothing tells which hold is meant */
export function tagOf(claims: readonly Oid[], env: Readonly<Record<string, string | undefined>>): Tag {
  const { nonces } = handedOn(env, { run: null, process: null });
  if (claims.length > 0) return { claims: new Set(claims), nonces: new Set() };
  if (nonces.size > 0) return { claims: new Set(), nonces };
  throw usage(
    "Say which hold: give its claim, as `reflock acquire` printed it, behind the name or by `--claim OID`. REFLOCK_CLAIM is not set either, so that this is not inside `reflock run`.",
  );
}

export function findHeld(session: Session, lock: LockName, tag: Tag, ms: number): Promise<Claimed> {
  return findClaimed(session.ports, lock, tag, session.patience(ms));
}

/** Whether it was given back by who held it, rather than ended by somebody else. */
export function isGivenBack(found: Claimed): boolean {
  return found.kind === "ended" && found.entry.outcome === "released";
}

export function notHeld(lock: LockName, found: Exclude<Claimed, HeldByUs>): LockError {
  const holders = found.status.holders.map(describeHolder).join(" and ");
  const now = holders === "" ? "It is free now." : `Now held by ${holders}.`;
  if (found.kind === "none")
    return new LockError(
      "not-held",
      `That hold was not found: the log of "${lock.text}" has no trace of it. ${holders === "" ? "Check the oid, the name, --remote and --namespace." : now}`,
    );
  const ending = describeEnding(found.entry);
  if (isGivenBack(found))
    return new LockError("not-held", `The lock "${lock.text}" is not held any more: ${ending}. ${now}`);
  return new LockError("lost", `The lock "${lock.text}" was lost: ${ending}. ${now}`);
}

/** A hold as programs read it. */
export function holdReport({
  lock,
  slot,
  slots,
  claim,
  nonce,
  sequence,
  waitedSeconds,
  reentered,
}: Hold): object {
  return {
    name: lock.text,
    slot,
    slots,
    ref: holderRef(lock, slot),
    claim,
    nonce,
    fencingToken: sequence,
    waitedSeconds,
    reentered,
  };
}

/** Whether no process and no job works under it, as under what `reflock acquire` took. */
export function isNobodysTask({ who }: HeldByUs["claim"]): boolean {
  return who.run === null && (who.process?.pid ?? null) === null;
}
