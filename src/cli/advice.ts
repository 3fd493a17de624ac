/**
 * What to do about a failure, as commands that can be copied.
 * Must not know how a lock works.
 */
import type { LockError } from "../lock/errors.ts";
import type { Oid } from "../lock/refs.ts";
import { showRemote } from "../wire.ts";
import type { Options } from "./settings.ts";
import { shellWord, visible } from "./text.ts";

/** What the user gave besides: the commands are for the same locks. */
type Place = Pick<Options, "remote" | "namespace">;

export async function adviceFor({ kind, status }: LockError, place: Place): Promise<string[]> {
  if (kind !== "not-acquired" || status === undefined) return [];
  const lines: string[] = [];
  for (const { claim, freeze } of status.holders) {
    if (claim === "") continue;
    const command = await commandToClear(place, { name: status.name, claim, freeze });
    const to = freeze ? "to end the freeze" : "to end that hold, if nobody works under it any more";
    lines.push(`${to}: ${command}`);
  }
  return lines;
}

/** The command that ends this hold, or this freeze, and nothing else. */
export async function commandToClear(
  { remote, namespace }: Place,
  hold: { readonly name: string; readonly claim: Oid; readonly freeze: boolean },
): Promise<string> {
  const words = ["reflock", "clear", "--expect", hold.claim];
  if (!hold.freeze) words.push("--force", "--reason", "WHY");
  // Credentials in it are the user's to add again.
  if (remote !== undefined) words.push("--remote", showRemote(remote));
  if (namespace !== undefined) words.push("--namespace", namespace);
  if (hold.name.startsWith("-")) words.push("--");
  return visible([...words, hold.name].map(shellWord).join(" "));
}
