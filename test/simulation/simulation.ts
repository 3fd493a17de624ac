/**
 * Owns one simulation, from its seed to its verdict: how many jobs of what kind meet on one lock, when trouble ends, and what must be true when all have
 * left.
 */
import { parseName } from "../../src/lock/name.ts";
import { violations as oracleViolations } from "../hub/oracle.ts";
import { liveOn } from "./actors.ts";
import { drawPlan, faultsOf } from "./faults.ts";
import { createJudge, type Violation } from "./invariants.ts";
import { createJobs } from "./jobs.ts";
import { readLogs } from "./log-reader.ts";
import type { Way } from "./memory-store.ts";
import { attend, sweep } from "./operator.ts";
import { judgeOrder } from "./order.ts";
import { type Random, randomOf } from "./random.ts";
import { type Change, createRepository } from "./repository.ts";
import { type Policy, REAL_POLICY, type Scene } from "./scene.ts";
import { createWorld, EPOCH_MS } from "./world.ts";

const HOUR_MS = 3_600_000;
/** Once nothing goes wrong any more, everyone must be served within this: the longest pauses, waits and late requests, and then some. */
const CALM_MS = 24 * HOUR_MS;

export interface Options {
  readonly say?: (line: string) => void;
  readonly policy?: Partial<Policy>;
}

export interface Verdict {
  readonly seed: number;
  readonly violation: Violation | null;
  /** How often what happened. */
  readonly counts: ReadonlyMap<string, number>;
}

export async function simulate(seed: number, { say, policy }: Options = {}): Promise<Verdict> {
  const random = randomOf(seed);
  const scene = setScene(random, say ?? null, { ...REAL_POLICY, ...policy });
  const { world, repository, judge, logs } = scene;
  const changes: Change[] = [];
  repository.onChange((transaction) => {
    changes.push(...transaction);
    for (const { ref, to, by } of transaction)
      world.trace(
        () => `  ${ref} is now ${to === null ? "gone" : `${logs.node(to).kind} ${to.slice(0, 7)}`}, by ${by}`,
      );
    judge.changed(transaction);
  });

  const actors = random.pick([1, 2, 3, 3, 4, 5, 8]);
  let left = actors;
  for (let actor = 1; actor <= actors; actor++) {
    void liveOn(scene, actor, wayOf(scene, random.split(`way ${actor}`))).then(
      () => left--,
      (error: unknown) => judge.accuse(0, `the simulator failed: ${(error as Error).stack}`),
    );
  }
  void attend(scene, () => left);
  await world.run(scene.faults.plan.untilMs + CALM_MS, () => judge.violations.length > 0);
  if (judge.violations.length === 0) {
    if (left > 0) judge.accuse(4, `${left} still wait, a day after the last trouble`);
    else await judgeEnd(scene, changes);
  }
  return { seed, violation: judge.violations[0] ?? null, counts: countsOf(scene) };
}

function setScene(random: Random, say: ((line: string) => void) | null, policy: Policy): Scene {
  const world = createWorld(say);
  const repository = createRepository(() => EPOCH_MS + world.nowMs());
  const logs = readLogs(repository);
  const serverMs = () => EPOCH_MS + world.nowMs();
  const jobs = createJobs(serverMs);
  const judge = createJudge(repository, logs, jobs, serverMs);
  const lock = parseName("publish");
  const slots = random.pick([1, 1, 1, 1, 2, 3]);
  const plan = drawPlan(random.split("plan"));
  const order = judgeOrder(serverMs, repository, logs, judge, jobs, lock.prefix, slots);
  world.trace(() => `${slots} slots; ${JSON.stringify(plan)}`);
  return {
    ...{ world, repository, logs, judge, order, random, policy, lock, slots, jobs, serverMs },
    faults: faultsOf(plan, world.nowMs),
    clock: random.chance(0.2) ? "local" : "server",
    isOrderly: Object.values(plan.likelihoods).every((likelihood) => likelihood === 0),
    counts: new Map(),
  };
}

function wayOf({ isOrderly, clock }: Scene, random: Random): Way {
  if (isOrderly || clock === "local") return "atomic";
  return random.pick(["update-refs", "update-refs", "log-alone"]);
}

/** All have left, and everything that was late has landed. */
async function judgeEnd(scene: Scene, changes: readonly Change[]): Promise<void> {
  const { repository, judge, lock, logs, slots } = scene;
  sweep(scene, true);
  for (const { name, oid } of repository.list(lock.prefix)) {
    const kind = logs.node(oid).kind;
    if (name.startsWith(`${lock.prefix}log/`) && kind !== "entry")
      judge.accuse(7, `${name} ends with a ${kind}`);
    if (name.startsWith(`${lock.prefix}holder/`)) {
      scene.counts.set("marker left behind", 1 + (scene.counts.get("marker left behind") ?? 0));
      if (scene.isOrderly) judge.accuse(7, `${name} is left, though nobody holds it`);
    }
  }
  for (let slot = 1; slot <= slots; slot++) {
    const records = changes
      .filter(({ ref }) => ref === `${lock.prefix}log/${slot}`)
      .map(({ ref, from, to, version }, index) => ({ index, transaction: version, ref, from, to }));
    if (judge.wasDeleted(slot)) continue;
    const found = await oracleViolations(records, async (oid) => repository.commit(oid) ?? null);
    for (const what of found) judge.accuse(7, what);
  }
}

function countsOf({ counts, faults, order, judge, world }: Scene): ReadonlyMap<string, number> {
  const all = new Map<string, number>([
    ["takes", judge.takes()],
    ["takes in turn", order.counts.queuedTakes],
    ["takes by the escape rule", order.counts.escapes],
    ["earlier tickets nobody could have seen", order.counts.unseen],
    ["events", world.events()],
  ]);
  for (const [what, times] of [...counts].sort()) all.set(what, times);
  for (const [trouble, times] of faults.counts()) all.set(`trouble: ${trouble}`, times);
  return all;
}
