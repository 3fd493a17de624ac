/**
 * Refs and commits of a repository on GitHub.
 * Owns the routes, their texts, and the two ways of a transaction; must not know what the refs mean, but for which of them is a log.
 */
import { LockError } from "../lock/errors.ts";
import type { RefStore } from "../lock/ports.ts";
import type { Ref } from "../lock/refs.ts";
import type { Client, Connection } from "./client.ts";
import { openCommits } from "./commits.ts";
import { conditionalReads } from "./conditional.ts";
import { answerOf, whole } from "./failure.ts";
import { compareLog, decidingOf } from "./log-alone.ts";
import { compareAll } from "./update-refs.ts";

/**
 * `update-refs`: one GraphQL mutation compares every ref. `log-alone`: where that is refused, REST compares the log, and the rest follows.
 */
export type Way = "update-refs" | "log-alone";

export interface GitHubRefStore extends RefStore {
  /** The way that transactions take, as far as is known: it is saved for post, which then need not find out again. */
  way(): Way;
  /** The repository's node id, as far as it is known. */
  nodeId(): string | null;
}

/** Of a crowd of a hundred with one token, the whole queue stays within GitHub's limits of a minute (docs/github-facts.md, "Rate limits"). */
const POLL_MS = 1200;

export function openRefStore(
  client: Client,
  connection: Connection,
  way: Way = "update-refs",
): GitHubRefStore {
  const { octokit, owner, repo } = client;
  const { read, history, write, at } = openCommits(client);
  const conditional = conditionalReads();
  const nodeId = nodeIdOf(client, connection);
  const state = { way, refusedOnce: new Set<string>(), isSuspect: false };

  const tip = (ref: string) =>
    conditional(client, ref, async (options) => {
      try {
        const { data, headers } = await octokit.git.getRef({
          owner,
          repo,
          ref: ref.replace(/^refs\//, ""),
          ...options,
        });
        return { value: toRef(data).oid, etag: headers.etag };
      } catch (error) {
        if (answerOf(error)?.status !== 404) throw error;
        return { value: null, etag: undefined };
      }
    });

  return {
    clock: "server",
    way: () => state.way,
    nodeId: () => nodeId.known(),
    pollMs: POLL_MS,
    comparesAll: () => state.way === "update-refs",
    read,
    history,
    write,

    async list(prefix) {
      if (state.way === "update-refs") nodeId().catch(() => {});
      const ref = prefix.replace(/^refs\//, "");
      const refs = await conditional(client, prefix, async (options) => {
        const { data, headers } = await emptyRepositorySaid(connection, () =>
          octokit.git.listMatchingRefs({ owner, repo, ref, ...options }),
        );
        return { value: whole(data, Array.isArray).map(toRef), etag: headers.etag };
      });
      return { refs, readAtMs: client.answeredAtMs() };
    },

    tip,

    async tipCommit(ref) {
      const commit = await at(ref);
      if (commit !== null) return commit;
      const oid = await tip(ref);
      return oid === null ? null : await read(oid);
    },

    async transact(changes) {
      // One ref that must not exist: REST compares as well, has texts that are known, and a budget of its own.
      if (changes.length === 1 && changes[0]?.from === null) return await compareLog(client, changes);
      const { ref, from, to } = decidingOf(changes);
      const id = `${ref} ${from} ${to}`;
      let isDoubted = false;
      if (state.way === "update-refs" && !state.refusedOnce.has(id)) {
        const outcome = await compareAll(client, await nodeId(), changes);
        if (outcome === "applied") state.isSuspect = false;
        if (outcome === "applied" || outcome === "unknown") return outcome;
        if (outcome === "refused") state.way = "log-alone";
        // The text of a mismatch is not documented: a conflict is taken for one. But what comes back unchanged, and a single change that is refused right
        // after another refusal, goes the way whose texts are known.
        const isBelieved = outcome === "conflict" && (changes.length > 1 || !state.isSuspect);
        state.isSuspect = true;
        state.refusedOnce.add(id);
        if (isBelieved) return "conflict";
        isDoubted = true;
      }
      const outcome = await compareLog(client, changes);
      // It applied what was refused: there is no `updateRefs` here.
      if (outcome === "applied" && isDoubted) state.way = "log-alone";
      return outcome;
    },
  };
}

/** The repository's node id, asked for once, and only where the event did not tell it. */
function nodeIdOf(
  { octokit, owner, repo, send }: Client,
  connection: Connection,
): (() => Promise<string>) & { known(): string | null } {
  let told = connection.nodeId;
  let asked: Promise<string> | null = null;
  const ask = async () => {
    const { data } = await send(({ signal }) => octokit.repos.get({ owner, repo, request: { signal } }));
    told = whole(
      data,
      (value) => typeof (value as { node_id?: unknown } | null)?.node_id === "string",
    ).node_id;
    return told;
  };
  const nodeId = async () => {
    if (told !== null) return told;
    asked ??= ask().finally(() => {
      asked = null;
    });
    return await asked;
  };
  return Object.assign(nodeId, { known: () => told });
}

async function emptyRepositorySaid<Result>(
  { repository }: Connection,
  request: () => Promise<Result>,
): Promise<Result> {
  try {
    return await request();
  } catch (error) {
    const answer = answerOf(error);
    if (answer?.status !== 409 || !/empty/i.test(answer.message)) throw error;
    const message = `The repository ${repository} has no commit yet, and refs need one. Push a first commit, or name another \`repository\`.`;
    throw new LockError("usage", message, { cause: error });
  }
}

function toRef(data: { ref: string; object: { sha: string; type?: string } }): Ref {
  whole(data, (value) => typeof (value as { object?: { sha?: unknown } }).object?.sha === "string");
  return { name: data.ref, oid: data.object.sha, isCommit: data.object.type === "commit" };
}
