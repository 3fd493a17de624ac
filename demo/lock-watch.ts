/**
 * Who holds a lock, who stands in its queue and who has asked for it: read from the refs of the bare repository itself, and from the requests
 * that the server got. Owns that reading. Must not ask the runs or the action: the picture shows what happened, not what they believe.
 */
import type { Hub } from "../test/hub/hub.ts";
import type { HubRepository } from "../test/hub/repository.ts";

export interface LockView {
  /** The run whose claim is the log's tip. */
  readonly holder: number | null;
  /** The runs whose tickets stand in the queue, the next one first. */
  readonly queue: readonly number[];
  /** The labels of the tokens that the server has seen. */
  readonly askers: ReadonlySet<string | null>;
}

interface LockRecord {
  readonly kind: string;
  readonly runId: number;
}

/** How a run's token is labelled, so that its requests can be told from the others'. */
export function tokenLabel(runId: number): string {
  return `run ${runId}`;
}

export function watchLock(hub: Hub, repository: HubRepository, prefix: string): () => Promise<LockView> {
  const records = new Map<string, LockRecord>();
  const read = async (oid: string): Promise<LockRecord> => {
    const known = records.get(oid) ?? parse((await repository.commit(oid))?.message ?? "");
    records.set(oid, known);
    return known;
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
    return { holder, queue: queue.filter((runId) => runId !== holder), askers };
  };
}

/** A subject, a blank line, JSON. */
function parse(message: string): LockRecord {
  const body = JSON.parse(message.slice(message.indexOf("\n\n") + 2));
  return { kind: body.kind, runId: body.run?.id ?? 0 };
}
