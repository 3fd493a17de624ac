/**
 * The ground of every end-to-end test: a hub with a repository, and workflow runs whose jobs use the shipped bundles.
 * Owns how they are set up, and what must hold at the end of every test, whatever it was about. Must not import the action: a bundle is a black
 * box, judged by what it prints, what it leaves, what the server was asked, and what git recorded.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import type { RequestRecord } from "../hub/exchange.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { type Hold, holds, violations } from "../hub/oracle.ts";
import type { HubRepository, RepositoryOptions } from "../hub/repository.ts";
import type { Grants } from "../hub/tokens.ts";
import { type Job, type JobOptions, type Step, startJob } from "../runner/runner.ts";
import type { StepResult } from "../runner/running.ts";

/** Minutes of the bundle's own patience pass in seconds: see there. As text, for Node takes longer to look for types in a file than to start the bundle. */
const FAST_CLOCK = `data:text/javascript,${encodeURIComponent(readFileSync(join(import.meta.dirname, "fast-clock.ts"), "utf8"))}`;

/** More of everything, for `npm run prove`. */
export const PROVE = process.env.REFLOCK_PROVE !== undefined;

/** The two ways in which a client may change refs: by GraphQL's `updateRefs`, or over REST where that is refused. */
export const WAYS = ["works", "refused"] as const;

export interface CastOptions extends Partial<Omit<JobOptions, "token">> {
  /** What the job's token may do. Every job has a token of its own, by which its requests are told apart. */
  readonly grants?: Grants;
  readonly fastClock?: boolean;
}

export interface SceneJob extends Job {
  readonly runId: number;
  /** Of the run's attempt: what a message must name. */
  readonly url: string;
  readonly token: string;
  /** What the job sent, in the order of arrival. */
  readonly sent: readonly RequestRecord[];
  /** A step that takes, or does something with, the lock `publish` and waits for nobody, unless the inputs say otherwise. */
  uses(inputs?: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>): Step;
  /** Main of such a step. */
  runs(inputs?: Readonly<Record<string, string>>): Promise<StepResult>;
  /** As `runs`, for a lock that must be had. */
  holds(inputs?: Readonly<Record<string, string>>): Promise<StepResult>;
}

export interface Scene {
  readonly hub: Hub;
  readonly repository: HubRepository;
  addRepository(fullName: string, options?: RepositoryOptions): Promise<HubRepository>;
  /** A job in a run of its own, in progress. */
  job(options?: CastOptions): Promise<SceneJob>;
  /** Every hold that there ever was of a lock, by what git recorded. */
  history(lock?: string): Promise<readonly Hold[]>;
  /** The refs of all locks, by name. */
  refs(): Promise<Record<string, string>>;
  /** A log that the test itself spoils: the oracle is not asked about it. */
  spoil(logRef: string): void;
}

async function openScene(): Promise<Scene & { judge(): Promise<void>; close(): Promise<void> }> {
  const hub = await startHub();
  await hub.warm();
  const repositories: HubRepository[] = [];
  const jobs: Job[] = [];
  let cast = 0;
  const spoilt = new Set<string>();
  const addRepository: Scene["addRepository"] = async (fullName, options) => {
    const added = await hub.addRepository(fullName, options);
    repositories.push(added);
    return added;
  };
  const repository = await addRepository("octo/app");
  return {
    hub,
    repository,
    addRepository,
    job: async (options = {}) => {
      const job = await castJob(hub, repository, ++cast, options);
      jobs.push(job);
      return job;
    },
    history: async (lock = "publish") =>
      holds(await repository.oracle(), repository.commit, `refs/locks/${lock}/log/1`),
    refs: async () =>
      Object.fromEntries((await repository.refs("refs/locks/")).map(({ name, oid }) => [name, oid])),
    spoil: (logRef) => void spoilt.add(logRef),
    judge: async () => {
      expect(hub.contractViolations).toEqual([]);
      for (const { oracle, commit } of repositories) {
        const found = await violations(await oracle(), commit);
        expect(found.filter((violation) => !spoilt.has(violation.split(",")[0] ?? ""))).toEqual([]);
      }
    },
    close: async () => {
      await Promise.all(jobs.map((job) => job.dispose()));
      await hub.close();
    },
  };
}

async function castJob(
  hub: Hub,
  home: HubRepository,
  number: number,
  { grants, fastClock = false, ...options }: CastOptions,
): Promise<SceneJob> {
  const { repository = home, runId = 800 + number, attempt = 1, jobId = 9000 + number } = options;
  const { runnerName = `runner-${number}`, job: name = "publish" } = options;
  const label = `job-${number}`;
  const token = hub.addToken({ label, ...grants });
  if (home.runs.run(runId) === null) home.runs.addRun({ id: runId });
  home.runs.addJob(runId, { id: jobId ?? 9000 + number, name, runnerName });
  const env = { ...(fastClock ? { NODE_OPTIONS: `--import=${FAST_CLOCK}` } : {}), ...options.env };
  const identity = { hub, repository, runId, attempt, jobId, runnerName, job: name };
  const job = await startJob({ ...identity, ...options, token, env });
  const uses: SceneJob["uses"] = (inputs = {}, stepEnv = {}) =>
    job.step({ inputs: { name: "publish", wait: "0", ...inputs }, env: stepEnv });
  return {
    ...job,
    env: job.env,
    runId,
    url: `${options.serverUrl ?? hub.url}/${repository.fullName}/actions/runs/${runId}/attempts/${attempt}`,
    token,
    get sent() {
      return hub.requests.filter((request) => request.tokenName === label);
    },
    uses,
    runs: (inputs) => uses(inputs).runMain(),
    holds: async (inputs) => {
      const result = await uses(inputs).runMain();
      expect(result, result.log).toMatchObject({ code: 0, outputs: { acquired: "true" } });
      return result;
    },
  };
}

/** Cleared up and judged at the end of every test, whether it passed or not. */
export const test = base.extend("scene", async ({ task: _ }, { onCleanup }): Promise<Scene> => {
  const scene = await openScene();
  onCleanup(async () => {
    try {
      await scene.judge();
    } finally {
      await scene.close();
    }
  });
  return scene;
});

/** How a request is named in an expectation: `updateRefs`, `GET git/ref/{ref}`. */
export function nameOf({ method, route, graphql }: RequestRecord): string {
  return graphql?.operation ?? `${method} ${route.replace("/repos/{owner}/{repo}/", "")}`;
}

/** The longest chain of requests of which none began before the one before it was answered. */
export function roundTrips(requests: readonly RequestRecord[]): number {
  let trips = 0;
  let answeredAt = Number.NEGATIVE_INFINITY;
  const ends = requests.map(({ at, durationMs }) => ({ at, end: at + durationMs }));
  for (const { at, end } of ends.sort((one, other) => one.end - other.end)) {
    if (at < answeredAt) continue;
    trips++;
    answeredAt = end;
  }
  return trips;
}
