/** What calls print as JSON, as far as clients need it. Must not judge it. */
import type { Call } from "./calls.ts";

export interface Taken {
  readonly claim: string;
  readonly nonce: string;
  readonly token: number;
  readonly slot: number;
}

export function takenIn(
  { id, out }: Pick<Call, "id" | "out">,
  complain: (what: string) => void,
): Taken | null {
  try {
    const { holds } = JSON.parse(out) as { holds: Record<string, unknown>[] };
    const [hold] = holds;
    const [claim, nonce] = [String(hold?.claim), String(hold?.nonce)];
    return { claim, nonce, token: Number(hold?.fencingToken), slot: Number(hold?.slot) };
  } catch {
    complain(`call ${id} ended with 0, and its document can't be read: ${out.slice(0, 300)}`);
    return null;
  }
}

interface Holder {
  readonly claim: string;
  readonly reason: string | null;
  readonly freeze: boolean;
}

export function holdersIn(out: string): Holder[] {
  try {
    const { locks } = JSON.parse(out) as { locks: { holders: Holder[] }[] };
    return locks.flatMap(({ holders }) => holders);
  } catch {
    return [];
  }
}
