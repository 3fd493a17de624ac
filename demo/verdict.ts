/**
 * Judges the demo when all is over, by what others have recorded: git's own journal of ref changes, the guarded script's journal, the refs.
 * Owns the judgement. Must not take the action's word for anything.
 */
import { readFileSync } from "node:fs";
import type { RequestRecord } from "../test/hub/exchange.ts";
import { type Hold, holds, violations } from "../test/hub/oracle.ts";
import { type GuardedJournal, readJournal } from "./journal.ts";
import { PREFIX, type Scene } from "./scene.ts";

/** How long a job must have been completed before its hold may be ended by others. */
const BELIEVED_AFTER_SECONDS = 10;

export interface Finding {
  readonly ok: boolean;
  readonly text: string;
}

export async function judge(scene: Scene): Promise<Finding[]> {
  const { hub, repository, sharedFile } = scene;
  const records = await repository.oracle();
  const broken = await violations(records, repository.commit);
  const held = await Promise.all(
    (await holds(records, repository.commit, `${PREFIX}log/1`)).map((hold) => name(hold, scene)),
  );
  const guarded = readJournal(sharedFile);
  // Of all that came one was killed before it held, and another before its script had ended.
  const expected = scene.rows.length - 1;
  return [
    broken.length === 0 && held.length === expected
      ? good(`git's record of every ref change: ${held.length} holds, each ended before the next began`)
      : bad(`git's record of every ref change: ${held.length} holds${listed(broken)}`),
    judgeSections(guarded, expected, scene),
    judgeCount(Number(readFileSync(sharedFile, "utf8")), expected - 1),
    judgeTokens(held, guarded),
    judgeTakeover(held, scene),
    judgeWaiter(held, scene),
    await judgeRest(held, scene),
    hub.contractViolations.length === 0
      ? good("every request fits GitHub's own description of its API")
      : bad(`requests that do not fit GitHub's description of its API:${listed(hub.contractViolations)}`),
  ];
}

/** A hold of git's record, with the runs that it names. */
interface NamedHold {
  readonly hold: Hold;
  readonly run: number;
  /** The entry that ended it. */
  readonly end: { readonly by: number; readonly date: Date } | null;
}

async function name(hold: Hold, { repository }: Scene): Promise<NamedHold> {
  const claim = await repository.commit(hold.claims[0] ?? "");
  const entry = hold.endedBy === null ? null : await repository.commit(hold.endedBy.oid);
  const end = entry === null ? null : { by: bodyOf(entry).by?.run?.id ?? 0, date: entry.committer.date };
  return { hold, run: bodyOf(claim).run?.id ?? 0, end };
}

interface Body {
  readonly run?: { readonly id: number };
  readonly by?: { readonly run?: { readonly id: number } };
}

function bodyOf(commit: { readonly message: string } | null): Body {
  return JSON.parse(commit?.message.slice(commit.message.indexOf("\n\n") + 2) ?? "{}");
}

function judgeSections(guarded: GuardedJournal, expected: number, { deadHolder }: Scene): Finding {
  const { ran, killed, overlaps } = guarded;
  const text = `the guarded script ran ${ran.length} times`;
  if (overlaps > 0 || ran.length !== expected)
    return bad(`${text} instead of ${expected}, ${overlaps} times beside another`);
  return killed.length === 1 && killed[0] === deadHolder
    ? good(`${text}, never two at once; that of run ${deadHolder} died before its end`)
    : bad(`${text}; killed: ${killed.join(", ") || "none"}`);
}

function judgeCount(counted: number, expected: number): Finding {
  return counted === expected
    ? good(
        `the shared file counts ${counted} of ${expected} that ran to their end: nobody wrote over anybody`,
      )
    : bad(`the shared file counts ${counted}, and should count ${expected}`);
}

/** The tokens that the script was given must be those of git's record, in the same order and for the same runs. */
function judgeTokens(held: readonly NamedHold[], { ran }: GuardedJournal): Finding {
  const sequences = held.map(({ hold }) => hold.sequence);
  const rising = sequences.every((sequence, index) => index === 0 || sequence > (sequences[index - 1] ?? 0));
  const recorded = held.map(({ hold, run }) => `${run} got ${hold.sequence}`).join(", ");
  const given = ran.map(({ fencingToken, run }) => `${run} got ${fencingToken}`).join(", ");
  if (rising && held.length > 0 && recorded === given) return good(`fencing tokens rise: ${recorded}`);
  return bad(`fencing tokens: by git ${recorded || "none"}; the guarded script was given ${given}`);
}

/** One, of the dead holder, by whoever holds next, and not before its job had been completed for as long as it takes to be believed. */
function judgeTakeover(held: readonly NamedHold[], scene: Scene): Finding {
  const { deadHolder, repository } = scene;
  if (deadHolder === null) return bad("no run was killed while it held");
  const taken = held.filter(({ hold }) => hold.endedBy?.outcome === "taken-over");
  const [dead] = taken;
  const text = `run ${deadHolder}, killed while it held,`;
  if (dead === undefined || dead.end === null || taken.length > 1 || dead.run !== deadHolder) {
    const runs = taken.map(({ run }) => run).join(", ");
    return bad(`${text} should be taken over, once, and nobody else: taken over were ${runs || "none"}`);
  }
  const { by, date } = dead.end;
  const next = held[held.indexOf(dead) + 1];
  const completedAt = repository.runs.attempt(deadHolder)?.jobs[0]?.completedAt ?? null;
  // The server's dates have whole seconds.
  const afterSeconds = completedAt === null ? -1 : wholeSeconds(date) - wholeSeconds(completedAt);
  const told = `${text} was taken over once: by run ${by}, ${afterSeconds} s after its job was completed`;
  if (afterSeconds < BELIEVED_AFTER_SECONDS) return bad(`${told}, too early`);
  return next?.run === by ? good(told) : bad(`${told}; but ${next?.run ?? "nobody"} holds next`);
}

function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function judgeWaiter(held: readonly NamedHold[], { deadWaiter }: Scene): Finding {
  if (deadWaiter === null) return bad("no run was killed while it waited");
  return held.every(({ run }) => run !== deadWaiter)
    ? good(`run ${deadWaiter}, killed while it waited, never held the lock`)
    : bad(`run ${deadWaiter}, killed while it waited, has held the lock`);
}

async function judgeRest(held: readonly NamedHold[], { repository, deadHolder }: Scene): Promise<Finding> {
  const left = (await repository.refs(PREFIX)).map((ref) => ref.name.slice(PREFIX.length));
  const notGivenBack = held
    .filter(({ hold, run }) => run !== deadHolder && hold.endedBy?.outcome !== "released")
    .map(({ run }) => run);
  return notGivenBack.length === 0 && left.join() === "log/1"
    ? good("no holder, nobody in line: only the log is left, and a release is its end")
    : bad(
        `left under ${PREFIX}: ${left.join(", ")}; runs that did not give it back: ${notGivenBack.join(", ") || "none"}`,
      );
}

function good(text: string): Finding {
  return { ok: true, text };
}

function bad(text: string): Finding {
  return { ok: false, text };
}

function listed(lines: readonly string[]): string {
  return lines.map((line) => `\n      ${line}`).join("");
}

export function requestsUsed(requests: readonly RequestRecord[]): string {
  const graphql = requests.filter((request) => request.graphql !== undefined).length;
  const free = requests.filter((request) => request.status === 304).length;
  const rest = requests.length - graphql - free;
  const unchanged = free === 0 ? "" : `, and ${free} answered "unchanged", which cost nothing`;
  return `${requests.length} requests in all: ${rest} REST, ${graphql} GraphQL${unchanged}.`;
}
