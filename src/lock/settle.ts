/**
 * Changes one ref, and does not rest before the ref itself tells what became of that.
 * Must not know what the ref stands for: a claim, which lands in a log, is settled by the log (hold.ts).
 */
import { backOff, insist, type Patience } from "./insist.ts";
import type { Ports } from "./ports.ts";
import type { RefChange } from "./refs.ts";

/**
 * @returns `superseded` where somebody else changed it first
 * @throws LockError `unreachable` when patience is out before it is known
 */
export async function settle(
  ports: Ports,
  change: RefChange,
  patience: Patience,
): Promise<"applied" | "superseded"> {
  let isUnanswered = false;
  for (let tries = 0; ; tries++) {
    const outcome = await insist(ports, patience, () => ports.store.transact([change]));
    if (outcome === "applied") return "applied";
    isUnanswered ||= outcome === "unknown";
    const now = await insist(ports, patience, () => ports.store.tip(change.ref));
    // That a ref is gone tells nothing of who deleted it, unless a request of ours may have done so.
    if (now === change.to && (now !== null || isUnanswered)) return "applied";
    if (now !== change.from) return "superseded";
    await backOff(ports, tries, patience, `It is not known what became of a change of ${change.ref}.`);
  }
}
