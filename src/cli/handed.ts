/**
 * The holds that a caller has handed on, as this process sees them.
 * Must not know who handed them on, nor in which form.
 */
import { type Environment, noncesTold } from "../lock/handed.ts";
import type { Identity, Mine } from "../lock/identity.ts";

export function handedOn(env: Environment, identity: Identity): Mine {
  return {
    nonces: noncesTold(env),
    // Tokens are of the repository in which they were given, which is not known here by the name under which it was handed on.
    handed: () => null,
    identity,
  };
}
