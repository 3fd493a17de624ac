/**
 * What the suites of the contract play on: a repository, two clients, and refs that no other test uses.
 * Owns the short forms of what they all do; must not know what is promised.
 */
import { afterAll, beforeAll } from "vitest";
import type { Outcome, RefStore } from "../../src/lock/ports.ts";
import type { Oid, RefChange } from "../../src/lock/refs.ts";

/** A repository that some clients share, and a hand that reaches past all of them. */
export interface Arena {
  /** Another client of the repository. They may be of several kinds in turn. */
  connect(): Promise<RefStore>;
  /** Where a ref really stands. */
  tip(ref: string): Promise<Oid | null>;
  /** Sets it, or deletes it, by hand. */
  set(ref: string, oid: Oid | null): Promise<void>;
  /** Lets the next request of any client get lost on its way, or the answer to it. */
  lose(what: "request" | "answer"): void;
  close(): Promise<void>;
}

export interface Promises {
  /** Whether all refs of a transaction are compared, or the log alone, which the others then follow. */
  readonly comparesAll: boolean;
  /** What asks nobody, once a client knows the repository: so that nothing of it can get lost. */
  readonly local?: readonly (keyof RefStore)[];
}

/** Refs of a lock that no other test uses. */
export interface Place {
  readonly prefix: string;
  readonly log: string;
  readonly marker: string;
  ticket(name: string): string;
}

export interface Stage {
  readonly arena: Arena;
  readonly one: RefStore;
  readonly other: RefStore;
  newPlace(): Place;
  /** A commit that nobody has. */
  write(store: RefStore, parent?: Oid | null): Promise<Oid>;
  /** Lets a log stand at a commit without a parent. */
  begun(place: Place): Promise<Oid>;
  /** A refusal without a reason is told as a conflict, once: where nothing has moved, the same change is sent again. */
  transact(store: RefStore, ...changes: RefChange[]): Promise<Outcome>;
  tips(...refs: string[]): Promise<(Oid | null)[]>;
}

export function placeOf(encoded: string): Place {
  const prefix = `refs/locks/${encoded}/`;
  return {
    prefix,
    log: `${prefix}log/1`,
    marker: `${prefix}holder/1`,
    ticket: (of) => `${prefix}queue/${of}`,
  };
}

export function change(ref: string, from: Oid | null, to: Oid | null): RefChange {
  return { ref, from, to };
}

/** To be called where the suite is described: it opens before its tests and closes after them. */
export function setStage(open: () => Promise<Arena>): Stage {
  let set: Pick<Stage, "arena" | "one" | "other"> | null = null;
  let places = 0;
  let writes = 0;

  beforeAll(async () => {
    const arena = await open();
    set = { arena, one: await arena.connect(), other: await arena.connect() };
  });

  afterAll(async () => {
    await set?.arena.close();
  });

  const present = () => {
    if (set === null) throw new Error("the stage is not set before the tests begin");
    return set;
  };
  const stage: Stage = {
    get arena() {
      return present().arena;
    },
    get one() {
      return present().one;
    },
    get other() {
      return present().other;
    },
    newPlace: () => placeOf(`place-${++places}`),
    write: async (store, parent = null) => (await store.write(`commit ${++writes}\n`, parent)).oid,
    async begun(place) {
      const root = await stage.write(stage.one);
      await stage.arena.set(place.log, root);
      return root;
    },
    async transact(store, ...changes) {
      const outcome = await store.transact(changes);
      const [deciding] = changes;
      if (outcome !== "conflict" || !deciding) return outcome;
      if ((await stage.arena.tip(deciding.ref)) !== deciding.from) return outcome;
      return await store.transact(changes);
    },
    tips: (...refs) => Promise.all(refs.map((ref) => stage.arena.tip(ref))),
  };
  return stage;
}
