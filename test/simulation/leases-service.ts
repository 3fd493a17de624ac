/**
 * Judges promise 3 where nobody is asked who is alive: once nothing goes wrong any more, what a killed process holds is free for the next after its lease
 * and what polling costs, and its ticket holds up nobody for longer than the ticket's lease and the rule for slots that are free for long.
 * Owns what is late; must not import the policy under test.
 */
import { isCalm, isProcess, type LeaseScene } from "./leases-scene.ts";
import type { Change } from "./repository.ts";

/** How often it is looked. */
const EVERY_MS = 5000;
/** A pace, the requests of a take, one refusal, a few seconds over: from when a slot is open to the one who waits for it, and for it alone. */
const SLACK_MS = 30_000;
const TICKET_LEASE_MS = 300_000;
const MINUTE_MS = 60_000;

/** The ticket of a process that lives, and has long been in reach, is renewed in time, and nobody's to remove. */
export function judgeRemovals(scene: LeaseScene, changes: readonly Change[]): void {
  const { world, logs, judge, faults, living } = scene;
  const troubledMs = isCalm(scene) ? -Infinity : faults.plan.untilMs + 2 * MINUTE_MS;
  for (const { ref, from, to, by } of changes) {
    if (!ref.includes("/queue/") || from === null || to !== null) continue;
    const { jobId, nonce } = logs.node(from);
    const owner = living.get(jobId);
    if (owner === undefined || by.startsWith(`process ${jobId} `) || judge.endOf(nonce) !== undefined)
      continue;
    const sinceMs = Math.max(troubledMs, owner.stoodStillMs);
    if (owner.isAlive && world.nowMs() - sinceMs > TICKET_LEASE_MS)
      judge.accuse(4, `${by} removed the ticket of process ${jobId}, which still waits`);
  }
}

interface Wait {
  sinceMs: number;
  /** The tip for which it waits since then, at this place. */
  tip: string;
  place: number;
}

export async function watchService(scene: LeaseScene, isOver: () => boolean): Promise<void> {
  const waits = new Map<string, Wait>();
  const calmMs = scene.faults.plan.untilMs + 2 * MINUTE_MS;
  while (!isOver()) {
    await scene.world.sleep(EVERY_MS);
    if (scene.world.nowMs() < calmMs) continue;
    look(scene, waits);
  }
}

function look(scene: LeaseScene, waits: Map<string, Wait>): void {
  const { world, judge } = scene;
  const nowMs = world.nowMs();
  const queue = queueOf(scene);
  const open = openSlot(scene);
  const next = queue.findIndex(({ isThere }) => isThere);
  for (const [index, { name, owner, isThere }] of queue.entries()) {
    const stoodMs = scene.living.get(owner)?.stoodStillMs ?? Infinity;
    // Only the first of the living is entitled to anything, and nobody who has just stood still, or is a job: those are judged elsewhere.
    if (index !== next || !isThere || !isProcess(owner) || stoodMs > nowMs - 2 * MINUTE_MS || open === null) {
      waits.delete(name);
      continue;
    }
    const wait = waits.get(name);
    if (wait?.tip !== open.tip || wait.place !== index) {
      waits.set(name, { sinceMs: nowMs, tip: open.tip, place: index });
      continue;
    }
    const lateMs = nowMs - wait.sinceMs;
    if (lateMs > allowedMs(index, open.leaseMs))
      judge.accuse(
        3,
        `process ${owner}, at place ${index + 1}, waits for a slot that is open for ${lateMs} ms`,
      );
  }
}

/**
 * Who has only now come to look at a hold sees it for its whole lease. Behind the dead it removes their tickets, when their leases are over or it sees
 * that they are dead, or takes the slot after so many minutes, at one of its looks at everything.
 */
function allowedMs(dead: number, leaseMs: number): number {
  const glanceMs = Math.max(MINUTE_MS, (dead + 1) * (MINUTE_MS / 2));
  if (dead === 0) return leaseMs + SLACK_MS;
  return (
    leaseMs + Math.min(TICKET_LEASE_MS + glanceMs, (dead + 1) * MINUTE_MS + glanceMs) + glanceMs + SLACK_MS
  );
}

interface Waiting {
  readonly name: string;
  readonly owner: number;
  readonly isThere: boolean;
}

function queueOf({ repository, lock, logs, jobs, judge }: LeaseScene): Waiting[] {
  return repository
    .list(`${lock.prefix}queue/`)
    .map(({ name, oid }) => ({ name, ticket: logs.node(oid) }))
    .map(({ name, ticket: { jobId, nonce } }) => {
      const isThere = !jobs.of(jobId).isGone && judge.endOf(nonce) === undefined;
      return { name, owner: jobId, isThere };
    });
}

/** A slot that is free, or held by a process whose lease is over. */
function openSlot({ repository, lock, logs, slots, serverMs }: LeaseScene) {
  for (let slot = 1; slot <= slots; slot++) {
    const tip = repository.at(`${lock.prefix}log/${slot}`);
    if (tip === null) return { tip: `nothing in ${slot}`, leaseMs: 0 };
    const { kind, jobId, expiresAtMs, maxHoldOverMs, oid } = logs.node(tip);
    if (kind === "entry") return { tip, leaseMs: 0 };
    if (!isProcess(jobId) || expiresAtMs === null || expiresAtMs === maxHoldOverMs) continue;
    if (expiresAtMs < serverMs()) return { tip, leaseMs: expiresAtMs - repository.writtenAtMs(oid) };
  }
  return null;
}
