/**
 * Owns one simulation of processes that hold the lock by leases, each with a wall clock of its own, and of jobs that use the same lock in the same
 * repository by the server's clock; and what must be true when all have left. Must not know how a request travels.
 */
import { parseName } from "../../src/lock/name.ts";
import { violations as oracleViolations } from "../hub/oracle.ts";
import { liveOn } from "./actors.ts";
import { drawPlan, faultsOf, type Plan } from "./faults.ts";
import { createJudge, type Violation } from "./invariants.ts";
import { createJobs } from "./jobs.ts";
import { judgeLeases } from "./leases-judge.ts";
import { visitOnce, workAt } from "./leases-process.ts";
import {
  createDesk,
  isProcess,
  type LeasePolicy,
  type LeaseScene,
  pidOf,
  REAL_KEEP,
} from "./leases-scene.ts";
import { judgeRemovals, watchService } from "./leases-service.ts";
import { inOrder, shortened } from "./leases-setting.ts";
import { type Node, readLogs } from "./log-reader.ts";
import type { Way } from "./memory-store.ts";
import { attend, sweep } from "./operator.ts";
import { judgeOrder } from "./order.ts";
import { type Random, randomOf } from "./random.ts";
import { type Change, createRepository } from "./repository.ts";
import { REAL_POLICY } from "./scene.ts";
import { createWorld, EPOCH_MS } from "./world.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
/** The last to come are served within the longest lease, that of the tickets before them, and a few minutes more. */
const LAST_MS = 60 * MINUTE_MS;
const LAST = 90;

export interface LeaseVerdict {
  readonly violation: Violation | null;
  readonly counts: ReadonlyMap<string, number>;
  /** What was decided, and by whom, without anything that depends on a date. */
  readonly decisions: readonly string[];
  /** `false`: somebody may have seen two tickets of one number, of which the dates tell which comes first. */
  readonly isComparable: boolean;
}

export interface LeaseOptions {
  /** The wall clocks of all processes tell the true time. */
  readonly isOnTime?: boolean;
}

export async function simulateLeases(
  seed: number,
  policy: Partial<LeasePolicy> = {},
  say: ((line: string) => void) | null = null,
  { isOnTime = false }: LeaseOptions = {},
): Promise<LeaseVerdict> {
  const random = randomOf(seed, "leases");
  const scene = setScene(random, { ...REAL_POLICY, ...REAL_KEEP, ...policy }, say, isOnTime);
  const { world, repository, judge } = scene;
  const changes: Change[] = [];
  repository.onChange((transaction) => {
    changes.push(...transaction);
    judge.changed(transaction);
    judgeRemovals(scene, transaction);
  });
  const left = populate(scene);
  await world.run(scene.faults.plan.untilMs + DAY_MS, () => judge.violations.length > 0 || left.count === 0);
  if (judge.violations.length === 0 && left.count > 0)
    judge.accuse(3, `${left.count} still wait, a day after the last trouble`);
  if (judge.violations.length === 0) await judgeEnd(scene, changes);
  for (const [trouble, times] of scene.faults.counts()) scene.counts.set(`trouble: ${trouble}`, times);
  scene.counts.set("takes", judge.takes());
  scene.counts.set("events", world.events());
  return { violation: judge.violations[0] ?? null, counts: scene.counts, ...compared(scene, changes) };
}

/** Processes and jobs, at least one of the former. */
function populate(scene: LeaseScene): { count: number } {
  const { random, world, judge } = scene;
  const [processes, jobs] = [random.pick([1, 2, 3, 4, 6]), random.pick([0, 1, 2, 3])];
  const left = { count: processes + jobs };
  const lives = [
    ...Array.from({ length: processes }, (_, index) =>
      workAt(scene, createDesk(scene, index + 1), index + 1),
    ),
    ...Array.from({ length: jobs }, (_, index) =>
      liveOn([scene], index + 1, random.pick<Way>(["update-refs", "log-alone"])),
    ),
  ];
  for (const life of lives)
    void life.then(
      () => left.count--,
      (error: unknown) => judge.accuse(0, `the simulator failed: ${(error as Error).stack}`),
    );
  void attend(scene, () => left.count);
  void watchService(scene, () => left.count === 0);
  world.trace(() => `${processes} processes and ${jobs} jobs`);
  return left;
}

function setScene(
  random: Random,
  policy: LeasePolicy,
  say: ((line: string) => void) | null,
  isOnTime: boolean,
): LeaseScene {
  const world = createWorld(say);
  const serverMs = () => EPOCH_MS + world.nowMs();
  const repository = createRepository(serverMs);
  const logs = readLogs(repository);
  const jobs = createJobs(serverMs);
  const isOverlong = random.chance(0.2);
  const judge = judgeLeases(
    createJudge(repository, logs, jobs, serverMs),
    logs,
    isProcess,
    isOverlong,
    serverMs,
  );
  const lock = parseName("publish");
  const slots = random.pick([1, 1, 1, 1, 2, 3]);
  const plan = planFor(random.split("plan"));
  world.trace(() => `${slots} slots${isOverlong ? ", overlong" : ""}; ${JSON.stringify(plan)}`);
  repository.onChange((changes) => {
    for (const { ref, to, by } of changes)
      world.trace(
        () => `  ${ref} is now ${to === null ? "gone" : `${logs.node(to).kind} ${to.slice(0, 7)}`}, by ${by}`,
      );
  });
  return {
    ...{ world, repository, logs, judge, random, policy, lock, slots, jobs, serverMs, isOverlong, isOnTime },
    order: inOrder(repository, logs, judge, (seen) =>
      judgeOrder(serverMs, seen, logs, judge, jobs, lock.prefix, slots),
    ),
    ...{
      faults: shortened(faultsOf(plan, world.nowMs)),
      clock: "server",
      isOrderly: false,
      counts: new Map(),
    },
    living: new Map(),
  };
}

/** Trouble ends soon, since leases are short; and nobody deletes logs by hand, or takes permissions away. */
function planFor(random: Random): Plan {
  const plan = drawPlan(random);
  return {
    ...plan,
    untilMs: random.pick([3, 5, 10, 15]) * MINUTE_MS,
    likelihoods: { ...plan.likelihoods, "deleted log": 0, denied: 0 },
  };
}

/** All have left. Who comes now, one for each slot, is served; and then nobody holds anything but what nobody came for. */
async function judgeEnd(scene: LeaseScene, changes: readonly Change[]): Promise<void> {
  const { world, judge, slots, repository, lock, logs } = scene;
  sweep(scene, false);
  let served = 0;
  const desk = { ...createDesk(scene, LAST), isBlind: false, slowness: 0 };
  const calmMs = Math.max(0, scene.faults.plan.untilMs - world.nowMs());
  const come = async (slot: number) => {
    await world.sleep(calmMs);
    const random = desk.random.split(`last ${slot}`);
    if (await visitOnce(scene, desk, pidOf(LAST, slot), random, Infinity)) served++;
    else judge.accuse(3, "the last to come was not served");
  };
  for (let slot = 1; slot <= slots; slot++) void come(slot);
  await world.run(world.nowMs() + calmMs + LAST_MS, () => judge.violations.length > 0 || served === slots);
  if (judge.violations.length > 0) return;
  if (served < slots) judge.accuse(3, `${slots - served} of the last to come still wait`);
  const isLast = ({ kind, jobId }: Node) => kind !== "entry" && jobId >= pidOf(LAST, 0);
  for (const { name, oid } of repository.list(lock.prefix))
    if (!name.includes("/holder/") && isLast(logs.node(oid)))
      judge.accuse(3, `${name} is left of the last to come`);
  for (let slot = 1; slot <= slots; slot++) {
    const records = changes
      .filter(({ ref }) => ref === `${lock.prefix}log/${slot}`)
      .map(({ ref, from, to, version }, index) => ({ index, transaction: version, ref, from, to }));
    for (const what of await oracleViolations(records, async (oid) => repository.commit(oid) ?? null))
      judge.accuse(7, what);
  }
}

/** No read shows what was there more changes ago. */
const OLDEST_READ = 10;

/** The changes, without oids and dates. */
function compared(
  { logs }: LeaseScene,
  changes: readonly Change[],
): Pick<LeaseVerdict, "decisions" | "isComparable"> {
  const owners = new Map<string, { readonly owner: number; readonly goneAt: number }>();
  let isComparable = true;
  const decisions = changes.map(({ ref, from, to, by, version }) => {
    const ticket = /\/queue\/(\d{8})-(\d{12})-/.exec(ref);
    const kind = (oid: string | null) => (oid === null ? "nothing" : logs.node(oid).kind);
    if (ticket === null) return `${version} ${ref} ${kind(from)} → ${kind(to)} by ${by}`;
    const owner = logs.node(to ?? from ?? "").jobId;
    const number = ticket[1] ?? "";
    const other = owners.get(number);
    if (other !== undefined && other.owner !== owner && version - other.goneAt < OLDEST_READ)
      isComparable = false;
    owners.set(number, { owner, goneAt: to === null ? version : Infinity });
    return `${version} ticket ${number} of ${owner} ${kind(from)} → ${kind(to)} by ${by}`;
  });
  return { decisions, isComparable };
}
