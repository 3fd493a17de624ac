/**
 * A transaction by GraphQL's `updateRefs`, which compares every ref and applies all or none.
 * Owns the mutation and the reading of its errors; must not know the other way.
 * https://docs.github.com/en/graphql/reference/git (updateRefs: atomic, zeros for "must not exist" and "delete").
 */
import { LockError } from "../lock/errors.ts";
import { isLogRef } from "../lock/name.ts";
import type { Outcome } from "../lock/ports.ts";
import type { RefChange } from "../lock/refs.ts";
import type { Client } from "./client.ts";
import { isGraphqlFailure, throttledBy, unreachable } from "./failure.ts";

const ZERO_OID = "0".repeat(40);

const MUTATION = `mutation ($repositoryId: ID!, $refUpdates: [RefUpdate!]!) {
  updateRefs(input: { repositoryId: $repositoryId, refUpdates: $refUpdates }) { clientMutationId }
}`;

/** `refused`: this server, or this token, has no `updateRefs` for these refs; nothing was changed. */
export async function compareAll(
  { octokit, send }: Client,
  repositoryId: string,
  changes: readonly RefChange[],
): Promise<Outcome | "refused"> {
  const refUpdates = changes.map(({ ref, from, to }) => ({
    name: ref,
    beforeOid: from ?? ZERO_OID,
    afterOid: to ?? ZERO_OID,
    // A log only ever moves to a descendant, and the server shall see to it. A leftover marker may point anywhere.
    force: !isLogRef(ref),
  }));
  try {
    const data = await send((request) =>
      answered(octokit.graphql<unknown>(MUTATION, { repositoryId, refUpdates, request })),
    );
    return hasPayload(data) ? "applied" : "unknown";
  } catch (error) {
    if (error instanceof GraphqlErrors) return error.outcome;
    if (error instanceof LockError && error.kind === "unreachable") return "unknown";
    throw error;
  }
}

function hasPayload(data: unknown): boolean {
  return typeof data === "object" && data !== null && "updateRefs" in data && data.updateRefs !== null;
}

class GraphqlErrors extends LockError {
  readonly outcome: Outcome | "refused";

  constructor(outcome: Outcome | "refused", message: string) {
    super("refused", message);
    this.outcome = outcome;
  }
}

async function answered(request: Promise<unknown>): Promise<unknown> {
  try {
    return await request;
  } catch (error) {
    throw readErrors(error) ?? error;
  }
}

/** `null` where the failure is not one that GraphQL itself tells. */
function readErrors(error: unknown): LockError | null {
  if (!isGraphqlFailure(error)) return null;
  const failures = error.errors;
  const message = failures.map((failure) => failure.message ?? "").join("; ");
  const has = (pattern: RegExp) =>
    failures.some(({ type = "", message = "" }) => pattern.test(`${type} ${message}`));
  if (has(/RATE_LIMITED|rate limit/i))
    return throttledBy({ status: 429, headers: error.headers ?? {}, message }, error);
  // A query that ran out of time may have done its work.
  if (has(/something went wrong|timeout|timed out|try again/i))
    return unreachable(`GitHub answered: ${message}`, error);
  if (
    has(
      /doesn't exist on type|undefinedField|FORBIDDEN|not accessible|not allowed|not permitted|not supported|not a valid|invalid ref/i,
    )
  ) {
    return new GraphqlErrors("refused", message);
  }
  return new GraphqlErrors("conflict", message);
}
