/**
 * Owns what real processes were asked and told, by one monotonic clock: from before a process is started until it has ended. Whoever takes a lock gives
 * a reason that nobody else gives: so the log, read at the end by the command line, tells which of those who were never answered held after all. That
 * reading is itself an operation of the history. Must not start processes, nor judge.
 */
import type { LockOperation } from "./lock.ts";
import type { Action, Ending } from "./state.ts";

export interface Place {
  readonly slot: number;
  readonly token: number;
}

/** One wish for a lock, made by one process. */
export interface Wish {
  /** The reason that it gives. */
  readonly label: string;
  readonly name: string;
  readonly owner: string;
  readonly invokedAt: number;
  readonly leaseMs: number | null;
  /** Tells what it was told; never called where nothing was. */
  told(place: Place): void;
}

/** As `reflock log --json` tells it. */
export interface Logged {
  readonly slot: number;
  readonly token: number | null;
  readonly claim: string;
  readonly reason: string | null;
  readonly outcome: Ending["outcome"] | "held";
}

export interface Ledger {
  wish(name: string, owner: string, leaseMs?: number | null): Wish;
  /** Something that may have been done; what it returns tells what was said of it, or with `null` that nothing was done. */
  ask(name: string, what: string, action: Action): (told: Action | null, what?: string) => void;
  /** The job is over: called before anybody can know. */
  over(name: string, owner: string): void;
  /** Of all that was asked, with the logs of all slots, as they were read at the end. */
  history(
    name: string,
    slots: number,
    read: { readonly holds: readonly Logged[]; readonly invokedAt: number },
  ): LockOperation[];
}

interface Wished extends Wish {
  place: Place | null;
  returnedAt: number | null;
}

export function holdOf({ label }: Wish, { slot, token }: Place): string {
  return `${label}, slot ${slot}, token ${token}`;
}

export function openLedger(): Ledger {
  const wishes: Wished[] = [];
  const asked = new Map<string, LockOperation[]>();
  const listOf = (name: string) => {
    const list = asked.get(name) ?? [];
    asked.set(name, list);
    return list;
  };
  return {
    wish(name, owner, leaseMs = null) {
      const wish: Wished = {
        ...{ label: `wish ${wishes.length + 1}`, name, owner, leaseMs },
        ...{ invokedAt: performance.now(), place: null, returnedAt: null },
        told(place) {
          Object.assign(wish, { place, returnedAt: performance.now() });
          const hold = holdOf(wish, place);
          if (leaseMs !== null) listOf(name).push(lapseOf(hold, wish.invokedAt, leaseMs));
        },
      };
      wishes.push(wish);
      return wish;
    },
    ask(name, what, action) {
      const list = listOf(name);
      const entry = { what, action, invokedAt: performance.now(), returnedAt: null };
      list.push(entry);
      return (told, said = what) => {
        list.splice(list.indexOf(entry), 1);
        if (told === null) return;
        list.push({ what: said, action: told, invokedAt: entry.invokedAt, returnedAt: performance.now() });
        const lease = told.kind === "check" ? leaseOf(wishes, told.hold) : null;
        if (told.kind === "check" && lease !== null) list.push(lapseOf(told.hold, told.sinceMs, lease));
      };
    },
    over(name, owner) {
      const at = performance.now();
      const action: Action = { kind: "over", life: owner };
      listOf(name).push({ what: `${owner} is over`, action, invokedAt: at, returnedAt: at });
    },
    history(name, slots, { holds, invokedAt }) {
      const reading = readingOf(slots, holds, invokedAt);
      const own = wishes.filter((wish) => wish.name === name);
      return [...(asked.get(name) ?? []), ...own.flatMap((wish) => operationsOf(wish, holds)), ...reading];
    },
  };
}

function leaseOf(wishes: readonly Wished[], hold: string): number | null {
  const wish = wishes.find((one) => one.place !== null && holdOf(one, one.place) === hold);
  return wish?.leaseMs ?? null;
}

/** Nobody may think so before. */
function lapseOf(hold: string, sinceMs: number, leaseMs: number): LockOperation {
  const at = sinceMs + leaseMs;
  return {
    what: `a lease of ${hold} is over`,
    action: { kind: "lapse", hold, sinceMs },
    invokedAt: at,
    returnedAt: at,
  };
}

/** What was told; and what the log shows beside it, of which nobody was told, and which its own process may have given up. */
function operationsOf(wish: Wished, logged: readonly Logged[]): LockOperation[] {
  const { label, owner, place, invokedAt, returnedAt } = wish;
  const found: LockOperation[] = [];
  if (place !== null) {
    const what = `${owner} acquires slot ${place.slot} with token ${place.token} (${label})`;
    found.push({ what, action: acquireOf(wish, place), invokedAt, returnedAt });
  }
  for (const { slot, token, reason } of logged) {
    if (reason !== label || token === null || (place?.slot === slot && place.token === token)) continue;
    const hold = holdOf(wish, { slot, token });
    const times = { invokedAt, returnedAt: null };
    found.push({
      what: `${owner}, never answered, holds ${hold}`,
      action: acquireOf(wish, { slot, token }),
      ...times,
    });
    found.push({ what: `${owner} may give up ${hold}`, action: { kind: "release", hold, owner }, ...times });
    if (wish.leaseMs !== null) found.push(lapseOf(hold, invokedAt, wish.leaseMs));
  }
  return found;
}

function acquireOf(wish: Wish, place: Place): Action {
  const { owner, invokedAt } = wish;
  const hold = holdOf(wish, place);
  return { kind: "acquire", claim: { hold, owner, life: owner, ...place, freeze: null, sinceMs: invokedAt } };
}

function readingOf(slots: number, holds: readonly Logged[], invokedAt: number): LockOperation[] {
  const returnedAt = performance.now();
  return Array.from({ length: slots }, (_, index) => {
    const slot = index + 1;
    const own = holds.filter((hold) => hold.slot === slot).sort((a, b) => (a.token ?? 0) - (b.token ?? 0));
    const logged = own.map(({ reason, token, outcome }) => ({
      ...{ hold: `${reason}, slot ${slot}, token ${token}`, token: token ?? 0, outcome },
    }));
    return {
      ...{ what: `the log of slot ${slot} is read: ${logged.length} holds`, invokedAt, returnedAt },
      action: { kind: "log", slot, holds: logged },
    };
  });
}
