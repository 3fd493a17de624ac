/**
 * The steps of guarded-run.yml as GitHub reads them, and its `run:` step carried out as the runner does it.
 * Owns the way from the workflow file to a process; must not know what the script is to do.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  isBasicExpression,
  isMapping,
  isSequence,
  isString,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { type Job, startJob } from "../runner/runner.ts";
import type { Running, StepResult } from "../runner/running.ts";

const FILE = join(import.meta.dirname, "../../.github/workflows/guarded-run.yml");

type Plain = string | readonly Plain[] | { readonly [name: string]: Plain };

/** The whole workflow; an expression is its text, `${{ … }}`. */
export function guardedWorkflow(): { readonly [name: string]: Plain } {
  const content = readFileSync(FILE, "utf8");
  const { context, value } = parseWorkflow({ name: FILE, content }, new NoOperationTraceWriter());
  const faults = context.errors.getErrors().map(({ message }) => message);
  if (value === undefined || faults.length > 0) throw new Error(`${FILE}: ${faults.join("; ")}`);
  return mapping(plain(value));
}

function plain(token: TemplateToken): Plain {
  if (isMapping(token)) {
    return Object.fromEntries([...token].map(({ key, value }) => [key.toString(), plain(value)]));
  }
  if (isSequence(token)) return [...token].map(plain);
  if (isString(token)) return token.value;
  return isBasicExpression(token) ? (token.source ?? `\${{ ${token.expression} }}`) : String(token);
}

export function mapping(value: Plain | undefined): { readonly [name: string]: Plain } {
  if (typeof value === "object" && !Array.isArray(value)) return value as { readonly [name: string]: Plain };
  throw new Error(`${JSON.stringify(value)} is no mapping`);
}

/** The steps of its only job. */
export function guardedSteps(): readonly { readonly [name: string]: Plain }[] {
  const { steps } = mapping(mapping(guardedWorkflow().jobs)["guarded-run"]);
  if (!Array.isArray(steps)) throw new Error("the job has no steps");
  return steps.map(mapping);
}

export interface Given {
  readonly command: string;
  /** The secret `env`; left out where the caller has none. */
  readonly secret?: string;
}

/** As the runner runs `shell: bash`: docs.github.com, "Workflow syntax", `jobs.<job_id>.steps[*].shell`. */
export function guardedRun(job: Job, { command, secret = "" }: Given): Running {
  const step = guardedSteps().find(({ shell }) => shell === "bash");
  if (typeof step?.run !== "string") throw new Error("there is no step for bash");
  const values: Readonly<Record<string, string>> = { "inputs.command": command, "secrets.env": secret };
  const env = Object.fromEntries(
    Object.entries(mapping(step.env)).map(([name, expression]) => {
      const value = values[String(expression).slice(3, -2).trim()];
      if (value === undefined) throw new Error(`${name} is ${expression}, of which this test knows nothing`);
      return [name, value];
    }),
  );
  const script = join(job.temp, "guarded.sh");
  writeFileSync(script, step.run);
  return job.command("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], env);
}

/** In a job that has nobody to ask. */
export async function runAlone<Result = StepResult>(
  given: Given,
  during: (running: Running) => Promise<Result> = (running) => running.result as Promise<Result>,
): Promise<Result> {
  const repository = { fullName: "octo/app", nodeId: "R_1" };
  const job = await startJob({
    hub: { url: "http://127.0.0.1:9" },
    repository,
    token: "ghs_none",
    runId: 801,
  });
  try {
    return await during(guardedRun(job, given));
  } finally {
    await job.dispose();
  }
}
