/**
 * Owns mistakes that somebody could make in the policy, each as a small change around the real code. The simulator must find every one of them.
 */

import { acquire } from "../../src/lock/acquire.ts";
import { isLogRef } from "../../src/lock/name.ts";
import type { Ports, RefStore } from "../../src/lock/ports.ts";
import type { RefChange } from "../../src/lock/refs.ts";
import { giveAllBack, giveBack } from "../../src/lock/release.ts";
import type { Policy } from "./scene.ts";

export interface Mistake {
  readonly what: string;
  readonly policy: Partial<Policy>;
  /** The promises that it breaks. */
  readonly breaks: readonly number[];
}

function withStore(change: (store: RefStore) => Partial<RefStore>): Partial<Policy> {
  return { wrapPorts: (ports) => ({ ...ports, store: { ...ports.store, ...change(ports.store) } }) };
}

function withPorts(change: (ports: Ports) => Partial<Ports>): Partial<Policy> {
  return { wrapPorts: (ports) => ({ ...ports, ...change(ports) }) };
}

/** What the change names as expected is not compared: whatever is there is replaced. */
async function withTruth(store: RefStore, changes: readonly RefChange[], isMeant: (ref: string) => boolean) {
  return await Promise.all(
    changes.map(async (change) =>
      isMeant(change.ref) ? { ...change, from: await store.tip(change.ref) } : change,
    ),
  );
}

export const MISTAKES: readonly Mistake[] = [
  {
    what: "a swap does not compare what is there",
    policy: { compares: false },
    breaks: [1, 2],
  },
  {
    what: "the holder ref decides instead of the log",
    policy: withStore((store) => ({
      transact: async (changes) => await store.transact(await withTruth(store, changes, isLogRef)),
    })),
    breaks: [1, 2, 7],
  },
  {
    what: "a claim has no nonce of its own",
    policy: withPorts(() => ({ uuid: () => "00000000-0000-4000-8000-000000000000" })),
    breaks: [1, 2, 6, 7],
  },
  {
    what: "silence is taken for success",
    policy: withStore((store) => ({
      async transact(changes) {
        const outcome = await store.transact(changes);
        return outcome === "unknown" ? "applied" : outcome;
      },
    })),
    breaks: [1, 6],
  },
  {
    what: "a claim is saved only once it is held",
    policy: withPorts(({ journal }) => ({
      journal: {
        ...journal,
        saveHold(hold) {
          if (hold.acquiredAtMs !== null) journal.saveHold(hold);
        },
      },
    })),
    breaks: [3],
  },
  {
    what: "post leaves claims alone that were never entered",
    policy: {
      giveAllBack: (ports, left, ...rest) =>
        giveAllBack(
          ports,
          { ...left, holds: left.holds.filter(({ acquiredAtMs }) => acquiredAtMs !== null) },
          ...rest,
        ),
    },
    breaks: [3],
  },
  {
    what: "post leaves what it was asked to give back",
    policy: { giveAllBack: async () => [] },
    breaks: [3],
  },
  {
    what: "who gives back looks at the lock, not at its own claim",
    policy: {
      async giveBack(ports, hold, ...rest) {
        const tip = await ports.store.tip(`${hold.lock.prefix}log/${hold.slot}`);
        return await giveBack(ports, { ...hold, claim: tip ?? hold.claim }, ...rest);
      },
      giveAllBack: async (ports, left, ending, patienceMs) =>
        await Promise.all(
          left.holds.map(async (hold) => {
            const tip = (await ports.store.tip(`${hold.lock.prefix}log/${hold.slot}`)) ?? hold.claim;
            const patience = { untilMs: ports.clock.monotonicMs() + patienceMs };
            return { hold, given: await giveBack(ports, { ...hold, claim: tip }, ending, patience) };
          }),
        ),
    },
    breaks: [2, 3, 6, 7],
  },
  {
    what: "a lost hold is given back without a word",
    policy: {
      giveAllBack: async (...args) =>
        (await giveAllBack(...args)).flatMap(({ hold }) =>
          hold === null ? [] : [{ hold, given: { kind: "released", heldSeconds: 1 } }],
        ),
    },
    breaks: [6],
  },
  {
    what: "check does not look",
    policy: {
      check: async (_ports, _lock, mine) => {
        const [nonce = ""] = mine.nonces;
        return { hold: { nonce } as never, claim: lastClaim.get(nonce) ?? "", sentMs: 0 };
      },
      acquire: async (ports, wish) => {
        const hold = await acquire(ports, wish);
        lastClaim.set(hold.nonce, hold.claim);
        return hold;
      },
    },
    breaks: [6],
  },
  {
    what: "every hold has the same fencing token",
    policy: { acquire: async (ports, wish) => ({ ...(await acquire(ports, wish)), sequence: 1 }) },
    breaks: [8],
  },
  {
    what: "nobody looks at the queue",
    policy: withStore((store) => ({
      async list(prefix) {
        const listing = await store.list(prefix);
        const own = listing.refs.filter(({ name }) => name.includes("/queue/")).slice(-1);
        const others = listing.refs.filter(({ name }) => !name.includes("/queue/"));
        return { ...listing, refs: [...others, ...own] };
      },
    })),
    breaks: [4],
  },
  {
    what: "who cannot be seen is taken for dead",
    policy: withPorts(({ liveness }) => ({
      liveness: {
        async judge(subject) {
          const verdict = await liveness.judge(subject);
          return verdict.state === "unknown" ? { ...verdict, state: "dead" } : verdict;
        },
      },
    })),
    breaks: [3],
  },
  {
    what: "a waiter gives up its place only where its ticket still stands",
    policy: withStore((store) => ({
      transact: async (changes) =>
        changes.length === 1 && changes[0]?.to === null ? "conflict" : await store.transact(changes),
    })),
    breaks: [3, 7],
  },
];

const lastClaim = new Map<string, string>();
