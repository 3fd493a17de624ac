/**
 * Owns the ports of one process of the exhaustive search: each request waits there until it is carried out, and whatever a judge has to know of is noted.
 * Must not know what the process does.
 */
import type { LockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { LockName } from "../../src/lock/name.ts";
import type { Ports } from "../../src/lock/ports.ts";
import type { RefChange } from "../../src/lock/refs.ts";
import type { GivenBack } from "../../src/lock/release.ts";
import { rememberSightings } from "../../src/lock/sightings.ts";
import type { Refusal } from "./exhaustive-refusal.ts";
import type { Server } from "./exhaustive-server.ts";
import type { Visit } from "./invariants.ts";
import { livenessBy } from "./jobs.ts";
import { openStore, type RequestKind, type Send, type Way } from "./memory-store.ts";
import { journalOf, type Policy, type Saved } from "./scene.ts";

export interface Setting {
  readonly server: Server;
  readonly policy: Policy;
  /** Every name that there is, each once. */
  readonly locks: readonly LockName[];
  /** What each actor wants, in its own order. */
  readonly wants: readonly (readonly LockName[])[];
  readonly slots: number;
  readonly way: Way;
}

export interface Request {
  /** `pause`: time would have to pass; `leave`: its work is done. */
  readonly kind: RequestKind | "pause" | "leave";
  /** In words, which say all of it that matters. */
  readonly what: string;
  /** Carries it out on the server as it stands. */
  readonly serve: () => unknown;
}

/** What a process does that a judge has to know of. */
export type Deed =
  | { readonly kind: "sent"; readonly process: string; readonly changes: readonly RefChange[] }
  | { readonly kind: "entered"; readonly lock: string; readonly visit: Visit }
  | { readonly kind: "leaving"; readonly lock: string; readonly nonce: string }
  | {
      readonly kind: "given";
      readonly lock: string;
      readonly actor: number;
      readonly hold: Hold;
      readonly given: GivenBack;
    }
  | Refusal
  | { readonly kind: "failed"; readonly what: string };

export type Ending =
  | { readonly kind: "entered"; readonly holds: readonly Hold[] }
  | { readonly kind: "gave-up" }
  | { readonly kind: "done" };

/** What both kinds of process keep while they run. */
export interface Run {
  readonly pending: Pending[];
  readonly saved: Saved;
  readonly cancel: AbortController;
  isWaiting: boolean;
  isTroubled: boolean;
  ending: Ending | null;
  deeds: Deed[];
}

export interface Pending extends Request {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: LockError) => void;
}

export function portsOf(setting: Setting, run: Run, actor: number, kind: "main" | "post", way: Way): Ports {
  const { server, policy } = setting;
  const { repository, jobs, serverMs, nowMs } = server;
  const process = `${actor} ${kind}`;
  const send = sendOf(run, process);
  const store = openStore(
    {
      ...{ repository, name: process, send, clock: "server", clockMs: serverMs, compares: policy.compares },
      witness: {
        sent: (_, changes) => void run.deeds.push({ kind: "sent", process, changes }),
        // What was listed last, the answer tells.
        listed() {},
      },
    },
    way,
  );
  let uuids = 0;
  return policy.wrapPorts({
    store,
    liveness: livenessBy(send, jobs, serverMs, false),
    clock: {
      monotonicMs: nowMs,
      date: () => new Date(serverMs()),
      async sleep() {
        await queue(run, "pause", `${process} pause`, () => null);
      },
    },
    sightings: rememberSightings(nowMs),
    random: () => 0.5,
    uuid: () => `nonce-${actor}-${++uuids}`,
    journal: journalOf(kind === "main" ? run.saved : null, store),
    tell({ kind: told }) {
      if (told === "trouble") run.isTroubled = true;
      if (told === "waiting" || told === "move") run.isWaiting = told === "waiting";
    },
  });
}

/** Nothing is carried out before it is its turn, and nothing is ever behind. */
function sendOf(run: Run, process: string): Send {
  return (kind, what, serve) => queue(run, kind, `${process} ${what}`, () => serve(() => 0, 0));
}

function queue<Result>(run: Run, kind: Request["kind"], what: string, serve: () => Result): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    run.pending.push({ kind, what, serve, resolve: resolve as Pending["resolve"], reject });
  });
}
