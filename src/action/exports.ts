/**
 * What is handed on to later steps in environment variables: the holds of this job, so far.
 * `REFLOCK_NAME`, `REFLOCK_CLAIM` (nonces) and `REFLOCK_TOKEN` are lists of equal length, separated by spaces. `REFLOCK_INNER` lists a nonce once for
 * each step that re-entered its hold and has not released it: those releases only count down.
 */
import { exportVariable } from "@actions/core";
import type { Hold } from "../lock/hold.ts";
import type { Identity, Mine } from "../lock/identity.ts";

export function handOn(hold: Hold): void {
  if (!listed("REFLOCK_CLAIM").includes(hold.nonce)) {
    append("REFLOCK_NAME", hold.lock.text);
    append("REFLOCK_CLAIM", hold.nonce);
    append("REFLOCK_TOKEN", String(hold.sequence));
  }
  if (hold.reentered) append("REFLOCK_INNER", hold.nonce);
}

/** Counts one inner release down. @returns whether there was one to count: if not, the hold itself is to be given back */
export function countDown(nonce: string): boolean {
  return remove("REFLOCK_INNER", nonce);
}

/** Takes what was handed on of one hold out of the lists again, so that later steps do not take it for theirs. */
export function takeBack(hold: Hold): void {
  remove("REFLOCK_NAME", hold.lock.text);
  remove("REFLOCK_CLAIM", hold.nonce);
  remove("REFLOCK_TOKEN", String(hold.sequence));
}

export function handedOn(identity: Identity): Mine {
  const names = ` ${process.env.REFLOCK_NAME ?? ""} `;
  return {
    nonces: new Set(listed("REFLOCK_CLAIM")),
    wasHanded: (lock) => names.includes(` ${lock} `),
    identity,
  };
}

function listed(variable: string): string[] {
  return (process.env[variable] ?? "").split(/\s+/).filter((item) => item !== "");
}

function append(variable: string, item: string): void {
  const list = process.env[variable] ?? "";
  exportVariable(variable, list === "" ? item : `${list} ${item}`);
}

/** Names may have spaces in them, so that the list is searched as text. */
function remove(variable: string, item: string): boolean {
  const list = ` ${process.env[variable] ?? ""} `;
  const at = list.lastIndexOf(` ${item} `);
  if (at < 0) return false;
  exportVariable(variable, (list.slice(0, at) + list.slice(at + item.length + 1)).trim());
  return true;
}
