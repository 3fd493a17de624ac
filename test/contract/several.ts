/**
 * Several locks at once, for clients in this process: taken together, given back, and what the repository then shows of all of them.
 * Owns the short forms; must not know what is expected.
 */
import { acquireAll } from "../../src/lock/acquire-all.ts";
import type { Wish } from "../../src/lock/attempt.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { handedNothing, type Mine } from "../../src/lock/identity.ts";
import { parseName } from "../../src/lock/name.ts";
import { holds } from "../hub/oracle.ts";
import type { Client, Ground } from "./ground.ts";

/** Fails fast unless told otherwise. */
export function acquireNames(
  ground: Ground,
  client: Client,
  names: readonly string[],
  wish: Partial<Wish> = {},
): Promise<Hold[]> {
  const { who, ports } = client;
  const asked = {
    ...{ slots: 1, scope: "job" as const, waitMs: 0, maxHoldSeconds: null, freeze: false, reason: null },
    ...{ who, mine: handedNothing(who), ...wish },
  };
  return ground.time.work(() =>
    acquireAll(
      ports,
      names.map((name) => parseName(name)),
      asked,
    ),
  );
}

/** A job that was handed what these holds are recognised by. */
export function handed(client: Client, ...given: readonly Hold[]): Mine {
  const names = given.map(({ lock }) => lock.text);
  return {
    nonces: new Set(given.map(({ nonce }) => nonce)),
    wasHanded: (lock) => names.includes(lock),
    identity: client.who,
  };
}

/** Every change of a log in the order in which git made them: `a taken`, `a renewed`, `a released`. */
export async function logChanges({ repository }: Ground): Promise<string[]> {
  const records = await repository.oracle();
  const changes: string[] = [];
  for (const { ref, to } of records) {
    const [, , lock = "", kind] = ref.split("/");
    if (kind !== "log" || to === null) continue;
    const { message = "" } = (await repository.commit(to)) ?? {};
    const fields = JSON.parse(message.slice(message.indexOf("\n\n")));
    const what = fields.kind === "entry" ? fields.outcome : fields.acquiredAt ? "renewed" : "taken";
    changes.push(`${lock} ${what}`);
  }
  return changes;
}

/** The locks that are held now, by name, each as often as it has slots that are held. */
export async function held({ repository }: Ground): Promise<string[]> {
  const records = await repository.oracle();
  const logs = [...new Set(records.map(({ ref }) => ref).filter((ref) => ref.includes("/log/")))].sort();
  const all = await Promise.all(logs.map((log) => holds(records, repository.commit, log)));
  return all
    .flat()
    .filter(({ endedAt }) => endedAt === null)
    .map(({ logRef }) => logRef.split("/")[2] ?? "");
}

/** What is left of all locks but their logs: nothing, when nobody holds or waits. */
export async function leftovers({ repository }: Ground): Promise<string[]> {
  const refs = await repository.refs("refs/locks/");
  return refs.map(({ name }) => name).filter((name) => !name.includes("/log/"));
}
