/** What a plain process wants, over a store that dates nothing. Owns the short forms; must not know what becomes of it. */

import type { Wish } from "../../src/lock/attempt.ts";
import { readRecord } from "../../src/lock/entry.ts";
import { handedNothing } from "../../src/lock/identity.ts";
import { logRef } from "../../src/lock/name.ts";
import { type Memory, memory } from "./memory.ts";
import { LOCK, person } from "./situations.ts";

export const LEASE_SECONDS = 300;
export const LEASE_MS = LEASE_SECONDS * 1000;
export const LOG = logRef(LOCK, 1);

/** A store whose dates are this machine's, as over plain git. */
export function local(): Memory {
  const m = memory();
  Object.assign(m.ports, { store: { ...m.ports.store, clock: "local" } });
  return m;
}

export function wish(more: Partial<Wish> = {}): Wish {
  const who = person({ pid: 7 });
  return {
    ...{ lock: LOCK, slots: 1, scope: "job", waitMs: Infinity, maxHoldSeconds: null, freeze: false },
    ...{ leaseSeconds: LEASE_SECONDS, reason: null, who, mine: handedNothing(who) },
    ...more,
  };
}

export function recordAt(m: Memory, ref = LOG) {
  const commit = m.world.commits.get(m.refs.get(ref) ?? "");
  if (commit === undefined) throw new Error(`${ref} is nowhere`);
  return readRecord(commit);
}
