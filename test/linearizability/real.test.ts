/**
 * Histories of real processes: the shipped action, as the runner runs it, and the shipped command line, at once on the same locks of the embedded server,
 * some killed, some without an answer. And that the histories of a server which does not compare are refused.
 */
import { afterAll, describe, expect } from "vitest";
import { PROVE, type Scene, type SceneJob, test } from "../e2e/scene.ts";
import type { RequestRecord } from "../hub/exchange.ts";
import { openLedger, type Wish } from "./ledger.ts";
import { checkLock, describeFigures, judgeHistories, type LockOperation, noFigures } from "./lock.ts";
import { runJob } from "./real-job.ts";
import { NAMES, type Name, openStage, type Stage } from "./real-stage.ts";
import { atTerminal } from "./real-terminal.ts";

const [SEEDS, TURNS] = PROVE ? [40, 5] : [1, 3];
const figures = noFigures();

afterAll(() => console.log(`real processes: ${describeFigures(figures)}`));

/** Four jobs and four people, each some times, one after the other. */
async function crowd(stage: Stage): Promise<void> {
  const clients = Array.from({ length: 8 }, (_, client) => async () => {
    for (let turn = 0; turn < TURNS; turn++) {
      const random = stage.random.split(`client ${client}, turn ${turn}`);
      const name: Name = random.pick(["publish", "site"]);
      if (client < 4) await runJob(stage, random, name);
      else
        await atTerminal(stage, random, name, {
          owner: `person ${client}, turn ${turn}`,
          over: client < 6 ? "path" : "http",
        });
    }
  });
  await Promise.all(clients.map((live) => live()));
}

async function historiesOf(stage: Stage): Promise<Map<string, LockOperation[]>> {
  const histories = new Map<string, LockOperation[]>();
  for (const [name, slots] of Object.entries(NAMES) as [Name, number][]) {
    const invokedAt = performance.now();
    const holds = await stage.readLog(name);
    histories.set(name, stage.ledger.history(name, slots, { holds, invokedAt }));
  }
  return histories;
}

describe("real processes", () => {
  test.for(Array.from({ length: SEEDS }, (_, index) => index + 1))(
    "are linearizable, round %i",
    { timeout: 600_000 },
    async (seed, { scene }) => {
      const stage = await openStage(scene, seed);
      try {
        await crowd(stage);
        // Whatever was late has landed.
        await new Promise((resolve) => setTimeout(resolve, 500));
        const histories = await historiesOf(stage);
        const wrong = judgeHistories(histories, figures);
        console.log(
          [...stage.counts]
            .sort()
            .map(([what, times]) => `${what}: ${times}`)
            .join(", "),
        );
        expect(wrong).toBeNull();
        for (const history of histories.values()) expectNothingIdle(history);
        // Neither misuse nor a bug: what these say is no answer.
        expect([...stage.counts.keys()].filter((what) => / (64|65|70)$/.test(what))).toEqual([]);
      } finally {
        await stage.close();
      }
    },
  );
});

/** Without any one acquisition that was answered, what others were told afterwards, and the log, can't be explained. */
function expectNothingIdle(history: readonly LockOperation[]): void {
  const acquired = history.filter(
    ({ action, returnedAt }) => action.kind === "acquire" && returnedAt !== null,
  );
  expect(acquired.length).toBeGreaterThan(0);
  for (const one of acquired) {
    const others = history.filter((operation) => operation !== one);
    expect(checkLock(others).kind, one.what).toBe("illegal");
  }
}

/** From now on the server swaps whatever is there, once it has heard of all of them. */
function compareNothing(scene: Scene, jobs: readonly SceneJob[]): void {
  const labels = new Set(jobs.map(({ token }) => scene.hub.token(token).name));
  const everybody = Promise.withResolvers<void>();
  scene.hub.onRequest(async (request, phase) => {
    if (phase !== "received" || request.graphql?.operation !== "updateRefs") return;
    for (const update of updatesIn(request)) {
      delete update.beforeOid;
      update.force = true;
    }
    labels.delete(request.tokenName ?? "");
    if (labels.size === 0) everybody.resolve();
    await everybody.promise;
  });
}

function updatesIn({ body }: RequestRecord): Record<string, unknown>[] {
  const { variables } = body as { variables: { refUpdates: Record<string, unknown>[] } };
  return variables.refUpdates;
}

test("a server that does not compare is refused by what two jobs are told", async ({ scene }) => {
  scene.spoil("refs/locks/publish/log/1");
  const ledger = openLedger();
  const jobs = [await scene.job(), await scene.job()];
  compareNothing(scene, jobs);
  const wishes: Wish[] = [];
  await Promise.all(
    jobs.map(async (job) => {
      const wish = ledger.wish("publish", `job ${job.runId}`);
      wishes.push(wish);
      const { outputs } = await job.holds({ reason: wish.label });
      wish.told({ slot: 1, token: Number(outputs["fencing-token"]) });
    }),
  );
  const history = ledger.history("publish", 0, { holds: [], invokedAt: performance.now() });
  expect(history).toHaveLength(2);
  const wrong = judgeHistories(new Map([["publish", history]]), noFigures());
  expect(wrong).toMatch(/token 1 of slot 1 follows 1/);
  console.log(wrong);
});
