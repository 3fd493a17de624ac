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
): Promise<{ readonly outcome: Outcome; readonly claim: Oid; readonly sentMs: number }> {
  const { renewal, sentMs } = await writeRenewal(ports, own, patience);
  const isServers = own.claim.acquiredClock === "server" && ports.store.clock === "server";
  if (isServers) refuseExpired(own, Date.parse(renewal.date));
  const change = { ref: logRef(own.hold.lock, own.hold.slot), from: own.tip, to: renewal.oid };
  const outcome = await insist(ports, patience, () => ports.store.transact([change]));
  return { outcome, claim: renewal.oid, sentMs };
}

/** @returns `sentMs`: when the request that made it was begun, by the monotonic clock: those before it that failed made nothing that is relied on */
async function writeRenewal(
  ports: Ports,
  own: HeldByUs,
  patience: Patience,
): Promise<{ readonly renewal: Commit; readonly sentMs: number }> {
  const { claim, hold, acquiredAt } = own;
  const message = encodeClaim({ ...claim, clock: ports.store.clock, sequence: hold.sequence, acquiredAt });
  return await insist(ports, patience, async () => {
    const sentMs = ports.clock.monotonicMs();
    return { renewal: await ports.store.write(message, own.tip), sentMs };
  });
}

/**
 * Both times are to be of one clock: the server's, so that no runner's has a say; or, where there is no other, that of this machine.
 * @throws LockError `lost` where the hold is past its max-hold
 */
export function refuseExpired({ hold, claim, acquiredAt }: HeldByUs, nowMs: number): void {
  const heldSeconds = Math.round((nowMs - Date.parse(acquiredAt)) / 1000);
  if (claim.maxHoldSeconds === null || heldSeconds <= claim.maxHoldSeconds) return;
  throw new LockError(
    "lost",
    `The lock "${hold.lock.text}" is past its max-hold of ${formatDuration(claim.maxHoldSeconds * 1000)}: it has been held for ${formatDuration(heldSeconds * 1000)}, and others may take it over at any moment. Do not publish; raise \`max-hold\`.`,
  );
}
