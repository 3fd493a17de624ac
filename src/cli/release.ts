/**
 * `release`: gives locks back, by their claims.
 * Owns whose holds may be given back so; must not know how a hold ends.
 */
import type { Tag } from "../lock/claimed.ts";
import { formatDuration } from "../lock/duration.ts";
import { describeEnding } from "../lock/entry.ts";
import { isLockError, LockError } from "../lock/errors.ts";
import { describeIdentity } from "../lock/identity.ts";
import type { LockName } from "../lock/name.ts";
import type { HeldByUs } from "../lock/own.ts";
import { giveBack } from "../lock/release.ts";
import { commandToClear } from "./advice.ts";
import type { Act, Call } from "./call.ts";
import { findHeld, isGivenBack, isNobodysTask, notHeld, tagOf } from "./held.ts";
import { type Session, TROUBLE_MS, withSession } from "./session.ts";
import { type Options, parseNamesAndClaims, reasonOf, usage } from "./settings.ts";
import type { Terminal } from "./terminal.ts";
import { json } from "./text.ts";

interface Released {
  readonly name: string;
  readonly result: "released" | "given-back-before" | "stays-held" | "lost" | "not-held";
  readonly heldSeconds: number | null;
  /** Of what was lost, or not found. */
  readonly why?: string;
}

export const releaseCommand: Act = async (call) => {
  const { words, options, terminal } = call;
  const { locks, claims } = parseNamesAndClaims(words, options);
  const reason = reasonOf(options);
  const tag = tagOf(claims, process.env);
  const results: Released[] = [];
  const failures: unknown[] = [];
  await withSession(
    call,
    call.stop.listen(),
    async (session) => {
      // In reverse; one that was lost keeps none of the others held.
      for (const lock of locks.toReversed()) {
        await releaseOne(session, lock, tag, reason, call).then(
          (result) => results.unshift(result),
          (error) => {
            failures.push(error);
            results.unshift(...failedResult(lock, error));
          },
        );
      }
    },
    "all",
  );
  if (options.json) await terminal.print(json({ released: results }));
  return endWith(failures, terminal);
};

/** What is known of the hold; nothing, where it could not be asked after. */
function failedResult(lock: LockName, error: unknown): Released[] {
  if (!isLockError(error, "lost", "not-held")) return [];
  const result = error.kind === "lost" ? "lost" : "not-held";
  return [{ name: lock.text, result, heldSeconds: null, why: error.message }];
}

/** Of several failures all are told, and the worst decides. */
function endWith(failures: readonly unknown[], terminal: Terminal): number {
  const worst = failures.find((error) => isLockError(error, "lost")) ?? failures[0];
  if (worst === undefined) return 0;
  for (const error of failures) if (error !== worst && isLockError(error)) terminal.fail(error.message);
  throw worst;
}

async function releaseOne(
  session: Session,
  lock: LockName,
  tag: Tag,
  reason: string | null,
  { options, terminal }: Call,
): Promise<Released> {
  const found = await findHeld(session, lock, tag, TROUBLE_MS);
  if (found.kind !== "held") {
    if (!isGivenBack(found)) throw notHeld(lock, found);
    terminal.say(`"${lock.text}" was given back already`);
    return { name: lock.text, result: "given-back-before", heldSeconds: null };
  }
  if (isCallers(found, session)) {
    terminal.say(`"${lock.text}" stays held: whoever took it gives it back`);
    return { name: lock.text, result: "stays-held", heldSeconds: null };
  }
  await refuseOthers(lock, found, options);
  const ending = { by: session.person, reason };
  const hold = { ...found.hold, waitedSeconds: waitedSeconds(found) };
  const given = await giveBack(session.ports, hold, ending, session.changePatience(TROUBLE_MS), found);
  if (given.kind === "released") {
    terminal.say(`released "${lock.text}" after ${formatDuration(given.heldSeconds * 1000)}`);
    return { name: lock.text, result: "released", heldSeconds: given.heldSeconds };
  }
  if (given.kind === "ended" && given.entry.outcome === "released")
    return { name: lock.text, result: "given-back-before", heldSeconds: null };
  const how = given.kind === "ended" ? describeEnding(given.entry) : "its log was replaced by hand";
  throw new LockError("lost", `The lock "${lock.text}" was lost: ${how}.`);
}

/** For the log. Where one clock wrote both dates, they tell how long it was waited for. */
function waitedSeconds({ claim, acquiredAt }: HeldByUs): number | null {
  const ms = claim.clock === "local" ? Date.parse(acquiredAt) - Date.parse(claim.requestedAt) : Number.NaN;
  return Number.isNaN(ms) ? null : Math.max(0, Math.round(ms / 1000));
}

/** What a running `reflock run` or a job has handed on is theirs to give back: they work on under it. */
function isCallers({ claim }: HeldByUs, { mine }: Session): boolean {
  return mine.nonces.has(claim.nonce) && !isNobodysTask(claim);
}

/** What others work under is not given back over their heads: ending it takes `clear`, which asks for a reason. */
async function refuseOthers(lock: LockName, { claim, tip }: HeldByUs, options: Options): Promise<void> {
  const { freeze } = claim;
  if (!freeze && isNobodysTask(claim)) return;
  const clear = await commandToClear(options, { name: lock.text, claim: tip, freeze });
  if (freeze)
    throw usage(`The lock "${lock.text}" is frozen, and a freeze is cleared, not released: ${clear}`);
  throw new LockError(
    "refused",
    `The lock "${lock.text}" is held by ${describeIdentity(claim.who)}, which gives it back itself. To end its hold all the same: ${clear}`,
  );
}
