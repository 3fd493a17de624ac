/**
 * Owns a small simulated world in which nobody judges while it runs, so that a policy with a mistake goes on after it, and those who are told something
 * false are told it: jobs that take one lock, check it, give it back or die, and a person who clears by force. Made of the simulator's parts. What is
 * recorded there is all that is known of it. Must not judge, nor record.
 */
import { isLockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { handedNothing, type Identity, type Mine } from "../../src/lock/identity.ts";
import { parseName } from "../../src/lock/name.ts";
import type { Liveness, Ports } from "../../src/lock/ports.ts";
import { rememberSightings } from "../../src/lock/sightings.ts";
import { delivery } from "../simulation/delivery.ts";
import { drawPlan, type Faults, faultsOf } from "../simulation/faults.ts";
import { openStore, type Send, type Way } from "../simulation/memory-store.ts";
import { startProcess, UNTROUBLED } from "../simulation/process.ts";
import { type Random, randomOf } from "../simulation/random.ts";
import { createRepository, type Repository } from "../simulation/repository.ts";
import { journalOf, type Policy, type SavedState } from "../simulation/scene.ts";
import { createWorld, EPOCH_MS, type World } from "../simulation/world.ts";

const TROUBLE_MS = 60_000;
const DAY_MS = 86_400_000;
const LOCK = parseName("publish");
const PERSON: Identity = {
  run: null,
  process: { ...{ user: "ops", host: "desk", bootId: null }, pidNamespace: null, pid: null, startedAt: null },
};

interface Crowd {
  readonly world: World;
  readonly repository: Repository;
  readonly faults: Faults;
  readonly policy: Policy;
  readonly slots: number;
  /** From when on each job, by its id, is called completed. */
  readonly completedAtMs: Map<number, number>;
  jobs: number;
}

interface Job {
  readonly crowd: Crowd;
  readonly id: number;
  readonly who: Identity;
  readonly random: Random;
  readonly way: Way;
  readonly isBlind: boolean;
  readonly saved: { text: string };
}

/** Ends when all have left, and everything that was late has landed. */
export async function gather(seed: number, policy: Policy): Promise<void> {
  const random = randomOf(seed, "crowd");
  const world = createWorld(null);
  const repository = createRepository(() => EPOCH_MS + world.nowMs());
  const faults = faultsOf(drawPlan(random.split("plan")), world.nowMs);
  const slots = random.pick([1, 1, 1, 2]);
  const crowd: Crowd = { world, repository, faults, policy, slots, completedAtMs: new Map(), jobs: 0 };
  for (let actor = 1; actor <= random.pick([2, 3, 4, 6]); actor++)
    follow(liveOn(crowd, random.split(`actor ${actor}`)));
  follow(clearNowAndThen(crowd, random.split("person")));
  await world.run(10 * DAY_MS, () => false);
}

/** What a mistake of the policy makes of a job is no concern of ours. */
function follow(life: Promise<void>): void {
  void life.catch(() => {});
}

async function liveOn(crowd: Crowd, random: Random): Promise<void> {
  for (let run = 1; run <= 3; run++) {
    await crowd.world.sleep(random.between(0, random.pick([500, 20_000])));
    const id = ++crowd.jobs;
    const own = random.split(`run ${run}`);
    const way = own.pick(["atomic", "update-refs", "log-alone"] as const);
    const job = {
      crowd,
      id,
      who: whoIs(id),
      random: own,
      way,
      isBlind: own.chance(0.2),
      saved: { text: "" },
    };
    await runJob(job);
    crowd.completedAtMs.set(id, crowd.world.nowMs() + (own.chance(0.5) ? 0 : 600_000));
  }
}

function whoIs(id: number): Identity {
  const run = {
    ...{ repository: "octo/app", id: 1000 + id, attempt: 1, job: "publish", jobId: id, runner: `r-${id}` },
    ...{ workflow: "Publish", event: "push", actor: "octo", url: `https://example.com/runs/${id}` },
  };
  return { run, process: null };
}

async function runJob(job: Job): Promise<void> {
  const { random } = job;
  const hold = await main(job);
  if (hold !== null) await work(job, hold);
  if (random.chance(0.15) || job.saved.text === "") return;
  const saved = JSON.parse(job.saved.text) as SavedState;
  const { policy } = job.crowd;
  await inStep(job, "post", (ports) =>
    policy.giveAllBack(ports, saved, { by: job.who, reason: null }, TROUBLE_MS),
  );
}

async function main(job: Job): Promise<Hold | null> {
  const { crowd, random, who } = job;
  const wish = {
    ...{ lock: LOCK, slots: crowd.slots, scope: "job" as const, who, mine: handedNothing(who) },
    ...{ waitMs: random.pick([0, 60_000, 3_600_000]), maxHoldSeconds: random.chance(0.3) ? 20 : null },
    ...{ leaseSeconds: null, reason: null, freeze: false },
  };
  return await inStep(job, "main", (ports) => crowd.policy.acquire(ports, wish));
}

async function work(job: Job, hold: Hold): Promise<void> {
  const { crowd, random, who } = job;
  const { policy } = crowd;
  const mine: Mine = { nonces: new Set([hold.nonce]), handed: () => hold.sequence, identity: who };
  for (let part = 1; part <= 3; part++) {
    await crowd.world.sleep(random.between(1, random.pick([1000, 30_000])));
    await inStep(job, `check ${part}`, (ports) => policy.check(ports, LOCK, mine, patienceOf(ports)));
  }
  if (random.chance(0.6)) return;
  await inStep(job, "release", (ports) =>
    policy.giveBack(ports, hold, { by: who, reason: null }, patienceOf(ports)),
  );
}

async function clearNowAndThen(crowd: Crowd, random: Random): Promise<void> {
  const { world, repository, policy } = crowd;
  const who = PERSON;
  for (let visit = 1; visit <= 6; visit++) {
    await world.sleep(random.between(5000, 200_000));
    const expect = repository.at(`${LOCK.prefix}log/${1 + random.below(crowd.slots)}`);
    const clearing = {
      by: PERSON,
      reason: "by force",
      expect,
      force: expect !== null && random.chance(0.5),
      dryRun: false,
    };
    const desk: Job = { crowd, id: 0, who, random, way: "atomic", isBlind: false, saved: { text: "" } };
    await inStep(desk, `clear ${visit}`, (ports) => policy.clear(ports, LOCK, clearing, patienceOf(ports)));
  }
}

function patienceOf(ports: Ports): { readonly untilMs: number } {
  return { untilMs: ports.clock.monotonicMs() + TROUBLE_MS };
}

/** A process of its own. @returns `null` where it failed or was killed */
async function inStep<Result>(
  job: Job,
  name: string,
  act: (ports: Ports) => Promise<Result>,
): Promise<Result | null> {
  const { world, repository, faults, policy, completedAtMs } = job.crowd;
  const random = job.random.split(name);
  const fate = random.chance(0.7) ? UNTROUBLED : faults.process(random.split("fate"));
  const process = startProcess(world, `job ${job.id} ${name}`, fate, () => {});
  const fateOf = faults.machine(random.split("requests"));
  const send = delivery(world, repository, process, faults.plan.latencyMs, fateOf, random);
  const clockMs = () => EPOCH_MS + world.nowMs();
  const witness = { sent() {}, listed() {} };
  const line = { repository, name: process.name, send, witness, clock: "server" as const, clockMs };
  const store = openStore({ ...line, compares: policy.compares }, job.way);
  const ports: Ports = {
    ...{ store, clock: process.clock, random: random.next, uuid: random.uuid },
    liveness: livenessOf(send, world, completedAtMs, job.isBlind),
    sightings: rememberSightings(process.clock.monotonicMs),
    journal: journalOf(job.saved, store),
    tell() {},
  };
  const acting = act(policy.wrapPorts(ports)).catch((error: unknown) => {
    if (isLockError(error)) return null;
    throw error;
  });
  const end = await Promise.race([acting, process.died.then(() => null)]);
  process.exit();
  return end;
}

function livenessOf(
  send: Send,
  world: World,
  completedAtMs: ReadonlyMap<number, number>,
  isBlind: boolean,
): Liveness {
  return {
    judge: ({ who }) =>
      send("status", "status", () => {
        if (isBlind) return { state: "unknown", why: "it may not be asked after", sinceMs: null };
        const atMs = completedAtMs.get(who.run?.jobId ?? 0) ?? Infinity;
        const isOver = atMs + 10_000 <= world.nowMs();
        return { state: isOver ? "dead" : "alive", why: "its job says so", sinceMs: null };
      }),
  };
}
