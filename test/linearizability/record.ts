/**
 * Owns what is written down while the policy works: each operation that a job asks for, when, and what it was told; each claim that may come to life,
 * from the moment when it is saved; and each end of a job or of a time limit, from the moment when somebody could know. Wraps a policy and changes
 * nothing of what it does. Must not judge, nor know what scene it is in.
 *
 * What is put in between the policy and its ports is nearest to the world, so that a policy with mistakes in its ports is recorded as it truly asks.
 */
import type { Hold } from "../../src/lock/hold.ts";
import type { LockName } from "../../src/lock/name.ts";
import type { GivenBack } from "../../src/lock/release.ts";
import type { Policy } from "../simulation/scene.ts";
import { ownerOf } from "./commits.ts";
import { createEvidence, type Evidence } from "./evidence.ts";
import type { LockOperation } from "./lock.ts";
import type { Action } from "./state.ts";

export interface Recorder {
  readonly policy: Policy;
  /** What happened so far, by the encoded name of the lock. */
  histories(): ReadonlyMap<string, readonly LockOperation[]>;
}

/** Of what a call was told, by what it threw. */
const TOLD: Readonly<Record<string, "others" | "owner">> = { lost: "others", "not-held": "owner" };

interface Notes extends Evidence {
  tell(name: LockName, what: string, action: Action, invokedAt: number): void;
  /** Something that may have taken effect; what it returns is called once it is known what was told, with `null` for nothing at all. */
  ask(name: LockName, what: string, action: Action): (told: Action | null) => void;
}

export function record(policy: Policy): Recorder {
  const told = new Map<string, LockOperation[]>();
  const evidence = createEvidence();
  const listOf = (name: string) => {
    const list = told.get(name) ?? [];
    told.set(name, list);
    return list;
  };
  const notes: Notes = {
    ...evidence,
    tell(lock, what, action, invokedAt) {
      listOf(lock.encoded).push({ what, action, invokedAt, returnedAt: evidence.tick() });
    },
    ask(lock, what, action) {
      const list = listOf(lock.encoded);
      const asked = { what, action, invokedAt: evidence.tick(), returnedAt: null };
      list.push(asked);
      return (said) => {
        list.splice(list.indexOf(asked), 1);
        if (said !== null)
          list.push({
            what: `${what}: ${said.kind}`,
            action: said,
            invokedAt: asked.invokedAt,
            returnedAt: evidence.tick(),
          });
      };
    },
  };
  return {
    policy: {
      ...policy,
      wrapPorts: (ports) => policy.wrapPorts(evidence.watch(ports)),
      acquire: recordAcquire(policy, notes),
      acquireAll: recordAcquireAll(policy, notes),
      check: recordCheck(policy, notes),
      findOwn: recordFindOwn(policy, notes),
      clear: recordClear(policy, notes),
      giveBack: async (ports, hold, ending, ...rest) => {
        const isTold = askBack(notes, hold, ownerOf(ending.by));
        const given = await policy.giveBack(ports, hold, ending, ...rest);
        isTold(given);
        return given;
      },
      giveAllBack: recordGiveAllBack(policy, notes),
    },
    histories() {
      const all = new Map<string, readonly LockOperation[]>();
      for (const name of new Set([...told.keys(), ...evidence.names()]))
        all.set(name, [...(told.get(name) ?? []), ...evidence.operations(name)]);
      return all;
    },
  };
}

function recordAcquire(policy: Policy, notes: Notes): Policy["acquire"] {
  return async (ports, wish) => {
    const invokedAt = notes.tick();
    const hold = await policy.acquire(ports, wish);
    tellAcquired(notes, hold, ownerOf(wish.who), invokedAt);
    return hold;
  };
}

function recordAcquireAll(policy: Policy, notes: Notes): Policy["acquireAll"] {
  return async (ports, locks, wish) => {
    const invokedAt = notes.tick();
    const holds = await policy.acquireAll(ports, locks, wish);
    for (const hold of holds) tellAcquired(notes, hold, ownerOf(wish.who), invokedAt);
    return holds;
  };
}

function tellAcquired(notes: Notes, hold: Hold, owner: string, invokedAt: number): void {
  const { lock, nonce, slot, sequence } = hold;
  const id = holdId(nonce, slot);
  if (hold.reentered) {
    notes.tell(lock, `${owner} enters ${id} again`, { kind: "reenter", hold: id }, invokedAt);
    return;
  }
  const claim = { ...notes.claimOf(hold, owner), owner, slot, token: sequence };
  const completes = claim.freeze !== null;
  notes.confirm(hold, completes);
  const what = `${owner} acquires slot ${slot} with token ${sequence}: ${id}`;
  notes.tell(lock, what, { kind: "acquire", claim, completes }, invokedAt);
  // Each other part of a freeze was asserted, one after the other.
  for (let other = 1; completes && other < slot; other++) {
    const part = holdId(nonce, other);
    notes.tell(
      lock,
      `${owner} has frozen ${part}`,
      { kind: "check", hold: part, owner, sinceMs: 0 },
      invokedAt,
    );
  }
}

function recordCheck(policy: Policy, notes: Notes): Policy["check"] {
  return async (ports, lock, mine, ...rest) => {
    const invokedAt = notes.tick();
    const owner = ownerOf(mine.identity);
    try {
      const checked = await policy.check(ports, lock, mine, ...rest);
      const hold = notes.find(checked.hold.nonce, checked.hold.slot);
      notes.tell(
        lock,
        `${owner} checks ${hold}: it stands`,
        { kind: "check", hold, owner, sinceMs: 0 },
        invokedAt,
      );
      return checked;
    } catch (error) {
      const by = TOLD[String((error as { kind?: unknown } | null)?.kind)];
      const [nonce] = mine.nonces;
      if (by !== undefined && nonce !== undefined && mine.nonces.size === 1) {
        const hold = notes.find(nonce);
        notes.tell(
          lock,
          `${owner} checks ${hold}: lost to ${by}`,
          { kind: "told-lost", hold, by },
          invokedAt,
        );
      }
      throw error;
    }
  };
}

/** That a hold stands is read, and promises nothing; that it has ended stands in the log. */
function recordFindOwn(policy: Policy, notes: Notes): Policy["findOwn"] {
  return async (ports, lock, mine, patience) => {
    const invokedAt = notes.tick();
    const own = await policy.findOwn(ports, lock, mine, patience);
    if (own.kind === "ended") {
      const { ends, slot, outcome, by } = own.entry;
      const hold = notes.find(ends, slot ?? undefined);
      const ending = { outcome, by: ownerOf(by) };
      notes.tell(
        lock,
        `${ownerOf(mine.identity)} reads that ${hold} was ${outcome}`,
        { kind: "told-ended", hold, ending },
        invokedAt,
      );
    }
    return own;
  };
}

function recordClear(policy: Policy, notes: Notes): Policy["clear"] {
  return async (ports, lock, clearing, patience) => {
    const invokedAt = notes.tick();
    const results = await policy.clear(ports, lock, clearing, patience);
    const by = ownerOf(clearing.by);
    for (const { what, oid, result } of results) {
      const claim = notes.claimAt(oid);
      if (!what.startsWith("the hold") || claim === null) continue;
      const { hold } = claim;
      const named = clearing.force || claim.freeze !== null;
      if (result === "cleared")
        notes.tell(lock, `${by} clears ${hold}`, { kind: "clear", hold, by, named }, invokedAt);
      if (result === "too-late")
        notes.tell(lock, `${by} is too late to clear ${hold}`, { kind: "told-changed", hold }, invokedAt);
    }
    return results;
  };
}

function recordGiveAllBack(policy: Policy, notes: Notes): Policy["giveAllBack"] {
  return async (ports, left, ending, patienceMs) => {
    const owner = ownerOf(ending.by);
    const asked = new Map(left.holds.map((hold) => [hold.claim, askBack(notes, hold, owner)]));
    const results = await policy.giveAllBack(ports, left, ending, patienceMs);
    for (const done of results) {
      if ("given" in done) asked.get(done.hold.claim)?.(done.given);
    }
    return results;
  };
}

function askBack(notes: Notes, hold: Hold, owner: string): (given: GivenBack) => void {
  const id = holdId(hold.nonce, hold.slot);
  if (hold.reentered) return () => {};
  const isTold = notes.ask(hold.lock, `${owner} gives back ${id}`, { kind: "release", hold: id, owner });
  return (given) => isTold(toldBy(given, id, owner));
}

function toldBy(given: GivenBack, hold: string, owner: string): Action | null {
  switch (given.kind) {
    case "released":
      return { kind: "release", hold, owner };
    case "ended":
      return {
        kind: "told-ended",
        hold,
        ending: { outcome: given.entry.outcome, by: ownerOf(given.entry.by) },
      };
    case "never-held":
      return { kind: "bury", hold };
    case "gone":
      // Without hands in it, no log loses anything: nothing in the model fits this.
      return { kind: "told-lost", hold: `${hold}, of which no trace is left`, by: "others" };
    case "lasted":
    case "renewed":
      return null;
  }
}

export function holdId(nonce: string, slot: number): string {
  return `${nonce}/${slot}`;
}
