/**
 * Owns what people do to the lock from outside: they clear what stuck jobs left, run `clear` like anybody, now and then by force, and now and then delete
 * refs by hand. Must not judge, but report what `clear` tells.
 */
import { encodeEntry } from "../../src/lock/entry.ts";
import type { Oid } from "../../src/lock/refs.ts";
import type { Trouble } from "./faults.ts";
import { FORCE, THAW } from "./freeze-judge.ts";
import type { Random } from "./random.ts";
import { count, endOfStep, type Scene, startStep } from "./scene.ts";

const MINUTE_MS = 60_000;
const PERSON = {
  run: null,
  process: { ...{ user: "ops", host: "desk", bootId: null }, pidNamespace: null, pid: null, startedAt: null },
};

/** Comes by until all jobs are gone. */
export async function attend(scene: Scene, actorsLeft: () => number): Promise<void> {
  const random = scene.random.split("operator");
  const everyMs = random.pick([2, 5, 30]) * MINUTE_MS;
  for (let visit = 1; actorsLeft() > 0; visit++) {
    await scene.world.sleep(everyMs * random.between(0.5, 1.5));
    sweep(scene, scene.clock === "local");
    meddle(scene, everyMs, random);
    if (random.chance(0.3)) await runClear(scene, `desk ${visit}`, random, everyMs);
  }
}

/** Ends holds and removes tickets of jobs that the API never calls completed or, in the end, of all that are gone. */
export function sweep(scene: Scene, all: boolean): void {
  const { repository, lock, logs, jobs } = scene;
  for (let slot = 1; slot <= scene.slots; slot++) {
    const tip = repository.at(`${lock.prefix}log/${slot}`);
    const node = tip === null ? null : logs.node(tip);
    if (tip === null || node?.kind !== "claim" || !isLeft(scene, node.jobId, all)) continue;
    // A freeze that is complete somebody ends who knows of it; but in the end everybody is gone.
    const isFrozen = node.isFreeze && scene.judge.isComplete(node.nonce);
    if (isFrozen && !all) continue;
    clearAtOnce(scene, slot, tip, isFrozen ? THAW : "its job is gone");
    count(scene, "cleared after a dead job");
  }
  for (const { name, oid } of repository.list(`${lock.prefix}queue/`)) {
    const { jobId } = logs.node(oid);
    if (!isLeft(scene, jobId, all)) continue;
    if (jobs.of(jobId).isClean) count(scene, "ticket left by a job that cleaned up");
    if (jobs.of(jobId).isClean && scene.isOrderly)
      scene.judge.accuse(3, `${name} is left of a job that cleaned up`);
    repository.apply("operator", [{ ref: name, to: null }]);
    count(scene, "ticket removed after a dead job");
  }
}

function isLeft({ jobs }: Scene, jobId: number, all: boolean): boolean {
  const { isGone, completedAtMs } = jobs.of(jobId);
  return isGone && (all || (completedAtMs === null && !jobs.isCompleted(jobId)));
}

function clearAtOnce(scene: Scene, slot: number, tip: Oid, reason: string): void {
  const { repository, lock, slots, logs, world, serverMs } = scene;
  const node = logs.node(tip);
  const message = encodeEntry({
    ...{
      ends: node.nonce,
      lock: lock.text,
      slot,
      slots,
      sequence: logs.sequenceOf(node),
      outcome: "cleared",
      clock: scene.clock,
      reason,
    },
    ...{ by: PERSON, waitedSeconds: null, heldSeconds: null },
  });
  const entry = repository.write(message, tip, serverMs());
  world.trace(() => `operator clears slot ${slot}: ${reason}`);
  repository.apply("operator", [
    { ref: `${lock.prefix}log/${slot}`, to: entry.oid },
    { ref: `${lock.prefix}holder/${slot}`, to: null },
  ]);
}

/** Somebody's `clear`, over a network like everybody's: of what is dead or, by force, of the hold that it saw. */
async function runClear(scene: Scene, name: string, random: Random, everyMs: number): Promise<void> {
  const { faults, lock, repository, logs, judge } = scene;
  const seen = repository.at(`${lock.prefix}log/${1 + random.below(scene.slots)}`);
  const expect = seen !== null && logs.node(seen).kind === "claim" ? seen : null;
  const force = expect !== null && faults.happens("forced clear", 3 * everyMs, random);
  if (force) faults.note("forced clear");
  const machine = {
    name,
    random,
    isBlind: scene.clock === "local",
    fateOf: faults.machine(random.split(name)),
  };
  const step = startStep(scene, machine, "clear", "update-refs", null);
  const clearing = {
    by: PERSON,
    reason: force ? FORCE : null,
    expect: force ? expect : null,
    force,
    dryRun: false,
  };
  const patience = { untilMs: step.ports.clock.monotonicMs() + MINUTE_MS };
  const end = await endOfStep(step, scene.policy.clear(step.ports, lock, clearing, patience));
  if (end.kind !== "done") return;
  for (const { what, oid, result } of end.result) {
    count(scene, `clear: ${result}`);
    if (!what.startsWith("the hold") || result !== "cleared") continue;
    const { nonce } = logs.node(oid);
    const ended = judge.endOf(nonce, Number(/\d+$/.exec(what)?.[0]));
    if (ended !== "others")
      judge.accuse(6, `somebody was told to have cleared a hold that was ended by ${ended}`);
  }
}

function meddle(scene: Scene, intervalMs: number, random: Random): void {
  const { repository, lock, logs, faults, world } = scene;
  const happens = (trouble: Trouble) => {
    if (!faults.happens(trouble, intervalMs, random)) return false;
    faults.note(trouble);
    return true;
  };
  const slot = 1 + random.below(scene.slots);
  const log = `${lock.prefix}log/${slot}`;
  const remove = (ref: string) => {
    world.trace(() => `somebody deletes ${ref} by hand`);
    repository.apply("hand", [{ ref, to: null }]);
  };
  if (happens("deleted marker")) remove(`${lock.prefix}holder/${slot}`);
  const tickets = repository.list(`${lock.prefix}queue/`);
  const ticket = tickets[random.below(Math.max(1, tickets.length))];
  if (ticket !== undefined && happens("deleted ticket")) remove(ticket.name);
  const tip = repository.at(log);
  if (tip !== null && logs.node(tip).kind === "claim" && happens("forced clear")) clearHold(scene, slot, tip);
  if (tip !== null && happens("deleted log")) remove(log);
}

/** With a slot of a freeze all others of it. */
function clearHold(scene: Scene, slot: number, tip: Oid): void {
  const { repository, lock, logs, slots } = scene;
  const { isFreeze, nonce } = logs.node(tip);
  if (!isFreeze) clearAtOnce(scene, slot, tip, FORCE);
  for (let each = 1; isFreeze && each <= slots; each++) {
    const other = repository.at(`${lock.prefix}log/${each}`);
    const node = other === null ? null : logs.node(other);
    if (other !== null && node?.kind === "claim" && node.nonce === nonce)
      clearAtOnce(scene, each, other, FORCE);
  }
}
