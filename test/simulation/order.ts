/**
 * Judges who may go first: promise 4. Owns what is overtaking; must not import the policy under test.
 *
 * A ticket may be made between a waiter's last look and the arrival of its take, with an earlier name than the waiter's own: nobody can know of it.
 * So only those earlier tickets count that were there when the waiter last looked and are there still when it sends its take.
 */
import type { RefChange } from "../../src/lock/refs.ts";
import { type Judge, slotOf } from "./invariants.ts";
import type { Jobs } from "./jobs.ts";
import type { Logs, Node } from "./log-reader.ts";
import type { Witness } from "./memory-store.ts";
import type { Repository } from "./repository.ts";

/** A slot that has been free for k of these may be taken by place k. */
const ESCAPE_MS = 60_000;
/** Dates are to the second, and an answer is on its way for a while. */
const SLACK_MS = 3000;

export interface OrderCounts {
  /** Takes with a ticket by whom others had been waiting. */
  queuedTakes: number;
  /** Takes by the escape rule. */
  escapes: number;
  /** A ticket that appeared too late to be seen, with an earlier name. */
  unseen: number;
}

export interface OrderJudge extends Witness {
  readonly counts: OrderCounts;
}

export function judgeOrder(
  serverMs: () => number,
  repository: Repository,
  logs: Logs,
  judge: Judge,
  jobs: Jobs,
  prefix: string,
  slots: number,
): OrderJudge {
  const lastLooks = new Map<string, number | null>();
  const counts: OrderCounts = { queuedTakes: 0, escapes: 0, unseen: 0 };

  /** The tickets of those who still wait, by name. */
  const waiting = (version: number) => {
    const holding = new Set<string>();
    for (let slot = 1; slot <= slots; slot++) {
      const tip = repository.at(`${prefix}log/${slot}`);
      if (tip !== null) holding.add(logs.node(tip).nonce);
    }
    return repository
      .list(`${prefix}queue/`, () => version)
      .map(({ name, oid }) => ({ name, ticket: logs.node(oid) }))
      .filter(({ name, ticket: { nonce } }) =>
        isOfFreeze(name) ? !judge.isComplete(nonce) : !holding.has(nonce) && judge.endOf(nonce) === undefined,
      );
  };

  /** The dead have no say. */
  const isThere = ({ ticket }: { readonly ticket: Node }) => !jobs.of(ticket.jobId).isGone;
  /** In truth, which is not its date where its writer's clock is wrong. */
  const writtenAtMs = ({ oid, dateMs }: Node): number => repository.writtenAtMs(oid) || dateMs;
  const freeSinceMs = (tip: Node): number =>
    tip.kind === "claim"
      ? Math.min(jobs.overSinceMs(tip.jobId), tip.expiresAtMs ?? Infinity)
      : writtenAtMs(tip);

  const judgeTake = (process: string, log: RefChange, claimNonce: string) => {
    const lastLook = lastLooks.get(process);
    // Who repeats a take that has landed already overtakes nobody.
    const isRepeated = judge.endOf(claimNonce, slotOf(log.ref) ?? 0) !== undefined;
    if (lastLook === null || lastLook === undefined || isRepeated) return;
    const queue = waiting(repository.version());
    const before = waiting(lastLook);
    const isOwn = ({ ticket }: { readonly ticket: Node }) => ticket.nonce === claimNonce;
    const own = queue.find(isOwn) ?? before.find(isOwn);
    if (own !== undefined) counts.queuedTakes++;
    const seen = new Set(before.map(({ name }) => name));
    const earlier = queue.filter(({ name }) => own === undefined || name < own.name);
    const overtaken = earlier.filter(({ name }) => seen.has(name)).filter(isThere);
    counts.unseen += earlier.filter(({ name }) => !seen.has(name)).length;
    // One that was taken for dead and comes back may be before a freeze that has begun; it can only have what that one leaves.
    const slot = slotOf(log.ref) ?? 0;
    const isGoingOn = slot > 1 && log.to !== null && logs.node(log.to).isFreeze;
    if (overtaken.some(({ name }) => isOfFreeze(name)) && !isGoingOn)
      return judge.accuse(4, `${process} sends its take though a freeze comes before it`);
    if (overtaken.length < (own === undefined ? 1 : slots)) return;
    const sinceMs = Math.max(
      log.from === null ? 0 : freeSinceMs(logs.node(log.from)),
      ...overtaken.map(({ ticket }) => writtenAtMs(ticket)),
    );
    if (serverMs() - sinceMs >= (overtaken.length + 1) * ESCAPE_MS - SLACK_MS) {
      counts.escapes++;
      return;
    }
    const them = overtaken.map(({ ticket }) => `job ${ticket.jobId}`).join(", ");
    judge.accuse(4, `${process} sends its take before ${them}, who had queued before it`);
  };

  return {
    counts,
    listed(process, version, under = prefix) {
      if (under.startsWith(prefix)) lastLooks.set(process, version);
    },
    sent(process, changes) {
      const log = changes.find(({ ref }) => slotOf(ref) !== null);
      if (!log?.to || !log.ref.startsWith(prefix)) return;
      const node = logs.node(log.to);
      const before = node.parent === null ? null : logs.node(node.parent);
      if (node.kind === "claim" && before?.nonce !== node.nonce) judgeTake(process, log, node.nonce);
    },
  };
}

/** Its ticket has the number 0, so that it comes first. */
function isOfFreeze(ticket: string): boolean {
  return ticket.includes("/queue/00000000-");
}
