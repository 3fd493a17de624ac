/** Twenty processes race for one name, again and again: the oracle says who had it, and nobody else may believe to. */
import { describe, expect } from "vitest";
import type { StepResult } from "../runner/running.ts";
import { nameOf, PROVE, type Scene, type SceneJob, test } from "./scene.ts";

const RACERS = 20;

/** Which client each racer is. */
const FIELDS = [
  { field: "updateRefs works", refusedFor: () => false, rounds: 10 },
  { field: "updateRefs is refused", refusedFor: () => true, rounds: 1 },
  { field: "both kinds of client", refusedFor: (racer: number) => racer % 2 === 0, rounds: 2 },
];

/** Nobody's first look is answered before everybody has asked: all find the lock free, and all try. */
function holdFirstLooks(scene: Scene): void {
  const everybody = Promise.withResolvers<void>();
  const looked = new Set<string | null>();
  const remove = scene.hub.onRequest(async ({ tokenName }, phase) => {
    if (phase !== "received" || looked.has(tokenName)) return;
    looked.add(tokenName);
    if (looked.size === RACERS) {
      remove();
      everybody.resolve();
    }
    await everybody.promise;
  });
}

/** What a racer that did not win says, and how often it asked. Where `updateRefs` is refused, finding that out takes a request of its own. */
function problemsOf(
  scene: Scene,
  loser: SceneJob,
  result: StepResult,
  before: number,
  holder: string,
): string[] {
  const sent = loser.sent.slice(before).map(nameOf);
  const wasSeenHeld = !sent.includes("POST git/commits");
  const isRefused = scene.hub.token(loser.token).updateRefs === "refused";
  const allowed = wasSeenHeld ? 3 : isRefused ? 6 : 5;
  return [
    ...(result.code === 1 ? [] : [`exit ${result.code}`]),
    ...(result.outputs.acquired === "false" ? [] : [`acquired=${result.outputs.acquired}`]),
    ...(result.log.includes(holder) ? [] : [`does not name the holder: ${result.log}`]),
    ...(sent.length <= allowed ? [] : [`${sent.length} requests, not ${allowed}: ${sent.join(", ")}`]),
  ].map((problem) => `run ${loser.runId}: ${problem}`);
}

async function race(scene: Scene, racers: readonly SceneJob[], round: number) {
  const before = racers.map((racer) => racer.sent.length);
  const results = await Promise.all(racers.map((racer) => racer.runs()));
  const winners = racers.filter((_, racer) => results[racer]?.code === 0);
  expect(winners, `round ${round}`).toHaveLength(1);
  const [winner] = winners;
  const won = results.find((result) => result.code === 0);
  const holds = await scene.history();
  expect(holds).toHaveLength(round);
  expect(holds.at(-1)).toMatchObject({ nonce: won?.env.REFLOCK_CLAIM, sequence: round, endedAt: null });
  expect(won?.outputs).toMatchObject({ acquired: "true", "fencing-token": String(round) });
  const problems = racers.flatMap((racer, number) => {
    const result = results[number];
    if (racer === winner || !result) return [];
    return problemsOf(scene, racer, result, before[number] ?? 0, winner?.url ?? "");
  });
  expect(problems, `round ${round}`).toEqual([]);
  return { winner, losers: racers.filter((racer) => racer !== winner) };
}

describe.each(FIELDS)("$field", ({ refusedFor, rounds }) => {
  const total = PROVE ? 50 : rounds;
  test(`exactly one of ${RACERS} gets it, in ${total} rounds`, { timeout: 1_800_000 }, async ({ scene }) => {
    for (let round = 1; round <= total; round++) {
      const racers = await Promise.all(
        Array.from({ length: RACERS }, (_, racer) =>
          scene.job({ grants: { updateRefs: refusedFor(racer) ? "refused" : "works" } }),
        ),
      );
      if (round % 3 !== 0) holdFirstLooks(scene);
      const { winner, losers } = await race(scene, racers, round);
      if (round === 1) {
        const refs = await scene.refs();
        await Promise.all(losers.map((loser) => loser.finish()));
        expect(await scene.refs()).toEqual(refs);
      }
      const [post] = (await winner?.finish()) ?? [];
      expect(post, post?.log).toMatchObject({ code: 0, log: expect.stringContaining("released") });
      expect((await scene.history()).at(-1)).toMatchObject({ endedBy: { outcome: "released" } });
      await Promise.all(racers.map((racer) => racer.dispose()));
    }
  });
});
