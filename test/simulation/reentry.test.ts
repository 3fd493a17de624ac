/** A job that wants the same lock again, in many seeds: what it gave back it never enters, however old the reads that it decides on. */
import { describe, expect, it } from "vitest";
import { isLogRef } from "../../src/lock/name.ts";
import type { Ports } from "../../src/lock/ports.ts";
import type { Oid } from "../../src/lock/refs.ts";
import type { Violation } from "./invariants.ts";
import { simulateReentry } from "./reentry.ts";

const SEEDS = process.env.REFLOCK_PROVE ? 10_000 : 1500;

describe("re-entrancy", () => {
  it(`enters nothing that was given back, in ${SEEDS} seeds`, { timeout: 3_600_000 }, async () => {
    const counts = new Map<string, number>();
    const tempted = countingReentries(counts);
    for (let seed = 1; seed <= SEEDS; seed++) {
      const verdict = await simulateReentry(seed, { wrapPorts: tempted });
      expect(verdict.violation, `seed ${seed}`).toBeNull();
      for (const [what, times] of verdict.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    }
    const times = (what: string) => counts.get(what) ?? 0;
    // Again and again a read showed a hold as ours that was ours no more.
    expect(times("decided to enter again")).toBeGreaterThan(times("entered again") + SEEDS / 20);
    for (const what of ["acquired", "entered again", "given back: released", "given back: lasted"])
      expect(times(what), what).toBeGreaterThan(SEEDS / 10);
  });

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

function countingReentries(counts: Map<string, number>) {
  return (ports: Ports): Ports => ({
    ...ports,
    tell(progress) {
      const what = "decided to enter again";
      if (progress.kind === "move" && progress.move.kind === "reenter")
        counts.set(what, (counts.get(what) ?? 0) + 1);
      ports.tell(progress);
    },
  });
}

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
