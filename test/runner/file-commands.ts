/**
 * The files through which a step tells the runner things: state, outputs, environment, path and summary.
 * Owns their making and their reading back. Must not know what the values mean, nor who wrote them.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mask } from "./commands.ts";

export interface FileCommands {
  /** `GITHUB_STATE` and so on, each naming an empty file that is this process's alone. */
  readonly env: Readonly<Record<string, string>>;
  read(masks: ReadonlySet<string>): FileCommandResults;
}

export interface FileCommandResults {
  readonly state: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly path: readonly string[];
  readonly summary: string;
  /** What the runner could not read. Whatever stands before it in the file counts. */
  readonly failures: readonly string[];
}

const FILES = {
  GITHUB_STATE: "save_state_",
  GITHUB_OUTPUT: "set_output_",
  GITHUB_ENV: "set_env_",
  GITHUB_PATH: "add_path_",
  GITHUB_STEP_SUMMARY: "step_summary_",
} as const;

const SUMMARY_LIMIT_BYTES = 1024 * 1024;

export function createFileCommands(runnerTemp: string): FileCommands {
  const folder = join(runnerTemp, "_runner_file_commands");
  mkdirSync(folder, { recursive: true });
  const suffix = randomUUID();
  const path = (variable: keyof typeof FILES): string => join(folder, FILES[variable] + suffix);
  const variables = Object.keys(FILES) as (keyof typeof FILES)[];
  for (const variable of variables) writeFileSync(path(variable), "");
  return {
    env: Object.fromEntries(variables.map((variable) => [variable, path(variable)])),
    read: (masks) => {
      const failures: string[] = [];
      const pairs = (variable: keyof typeof FILES): Record<string, string> => {
        const { values, failure } = parsePairs(readOrEmpty(path(variable)));
        if (failure !== null) failures.push(`Unable to process file command ${variable}: ${failure}`);
        return values;
      };
      const env = pairs("GITHUB_ENV");
      if ("NODE_OPTIONS" in env) {
        delete env.NODE_OPTIONS;
        failures.push("NODE_OPTIONS can't be set by way of GITHUB_ENV");
      }
      return {
        env,
        state: pairs("GITHUB_STATE"),
        outputs: pairs("GITHUB_OUTPUT"),
        path: readOrEmpty(path("GITHUB_PATH"))
          .split(/\r?\n/)
          .filter((line) => line !== ""),
        summary: readSummary(path("GITHUB_STEP_SUMMARY"), masks, failures),
        failures,
      };
    },
  };
}

function readSummary(path: string, masks: ReadonlySet<string>, failures: string[]): string {
  const text = readOrEmpty(path);
  const size = Buffer.byteLength(text);
  if (size > SUMMARY_LIMIT_BYTES) {
    failures.push(`GITHUB_STEP_SUMMARY holds at most ${SUMMARY_LIMIT_BYTES} bytes, and got ${size}`);
    return "";
  }
  return mask(text, masks);
}

/** A step may delete its file; to the runner that is an empty one. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** `name=value`, or `name<<DELIMITER`, lines, `DELIMITER`. Whichever of `=` and `<<` comes first in the line decides. */
export function parsePairs(text: string): { values: Record<string, string>; failure: string | null } {
  const values: Record<string, string> = {};
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const match = /^(.*?)(=|<<)(.*)$/s.exec(line);
    const [, name = "", sign = "", rest = ""] = match ?? [];
    if (match === null || name === "") return { values, failure: `invalid format '${line}'` };
    if (sign === "=") {
      values[name] = rest;
      continue;
    }
    const end = lines.indexOf(rest, at + 1);
    if (rest === "" || end < 0) return { values, failure: `matching delimiter not found '${rest}'` };
    values[name] = lines.slice(at + 1, end).join("\n");
    at = end;
  }
  return { values, failure: null };
}
