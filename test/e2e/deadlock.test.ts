/** Two jobs that take two locks in two steps, in opposite orders: within a minute both are told, one gives way, the other gets it. */
import { describe, expect } from "vitest";
import { PROVE, type Scene, type SceneJob, test, type WAYS } from "./scene.ts";

/** A minute of the bundle's own clock. */
const MINUTE_MS = PROVE ? 60_000 : 5000;
/** Processes start and end beside that. */
const SLACK_MS = 20_000;

async function holding(scene: Scene, name: string, updateRefs: (typeof WAYS)[number]): Promise<SceneJob> {
  const job = await scene.job({ fastClock: !PROVE, grants: { updateRefs } });
  await job.holds({ name });
  return job;
}

describe.concurrent("two jobs", () => {
  const kinds = [
    ["fail", "works"],
    ["skip", "refused"],
  ] as const;
  test.for(kinds)(
    "`on-timeout: %s`, updateRefs %s",
    { timeout: 300_000 },
    async ([onTimeout, updateRefs], { scene }) => {
      const [first, last] = [await holding(scene, "a", updateRefs), await holding(scene, "b", "works")];
      const waiting = first.uses({ name: "b", wait: "forever" }).main();
      await waiting.line(/first in line for "b"/);
      // Tickets are dated to the second: who comes last has to come in a later one.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const startedAt = performance.now();
      const step = last.uses({ name: "a", wait: "forever", "on-timeout": onTimeout });
      const gaveWay = await step.runMain();
      expect(performance.now() - startedAt).toBeLessThan(MINUTE_MS + SLACK_MS);
      expect(gaveWay, gaveWay.log).toMatchObject({
        code: onTimeout === "fail" ? 1 : 0,
        outputs: { acquired: "false", reentered: "false" },
      });
      expect(gaveWay.log).toMatch(/Deadlock.*"a".*"b".*came last and gives way/);
      expect(JSON.parse(gaveWay.outputs.holders ?? "").locks).toMatchObject([
        { name: "a", holders: [{ run: first.runId }] },
      ]);
      expect(Object.keys(await scene.refs()).filter((ref) => ref.startsWith("refs/locks/a/queue/"))).toEqual(
        [],
      );
      expect((await last.finish()).map(({ code }) => code)).toEqual([0, 0]);
      const got = await waiting.result;
      expect(got, got.log).toMatchObject({ code: 0, outputs: { acquired: "true", "fencing-token": "2" } });
      expect(got.log.match(/##\[error\]/g)).toBeNull();
      expect((await first.finish()).map(({ code }) => code)).toEqual([0, 0]);
      expect(Object.keys(await scene.refs())).toEqual(["refs/locks/a/log/1", "refs/locks/b/log/1"]);
    },
  );
});
