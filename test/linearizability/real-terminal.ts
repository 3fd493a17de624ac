/**
 * Owns one person, or cron job, at a terminal who takes a lock by the shipped command line, over git: `acquire`, perhaps `check`, and `release`, or `run`.
 * Some are killed. Tells the ledger what it asked and what it was told. Must not judge.
 */
import type { Said } from "../cli/desk.ts";
import type { Random } from "../simulation/random.ts";
import { holdOf, type Place, type Wish } from "./ledger.ts";
import { NAMES, type Name, type Stage, type Terminal } from "./real-stage.ts";
import type { Action } from "./state.ts";

interface Working {
  readonly stage: Stage;
  readonly random: Random;
  readonly who: Terminal;
  readonly name: Name;
  readonly wish: Wish;
}

interface Taken extends Place {
  readonly claim: string;
}

/** As `release --json` and `check --json` say it. */
const TOLD: Readonly<Record<string, "others" | "owner">> = {
  lost: "others",
  "not-held": "owner",
  "given-back-before": "owner",
};

export async function atTerminal(stage: Stage, random: Random, name: Name, who: Terminal): Promise<void> {
  const { owner } = who;
  if (name === "publish" && random.chance(0.3)) {
    const wish = stage.ledger.wish(name, owner);
    return await runUnder({ stage, random, who, name, wish });
  }
  const leaseSeconds = random.chance(0.3) ? 3 : null;
  const wish = stage.ledger.wish(name, owner, leaseSeconds === null ? null : leaseSeconds * 1000);
  const working = { stage, random, who, name, wish };
  const taken = await acquire(working, leaseSeconds);
  if (taken === null) return;
  const clearing = random.chance(0.35) ? stage.clear(wish, taken, taken.claim) : null;
  if (random.chance(0.6)) await check(working, taken);
  await release(working, taken);
  await clearing;
}

/** One that is killed does not wait: the place in line of a dead person is nobody's for five minutes. */
async function acquire(
  { stage, random, who, name, wish }: Working,
  leaseSeconds: number | null,
): Promise<Taken | null> {
  const isDoomed = random.chance(0.3);
  const wait = isDoomed ? ["--no-wait"] : ["--wait", random.pick(["0", "6s"])];
  const lease = leaseSeconds === null ? [] : ["--lease", `${leaseSeconds}s`];
  const words = [name, "--slots", String(NAMES[name]), "--reason", wish.label, "--json", ...wait, ...lease];
  const started = stage.start(who, ["acquire", ...words]);
  if (isDoomed) stage.killSometime(who, started, random);
  const { code, out } = await started.said;
  stage.count(`acquire ${code}`);
  if (code !== 0) {
    // A lease ends by itself.
    if (code !== 75 && leaseSeconds === null) await stage.recover(wish);
    return null;
  }
  const [hold] = (JSON.parse(out) as { holds: { slot: number; fencingToken: number; claim: string }[] })
    .holds;
  if (hold === undefined) throw new Error("nothing was acquired, and nothing failed");
  const taken = { slot: hold.slot, token: hold.fencingToken, claim: hold.claim };
  wish.told(taken);
  return taken;
}

async function check({ stage, who, name, wish }: Working, taken: Taken): Promise<void> {
  const hold = holdOf(wish, taken);
  const { owner } = wish;
  const action: Action = { kind: "check", hold, owner, sinceMs: performance.now() };
  const told = stage.ledger.ask(name, `${owner} checks ${hold}`, action);
  const { code, out } = await stage.call(who, "check", name, taken.claim, "--json");
  stage.count(`check ${code}`);
  if (code === 0) told(action, `${owner} checks ${hold}: it stands`);
  else {
    const by = TOLD[out === "" ? "" : (JSON.parse(out) as { result: string }).result];
    if (by !== undefined) told({ kind: "told-lost", hold, by }, `${owner} checks ${hold}: lost to ${by}`);
  }
}

/** Whoever is killed in it, or told that the server is out of reach, asks again. */
async function release({ stage, random, who, name, wish }: Working, taken: Taken): Promise<void> {
  const hold = holdOf(wish, taken);
  const { owner } = wish;
  for (let tries = 0; tries < 5; tries++) {
    const told = stage.ledger.ask(name, `${owner} releases ${hold}`, { kind: "release", hold, owner });
    const started = stage.start(who, ["release", name, taken.claim, "--json"]);
    if (tries === 0 && random.chance(0.3)) stage.killSometime(who, started, random);
    const { code, out } = await started.said;
    stage.count(`release ${code}`);
    const result = resultOf(out);
    if (result === "released") return told({ kind: "release", hold, owner }, `${owner} has released ${hold}`);
    const by = result === null ? undefined : TOLD[result];
    if (by !== undefined)
      return told({ kind: "told-lost", hold, by }, `${owner} releases ${hold}: lost to ${by}`);
  }
}

function resultOf(out: string): string | null {
  if (out === "") return null;
  return (JSON.parse(out) as { released: { result: string }[] }).released[0]?.result ?? null;
}

/** The command tells its token as soon as it runs; it gives back at some time after that, and has done so when it has ended. */
async function runUnder({ stage, who, name, wish }: Working): Promise<void> {
  const words = [
    name,
    "--wait",
    "10s",
    "--reason",
    wish.label,
    "--",
    "sh",
    "-c",
    'echo "$REFLOCK_TOKEN"; sleep 0.1',
  ];
  const started = stage.start(who, ["run", ...words]);
  const { owner } = wish;
  const inside = async (): Promise<Place | null> => {
    for (let isOver = false; !/\n/.test(started.stdout); ) {
      if (isOver) return null;
      isOver = await Promise.race([started.said.then(() => true), pause(20)]);
    }
    return { slot: 1, token: Number(started.stdout) };
  };
  const place = await inside();
  if (place !== null) wish.told(place);
  const hold = place === null ? null : holdOf(wish, place);
  const told =
    hold === null
      ? null
      : stage.ledger.ask(name, `${owner} runs under ${hold}`, { kind: "release", hold, owner });
  const { code }: Said = await started.said;
  stage.count(`run ${code}`);
  if (told === null || hold === null) return;
  if (code === 0) told({ kind: "release", hold, owner }, `${owner} has run under ${hold}`);
  if (code === 76) told({ kind: "told-lost", hold, by: "others" }, `${owner} has lost ${hold} while it ran`);
}

function pause(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}
