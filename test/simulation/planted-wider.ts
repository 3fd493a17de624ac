/**
 * Owns mistakes that somebody could make about freezes, several locks and further attempts of a run, each as a small change around the real code. The
 * simulator must find every one of them.
 */
import { acquire } from "../../src/lock/acquire.ts";
import type { acquireAll } from "../../src/lock/acquire-all.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { Run } from "../../src/lock/identity.ts";
import type { Journal, Ports } from "../../src/lock/ports.ts";
import type { Commit } from "../../src/lock/refs.ts";
import type { Mistake } from "./planted.ts";

/** Shows commits otherwise than they are. */
function reading(ports: Ports, show: (message: string) => string): Ports {
  const shown = <Read extends Commit | null>(commit: Read): Read =>
    commit === null ? commit : { ...commit, message: show(commit.message) };
  const { store } = ports;
  return {
    ...ports,
    store: {
      ...store,
      read: async (oid) => shown(await store.read(oid)),
      tipCommit: async (ref) => shown(await store.tipCommit(ref)),
      history: async (oid, limit) => (await store.history(oid, limit)).map(shown),
    },
  };
}

/** Claims of an earlier attempt look as if this job had written them. */
function asOurs(message: string, run: Run): string {
  const start = message.indexOf("\n\n");
  const fields = JSON.parse(message.slice(start)) as { kind: string; run?: Run | null };
  if (fields.kind !== "claim" || fields.run?.id !== run.id) return message;
  return `${message.slice(0, start)}\n\n${JSON.stringify({ ...fields, run })}`;
}

/** Is content with the first slot of a freeze. */
const acquireHastily: typeof acquire = (ports, wish) => {
  if (!wish.freeze) return acquire(ports, wish);
  return new Promise<Hold>((resolve, reject) => {
    const journal: Journal = {
      ...ports.journal,
      saveHold(hold) {
        ports.journal.saveHold(hold);
        if (hold.acquiredAtMs !== null) resolve(hold);
      },
    };
    acquire({ ...ports, journal }, wish).then(resolve, reject);
  });
};

/** One after the other as they are named; `keep` what was had, where not all can be had. */
const acquireEach: typeof acquireAll = async (ports, locks, wish) => {
  const holds: Hold[] = [];
  const handed = () => null;
  for (const lock of locks) {
    const nonces = new Set(holds.map(({ nonce }) => nonce));
    holds.push(await acquire(ports, { ...wish, lock, mine: { ...wish.mine, nonces, handed } }));
  }
  return holds;
};

const acquireSorted: typeof acquireAll = (ports, locks, wish) =>
  acquireEach(
    ports,
    locks.toSorted((a, b) => (a.encoded < b.encoded ? -1 : 1)),
    wish,
  );

/** Freezes that wait are left out of what is read, but one's own. */
function withoutFreezes(ports: Ports): Ports {
  const own = new Set<string>();
  const { store } = ports;
  return {
    ...ports,
    store: {
      ...store,
      async list(prefix) {
        const listing = await store.list(prefix);
        const refs = listing.refs.filter(({ name }) => own.has(name) || !name.includes("/queue/00000000-"));
        return { ...listing, refs };
      },
      async transact(changes) {
        for (const { ref } of changes) own.add(ref);
        return await store.transact(changes);
      },
    },
  };
}

export const WIDER_MISTAKES: readonly Mistake[] = [
  {
    what: "a freeze is complete with its first slot",
    policy: { acquire: acquireHastily },
    breaks: [1],
  },
  {
    what: "nobody sees that a claim is of a freeze",
    policy: {
      wrapPorts: (ports) => reading(ports, (message) => message.replace('"freeze": true', '"freeze": false')),
    },
    breaks: [3],
  },
  {
    what: "a freeze that waits is passed by",
    policy: { wrapPorts: withoutFreezes },
    breaks: [4],
  },
  {
    what: "an attempt takes the hold of an earlier one for its own",
    policy: {
      acquire: (ports, wish) => {
        const { run } = wish.who;
        return acquire(run === null ? ports : reading(ports, (message) => asOurs(message, run)), wish);
      },
    },
    breaks: [1],
  },
  {
    what: "who can't have all locks keeps what it has",
    policy: { acquireAll: acquireSorted },
    breaks: [3],
  },
  {
    what: "several locks are taken in the order in which they are named",
    policy: { acquireAll: acquireEach },
    breaks: [4],
  },
];
