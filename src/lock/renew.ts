/**
 * Renews a hold of ours: a write that succeeds only if nobody has ended it.
 */
import { encodeClaim } from "./claim.ts";
import { formatDuration } from "./duration.ts";
import { LockError } from "./errors.ts";
import { insist, type Patience } from "./insist.ts";
import { logRef } from "./name.ts";
import type { HeldByUs } from "./own.ts";
import type { Outcome, Ports } from "./ports.ts";
import type { Commit, Oid } from "./refs.ts";

/**
 * One try, of two requests that create content. Unless it is applied, the log has to be read again.
 * @throws LockError `lost` where the hold is past its max-hold
 */
export async function renew(
  ports: Ports,
  own: HeldByUs,
  patience: Patience,
): Promise<{ readonly outcome: Outcome; readonly claim: Oid }> {
  const renewal = await writeRenewal(ports, own, patience);
  if (own.claim.acquiredClock === ports.store.clock) refuseExpired(own, renewal);
  const change = { ref: logRef(own.hold.lock, own.hold.slot), from: own.tip, to: renewal.oid };
  return { outcome: await insist(ports, patience, () => ports.store.transact([change])), claim: renewal.oid };
}

function writeRenewal(ports: Ports, own: HeldByUs, patience: Patience): Promise<Commit> {
  const { claim, hold, acquiredAt } = own;
  const message = encodeClaim({ ...claim, clock: ports.store.clock, sequence: hold.sequence, acquiredAt });
  return insist(ports, patience, () => ports.store.write(message, own.tip));
}

/** Both dates are the server's own: no runner's clock has a say. Over git they are of the machines that wrote them, who have no better ones. */
function refuseExpired({ hold, claim, acquiredAt }: HeldByUs, renewal: Commit): void {
  const heldSeconds = (Date.parse(renewal.date) - Date.parse(acquiredAt)) / 1000;
  if (claim.maxHoldSeconds === null || heldSeconds <= claim.maxHoldSeconds) return;
  throw new LockError(
    "lost",
    `The lock "${hold.lock.text}" is past its max-hold of ${formatDuration(claim.maxHoldSeconds * 1000)}: it has been held for ${formatDuration(heldSeconds * 1000)}, and others may take it over at any moment. Do not publish; raise \`max-hold\`.`,
  );
}
