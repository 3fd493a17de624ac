/**
 * Owns what all parts of one simulation share, and how a step of a job gets its ports: a process of its own, a store of its own, and the journal that
 * its forerunner left. Must not know what the steps do.
 */

import { acquire } from "../../src/lock/acquire.ts";
import { acquireAll } from "../../src/lock/acquire-all.ts";
import { check } from "../../src/lock/check.ts";
import { clear } from "../../src/lock/clear.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { LockName } from "../../src/lock/name.ts";
import { findOwn } from "../../src/lock/own.ts";
import type { Journal, Liveness, Ports, Sightings } from "../../src/lock/ports.ts";
import { giveAllBack, giveBack } from "../../src/lock/release.ts";
import { rememberSightings } from "../../src/lock/sightings.ts";
import type { Ticket } from "../../src/lock/ticket.ts";
import { delivery } from "./delivery.ts";
import type { Faults, RequestFate } from "./faults.ts";
import type { Judge } from "./invariants.ts";
import { type Jobs, livenessBy } from "./jobs.ts";
import type { Logs } from "./log-reader.ts";
import { type MemoryStore, openStore, type RequestKind, type Way, type Witness } from "./memory-store.ts";
import type { OrderCounts } from "./order.ts";
import { type Fate, type Process, startProcess } from "./process.ts";
import type { Random } from "./random.ts";
import type { Repository } from "./repository.ts";
import type { World } from "./world.ts";

/** The code under test. A test of the simulator puts something broken in its place. */
export interface Policy {
  readonly acquire: typeof acquire;
  readonly acquireAll: typeof acquireAll;
  readonly check: typeof check;
  readonly clear: typeof clear;
  readonly findOwn: typeof findOwn;
  readonly giveBack: typeof giveBack;
  readonly giveAllBack: typeof giveAllBack;
  readonly wrapPorts: (ports: Ports) => Ports;
  /** Whether the server compares before it swaps. */
  readonly compares: boolean;
}

export const REAL_POLICY: Policy = {
  acquire,
  acquireAll,
  check,
  clear,
  findOwn,
  giveBack,
  giveAllBack,
  wrapPorts: (ports) => ports,
  compares: true,
};

export interface Scene {
  readonly world: World;
  readonly repository: Repository;
  readonly logs: Logs;
  readonly judge: Judge;
  readonly order: Witness;
  readonly orderCounts?: OrderCounts;
  readonly faults: Faults;
  readonly random: Random;
  readonly policy: Policy;
  readonly lock: LockName;
  readonly slots: number;
  readonly clock: "server" | "local";
  /** Everyone of this world compares all refs at once, and nothing goes wrong. */
  readonly isOrderly: boolean;
  readonly jobs: Jobs;
  readonly serverMs: () => number;
  readonly counts: Map<string, number>;
  /** How long the first in line leaves the store alone; 1.2 s unless set. */
  readonly pollMs?: number;
}

/** One for each lock of a world: they share everything but the lock and its judges. */
export type Scenes = readonly [Scene, ...Scene[]];

export function sceneOf(scenes: Scenes, { lock }: { readonly lock: LockName }): Scene {
  return scenes.find((scene) => scene.lock.encoded === lock.encoded) ?? scenes[0];
}

export function count(scene: Pick<Scene, "counts">, what: string, by = 1): void {
  scene.counts.set(what, (scene.counts.get(what) ?? 0) + by);
}

/** What one step leaves for post. Kept as text, since what cannot be written is not saved. */
export interface Saved {
  text: string;
}

export interface SavedState {
  readonly way: Way;
  readonly holds: readonly Hold[];
  readonly tickets: readonly Ticket[];
}

/** The machine that a job runs on: what it cannot reach, none of its steps can. */
export interface Machine {
  readonly name: string;
  readonly random: Random;
  readonly fateOf: (kind: RequestKind) => RequestFate;
  /** Its token may not read runs, or there is no API at all. */
  readonly isBlind: boolean;
  /** Whose clock dates its commits; the scene's unless set. */
  readonly clock?: Scene["clock"];
  /** What all its processes have seen, where they share that. */
  readonly sightings?: Sightings;
  /** What chance has in store for each of its processes, unless that is left to the faults. */
  readonly fate?: (drawn: Fate) => Fate;
  /** Changes how its processes run. */
  readonly embody?: (process: Process) => Process;
  /** Whom it can ask after, beside jobs. */
  readonly widen?: (liveness: Liveness) => Liveness;
}

export interface Step {
  readonly process: Process;
  readonly store: MemoryStore;
  readonly ports: Ports;
}

const same = <Thing>(thing: Thing): Thing => thing;

export function startStep(scene: Scene, machine: Machine, name: string, way: Way, saved: Saved | null): Step {
  const { world, repository, faults, order, pollMs } = scene;
  const { embody = same, widen = same, fate = same } = machine;
  const random = machine.random.split(name);
  const drawn = fate(faults.process(random.split("fate")));
  const process = embody(
    startProcess(world, `${machine.name} ${name}`, drawn, (kind) => faults.note(kind as "pause")),
  );
  const { serverMs } = scene;
  const clock = machine.clock ?? scene.clock;
  const send = delivery(world, repository, process, faults.plan.latencyMs, machine.fateOf, random);
  const store = openStore(
    {
      ...{ repository, clock, name: process.name, witness: order, compares: scene.policy.compares },
      ...{ send, ...(pollMs === undefined ? {} : { pollMs }) },
      clockMs: clock === "server" ? serverMs : () => process.clock.date().getTime(),
    },
    way,
  );
  const ports: Ports = {
    store,
    liveness: widen(livenessBy(send, scene.jobs, serverMs, machine.isBlind)),
    clock: process.clock,
    sightings: machine.sightings ?? rememberSightings(process.clock.monotonicMs),
    random: random.next,
    uuid: random.uuid,
    journal: journalOf(saved, store),
    tell(progress) {
      if (progress.kind !== "move") return;
      if (progress.move.kind === "reenter") count(scene, "decided to enter again");
      world.trace(() => `${process.name} decides ${JSON.stringify(progress.move)}`);
    },
  };
  return { process, store, ports: scene.policy.wrapPorts(ports) };
}

/** As src/action/state.ts does: the whole state is written at each change, and post sees the last. */
export function journalOf(saved: Saved | null, store: MemoryStore): Journal {
  const holds = new Map<string, Hold>();
  const tickets = new Map<string, Ticket>();
  const write = () => {
    if (saved === null) return;
    const state: SavedState = {
      way: store.way(),
      holds: [...holds.values()],
      tickets: [...tickets.values()],
    };
    saved.text = JSON.stringify(state);
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

export type StepEnd<Result> =
  | { readonly kind: "done"; readonly result: Result }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "killed" };

export async function endOfStep<Result>({ process }: Step, work: Promise<Result>): Promise<StepEnd<Result>> {
  const end = await Promise.race([
    work.then(
      (result): StepEnd<Result> => ({ kind: "done", result }),
      (error: unknown): StepEnd<Result> => ({ kind: "failed", error }),
    ),
    process.died.then((): StepEnd<Result> => ({ kind: "killed" })),
  ]);
  process.exit();
  return end;
}
