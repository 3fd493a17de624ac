/**
 * `acquire` and `freeze`: takes locks and leaves them held.
 * Owns what they print; must not know how a lock is taken.
 */
import { acquireAll } from "../lock/acquire-all.ts";
import { formatDuration } from "../lock/duration.ts";
import { isLockError } from "../lock/errors.ts";
import type { Hold } from "../lock/hold.ts";
import { commandToClear } from "./advice.ts";
import type { Act, Call } from "./call.ts";
import { holdReport } from "./held.ts";
import { withSession } from "./session.ts";
import {
  leaseSecondsOf,
  maxHoldSecondsOf,
  type Options,
  parseNames,
  reasonOf,
  slotsOf,
  waitMsOf,
} from "./settings.ts";
import { json } from "./text.ts";

export const acquireCommand: Act = (call) => takeAndLeave(call, false);

export const freezeCommand: Act = (call) => takeAndLeave(call, true);

async function takeAndLeave(call: Call, freeze: boolean): Promise<number> {
  const { words, options, terminal } = call;
  const locks = parseNames(words, options);
  const wish = {
    slots: slotsOf(options),
    scope: "job" as const,
    waitMs: waitMsOf(options, terminal.isInteractive),
    maxHoldSeconds: maxHoldSecondsOf(options),
    leaseSeconds: leaseSecondsOf(options, null),
    freeze,
    reason: reasonOf(options),
  };
  const signal = call.stop.listen();
  await withSession(call, signal, async (session) => {
    // A freeze is its process's until it is complete; what `acquire` takes is nobody's but of whoever knows the claim.
    const who = freeze ? session.who : session.person;
    try {
      const holds = await acquireAll(session.ports, locks, { ...wish, who, mine: session.mine, signal });
      await tell(call, holds, freeze);
    } catch (error) {
      await session.giveUp("the acquire gave up");
      if (options.json && isLockError(error, "not-acquired") && error.status !== undefined)
        await terminal.print(json({ acquired: false, locks: [error.status] }));
      throw error;
    }
  });
  return 0;
}

/** A hold of which nobody is told could not be given back by anybody: where it can't be printed, the caller gives it up. */
async function tell({ options, terminal }: Call, holds: readonly Hold[], freeze: boolean): Promise<void> {
  for (const hold of holds) terminal.say(freeze ? await frozen(hold, options) : taken(hold));
  if (options.json) await terminal.print(json({ acquired: true, holds: holds.map(holdReport) }));
  else await terminal.print(...holds.map(({ claim }) => claim));
}

function taken({ lock, reentered, waitedSeconds, sequence }: Hold): string {
  return reentered
    ? `"${lock.text}" is held already, fencing token ${sequence}`
    : `acquired "${lock.text}" after ${formatDuration((waitedSeconds ?? 0) * 1000)}, fencing token ${sequence}`;
}

async function frozen({ lock, claim }: Hold, options: Options): Promise<string> {
  const command = await commandToClear(options, { name: lock.text, claim, freeze: true });
  return `froze "${lock.text}": nobody gets it until it is cleared: ${command}`;
}
