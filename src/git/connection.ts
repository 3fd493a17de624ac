/**
 * What the operations of one store share: its private repository, the user's settings, and the remote's object format, each found out once, when it
 * is first needed.
 * Owns when that is; must not know what is read or written.
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { LockError } from "../lock/errors.ts";
import type { Oid } from "../lock/refs.ts";
import type { Address } from "./address.ts";
import type { ObjectFormat } from "./commit.ts";
import { failureOf } from "./failure.ts";
import { type Fetching, type Mirror, openMirror } from "./mirror.ts";
import { findNearby, type Nearby, type NearbyObjects, openNearbyObjects } from "./nearby.ts";
import { newFolder, type Objects, openObjects, type PrivateObjects } from "./objects.ts";
import { type GitResult, type GitRun, runGit } from "./process.ts";
import { readSettings, type UserSettings } from "./settings.ts";

export interface ConnectionOptions {
  readonly address: Address;
  /** Where the user stands. */
  readonly cwd: string;
  /** The user's settings, where they were read already. */
  readonly settings: UserSettings | undefined;
  /** The repository at the address, where it was found already. */
  readonly nearby: Nearby | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

interface Common {
  readonly address: Address;
  readonly settings: UserSettings;
  /** For a git that talks to the remote. */
  readonly run: GitRun;
}

export interface NearGround extends Common {
  readonly kind: "near";
  readonly nearby: Nearby;
  readonly objects: NearbyObjects;
  /** What the repository's own hooks may still be about. */
  readonly unended: Set<Promise<unknown>>;
}

/** All is found out but the object format: that comes with the first answer. */
export interface FarGround extends Common {
  readonly kind: "far";
  readonly root: string;
  state: { objects: PrivateObjects; isFormatKnown: boolean };
  readonly mirrors: Map<string, Mirror>;
}

export type Ground = NearGround | FarGround;

export interface Connection {
  ground(): Promise<Ground>;
  close(): Promise<void>;
}

export function openConnection(options: ConnectionOptions): Connection {
  const { address, cwd, timeoutMs, signal } = options;
  let found: Promise<Ground> | null = null;
  let closeGround = async (): Promise<void> => {};
  let isClosed = false;

  const find = async (): Promise<Ground> => {
    const here = { cwd, timeoutMs, signal };
    // Both are waited for, whatever becomes of the other: a git that is left behind would meet the next one.
    const asked = [
      options.settings ?? readSettings(here),
      options.nearby ?? (address.path === null ? null : findNearby(address.path, address, here)),
    ] as const;
    await Promise.allSettled(asked);
    const [settings, nearby] = await Promise.all(asked);
    // What would be made now nobody would remove.
    if (isClosed) throw cancelled();
    const common = { address, settings, run: here };
    const { ground, close } = nearby === null ? farGround(common) : nearGround(common, nearby);
    closeGround = close;
    return ground;
  };

  const ground = (): Promise<Ground> => {
    found ??= find().catch((error) => {
      found = null;
      throw error;
    });
    return found;
  };

  // Whoever opens a store has other things to do before the first look; what goes wrong is told by that look, which tries again.
  if (address.path !== null) ground().catch(() => {});

  return {
    ground,
    async close() {
      isClosed = true;
      await closeGround();
    },
  };
}

interface Opened<Kind extends Ground> {
  readonly ground: Kind;
  close(): Promise<void>;
}

function nearGround(common: Common, nearby: Nearby): Opened<NearGround> {
  const run = { ...common.run, cwd: nearby.gitDir };
  const objects = openNearbyObjects(nearby, run.timeoutMs);
  const unended = new Set<Promise<unknown>>();
  return {
    ground: { ...common, kind: "near", nearby, run, objects, unended },
    async close() {
      objects.close();
      await Promise.all(unended);
    },
  };
}

function farGround(common: Common): Opened<FarGround> {
  const { address, settings } = common;
  const folder = newFolder();
  const run: GitRun = {
    ...common.run,
    cwd: folder.path,
    settings: [...settings.handedOn, ...address.settings],
    environment: settings.ssh,
  };
  const state = { objects: openObjects(folder.path, "sha1"), isFormatKnown: false };
  return {
    ground: { ...common, kind: "far", run, root: folder.path, state, mirrors: new Map() },
    close: async () => folder.remove(),
  };
}

export function fetchingFrom(
  ground: FarGround,
  environment: () => Readonly<Record<string, string>> = () => ({}),
): Fetching {
  const { address, run } = ground;
  const { objects } = ground.state;
  const flags = ["--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules"];
  const failure = (result: GitResult) => failureOf(result, address, run.timeoutMs);
  return {
    objects,
    failure,
    async fetch(args, gitDir) {
      const options = args.filter((arg) => arg.startsWith("--"));
      const refspecs = args.filter((arg) => !arg.startsWith("--"));
      const result = await runGit(
        ["fetch", "--quiet", ...flags, ...options, "--", address.url, ...refspecs],
        {
          ...run,
          gitDir,
          objects: objects.folder,
          environment: { ...run.environment, ...environment() },
        },
      );
      if (result.ending !== "exit") throw failure(result);
      return result;
    },
  };
}

/** The refs elsewhere that begin with `source`, or the one that it is. */
export async function refsElsewhere(ground: FarGround, source: string): Promise<Map<string, Oid>> {
  if (!ground.state.isFormatKnown) return await refsAtFirst(ground, source);
  const mirror = ground.mirrors.get(source) ?? openMirror(source, fetchingFrom(ground));
  ground.mirrors.set(source, mirror);
  return await mirror.read();
}

/**
 * The first look at a remote elsewhere, which also tells its object format: git keeps that to itself but for its trace. An empty repository tells it in no
 * other way, and a commit that is named in the wrong one can't be sent.
 */
async function refsAtFirst(ground: FarGround, source: string): Promise<Map<string, Oid>> {
  const { state, root } = ground;
  const trace = join(root, `trace-${crypto.randomUUID()}`);
  const mirror = openMirror(
    source,
    fetchingFrom(ground, () => (state.isFormatKnown ? {} : { GIT_TRACE_PACKET: trace })),
  );
  try {
    const refs = await mirror.read().catch((error: unknown) => error);
    const format = await formatIn(trace);
    if (format === null && !(refs instanceof Map)) throw refs;
    if (!state.isFormatKnown) {
      state.isFormatKnown = true;
      if (format === "sha256") state.objects = openObjects(root, format);
    }
    if (refs instanceof Map && format !== "sha256") {
      ground.mirrors.set(source, mirror);
      return refs;
    }
    return await refsElsewhere(ground, source);
  } finally {
    await rm(trace, { force: true });
  }
}

/** What the server said that it has; servers of before git 2.28 say nothing, and have sha1. */
async function formatIn(trace: string): Promise<ObjectFormat | null> {
  const text = await readFile(trace, "utf8").catch(() => "");
  const said = /< (?:[^\n]* )?object-format=(sha1|sha256)\b/.exec(text)?.[1];
  if (said === "sha1" || said === "sha256") return said;
  return /< /.test(text) ? "sha1" : null;
}

/** Makes sure that the remote's object format is known, before anything is named in it. */
export async function objectsOf(ground: Ground): Promise<Objects> {
  if (ground.kind === "near") return ground.objects;
  if (!ground.state.isFormatKnown) await refsElsewhere(ground, "refs/reflock-format/");
  return ground.state.objects;
}

/** Those that are here, whatever their format. */
export function objectsHere(ground: Ground): Objects {
  return ground.kind === "near" ? ground.objects : ground.state.objects;
}

export function cancelled(): LockError {
  return new LockError("cancelled", "Cancelled.");
}
