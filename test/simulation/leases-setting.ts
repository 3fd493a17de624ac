/**
 * Fits what was made for jobs to processes with leases: the faults, so that nobody waits for hours, and the judge of the order, so that it knows of tickets
 * which are renewed. Owns these changes alone.
 */
import type { Faults } from "./faults.ts";
import { type Judge, slotOf } from "./invariants.ts";
import type { Logs } from "./log-reader.ts";
import type { OrderJudge } from "./order.ts";
import type { Repository } from "./repository.ts";

const MINUTE_MS = 60_000;

/** Nobody waits for hours on others' account: there is nothing to be learnt from that here. */
export function shortened(faults: Faults): Faults {
  return {
    ...faults,
    machine(random) {
      const fateOf = faults.machine(random);
      return (kind) => {
        const fate = fateOf(kind);
        if (fate.kind !== "throttled") return fate;
        return { ...fate, retryAfterMs: Math.min(fate.retryAfterMs, MINUTE_MS) };
      };
    },
    process(random) {
      const fate = faults.process(random);
      if (fate.pause === null) return fate;
      return { ...fate, pause: { ...fate.pause, ms: Math.min(fate.pause.ms, 10 * MINUTE_MS) } };
    },
  };
}

/**
 * A ticket is as old as its first commit, however often it was renewed. Who was out of reach for so long that its ticket was removed makes it again, and
 * has its place again: that is no overtaking.
 */
export function inOrder(
  repository: Repository,
  logs: Logs,
  judge: Judge,
  judgeOf: (repository: Repository) => OrderJudge,
): OrderJudge {
  const firsts = new Map<string, string>();
  const removed = new Set<number>();
  repository.onChange((changes) => {
    for (const { ref, from, to, by } of changes) {
      if (!ref.includes("/queue/")) continue;
      // The first stands in its name.
      if (to !== null) firsts.set(to, ref.slice(ref.lastIndexOf("-") + 1));
      if (from === null) continue;
      const { jobId, nonce } = logs.node(from);
      if (to === null && !by.startsWith(`process ${jobId} `) && judge.endOf(nonce) === undefined)
        removed.add(jobId);
    }
  });
  const writtenAtMs = (oid: string) => repository.writtenAtMs(firsts.get(oid) ?? oid);
  const order = judgeOf({ ...repository, writtenAtMs });
  return {
    ...order,
    sent(process, changes) {
      const log = changes.find(({ ref }) => slotOf(ref) !== null);
      if (!log?.to || !removed.has(logs.node(log.to).jobId)) order.sent(process, changes);
    },
  };
}
