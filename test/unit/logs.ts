/**
 * Random logs that keep the rules, for property tests. Owns what may follow what in a log; must not know what is asked of it.
 */
import fc from "fast-check";
import type { Commit, Oid } from "../../src/lock/refs.ts";
import type { World } from "./situations.ts";

type Step = "take" | "renew" | "release" | "take-over" | "lose" | "give-up";

/** What became of a log: every tip that it had, oldest first, and every claim that anybody wrote for it. */
export function playLog(w: World, steps: readonly Step[]): { tips: (Oid | null)[]; claims: Oid[] } {
  const tips: (Oid | null)[] = [null];
  const claims: Oid[] = [];
  let held = false;
  const wrote = (claim: Oid): Oid => {
    claims.push(claim);
    return claim;
  };
  for (const step of steps) {
    const tip = tips.at(-1) ?? null;
    if (held && tip !== null) {
      if (step === "renew") tips.push(w.renewal(tip));
      if (step === "take-over") tips.push(wrote(w.takeOver(tip)));
      // A takeover of who was taken over by another, or gave back before.
      if (step === "lose") wrote(w.takeOver(tip));
      if (step === "release") tips.push(w.entry(tip));
      held = step !== "release";
    } else {
      // A rival's claim on the same tip, which never landed.
      if (step === "lose") wrote(w.claim(tip));
      if (step === "give-up") tips.push(w.entry(wrote(w.claim(tip))));
      if (step === "take") tips.push(wrote(w.claim(tip)));
      held = step === "take";
    }
  }
  return { tips, claims };
}

export function chainOf(commits: ReadonlyMap<Oid, Commit>, tip: Oid | null): Oid[] {
  const chain: Oid[] = [];
  for (let at: Oid | undefined = tip ?? undefined; at !== undefined; at = commits.get(at)?.parents[0])
    chain.push(at);
  return chain;
}

const step = fc.constantFrom<Step>("take", "take", "renew", "release", "take-over", "lose", "give-up");

export const steps = fc.array(step, { maxLength: 25 });
