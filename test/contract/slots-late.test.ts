/** A claim that was sent for one slot, whose answer was lost, and that lands after another slot was taken: nobody keeps both. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Hold } from "../../src/lock/hold.ts";
import type { RequestRecord } from "../hub/exchange.ts";
import type { FaultHandle } from "../hub/faults.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { type Client, type Ground, openGround } from "./ground.ts";
import { handed, held, leftovers, type Step, stepOf } from "./several.ts";

const WAYS = ["works", "refused"] as const;
const MINUTE_MS = 60_000;
const SETTLED_MS = 11_000;

let ground: Ground;

beforeEach(async () => {
  ground = await openGround({ validate: false });
});

afterEach(async () => {
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

const asked = { slots: 2, waitMs: 10 * MINUTE_MS };

async function take(step: Step, wish: Parameters<Step["acquire"]>[1] = asked): Promise<Hold> {
  const [hold] = await ground.time.until(step.acquire(["pool"], wish));
  if (hold === undefined) throw new Error("it was said to be held, and by nothing");
  return hold;
}

/** The holders of both slots. */
async function full(maxHoldSeconds: number | null): Promise<readonly [Client, Step]> {
  const [first, second] = [await ground.client(), await ground.client()];
  await take(stepOf(ground, first), { ...asked, maxHoldSeconds });
  const other = stepOf(ground, second);
  await take(other);
  return [first, other];
}

/** Of a request that changes the log of the first slot: by `updateRefs`, or over REST. */
function takesFirst({ graphql, method, path, body }: RequestRecord): boolean {
  if (graphql !== undefined) return JSON.stringify(body).includes("/log/1");
  return method !== "GET" && `${decodeURIComponent(path)} ${JSON.stringify(body)}`.includes("/log/1");
}

/** The job's next change of the first slot's log gets lost on its way, and lands when the test says so. */
function delay(
  client: Client,
  updateRefs: (typeof WAYS)[number],
  onHit: () => Promise<unknown>,
): FaultHandle {
  const { name } = ground.hub.token(client.token);
  const isTheOne = (request: RequestRecord) =>
    request.tokenName === name &&
    takesFirst(request) &&
    // Where it is refused, the mutation decides nothing.
    (updateRefs === "works" || request.graphql === undefined);
  const late = ground.hub.faults.add({ kind: "late", match: isTheOne });
  const remove = ground.hub.onRequest(async (request, phase) => {
    if (phase !== "received" || late.hits[0]?.id !== request.id) return;
    remove();
    await onHit();
  });
  return late;
}

const LANDINGS = ["before it is given up", "while it is given up", "when the other slot is held"] as const;

describe.each(WAYS)("updateRefs %s", (updateRefs) => {
  /**
   * The first slot's holder is past its max-hold by one answer's date, and not by the next; meanwhile the second slot comes free.
   */
  test.each(LANDINGS)("the acquire goes on to another slot, and the first lands %s", async (landing) => {
    const [, second] = await full(MINUTE_MS / 1000);
    await ground.time.advance(MINUTE_MS + 2000);
    const client = await ground.client({ grants: { updateRefs } });
    const step = stepOf(ground, client);
    const late = delay(client, updateRefs, async () => {
      ground.hub.now = () => new Date(ground.time.date().getTime() - 30_000);
      await second.post();
    });
    const sent: number[] = [];
    const remove = ground.hub.onRequest(async (request, phase) => {
      if (late.hits.length === 0 || request.tokenName !== ground.hub.token(client.token).name) return;
      const isGivingUp = takesFirst(request) && request.id !== late.hits[0]?.id;
      if (phase === "received" && isGivingUp) sent.push(request.id);
      const isNow =
        landing === LANDINGS[0] ? phase === "received" && !isGivingUp : phase === "received" && isGivingUp;
      if (landing !== LANDINGS[2] && isNow && late.hits[0]?.id !== request.id) await late.land();
    });
    const hold = await take(step);
    remove();
    await late.land();
    expect(late.hits).toHaveLength(1);
    // Landed before it was read back, it is simply held; later, it was given up first, and the job holds another claim, once.
    expect(sent.length > 0).toBe(landing !== LANDINGS[0]);
    expect(await held(ground)).toEqual(["pool"]);
    expect([...step.left.holds.values()]).toMatchObject([{ nonce: hold.nonce, slot: hold.slot }]);
    expect(await ground.time.until(step.post())).toEqual(["released"]);
    expect(await held(ground)).toEqual([]);
  });

  /** Its job is told to stop; a later step, which can't tell that the first slot's holder is dead, takes the second. */
  async function laterStepTakesAnother() {
    const [dead, second] = await full(null);
    dead.complete();
    await ground.time.advance(SETTLED_MS);
    const client = await ground.client({ grants: { updateRefs } });
    const stop = new AbortController();
    const late = delay(client, updateRefs, async () => stop.abort());
    const first = stepOf(ground, client);
    const cancelled = await rejectionOf(
      ground.time.until(first.acquire(["pool"], { ...asked, signal: stop.signal })),
    );
    expect(cancelled).toMatchObject({ kind: "cancelled" });
    ground.hub.token(client.token).actions = "none";
    await ground.time.until(second.post());
    const later = stepOf(ground, client);
    const hold = await take(later);
    expect(hold).toMatchObject({ slot: 2, reentered: false });
    return { client, late, first, later, hold };
  }

  test("a step that was told to stop: its post takes it back", async () => {
    const { late, first, later } = await laterStepTakesAnother();
    await late.land();
    expect(await held(ground)).toEqual(["pool", "pool"]);
    expect(await ground.time.until(later.post())).toEqual(["released"]);
    expect(await ground.time.until(first.post())).toEqual(["released"]);
    expect(await held(ground)).toEqual([]);
    expect((await leftovers(ground)).filter((ref) => ref.includes("/queue/"))).toEqual([]);
  });

  test("a step that was told to stop: it lands after its post, and is nothing", async () => {
    const { late, first, later } = await laterStepTakesAnother();
    expect(await ground.time.until(later.post())).toEqual(["released"]);
    await ground.time.until(first.post());
    await late.land();
    expect(await held(ground)).toEqual([]);
  });

  test("a step that was told to stop: `check` asserts the hold that is relied on, and not the one that landed", async () => {
    const { client, late, later, first, hold } = await laterStepTakesAnother();
    await late.land();
    const checked = await ground.time.until(later.check("pool", handed(client, hold)));
    expect(checked.hold).toMatchObject({ slot: 2, nonce: hold.nonce });
    await ground.time.until(later.post());
    await ground.time.until(first.post());
    expect(await held(ground)).toEqual([]);
  });
});
