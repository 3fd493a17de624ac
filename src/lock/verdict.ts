/**
 * Whether a holder or a waiter is still there, and when a claim has outlived itself.
 * Owns what "dead" means to the policy; must not know how the platform is asked.
 */
import type { Claim } from "./claim.ts";
import type { Commit, Oid } from "./refs.ts";

/** What a job wrote last may still be on its way when it is called completed: only this much later is it dead. */
export const DEAD_AFTER_MS = 10_000;

export interface Verdict {
  /** What cannot be known is `unknown`, and that is never dead. */
  readonly state: "alive" | "dead" | "unknown";
  /** Completes the sentence "… is dead: …" or "whether … is not known: …". For people. */
  readonly why: string;
  /** When it died, by the server's clock, in milliseconds since 1970; `null` where it did not, or nobody knows. */
  readonly sinceMs: number | null;
}

/** What time it is, as far as that can be told. */
export interface Now {
  /** When the refs were read, by the clock that dates commits; `null` where the store does not tell. */
  readonly readAtMs: number | null;
  /** How long each thing has been seen (sightings.ts), in milliseconds, by our own monotonic clock. */
  readonly seenMs: ReadonlyMap<string, number>;
}

/** Why a claim may be ended by others. */
export interface Death {
  readonly outcome: "taken-over" | "expired";
  readonly why: string;
  /** How long it may have been, in milliseconds. */
  readonly forMs: number;
}

/**
 * How long something has stood: by its date where the server wrote that and the time of the answer, and else as long as we have seen it. No other
 * machine's clock has a say.
 * @param keys what it was seen as; the first that was seen counts
 */
export function ageMs(
  { clock, date }: { readonly clock: "server" | "local"; readonly date: string },
  { readAtMs, seenMs }: Now,
  ...keys: readonly string[]
): number {
  if (clock === "server" && readAtMs !== null) return readAtMs - Date.parse(date);
  const seen = keys.find((key) => seenMs.has(key));
  return seen === undefined ? 0 : (seenMs.get(seen) ?? 0);
}

/**
 * `null` while the claim stands.
 * @param commit the claim's own commit: the hold's first claim, or its newest renewal
 * @param isFrozen whether the claim is of a freeze that has every slot: it stays until it is cleared
 */
export function deathOf(
  claim: Claim,
  commit: Commit,
  verdict: Verdict | undefined,
  now: Now,
  isFrozen: boolean,
): Death | null {
  if (isFrozen) return null;
  if (verdict?.state === "dead")
    return { outcome: "taken-over", why: verdict.why, forMs: deadForMs(verdict, commit, now) };
  const over = limitsOf(claim, commit, now).find(({ leftMs }) => leftMs < 0);
  return over === undefined ? null : { outcome: "expired", why: over.why, forMs: -over.leftMs };
}

/** How long the claim may yet stand, in milliseconds; `Infinity` where nothing limits it. */
export function leftMs(claim: Claim, commit: Commit, now: Now): number {
  return Math.min(...limitsOf(claim, commit, now).map((limit) => limit.leftMs));
}

function limitsOf(claim: Claim, commit: Commit, now: Now) {
  const { clock, acquiredClock, maxHoldSeconds, leaseSeconds } = claim;
  const acquired = { clock: acquiredClock, date: claim.acquiredAt ?? commit.date };
  const heldMs = ageMs(acquired, now, claim.nonce, commit.oid);
  const renewedMs = ageMs({ clock, date: commit.date }, now, commit.oid);
  return [
    { leftMs: (maxHoldSeconds ?? Infinity) * 1000 - heldMs, why: "it is past its max-hold" },
    { leftMs: (leaseSeconds ?? Infinity) * 1000 - renewedMs, why: "its lease ran out" },
  ];
}

function deadForMs({ sinceMs }: Verdict, commit: Commit, { readAtMs, seenMs }: Now): number {
  if (readAtMs !== null) return readAtMs - (sinceMs ?? Date.parse(commit.date));
  return seenMs.get(deathKey(commit.oid)) ?? 0;
}

/** As what it is seen that somebody is dead: since we know it. */
export function deathKey(oid: Oid): string {
  return `dead-${oid}`;
}
