/**
 * Who held a lock and who waited for it, and from when to when: one list, from which both the diagram and the table are made.
 * Owns how holds, waiters and what the step itself did are put together; must not know how a row looks.
 */
import type { Entry } from "../lock/entry.ts";
import type { Hold } from "../lock/hold.ts";
import type { Identity } from "../lock/identity.ts";
import type { Oid } from "../lock/refs.ts";
import type { HolderStatus } from "../lock/report.ts";
import { dateOf, holderOf, type KnownHold, knownHolds, orNull, startOf } from "./summary-holds.ts";
import type { Seen } from "./summary-seen.ts";

export interface Who {
  readonly run: number | null;
  readonly attempt: number | null;
  readonly job: string | null;
  readonly url: string | null;
  /** The actor, or the user and host of a process. */
  readonly name: string;
}

/** A stretch of holding or of waiting. All dates in milliseconds since 1970. */
export interface Row {
  readonly kind: "hold" | "wait";
  /** `null` where nobody told. */
  readonly who: Who | null;
  readonly isOurs: boolean;
  readonly slot: number | null;
  readonly fromMs: number | null;
  /** Where `isOpen`, the time until which it is known to last. */
  readonly toMs: number;
  readonly isOpen: boolean;
  /** As whoever held or waited has counted it, where they did: the dates are whole seconds of two clocks. */
  readonly lastedMs: number | null;
  readonly token: number | null;
  /** Of a hold: any of its claims names it. */
  readonly claim: Oid | null;
  readonly isFreeze: boolean;
  /** Said by who holds or waits. */
  readonly reason: string | null;
  readonly ending: Entry | null;
  /** What was found out about who holds or waits, where that was asked. */
  readonly status: HolderStatus | null;
}

export interface Asked {
  /** As in the lock's refs. */
  readonly encoded: string;
  readonly ours: readonly Hold[];
  /** Until when this step waited in vain, if it did. */
  readonly gaveUpAtMs: number | null;
  readonly holders: readonly HolderStatus[];
  /** `null` where nobody looked again at the end: then they are those who were seen while this step waited. */
  readonly waiters: readonly HolderStatus[] | null;
  readonly nowMs: number;
}

/** Holds by slot and time, then waits by time. */
export function rowsOf(seen: Seen, asked: Asked): Row[] {
  const known = knownHolds(seen, asked.encoded, asked.ours);
  const claims = new Set(known.flatMap((hold) => [...hold.claims]));
  const unread = asked.holders.filter(({ claim }) => !claims.has(claim));
  const holds = [
    ...known.map((hold) => holdRow(hold, known, asked)),
    ...unread.map((holder) => personRow("hold", holder, asked.nowMs)),
  ];
  const past = [...known.flatMap(waitBefore), ...ownVainWait(seen, asked)];
  const others = waiterRows(seen, asked).filter((row) => !past.some((other) => isSameWait(row, other)));
  const waits = [...past, ...others];
  const byTime = (a: Row, b: Row) => (a.fromMs ?? a.toMs) - (b.fromMs ?? b.toMs) || a.toMs - b.toMs;
  return [...holds.sort((a, b) => (a.slot ?? 0) - (b.slot ?? 0) || byTime(a, b)), ...waits.sort(byTime)];
}

const NOTHING_MORE = {
  slot: null,
  lastedMs: null,
  token: null,
  claim: null,
  isFreeze: false,
  reason: null,
  ending: null,
  status: null,
} as const;

function holdRow(hold: KnownHold, all: readonly KnownHold[], { holders, nowMs }: Asked): Row {
  const { slot, token, isFreeze, reason, end, isOurs } = hold;
  const fromMs = startOf(hold);
  const status = end === null ? holders.find(({ claim }) => hold.claims.has(claim)) : undefined;
  // Without an entry it has ended all the same if another came after it.
  const next = all
    .filter((other) => other !== hold && other.slot === slot && isAfter(other, hold))
    .map((other) => startOf(other) ?? nowMs);
  const heldSeconds = end?.entry.heldSeconds ?? null;
  return {
    kind: "hold",
    who: whoOf(holderOf(hold)),
    isOurs,
    slot,
    fromMs,
    toMs: Math.max(fromMs ?? 0, end?.atMs ?? Math.min(nowMs, ...next)),
    isOpen: end === null && next.length === 0,
    lastedMs: heldSeconds === null ? null : heldSeconds * 1000,
    token,
    claim: status?.claim ?? [...hold.claims][0] ?? null,
    isFreeze,
    reason,
    ending: end?.entry ?? null,
    status: status ?? null,
  };
}

function isAfter(a: KnownHold, b: KnownHold): boolean {
  if (a.token !== null && b.token !== null) return a.token > b.token;
  const [ours, theirs] = [startOf(a), startOf(b)];
  return ours !== null && theirs !== null && ours > theirs;
}

/** To take a free lock takes as long: nobody was waited for. */
const NO_WAIT_MS = 2000;

function waitBefore(hold: KnownHold): Row[] {
  const lastedMs = (hold.waitedSeconds ?? 0) * 1000;
  const toMs = startOf(hold);
  const fromMs = toMs === null ? null : orNull(toMs - lastedMs);
  if (toMs === null || fromMs === null || lastedMs < NO_WAIT_MS) return [];
  const { isOurs } = hold;
  const who = whoOf(holderOf(hold));
  return [{ ...NOTHING_MORE, kind: "wait", who, isOurs, fromMs, toMs, isOpen: false, lastedMs }];
}

/** A waiter who was seen in line, and whose hold tells of that wait as well. */
function isSameWait(seen: Row, told: Row): boolean {
  if (seen.isOpen || seen.fromMs === null || told.fromMs === null) return false;
  const isSomebody = seen.who === null || told.who === null;
  const isSameRun = seen.who?.run === told.who?.run && seen.who?.attempt === told.who?.attempt;
  // The one is dated by the ticket and by when it was missed, the other by the claim.
  const isSameTime =
    Math.abs(seen.fromMs - told.fromMs) <= 10_000 && Math.abs(seen.toMs - told.toMs) <= 30_000;
  return isSameTime && (isSomebody || isSameRun);
}

function ownVainWait({ startedAtMs, who }: Seen, { gaveUpAtMs }: Asked): Row[] {
  if (gaveUpAtMs === null || startedAtMs === null) return [];
  const times = { fromMs: startedAtMs, toMs: gaveUpAtMs, isOpen: false };
  return [{ ...NOTHING_MORE, ...times, kind: "wait", who: whoOf(who), isOurs: true }];
}

function waiterRows({ waiters }: Seen, { encoded, waiters: atTheEnd, nowMs }: Asked): Row[] {
  if (atTheEnd !== null) return atTheEnd.map((waiter) => personRow("wait", waiter, nowMs));
  return [...waiters]
    .filter(([ref]) => ref.split("/").at(-3) === encoded)
    .map(([, { waiter, goneAtMs }]) => ({
      ...personRow("wait", waiter, goneAtMs ?? nowMs),
      isOpen: goneAtMs === null,
    }));
}

function personRow(kind: Row["kind"], person: HolderStatus, toMs: number): Row {
  const { run, attempt, job, url, who: name, reason, since, freeze: isFreeze } = person;
  const isKnown = run !== null || name !== "somebody";
  const slot = /\/holder\/(\d+)$/.exec(person.ref)?.[1];
  const fromMs = dateOf(since);
  return {
    ...NOTHING_MORE,
    kind,
    who: isKnown ? { run, attempt, job, url, name } : null,
    isOurs: false,
    slot: slot === undefined ? null : Number(slot),
    fromMs,
    toMs: Math.max(fromMs ?? 0, toMs),
    isOpen: true,
    claim: kind === "hold" ? person.claim : null,
    isFreeze,
    reason,
    status: person,
  };
}

function whoOf(identity: Identity | null): Who | null {
  if (identity === null) return null;
  const { run, process } = identity;
  if (run !== null) {
    const { id, attempt, job, url, actor } = run;
    return { run: id, attempt, job, url, name: actor };
  }
  if (process === null) return null;
  return { run: null, attempt: null, job: null, url: null, name: `${process.user}@${process.host}` };
}

/** How long it took, or takes so far; `null` where its beginning is not known. */
export function lastedMs({ lastedMs, fromMs, toMs }: Row): number | null {
  return lastedMs ?? (fromMs === null ? null : toMs - fromMs);
}
