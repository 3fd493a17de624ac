/**
 * The one place that chooses stores and clocks. Owns how the adapters fit into the ports; must not know what is done with them.
 */
import { setTimeout as delay } from "node:timers/promises";
import { showRemote } from "./git/address.ts";
import { prepareObjects } from "./git/loose.ts";
import { openGitStore } from "./git/ref-store.ts";
import { resolveRemote } from "./git/remote.ts";
import { type Connection, connect } from "./github/client.ts";
import { openLiveness } from "./github/liveness.ts";
import { type GitHubRefStore, openRefStore, type Way } from "./github/ref-store.ts";
import type { Process } from "./lock/identity.ts";
import type { Clock, Liveness, Ports, RefStore, Sightings } from "./lock/ports.ts";
import { rememberSightings } from "./lock/sightings.ts";
import { thisProcess } from "./machine/process-identity.ts";
import { openProcessLiveness } from "./machine/process-liveness.ts";
import { openSightings } from "./machine/sightings.ts";

export type { Connection, Way };
export { showRemote };

export async function openGitHub(
  connection: Connection,
  way: Way,
): Promise<{ readonly store: GitHubRefStore; readonly liveness: Liveness }> {
  const client = await connect(connection);
  return { store: openRefStore(client, connection, way), liveness: openLiveness(client) };
}

export interface OpenedGit {
  readonly store: RefStore;
  /** For people: without credentials. */
  readonly shown: string;
  /** The lock is kept in the repository in which the user stands, and so among the processes that use it. */
  readonly isThisRepository: boolean;
  close(): Promise<void>;
}

/**
 * @param remote a remote's name, a URL or a path; `null` for `origin`, or else this repository itself
 * @param signal ends all that is under way in the store, and lets nothing begin
 * @throws LockError `usage` where there is no such remote
 */
export async function openGit(
  remote: string | null,
  cwd: string,
  signal: AbortSignal | null = null,
): Promise<OpenedGit> {
  const asked = resolveRemote(cwd, remote);
  // git reads the configuration meanwhile.
  prepareObjects();
  const { url, shown, isThisRepository, settings, nearby } = await asked;
  const store = openGitStore({ remote: url, cwd, settings, nearby, ...(signal === null ? {} : { signal }) });
  return { store, shown, isThisRepository, close: () => store.close() };
}

/** An API to be asked after runs, or why there is none. */
export type Api = { readonly url: string; readonly token: string } | { readonly why: string };

/** Asks after the runs of one repository, with no lock of ours in it. Loaded where there is somebody to ask after. */
export async function openRuns(apiUrl: string, token: string, repository: string): Promise<Liveness> {
  const { connect } = await import("./github/client.ts");
  const { openLiveness } = await import("./github/liveness.ts");
  return openLiveness(await connect({ apiUrl, token, repository, nodeId: null }));
}

/** What this machine knows of itself and of its processes. */
export function openMachine(): {
  readonly self: Process;
  readonly processes: Liveness;
  readonly sightings: Sightings;
} {
  const self = thisProcess();
  return { self, processes: openProcessLiveness(self), sightings: openSightings() };
}

const clock: Clock = {
  monotonicMs: () => performance.now(),
  date: () => new Date(),
  sleep: async (ms, signal) => {
    // Timers count to 2^31 - 1 ms; whoever sleeps longer looks again before.
    await delay(
      Math.max(0, Math.min(ms, 2 ** 31 - 1)),
      undefined,
      signal === undefined ? {} : { signal },
    ).catch(() => {});
  },
};

/** The ports that are the machine's own. */
export const machine: Pick<Ports, "clock" | "sightings" | "random" | "uuid"> = {
  clock,
  sightings: rememberSightings(clock.monotonicMs),
  random: Math.random,
  uuid: () => crypto.randomUUID(),
};

/**
 * Ends the process at once, with all that was said written out. A request or a connection that is still open shall not keep a step waiting, least
 * of all a cancelled one.
 */
export function leave(code: number): void {
  process.stdout.write("", () => process.exit(code));
}
