/**
 * Owns one job of a workflow that takes a lock by the shipped action, as the runner runs it: main, perhaps a check and an early release, and post; or it
 * is killed, and its machine is gone. Tells the ledger what it asked and what it was told. Must not judge.
 */
import { bury, complete } from "../e2e/gone.ts";
import type { SceneJob } from "../e2e/scene.ts";
import type { Step } from "../runner/runner.ts";
import type { StepResult } from "../runner/running.ts";
import type { Random } from "../simulation/random.ts";
import { holdOf, type Place, type Wish } from "./ledger.ts";
import { atAChange, NAMES, type Name, type Stage } from "./real-stage.ts";
import type { Action } from "./state.ts";

interface Working {
  readonly stage: Stage;
  readonly random: Random;
  readonly job: SceneJob;
  readonly name: Name;
  readonly wish: Wish;
  readonly step: Step;
  /** `null` once nothing is held, as far as is known. */
  place: Place | null;
}

export async function runJob(stage: Stage, random: Random, name: Name): Promise<void> {
  const job = await stage.scene.job({ grants: { updateRefs: random.pick(["works", "works", "refused"]) } });
  const wish = stage.ledger.wish(name, `job ${job.runId}`);
  const step = job.uses({
    ...{ name, slots: String(NAMES[name]), reason: wish.label },
    wait: random.pick(["0", "6s"]),
  });
  const working: Working = { stage, random, job, name, wish, step, place: null };
  const { isKilled, claim } = await main(working);
  if (working.place !== null && claim !== null) await work(working, claim);
  if (isKilled && random.chance(0.6)) return leave(working);
  await post(working);
  stage.ledger.over(name, wish.owner);
  complete(stage.scene, job);
}

async function main(working: Working): Promise<{ isKilled: boolean; claim: string | null }> {
  const { stage, random, job, step, wish } = working;
  stage.count("processes");
  const running = step.main();
  const label = stage.scene.hub.token(job.token).name;
  const kill = () => void running.kill("SIGKILL");
  const remove = random.chance(0.3) ? atAChange(stage.scene, label, random, kill) : () => {};
  const { code, signal, outputs } = await running.result;
  remove();
  stage.count(`action: acquire ${signal ?? code}`);
  if (code !== 0 || outputs.acquired !== "true") return { isKilled: signal !== null, claim: null };
  const slot = Number(outputs.ref?.split("/").at(-1));
  working.place = { slot, token: Number(outputs["fencing-token"]) };
  wish.told(working.place);
  if (job.env.REFLOCK_CLAIM === undefined) throw new Error("nothing was handed on to later steps");
  return { isKilled: false, claim: outputs.claim ?? null };
}

async function work(working: Working, claim: string): Promise<void> {
  const { stage, random, wish, place } = working;
  if (place === null) return;
  const clearing = random.chance(0.35) ? stage.clear(wish, place, claim) : null;
  if (random.chance(0.5)) await check(working);
  if (random.chance(0.25)) await stranger(working, claim);
  if (random.chance(0.3)) await release(working);
  await clearing;
}

async function check({ stage, job, name, wish, place }: Working): Promise<void> {
  if (place === null) return;
  const hold = holdOf(wish, place);
  const { owner } = wish;
  const sinceMs = performance.now();
  const action: Action = { kind: "check", hold, owner, sinceMs };
  const told = stage.ledger.ask(name, `${owner} checks ${hold}`, action);
  stage.count("processes");
  const { code, log } = await job.runs({ name, operation: "check", slots: String(NAMES[name]) });
  stage.count(`action: check ${code}`);
  if (code === 0) told(action, `${owner} checks ${hold}: it stands`);
  else toldLost(log, hold, (action, how) => told(action, `${owner} checks ${hold}: ${how}`));
}

async function release({ stage, job, name, wish, place }: Working): Promise<void> {
  if (place === null) return;
  const hold = holdOf(wish, place);
  const { owner } = wish;
  const told = stage.ledger.ask(name, `${owner} releases ${hold}`, { kind: "release", hold, owner });
  stage.count("processes");
  const result = await job.runs({ name, operation: "release", slots: String(NAMES[name]) });
  toldBack(stage, result, hold, owner, told);
}

async function post({ stage, step, name, wish, place }: Working): Promise<void> {
  stage.count("processes");
  if (place === null) {
    await step.post();
    return;
  }
  const hold = holdOf(wish, place);
  const { owner } = wish;
  const told = stage.ledger.ask(name, `${owner} gives back ${hold}`, { kind: "release", hold, owner });
  toldBack(stage, await step.post(), hold, owner, told);
}

type Told = ReturnType<Stage["ledger"]["ask"]>;

function toldBack(stage: Stage, { code, log }: StepResult, hold: string, owner: string, told: Told): void {
  stage.count(`action: release ${code}`);
  if (code === 0 && / released "/.test(` ${log}`))
    told({ kind: "release", hold, owner }, `${owner} has released ${hold}`);
  else if (code === 0 && /given back already|nothing to give back/.test(log))
    told({ kind: "told-lost", hold, by: "owner" }, `${owner} had given ${hold} back already`);
  else toldLost(log, hold, (action, how) => told(action, `${owner} gives back ${hold}: ${how}`));
}

/** What else is said tells nothing of the hold. */
function toldLost(log: string, hold: string, tell: (action: Action, how: string) => void): void {
  if (/ was lost/.test(log)) tell({ kind: "told-lost", hold, by: "others" }, "it was lost");
  else if (/gave the lock .* back already/.test(log))
    tell({ kind: "told-lost", hold, by: "owner" }, "it was given back");
}

/** Somebody at a terminal tries to give back what a job holds. */
async function stranger({ stage, name, wish, place }: Working, claim: string): Promise<void> {
  if (place === null) return;
  const hold = holdOf(wish, place);
  const owner = "a stranger";
  const told = stage.ledger.ask(name, `${owner} releases ${hold}`, { kind: "release", hold, owner });
  const { code, out } = await stage.call({ owner, over: "path" }, "release", name, claim, "--json");
  stage.count(`stranger: release ${code}`);
  const [result] = (JSON.parse(out || '{"released":[]}') as { released: { result: string }[] }).released;
  if (result?.result === "released") told({ kind: "release", hold, owner });
  else told(null);
}

/** Its machine is gone: nobody cleans up, and some time later the server says that it is over. */
function leave({ stage, job, name, wish }: Working): void {
  stage.count("action: machine gone");
  stage.ledger.over(name, wish.owner);
  bury(stage.scene, job);
}
