/**
 * What an acquisition costs in requests, behind how large a crowd and how long a wait: clients in this process, by the shipped policy, store and liveness
 * over the embedded server, and by a clock that jumps over whatever is only waited for.
 * Owns the two scenes; measures no time.
 */
import { type Client, openGround } from "../test/contract/ground.ts";
import { type Cost, costOf } from "./cost.ts";

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** One comes each second, and each holds for this long: so the crowd waits, and waits the longer the larger it is. */
const HELD_MS = 5 * SECOND_MS;

/** @returns what each but the first holder paid, its wait and its release included */
export async function playVirtualCrowd(size: number): Promise<Cost> {
  await using ground = await openGround({ validate: false });
  const { time } = ground;
  const holder = await ground.client();
  await time.until(holder.acquire());
  const comers: Client[] = [];
  for (let number = 0; number < size; number++) comers.push(await ground.client());
  const pause = (ms: number): Promise<void> => time.work(() => time.clock.sleep(ms));
  const turns = comers.map(async (client, number) => {
    await pause(number * SECOND_MS);
    await client.acquire({ waitMs: DAY_MS });
    await pause(HELD_MS);
    await client.post();
  });
  const all = Promise.all(turns);
  all.catch(() => {});
  await time.advance(size * SECOND_MS);
  await time.until(holder.post());
  await time.until(all);
  return costOf(comers.map(({ sent }) => sent.map(({ counted, graphql }) => ({ counted, graphql }))));
}

/** @returns what one paid that waited so long behind one holder, its release included */
export async function playVirtualWait(waitMs: number): Promise<Cost> {
  await using ground = await openGround({ validate: false });
  const { time } = ground;
  const [holder, comer] = [await ground.client(), await ground.client()];
  await time.until(holder.acquire());
  const acquired = comer.acquire({ waitMs: waitMs + DAY_MS });
  acquired.catch(() => {});
  await time.advance(waitMs);
  await time.until(holder.post());
  await time.until(acquired);
  await time.until(comer.post());
  return costOf([comer.sent.map(({ counted, graphql }) => ({ counted, graphql }))]);
}
