/**
 * Commits of a repository on GitHub: read once each, and written without a work tree.
 * Owns their routes; must not know which refs point at them, nor what their messages mean.
 */
import { LockError } from "../lock/errors.ts";
import type { RefStore } from "../lock/ports.ts";
import type { Commit, Oid } from "../lock/refs.ts";
import type { Client } from "./client.ts";
import { answerOf, unreachable, whole } from "./failure.ts";

/** git's well-known oid of a tree without files: GitHub takes it without its having been made. */
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

export interface Commits extends Pick<RefStore, "read" | "history" | "write"> {
  /** The commit that a ref points at, in one request; `null` where GitHub does not tell, which says nothing of the ref. */
  at(ref: string): Promise<Commit | null>;
}

export function openCommits(client: Client): Commits {
  const { octokit, owner, repo, send } = client;
  const known = new Map<Oid, Commit>();
  let tree = EMPTY_TREE;

  const keep = (commit: Commit): Commit => {
    known.set(commit.oid, commit);
    return commit;
  };

  const create = async (message: string, parents: Oid[]): Promise<Commit> => {
    const { data } = await send((request) =>
      orBehind(octokit.git.createCommit({ owner, repo, message, tree, parents, request }), /parent/i),
    );
    const { sha, parents: made, committer } = whole(data, hasSha);
    return keep(toCommit(sha, made, message, committer?.date));
  };

  return {
    async at(ref) {
      const commit = await objectAt(client, ref);
      return commit === null ? null : keep(commit);
    },

    async read(oid) {
      const commit = known.get(oid);
      if (commit !== undefined) return commit;
      const { data } = await send((request) =>
        orBehind(octokit.git.getCommit({ owner, repo, commit_sha: oid, request })),
      );
      const found = whole(data, hasSha);
      return keep(toCommit(found.sha, found.parents, found.message, found.committer?.date));
    },

    async history(oid, limit) {
      const { data } = await send((request) =>
        orBehind(octokit.repos.listCommits({ owner, repo, sha: oid, per_page: limit, request })),
      );
      for (const { sha, parents, commit } of whole(data, Array.isArray)) {
        keep(toCommit(sha, parents, commit.message, commit.committer?.date));
      }
      return inOrder(oid, known, limit);
    },

    async write(message, parent) {
      const parents = parent === null ? [] : [parent];
      try {
        return await create(message, parents);
      } catch (error) {
        if (!isTreeRefused(error) || tree !== EMPTY_TREE) throw error;
        tree = await makeTree(client);
        return await create(message, parents);
      }
    },
  };
}

/**
 * The commit that a ref points at, by one GraphQL query. Whether GitHub resolves refs outside heads and tags here is not documented: `null` says
 * nothing, and the caller asks over REST.
 */
async function objectAt({ octokit, owner, repo, send }: Client, ref: string): Promise<Commit | null> {
  const query = `query ($owner: String!, $repo: String!, $ref: String!) {
    repository(owner: $owner, name: $repo) {
      object(expression: $ref) { ... on Commit { oid message committedDate parents(first: 1) { nodes { oid } } } }
    }
  }`;
  interface Found {
    repository: {
      object: {
        oid?: Oid;
        message: string;
        committedDate: string;
        parents: { nodes: { oid: Oid }[] };
      } | null;
    } | null;
  }
  try {
    const found = await send((request) => octokit.graphql<Found>(query, { owner, repo, ref, request }));
    const commit = found.repository?.object;
    if (commit?.oid === undefined) return null;
    const parents = commit.parents.nodes.map(({ oid }) => oid);
    return { oid: commit.oid, parents, message: commit.message, date: utc(commit.committedDate) };
  } catch (error) {
    if (error instanceof LockError && error.kind !== "refused") throw error;
    return null;
  }
}

/** Where the empty tree has to exist first, a tree of one small file does as well: nobody checks it out. */
async function makeTree({ octokit, owner, repo, send }: Client): Promise<Oid> {
  const file = {
    path: "reflock",
    mode: "100644",
    type: "blob",
    content: "A lock: its records are the commit messages.\n",
  } as const;
  const { data } = await send(({ signal }) =>
    octokit.git.createTree({ owner, repo, tree: [file], request: { signal } }),
  );
  return whole(data, hasSha).sha;
}

function hasSha(data: unknown): boolean {
  return typeof (data as { sha?: unknown } | null)?.sha === "string";
}

function isTreeRefused(error: unknown): boolean {
  const answer = error instanceof LockError ? answerOf(error.cause) : null;
  return answer?.status === 422 && /tree/i.test(answer.message);
}

/** A commit that we wrote, or to which a ref was seen to point, exists: a replica that does not have it is behind. */
async function orBehind<Result>(request: Promise<Result>, text = /./): Promise<Result> {
  try {
    return await request;
  } catch (error) {
    const answer = answerOf(error);
    if (answer === null || ![404, 409, 422].includes(answer.status) || !text.test(answer.message))
      throw error;
    throw unreachable("GitHub does not know a commit yet which it has", error);
  }
}

function toCommit(
  oid: Oid,
  parents: readonly { sha?: string }[],
  message: string,
  date: string | undefined,
): Commit {
  if (typeof oid !== "string" || !Array.isArray(parents)) throw unreachable("GitHub's answer broke off");
  return {
    oid,
    parents: parents.flatMap(({ sha }) => (sha === undefined ? [] : [sha])),
    message,
    date: utc(date ?? ""),
  };
}

/** The API dates commits in UTC or with an offset: one form serves all comparisons. */
function utc(date: string): string {
  const time = Date.parse(date);
  return Number.isNaN(time) ? "1970-01-01T00:00:00Z" : new Date(time).toISOString().replace(".000Z", "Z");
}

/** The list comes by date, of which several commits of one second may share one: the parents tell the order. */
function inOrder(from: Oid, commits: ReadonlyMap<Oid, Commit>, limit: number): Commit[] {
  const ordered: Commit[] = [];
  for (let oid: Oid | undefined = from; oid !== undefined && ordered.length < limit; ) {
    const commit = commits.get(oid);
    if (commit === undefined) break;
    ordered.push(commit);
    oid = commit.parents[0];
  }
  if (ordered.length === 0)
    throw unreachable("GitHub's list of commits does not begin with the one that was asked for");
  return ordered;
}
