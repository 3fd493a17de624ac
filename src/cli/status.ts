/**
 * `status`: who holds and who waits.
 * Owns how a lock is laid out for people; must not know how it is read.
 */
import type { HolderStatus, LockStatus } from "../lock/report.ts";
import { listLocks, readStatus } from "../lock/status.ts";
import type { Act } from "./call.ts";
import { LOOK_TROUBLE_MS, withSession } from "./session.ts";
import { namespaceOf, parseNamesOrAll } from "./settings.ts";
import { ageOf, type Row, table } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { json, shownName } from "./text.ts";

export const statusCommand: Act = async (call) => {
  const { words, options, terminal } = call;
  const named = parseNamesOrAll(words, options, "all");
  const namespace = namespaceOf(options);
  const { statuses, nowMs } = await withSession(
    call,
    call.stop.listen(),
    async ({ ports, patience }) => {
      const locks = named === "all" ? await listLocks(ports, namespace, patience(LOOK_TROUBLE_MS)) : named;
      const statuses: LockStatus[] = [];
      for (const lock of locks) statuses.push(await readStatus(ports, lock, 1, patience(LOOK_TROUBLE_MS)));
      return { statuses, nowMs: ports.clock.date().getTime() };
    },
    "all",
  );
  if (options.json) await terminal.print(json({ locks: statuses }));
  else if (statuses.length === 0) terminal.say(`there is no lock under ${namespace}`);
  else await terminal.print(...layOut(statuses, nowMs, terminal));
  return 0;
};

const HEAD = ["LOCK", "SLOT", "STATE", "AGE", "WHO", "LIFE", "CLAIM"];

/** A line for each holder and waiter; below it, what says more. */
export function layOut(
  statuses: readonly LockStatus[],
  nowMs: number,
  { paint }: Pick<Terminal, "paint">,
): string[] {
  const rows = statuses.flatMap((status) => rowsOf(status, nowMs));
  const [head = "", ...lines] = table(HEAD, rows);
  return [paint("bold", head), ...lines.map((line) => (line.startsWith(" ") ? paint("dim", line) : line))];
}

function rowsOf({ name, slots, holders, waiters }: LockStatus, nowMs: number): Row[] {
  const lock = shownName(name);
  const free = slots - holders.length;
  const held = holders.map((holder) =>
    personRow([lock, `${slotOf(holder)}/${slots}`, holder.freeze ? "frozen" : "held"], holder, nowMs),
  );
  const waiting = waiters.map((waiter, index) => personRow([lock, "", `waits ${index + 1}`], waiter, nowMs));
  const isFree =
    free > 0 ? [{ cells: [lock, slots === 1 ? "1/1" : `${free} of ${slots}`, "free", "", "", "", ""] }] : [];
  return [...held, ...isFree, ...waiting];
}

function personRow(start: readonly string[], person: HolderStatus, nowMs: number): Row {
  const { claim, url, reason, why, alive, since } = person;
  const below = [url, reason === null ? null : `reason: ${reason}`, why === null ? null : `${alive}: ${why}`];
  return {
    cells: [...start, ageOf(since, nowMs), whoOf(person), alive, claim],
    below: below.filter((line) => line !== null),
  };
}

function whoOf({ run, attempt, job, who }: HolderStatus): string {
  return run === null ? who : `run ${run}, attempt ${attempt}, job ${job}, by ${who}`;
}

/** The holder ref ends with it. */
function slotOf({ ref }: HolderStatus): string {
  return /\d+$/.exec(ref)?.[0] ?? "?";
}
