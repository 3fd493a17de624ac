/** Several locks in one step, with each single request lost, or the last that the job ever makes: all or none, in the end. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FaultKind } from "../hub/faults.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type Ground, openGround } from "./ground.ts";
import { held, leftovers, type Step, stepOf } from "./several.ts";

const PROVE = process.env.REFLOCK_PROVE !== undefined;
const WAYS = ["works", "refused"] as const;
/** In a quick run every third request. */
const STRIDE = PROVE ? 1 : 3;
const MINUTE_MS = 60_000;
/** Fewer than what two locks take and give back. */
const FEWEST = 15;

const LOSSES: readonly { readonly updateRefs: (typeof WAYS)[number]; readonly kind: FaultKind["kind"] }[] =
  PROVE
    ? WAYS.flatMap((updateRefs) =>
        (["drop-before", "drop-after", "5xx-before", "5xx-after"] as const).map((kind) => ({
          updateRefs,
          kind,
        })),
      )
    : [
        { updateRefs: "works", kind: "drop-after" },
        { updateRefs: "refused", kind: "drop-before" },
      ];

let ground: Ground;

beforeEach(async () => {
  ground = await openGround({ validate: false });
});

afterEach(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

/** Names of which no other round knows. */
const namesOf = (round: number) => [`b ${round}`, `a ${round}`];

async function cast(updateRefs: (typeof WAYS)[number]): Promise<Step & { readonly client: Client }> {
  const client = await ground.client({ grants: { updateRefs } });
  return { ...stepOf(ground, client), client };
}

/** A holder ref decides nothing, and may lag where only the log is compared. */
async function expectNothingLeft(updateRefs: (typeof WAYS)[number], round: number): Promise<void> {
  expect(await held(ground), `request ${round}`).toEqual([]);
  const left = (await leftovers(ground)).filter((ref) => updateRefs === "works" || !ref.includes("/holder/"));
  expect(left, `request ${round}`).toEqual([]);
}

test.each(LOSSES)("one request is lost, $kind, updateRefs $updateRefs", async ({ updateRefs, kind }) => {
  for (let nth = 1, isHit = true; isHit; nth += STRIDE) {
    const step = await cast(updateRefs);
    const { name } = ground.hub.token(step.client.token);
    const fault = ground.hub.faults.add({ kind, match: { token: name, nth } } as Parameters<
      typeof ground.hub.faults.add
    >[0]);
    const holds = await ground.time.until(step.acquire(namesOf(nth), { waitMs: MINUTE_MS }));
    expect(holds.map(({ lock }) => lock.text)).toEqual(namesOf(nth));
    expect(await ground.time.until(step.post())).toEqual(["released", "released"]);
    await expectNothingLeft(updateRefs, nth);
    fault.remove();
    isHit = fault.hits.length > 0;
    if (!isHit) expect(nth).toBeGreaterThan(FEWEST);
  }
});

describe.each(PROVE ? WAYS : WAYS.slice(0, 1))("updateRefs %s", (updateRefs) => {
  test("nothing is let through any more from some request on: post gives back whatever there is", async () => {
    for (let nth = 2, isHit = true; isHit; nth += STRIDE) {
      const step = await cast(updateRefs);
      const state = ground.hub.token(step.client.token);
      let seen = 0;
      const remove = ground.hub.onRequest(({ tokenName }, phase) => {
        if (tokenName === state.name && phase === "received" && ++seen === nth) state.expired = true;
      });
      const error = await rejectionOf(ground.time.until(step.acquire(namesOf(nth), { waitMs: MINUTE_MS })));
      isHit = seen >= nth;
      remove();
      expect(error === null || isHit).toBe(true);
      if (error !== null) expect(error).toMatchObject({ kind: "denied" });
      state.expired = false;
      const given = await ground.time.until(step.post());
      expect(given.filter((kind) => !["released", "never-held"].includes(kind))).toEqual([]);
      await expectNothingLeft(updateRefs, nth);
    }
  });
});
