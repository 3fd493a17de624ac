/**
 * Owns the record of every ref change that git itself made in a repository: a `reference-transaction`
 * hook writes it, whoever changed the ref (the API, a push, a command by hand). Knows nothing of locks.
 *
 * A line of the state `prepared` is appended while git holds the locks of the refs, so for each ref the order
 * of these lines is the order of its changes. `committed` runs after the locks are gone and orders nothing: it
 * only says which prepared changes came to be.
 */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runGit } from "./git.ts";
import { ZERO_OID } from "./objects.ts";

export interface OracleRecord {
  /** Position in the whole list. */
  readonly index: number;
  /** Changes of one transaction share a number. */
  readonly transaction: number;
  readonly ref: string;
  /** null: absent */
  readonly from: string | null;
  readonly to: string | null;
}

// Each line is written by one write(2) to a file opened for appending, so lines of processes never mix.
// $PPID is the git process whose transaction it is.
const HOOK = `#!/bin/sh
[ -z "$HUB_PACKING" ] || exit 0
case $1 in
prepared)
  echo "prepared $PPID"
  while read -r old new ref; do echo "change $PPID $old $new $ref"; done
  ;;
committed | aborted) echo "$1 $PPID" ;;
esac >>"\${GIT_DIR:-.}/oracle.log"
`;

/**
 * Packs the refs, which changes none. git tells the hook of it as if each were made anew and then deleted, so the
 * hook is told to look away: whoever packs must do it through here, or the journal no longer adds up, and says so.
 */
export async function packRefs(dir: string): Promise<void> {
  const result = await runGit(dir, ["pack-refs", "--all"], "", { HUB_PACKING: "1" });
  if (result.code !== 0) throw new Error(result.stderr);
}

export async function installJournal(dir: string): Promise<void> {
  await mkdir(join(dir, "hooks"), { recursive: true });
  const hook = join(dir, "hooks", "reference-transaction");
  await writeFile(hook, HOOK);
  await chmod(hook, 0o755);
  await writeFile(join(dir, "oracle.log"), "");
}

interface Group {
  changes: { ref: string; old: string; next: string }[];
  open: number;
  outcome: "committed" | "aborted" | "unfinished";
}

/**
 * git deletes a packed ref in a transaction inside the transaction, in the same process, and tells the hook of both.
 * Such overlapping ones are one group, in which the line that names the old value is the true one.
 */
function groupLines(text: string): Group[] {
  const groups: Group[] = [];
  const current = new Map<string, Group>();
  for (const line of text.split("\n")) {
    const [word, pid = "", old, next, ref] = line.split(" ");
    if (word === "prepared") {
      let group = current.get(pid);
      if (!group) {
        group = { changes: [], open: 0, outcome: "unfinished" };
        groups.push(group);
        current.set(pid, group);
      }
      group.open++;
    } else if (word === "change" && old && next && ref) {
      addChange(current.get(pid), { ref, old, next });
    } else if (word === "committed" || word === "aborted") {
      const group = current.get(pid);
      if (!group) continue;
      group.outcome = word;
      if (--group.open === 0) current.delete(pid);
    }
  }
  return groups;
}

function addChange(group: Group | undefined, change: Group["changes"][number]): void {
  // HEAD is listed beside the branch that it names.
  if (!group || !change.ref.startsWith("refs/")) return;
  const same = group.changes.find((one) => one.ref === change.ref);
  if (!same) group.changes.push(change);
  else if (same.old === ZERO_OID) Object.assign(same, change);
}

/** A process that was killed between its commit and the hook's last call: what came after tells whether it took effect. */
function tookEffect(groups: readonly Group[], at: number, refs: ReadonlyMap<string, string>): boolean {
  return (groups[at]?.changes ?? []).every((change) => {
    for (const later of groups.slice(at + 1)) {
      if (later.outcome !== "committed") continue;
      const next = later.changes.find((one) => one.ref === change.ref);
      if (next) return next.old === change.next;
    }
    return (refs.get(change.ref) ?? ZERO_OID) === change.next;
  });
}

/** The ref changes in their order. `refs` is what the repository has now. */
export function parseJournal(text: string, refs: ReadonlyMap<string, string>): OracleRecord[] {
  const groups = groupLines(text);
  const values = new Map<string, string>();
  const records: OracleRecord[] = [];
  let transaction = 0;
  for (const [at, group] of groups.entries()) {
    if (group.outcome === "aborted" || (group.outcome === "unfinished" && !tookEffect(groups, at, refs)))
      continue;
    let changed = false;
    for (const { ref, old, next } of group.changes) {
      // The hook gives zeros for an old value that nobody asked about, so the value comes from the changes before.
      const from = values.get(ref) ?? ZERO_OID;
      if (old !== ZERO_OID && old !== from) {
        throw new Error(`${ref} went from ${old} to ${next}, but the change before left it at ${from}`);
      }
      if (from === next) continue;
      values.set(ref, next);
      changed = true;
      const present = (oid: string): string | null => (oid === ZERO_OID ? null : oid);
      records.push({ index: records.length, transaction, ref, from: present(from), to: present(next) });
    }
    if (changed) transaction++;
  }
  return records;
}

export function readJournal(dir: string): Promise<string> {
  return readFile(join(dir, "oracle.log"), "utf8");
}

/** The refs after the first `transactions` transactions. */
export function refsAfter(records: readonly OracleRecord[], transactions: number): Map<string, string> {
  const refs = new Map<string, string>();
  for (const { transaction, ref, to } of records) {
    if (transaction >= transactions) break;
    if (to === null) refs.delete(ref);
    else refs.set(ref, to);
  }
  return refs;
}
