/**
 * A client that freezes a lock, and whoever ends the freeze. Owns how a freeze is found and ended; must not know of sabotage, nor judge.
 */
import type { Call } from "./calls.ts";
import type { ClientOptions } from "./client.ts";
import { type Lock, slotsOf } from "./names.ts";
import { holdersIn, takenIn } from "./printed.ts";
import { sleep } from "./sleep.ts";

/** Takes every slot, stays for a while, and is cleared with the oid that it printed. */
export async function freeze(client: ClientOptions, lock: Lock, options: readonly string[]): Promise<void> {
  const { random, pace, calls, isOver } = client;
  const words = ["freeze", "--json", ...slotsOf(lock), ...options, lock.text];
  const call = calls.start({ kind: "freeze", names: [lock.text], words, way: random.pick(client.ways) });
  await call.ended;
  const taken = call.code === 0 ? takenIn(call, client.complain) : null;
  if (taken === null) return call.marks.has("killed") ? await endFreezeOf(client, lock, call) : undefined;
  await sleep(random.between(...pace.workMs), isOver);
  await endFreeze(client, lock, taken.claim);
}

/** Whoever was killed after its freeze was complete has told nobody its oid: `status` does. */
async function endFreezeOf(client: ClientOptions, lock: Lock, { id }: Call): Promise<void> {
  // What it had sent before it was killed may still land.
  for (let tries = 0; tries < 4; tries++) {
    await sleep(1500, client.isOver);
    const status = client.calls.start({
      ...{ kind: "status", names: [lock.text], way: client.random.pick(client.ways) },
      words: ["status", "--json", lock.text],
    });
    await status.ended;
    const frozen = holdersIn(status.out).find(({ reason, freeze }) => freeze && reason === `call ${id}`);
    if (frozen !== undefined) return await endFreeze(client, lock, frozen.claim);
  }
}

async function endFreeze({ calls, random, ways }: ClientOptions, lock: Lock, claim: string): Promise<void> {
  const words = ["clear", "--expect", claim, lock.text];
  for (let tries = 0; tries < 5; tries++) {
    const call = calls.start({ kind: "end-freeze", names: [lock.text], words, way: random.pick(ways) });
    if ((await call.ended).code === 0) return;
  }
}
