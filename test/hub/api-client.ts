/**
 * Owns plain calls to the hub for the tests of the hub itself: no library between them and the wire, so that what
 * is asserted is what was sent. Not for tests of the product, which bring their own client.
 */
import { EMPTY_TREE } from "./objects.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the server sent, and fails if it is not there
  readonly json: any;
}

export interface ApiClient {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  graphql(query: string, variables?: Record<string, unknown>): Promise<Reply>;
  /** The mutation in its usual form. */
  updateRefs(repositoryId: string, refUpdates: readonly RefUpdateInput[]): Promise<Reply>;
  /** Writes a commit on the empty tree; gives its oid. */
  commit(message: string, ...parents: readonly string[]): Promise<string>;
}

export interface RefUpdateInput {
  readonly name: string;
  readonly beforeOid?: string;
  readonly afterOid: string;
  readonly force?: boolean;
}

/** Paths that begin with a slash are the hub's, others are under /repos/{repository}/. */
export function apiClient(hubUrl: string, token: string, repository = "octo/app"): ApiClient {
  async function call(method: string, path: string, body?: unknown, headers = {}): Promise<Reply> {
    const response = await fetch(hubUrl + (path.startsWith("/") ? path : `/repos/${repository}/${path}`), {
      method,
      headers: { authorization: `token ${token}`, ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      json: text === "" ? null : JSON.parse(text),
    };
  }

  const graphql = (query: string, variables = {}) => call("POST", "/graphql", { query, variables });
  return {
    call,
    graphql,
    updateRefs: (repositoryId, refUpdates) =>
      graphql("mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }", {
        input: { repositoryId, refUpdates },
      }),
    async commit(message, ...parents) {
      const { status, json } = await call("POST", "git/commits", { message, tree: EMPTY_TREE, parents });
      if (status !== 201) throw new Error(`No commit: ${status} ${JSON.stringify(json)}`);
      return json.sha;
    },
  };
}
