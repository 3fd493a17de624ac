/**
 * Judges the demo when all is over, by what others have recorded: git's own journal of ref changes, the guarded script's journal, the refs.
 * Owns the judgement. Must not take the action's word for anything.
 */
import { readFileSync } from "node:fs";
import type { RequestRecord } from "../test/hub/exchange.ts";
import { holds, violations } from "../test/hub/oracle.ts";
import { PREFIX, type Scene } from "./scene.ts";

export interface Finding {
  readonly ok: boolean;
  readonly text: string;
}

export async function judge(scene: Scene): Promise<Finding[]> {
  const { hub, repository, sharedFile, killedRun } = scene;
  const records = await repository.oracle();
  const broken = await violations(records, repository.commit);
  const held = await holds(records, repository.commit, `${PREFIX}log/1`);
  const holders = await Promise.all(
    held.map(async ({ claims: [claim = ""] }) => runOf(await repository.commit(claim))),
  );
  const guarded = readJournal(readFileSync(`${sharedFile}.journal`, "utf8"));
  const counted = Number(readFileSync(sharedFile, "utf8"));
  const expected = scene.rows.length - 1;
  const left = (await repository.refs(PREFIX)).map((ref) => ref.name.slice(PREFIX.length));
  const unended = held.filter((hold) => hold.endedBy?.outcome !== "released").map((hold) => hold.sequence);
  return [
    broken.length === 0 && held.length === expected
      ? good(`git's record of every ref change: ${held.length} holds, each ended before the next began`)
      : bad(
          `git's record of every ref change: ${held.length} holds${broken.map((each) => `\n      ${each}`).join("")}`,
        ),
    guarded.overlaps === 0 && guarded.ran.length === expected
      ? good(`the guarded script ran ${guarded.ran.length} times, never two at once`)
      : bad(`the guarded script ran ${guarded.ran.length} times, ${guarded.overlaps} times beside another`),
    counted === expected
      ? good(`the shared file counts ${counted} of ${expected}: nobody wrote over anybody`)
      : bad(`the shared file counts ${counted}, and should count ${expected}`),
    judgeTokens(
      held.map((hold) => hold.sequence),
      holders,
      guarded,
    ),
    killedRun !== null && !holders.includes(killedRun)
      ? good(`run ${killedRun}, killed while it waited, never held the lock`)
      : bad(
          killedRun === null
            ? "no run was killed while it waited"
            : `run ${killedRun}, killed, has held the lock`,
        ),
    unended.length === 0 && left.join() === "log/1"
      ? good("no holder, nobody in line: only the log is left, and a release is its end")
      : bad(
          `left under ${PREFIX}: ${left.join(", ")}; holds that nobody gave back: ${unended.join(", ") || "none"}`,
        ),
    hub.contractViolations.length === 0
      ? good("every request fits GitHub's own description of its API")
      : bad(
          `requests that do not fit GitHub's description of its API: ${hub.contractViolations.join("\n      ")}`,
        ),
  ];
}

/** The tokens that the script was given must be those of git's record, in the same order and for the same runs. */
function judgeTokens(
  sequences: readonly number[],
  holders: readonly number[],
  { ran }: GuardedJournal,
): Finding {
  const rising = sequences.every((sequence, index) => index === 0 || sequence > (sequences[index - 1] ?? 0));
  const recorded = sequences.map((sequence, index) => `${holders[index]} got ${sequence}`).join(", ");
  const given = ran.map(({ fencingToken, run }) => `${run} got ${fencingToken}`).join(", ");
  if (rising && recorded === given) return good(`fencing tokens rise: ${recorded}`);
  return bad(`fencing tokens: by git ${recorded}; the guarded script was given ${given}`);
}

function good(text: string): Finding {
  return { ok: true, text };
}

function bad(text: string): Finding {
  return { ok: false, text };
}

function runOf(commit: { readonly message: string } | null): number {
  const body = JSON.parse(commit?.message.slice(commit.message.indexOf("\n\n") + 2) ?? "{}");
  return body.run?.id ?? 0;
}

export interface GuardedJournal {
  /** Run and fencing token of each section, in the order in which they began. */
  readonly ran: readonly { readonly run: string; readonly fencingToken: string }[];
  /** How often a section began or ended while another one ran. */
  readonly overlaps: number;
}

/** Alone is a section whose end follows its start at once. */
export function readJournal(text: string): GuardedJournal {
  const ran: { run: string; fencingToken: string }[] = [];
  const open = new Set<string>();
  let overlaps = 0;
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [word, run = "", fencingToken = ""] = line.split(" ");
    if (word === "start") {
      if (open.size > 0) overlaps += 1;
      open.add(run);
      ran.push({ run, fencingToken });
    } else {
      open.delete(run);
    }
  }
  return { ran, overlaps };
}

export function requestsUsed(requests: readonly RequestRecord[]): string {
  const graphql = requests.filter((request) => request.graphql !== undefined).length;
  const free = requests.filter((request) => request.status === 304).length;
  const rest = requests.length - graphql - free;
  const unchanged = free === 0 ? "" : `, and ${free} answered "unchanged", which cost nothing`;
  return `${requests.length} requests in all: ${rest} REST, ${graphql} GraphQL${unchanged}.`;
}
