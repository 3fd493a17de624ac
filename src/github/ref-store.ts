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
}

export function openRefStore(
  client: Client,
  connection: Connection,
  way: Way = "update-refs",
): GitHubRefStore {
  const { octokit, owner, repo } = client;
  const { read, history, write, at } = openCommits(client);
  const conditional = conditionalReads();
  const nodeId = nodeIdOf(client, connection);
  const state = { way, refusedOnce: new Set<string>(), unexplained: 0 };

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
      const { ref, from, to } = decidingOf(changes);
      const id = `${ref} ${from} ${to}`;
      // One ref that must not exist: REST compares as well, has texts that are known, and a budget of its own.
      if (changes.length === 1 && from === null) return await compareLog(client, changes);
      let isRefused = false;
      if (state.way === "update-refs" && !state.refusedOnce.has(id)) {
        const outcome = await compareAll(client, await nodeId(), changes);
        // The text of a mismatch is not documented: what comes back unchanged after a refusal goes the way whose texts are known.
        if (outcome === "conflict") state.refusedOnce.add(id);
        if (outcome !== "refused") return outcome;
        isRefused = true;
      }
      const outcome = await compareLog(client, changes);
      // Once may have been a marker that differed, or a stale read; what is refused in words, or twice without, is refused for good.
      if (outcome === "applied" && (isRefused || ++state.unexplained > 1)) state.way = "log-alone";
      return outcome;
    },
  };
}

/** The repository's node id, asked for once, and only where the event did not tell it. */
function nodeIdOf({ octokit, owner, repo, send }: Client, connection: Connection): () => Promise<string> {
  let asked: Promise<string> | null = connection.nodeId === null ? null : Promise.resolve(connection.nodeId);
  return () => {
    asked ??= send(({ signal }) => octokit.repos.get({ owner, repo, request: { signal } })).then(
      ({ data }) =>
        whole(data, (value) => typeof (value as { node_id?: unknown }).node_id === "string").node_id,
    );
    asked.catch(() => {
      asked = null;
    });
    return asked;
  };
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
