/** The store that the unit tests use keeps the contract as well, so that what passes there is worth something. */
import { LockError } from "../../src/lock/errors.ts";
import type { RefStore } from "../../src/lock/ports.ts";
import type { Oid } from "../../src/lock/refs.ts";
import { storeOf } from "../unit/memory.ts";
import { world } from "../unit/situations.ts";
import { storeContract } from "./store-contract.ts";

storeContract("memory", { comparesAll: true }, async () => {
  const [made, refs] = [world(), new Map<string, Oid>()];
  let lost: "request" | "answer" | null = null;
  const isLost = (what: typeof lost): boolean => {
    if (what !== lost) return false;
    lost = null;
    return true;
  };
  const unreliable = (store: RefStore): RefStore => {
    const or = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
      return async (...args: Args): Promise<Result> => {
        if (isLost("request")) throw new LockError("unreachable", "lost");
        const result = await call(...args);
        if (isLost("answer")) throw new LockError("unreachable", "lost");
        return result;
      };
    };
    const { list, tip, tipCommit, read, history, write, transact } = store;
    return {
      ...{
        clock: store.clock,
        pollMs: store.pollMs,
        comparesAll: store.comparesAll,
        list: or(list),
        tip: or(tip),
        tipCommit: or(tipCommit),
      },
      ...{ read: or(read), history: or(history), write: or(write) },
      transact: (changes) => or(transact)(changes).catch(() => "unknown" as const),
    };
  };
  return {
    connect: async () => unreliable(storeOf(made, refs)),
    tip: async (ref) => refs.get(ref) ?? null,
    set: async (ref, oid) => void (oid === null ? refs.delete(ref) : refs.set(ref, oid)),
    lose: (what) => {
      lost = what;
    },
    close: async () => {},
  };
});
