/**
 * Judges what leases promise: two are never inside one slot together; nobody enters what was ended before; who is to be ended is told in time; and where
 * a process stands still for too long, its fencing token gives it away. Owns who is inside in truth; must not import the policy under test.
 */
import type { Oid } from "../../src/lock/refs.ts";
import { type Judge, slotOf, type Visit } from "./invariants.ts";
import type { Logs, Node } from "./log-reader.ts";
import type { Change } from "./repository.ts";

/** What the lock guards, one for each slot. It refuses smaller tokens than it has seen. */
export interface Resource {
  /** @returns what is in it; `null`: refused */
  read(visit: Visit): number | null;
  /** Writes what follows from `basis`. @returns whether it was not refused */
  write(visit: Visit, basis: number): boolean;
}

export interface LeaseJudge extends Judge {
  readonly resource: Resource;
  /** Whether a hold was ended by others for a reason that no renewal prevents: by force, or past its max-hold. */
  wasEndedForGood(nonce: string): boolean;
  /** When a hold was ended by others, in milliseconds since 1970; `null`: it was not. */
  endedAtMs(nonce: string): number | null;
}

interface Ended {
  readonly atMs: number;
  readonly isForGood: boolean;
}

/** @param isOverlong whether processes stand still for longer than their leases: then two may be inside, and the tokens have to tell */
export function judgeLeases(
  judge: Judge,
  logs: Logs,
  isProcess: (id: number) => boolean,
  isOverlong: boolean,
  serverMs: () => number,
): LeaseJudge {
  const inside = new Map<string, Visit>();
  const ended = new Map<string, Ended>();

  const judgeEntry = (before: Node, entry: Node) => {
    const isOwn = entry.outcome === "released" && entry.jobId === before.jobId;
    if (isOwn) return;
    const isPastMaxHold = before.maxHoldOverMs !== null && before.maxHoldOverMs < serverMs();
    const isForGood = entry.outcome === "cleared" || isPastMaxHold;
    ended.set(entry.nonce, { atMs: serverMs(), isForGood });
    const visit = inside.get(entry.nonce);
    if (visit === undefined || isForGood || isOverlong || !isProcess(visit.jobId)) return;
    judge.accuse(1, `process ${visit.jobId} lost slot ${visit.slot} to ${entry.jobId} while it was inside`);
  };

  const entered = (visit: Visit) => {
    judge.entered(visit);
    const end = ended.get(visit.nonce);
    if (!isOverlong && isProcess(visit.jobId) && end?.isForGood === false)
      judge.accuse(1, `process ${visit.jobId} entered slot ${visit.slot} after it had been ended`);
    for (const other of isOverlong ? [] : inside.values()) {
      if (other.slot !== visit.slot || other.nonce === visit.nonce) continue;
      if (ended.get(other.nonce)?.isForGood || end?.isForGood) continue;
      judge.accuse(1, `${other.jobId} and ${visit.jobId} are inside slot ${visit.slot} together`);
    }
    inside.set(visit.nonce, visit);
  };

  return {
    ...judge,
    resource: createResource(judge),
    entered,
    leaving(nonce) {
      inside.delete(nonce);
      judge.leaving(nonce);
    },
    changed(changes) {
      judge.changed(changes);
      for (const change of changes) {
        if (slotOf(change.ref) === null) continue;
        for (const { before, entry } of entriesOf(logs, change)) judgeEntry(before, entry);
      }
    },
    wasEndedForGood: (nonce) => ended.get(nonce)?.isForGood ?? false,
    endedAtMs: (nonce) => ended.get(nonce)?.atMs ?? null,
  };
}

function entriesOf(logs: Logs, { from, to }: Change): { before: Node; entry: Node }[] {
  const step = to === null ? null : logs.step(from, to, 3);
  const node = (oid: Oid | null) => (oid === null ? null : logs.node(oid));
  return (step ?? []).flatMap((entry) => {
    const before = node(entry.parent);
    return entry.kind === "entry" && before?.kind === "claim" ? [{ before, entry }] : [];
  });
}

function createResource(judge: Judge): Resource {
  const contents = new Map<number, { value: number; token: number }>();
  const admit = ({ slot, sequence }: Visit) => {
    const content = contents.get(slot) ?? { value: 0, token: 0 };
    contents.set(slot, content);
    if (sequence < content.token) return null;
    content.token = sequence;
    return content;
  };
  return {
    read: (visit) => admit(visit)?.value ?? null,
    write(visit, basis) {
      const content = admit(visit);
      if (content === null) return false;
      if (content.value !== basis)
        judge.accuse(8, `process ${visit.jobId} undid an update with token ${visit.sequence}`);
      content.value++;
      return true;
    },
  };
}
