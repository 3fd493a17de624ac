/**
 * What is handed on to later steps in environment variables: the holds of this job, so far.
 * Owns what a step changes in that list; must not know its form.
 */
import { exportVariable } from "@actions/core";
import { type Handed, noncesTold, readHanded, showHanded } from "../lock/handed.ts";
import type { Hold } from "../lock/hold.ts";
import type { Identity, Mine } from "../lock/identity.ts";
import type { LockName } from "../lock/name.ts";

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
  const here = listed().filter((handed) => handed.repository === repository.toLowerCase());
  return {
    nonces: noncesTold(process.env),
    handed: (lock: LockName) => here.find(({ prefix }) => prefix === lock.prefix)?.token ?? null,
    identity,
  };
}

function listed(): readonly Handed[] {
  return readHanded(process.env);
}

function write(holds: readonly Handed[]): void {
  for (const [name, value] of Object.entries(showHanded(holds))) exportVariable(name, value);
}
