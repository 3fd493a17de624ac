/**
 * The one place that chooses stores and clocks. Owns how the adapters fit into the ports; must not know what is done with them.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Connection, connect } from "./github/client.ts";
import { openLiveness } from "./github/liveness.ts";
import { type GitHubRefStore, openRefStore, type Way } from "./github/ref-store.ts";
import type { Clock, Liveness, Ports } from "./lock/ports.ts";

export type { Connection, Way };

export async function openGitHub(
  connection: Connection,
  way: Way,
): Promise<{ readonly store: GitHubRefStore; readonly liveness: Liveness }> {
  const client = await connect(connection);
  return { store: openRefStore(client, connection, way), liveness: openLiveness(client) };
}

const clock: Clock = {
  monotonicMs: () => performance.now(),
  date: () => new Date(),
  sleep: async (ms, signal) => {
    // Timers count to 2^31 - 1 ms; whoever sleeps longer looks again before.
    await delay(Math.min(ms, 2 ** 31 - 1), undefined, signal === undefined ? {} : { signal }).catch(() => {});
  },
};

/** The ports that are the machine's own. */
export const machine: Pick<Ports, "clock" | "random" | "uuid"> = {
  clock,
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
