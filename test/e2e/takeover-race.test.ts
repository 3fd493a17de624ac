/** Processes that find one holder dead at the same instant: one takes over, and the others' posts leave it alone. */
import { expect } from "vitest";
import { bury, changesRefs } from "./gone.ts";
import { PROVE, type Scene, type SceneJob, test } from "./scene.ts";

const ROUNDS = PROVE ? 30 : 3;

/** One round with `updateRefs` for all, one for half of them, one for none. */
const isRefusedFor = (racer: number, round: number) => racer % 2 < (round + 2) % 3;

/** Nobody's takeover is handled before everybody has sent one. */
function together(scene: Scene, racers: readonly SceneJob[]) {
  const everybody = Promise.withResolvers<void>();
  const labels = new Set(racers.map(({ token }) => scene.hub.token(token).name));
  const there = new Set<string>();
  const remove = scene.hub.onRequest(async (request, phase) => {
    const { tokenName } = request;
    if (
      phase !== "received" ||
      !changesRefs(request) ||
      tokenName === null ||
      !labels.has(tokenName) ||
      there.has(tokenName)
    )
      return;
    if (there.add(tokenName).size === racers.length) everybody.resolve();
    await everybody.promise;
  });
  return { there, remove };
}

test.for([2, 10])("%i at once", { timeout: 1_800_000 }, async (count, { scene }) => {
  let dead = await scene.job();
  await dead.holds();
  for (let round = 1; round <= ROUNDS; round++) {
    bury(scene, dead);
    const racers: SceneJob[] = [];
    for (let racer = 0; racer < count; racer++)
      racers.push(
        await scene.job({
          grants: { updateRefs: isRefusedFor(racer, round) ? "refused" : "works" },
        }),
      );
    const { there, remove } = together(scene, racers);
    const results = await Promise.all(racers.map((racer) => racer.runs()));
    remove();
    expect(there.size).toBe(count);
    const winners = racers.filter((_, racer) => results[racer]?.code === 0);
    expect(winners, results.map(({ log }) => log).join("\n")).toHaveLength(1);
    const [winner] = winners as [SceneJob];
    for (const { code, log, outputs } of results) {
      if (code === 0)
        expect(log).toContain(`took over "publish" from run ${dead.runId}, attempt 1, job publish`);
      else
        expect({ acquired: outputs.acquired, log }).toEqual({
          acquired: "false",
          log: expect.stringContaining(winner.url),
        });
    }
    const holds = await scene.history();
    expect(holds).toHaveLength(round + 1);
    expect(holds.slice(-2)).toMatchObject([
      { endedBy: { outcome: "taken-over" } },
      { sequence: round + 1, endedBy: null },
    ]);
    const tip = (await scene.refs())["refs/locks/publish/log/1"];
    const [loser] = racers.filter((racer) => racer !== winner);
    expect(await dead.finish()).toMatchObject([{ code: 1, log: expect.stringContaining(winner.url) }]);
    expect(await loser?.finish()).toMatchObject([{ code: 0, log: "" }]);
    expect((await scene.refs())["refs/locks/publish/log/1"]).toBe(tip);
    dead = winner;
  }
});
