/**
 * Clients of the shipped GitHub store over the embedded server, in this process.
 * Owns how both are put together; must not know what is asked of them.
 */
import { expect } from "vitest";
import { connect } from "../../src/github/client.ts";
import { type GitHubRefStore, openRefStore, type Way } from "../../src/github/ref-store.ts";
import type { Oid } from "../../src/lock/refs.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import type { HubRepository, RepositoryOptions, UpdateRefsMode } from "../hub/repository.ts";
import type { Grants } from "../hub/tokens.ts";
import type { Arena } from "./stage.ts";

export interface ClientOptions {
  readonly grants?: Grants;
  /** The base URL, where it is not the server's own. */
  readonly apiUrl?: string;
  readonly repository?: string;
  /** The repository's own unless set. */
  readonly nodeId?: string | null;
  readonly way?: Way;
}

export interface GitHubArena extends Arena {
  readonly hub: Hub;
  readonly repository: HubRepository;
  /** A client with a token of its own. */
  client(options?: ClientOptions): Promise<{ readonly store: GitHubRefStore; readonly token: string }>;
}

/** @param kinds what `updateRefs` does for the first client, the second, and so on in turn */
export async function openGitHubArena(
  kinds: readonly UpdateRefsMode[] = ["works"],
  options: RepositoryOptions = {},
): Promise<GitHubArena> {
  const hub = await startHub();
  const repository = await hub.addRepository("octo/app", options);
  let clients = 0;

  const client: GitHubArena["client"] = async ({ grants = {}, apiUrl, nodeId, way, ...more } = {}) => {
    const updateRefs = kinds[clients++ % kinds.length] ?? "works";
    const token = hub.addToken({ updateRefs, restLimit: 100_000, graphqlLimit: 100_000, ...grants });
    const connection = {
      ...{ apiUrl: apiUrl ?? hub.url, token, repository: more.repository ?? repository.fullName },
      nodeId: nodeId === undefined ? repository.nodeId : nodeId,
    };
    return { store: openRefStore(await connect(connection), connection, way), token };
  };

  return {
    ...{ hub, repository, client },
    connect: async () => (await client()).store,
    tip: async (ref) => (await repository.refs(ref)).find(({ name }) => name === ref)?.oid ?? null,
    set: async (ref: string, oid: Oid | null) => {
      await repository.git(oid === null ? ["update-ref", "-d", ref] : ["update-ref", ref, oid]);
    },
    lose: (what) => void hub.faults.add({ kind: what === "request" ? "drop-before" : "drop-after" }),
    close: async () => {
      expect(hub.contractViolations).toEqual([]);
      await hub.close();
    },
  };
}
