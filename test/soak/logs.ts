/**
 * The logs of all locks, read by plain git: what is in them since they were last read, and every hold that they tell of.
 * Owns the reading; must not judge, and must never import the code under test.
 */
import { spawnGit } from "../hub/git.ts";
import type { LogCommit } from "../hub/log-chain.ts";
import type { Ground } from "./ground.ts";

export interface LoggedHold {
  readonly ref: string;
  readonly lock: string;
  readonly slot: number;
  readonly nonce: string;
  readonly sequence: number;
  /** The first claim, then its renewals. */
  readonly claims: string[];
  /** The call that took it, by the reason that it gave. */
  readonly call: number | null;
  readonly isFreeze: boolean;
  outcome: string | null;
  reason: string | null;
  /** When its entry was written, by this machine's clock, to the second. */
  endedAtMs: number | null;
}

export interface Logs {
  /** Oldest first, by ref. */
  readonly commits: ReadonlyMap<string, readonly LogCommit[]>;
  readonly holds: readonly LoggedHold[];
  /** Not of freezes, of which all slots have one nonce. */
  readonly byNonce: ReadonlyMap<string, LoggedHold>;
  readonly byClaim: ReadonlyMap<string, LoggedHold>;
  commit(oid: string): LogCommit | null;
  /** What is new. Gives what can't be, such as a log that was rewritten. */
  read(): Promise<string[]>;
}

export const LOG_REF = /^refs\/locks\/([^/]+)\/log\/([1-9]\d*)$/;

export function openLogs({ git }: Pick<Ground, "git">): Logs {
  const commits = new Map<string, LogCommit[]>();
  const notes: Notes = { holds: [], byNonce: new Map(), byClaim: new Map(), latest: new Map() };
  const { holds, byNonce, byClaim } = notes;
  const all = new Map<string, LogCommit>();

  const readOne = async (ref: string, tip: string): Promise<string[]> => {
    const known = commits.get(ref) ?? [];
    const last = known.at(-1)?.oid;
    commits.set(ref, known);
    if (last === tip) return [];
    const range = last === undefined ? [tip] : [tip, `^${last}`];
    const text = await git("log", "--first-parent", "--reverse", "-z", "--format=%H%n%P%n%ct%n%B", ...range);
    const found = text
      .split("\0")
      .filter((record) => record.trim() !== "")
      .map(parseCommit);
    if (found[0]?.commit.parents[0] !== last)
      return [`${ref} was rewritten: ${tip} does not lead back to ${last ?? "nothing"}, which was its tip`];
    for (const { commit, writtenAtMs } of found) {
      known.push(commit);
      all.set(commit.oid, commit);
      note(ref, commit, writtenAtMs, notes);
    }
    return [];
  };

  return {
    ...{ commits, holds, byNonce, byClaim },
    commit: (oid) => all.get(oid) ?? null,
    async read() {
      const refs = (await git("for-each-ref", "--format=%(objectname) %(refname)", "refs/locks")).split("\n");
      const tips = new Map(refs.map((line) => [line.slice(41), line.slice(0, 40)] as const));
      const problems: string[] = [];
      for (const ref of commits.keys()) if (!tips.has(ref)) problems.push(`${ref} is gone`);
      for (const [ref, tip] of tips) if (LOG_REF.test(ref)) problems.push(...(await readOne(ref, tip)));
      return problems;
    },
  };
}

function parseCommit(record: string): { readonly commit: LogCommit; readonly writtenAtMs: number } {
  const [oid = "", parents = "", seconds = "", ...message] = record.split("\n");
  const commit = { oid, parents: parents.split(" ").filter(Boolean), message: message.join("\n") };
  return { commit, writtenAtMs: Number(seconds) * 1000 };
}

export function fieldsOf({ message }: LogCommit): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(message.slice(message.indexOf("\n\n") + 2));
    return value !== null && typeof value === "object" ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Which call it was stands in the reason that each call gives. */
export function callIn(reason: unknown): number | null {
  const found = typeof reason === "string" ? /^call (\d+)\b/.exec(reason)?.[1] : undefined;
  return found === undefined ? null : Number(found);
}

interface Notes {
  readonly holds: LoggedHold[];
  readonly byNonce: Map<string, LoggedHold>;
  readonly byClaim: Map<string, LoggedHold>;
  /** The last hold of each log. */
  readonly latest: Map<string, LoggedHold>;
}

function note(ref: string, commit: LogCommit, writtenAtMs: number, notes: Notes): void {
  const fields = fieldsOf(commit);
  const before = notes.latest.get(ref);
  if (fields.kind === "entry") {
    if (before === undefined) return;
    before.outcome = String(fields.outcome);
    before.endedAtMs = writtenAtMs;
    before.reason = typeof fields.reason === "string" ? fields.reason : null;
    return;
  }
  const nonce = String(fields.nonce);
  let hold = before;
  if (hold?.nonce !== nonce) {
    hold = {
      ...{ ref, nonce, lock: String(fields.lock), slot: Number(LOG_REF.exec(ref)?.[2]), claims: [] },
      ...{ outcome: null, reason: null, endedAtMs: null, sequence: (before?.sequence ?? 0) + 1 },
      call: callIn(fields.reason),
      isFreeze: fields.freeze === true,
    };
    notes.holds.push(hold);
    notes.latest.set(ref, hold);
    if (!hold.isFreeze) notes.byNonce.set(nonce, hold);
  }
  hold.claims.push(commit.oid);
  notes.byClaim.set(commit.oid, hold);
}

/** Asks one git, again and again, in which slot a hold is: it is at the log's tip while it lasts. */
export function openSlotFinder(repository: string, refOf: (name: string) => string, slots: number) {
  let child = spawnGit(repository, ["cat-file", "--batch"]);
  let [text, waiting] = ["", [] as ((content: string) => void)[]];
  const start = () => {
    child.stdout.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      for (let whole = cut(text); whole !== null; whole = cut(text)) {
        text = whole.rest;
        waiting.shift()?.(whole.content);
      }
    });
  };
  start();
  const ask = (object: string) =>
    new Promise<string>((resolve) => {
      waiting.push(resolve);
      child.stdin.write(`${object}\n`);
    });
  return {
    async slotOf(name: string, nonce: string): Promise<number | null> {
      for (let slot = 1; slot <= slots; slot++)
        if (/"nonce": *"([^"]+)"/.exec(await ask(`${refOf(name)}/log/${slot}`))?.[1] === nonce) return slot;
      return null;
    },
    close: () => {
      for (const resolve of waiting) resolve("");
      waiting = [];
      child.stdin.end();
    },
    /** What it has seen of packs is forgotten. */
    restart() {
      this.close();
      text = "";
      child = spawnGit(repository, ["cat-file", "--batch"]);
      start();
    },
  };
}

function cut(text: string): { readonly content: string; readonly rest: string } | null {
  const end = text.indexOf("\n");
  if (end < 0) return null;
  const size = / commit (\d+)$/.exec(text.slice(0, end))?.[1];
  if (size === undefined) return { content: "", rest: text.slice(end + 1) };
  const until = end + 1 + Number(size);
  return text.length <= until ? null : { content: text.slice(end + 1, until), rest: text.slice(until + 1) };
}
