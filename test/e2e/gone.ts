/**
 * Jobs whose machine is gone: they are killed, nothing of them runs any more, no post, and some time later the server says that they are completed.
 * Owns how that comes about; must not know what others make of it.
 */
import type { RequestRecord } from "../hub/exchange.ts";
import type { Phase } from "../hub/hub.ts";
import type { Job } from "../hub/runs.ts";
import type { Step } from "../runner/runner.ts";
import type { Running, StepResult } from "../runner/running.ts";
import type { Scene, SceneJob } from "./scene.ts";

/** The server's clock goes on. Nobody else's does. */
export function skip({ hub }: Scene, seconds: number): void {
  const { now } = hub;
  hub.now = () => new Date(now().getTime() + seconds * 1000);
}

/** The server's clock runs as fast as that of a job with `fastClock`. */
export function runFast({ hub }: Scene): void {
  const { now } = hub;
  const start = now().getTime();
  hub.now = () => new Date(start + (now().getTime() - start) * 12);
}

/** As the API tells of it: the first job of its run. */
export function jobOf({ repository }: Scene, { runId }: Pick<SceneJob, "runId">): Job {
  const job = repository.runs.attempt(runId)?.jobs[0];
  if (job === undefined) throw new Error(`run ${runId} has no job`);
  return job;
}

export function complete(scene: Scene, ...jobs: readonly Pick<SceneJob, "runId">[]): void {
  for (const job of jobs) scene.repository.runs.completeJob(jobOf(scene, job).id, "cancelled");
}

/** The jobs are completed, and have been for as long as it takes to be dead. */
export function bury(scene: Scene, ...jobs: readonly Pick<SceneJob, "runId">[]): void {
  complete(scene, ...jobs);
  skip(scene, 11);
}

/** Kills a step's process at the first such request, and lets the server go on only when it is gone. */
export async function killAt(
  scene: Scene,
  job: SceneJob,
  start: () => Running,
  phase: Phase,
  isIt: (request: RequestRecord) => boolean,
): Promise<StepResult> {
  const started: { process?: Running } = {};
  let isDone = false;
  const remove = scene.hub.onRequest(async (request, now) => {
    if (isDone || request.tokenName !== job.sent[0]?.tokenName || now !== phase || !isIt(request)) return;
    isDone = true;
    started.process?.kill("SIGKILL");
    await started.process?.exited;
  });
  started.process = start();
  const result = await started.process.result;
  remove();
  return result;
}

/** The requests by which a lock's refs are changed, whichever way. */
export function changesRefs({ method, route, graphql }: RequestRecord): boolean {
  return graphql?.operation === "updateRefs" || (method !== "GET" && route.includes("/git/refs"));
}

/** Main is killed just after its claim has landed: it never hears of it. */
export async function dieHolding(scene: Scene, job: SceneJob, step: Step = job.uses()): Promise<void> {
  const before = (await scene.refs())["refs/locks/publish/log/1"];
  let isLanded = false;
  const watch = scene.hub.onRequest(async (_, phase) => {
    if (phase === "handled") isLanded ||= (await scene.refs())["refs/locks/publish/log/1"] !== before;
  });
  const { signal } = await killAt(
    scene,
    job,
    () => step.main(),
    "handled",
    () => isLanded,
  );
  watch();
  if (signal !== "SIGKILL") throw new Error("main came to its end");
}

/** What is left of a killed waiter is its ticket. */
export async function dieWaiting(
  job: SceneJob,
  inputs: Readonly<Record<string, string>> = {},
): Promise<void> {
  const main = job.uses({ wait: "1h", ...inputs }).main();
  await main.line(/in line for "/);
  main.kill("SIGKILL");
  await main.result;
}
