/**
 * Owns what the GraphQL mutation `updateRefs` does: all its updates in one transaction of git, or none.
 */
import { isOid, ZERO_OID } from "./objects.ts";
import { isRefName, type RefChange } from "./references.ts";
import type { HubRepository } from "./repository.ts";
import { descends } from "./routes-refs.ts";

export interface RefUpdate {
  readonly name: string;
  readonly beforeOid?: string | null;
  readonly afterOid: string;
  readonly force?: boolean | null;
}

/** The real service's words for a mismatch are not known: a repository's option may say them otherwise. */
export const DEFAULT_MISMATCH_TEXT =
  "Reference {ref} cannot be updated: it does not point at the expected object";

type Prepared = { readonly change: RefChange } | { readonly refused: string };

function shapeProblem(update: RefUpdate): string | null {
  if (!isRefName(update.name)) return `${update.name} is not a valid ref name.`;
  for (const oid of [update.beforeOid ?? ZERO_OID, update.afterOid]) {
    if (!isOid(oid)) return `${String(oid)} is not a valid object id.`;
  }
  return null;
}

async function prepare(repository: HubRepository, update: RefUpdate): Promise<Prepared> {
  const { name, afterOid: after } = update;
  const problem = shapeProblem(update);
  if (problem) return { refused: problem };
  let before = update.beforeOid ?? undefined;
  if (after === ZERO_OID) return { change: { ref: name, before, after } };
  if (!(await repository.objects.read(after))) return { refused: `Object ${after} does not exist` };
  if (update.force) return { change: { ref: name, before, after } };
  // Without `force`, what the new value is compared with is also what the transaction expects.
  before ??= (await repository.view.get(name))?.oid ?? ZERO_OID;
  const forward =
    before === ZERO_OID ||
    ((await repository.objects.read(before)) && (await descends(repository, before, after)));
  if (forward) return { change: { ref: name, before, after } };
  // An expectation that is wrong as well is told first, as the comparison comes first.
  if ((await repository.view.get(name))?.oid !== before) return { refused: mismatchText(repository, name) };
  return { refused: "Update is not a fast forward" };
}

function mismatchText(repository: HubRepository, ref: string): string {
  return (repository.options.updateRefsMismatch ?? DEFAULT_MISMATCH_TEXT).replace("{ref}", ref);
}

/** null: applied. Otherwise why nothing was. */
export async function updateRefs(
  repository: HubRepository,
  updates: readonly RefUpdate[],
): Promise<string | null> {
  for (;;) {
    const changes: RefChange[] = [];
    for (const update of updates) {
      const prepared = await prepare(repository, update);
      if ("refused" in prepared) return prepared.refused;
      changes.push(prepared.change);
    }
    if (changes.length === 0) return null;
    const result = await repository.transact(changes);
    if (result.applied) return null;
    if (["directory", "locked", "other"].includes(result.reason)) return "Reference update failed";
    if (result.reason === "object" || result.reason === "repeated" || result.reason === "name")
      return result.text;
    if (await expectationFails(repository, updates)) return mismatchText(repository, result.ref ?? "");
    // Nothing that the caller asked for was wrong: a ref moved while it was read. Look again.
  }
}

async function expectationFails(repository: HubRepository, updates: readonly RefUpdate[]): Promise<boolean> {
  const compared = updates.filter((update) => update.beforeOid !== undefined && update.beforeOid !== null);
  if (compared.length === updates.length) return true;
  for (const { name, beforeOid } of compared) {
    if (((await repository.view.get(name))?.oid ?? ZERO_OID) !== beforeOid) return true;
  }
  return false;
}
