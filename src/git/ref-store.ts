/**
 * Refs and commits of any git repository, over the git that is installed.
 * Owns how the operations are put together; must not know what the refs mean.
 */
import { LockError } from "../lock/errors.ts";
import type { RefStore } from "../lock/ports.ts";
import type { Commit, Oid, Ref, RefChange } from "../lock/refs.ts";
import { type Address, addressOf } from "./address.ts";
import { decodeCommit, encodeCommit, isOid } from "./commit.ts";
import {
  type Connection,
  type FarGround,
  fetchingFrom,
  type Ground,
  objectsHere,
  objectsOf,
  openConnection,
  refsElsewhere,
} from "./connection.ts";
import { fetchAll, fetchCommit } from "./mirror.ts";
import { type Nearby, refsNearby } from "./nearby.ts";
import { checkRef, openPusher } from "./push.ts";
import type { UserSettings } from "./settings.ts";

export interface GitStoreOptions {
  /** A URL or a path, as `resolveRemote` gives it. It may have credentials in it. */
  readonly remote: string;
  /** Where the user stands: there git's configuration is read. */
  readonly cwd?: string;
  /** As `resolveRemote` has read them; read anew where they are not given. */
  readonly settings?: UserSettings;
  /** The same of the repository, if it is one of this machine. */
  readonly nearby?: Nearby | undefined;
  /** The longest that one git may take. */
  readonly requestTimeoutMs?: number;
  readonly now?: () => Date;
  /** Ends all that is under way, and lets nothing begin. */
  readonly signal?: AbortSignal;
}

export interface GitRefStore extends RefStore {
  /** Waits for what the repository's own hooks are about, and removes the private store. */
  close(): Promise<void>;
}

/** Longer than a server takes for a few commits, over ssh to the other end of the world. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * A look at a path is a process of a few milliseconds. By a URL of this machine it is some of them, and a tenth of a second of processor time. Elsewhere it
 * is a connection, mostly over ssh, to a server that others use as well.
 */
const NEAR_POLL_MS = 100;
const LOOPBACK_POLL_MS = 250;
const FAR_POLL_MS = 1200;

/** No log is read further back at once. */
const LONGEST_HISTORY = 1000;

function pollMsOf({ path, url }: Address): number {
  if (path !== null) return NEAR_POLL_MS;
  return /^(https?|ssh|git):\/\/([^/@]*@)?(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)/i.test(url)
    ? LOOPBACK_POLL_MS
    : FAR_POLL_MS;
}

/** @throws LockError `usage` where the remote is of a kind that is not used */
export function openGitStore(options: GitStoreOptions): GitRefStore {
  const {
    cwd = process.cwd(),
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    now = () => new Date(),
    settings,
    nearby,
    signal,
  } = options;
  const address = addressOf(options.remote, cwd);
  const connection = openConnection({
    address,
    cwd,
    settings,
    nearby,
    timeoutMs: requestTimeoutMs,
    signal,
  });
  const { transact, comparesAll } = openPusher();
  /** Commits that were made here, and what they follow: they may be nowhere else yet. */
  const own = new Map<Oid, Oid | null>();
  const commitAt = commitReader(connection);
  const kindOf = kindReader();

  const refs = async (source: string): Promise<readonly Ref[]> => {
    checkRef(source.replace(/\/$/, ""));
    const ground = await connection.ground();
    if (ground.kind === "near") return await refsNearby(ground, source);
    const found = await refsElsewhere(ground, source);
    return await Promise.all(
      [...found].map(async ([name, oid]) => ({ name, oid, ...(await kindOf(ground, oid)) })),
    );
  };

  const tip = async (ref: string): Promise<Oid | null> =>
    (await refs(ref)).find(({ name }) => name === ref)?.oid ?? null;

  /** A push sends what the server does not have, and for that has to see where our commits meet its own. */
  const bringDown = async ({ to }: RefChange): Promise<void> => {
    let cursor: Oid | null | undefined = to;
    while (cursor && own.has(cursor)) cursor = own.get(cursor);
    if (cursor) await commitAt(cursor, 1);
  };

  return {
    clock: "local",
    pollMs: pollMsOf(address),
    isListCheap: true,
    comparesAll,
    tip,

    async list(prefix) {
      const found = (await refs(prefix)).filter(({ name }) => name.startsWith(prefix));
      return { refs: found, readAtMs: null };
    },

    async tipCommit(ref) {
      const oid = await tip(ref);
      return oid === null ? null : await commitAt(oid, 1);
    },

    read: (oid) => commitAt(oid, 1),

    async history(oid, limit) {
      const commits: Commit[] = [];
      const most = Math.min(limit, LONGEST_HISTORY);
      for (let cursor: Oid | undefined = oid; cursor !== undefined && commits.length < most; ) {
        const commit: Commit = await commitAt(cursor, most - commits.length);
        commits.push(commit);
        cursor = commit.parents[0];
      }
      return commits;
    },

    async write(message, parent) {
      const ground = await connection.ground();
      const objects = await objectsOf(ground);
      const { committer } = ground.settings;
      const object = encodeCommit({ message, parent, committer, date: now() }, objects.format);
      const oid = await objects.write(object);
      own.set(oid, parent);
      return decodeCommit(oid, object);
    },

    async transact(changes) {
      const ground = await connection.ground();
      if (ground.kind === "far") await Promise.all(changes.map(bringDown));
      return await transact(ground, changes);
    },

    close: () => connection.close(),
  };
}

/** Tells commits from what is nothing of ours, as far as it is here. */
function kindReader(): (ground: FarGround, oid: Oid) => Promise<Pick<Ref, "isCommit">> {
  const known = new Map<Oid, boolean>();
  return async ({ state }, oid) => {
    let isCommit = known.get(oid);
    if (isCommit === undefined) {
      const object = await state.objects.read(oid).catch(() => null);
      if (object === null) return {};
      isCommit = object.type === "commit";
      known.set(oid, isCommit);
    }
    return { isCommit };
  };
}

/** Reads a commit, and where it is not here yet fetches it, with those behind it. It can't change: what was read once is kept. */
function commitReader(connection: Connection): (oid: Oid, depth: number) => Promise<Commit> {
  const known = new Map<Oid, Commit>();
  const stored = async (ground: Ground, oid: Oid): Promise<Commit | null> => {
    const object = await objectsHere(ground).read(oid);
    if (object === null) return null;
    const commit = decodeCommit(oid, object);
    known.set(oid, commit);
    return commit;
  };

  return async (oid, depth) => {
    const commit = known.get(oid);
    if (commit !== undefined) return commit;
    if (!isOid(oid)) throw new LockError("bug", "A commit was to be read that has no commit's name.");
    const ground = await connection.ground();
    const here = await stored(ground, oid);
    if (here !== null) return here;
    if (ground.kind === "far") await bring(ground, oid, depth);
    const brought = await stored(ground, oid);
    if (brought !== null) return brought;
    throw new LockError("unreachable", `${ground.address.shown} does not have the commit ${oid}`);
  };
}

/** Servers of before git's second protocol give out nothing but the tips of refs: from them comes all that is behind what was listed. */
async function bring(ground: FarGround, oid: Oid, depth: number): Promise<void> {
  await objectsOf(ground);
  const fetching = fetchingFrom(ground);
  // One more, for the entry that a claim follows is read with it.
  const result = await fetchCommit(oid, depth + 1, fetching);
  if (result.code === 0) return;
  if (!/not our ref|unadvertised object/i.test(result.stderr)) throw fetching.failure(result);
  const sources = [...ground.mirrors.keys()];
  if (sources.length > 0) await fetchAll(sources, fetching);
}
