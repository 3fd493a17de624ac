/**
 * `check`: makes sure that locks are still held, by renewing them.
 * Owns what is said of the result; must not know how a renewal compares.
 */
import { check } from "../lock/check.ts";
import type { Tag } from "../lock/claimed.ts";
import { isLockError } from "../lock/errors.ts";
import type { Hold } from "../lock/hold.ts";
import { describeIdentity } from "../lock/identity.ts";
import type { LockName } from "../lock/name.ts";
import type { Act } from "./call.ts";
import { findHeld, holdReport, isNobodysTask, notHeld, tagOf } from "./held.ts";
import { type Session, TROUBLE_MS, withSession } from "./session.ts";
import { parseNamesAndClaims, usage } from "./settings.ts";
import { json } from "./text.ts";

export const checkCommand: Act = async (call) => {
  const { words, options, terminal } = call;
  const { locks, claims } = parseNamesAndClaims(words, options);
  const tag = tagOf(claims, process.env);
  const checkAll = async (session: Session): Promise<Hold[]> => {
    const holds: Hold[] = [];
    for (const lock of locks) {
      try {
        holds.push(await checkOne(session, lock, tag));
      } catch (error) {
        if (options.json && isLockError(error, "lost", "not-held")) {
          const { kind, message } = error;
          await terminal.print(json({ held: false, name: lock.text, result: kind, why: message }));
        }
        throw error;
      }
    }
    return holds;
  };
  const holds = await withSession(call, call.stop.listen(), checkAll, "all");
  for (const { lock, sequence } of holds)
    terminal.say(`"${lock.text}" is still held, fencing token ${sequence}`);
  if (options.json) await terminal.print(json({ held: true, holds: holds.map(holdReport) }));
  return 0;
};

async function checkOne(session: Session, lock: LockName, tag: Tag): Promise<Hold> {
  const found = await findHeld(session, lock, tag, TROUBLE_MS);
  if (found.kind !== "held") throw notHeld(lock, found);
  if (found.claim.freeze)
    throw usage(`The lock "${lock.text}" is frozen: a freeze stays until it is cleared, and is not checked.`);
  if (!isNobodysTask(found.claim) && !session.mine.nonces.has(found.claim.nonce))
    throw usage(
      `The lock "${lock.text}" is held by ${describeIdentity(found.claim.who)}, and not by whoever asks: it is theirs to renew. \`reflock status\` shows it.`,
    );
  const mine = { ...session.mine, nonces: new Set([found.hold.nonce]) };
  try {
    const { hold, claim } = await check(session.ports, lock, mine, session.changePatience(TROUBLE_MS));
    return { ...hold, claim };
  } catch (error) {
    if (!isLockError(error, "not-held")) throw error;
    // Ended between the look and the renewal: the log says how.
    const now = await findHeld(session, lock, tag, TROUBLE_MS);
    throw now.kind === "held" ? error : notHeld(lock, now);
  }
}
