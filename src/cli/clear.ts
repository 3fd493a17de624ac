/**
 * `clear`: ends what nobody gives back.
 * Owns how the results are told; must not know what may be cleared.
 */
import { type Cleared, clear } from "../lock/clear.ts";
import { LockError } from "../lock/errors.ts";
import { listLocks } from "../lock/status.ts";
import type { Act } from "./call.ts";
import { TROUBLE_MS, withSession } from "./session.ts";
import { clearingOf, namespaceOf, parseNamesOrAll } from "./settings.ts";
import { json, shownName, visible } from "./text.ts";

type Result = Cleared & { readonly lock: string };

export const clearCommand: Act = async (call) => {
  const { words, options, terminal } = call;
  const named = parseNamesOrAll(words, options, "none");
  const clearing = clearingOf(options);
  const results = await withSession(call, null, async ({ ports, person, patience }) => {
    const locks =
      named === "all" ? await listLocks(ports, namespaceOf(options), patience(TROUBLE_MS)) : named;
    const done: Result[] = [];
    for (const lock of locks) {
      const cleared = await clear(ports, lock, { ...clearing, by: person }, patience(TROUBLE_MS));
      done.push(...cleared.map((result) => ({ lock: lock.text, ...result })));
    }
    return done;
  });
  if (options.json) await terminal.print(json({ results }));
  else await terminal.print(...results.map(lineOf));
  if (results.length === 0) terminal.say("nothing to clear");
  refuse(results);
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

function refuse(results: readonly Result[]): void {
  const refused = results.filter(({ result }) => result === "refused");
  if (refused.length === 0) return;
  const list = refused.map(({ lock, what }) => `${what} of "${lock}"`).join("; ");
  throw new LockError(
    "not-acquired",
    `Not cleared: ${list}. If you know better: --force, with the oid in --expect, and a --reason.`,
  );
}
