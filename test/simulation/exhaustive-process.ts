/**
 * Owns one process of an actor in the exhaustive search, main or post: the real policy, which goes on only when it is told something. Must not know the
 * other actors, nor keep anything that does not follow from what it was told, and when: whatever it does can then be remembered instead of repeated.
 */

import type { LockError } from "../../src/lock/errors.ts";
import { isLockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { handedNothing } from "../../src/lock/identity.ts";
import type { LockName } from "../../src/lock/name.ts";
import type { Ports } from "../../src/lock/ports.ts";
import type { RefChange } from "../../src/lock/refs.ts";
import type { GivenBack } from "../../src/lock/release.ts";
import { rememberSightings } from "../../src/lock/sightings.ts";
import type { Server } from "./exhaustive-server.ts";
import type { Visit } from "./invariants.ts";
import { livenessBy, whoIs } from "./jobs.ts";
import { openStore, type RequestKind, type Send, type Way } from "./memory-store.ts";
import { journalOf, type Policy, type Saved, type SavedState } from "./scene.ts";
import { settled } from "./world.ts";

export interface Setting {
  readonly server: Server;
  readonly policy: Policy;
  readonly lock: LockName;
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
  | { readonly kind: "entered"; readonly visit: Visit }
  | { readonly kind: "leaving"; readonly nonce: string }
  | { readonly kind: "given"; readonly actor: number; readonly hold: Hold; readonly given: GivenBack }
  | { readonly kind: "failed"; readonly what: string };

/** What a process is told. */
export type News =
  | { readonly kind: "answer"; readonly request: number; readonly result: unknown }
  | { readonly kind: "silence"; readonly request: number; readonly error: LockError }
  | { readonly kind: "cancel" };

export type Ending =
  | { readonly kind: "entered"; readonly hold: Hold }
  | { readonly kind: "gave-up" }
  | { readonly kind: "done" };

export interface Process {
  /** In the order in which they were sent. */
  readonly pending: readonly Request[];
  /** As the journal has it. */
  readonly savedText: string;
  /** It asks the same again and again, until the answer is another. */
  readonly isWaiting: boolean;
  readonly ending: Ending | null;
  /** Ends when it has done all that it can do with the news. */
  tell(news: News): Promise<Reaction>;
}

export interface Reaction {
  readonly deeds: readonly Deed[];
  /** It said that something is wrong. */
  readonly isTroubled: boolean;
}

/** What both kinds of process keep while they run. */
interface Run {
  readonly pending: Pending[];
  readonly saved: Saved;
  readonly cancel: AbortController;
  isWaiting: boolean;
  isTroubled: boolean;
  ending: Ending | null;
  deeds: Deed[];
}

interface Pending extends Request {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: LockError) => void;
}

export async function startMain(
  setting: Setting,
  actor: number,
  waitMs: number,
): Promise<{ readonly process: Process; readonly reaction: Reaction }> {
  const run = beginRun();
  const { policy, lock, slots, way } = setting;
  const who = whoIs(actor);
  const wish = {
    ...({
      lock,
      slots,
      scope: "job",
      waitMs,
      maxHoldSeconds: null,
      leaseSeconds: null,
      reason: null,
      freeze: false,
    } as const),
    ...{ who, mine: handedNothing(who), signal: run.cancel.signal },
  };
  policy.acquire(portsOf(setting, run, actor, "main", way), wish).then(
    (hold) => {
      const { slot, nonce, claim, sequence } = hold;
      run.deeds.push({ kind: "entered", visit: { jobId: actor, slot, nonce, claim, sequence } });
      run.ending = { kind: "entered", hold };
    },
    (error: unknown) => {
      if (!isLockError(error, "not-acquired", "cancelled", "unreachable"))
        run.deeds.push({ kind: "failed", what: `acquire of ${actor} failed: ${(error as Error).stack}` });
      run.ending = { kind: "gave-up" };
    },
  );
  return await started(run);
}

export async function startPost(
  setting: Setting,
  actor: number,
  savedText: string,
): Promise<{ readonly process: Process; readonly reaction: Reaction }> {
  const run = beginRun();
  const saved = JSON.parse(savedText) as SavedState;
  const ports = portsOf(setting, run, actor, "post", saved.way);
  const ended = { by: whoIs(actor), reason: null };
  setting.policy
    .giveAllBack(ports, saved, ended, 60_000)
    .then((results) => {
      for (const done of results) {
        if ("error" in done) throw done.error;
        run.deeds.push({ kind: "given", actor, hold: done.hold, given: done.given });
      }
      run.ending = { kind: "done" };
    })
    .catch((error: unknown) => {
      run.deeds.push({ kind: "failed", what: `post of ${actor} failed: ${(error as Error).stack}` });
    });
  return await started(run);
}

function beginRun(): Run {
  return {
    ...{ pending: [], saved: { text: "" }, cancel: new AbortController() },
    ...{ isWaiting: false, isTroubled: false, ending: null, deeds: [] },
  };
}

async function started(run: Run) {
  const process: Process = {
    pending: run.pending,
    get savedText() {
      return run.saved.text;
    },
    get isWaiting() {
      return run.isWaiting;
    },
    get ending() {
      return run.ending;
    },
    async tell(news) {
      if (news.kind === "cancel") run.cancel.abort();
      else {
        const [request] = run.pending.splice(news.request, 1);
        if (news.kind === "answer") request?.resolve(news.result);
        else request?.reject(news.error);
      }
      return await reactionOf(run);
    },
  };
  return { process, reaction: await reactionOf(run) };
}

async function reactionOf(run: Run): Promise<Reaction> {
  // What `settled` says holds in a promise reaction only.
  await null;
  await settled();
  const { deeds, isTroubled } = run;
  run.deeds = [];
  run.isTroubled = false;
  return { deeds, isTroubled };
}

function portsOf(setting: Setting, run: Run, actor: number, kind: "main" | "post", way: Way): Ports {
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
