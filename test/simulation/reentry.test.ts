/** The simulation of a job that wants the same lock again can fail, and can be repeated. Its many seeds are among those of simulation.test.ts. */
import { describe, expect, it } from "vitest";
import { isLogRef } from "../../src/lock/name.ts";
import type { Ports } from "../../src/lock/ports.ts";
import type { Oid } from "../../src/lock/refs.ts";
import type { Violation } from "./invariants.ts";
import { simulateReentry } from "./reentry.ts";

describe("re-entrancy", () => {
  it("would be caught if it believed what it reads", async () => {
    let violation: Violation | null = null;
    for (let seed = 1; seed <= 300 && violation === null; seed++)
      violation = (await simulateReentry(seed, { wrapPorts: believing })).violation;
    expect(violation).toMatchObject({ promise: 1 });
  });

  it("is the same again for the same seed", async () => {
    const traces = await Promise.all(
      [7, 7, 8].map(async (seed) => {
        const lines: string[] = [];
        await simulateReentry(seed, {}, (line) => lines.push(line));
        return lines.join("\n");
      }),
    );
    expect(traces[0]).toBe(traces[1]);
    expect(traces[0]).not.toBe(traces[2]);
  });
});

/** A renewal of the job counts as applied without being sent: a hold that was read is taken to stand. */
function believing(ports: Ports): Ports {
  const renewals = new Set<Oid>();
  const { store } = ports;
  return {
    ...ports,
    store: {
      ...store,
      async write(message, parent) {
        const commit = await store.write(message, parent);
        if (/ still held by run 1901,/.test(message)) renewals.add(commit.oid);
        return commit;
      },
      async transact(changes) {
        const [change] = changes;
        const isRenewal = change !== undefined && isLogRef(change.ref) && renewals.has(change.to ?? "");
        return isRenewal ? "applied" : await store.transact(changes);
      },
    },
  };
}
