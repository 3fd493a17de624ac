/**
 * Clients of the git store over one bare repository, by each way that leads there, for the contract that all stores keep.
 * Owns how they are put together; must not know what is asked of them.
 */
import { join } from "node:path";
import { expect } from "vitest";
import { encodeCommit, type ObjectFormat } from "../../src/git/commit.ts";
import { writeLoose } from "../../src/git/loose.ts";
import { type GitRefStore, openGitStore } from "../../src/git/ref-store.ts";
import type { RefStore } from "../../src/lock/ports.ts";
import type { Arena } from "../contract/stage.ts";
import { installFakeSsh } from "./fake-ssh.ts";
import { type GitHttpServer, startGitHttpServer } from "./http-server.ts";
import { startLighttpd } from "./lighttpd.ts";
import { type BareRepository, openRepositories, type Repositories } from "./repositories.ts";
import { installShim } from "./shim.ts";

/** `old-ssh`: a server that knows git's first protocol alone. */
export type Way = "path" | "http" | "ssh" | "old-ssh" | "lighttpd";

export interface GitArenaOptions {
  readonly format?: ObjectFormat;
  readonly settings?: Readonly<Record<string, string>>;
}

const COMMITTER = { name: "octo", email: "octo@example.com" };

interface Reached {
  readonly url: string;
  lose(what: "request" | "answer"): void;
  close(): Promise<void> | void;
}

export async function openGitArena(
  way: Way,
  { format = "sha1", settings }: GitArenaOptions = {},
): Promise<Arena> {
  const repositories = await openRepositories();
  const repository = await repositories.add("app.git", format, settings);
  // Every commit of ours is of the empty tree, which a repository need not have yet.
  await repository.git("hash-object", "-t", "tree", "-w", "--stdin");
  process.env.GIT_COMMITTER_NAME = COMMITTER.name;
  process.env.GIT_COMMITTER_EMAIL = COMMITTER.email;
  const { url, lose, close } = await reach(way, repositories, repository);
  const stores: GitRefStore[] = [];
  return {
    connect: async () => {
      const store = openGitStore({ remote: url, cwd: repositories.folder });
      stores.push(store);
      return publishing(store, repository, way, format);
    },
    tip: repository.tip,
    set: repository.set,
    lose,
    close: async () => {
      await Promise.all(stores.map((store) => store.close()));
      await close();
      await repositories.close();
    },
  };
}

/**
 * The contract lets others read a commit as soon as it is written. A git server gets to know of one with a ref that leads to it. Here the same bytes are put
 * into its repository by hand; a server that gives out nothing but what refs lead to gets a ref outside all locks as well.
 */
function publishing(
  store: GitRefStore,
  { path, set }: BareRepository,
  way: Way,
  format: ObjectFormat,
): RefStore {
  return {
    ...store,
    async write(message, parent) {
      const commit = await store.write(message, parent);
      const draft = { message, parent, committer: COMMITTER, date: new Date(commit.date) };
      const oid = await writeLoose(join(path, "objects"), encodeCommit(draft, format), format);
      expect(oid).toBe(commit.oid);
      if (way === "old-ssh") await set(`refs/locks/written/${oid}`, oid);
      return commit;
    },
  };
}

async function reach(way: Way, { folder }: Repositories, { path }: BareRepository): Promise<Reached> {
  if (way === "http") return await reachByHttp(folder);
  const shim = installShim();
  const { lose, remove } = shim;
  if (way === "path") return { url: path, lose, close: remove };
  if (way === "lighttpd") {
    const server = await startLighttpd(folder, { user: "octo", password: "p@ss:w/rd" });
    const url = server.url.replace("//", `//octo:${encodeURIComponent("p@ss:w/rd")}@`);
    return {
      url: `${url}/app.git`,
      lose,
      close: async () => {
        remove();
        await server.close();
      },
    };
  }
  const ssh = installFakeSsh(folder, way === "old-ssh");
  return {
    url: `ssh://git@example.com${path}`,
    lose,
    close: () => {
      ssh.remove();
      remove();
    },
  };
}

async function reachByHttp(folder: string): Promise<Reached> {
  const server = await startGitHttpServer(folder);
  return {
    url: `${server.url}/app.git`,
    lose(what) {
      server.mood = ({ method, isPush }) => {
        // A push asks where the refs are before it is sent: that answer has to arrive for anything to be done.
        if (what === "answer" && isPush && method === "GET") return null;
        server.mood = () => null;
        if (what === "answer" && isPush) server.mood = dropRepetition(server);
        return what === "request" ? "drop-before" : "drop-after";
      };
    },
    close: server.close,
  };
}

/** git's HTTP library repeats a request by itself where the connection had been used before. */
function dropRepetition(server: GitHttpServer): GitHttpServer["mood"] {
  return ({ method, isPush }) => {
    server.mood = () => null;
    return isPush && method === "POST" ? "drop-before" : null;
  };
}
