/**
 * Asserts what a freeze has taken, before it is said to be complete: while it waited for the next slot, or the next lock, somebody may have ended the
 * one before. Must not know how a slot is taken.
 */
import { describeEnding } from "./entry.ts";
import { LockError } from "./errors.ts";
import { type Hold, locate } from "./hold.ts";
import { backOff, insist, type Patience } from "./insist.ts";
import { holdAt } from "./own.ts";
import type { Ports } from "./ports.ts";
import { readBack } from "./read-back.ts";
import type { Commit, Oid } from "./refs.ts";
import { renew } from "./renew.ts";
import { parseRefs, tipOf } from "./snapshot.ts";

/** A log that does not show the freeze is an old answer, which lasts for seconds: what is still so after a minute is an outage. */
const STALE_MS = 60_000;

/** @throws LockError `lost` where a slot of the freeze is not its own any more */
export async function assertFrozen(ports: Ports, parts: readonly Hold[], patience: Patience): Promise<void> {
  const known = new Map<Oid, Commit>();
  for (const part of parts) {
    let untilMs = patience.untilMs;
    for (let tries = 0; ; tries++) {
      const found = await assertPart(ports, part, known, patience);
      if (found === "asserted") break;
      if (tries === 0) untilMs = Math.min(untilMs, ports.clock.monotonicMs() + STALE_MS);
      const why = `It is not known whether slot ${part.slot} of "${part.lock.text}" is still frozen.`;
      await backOff(ports, tries, { ...patience, untilMs }, why).catch((error: unknown) => {
        // Not before: a log that can't be ours any more may be one of before somebody deleted it, as an old answer shows it.
        throw found === "gone" ? lost(part, "its log was replaced by hand") : error;
      });
    }
  }
}

/** By a renewal: a read alone may be old. */
async function assertPart(
  ports: Ports,
  part: Hold,
  known: Map<Oid, Commit>,
  patience: Patience,
): Promise<"asserted" | "gone" | "unclear"> {
  const { lock } = part;
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const log = refs.logs.get(part.slot) ?? null;
  let position = locate(part, log, known);
  while (position.kind === "need") {
    await readBack(ports, position.oid, known, patience);
    position = locate(part, log, known);
  }
  if (position.kind === "ended") throw lost(part, describeEnding(position.entry));
  if (position.kind === "gone" || position.kind === "passed") return "gone";
  const tip = tipOf(lock, part.slot, refs, known);
  if (position.kind !== "held" || tip.kind !== "claim") return "unclear";
  const own = await holdAt(ports, lock, refs, part.slot, tip, known, patience);
  return (await renew(ports, own, patience)).outcome === "applied" ? "asserted" : "unclear";
}

function lost({ lock, slot }: Hold, how: string): LockError {
  return new LockError(
    "lost",
    `The freeze of "${lock.text}" had slot ${slot}, and lost it before it was complete: ${how}. Freeze it again.`,
  );
}
