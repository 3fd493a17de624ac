/** Two who want the same locks and name them in opposite orders, again and again: nobody waits for ever, and nobody keeps a part. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Client, type Ground, openGround } from "./ground.ts";
import { held, leftovers, logChanges, stepOf } from "./several.ts";

const PROVE = process.env.REFLOCK_PROVE !== undefined;

/** What each of the two can do. */
const FIELDS = [
  { field: "updateRefs works", kinds: ["works", "works"], rounds: PROVE ? 1000 : 140 },
  { field: "updateRefs is refused", kinds: ["refused", "refused"], rounds: PROVE ? 500 : 30 },
  { field: "both kinds of client", kinds: ["works", "refused"], rounds: PROVE ? 500 : 30 },
] as const;

const WAIT_MS = 600_000;
/** Far less than it takes to find a deadlock: whoever comes second has waited for the first to work, and for a look or two. */
const WORK_MS = 2000;
const ROUND_MS = 12_000;
/** So often the same two locks: a long log makes every check long. */
const ROUNDS_OF_A_PAIR = 5;

let ground: Ground;

beforeEach(async () => {
  ground = await openGround({ validate: false });
});

afterEach(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

/** One of the two, from its wish to its post. */
async function takeBoth(client: Client, names: readonly string[], inside: Set<Client>): Promise<void> {
  const step = stepOf(ground, client);
  const holds = await step.acquire(names, { waitMs: WAIT_MS });
  expect(holds.map(({ lock }) => lock.text)).toEqual(names);
  expect([...inside]).toEqual([]);
  inside.add(client);
  await ground.time.work(() => ground.time.clock.sleep(WORK_MS));
  inside.delete(client);
  expect(await step.post()).toEqual(["released", "released"]);
}

describe.each(FIELDS)("$field", ({ kinds, rounds }) => {
  test(`[a, b] against [b, a], ${rounds} rounds`, { timeout: 1_800_000 }, async () => {
    const machines = await Promise.all(kinds.map((updateRefs) => ground.client({ grants: { updateRefs } })));
    const inside = new Set<Client>();
    for (let round = 1; round <= rounds; round++) {
      const startedMs = ground.time.clock.monotonicMs();
      const names = ["a", "b"].map((name) => `${name} ${Math.ceil(round / ROUNDS_OF_A_PAIR)}`);
      const both = machines.map((machine, at) =>
        takeBoth(machine.again(), at === 0 ? names : names.toReversed(), inside),
      );
      await ground.time.until(Promise.all(both));
      expect(ground.time.clock.monotonicMs() - startedMs, `round ${round}`).toBeLessThan(ROUND_MS);
      expect(await leftovers(ground), `round ${round}`).toEqual([]);
    }
    expect(await held(ground)).toEqual([]);
    const changes = (await logChanges(ground)).map((change) => change.replace(/=20\d+/, ""));
    const visit = ["a taken", "b taken", "a renewed", "b released", "a released"];
    expect(changes).toEqual(Array.from({ length: 2 * rounds }, () => visit).flat());
  });
});
