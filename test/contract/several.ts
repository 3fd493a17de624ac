/**
 * Steps of a job in this process, each with a journal of its own as in the action, over as many locks as they like; and what the repository shows of
 * all locks together.
 * Owns the short forms; must not know what is expected.
 */
import { acquireAll } from "../../src/lock/acquire-all.ts";
import type { Wish } from "../../src/lock/attempt.ts";
import { type Checked, check } from "../../src/lock/check.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { handedNothing, type Mine } from "../../src/lock/identity.ts";
import { type LockName, parseName } from "../../src/lock/name.ts";
import { findOwn, type Own } from "../../src/lock/own.ts";
import type { Ports } from "../../src/lock/ports.ts";
import { type GivenBack, giveAllBack, giveBack } from "../../src/lock/release.ts";
import type { Ticket } from "../../src/lock/ticket.ts";
import { holds } from "../hub/oracle.ts";
import type { Client, Ground } from "./ground.ts";

const MINUTE_MS = 60_000;

export interface Step {
  readonly ports: Ports;
  /** What its journal holds. */
  readonly left: { readonly holds: Map<string, Hold>; readonly tickets: Map<string, Ticket> };
  /** Fails fast unless told otherwise. */
  acquire(names: readonly string[], wish?: Partial<Wish>): Promise<Hold[]>;
  check(name: string, mine?: Mine): Promise<Checked>;
  /** What the operation `release` finds, and what becomes of it. */
  release(name: string, mine?: Mine): Promise<GivenBack["kind"] | Own["kind"]>;
  /** What post does with the journal, one hold after the other; of what failed, the kind of the failure. */
  post(): Promise<string[]>;
}

export function stepOf({ time }: Ground, client: Client): Step {
  const { who } = client;
  const left: Step["left"] = { holds: new Map(), tickets: new Map() };
  const ports: Ports = {
    ...client.ports,
    journal: {
      saveHold: (hold) => void left.holds.set(hold.claim, hold),
      forgetHold: (hold) => void left.holds.delete(hold.claim),
      saveTicket: (ticket) => void left.tickets.set(ticket.ref, ticket),
      forgetTicket: (ticket) => void left.tickets.delete(ticket.ref),
    },
  };
  const patience = () => ({ untilMs: time.clock.monotonicMs() + MINUTE_MS });
  const ending = { by: who, reason: null };
  return {
    ports,
    left,
    acquire: (names, wish) =>
      time.work(() => acquireAll(ports, names.map(lockOf), { ...wishOf(client), ...wish })),
    check: (name, mine = handedNothing(who)) => time.work(() => check(ports, lockOf(name), mine, patience())),
    release: (name, mine = handedNothing(who)) =>
      time.work(async () => {
        const own = await findOwn(ports, lockOf(name), mine, patience());
        if (own.kind !== "held") return own.kind;
        return (await giveBack(ports, own.hold, ending, patience(), own)).kind;
      }),
    post: () =>
      time.work(async () => {
        const journal = { holds: [...left.holds.values()], tickets: [...left.tickets.values()] };
        const done = await giveAllBack(ports, journal, ending, MINUTE_MS);
        return done.map((one) => ("error" in one ? one.error.kind : one.given.kind));
      }),
  };
}

function lockOf(name: string): LockName {
  return parseName(name);
}

function wishOf({ who }: Client): Omit<Wish, "lock"> {
  return {
    ...{
      slots: 1,
      scope: "job",
      waitMs: 0,
      maxHoldSeconds: null,
      leaseSeconds: null,
      freeze: false,
      reason: null,
    },
    ...{ who, mine: handedNothing(who) },
  };
}

/** What a job knows that was handed these. */
export function handed(client: Client, ...given: readonly Hold[]): Mine {
  return {
    nonces: new Set(given.map(({ nonce }) => nonce)),
    handed: ({ encoded }) => given.find(({ lock }) => lock.encoded === encoded)?.sequence ?? null,
    identity: client.who,
  };
}

/** Every change of a log in the order in which git made them: `a taken`, `a renewed`, `a released`. */
export async function logChanges({ repository }: Ground): Promise<string[]> {
  const changes: string[] = [];
  for (const { ref, to } of await repository.oracle()) {
    const [, , lock = "", kind] = ref.split("/");
    if (kind !== "log" || to === null) continue;
    const { message = "" } = (await repository.commit(to)) ?? {};
    const fields = JSON.parse(message.slice(message.indexOf("\n\n")));
    const what = fields.kind === "entry" ? fields.outcome : fields.acquiredAt ? "renewed" : "taken";
    changes.push(`${lock} ${what}`);
  }
  return changes;
}

/** The locks that are held now, by name, each as often as it has slots that are held. */
export async function held({ repository }: Ground): Promise<string[]> {
  const records = await repository.oracle();
  const logs = [...new Set(records.map(({ ref }) => ref).filter((ref) => ref.includes("/log/")))].sort();
  const all = await Promise.all(logs.map((log) => holds(records, repository.commit, log)));
  return all
    .flat()
    .filter(({ endedAt }) => endedAt === null)
    .map(({ logRef }) => logRef.split("/")[2] ?? "");
}

/** What is left of all locks but their logs: nothing, when nobody holds or waits. */
export async function leftovers({ repository }: Ground): Promise<string[]> {
  const refs = await repository.refs("refs/locks/");
  return refs.map(({ name }) => name).filter((name) => !name.includes("/log/"));
}
