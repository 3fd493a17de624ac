/**
 * `clear`: ends what nobody gives back.
 * Owns how the results are told; must not know what may be cleared.
 */
import { type Cleared, clear } from "../lock/clear.ts";
import { LockError } from "../lock/errors.ts";
import { FROZEN } from "../lock/judge.ts";
import { listLocks } from "../lock/status.ts";
import { commandToClear } from "./advice.ts";
import type { Act } from "./call.ts";
import { TROUBLE_MS, withSession } from "./session.ts";
import { clearingOf, namespaceOf, type Options, parseNamesOrAll } from "./settings.ts";
import { json, shownName, visible } from "./text.ts";

type Result = Cleared & { readonly lock: string };

export const clearCommand: Act = async (call) => {
  const { words, options, terminal } = call;
  const named = parseNamesOrAll(words, options, "none");
  const clearing = clearingOf(options);
  const signal = call.stop.listen();
  const results = await withSession(
    call,
    signal,
    async ({ ports, person, patience, changePatience }) => {
      const locks =
        named === "all" ? await listLocks(ports, namespaceOf(options), patience(TROUBLE_MS)) : named;
      const done: Result[] = [];
      for (const lock of locks) {
        // What was done before is told all the same.
        if (signal.aborted) break;
        const cleared = await clear(ports, lock, { ...clearing, by: person }, changePatience(TROUBLE_MS));
        done.push(...cleared.map((result) => ({ lock: lock.text, ...result })));
      }
      return done;
    },
    "all",
  );
  if (options.json) await terminal.print(json({ results }));
  else await terminal.print(...results.map(lineOf));
  if (clearing.expect !== null && results.every(({ result }) => result === "other"))
    terminal.say("nothing there with that oid");
  else if (results.length === 0) terminal.say("nothing to clear");
  await refuse(results, options);
  return 0;
};

const WORDS: Readonly<Record<Cleared["result"], string>> = {
  cleared: "cleared",
  "would-clear": "would be cleared",
  refused: "not cleared",
  other: "left alone",
  "too-late": "was ended before",
};

function lineOf({ lock, what, oid, result, why }: Result): string {
  return `${shownName(lock)}: ${what} (${oid}) ${WORDS[result]}: ${visible(why)}`;
}

async function refuse(results: readonly Result[], options: Options): Promise<void> {
  const refused = results.filter(({ result }) => result === "refused");
  if (refused.length === 0) return;
  const list = refused.map(({ lock, what }) => `${what} of "${lock}"`).join("; ");
  const frozen = refused.filter(isFrozen);
  const advice = frozen.length === refused.length ? [] : [FORCE];
  for (const { lock, oid } of frozen)
    advice.push(
      `"${lock}" is frozen, which --expect alone ends: ${await commandToClear(options, { name: lock, claim: oid, freeze: true })}`,
    );
  throw new LockError("not-acquired", `Not cleared: ${list}. ${advice.join(" ")}`);
}

const FORCE = "If you know better: --force, with the oid in --expect, and a --reason.";

function isFrozen({ why }: Result): boolean {
  return why.endsWith(FROZEN.why);
}
