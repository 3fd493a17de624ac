/**
 * Owns what a job may truthfully be told: each answer of the policy is held against the log. Promises 4 (nobody waits past the wait), 5 and 6.
 */
import { isLockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { Oid } from "../../src/lock/refs.ts";
import type { GivenBack } from "../../src/lock/release.ts";
import type { Job } from "./actors.ts";
import type { Judge } from "./invariants.ts";
import type { Held } from "./job-steps.ts";
import { numberOf } from "./jobs.ts";
import type { Node } from "./log-reader.ts";
import { count, type Scene, type Step } from "./scene.ts";

/** For one acquisition where nothing goes wrong, however long it waits and however many wait with it. */
const MOST_REQUESTS = { rest: 60, graphql: 12 };

/** Trouble is borne a minute longer than the wait, cleaning up takes seconds, and the last requests may go unanswered. */
const GRACE_MS = 240_000;

export function judgeEntrance(job: Job, step: Step, held: readonly Held[], tookMs: number): void {
  const [scene] = job.wants;
  for (const { scene, hold } of held) judgeHold(scene, job, hold);
  if (held.length !== job.wants.length)
    scene.judge.accuse(6, `job ${job.id} was told of ${held.length} holds`);
  judgeTogether(job, held);
  count(scene, "acquired");
  count(scene, "acquired after minutes", tookMs > 60_000 ? 1 : 0);
  count(scene, "acquired several locks", held.length > 1 ? 1 : 0);
  const { rest, graphql, free } = step.store.tally;
  const most = { rest: MOST_REQUESTS.rest * held.length, graphql: MOST_REQUESTS.graphql * held.length };
  if (scene.isOrderly && (rest > most.rest || graphql > most.graphql))
    scene.judge.accuse(5, `job ${job.id} made ${rest} requests and ${graphql} mutations in ${tookMs} ms`);
  for (const [what, by] of Object.entries({ rest, graphql, free }))
    count(scene, `requests to acquire: ${what}`, by);
}

function judgeHold(scene: Scene, job: Job, hold: Hold): void {
  const { slot, nonce, claim, sequence, reentered } = hold;
  scene.world.trace(
    () => `${job.machine.name} is inside slot ${slot} of ${scene.lock.text}, token ${sequence}`,
  );
  const writer = scene.logs.node(claim).jobId;
  // Nobody was handed anything, and nobody holds twice.
  if (reentered || writer !== job.id) scene.judge.accuse(1, `job ${job.id} entered the hold of ${writer}`);
  scene.judge.entered({ jobId: job.id, slot, nonce, claim, sequence });
}

/** All of them are asserted after the last: none was ended before that landed. */
function judgeTogether(job: Job, held: readonly Held[]): void {
  const spans = held.map(({ scene, hold }) => ({ scene, hold, span: scene.judge.holdOf(hold.nonce) }));
  const lastAt = Math.max(...spans.map(({ span }) => span?.landedAt ?? 0));
  for (const { scene, hold, span } of spans) {
    if (span?.endedAt && span.endedAt < lastAt)
      scene.judge.accuse(
        6,
        `job ${job.id} was told that it holds ${hold.lock.text}, which it had lost before`,
      );
  }
}

interface Acquisition {
  readonly waitMs: number;
  readonly startedMs: number;
  readonly cancel: AbortController | null;
}

export function judgeFailedAcquire(
  job: Job,
  error: unknown,
  { waitMs, startedMs, cancel }: Acquisition,
): void {
  const [scene] = job.wants;
  const { judge, world, faults } = scene;
  const kind = isLockError(error) ? error.kind : "bug";
  count(scene, `acquire failed: ${kind}`);
  world.trace(() => `${job.machine.name} did not acquire: ${String(error)}`);
  const isCalm = scene.isOrderly || startedMs > faults.plan.untilMs;
  if (isCalm && !cancel?.signal.aborted) judgeNothingKept(job);
  switch (kind) {
    case "not-acquired":
      if (waitMs === Infinity) judge.accuse(4, `job ${job.id} was told that waiting for ever was over`);
      return;
    case "cancelled":
      if (!cancel?.signal.aborted) judge.accuse(6, `job ${job.id} was told that it was cancelled`);
      return;
    case "unreachable":
    case "throttled":
    case "denied":
      if (scene.isOrderly)
        judge.accuse(4, `job ${job.id} was told of trouble where there was none: ${error}`);
      return;
    case "lost":
      // Of several, one was ended while it waited for the next.
      if (job.wants.some((scene) => scene.judge.hasLost(job.id) || holdsExpired(scene, job))) return;
      judge.accuse(6, `job ${job.id} was told of a loss: ${textOf(error)}`);
      return;
    default:
      judge.accuse(0, `acquire of job ${job.id} failed: ${textOf(error)}`);
  }
}

/** Who can't have all of several gives back what it has, at once. */
function judgeNothingKept(job: Job): void {
  for (const { repository, lock, logs, judge, slots } of job.wants) {
    for (let slot = 1; slot <= slots; slot++) {
      const tip = repository.at(`${lock.prefix}log/${slot}`);
      const node = tip === null ? null : logs.node(tip);
      if (node?.kind === "claim" && node.jobId === job.id)
        judge.accuse(3, `job ${job.id} keeps ${lock.text}, though it was not given all that it wanted`);
    }
  }
}

/** Whether it has, or had until it gave it back, a hold that was past its time. */
function holdsExpired({ repository, lock, logs, slots, serverMs }: Scene, job: Job): boolean {
  for (let slot = 1; slot <= slots; slot++) {
    let endedMs = serverMs();
    for (let oid: Oid | null = repository.at(`${lock.prefix}log/${slot}`); oid !== null; ) {
      const { kind, jobId, expiresAtMs, parent }: Node = logs.node(oid);
      if (kind === "entry") endedMs = repository.writtenAtMs(oid);
      else if (jobId === job.id && expiresAtMs !== null && expiresAtMs < endedMs) return true;
      oid = parent;
    }
  }
  return false;
}

/** Of `check`, and of `release` where it finds no hold. */
export function judgeFailedCheck(scene: Scene, job: Job, hold: Hold, error: unknown): void {
  const { judge } = scene;
  const ended = judge.endOf(hold.nonce);
  const kind = isLockError(error) ? error.kind : "bug";
  switch (kind) {
    case "lost":
    case "not-held":
      if (ended === "others" || ended === "hand" || isExpired(scene, hold)) count(scene, "told of a loss");
      else
        judge.accuse(
          6,
          `job ${job.id} was told ${kind}, but its hold ${ended ?? "stands"}: ${textOf(error)}`,
        );
      return;
    case "unreachable":
    case "throttled":
    case "denied":
      return;
    default:
      judge.accuse(0, `check of job ${job.id} failed: ${textOf(error)}`);
  }
}

export function judgeGivenBack(scene: Scene, job: Job, hold: Hold, given: GivenBack): void {
  count(scene, `given back: ${given.kind}`);
  scene.world.trace(() => `${job.machine.name} is told: ${given.kind}`);
  const problem = givenBackProblem(scene.judge, job.id, hold, given);
  if (problem !== null) scene.judge.accuse(6, problem);
  if (given.kind === "ended" && numberOf(given.entry.by) !== job.id) count(scene, "told of a loss");
}

/** What is wrong with what a job is told of its hold. */
export function givenBackProblem(judge: Judge, jobId: number, hold: Hold, given: GivenBack): string | null {
  const ended = judge.endOf(hold.nonce, hold.slot);
  const problem = `job ${jobId} was told ${given.kind} of its hold, which was ended by ${ended ?? "nobody"}`;
  switch (given.kind) {
    case "released":
      return ended === "itself" ? null : problem;
    case "ended":
      return ended === (numberOf(given.entry.by) === jobId ? "itself" : "others") ? null : problem;
    case "gone":
      return judge.wasDeleted(hold.slot) ? null : problem;
    case "renewed":
    case "lasted":
      // Said only of what others are to end, and of what was entered a second time.
      return problem;
    case "never-held":
      judge.buried(hold.claim);
      return null;
  }
}

function isExpired({ logs, serverMs }: Scene, hold: Hold): boolean {
  return (logs.node(hold.claim).expiresAtMs ?? Infinity) < serverMs();
}

/** Nobody is kept longer than asked for, pauses of the whole process aside. */
export function judgeDuration(scene: Scene, job: Job, waitMs: number, tookMs: number): void {
  if (tookMs > waitMs + GRACE_MS)
    scene.judge.accuse(4, `job ${job.id} waited ${tookMs} ms instead of ${waitMs}`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
