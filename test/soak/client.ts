/**
 * One client: it chooses what to do next, does it by calls of the command line, and works under what it has taken.
 * Owns what a client does; must not know of sabotage, nor judge.
 */
import type { Random } from "../simulation/random.ts";
import type { Asked, Call, Calls } from "./calls.ts";
import { freeze } from "./freezing.ts";
import { LOCKS, type Lock, slotsOf } from "./names.ts";
import type { Pace } from "./options.ts";
import { type Taken, takenIn } from "./printed.ts";
import { sleep } from "./sleep.ts";
import { SECTION, type Witness } from "./witness.ts";

export interface ClientOptions {
  readonly calls: Calls;
  readonly witness: Witness;
  readonly random: Random;
  readonly pace: Pace;
  readonly ways: readonly [string, ...string[]];
  readonly isOver: () => boolean;
  /** What is known to be wrong at once. */
  readonly complain: (what: string) => void;
}

type Act = (client: ClientOptions) => Promise<void>;

const ACTS: readonly (readonly [weight: number, act: Act])[] = [
  [38, (client) => guard(client, oneLock(client), waiting(client))],
  [12, (client) => guard(client, oneLock(client), ["-n"])],
  [6, guardTwo],
  [6, guardAndTell],
  [4, (client) => guard(client, oneLock(client), [...waiting(client), "--max-hold", "6s"])],
  [14, takeAndGive],
  [3, takeAndForget],
  [6, (client) => look(client, "status", ["--json"])],
  [3, (client) => look(client, "log", [])],
  [5, tidy],
  [2, (client) => freeze(client, oneLock(client), [...waiting(client)])],
];

export async function runClient(client: ClientOptions): Promise<void> {
  const { random, pace, isOver } = client;
  const total = ACTS.reduce((sum, [weight]) => sum + weight, 0);
  while (!isOver()) {
    await sleep(random.between(...pace.idleMs), isOver);
    if (isOver()) return;
    let drawn = random.below(total);
    const found = ACTS.find(([weight]) => {
      drawn -= weight;
      return drawn < 0;
    });
    await found?.[1](client);
  }
}

function oneLock({ random }: ClientOptions): Lock {
  return random.pick(LOCKS);
}

function waiting({ random, pace }: ClientOptions): string[] {
  return ["-w", `${random.pick(pace.waitSeconds)}s`];
}

function leased({ random, pace }: ClientOptions): Required<Pick<Asked, "leaseSeconds">> {
  return { leaseSeconds: random.pick(pace.leaseSeconds) };
}

const COMMAND = ["--", "bash", "-c", SECTION];

async function guard(client: ClientOptions, lock: Lock, options: readonly string[]): Promise<void> {
  await startGuarded(client, lock, options).ended;
}

function startGuarded(client: ClientOptions, lock: Lock, options: readonly string[]): Call {
  const { leaseSeconds } = leased(client);
  return client.calls.start({
    ...{ kind: "run", names: [lock.text], way: client.random.pick(client.ways), leaseSeconds },
    words: ["run", "--lease", `${leaseSeconds}s`, ...slotsOf(lock), ...options, lock.text],
    command: COMMAND,
  });
}

async function guardTwo(client: ClientOptions): Promise<void> {
  const { leaseSeconds } = leased(client);
  const names = ["index", "publish"];
  await client.calls.start({
    ...{ kind: "run", names, way: client.random.pick(client.ways), leaseSeconds },
    words: ["run", "--lease", `${leaseSeconds}s`, ...waiting(client), ...names],
    command: COMMAND,
  }).ended;
}

/** Told to end by a signal, waiting or working. */
async function guardAndTell(client: ClientOptions): Promise<void> {
  const call = startGuarded(client, oneLock(client), waiting(client));
  const wasOver = () => call.endedMs !== null;
  await sleep(client.random.between(200, 4000), wasOver);
  if (wasOver()) return;
  call.marks.add("told");
  process.kill(call.pid, client.random.pick(["SIGTERM", "SIGINT", "SIGHUP"]));
  await call.ended;
}

async function take(client: ClientOptions, lock: Lock): Promise<{ call: Call; taken: Taken | null }> {
  const { leaseSeconds } = leased(client);
  const call = client.calls.start({
    ...{ kind: "acquire", names: [lock.text], way: client.random.pick(client.ways), leaseSeconds },
    words: [
      "acquire",
      "--json",
      "--lease",
      `${leaseSeconds}s`,
      ...slotsOf(lock),
      ...waiting(client),
      lock.text,
    ],
  });
  await call.ended;
  return { call, taken: call.code === 0 ? takenIn(call, client.complain) : null };
}

/** Takes, works for a part of the lease, asserts once, and gives back. Nobody renews meanwhile but the check. */
async function takeAndGive(client: ClientOptions): Promise<void> {
  const { random, pace, calls, isOver } = client;
  const lock = oneLock(client);
  const { call, taken } = await take(client, lock);
  if (taken === null) return;
  await work(client, lock, call, taken, Math.min(random.between(...pace.workMs), leaseMs(call) / 4));
  const about = { names: [lock.text], way: random.pick(client.ways) };
  if (random.chance(0.5)) {
    const check = calls.start({
      ...{ ...about, kind: "check", leaseSeconds: call.leaseSeconds ?? 0 },
      words: ["check", lock.text, taken.claim],
    });
    await check.ended;
    if (check.code === 0 && !isOver()) await work(client, lock, check, taken, leaseMs(call) / 8);
  }
  const release = () =>
    calls.start({ ...about, kind: "release", words: ["release", lock.text, taken.claim] }).ended;
  await release();
  // To give back twice is harmless.
  if (random.chance(0.2)) await release();
}

function leaseMs({ leaseSeconds }: Call): number {
  return (leaseSeconds ?? 0) * 1000;
}

/** What this process does under a hold, as a guarded command would. */
async function work(
  { witness }: ClientOptions,
  lock: Lock,
  call: Call,
  { nonce, token, slot }: Taken,
  workMs: number,
): Promise<void> {
  const { write, end } = await witness.open(call.id, [{ name: lock.text, nonce, token, slot }]);
  const untilMs = performance.now() + workMs;
  while (write() && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 100));
  end();
}

/** As somebody whose machine died: the lease ends it. */
async function takeAndForget(client: ClientOptions): Promise<void> {
  await take(client, oneLock(client));
}

async function look(
  client: ClientOptions,
  kind: "status" | "log",
  options: readonly string[],
): Promise<void> {
  const names = kind === "status" && client.random.chance(0.5) ? [] : [oneLock(client).text];
  const words = [kind, ...options, ...names];
  await client.calls.start({ kind, names, words, way: client.random.pick(client.ways) }).ended;
}

/** Ends what is known to be dead, and nothing else. */
async function tidy(client: ClientOptions): Promise<void> {
  const names = client.random.chance(0.3) ? ["*"] : [oneLock(client).text];
  const words = ["clear", ...(client.random.chance(0.3) ? ["--dry-run"] : []), ...names];
  await client.calls.start({ kind: "clear", names, words, way: client.random.pick(client.ways) }).ended;
}
