/**
 * What one run of the probe works with: a place for its refs, commits to point them at, and the tidying up after.
 * Every ref lies under `refs/reflock-probe/<run id>/`; nothing else in the repository is ever written.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, type Api, dig, digText, graphqlErrors, said } from "./api.ts";

export const ZEROS = "0".repeat(40);
export const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** An answer that left the probe without ground to stand on. It says nothing of the point itself. */
export class Broken extends Error {}

export interface RefUpdate {
  readonly name: string;
  readonly beforeOid?: string;
  readonly afterOid: string;
  readonly force?: boolean;
}

/** What the run knows of itself, from the runner. */
export interface Surroundings {
  readonly runId: string;
  readonly attempt: string;
  readonly jobId: string | undefined;
  readonly runnerName: string | undefined;
  readonly gitUrl: string;
  /** A repository without a commit, where this token may write; for one point only. */
  readonly emptyRepository: string | undefined;
}

export interface Probe {
  readonly api: Api;
  readonly about: Surroundings;
  /** Ends with `/`. */
  readonly root: string;
  /** `false` once the service was seen to refuse `updateRefs` here. */
  updateRefsWorks: boolean;
  /** What else the step summary should show, after the table. */
  readonly appendix: string[];
  /** Makes a commit like no other; the whole answer. */
  write(parent?: string): Promise<Answer>;
  /** The same; its oid. */
  commit(parent?: string): Promise<string>;
  create(ref: string, oid: string): Promise<void>;
  tip(ref: string): Promise<string | null>;
  /** Reads until the ref is where it should be, for at most `limitMs`; how long that took, or `null`. */
  settles(ref: string, oid: string | null, limitMs?: number): Promise<number | null>;
  updateRefs(updates: readonly RefUpdate[], unpaced?: boolean): Promise<Answer>;
  cleanUp(): Promise<readonly string[]>;
}

const UPDATE_REFS = "mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }";

export async function begin(api: Api, about: Surroundings, mode: string): Promise<Probe> {
  const root = `refs/reflock-probe/${about.runId}/${about.attempt}-${mode}/`;
  const repository = await api.request("GET", "");
  const repositoryId = digText(repository.body, "node_id");
  if (repositoryId === undefined) throw new Broken(`the repository cannot be read: ${said(repository)}`);

  /** The empty tree needs no creation, or so it is believed: where it is refused, the tree of the default branch does. */
  let tree = EMPTY_TREE;
  async function write(parent?: string): Promise<Answer> {
    const parents = parent === undefined ? [] : [parent];
    const send = () =>
      api.request("POST", "git/commits", {
        body: { message: `reflock probe ${randomUUID()}`, tree, parents },
      });
    const made = await send();
    if (made.status !== 422 || tree !== EMPTY_TREE) return made;
    const branch = digText(repository.body, "default_branch") ?? "main";
    const head = await api.request("GET", `git/ref/heads/${branch}`);
    const commit = await api.request("GET", `git/commits/${digText(head.body, "object", "sha")}`);
    tree = digText(commit.body, "tree", "sha") ?? tree;
    return send();
  }
  async function commit(parent?: string): Promise<string> {
    const made = await write(parent);
    const oid = digText(made.body, "sha");
    if (made.status !== 201 || oid === undefined) throw new Broken(`no commit could be made: ${said(made)}`);
    return oid;
  }

  async function create(ref: string, oid: string): Promise<void> {
    const answer = await api.request("POST", "git/refs", { body: { ref, sha: oid } });
    if (answer.status !== 201) throw new Broken(`${ref} could not be created: ${said(answer)}`);
  }

  async function tip(ref: string): Promise<string | null> {
    const answer = await api.request("GET", `git/ref/${ref.replace("refs/", "")}`);
    if (answer.status === 404) return null;
    return digText(answer.body, "object", "sha") ?? null;
  }

  async function settles(ref: string, oid: string | null, limitMs = 15_000): Promise<number | null> {
    const since = performance.now();
    while (performance.now() - since < limitMs) {
      if ((await tip(ref)) === oid) return Math.round(performance.now() - since);
      await sleep(250);
    }
    return null;
  }

  async function updateRefs(refUpdates: readonly RefUpdate[], unpaced = false): Promise<Answer> {
    const answer = await api.graphql(UPDATE_REFS, { input: { repositoryId, refUpdates } }, { unpaced });
    // Nothing was decided, or nobody knows what was: it must not pass for a refusal that a point expects.
    if (answer.status >= 500) throw new Broken(`no answer that says anything: ${said(answer)}`);
    return answer;
  }

  /** A list may lag behind a deletion; deleting what is gone already does no harm, for nobody else uses these names. */
  async function cleanUp(): Promise<readonly string[]> {
    let left = await own();
    for (let round = 0; left.length > 0 && round < 5; round++) {
      if (round > 0) await sleep(2000);
      for (const ref of left) await api.request("DELETE", `git/refs/${ref.replace("refs/", "")}`);
      left = await own();
    }
    return left;
  }
  async function own(): Promise<string[]> {
    const answer = await api.request("GET", `git/matching-refs/${root.replace("refs/", "")}`);
    if (!Array.isArray(answer.body)) throw new Broken(`own refs cannot be listed: ${said(answer)}`);
    return answer.body.map((ref: unknown) => String(dig(ref, "ref")));
  }

  const tools = { write, commit, create, tip, settles, updateRefs, cleanUp };
  return { api, about, root, updateRefsWorks: true, appendix: [], ...tools };
}

/** GraphQL answers 200 whether it did anything or not. */
export function applied(answer: Answer): boolean {
  return (
    answer.status === 200 &&
    graphqlErrors(answer).length === 0 &&
    dig(answer.body, "data", "updateRefs") != null
  );
}
