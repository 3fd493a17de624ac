/**
 * Looks whether this job waits in a circle of jobs, and ends its wait where it is the one who gives way.
 * Owns what is read for that; must not know how a circle is found.
 */
import { type Attempt, ask, statusNow } from "./attempt.ts";
import { type AwaitedByOther, findDeadlock, type Search } from "./deadlock.ts";
import { readRecord } from "./entry.ts";
import { LockError } from "./errors.ts";
import type { Commit, Oid } from "./refs.ts";
import type { Ticket } from "./ticket.ts";

/** What one look for a deadlock reads at the most: commits, and logs. */
const MOST_READ = 50;

/** How far back a log is read for the turn that a ticket has had: GitHub's largest page. What lies further back is not seen. */
const LOG_COMMITS = 100;

/** @throws LockError `not-acquired` where this job is the one of a circle who gives way */
export async function giveWay(attempt: Attempt): Promise<void> {
  const { ports, ticket } = attempt;
  if (ticket === null) return;
  const search = await findCircle(attempt, ticket);
  if (search.kind !== "deadlock") return;
  if (!search.isOurTurn) {
    ports.tell({ kind: "deadlock", message: `${search.circle}. Another of them came later and gives way.` });
    return;
  }
  const advice =
    "This job came last and gives way. Take all names in one step, a line each: then everybody takes them in one order.";
  throw new LockError("not-acquired", `${search.circle}. ${advice}`, { status: statusNow(attempt) });
}

async function findCircle(attempt: Attempt, ticket: Ticket): Promise<Search> {
  const { wish, known, verdicts, seenMs } = attempt;
  const namespace = wish.lock.prefix.slice(0, -wish.lock.encoded.length - 2);
  const listing = await ask(attempt, (store) => store.list(`${namespace}/`));
  const served = new Set<Oid>();
  const knowledge = { commits: known, verdicts, seenMs, served };
  const logs = new Map<Oid, readonly Commit[]>();
  for (let reads = 0; reads + logs.size < MOST_READ; reads++) {
    const search = findDeadlock(namespace, listing, wish.lock, knowledge, ticket, wish.mine);
    if (search.kind === "need") {
      known.set(search.oid, await ask(attempt, (store) => store.read(search.oid)));
    } else {
      const inVain = search.kind === "deadlock" ? await servedOf(attempt, search.waits, logs) : [];
      if (inVain.length === 0) return search;
      for (const oid of inVain) served.add(oid);
    }
  }
  return { kind: "none" };
}

/**
 * A ticket that was sent and unanswered can land after its job was served by another that it sent, and then stands in the queue as long as that job lives.
 * Who gives way fails: that is worth a request for each log.
 */
async function servedOf(
  attempt: Attempt,
  waits: readonly AwaitedByOther[],
  logs: Map<Oid, readonly Commit[]>,
): Promise<Oid[]> {
  const unread = [...new Set(waits.map(({ log }) => log))].filter((log) => !logs.has(log));
  await Promise.all(
    unread.map(async (log) => {
      logs.set(log, await ask(attempt, (store) => store.history(log, LOG_COMMITS)));
    }),
  );
  const isServed = ({ log, nonce }: AwaitedByOther) =>
    (logs.get(log) ?? []).some((commit) => hasNonce(commit, nonce));
  return waits.filter(isServed).map(({ ticket }) => ticket);
}

function hasNonce(commit: Commit, nonce: string): boolean {
  const record = readRecord(commit);
  if (record.kind === "claim") return record.claim.nonce === nonce;
  return record.kind === "entry" && record.entry.ends === nonce;
}
