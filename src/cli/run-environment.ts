/**
 * What a guarded command finds in its environment: the holds under which it runs, its callers' first.
 * Must not know how a hold came about, nor read the environment itself.
 */
import { type Environment, type Handed, noncesTold, readHanded, showHanded } from "../lock/handed.ts";
import type { Hold } from "../lock/hold.ts";

/**
 * For the command it is as if it had entered each hold itself: a release in it counts down, and never opens the lock under its caller.
 * @param env of whoever starts it
 */
export function environmentFor(
  holds: readonly Hold[],
  repository: string,
  env: Environment,
): Record<string, string> {
  const before = readHanded(env);
  const ours = holds.map(({ nonce, lock, sequence }): Handed => {
    const handed = before.find((other) => other.nonce === nonce);
    const known = handed ?? { nonce, repository, prefix: lock.prefix, name: lock.text, token: sequence };
    return { ...known, inner: (handed?.inner ?? 0) + 1, isTheirs: true };
  });
  const all = [...before.filter(({ nonce }) => !ours.some((one) => one.nonce === nonce)), ...ours];
  const alone = [...noncesTold(env)].filter((nonce) => all.every((handed) => handed.nonce !== nonce));
  return showHanded(all, alone);
}

/** What names the lock's repository to those to whom a hold is handed on: without credentials, and without what only says how to get there. */
export function repositoryOf(remote: string): string {
  return remote
    .replace(/^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?/i, "")
    .replace(/^[^/@:]+@([^/:]+):/, "$1/")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}
