/**
 * What every measurement stands on: the server in its own process, jobs that run the shipped bundle, and the floor's program.
 * Owns their making and their end; measures nothing.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { type Job, startJob } from "../test/runner/runner.ts";
import type { Plan } from "./floor.ts";
import { forkHub, type RemoteHub } from "./hub-remote.ts";

export interface Stage {
  readonly hub: RemoteHub;
  /** Of the shipped bundle. */
  readonly dist: string;
  /** A bare one on this machine, by its path. */
  readonly repository: string;
  /** A job of another run, with a token whose label is `run-<id>`. */
  newJob(): Promise<{ readonly job: Job; readonly label: string }>;
  /** The arguments with which node sends a plan. */
  floorArguments(plan: Plan): string[];
  close(): Promise<void>;
}

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));

export async function setStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "reflock-bench-"));
  // Node would strip the types at each start, and that is not to be measured.
  const source = readFileSync(new URL("floor.ts", import.meta.url), "utf8");
  const floor = join(folder, "floor.mjs");
  writeFileSync(floor, (await transform(source, { loader: "ts" })).code);
  const repository = join(folder, "app.git");
  execFileSync("git", ["init", "--quiet", "--bare", repository]);
  const hub = await forkHub();
  const jobs: Job[] = [];
  let runId = 810;
  let plans = 0;
  return {
    hub,
    dist: DIST,
    repository,
    async newJob() {
      const id = ++runId;
      const jobId = id * 10 + 1;
      const label = `run-${id}`;
      await hub.addRun(id, jobId);
      const token = await hub.addToken(label);
      const names = { fullName: hub.fullName, nodeId: hub.nodeId };
      const job = await startJob({
        hub,
        repository: names,
        token,
        runId: id,
        jobId,
        bundle: DIST,
      });
      jobs.push(job);
      return { job, label };
    },
    floorArguments(plan) {
      const file = join(folder, `plan-${++plans}.json`);
      writeFileSync(file, JSON.stringify(plan));
      return [floor, file];
    },
    async close() {
      await Promise.all(jobs.map((job) => job.dispose()));
      await hub.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
