/**
 * What is handed on to later steps in environment variables: the holds of this job, so far.
 * `REFLOCK_HOLDS` is the truth, as JSON; `REFLOCK_NAME`, `REFLOCK_CLAIM` (nonces) and `REFLOCK_TOKEN` show it to scripts, as lists in one order,
 * separated by spaces.
 */
import { exportVariable } from "@actions/core";
import type { Hold } from "../lock/hold.ts";
import type { Identity, Mine } from "../lock/identity.ts";
import type { LockName } from "../lock/name.ts";

interface Handed {
  readonly nonce: string;
  /** The lock's repository. */
  readonly repository: string;
  /** Where the lock's refs live: with the repository, what makes two names one lock. */
  readonly prefix: string;
  readonly name: string;
  readonly token: number;
  /** How many steps have re-entered the hold and not released it: their releases only count down. */
  readonly inner: number;
  /** Whether another job, or a caller, took it: then the last release here does not give it back either. */
  readonly isTheirs: boolean;
}

export function handOn(hold: Hold, repository: string): void {
  const { nonce, reentered, sequence: token } = hold;
  const { prefix, text: name } = hold.lock;
  const before = listed().find((handed) => handed.nonce === nonce);
  const handed = before ?? {
    nonce,
    repository: repository.toLowerCase(),
    prefix,
    name,
    token,
    inner: 0,
    isTheirs: reentered,
  };
  write([
    ...listed().filter((other) => other !== before && other.nonce !== nonce),
    { ...handed, inner: handed.inner + (reentered ? 1 : 0) },
  ]);
}

/** Counts one inner release down. @returns whether there was one to count: if not, the hold itself is to be given back */
export function countDown(nonce: string): boolean {
  const before = listed().find((handed) => handed.nonce === nonce);
  if (before === undefined || before.inner === 0) return false;
  const others = listed().filter((handed) => handed.nonce !== nonce);
  const isOver = before.isTheirs && before.inner === 1;
  write(isOver ? others : [...others, { ...before, inner: before.inner - 1 }]);
  return true;
}

/** The hold was given back: later steps must not take it for theirs. */
export function takeBack({ nonce }: Hold): void {
  write(listed().filter((handed) => handed.nonce !== nonce));
}

export function handedOn(identity: Identity, repository: string): Mine {
  const holds = listed();
  const here = holds.filter((handed) => handed.repository === repository.toLowerCase());
  const told = (process.env.REFLOCK_CLAIM ?? "").split(/\s+/).filter((nonce) => nonce !== "");
  return {
    nonces: new Set([...told, ...holds.map(({ nonce }) => nonce)]),
    handed: (lock: LockName) => here.find(({ prefix }) => prefix === lock.prefix)?.token ?? null,
    identity,
  };
}

function listed(): readonly Handed[] {
  try {
    const holds: unknown = JSON.parse(process.env.REFLOCK_HOLDS ?? "[]");
    return Array.isArray(holds) ? (holds as Handed[]) : [];
  } catch {
    return [];
  }
}

function write(holds: readonly Handed[]): void {
  exportVariable("REFLOCK_HOLDS", JSON.stringify(holds));
  exportVariable("REFLOCK_NAME", holds.map(({ name }) => name).join(" "));
  exportVariable("REFLOCK_CLAIM", holds.map(({ nonce }) => nonce).join(" "));
  exportVariable("REFLOCK_TOKEN", holds.map(({ token }) => token).join(" "));
}
