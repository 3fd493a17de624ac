/**
 * Asserts what a freeze has taken, before it is said to be complete: while it waited for the next slot, somebody may have ended the one before.
 * Must not know how a slot is taken.
 */
import { type Attempt, look } from "./attempt.ts";
import { LockError } from "./errors.ts";
import { type Hold, locate } from "./hold.ts";
import { backOff } from "./insist.ts";
import { holdAt } from "./own.ts";
import { readBack } from "./read-back.ts";
import { describeEnding } from "./release.ts";
import { renew } from "./renew.ts";
import { tipOf } from "./snapshot.ts";

/** @throws LockError `lost` where a slot of the freeze is not its own any more */
export async function assertParts(attempt: Attempt): Promise<void> {
  for (const part of attempt.frozen) {
    for (let tries = 0; !(await isAsserted(attempt, part)); tries++) {
      const why = `It is not known whether slot ${part.slot} of "${part.lock.text}" is still frozen.`;
      await backOff(attempt.ports, tries, attempt.patience, why);
    }
  }
}

/** By a renewal: a read alone may be old. */
async function isAsserted(attempt: Attempt, part: Hold): Promise<boolean> {
  const { ports, known, patience } = attempt;
  const refs = await look(attempt);
  const log = refs.logs.get(part.slot) ?? null;
  let position = locate(part, log, known);
  while (position.kind === "need") {
    await readBack(ports, position.oid, known, patience);
    position = locate(part, log, known);
  }
  if (position.kind === "ended") throw lost(part, describeEnding(position.entry));
  if (position.kind === "gone" || position.kind === "passed")
    throw lost(part, "its log was replaced by hand");
  const tip = tipOf(part.lock, part.slot, refs, known);
  if (position.kind !== "held" || tip.kind !== "claim") return false;
  const own = await holdAt(ports, part.lock, refs, part.slot, tip, known, patience);
  return (await renew(ports, own, patience)).outcome === "applied";
}

function lost({ lock, slot }: Hold, how: string): LockError {
  return new LockError(
    "lost",
    `The freeze of "${lock.text}" had slot ${slot}, and lost it before it had the others: ${how}. Freeze it again.`,
  );
}
