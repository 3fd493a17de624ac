/** Waiting while nothing changes: an hour of it costs nothing of the rate limit, wherever in line. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RequestRecord } from "../hub/exchange.ts";
import { type Client, type Ground, openGround } from "./ground.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let ground: Ground;
let cancelled: AbortController;

beforeEach(async () => {
  ground = await openGround();
  cancelled = new AbortController();
});

afterEach(async () => {
  cancelled.abort();
  await ground.time.idle();
  await ground.judge();
  await ground[Symbol.asyncDispose]();
});

/** Waits for a day, unless its process freezes: then its ticket stays, and its job works on as far as anybody can see. */
async function waiting(): Promise<{ readonly client: Client; freeze(): Promise<void> }> {
  const client = await ground.client();
  const own = new AbortController();
  const signal = AbortSignal.any([own.signal, cancelled.signal]);
  client.acquire({ waitMs: 24 * HOUR_MS, signal }).catch(() => {});
  await ground.time.idle();
  return {
    client,
    async freeze() {
      ground.hub.token(client.token).expired = true;
      own.abort();
      await ground.time.idle();
    },
  };
}

const isOfLiveness = ({ route }: RequestRecord) => route.includes("/actions/");
const told = ({ method, route, status }: RequestRecord) => `${method} ${route}: ${status}`;

describe.each([
  // Its first look at whoever it waits for costs what a first look costs.
  { what: "the head", place: 1, looksWithinMs: MINUTE_MS, counted: 7 },
  // After four minutes it looks after the holder, too, every two minutes.
  { what: "the fourth in line", place: 4, looksWithinMs: 2 * MINUTE_MS, counted: 11 },
])("$what", ({ place, looksWithinMs, counted: expected }) => {
  test("waits for an hour, and nothing of it is counted", { timeout: 180_000 }, async () => {
    const holder = await ground.client();
    await ground.time.until(holder.acquire());
    for (let before = 1; before < place; before++) await (await waiting()).freeze();
    const { client } = await waiting();
    // By then it has had a first answer to each question that it asks.
    await ground.time.advance((place + 1) * MINUTE_MS + looksWithinMs);
    const first = [...client.sent];
    await ground.time.advance(HOUR_MS);
    const sent = client.sent.slice(first.length);
    expect(sent.filter(({ counted, status }) => counted || status !== 304).map(told)).toEqual([]);
    // It was awake all the time, and looked whether those are alive for whom it waits.
    expect(sent.length).toBeGreaterThan(HOUR_MS / (15 * SECOND_MS));
    expect(sent.filter(isOfLiveness).length).toBeGreaterThanOrEqual(HOUR_MS / looksWithinMs);
    const paid = first.filter(({ counted }) => counted);
    expect(paid.length, paid.map(told).join("\n")).toBeLessThanOrEqual(expected);
  });
});
