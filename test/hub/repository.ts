/**
 * Owns one repository of the hub: a bare git repository on disk, its options, its runs, and views of its
 * refs as they are or as they were. Knows nothing of HTTP.
 */
import { join } from "node:path";
import { makeRepository } from "./fresh.ts";
import { git } from "./git.ts";
import { type OracleRecord, packRefs, parseJournal, readJournal, refsAfter } from "./journal.ts";
import {
  type Commit,
  EMPTY_TREE,
  isOid,
  type Objects,
  openObjects,
  parseCommit,
  ZERO_OID,
} from "./objects.ts";
import {
  listRefs,
  openTransactions,
  type Ref,
  type RefChange,
  readRef,
  type TransactionResult,
  type Transactions,
} from "./references.ts";
import { createRunStore, type RunStore } from "./runs.ts";

export interface RepositoryOptions {
  /** No commit and no ref: git data routes answer 409. */
  empty?: boolean;
  private?: boolean;
  /** The empty tree does not exist until `POST git/trees` has made it. */
  emptyTreeRefused?: boolean;
  /** What GraphQL `updateRefs` does here; a token may say otherwise for itself. Default: works. */
  updateRefs?: UpdateRefsMode;
  /** The words of a refused comparison; `{ref}` stands for the name. */
  updateRefsMismatch?: string;
  /** What GraphQL finds under refs outside heads and tags. Default: found. */
  objectOutsideHeads?: "found" | "null";
}

/** refused: an error for refs outside refs/heads and refs/tags · missing: the schema has no such mutation */
export type UpdateRefsMode = "works" | "refused" | "missing";

/** Refs as a reader sees them: as they are, or as a fault shows them. */
export interface RefView {
  list(prefix: string): Promise<Ref[]>;
  get(name: string): Promise<Ref | null>;
}

export interface HubRepository {
  readonly id: number;
  readonly fullName: string;
  readonly nodeId: string;
  /** The bare repository. */
  readonly dir: string;
  readonly options: RepositoryOptions;
  readonly objects: Objects;
  readonly runs: RunStore;
  /** Set once `POST git/trees` made the empty tree. */
  emptyTreeMade: boolean;
  refs(prefix?: string): Promise<Ref[]>;
  transact(changes: readonly RefChange[]): Promise<TransactionResult>;
  /** null: there is no such commit. */
  commit(oid: string): Promise<Commit | null>;
  git(args: readonly string[], stdin?: string): Promise<string>;
  /** Like `git pack-refs --all`, which the oracle could not tell from changes. */
  packRefs(): Promise<void>;
  /** Every ref change that git made, in order. */
  oracle(): Promise<OracleRecord[]>;
  readonly view: RefView;
  /** The refs as they were `changes` transactions ago. */
  staleView(changes: number): RefView;
  /** A list in which every second ref is from `changes` transactions ago, the others from now. */
  tornView(changes: number): RefView;
  close(): void;
}

async function begin(objects: Objects, { transact }: Transactions, now: Date): Promise<void> {
  const author = { name: "octo", email: "octo@users.noreply.github.com", date: now };
  const first = { tree: EMPTY_TREE, parents: [], author, committer: author, message: "First commit\n" };
  const oid = await objects.writeCommit(first);
  const made = await transact([{ ref: "refs/heads/main", before: ZERO_OID, after: oid }]);
  if (!made.applied) throw new Error(made.text);
}

function viewOf(list: (prefix: string) => Promise<Ref[]>): RefView {
  return { list, get: async (name) => (await list(name)).find((ref) => ref.name === name) ?? null };
}

export async function createRepository(
  root: string,
  id: number,
  fullName: string,
  options: RepositoryOptions,
  now: () => Date,
): Promise<HubRepository> {
  const dir = join(root, `${fullName}.git`);
  await makeRepository(dir);
  const objects = openObjects(dir);
  const transactions = openTransactions(dir);
  if (!options.empty) await begin(objects, transactions, now());
  const commits = new Map<string, Commit>();
  const refs = (prefix?: string): Promise<Ref[]> => listRefs(dir, objects, prefix);

  async function oracle(): Promise<OracleRecord[]> {
    const text = await readJournal(dir);
    return parseJournal(text, new Map((await refs()).map((ref) => [ref.name, ref.oid])));
  }

  async function refsBefore(changes: number): Promise<Ref[]> {
    const records = await oracle();
    const transactions = (records.at(-1)?.transaction ?? -1) + 1;
    const then = [...refsAfter(records, Math.max(0, transactions - changes))].sort(([a], [b]) =>
      a < b ? -1 : 1,
    );
    return Promise.all(
      then.map(async ([name, oid]) => ({ name, oid, type: (await objects.read(oid))?.type ?? "commit" })),
    );
  }

  async function mixed(changes: number): Promise<Ref[]> {
    const then = new Map((await refsBefore(changes)).map((ref) => [ref.name, ref]));
    const current = new Map((await refs()).map((ref) => [ref.name, ref]));
    const names = [...new Set([...then.keys(), ...current.keys()])].sort();
    return names.flatMap((name, position) => (position % 2 === 0 ? current : then).get(name) ?? []);
  }

  const startingWith = (prefix: string) => (all: Ref[]) => all.filter((ref) => ref.name.startsWith(prefix));
  return {
    id,
    fullName,
    nodeId: `R_${Buffer.from(fullName).toString("base64url")}`,
    dir,
    options,
    objects,
    runs: createRunStore(now),
    emptyTreeMade: false,
    refs,
    transact: transactions.transact,
    async commit(oid) {
      const known = commits.get(oid);
      if (known || !isOid(oid)) return known ?? null;
      const object = await objects.read(oid);
      if (object?.type !== "commit") return null;
      const commit = parseCommit(oid, object.content);
      commits.set(oid, commit);
      return commit;
    },
    git: (args, stdin) => git(dir, args, stdin),
    packRefs: () => packRefs(dir),
    oracle,
    view: { list: refs, get: (name) => readRef(objects, name) },
    staleView: (changes) => viewOf((prefix) => refsBefore(changes).then(startingWith(prefix))),
    tornView: (changes) => viewOf((prefix) => mixed(changes).then(startingWith(prefix))),
    close() {
      objects.close();
      transactions.close();
    },
  };
}
