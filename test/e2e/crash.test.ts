/**
 * Takeover, release, clear and freeze, killed with -9 after each single request; the machine is gone, no post runs. The lock is usable again by itself
 * or, after a freeze, by the command that ends one; and the log has one entry for each hold that ended.
 */
import { describe, expect } from "vitest";
import type { RequestRecord } from "../hub/exchange.ts";
import type { Phase } from "../hub/hub.ts";
import type { Running } from "../runner/running.ts";
import { bury, killAt } from "./gone.ts";
import { PROVE, type Scene, type SceneJob, test, WAYS } from "./scene.ts";

/** received: killed, and then the request lands · handled: it has landed, and nobody hears of it */
const PHASES: readonly Phase[] = PROVE ? ["received", "handled"] : ["handled"];

interface Operation {
  readonly name: string;
  /** What is killed, by a job that takes the lock where it has to. */
  readonly victim: (job: SceneJob) => Promise<() => Running>;
  /** Whether somebody dead holds the lock when it begins. */
  readonly needsDead: boolean;
  /** How many requests it makes at least. */
  readonly requests: number;
}

const OPERATIONS: readonly Operation[] = [
  { name: "takeover", victim: async (job) => () => job.uses().main(), needsDead: true, requests: 6 },
  {
    name: "release",
    victim: async (job) => {
      const step = job.uses();
      const main = await step.runMain();
      expect(main, main.log).toMatchObject({ code: 0 });
      return () => step.startPost();
    },
    needsDead: false,
    requests: 2,
  },
  {
    name: "clear",
    victim: async (job) => () => job.uses({ operation: "clear" }).main(),
    needsDead: true,
    requests: 5,
  },
  {
    name: "freeze",
    victim: async (job) => () => job.uses({ operation: "freeze", reason: "audit" }).main(),
    needsDead: false,
    requests: 4,
  },
];

/** A freeze that stands is ended as the README says: by the oid that `status` shows. */
async function thaw(scene: Scene, cast: () => Promise<SceneJob>): Promise<void> {
  if ((await scene.history()).at(-1)?.endedBy !== null) return;
  const job = await cast();
  const { outputs } = await job.runs({ operation: "status" });
  const [holder] = JSON.parse(outputs.holders ?? "").locks[0].holders;
  expect(holder).toMatchObject({ reason: "audit", alive: "alive" });
  const result = await job.runs({ operation: "clear", expect: holder.claim, reason: "the freezer was gone" });
  expect(result, result.log).toMatchObject({ code: 0 });
}

describe.concurrent.each(WAYS)("updateRefs %s", (updateRefs) => {
  describe.each(PHASES)("each request %s", (phase) => {
    test.for(OPERATIONS)("$name", { timeout: 600_000 }, async (operation, { scene }) => {
      const cast = () => scene.job({ grants: { updateRefs } });
      for (let nth = 1, wasKilled = true; wasKilled; nth++) {
        if (operation.needsDead) {
          const dead = await cast();
          await dead.holds();
          bury(scene, dead);
        }
        const job = await cast();
        const start = await operation.victim(job);
        let seen = 0;
        // Where the way is another, so are the writes; what is read is the same, and leaves nothing behind.
        const isNth = ({ method }: RequestRecord) =>
          (updateRefs === "works" || PROVE || method !== "GET") && ++seen === nth;
        const { signal } = await killAt(scene, job, start, phase, isNth);
        wasKilled = signal === "SIGKILL";
        bury(scene, job);
        if (!wasKilled && updateRefs === "works") expect(nth).toBeGreaterThan(operation.requests);
        if (operation.name === "freeze") await thaw(scene, cast);
      }
      // That the lock was usable after each crash, all who came after it have shown; the last one gives it back.
      const last = await cast();
      await last.holds();
      expect(await last.finish()).toMatchObject([{ code: 0, log: expect.stringContaining("released") }]);
      const holds = await scene.history();
      expect(holds.map(({ sequence }) => sequence)).toEqual(holds.map((_, at) => at + 1));
      for (const { endedBy } of holds) expect(endedBy?.outcome).toMatch(/^(released|taken-over|cleared)$/);
      expect(new Set(holds.map(({ endedBy }) => endedBy?.oid)).size).toBe(holds.length);
      expect(Object.keys(await scene.refs()).filter((name) => name.includes("/queue/"))).toEqual([]);
    });
  });
});
