/**
 * Who holds a lock, from whom it was taken over, who stands in its queue and who has asked for it: read from the refs of the bare repository itself, and from the requests
 * that the server got. Owns that reading. Must not ask the runs or the action: the picture shows what happened, not what they believe.
 */
import type { Hub } from "../test/hub/hub.ts";
import type { Commit } from "../test/hub/objects.ts";
import type { HubRepository } from "../test/hub/repository.ts";

export interface LockView {
  /** The run whose claim is the log's tip. */
  readonly holder: number | null;
  /** Whose hold the holder has ended, and why, by the entry that its claim follows. `null`: it was given back, or there was none. */
  readonly takenOver: { readonly from: number; readonly why: string } | null;
  /** The runs whose tickets stand in the queue, the next one first. */
  readonly queue: readonly number[];
  /** The labels of the tokens that the server has seen. */
  readonly askers: ReadonlySet<string | null>;
}

interface LockRecord {
  readonly kind: string;
  /** Of an entry: who wrote it. */
  readonly runId: number;
  readonly parent: string | null;
  readonly outcome: string | null;
  readonly reason: string | null;
}

/** How a run's token is labelled, so that its requests can be told from the others'. */
export function tokenLabel(runId: number): string {
  return `run ${runId}`;
}

export function watchLock(hub: Hub, repository: HubRepository, prefix: string): () => Promise<LockView> {
  const records = new Map<string, LockRecord>();
  const read = async (oid: string): Promise<LockRecord> => {
    const known = records.get(oid) ?? parse(await repository.commit(oid));
    records.set(oid, known);
    return known;
  };
  const takenOver = async ({ parent }: LockRecord): Promise<LockView["takenOver"]> => {
    const entry = parent === null ? null : await read(parent);
    if (entry?.outcome !== "taken-over" || entry.parent === null) return null;
    return { from: (await read(entry.parent)).runId, why: entry.reason ?? "no reason" };
  };
  return async () => {
    const refs = await repository.refs(prefix);
    const tip = refs.find((ref) => ref.name === `${prefix}log/1`);
    const record = tip === undefined ? null : await read(tip.oid);
    const holder = record?.kind === "claim" ? record.runId : null;
    // Tickets' names begin with their numbers: in the order of the names they are the queue.
    const tickets = refs.filter((ref) => ref.name.startsWith(`${prefix}queue/`));
    const queue = await Promise.all(tickets.map(async (ticket) => (await read(ticket.oid)).runId));
    const askers = new Set(hub.requests.map((request) => request.tokenName));
    return {
      holder,
      takenOver: record?.kind === "claim" ? await takenOver(record) : null,
      queue: queue.filter((runId) => runId !== holder),
      askers,
    };
  };
}

/** A subject, a blank line, JSON. */
function parse(commit: Commit | null): LockRecord {
  if (commit === null) throw new Error("a ref of the lock points at no commit");
  const body = JSON.parse(commit.message.slice(commit.message.indexOf("\n\n") + 2));
  const { kind, run, by, outcome = null, reason = null } = body;
  return { kind, runId: run?.id ?? by?.run?.id ?? 0, parent: commit.parents[0] ?? null, outcome, reason };
}
