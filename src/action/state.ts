/**
 * What post has to know, saved while main works. Owns its form; must not know what becomes of it.
 * State comes back even from a main that was killed, if it was saved first (docs/github-facts.md).
 */
import { getState, saveState } from "@actions/core";
import { LockError } from "../lock/errors.ts";
import type { Hold } from "../lock/hold.ts";
import type { Identity } from "../lock/identity.ts";
import type { Journal } from "../lock/ports.ts";
import type { Ticket } from "../lock/ticket.ts";
import type { Connection, Way } from "../wire.ts";

export interface State {
  readonly version: 1;
  /** Post reads no inputs: inside composite actions it can see wrong ones. */
  readonly connection: Connection;
  readonly way: Way;
  readonly who: Identity;
  /** Every claim that is held, or that some late write may yet bring to life. */
  readonly holds: readonly Hold[];
  /** Every ticket that is in the queue, or may yet get there. */
  readonly tickets: readonly Ticket[];
}

const NAME = "reflock";

/** What the store finds out while main works, and post need not find out again. */
export interface Learned {
  way(): Way;
  nodeId(): string | null;
}

/** Saves the whole state at each change, synchronously: the last one written is the one that post sees. */
export function openJournal(
  { connection, who }: Pick<State, "connection" | "who">,
  { way, nodeId }: Learned,
): Journal {
  const holds = new Map<string, Hold>();
  const tickets = new Map<string, Ticket>();
  const write = () => {
    const state: State = {
      version: 1,
      connection: { ...connection, nodeId: nodeId() },
      way: way(),
      who,
      holds: [...holds.values()],
      tickets: [...tickets.values()],
    };
    saveState(NAME, state);
  };
  return {
    saveHold(hold) {
      holds.set(hold.claim, hold);
      write();
    },
    forgetHold(hold) {
      if (holds.delete(hold.claim)) write();
    },
    saveTicket(ticket) {
      tickets.set(ticket.ref, ticket);
      write();
    },
    forgetTicket(ticket) {
      if (tickets.delete(ticket.ref)) write();
    },
  };
}

/** `null` where main saved nothing: it never got as far as sending a claim. */
export function loadState(): State | null {
  const text = getState(NAME);
  if (text === "") return null;
  const state = JSON.parse(text) as State;
  if (state.version !== 1)
    throw new LockError(
      "foreign",
      "The step's state was saved by another version of reflock than this post step",
    );
  return state;
}
