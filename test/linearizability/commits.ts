/**
 * Owns the reading of lock commits for the recorder. A parser of its own: it must never import the code under test.
 */
import type { Identity } from "../../src/lock/identity.ts";
import type { Commit } from "../../src/lock/refs.ts";

export interface ReadClaim {
  readonly kind: "claim";
  readonly nonce: string;
  readonly lock: string;
  readonly slot: number;
  readonly owner: string;
  readonly life: string;
  readonly isFreeze: boolean;
  /** Not the hold's first claim. */
  readonly isRenewal: boolean;
  /** The shorter of its limits, if it has any. */
  readonly limitMs: number | null;
}

export interface ReadEntry {
  readonly kind: "entry";
  readonly ends: string;
  readonly lock: string;
  readonly slot: number;
  readonly outcome: string;
  readonly by: string;
}

interface Fields {
  readonly kind?: unknown;
  readonly nonce?: unknown;
  readonly ends?: unknown;
  readonly lock?: unknown;
  readonly slot?: unknown;
  readonly scope?: unknown;
  readonly freeze?: unknown;
  readonly sequence?: unknown;
  readonly outcome?: unknown;
  readonly maxHoldSeconds?: unknown;
  readonly leaseSeconds?: unknown;
  readonly run?: Identity["run"];
  readonly process?: Identity["process"];
  readonly by?: Identity;
}

/** `null`: neither a claim nor an entry. */
export function nodeOf({ message }: Commit): ReadClaim | ReadEntry | null {
  const fields = fieldsOf(message);
  const place = { lock: String(fields.lock), slot: Number(fields.slot ?? 1) };
  if (fields.kind === "entry") {
    const by = ownerOf(fields.by ?? { run: null, process: null });
    return { kind: "entry", ends: String(fields.ends), outcome: String(fields.outcome), by, ...place };
  }
  if (fields.kind !== "claim") return null;
  const who = { run: fields.run ?? null, process: fields.process ?? null };
  const limits = [fields.maxHoldSeconds, fields.leaseSeconds].filter((limit) => typeof limit === "number");
  return {
    ...{ kind: "claim", nonce: String(fields.nonce), ...place },
    ...{ owner: ownerOf(who), life: lifeOf(who, fields.scope === "run" ? "run" : "job") },
    ...{ isFreeze: fields.freeze === true, isRenewal: typeof fields.sequence === "number" },
    limitMs: limits.length === 0 ? null : Math.min(...limits) * 1000,
  };
}

function fieldsOf(message: string): Fields {
  try {
    return JSON.parse(message.slice(message.indexOf("\n\n"))) as Fields;
  } catch {
    return {};
  }
}

/** Who somebody is, in a word. */
export function ownerOf({ run, process }: Identity): string {
  if (run !== null) return `run ${run.id}.${run.attempt} job ${run.jobId ?? `${run.job} on ${run.runner}`}`;
  if (process === null) return "nobody";
  return `${process.user}@${process.host}${process.pid === null ? "" : ` pid ${process.pid}`}`;
}

/** Whose end ends a claim: its job, or of scope `run` the attempt. */
export function lifeOf(who: Identity, scope: "job" | "run"): string {
  if (who.run === null || scope === "job") return ownerOf(who);
  return `run ${who.run.id}.${who.run.attempt}`;
}
