/**
 * Owns what a process may truthfully be told of its hold: each answer is held against the log. Must not know how a process lives.
 */
import { isLockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { isLogRef } from "../../src/lock/name.ts";
import type { Ports } from "../../src/lock/ports.ts";
import type { Oid } from "../../src/lock/refs.ts";
import type { GivenBack } from "../../src/lock/release.ts";
import type { Guard } from "./leases-process.ts";
import type { LeaseScene } from "./leases-scene.ts";
import { count } from "./scene.ts";

/** What a process knows of its renewals. */
export interface Renewals {
  /** When the newest that it knows to be applied was begun to be written, by its own monotonic clock. */
  appliedMs: number | null;
}

/** Watches the renewals that go through these ports. */
export function withRenewals(ports: Ports, renewals: Renewals): Ports {
  const { store, clock } = ports;
  const begunMs = new Map<Oid, number>();
  return {
    ...ports,
    store: {
      ...store,
      async write(message, parent) {
        const startedMs = clock.monotonicMs();
        const commit = await store.write(message, parent);
        if (/ still held by /.test(message.slice(0, message.indexOf("\n"))))
          begunMs.set(commit.oid, startedMs);
        return commit;
      },
      async transact(changes) {
        const outcome = await store.transact(changes);
        const log = changes.find(({ ref }) => isLogRef(ref));
        const atMs = begunMs.get(log?.to ?? "");
        if (outcome === "applied" && atMs !== undefined) renewals.appliedMs = atMs;
        return outcome;
      },
    },
  };
}

export function judgeFailure(scene: LeaseScene, pid: number, error: unknown, waitMs: number): void {
  const kind = isLockError(error) ? error.kind : "bug";
  count(scene, `process did not acquire: ${kind}`);
  scene.world.trace(() => `process ${pid} did not acquire: ${String(error)}`);
  if (kind === "not-acquired" && waitMs !== Infinity) return;
  // Answers that are always late are trouble enough for a short lease.
  const isTrouble = scene.faults.counts().size > 0 || scene.counts.has("slow answers");
  if (["not-acquired", "unreachable", "throttled"].includes(kind) && isTrouble) return;
  scene.judge.accuse(0, `acquire of process ${pid} failed: ${String((error as Error).stack)}`);
}

/** As src/lock/keep.ts has it: this long before its lease is out a hold is given up for lost. */
const ENDING_MS = 8000;

export function judgeLoss(guard: Guard, hold: Hold, error: unknown): void {
  const { scene, pid, leaseSeconds, renewals, body } = guard;
  scene.world.trace(() => `process ${pid} is told: ${String(error)}`);
  if (!isLockError(error, "lost")) {
    scene.judge.accuse(0, `keeping by process ${pid} failed: ${String((error as Error).stack)}`);
    return;
  }
  const ended = scene.judge.endOf(hold.nonce);
  count(scene, ended === null ? "told of a loss to come" : "told of a loss by others");
  const leftMs = (renewals.appliedMs ?? 0) + leaseSeconds * 1000 - (body?.clock.monotonicMs() ?? 0);
  // Trouble is not repeated where its pause would last longer than what is left; a pause lasts an hour at the most.
  const isThrottled = /slow down/.test(error.message);
  if (ended === null && leftMs > ENDING_MS + 20_000 && !isThrottled)
    scene.judge.accuse(6, `process ${pid} was told ${leftMs} ms before its time that its hold is lost`);
}

export function judgeGiven(
  { scene, pid, leaseSeconds }: Guard,
  hold: Hold,
  given: GivenBack,
  entered: Hold | null,
): void {
  const { judge } = scene;
  count(scene, `process gave back: ${given.kind}`);
  scene.world.trace(() => `process ${pid} is told: ${given.kind}`);
  const ended = judge.endOf(hold.nonce);
  const accuse = () =>
    judge.accuse(
      6,
      `process ${pid} was told ${given.kind} of its hold, which was ended by ${ended ?? "nobody"}`,
    );
  if (given.kind === "released" && ended !== "itself") accuse();
  if (given.kind === "ended" && ended !== (given.entry.by.process?.pid === pid ? "itself" : "others"))
    accuse();
  if (given.kind === "gone" || given.kind === "lasted" || given.kind === "renewed") accuse();
  if (given.kind === "never-held") judge.buried(hold.claim);
  if (given.kind === "ended" && entered?.nonce === hold.nonce && leaseSeconds > 0)
    count(scene, "process lost its hold");
}
