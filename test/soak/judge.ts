/**
 * What must never be, told from what others than the code under test have recorded: the logs as git has them, the journal of git's own hook, and the
 * witness of the guarded sections. Owns the rules; must not know how anything was recorded, and must never import the code under test.
 */
import type { OracleRecord } from "../hub/journal.ts";
import type { LogCommit } from "../hub/log-chain.ts";
import { violations } from "../hub/oracle.ts";
import { fieldsOf } from "./logs.ts";

export type Commits = ReadonlyMap<string, readonly LogCommit[]>;

/** Each log by itself, from its first commit on: a claim, its renewals, the one entry that ends it, and so on; numbers without a gap. */
export function judgeChain(ref: string, commits: readonly LogCommit[]): string[] {
  const problems: string[] = [];
  const used = new Set<string>();
  let open: string | null = null;
  let sequence = 0;
  let before: string | undefined;
  for (const commit of commits) {
    const { oid, parents } = commit;
    const say = (what: string) => problems.push(`${ref}: ${oid} ${what}`);
    if (parents.length > 1 || parents[0] !== before) say(`follows ${parents.join(" ")}, not ${before}`);
    before = oid;
    const { kind, nonce, ends, sequence: written } = fieldsOf(commit);
    if (kind === "claim") {
      if (nonce === open) {
        if (written !== sequence) say(`renews hold ${sequence} as ${written}`);
        continue;
      }
      if (open !== null) say(`takes what ${open} holds, with no entry between`);
      if (used.has(String(nonce))) say(`comes back with the nonce ${nonce}`);
      used.add(String(nonce));
      open = String(nonce);
      sequence++;
      if (written !== undefined && written !== null && written !== sequence)
        say(`takes the token ${written}, and it is ${sequence}`);
    } else if (kind === "entry") {
      if (ends !== open) say(`ends ${ends}, but ${open ?? "nobody"} holds it`);
      if (written !== sequence) say(`has the number ${written} after ${sequence - 1}`);
      open = null;
    } else say("is neither a claim nor an entry");
  }
  return problems;
}

interface Group {
  readonly changes: { readonly ref: string; readonly old: string; readonly next: string }[];
  isCommitted: boolean;
  isAborted: boolean;
}

const ZEROS = /^0+$/;

function groupsIn(journal: string): Group[] {
  const groups: Group[] = [];
  const current = new Map<string, Group>();
  for (const line of journal.split("\n")) {
    const [word, id = "", old, next, ref] = line.split(" ");
    if (word === "prepared") {
      // A process has one transaction inside another where it deletes what is packed: that one changes no log.
      const group = { changes: [], isCommitted: false, isAborted: false };
      groups.push(group);
      current.set(id, group);
    } else if (word === "change" && old && next && ref) current.get(id)?.changes.push({ ref, old, next });
    else if (word === "aborted" || word === "committed") {
      for (const group of groups.length > 0 ? [current.get(id)] : []) {
        if (group === undefined) continue;
        if (word === "committed") group.isCommitted = true;
        else group.isAborted = true;
      }
    }
  }
  return groups;
}

/**
 * The changes of each log, in the order in which git made them. Whoever was killed between changing a ref and saying so has changed it if it stands in the
 * log, and if nobody made the same change after.
 */
export function changesOf(journal: string, commits: Commits): Map<string, { old: string; next: string }[]> {
  const standing = new Set([...commits.values()].flatMap((log) => log.map(({ oid }) => oid)));
  const groups = groupsIn(journal);
  const all = groups.flatMap(({ changes, isCommitted, isAborted }) =>
    changes
      .filter(
        ({ ref, next }) => /\/log\/\d+$/.test(ref) && (isCommitted || (!isAborted && standing.has(next))),
      )
      .map((change) => ({ ...change, isCommitted })),
  );
  const lastWith = new Map(all.map(({ ref, next }, at) => [`${ref} ${next}`, at] as const));
  const found = new Map<string, { old: string; next: string }[]>();
  for (const [at, { ref, old, next, isCommitted }] of all.entries()) {
    if (!isCommitted && lastWith.get(`${ref} ${next}`) !== at) continue;
    found.set(ref, [...(found.get(ref) ?? []), { old, next }]);
  }
  return found;
}

/** What git did to the logs, one change after the other: nothing may be lost, and each step has to be one that a log may take. */
export async function judgeJournal(journal: string, commits: Commits): Promise<string[]> {
  const problems: string[] = [];
  const records: OracleRecord[] = [];
  for (const [ref, changes] of changesOf(journal, commits)) {
    const standing = new Set(commits.get(ref)?.map(({ oid }) => oid));
    let from: string | null = null;
    for (const { old, next } of changes) {
      if (!ZEROS.test(old) && old !== from)
        problems.push(`${ref} went from ${old}, but git had left it at ${from}`);
      const to = ZEROS.test(next) ? null : next;
      if (to === null) problems.push(`${ref} was deleted when it was at ${from}`);
      else if (!standing.has(to))
        problems.push(`${ref} was rewritten: it was at ${to}, which is not in it any more`);
      if (to === from) continue;
      records.push({ index: records.length, transaction: records.length, ref, from, to });
      from = to;
    }
  }
  const all = new Map([...commits.values()].flat().map((commit) => [commit.oid, commit] as const));
  return [...problems, ...(await violations(records, async (oid) => all.get(oid) ?? null))];
}

/** A section as it is judged: in which slot, by which token, from when to when. */
export interface Judged {
  readonly call: number;
  readonly register: string;
  readonly nonce: string;
  readonly token: number;
  readonly beganMs: number;
  /** `null`: it goes on. */
  readonly endedMs: number | null;
  /** Whether others may come while it goes on: its process was stopped or killed, or it went on past its lease. */
  readonly mayOutlive: boolean;
}

/** Two in one slot, a token that does not grow, or a hold that was worked under twice. */
export function judgeSections(sections: readonly Judged[]): string[] {
  const problems: string[] = [];
  const registers = Map.groupBy(sections, ({ register }) => register);
  for (const [register, all] of registers) {
    const sorted = all.toSorted((a, b) => a.beganMs - b.beganMs);
    for (const [at, second] of sorted.entries()) {
      for (const first of sorted.slice(Math.max(0, at - 40), at)) {
        if (first.nonce === second.nonce) continue;
        const who = `${register}: call ${first.call} (token ${first.token}) and call ${second.call} (token ${second.token})`;
        if (second.token <= first.token) problems.push(`${who}: the later one has no greater token`);
        const isBeside = first.endedMs === null || first.endedMs > second.beganMs;
        if (isBeside && !first.mayOutlive)
          problems.push(
            `${who} were in it at once, for ${Math.round((first.endedMs ?? Number.POSITIVE_INFINITY) - second.beganMs)} ms`,
          );
      }
    }
  }
  return problems;
}
