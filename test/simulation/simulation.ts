/**
 * Owns one simulation, from its seed to its verdict: how many jobs of what kind meet on how many locks, who freezes them, when trouble ends, and what
 * must be true when all have left.
 */
import { parseName } from "../../src/lock/name.ts";
import { violations as oracleViolations } from "../hub/oracle.ts";
import { liveOn } from "./actors.ts";
import { drawPlan, faultsOf } from "./faults.ts";
import { FORCE, THAW } from "./freeze-judge.ts";
import { freezeOnce, thawAll } from "./freezers.ts";
import { createJudge, type Violation } from "./invariants.ts";
import { createJobs } from "./jobs.ts";
import { readLogs } from "./log-reader.ts";
import type { Way, Witness } from "./memory-store.ts";
import { attend, sweep } from "./operator.ts";
import { judgeOrder } from "./order.ts";
import { type Random, randomOf } from "./random.ts";
import { type Change, createRepository } from "./repository.ts";
import { count, type Policy, REAL_POLICY, type Scene, type Scenes } from "./scene.ts";
import { createWorld, EPOCH_MS } from "./world.ts";

const HOUR_MS = 3_600_000;
/** Once nothing goes wrong any more, everyone must be served within this: the longest pauses, waits and late requests, and then some. */
const CALM_MS = 24 * HOUR_MS;
/** In the order of their bytes, as those who want several take them. */
const LOCKS = ["docs", "publish", "site/stage"] as const;

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
  const scenes = setScenes(random, say ?? null, { ...REAL_POLICY, ...policy });
  const [{ world, repository, faults }] = scenes;
  const changes: Change[] = [];
  repository.onChange((transaction) => {
    changes.push(...transaction);
    for (const change of transaction) {
      tellChange(scenes[0], change);
      countEnd(scenes[0], change);
    }
    for (const { judge, lock } of scenes)
      judge.changed(transaction.filter(({ ref }) => ref.startsWith(lock.prefix)));
  });
  const left = populate(scenes, random);
  const isBroken = () => scenes.some(({ judge }) => judge.violations.length > 0);
  await world.run(faults.plan.untilMs + CALM_MS, isBroken);
  if (!isBroken() && left.count > 0)
    scenes[0].judge.accuse(4, `${left.count} still wait, a day after the last trouble`);
  for (const scene of scenes) if (!isBroken()) await judgeEnd(scene, changes);
  const violation = scenes.flatMap(({ judge }) => judge.violations)[0] ?? null;
  return { seed, violation, counts: countsOf(scenes) };
}

function tellChange({ world, logs }: Scene, { ref, to, by }: Change): void {
  world.trace(
    () => `  ${ref} is now ${to === null ? "gone" : `${logs.node(to).kind} ${to.slice(0, 7)}`}, by ${by}`,
  );
}

/** Who ended what, of that which happens in few worlds. */
function countEnd(scene: Scene, { from, to }: Change): void {
  const { logs, jobs } = scene;
  const before = from === null ? null : logs.node(from);
  if (before?.kind !== "claim" || to === null) return;
  const entry = logs.step(from, to, 3)?.[0];
  if (entry?.kind !== "entry" || entry.outcome === "released") return;
  const isByPerson = entry.reason === THAW || entry.reason === FORCE;
  if (before.isFreeze && !isByPerson) count(scene, "an incomplete freeze of the dead was ended");
  if (entry.outcome !== "taken-over") return;
  const [earlier, later] = [jobs.of(before.jobId).part, jobs.of(entry.jobId).part];
  if (earlier !== null && earlier.run === later?.run)
    count(scene, "took over an earlier attempt of the same run");
}

function populate(scenes: Scenes, random: Random): { count: number } {
  const [scene] = scenes;
  const actors = random.pick([1, 2, 3, 3, 4, 5, 8]);
  const freezers = random.split("freezers").pick([0, 0, 0, 1, 1, 2]);
  const left = { count: actors + freezers };
  const follow = (life: Promise<void>) =>
    void life.then(
      () => left.count--,
      (error: unknown) => scene.judge.accuse(0, `the simulator failed: ${(error as Error).stack}`),
    );
  for (let actor = 1; actor <= actors; actor++)
    follow(liveOn(scenes, actor, wayOf(scene, random.split(`way ${actor}`))));
  for (let freezer = 1; freezer <= freezers; freezer++)
    follow(freezeOnce(scenes, freezer, wayOf(scene, random.split(`freezer's way ${freezer}`))));
  for (const each of scenes) {
    void attend(each, () => left.count);
    if (freezers > 0) void thawAll(each, () => left.count);
  }
  return left;
}

function setScenes(random: Random, say: ((line: string) => void) | null, policy: Policy): Scenes {
  const world = createWorld(say);
  const serverMs = () => EPOCH_MS + world.nowMs();
  const repository = createRepository(serverMs);
  const logs = readLogs(repository);
  const jobs = createJobs(serverMs);
  const slots = random.pick([1, 1, 1, 1, 2, 3]);
  const plan = drawPlan(random.split("plan"));
  const names = random.split("locks").pick([1, 1, 1, 2, 3]);
  const pollMs = random.split("pace").pick([1200, 5000, 12_000, 12_000]);
  world.trace(() => `${names} locks, ${slots} slots; ${JSON.stringify(plan)}`);
  const witnesses: Witness[] = [];
  const order: Witness = {
    sent: (process, changes) => witnesses.forEach((one) => void one.sent(process, changes)),
    listed: (...args) => witnesses.forEach((one) => void one.listed(...args)),
  };
  const common = {
    ...{ world, repository, logs, order, policy, slots, jobs, serverMs, pollMs },
    faults: faultsOf(plan, world.nowMs),
    clock: random.chance(0.2) ? ("local" as const) : ("server" as const),
    isOrderly: Object.values(plan.likelihoods).every((likelihood) => likelihood === 0),
    counts: new Map<string, number>(),
  };
  const sceneFor = (name: string): Scene => {
    const lock = parseName(name);
    const judge = createJudge(repository, logs, jobs, serverMs);
    const judged = judgeOrder(serverMs, repository, logs, judge, jobs, lock.prefix, slots);
    witnesses.push(judged);
    const own = name === "publish" ? random : random.split(name);
    return { ...common, lock, judge, random: own, orderCounts: judged.counts };
  };
  const [, first] = LOCKS;
  if (names === 1) return [sceneFor(first)];
  count({ counts: common.counts }, "worlds of several locks");
  return names === 2
    ? [sceneFor(first), sceneFor(LOCKS[0])]
    : [sceneFor(first), sceneFor(LOCKS[2]), sceneFor(LOCKS[0])];
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
      count(scene, "marker left behind");
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

function countsOf(scenes: Scenes): ReadonlyMap<string, number> {
  const [{ counts, faults, world }] = scenes;
  const sum = (of: (scene: Scene) => number | undefined) =>
    scenes.reduce((total, scene) => total + (of(scene) ?? 0), 0);
  const all = new Map<string, number>([
    ["takes", sum(({ judge }) => judge.takes())],
    ["takes in turn", sum(({ orderCounts }) => orderCounts?.queuedTakes)],
    ["takes by the escape rule", sum(({ orderCounts }) => orderCounts?.escapes)],
    ["earlier tickets nobody could have seen", sum(({ orderCounts }) => orderCounts?.unseen)],
    ["events", world.events()],
  ]);
  for (const [what, times] of [...counts].sort()) all.set(what, times);
  for (const [trouble, times] of faults.counts()) all.set(`trouble: ${trouble}`, times);
  return all;
}
