/**
 * The inputs of the action, checked before any request is made, and the job that gives them.
 * Owns their names and what is wrong with them; must not act on them.
 */
import { getInput, getMultilineInput } from "@actions/core";
import { context } from "@actions/github";
import { parseDuration } from "../lock/duration.ts";
import { LockError } from "../lock/errors.ts";
import { type Identity, isRepository } from "../lock/identity.ts";
import { type LockName, parseName, parseNamespace } from "../lock/name.ts";
import type { Connection } from "../wire.ts";

const OPERATIONS = ["acquire", "release", "check", "status", "clear", "freeze"] as const;

export type Operation = (typeof OPERATIONS)[number];

export interface Inputs {
  readonly operation: Operation;
  /** At least one; `all` for `status` and `clear` only. */
  readonly locks: readonly LockName[] | "all";
  readonly namespace: string;
  readonly waitMs: number;
  readonly onTimeout: "fail" | "skip";
  readonly slots: number;
  readonly scope: "job" | "run";
  readonly maxHoldSeconds: number | null;
  readonly reason: string | null;
  readonly expect: string | null;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly connection: Connection;
  readonly who: Identity;
}

/** @throws LockError `usage` for the first input that can't be, with what to write instead */
export function readInputs(): Inputs {
  const repository = parseRepository(getInput("repository") || (process.env.GITHUB_REPOSITORY ?? ""));
  const operation = parseOperation(getInput("operation") || "acquire");
  const namespace = parseNamespace(getInput("namespace") || "refs/locks");
  return {
    operation,
    locks: parseNames(operation, namespace),
    namespace,
    waitMs: parseDuration(getInput("wait") || "1h", "wait"),
    onTimeout: oneOf("on-timeout", ["fail", "skip"], "fail"),
    slots: parseSlots(getInput("slots") || "1"),
    scope: oneOf("scope", ["job", "run"], "job"),
    maxHoldSeconds: parseMaxHold(getInput("max-hold")),
    reason: parseReason(getInput("reason")),
    ...parseClearing(operation),
    connection: {
      apiUrl: context.apiUrl,
      token: parseToken(getInput("token")),
      repository,
      nodeId: nodeIdOf(repository),
    },
    who: { run: thisRun(parseJobId(getInput("job-id"))), process: null },
  };
}

function parseOperation(text: string): Operation {
  const found = OPERATIONS.find((operation) => operation === text);
  if (found !== undefined) return found;
  throw new LockError(
    "usage",
    `\`operation: ${quoted(text)}\` is none of ${OPERATIONS.join(", ")}. Write one of them, or leave it out to acquire.`,
  );
}

function parseNames(operation: Operation, namespace: string): readonly LockName[] | "all" {
  const names = getMultilineInput("name");
  const isForMany = operation === "status" || operation === "clear";
  if (isForMany && names.length === 1 && names[0] === "*") return "all";
  if (names.includes("*") && names.length > 1) {
    throw new LockError("usage", "`name: *` means all locks, and can't stand beside others. Name either.");
  }
  // An empty input has no lines at all: the name's own check says what to write.
  const parsed = (names.length === 0 ? [""] : names).map((name) => parseName(name, namespace));
  return parsed.filter(
    ({ encoded }, index) => parsed.findIndex((other) => other.encoded === encoded) === index,
  );
}

/** What is cleared by force is named and explained: nobody ends a living hold by a slip of the hand. */
function parseClearing(operation: Operation): Pick<Inputs, "expect" | "force" | "dryRun"> {
  const expect = getInput("expect").toLowerCase();
  const force = oneOf("force", ["true", "false"], "false") === "true";
  const dryRun = oneOf("dry-run", ["true", "false"], "false") === "true";
  if (expect !== "" && !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(expect)) {
    throw new LockError(
      "usage",
      `\`expect: ${quoted(expect)}\` is not the oid of a claim. \`operation: status\` shows it: 40 hexadecimal digits.`,
    );
  }
  if (operation === "clear" && force && (expect === "" || getInput("reason") === "")) {
    throw new LockError(
      "usage",
      "`force: true` ends what may be alive. Say which in `expect`, the oid that `operation: status` shows, and why in `reason`.",
    );
  }
  return { expect: expect === "" ? null : expect, force, dryRun };
}

function parseSlots(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text))
    throw new LockError("usage", `\`slots: ${quoted(text)}\` is not a whole number from 1 to 999.`);
  return Number(text);
}

function parseMaxHold(text: string): number | null {
  if (text === "") return null;
  const ms = parseDuration(text, "max-hold");
  if (ms === 0)
    throw new LockError(
      "usage",
      "`max-hold: 0` would let others take the lock over at once. Write such as `2h`, or leave it out.",
    );
  return ms === Number.POSITIVE_INFINITY ? null : ms / 1000;
}

function parseReason(text: string): string | null {
  if (text.length > 1000)
    throw new LockError("usage", "`reason` is longer than 1000 characters. Shorten it.");
  return text === "" ? null : text;
}

function parseToken(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  const what = text === "" ? "is empty" : "has a space, a line break or a letter in it that no token has";
  throw new LockError(
    "usage",
    `\`token\` ${what}. Leave the input out to use the job's own, or give one that may write to the repository's contents.`,
  );
}

function parseRepository(text: string): string {
  if (isRepository(text)) return text;
  throw new LockError("usage", `\`repository: ${quoted(text)}\` is not \`owner/name\`.`);
}

/** Empty on GitHub Enterprise Server, which does not tell (docs/github-facts.md). */
function parseJobId(text: string): number | null {
  if (text === "") return null;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new LockError(
    "usage",
    `\`job-id: ${quoted(text)}\` is not a number. Leave the input out: it is the job's own id.`,
  );
}

function oneOf<const Choice extends string>(
  input: string,
  choices: readonly Choice[],
  otherwise: Choice,
): Choice {
  const text = getInput(input) || otherwise;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new LockError("usage", `\`${input}: ${quoted(text)}\` is none of ${choices.join(", ")}.`);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60)).slice(1, -1);
}

/** The event tells the node id of the repository that it happened in, which saves asking for it. */
function nodeIdOf(repository: string): string | null {
  const told = context.payload.repository as { full_name?: unknown; node_id?: unknown } | undefined;
  const isSame =
    typeof told?.full_name === "string" && told.full_name.toLowerCase() === repository.toLowerCase();
  return isSame && typeof told.node_id === "string" ? told.node_id : null;
}

function thisRun(jobId: number | null): Identity["run"] {
  const repository = process.env.GITHUB_REPOSITORY ?? "";
  const id = context.runId || 0;
  const attempt = Number(process.env.GITHUB_RUN_ATTEMPT) || 1;
  return {
    repository,
    id,
    attempt,
    job: context.job ?? "",
    jobId,
    runner: process.env.RUNNER_NAME ?? "",
    workflow: context.workflow ?? "",
    event: context.eventName ?? "",
    actor: context.actor ?? "",
    url: `${context.serverUrl}/${repository}/actions/runs/${id}/attempts/${attempt}`,
  };
}
