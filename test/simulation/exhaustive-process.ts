/**
 * Owns one process of an actor in the exhaustive search, main or post: the real policy, which goes on only when it is told something. Must not know the
 * other actors, nor keep anything that does not follow from what it was told, and when: whatever it does can then be remembered instead of repeated.
 */

import type { LockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { handedNothing } from "../../src/lock/identity.ts";
import type { LockName } from "../../src/lock/name.ts";
import { type Deed, type Ending, portsOf, type Request, type Run, type Setting } from "./exhaustive-ports.ts";
import { refusalOf } from "./exhaustive-refusal.ts";
import { whoIs } from "./jobs.ts";
import type { SavedState } from "./scene.ts";
import { settled } from "./world.ts";

/** What a process is told. */
export type News =
  | { readonly kind: "answer"; readonly request: number; readonly result: unknown }
  | { readonly kind: "silence"; readonly request: number; readonly error: LockError }
  | { readonly kind: "cancel" };

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

export async function startMain(
  setting: Setting,
  actor: number,
  waitMs: number,
): Promise<{ readonly process: Process; readonly reaction: Reaction }> {
  const run = beginRun();
  const { policy, slots, way } = setting;
  const locks = setting.wants[actor - 1] ?? [];
  const who = whoIs(actor);
  const wish = {
    ...({
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
  const ports = portsOf(setting, run, actor, "main", way);
  const [lock] = locks;
  const acquiring =
    lock !== undefined && locks.length === 1
      ? policy.acquire(ports, { ...wish, lock }).then((hold) => [hold])
      : policy.acquireAll(ports, locks, wish);
  acquiring.then(
    (holds) => {
      run.deeds.push(...entrances(actor, locks, holds));
      run.ending = { kind: "entered", holds };
    },
    (error: unknown) => {
      const refusal = refusalOf(error, {
        actor,
        isForever: waitMs > 0,
        isCancelled: run.cancel.signal.aborted,
      });
      const failed = {
        kind: "failed",
        what: `acquire of ${actor} failed: ${(error as Error).stack}`,
      } as const;
      run.deeds.push(refusal ?? failed);
      run.ending = { kind: "gave-up" };
    },
  );
  return await started(run);
}

function entrances(actor: number, locks: readonly LockName[], holds: readonly Hold[]): Deed[] {
  const names = (all: readonly LockName[]) => all.map(({ encoded }) => encoded).join();
  if (names(holds.map(({ lock }) => lock)) !== names(locks))
    return [{ kind: "failed", what: `${actor} wanted ${names(locks)}, and was given something else` }];
  return holds.map(({ lock, slot, nonce, claim, sequence }) => {
    const visit = { jobId: actor, slot, nonce, claim, sequence };
    return { kind: "entered", lock: lock.encoded, visit };
  });
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
        const { hold, given } = done;
        run.deeds.push({ kind: "given", lock: hold.lock.encoded, actor, hold, given });
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
