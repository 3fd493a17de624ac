/**
 * Owns reading the commits of a lock's log for the oracle: what each says, how they follow each other, what number
 * each hold has. A parser of its own: it must never import the code under test.
 */

export interface LogCommit {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly message: string;
}

export type ReadCommit = (oid: string) => Promise<LogCommit | null>;

export interface LogNode {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly kind: "claim" | "entry" | "foreign";
  /** A claim's own; of an entry, the one that it ends. */
  readonly nonce: string;
  /** As written; null: not written. */
  readonly sequence: number | null;
  readonly outcome: string;
  readonly reason: string | null;
}

/** The most commits that one change may add: a dead claim's entry, a claim, and the entry that gives it up. */
const LONGEST_STEP = 3;

function parseNode(commit: LogCommit): LogNode {
  const { oid, parents, message } = commit;
  let fields: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(message.slice(message.indexOf("\n\n") + 2));
    if (value !== null && typeof value === "object") fields = { ...value };
  } catch {
    // Not JSON: a commit that is not of a lock, which is what `fields` without a kind says.
  }
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const nonce = text(fields.kind === "entry" ? fields.ends : fields.nonce);
  const known = fields.reflock === 1 && nonce !== "" && (fields.kind === "claim" || fields.kind === "entry");
  return {
    ...{ oid, parents, nonce },
    kind: known ? (fields.kind === "claim" ? "claim" : "entry") : "foreign",
    sequence: typeof fields.sequence === "number" ? fields.sequence : null,
    outcome: text(fields.outcome),
    reason: typeof fields.reason === "string" ? fields.reason : null,
  };
}

export type ReadNode = (oid: string) => Promise<LogNode>;

export function nodeReader(readCommit: ReadCommit): ReadNode {
  const nodes = new Map<string, LogNode>();
  return async (oid) => {
    let node = nodes.get(oid);
    if (!node) {
      node = parseNode((await readCommit(oid)) ?? { oid, parents: [], message: "" });
      nodes.set(oid, node);
    }
    return node;
  };
}

/** The commits from after `from` to `to`, oldest first; null if `to` does not follow `from` within one step. */
export async function stepBetween(
  read: ReadNode,
  from: string | null,
  to: string,
): Promise<LogNode[] | null> {
  const step: LogNode[] = [];
  for (let oid: string | null = to; oid !== from; ) {
    if (oid === null || step.length === LONGEST_STEP) return null;
    const node: LogNode = await read(oid);
    if (node.parents.length > 1) return null;
    step.unshift(node);
    oid = node.parents[0] ?? null;
  }
  return step;
}

/** The fencing token of a claim, or of the hold that an entry ends, from the chain alone. */
export async function sequenceOf(read: ReadNode, node: LogNode): Promise<number> {
  if (node.sequence !== null || node.kind === "foreign") return node.sequence ?? 0;
  const [parent] = node.parents;
  if (parent === undefined) return 1;
  const before = await read(parent);
  const sequence = await sequenceOf(read, before);
  return before.kind === "claim" ? sequence : sequence + 1;
}

export function isRenewal(before: LogNode | null, node: LogNode): boolean {
  return node.kind === "claim" && before?.kind === "claim" && before.nonce === node.nonce;
}

export function shapeOf(tip: LogNode | null, step: readonly LogNode[]): string {
  let before = tip;
  let shape = "";
  for (const node of step) {
    shape +=
      node.kind === "foreign" ? "?" : node.kind === "entry" ? "E" : isRenewal(before, node) ? "R" : "C";
    before = node;
  }
  return shape;
}
