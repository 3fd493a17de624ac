/**
 * Owns mistakes that somebody could make about leases, each as a small change around the real code. The simulator must find every one of them.
 */
import { acquire } from "../../src/lock/acquire.ts";
import { keep } from "../../src/lock/keep.ts";
import { isLogRef } from "../../src/lock/name.ts";
import type { Ports, RefStore } from "../../src/lock/ports.ts";
import type { Commit, Oid, RefChange } from "../../src/lock/refs.ts";
import type { LeasePolicy } from "./leases-scene.ts";

export interface LeaseMistake {
  readonly what: string;
  readonly policy: Partial<LeasePolicy>;
  /** The promises that it breaks. */
  readonly breaks: readonly number[];
}

function withStore(ports: Ports, change: (store: RefStore) => Partial<RefStore>): Ports {
  return { ...ports, store: { ...ports.store, ...change(ports.store) } };
}

function isTicketRenewal(changes: readonly RefChange[]): boolean {
  const [change] = changes;
  return (
    changes.length === 1 && change?.from !== null && change?.to !== null && !isLogRef(change?.ref ?? "log/1")
  );
}

/** Calls back for each commit that is read or written. */
function reading(ports: Ports, see: (commit: Commit) => void): Ports {
  const note = <Read extends Commit | null>(commit: Read): Read => {
    if (commit !== null) see(commit);
    return commit;
  };
  return withStore(ports, (store) => ({
    read: async (oid) => note(await store.read(oid)),
    tipCommit: async (ref) => note(await store.tipCommit(ref)),
    write: async (message, parent) => note(await store.write(message, parent)),
    history: async (oid, limit) => (await store.history(oid, limit)).map(note),
  }));
}

function believingDates(ports: Ports): Ports {
  const dates = new Map<Oid, number>();
  const { sightings, clock } = ports;
  const see = (keys: readonly string[]) => {
    const seen = sightings.see(keys);
    return new Map(
      [...seen].map(([key, ms]) => {
        const date = dates.get(key);
        return [key, date === undefined ? ms : clock.date().getTime() - date];
      }),
    );
  };
  const wrapped = reading(ports, ({ oid, date }) => dates.set(oid, Date.parse(date)));
  return { ...wrapped, sightings: { see } };
}

/** All claims of a hold count as seen since the first of them was. */
function seeingHoldsOnly(ports: Ports): Ports {
  const nonces = new Map<Oid, string>();
  const { sightings } = ports;
  const see = (keys: readonly string[]) => {
    const seen = sightings.see([...keys, ...keys.flatMap((key) => nonces.get(key) ?? [])]);
    return new Map(keys.map((key) => [key, seen.get(nonces.get(key) ?? key) ?? 0]));
  };
  const wrapped = reading(ports, ({ oid, message }) => {
    const nonce = /"nonce": *"([^"]+)"/.exec(message)?.[1];
    if (nonce !== undefined && /"kind": *"claim"/.test(message)) nonces.set(oid, nonce);
  });
  return { ...wrapped, sightings: { see } };
}

/** Begins anew whenever a renewal was answered, as if it had been sent only then. */
const keepFromAnswers: typeof keep = async (ports, hold, keeping) => {
  for (let sentAtMs = hold.sentAtMs ?? ports.clock.monotonicMs(); !keeping.signal.aborted; ) {
    const answered = new AbortController();
    const listening = withStore(ports, (store) => ({
      async transact(changes) {
        const outcome = await store.transact(changes);
        if (outcome === "applied") {
          sentAtMs = ports.clock.monotonicMs();
          answered.abort();
        }
        return outcome;
      },
    }));
    const signal = AbortSignal.any([keeping.signal, answered.signal]);
    await keep(listening, { ...hold, sentAtMs }, { ...keeping, signal });
  }
};

const keepToTheLast: typeof keep = async (ports, hold, keeping) => {
  for (;;) {
    try {
      return await keep(ports, { ...hold, sentAtMs: ports.clock.monotonicMs() }, keeping);
    } catch (error) {
      if (!/about to run out/.test(String(error))) throw error;
    }
  }
};

/** What a claim is renewed by before it is entered is not sent, and counts as applied. */
const acquireAsNew: typeof acquire = async (ports, wish) => {
  const renewals = new Set<Oid>();
  const believing = withStore(ports, (store) => ({
    async write(message, parent) {
      const commit = await store.write(message, parent);
      if (message.slice(0, message.indexOf("\n")).includes(" still held by ops ")) renewals.add(commit.oid);
      return commit;
    },
    transact: async (changes) =>
      changes.some(({ to }) => to !== null && renewals.has(to)) ? "applied" : await store.transact(changes),
  }));
  return await acquire(believing, wish);
};

export const LEASE_MISTAKES: readonly LeaseMistake[] = [
  {
    what: "a lease is judged by the claim's date, instead of by having seen it",
    policy: { wrapPorts: believingDates },
    breaks: [1, 3],
  },
  {
    what: "who keeps a hold counts from the answer, instead of from sending",
    policy: { keep: keepFromAnswers },
    breaks: [1, 3],
  },
  {
    what: "a hold is not renewed",
    policy: {
      keep: (_ports, _hold, { signal }) =>
        new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true })),
    },
    breaks: [1, 3],
  },
  {
    what: "a hold that can't be renewed is kept until somebody else has it",
    policy: { keep: keepToTheLast },
    breaks: [1],
  },
  {
    what: "a ticket is not renewed",
    policy: {
      wrapPorts: (ports) =>
        withStore(ports, (store) => ({
          transact: async (changes) =>
            isTicketRenewal(changes) ? "conflict" : await store.transact(changes),
        })),
    },
    breaks: [4],
  },
  {
    what: "a claim that was settled late counts as new, without being renewed",
    policy: { acquire: acquireAsNew },
    breaks: [1],
  },
  {
    what: "a process of which nobody knows is taken for dead",
    policy: {
      wrapPorts: (ports) => ({
        ...ports,
        liveness: {
          async judge(subject) {
            const verdict = await ports.liveness.judge(subject);
            const isUnknown = subject.who.process !== null && verdict.state === "unknown";
            return isUnknown ? { ...verdict, state: "dead" } : verdict;
          },
        },
      }),
    },
    breaks: [1, 3],
  },
  {
    what: "what was seen for long is kept by its nonce, though it was renewed",
    policy: { wrapPorts: seeingHoldsOnly },
    breaks: [1, 3],
  },
];
