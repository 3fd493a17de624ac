/**
 * What to do about a failure, as commands that can be copied.
 * Must not know how a lock works.
 */
import type { LockError } from "../lock/errors.ts";
import type { HolderStatus, LockStatus } from "../lock/report.ts";
import { shellWord, visible } from "./text.ts";

/** @param remote as it was given: the commands are for the same one */
export function adviceFor({ kind, status }: LockError, remote: string | undefined): string[] {
  if (kind !== "not-acquired" || status === undefined) return [];
  return status.holders.filter(({ claim }) => claim !== "").map((holder) => clearing(status, holder, remote));
}

function clearing({ name }: LockStatus, { freeze, claim }: HolderStatus, remote: string | undefined): string {
  // Credentials in it are the user's to add again.
  const bare = remote?.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
  const at = bare === undefined ? "" : `--remote ${visible(shellWord(bare))} `;
  const lock = `${at}${visible(shellWord(name))}`;
  return freeze
    ? `to end the freeze: reflock clear --expect ${claim} ${lock}`
    : `to end that hold, if nobody works under it any more: reflock clear --expect ${claim} --force --reason WHY ${lock}`;
}
