/**
 * The form in which holds are handed on in an environment: to later steps of a job, and to the command of `reflock run`.
 * `REFLOCK_HOLDS` is the truth, as JSON; `REFLOCK_NAME`, `REFLOCK_CLAIM` (nonces) and `REFLOCK_TOKEN` show it to scripts, as lists in one order,
 * separated by spaces. Must not know how a hold came about, nor whose environment it is.
 */

export interface Handed {
  readonly nonce: string;
  /** The lock's repository. */
  readonly repository: string;
  /** Where the lock's refs live: with the repository, what makes two names one lock. */
  readonly prefix: string;
  readonly name: string;
  readonly token: number;
  /** How many have entered the hold again: their releases only count down. */
  readonly inner: number;
  /** Whether somebody else gives it back. */
  readonly isTheirs: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Whatever is not ours, or damaged, is passed over: it can't name a hold. */
export function readHanded({ REFLOCK_HOLDS: text = "[]" }: Environment): readonly Handed[] {
  try {
    const holds: unknown = JSON.parse(text);
    return Array.isArray(holds) ? holds.filter(isHanded) : [];
  } catch {
    return [];
  }
}

function isHanded(value: unknown): value is Handed {
  if (typeof value !== "object" || value === null) return false;
  const { nonce, name, token } = value as Partial<Record<keyof Handed, unknown>>;
  return typeof nonce === "string" && typeof name === "string" && typeof token === "number";
}

/** All nonces that are told, also by themselves. */
export function noncesTold(env: Environment): ReadonlySet<string> {
  const alone = (env.REFLOCK_CLAIM ?? "").split(/\s+/).filter((nonce) => nonce !== "");
  return new Set([...readHanded(env).map(({ nonce }) => nonce), ...alone]);
}

/** @param alone nonces without a hold: they stand behind all others, so that the lists stay in one order */
export function showHanded(
  holds: readonly Handed[],
  alone: readonly string[] = [],
): Readonly<Record<"REFLOCK_HOLDS" | "REFLOCK_NAME" | "REFLOCK_CLAIM" | "REFLOCK_TOKEN", string>> {
  return {
    REFLOCK_HOLDS: JSON.stringify(holds),
    REFLOCK_NAME: holds.map(({ name }) => name).join(" "),
    REFLOCK_CLAIM: [...holds.map(({ nonce }) => nonce), ...alone].join(" "),
    REFLOCK_TOKEN: holds.map(({ token }) => token).join(" "),
  };
}
