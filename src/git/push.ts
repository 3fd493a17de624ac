/**
 * A transaction by a push: compared and changed as one where the server can, else led by the log alone.
 * Owns the pushes and what is remembered of refusals; must not know what git's words mean.
 */
import { basename, dirname } from "node:path";
import { LockError } from "../lock/errors.ts";
import { isLogRef } from "../lock/name.ts";
import type { Outcome } from "../lock/ports.ts";
import type { Oid, RefChange } from "../lock/refs.ts";
import { cancelled, type FarGround, type Ground, type NearGround } from "./connection.ts";
import type { Nearby } from "./nearby.ts";
import { encodePack } from "./pack.ts";
import { runGit } from "./process.ts";
import { type Advertised, openReceiving } from "./receive-pack.ts";
import { answerOfPush, type Pushed, pushed } from "./rejection.ts";

export interface Pusher {
  /** Elsewhere the commits at which the changes point, and what they follow, have to be in the private store. */
  transact(ground: Ground, changes: readonly RefChange[]): Promise<Outcome>;
  comparesAll(): boolean;
}

type How = "atomic" | "alone" | "forced";

export function openPusher(): Pusher {
  let isAtomic = true;
  const refusedOnce = new Set<string>();

  /** One refusal that can't be told from a lost race is taken for one. The same change that is refused again hears why. */
  const settled = (result: Pushed, changes: readonly RefChange[]): Outcome | "no-atomic" => {
    if (typeof result === "string") return result;
    if (result.kind === "no-atomic") return "no-atomic";
    const id = changes.map(({ ref, from, to }) => `${ref} ${from} ${to}`).join("\n");
    if (refusedOnce.has(id)) throw result.error;
    refusedOnce.add(id);
    return "conflict";
  };

  const byLog = async (ground: Ground, changes: readonly RefChange[]): Promise<Outcome> => {
    const deciding = decidingOf(changes);
    const outcome = settled(await push(ground, [deciding], deciding.ref, "alone"), [deciding]);
    if (outcome === "no-atomic") return "conflict";
    const others = changes.filter((other) => other !== deciding);
    if (outcome === "applied" && others.length > 0) await follow(ground, others);
    return outcome;
  };

  return {
    comparesAll: () => isAtomic,
    async transact(ground, given) {
      const changes = given.filter(({ from, to }) => from !== null || to !== null);
      if (changes.length === 0) return "applied";
      for (const change of changes) checkChange(change);
      if (ground.run.signal?.aborted) throw cancelled();
      if (!isAtomic || changes.length === 1) return await byLog(ground, changes);
      const outcome = settled(await push(ground, changes, decidingOf(changes).ref, "atomic"), changes);
      if (outcome !== "no-atomic") return outcome;
      isAtomic = false;
      return await byLog(ground, changes);
    },
  };
}

/** The change that decides over the others: that of a log or, without one, the first. */
function decidingOf(changes: readonly RefChange[]): RefChange {
  const deciding = changes.find(({ ref }) => isLogRef(ref)) ?? changes[0];
  if (deciding === undefined)
    throw new LockError("bug", "A transaction was to be sent that changes nothing.");
  return deciding;
}

/** What follows a log decides nothing: whatever goes wrong with it is mended by whoever changes it next. */
async function follow(ground: Ground, changes: readonly RefChange[]): Promise<void> {
  try {
    await push(ground, changes, decidingOf(changes).ref, "forced");
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
  }
}

function push(ground: Ground, changes: readonly RefChange[], deciding: string, how: How): Promise<Pushed> {
  return ground.kind === "near"
    ? pushNearby(ground, changes, deciding, how)
    : pushElsewhere(ground, changes, deciding, how);
}

/** What follows a log points where the log does, whatever was there; but it is taken away only if it is what was seen. */
function isForced({ to }: RefChange, how: How): boolean {
  return how === "forced" && to !== null;
}

async function pushNearby(
  { address, nearby, objects, run, unended }: NearGround,
  changes: readonly RefChange[],
  deciding: string,
  how: How,
): Promise<Pushed> {
  const { format } = objects;
  const unsent = objects.unsent(changes.flatMap(({ to }) => to ?? []));
  const names = new Set(changes.map(({ ref }) => ref));
  const receiving = openReceiving(repositoryOf(nearby), run, names);
  // While it starts: the first pack of a process takes some milliseconds.
  const pack = encodePack(unsent, format);
  const advertised = await receiving.advertised;
  const isAtomic = how === "atomic";
  const sent = advertised === null ? changes : changesFor(changes, advertised, how);
  const isHopeless = isAtomic && advertised?.capabilities.has("atomic") === false;
  if (isHopeless || sent === null || sent.every(({ ref }) => ref !== deciding)) {
    receiving.close();
    return isHopeless ? { kind: "no-atomic" } : "conflict";
  }
  const answer = await receiving.send({ changes: sent, pack, format, isAtomic });
  const result = pushed(answer, deciding, address, run.timeoutMs);
  if (result !== "applied") return result;
  objects.forget(unsent);
  unended.add(receiving.end);
  receiving.end.then(() => unended.delete(receiving.end));
  return result;
}

/** What receives a push looks into a folder before it takes it for the repository itself; and there might be another one in it. */
function repositoryOf({ gitDir }: Nearby): string {
  return basename(gitDir) === ".git" ? dirname(gitDir) : gitDir;
}

/**
 * As `git push` does: what is there already is not sent, and whatever is to be taken away is compared here, too, since the other side does not compare with an
 * object that it does not have. `null` where that leaves nothing to be done as one.
 */
function changesFor(
  changes: readonly RefChange[],
  { refs }: Advertised,
  how: How,
): readonly RefChange[] | null {
  const left = changes.filter(({ ref, to }) => to === null || refs.get(ref) !== to);
  const possible = left.filter(({ ref, from, to }) => to !== null || refs.get(ref) === from);
  if (how === "atomic" && possible.length < left.length) return null;
  return possible.map((change) =>
    isForced(change, how) ? { ...change, from: refs.get(change.ref) ?? null } : change,
  );
}

async function pushElsewhere(
  { address, run, state }: FarGround,
  changes: readonly RefChange[],
  deciding: string,
  how: How,
): Promise<Pushed> {
  const leases = changes
    .filter((change) => !isForced(change, how))
    .map(({ ref, from }) => `--force-with-lease=${ref}:${from ?? ""}`);
  const refspecs = changes.map(
    (change) => `${isForced(change, how) ? "+" : ""}${change.to ?? ""}:${change.ref}`,
  );
  const flags = ["--no-verify", "--no-signed", "--no-follow-tags", "--no-recurse-submodules"];
  const result = await runGit(
    [
      ...["push", "--porcelain", ...flags],
      ...(how === "atomic" ? ["--atomic"] : []),
      ...leases,
      ...["--", address.url, ...refspecs],
    ],
    { ...run, gitDir: state.objects.gitDir },
  );
  return pushed(answerOfPush(result), deciding, address, run.timeoutMs);
}

/** A name of ours has none of the characters by which one ref becomes two, or an option. */
function checkChange({ ref, from, to }: RefChange): void {
  checkRef(ref);
  if (from === to) throw new LockError("bug", `The ref ${ref} was to be changed to what it is.`);
  for (const oid of [from, to]) checkOid(oid);
}

export function checkRef(ref: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (!/^refs\/[^\x00-\x20\x7f~^:?*[\\]+$/.test(ref) || /\.\.|@\{|\/\//.test(ref))
    throw new LockError("usage", `${JSON.stringify(ref.slice(0, 200))} is no name for a ref.`);
}

function checkOid(oid: Oid | null): void {
  if (oid !== null && !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(oid))
    throw new LockError("bug", `${JSON.stringify(oid.slice(0, 80))} is no object's name.`);
}
