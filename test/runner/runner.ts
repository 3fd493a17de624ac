/**
 * Runs the shipped bundles as the GitHub runner does: one process for main and one for post, which meet only in files.
 * Owns the order of a job: what each process is given, and what it leaves to the next. Must not import the action: a bundle is a black box.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ActionFile, inputVariables, readActionFile } from "./action-file.ts";
import {
  eventPayload,
  expressionContexts,
  githubVariables,
  hostVariables,
  type JobFolders,
  type JobIdentity,
  jobFolders,
} from "./environment.ts";
import { createFileCommands } from "./file-commands.ts";
import type { CancelTimes } from "./process.ts";
import { type Running, type StepResult, startRunning } from "./running.ts";

type Variables = Readonly<Record<string, string>>;

export interface JobOptions extends JobIdentity {
  /** The folder of main.js and post.js: the shipped `dist` unless set. */
  readonly bundle?: string;
  /** The repository's own action.yml unless set. */
  readonly actionFile?: string;
  /** The job's `env:`. */
  readonly env?: Variables;
}

export interface StepOptions {
  /** What `with:` says. Whatever it does not say has the default of action.yml. */
  readonly inputs?: Variables;
  /** The step's `env:`. */
  readonly env?: Variables;
}

export interface PostOptions {
  /** The inputs that post sees: main's unless set. In a composite action they may be others, or none, so post must not need them. */
  readonly inputs?: "none" | Variables;
}

export interface Step {
  /** Starts main. From here on the step has a post. */
  main(): Running;
  runMain(): Promise<StepResult>;
  /** After main has ended, in whatever way. Post is given what main's files hold, and nothing else of main. */
  startPost(options?: PostOptions): Running;
  post(options?: PostOptions): Promise<StepResult>;
  /** What post will find as `STATE_…`. */
  readonly state: Variables;
}

export interface Job {
  readonly temp: string;
  readonly workspace: string;
  /** What steps have exported so far. */
  readonly env: Variables;
  step(options?: StepOptions): Step;
  /** A `run:` step: any program, in the workspace, with what earlier steps have exported. */
  command(file: string, args: readonly string[], env?: Variables): Running;
  /** Ends a running main as the runner does when a run is cancelled. */
  cancel(step: Step, times?: CancelTimes): Promise<StepResult>;
  /** Every post that did not run yet, the last step's first. */
  finish(): Promise<StepResult[]>;
  /** Kills whatever still runs, and removes the job's folders. Nothing starts in it after that. */
  dispose(): Promise<void>;
}

/** What the steps of one job share. */
interface JobState {
  readonly options: JobOptions;
  readonly action: ActionFile;
  readonly bundle: string;
  readonly folders: JobFolders;
  readonly masks: Set<string>;
  readonly exported: Record<string, string>;
  path: readonly string[];
  disposed: boolean;
  readonly started: Running[];
  /** In the order in which their mains were started. */
  readonly steps: StartedStep[];
}

interface StartedStep {
  readonly step: Step;
  readonly main: Running;
  postStarted: boolean;
}

export async function startJob(options: JobOptions): Promise<Job> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const action = await readActionFile(options.actionFile ?? join(root, "action.yml"));
  const home = mkdtempSync(join(tmpdir(), "reflock-job-"));
  const folders = makeFolders(home, options);
  const { bundle = join(root, "dist") } = options;
  const masks = new Set([options.token]);
  const job: JobState = {
    options,
    action,
    bundle,
    folders,
    masks,
    exported: {},
    path: [],
    disposed: false,
    started: [],
    steps: [],
  };
  return {
    temp: folders.temp,
    workspace: folders.workspace,
    env: job.exported,
    step: (stepOptions = {}) => createStep(job, stepOptions),
    command: (file, args, env = {}) => start(job, file, args, env, () => {}),
    cancel: async (step, times) => {
      const main = job.steps.find((entry) => entry.step === step)?.main;
      if (main === undefined) throw new Error("there is nothing to cancel: main was never started");
      return main.cancel(times);
    },
    finish: async () => {
      const results: StepResult[] = [];
      for (const { step, postStarted } of job.steps.toReversed())
        if (!postStarted) results.push(await step.post());
      return results;
    },
    dispose: async () => {
      job.disposed = true;
      for (const running of job.started) running.killTree();
      await Promise.all(job.started.map((running) => running.result));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function makeFolders(home: string, identity: JobIdentity): JobFolders {
  const folders = jobFolders(home);
  mkdirSync(folders.workspace);
  mkdirSync(dirname(folders.eventPath), { recursive: true });
  writeFileSync(folders.eventPath, JSON.stringify(eventPayload(identity)));
  return folders;
}

function createStep(job: JobState, { inputs = {}, env = {} }: StepOptions): Step {
  const state: Record<string, string> = {};
  let started: StartedStep | undefined;
  let ended = false;

  const run = (script: string, inputEnv: Variables, onEnd: () => void): Running => {
    const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
    const file = join(job.bundle, basename(script));
    return start(job, process.execPath, [file], { ...env, ...inputEnv, ...saved }, (result) => {
      Object.assign(state, result.state);
      onEnd();
    });
  };
  const inputEnv = (given: Variables): Variables =>
    inputVariables(job.action, given, expressionContexts(job.options));

  const step: Step = {
    state,
    main: () => {
      if (started !== undefined) throw new Error("main runs once in a step");
      const main = run(job.action.main, inputEnv(inputs), () => {
        ended = true;
      });
      started = { step, main, postStarted: false };
      job.steps.push(started);
      return main;
    },
    runMain: () => step.main().result,
    startPost: (options = {}) => {
      if (started === undefined || !ended)
        throw new Error("post runs after a main that was started and has ended");
      if (job.action.post === null) throw new Error("the action has no post");
      started.postStarted = true;
      const given = options.inputs ?? inputs;
      return run(job.action.post, given === "none" ? {} : inputEnv(given), () => {});
    },
    post: async (options) => step.startPost(options).result,
  };
  return step;
}

function start(
  job: JobState,
  file: string,
  args: readonly string[],
  env: Variables,
  onEnd: (result: StepResult) => void,
): Running {
  if (job.disposed) throw new Error("the job is over: nothing starts in it any more");
  const files = createFileCommands(job.folders.temp);
  const given = { ...hostVariables(), ...job.options.env, ...job.exported, ...env };
  const path = [...job.path.toReversed(), given.PATH ?? ""].join(delimiter);
  const running = startRunning({
    file,
    args,
    cwd: job.folders.workspace,
    // Last, so that neither a job nor a step can pretend to be another run.
    env: { ...given, PATH: path, ...githubVariables(job.options, job.folders), ...files.env },
    files,
    masks: job.masks,
    onEnd: (result) => {
      Object.assign(job.exported, result.env);
      job.path = [...job.path.filter((entry) => !result.path.includes(entry)), ...result.path];
      onEnd(result);
    },
  });
  job.started.push(running);
  return running;
}
