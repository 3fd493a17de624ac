/**
 * Owns what a job may truthfully be told: each answer of the policy is held against the log. Promises 4 (nobody waits past the wait), 5 and 6.
 */
import { isLockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { GivenBack } from "../../src/lock/release.ts";
import type { Job } from "./actors.ts";
import type { Judge } from "./invariants.ts";
import { count, type Scene, type Step } from "./scene.ts";

/** For one acquisition where nothing goes wrong, however long it waits and however many wait with it. */
const MOST_REQUESTS = { rest: 60, graphql: 12 };

/** Trouble is borne a minute longer than the wait, cleaning up takes seconds, and the last requests may go unanswered. */
const GRACE_MS = 240_000;

export function judgeEntrance(scene: Scene, job: Job, step: Step, hold: Hold, tookMs: number): void {
  const { slot, nonce, claim, sequence } = hold;
  scene.world.trace(() => `${job.machine.name} is inside slot ${slot}, token ${sequence}`);
  scene.judge.entered({ jobId: job.id, slot, nonce, claim, sequence });
  count(scene, "acquired");
  count(scene, "acquired after minutes", tookMs > 60_000 ? 1 : 0);
  const { rest, graphql, free } = step.store.tally;
  if (scene.isOrderly && (rest > MOST_REQUESTS.rest || graphql > MOST_REQUESTS.graphql))
    scene.judge.accuse(5, `job ${job.id} made ${rest} requests and ${graphql} mutations in ${tookMs} ms`);
  for (const [what, by] of Object.entries({ rest, graphql, free }))
    count(scene, `requests to acquire: ${what}`, by);
}

interface Acquisition {
  readonly waitMs: number;
  readonly tookMs: number;
  readonly cancel: AbortController | null;
}

export function judgeFailedAcquire(
  scene: Scene,
  job: Job,
  error: unknown,
  { waitMs, tookMs, cancel }: Acquisition,
): void {
  const { judge } = scene;
  const kind = isLockError(error) ? error.kind : "bug";
  count(scene, `acquire failed: ${kind}`);
  scene.world.trace(() => `${job.machine.name} did not acquire: ${String(error)}`);
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
    default:
      judge.accuse(0, `acquire of job ${job.id} failed after ${tookMs} ms: ${textOf(error)}`);
  }
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
  if (given.kind === "ended" && given.entry.by.run?.jobId !== job.id) count(scene, "told of a loss");
}

/** What is wrong with what a job is told of its hold. */
export function givenBackProblem(judge: Judge, jobId: number, hold: Hold, given: GivenBack): string | null {
  const ended = judge.endOf(hold.nonce);
  const problem = `job ${jobId} was told ${given.kind} of its hold, which was ended by ${ended ?? "nobody"}`;
  switch (given.kind) {
    case "released":
      return ended === "itself" ? null : problem;
    case "ended":
      return ended === (given.entry.by.run?.jobId === jobId ? "itself" : "others") ? null : problem;
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
