/** Main is killed at every moment of each request that it makes. Whatever had landed by then, post takes it back. */
import { describe, expect } from "vitest";
import type { Phase } from "../hub/hub.ts";
import type { Step } from "../runner/runner.ts";
import type { Running } from "../runner/running.ts";
import { PROVE, type Scene, type SceneJob, test, WAYS } from "./scene.ts";

interface Moment {
  /** Counted from 1, in the order of arrival. */
  readonly request: number;
  /** received: killed, and then the request lands · handled: it has landed, main never hears of it · answered: the answer is on its way */
  readonly phase: Phase;
}

/** The server goes on only when the process is gone. True if main made that many requests and was killed. */
async function killAt(scene: Scene, job: SceneJob, step: Step, moment: Moment): Promise<boolean> {
  const started: { main?: Running } = {};
  let seen = 0;
  const remove = scene.hub.onRequest(async ({ tokenName, id }, phase) => {
    if (tokenName !== job.sent[0]?.tokenName || phase !== moment.phase) return;
    if (phase === "received" ? ++seen !== moment.request : id !== job.sent[moment.request - 1]?.id) return;
    started.main?.kill("SIGKILL");
    await started.main?.exited;
  });
  started.main = step.main();
  const { signal } = await started.main.result;
  remove();
  return signal === "SIGKILL";
}

async function expectFree(scene: Scene, lock: string, at: string): Promise<void> {
  const holds = await scene.history(lock);
  expect(
    holds.filter((hold) => hold.endedAt === null),
    at,
  ).toEqual([]);
  expect(Object.keys(await scene.refs()), at).not.toContain(`refs/locks/${lock}/holder/1`);
}

/** `lockFor` says which lock a moment is tried on: a new one each time has no log yet, always the same one has. */
async function killAtEachMoment(
  scene: Scene,
  phase: Phase,
  cast: () => Promise<SceneJob>,
  lockFor: (request: number) => string,
): Promise<number> {
  for (let request = 1; ; request++) {
    const at = `killed when request ${request} was ${phase}`;
    const lock = lockFor(request);
    const job = await cast();
    const step = job.uses({ name: lock });
    const wasKilled = await killAt(scene, job, step, { request, phase });
    const post = await step.post({ inputs: "none" });
    expect(post.code, `${at}\n${post.log}`).toBe(0);
    await expectFree(scene, lock, at);
    if (!wasKilled) {
      expect(post.log).toContain("released");
      return request - 1;
    }
  }
}

const PHASES: readonly Phase[] = PROVE ? ["received", "handled", "answered"] : ["received", "handled"];

/** When the last answer is on its way, main may be done before it is killed. */
const atLeast = (requests: number, phase: Phase): number => (phase === "answered" ? requests - 1 : requests);

describe.concurrent.each(WAYS)("updateRefs %s", (updateRefs) => {
  describe.each(PHASES)("each request %s", (phase) => {
    test("on a lock that was never held", async ({ scene }) => {
      const cast = () => scene.job({ grants: { updateRefs } });
      const requests = await killAtEachMoment(scene, phase, cast, (request) => `new-${request}`);
      expect(requests).toBeGreaterThanOrEqual(atLeast(3, phase));
    });

    test("on a lock with a log", async ({ scene }) => {
      const cast = () => scene.job({ grants: { updateRefs } });
      const first = await cast();
      await first.holds();
      await first.finish();
      const requests = await killAtEachMoment(scene, phase, cast, () => "publish");
      expect(requests).toBeGreaterThanOrEqual(atLeast(4, phase));
    });
  });
});

test.concurrent("killed before its first request: post has nothing to do", async ({ scene }) => {
  const job = await scene.job();
  const step = job.uses();
  const main = step.main();
  main.kill("SIGKILL");
  await main.exited;
  await main.result;
  expect(await step.post()).toMatchObject({ code: 0 });
  expect(job.sent).toEqual([]);
});
