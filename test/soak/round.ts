/**
 * One round: clients and saboteurs side by side for its time, looked at each minute, then a calm in which all has to come to rest.
 * Owns the order of these; must not know what clients or saboteurs do.
 */
import { type Random, randomOf } from "../simulation/random.ts";
import { becomesFree, comeToRest, letCallsEnd, lookAtDisk } from "./calm.ts";
import { checkpoint, save } from "./checkpoint.ts";
import { runClient } from "./client.ts";
import { ALL_ACTS, runSaboteur } from "./saboteur.ts";
import type { Scene } from "./scene.ts";
import { sleep } from "./sleep.ts";
import { type Operator, openOperator } from "./stale-locks.ts";

/** A soak that finds so much need not go on, nor may it fill the disk. */
const MOST_VIOLATIONS = 50;
const MOST_DISK_BYTES = 3e9;

/** Those without atomic pushes meet the others on the same locks. */
const WAYS = ["http", "http", "http", "http", "plain", "plain", "path", "path", "ssh"] as const;

export interface Stop {
  /** Told to end: what goes on is ended in good order. */
  isAsked: boolean;
}

export async function runRound(scene: Scene, stop: Stop, tell: (line: string) => void): Promise<void> {
  const { options, figures, seed } = scene;
  const doneBefore = scene.before?.roundSecondsDone ?? 0;
  const seconds = doneBefore < options.seconds ? options.seconds - doneBefore : options.seconds;
  const startedMs = performance.now();
  const passed = () => (performance.now() - startedMs) / 1000;
  const isOver = () => stop.isAsked || isLong(scene, passed(), seconds) || isFull(scene);
  const random = randomOf(seed, `round ${figures.rounds} from ${doneBefore}`);
  const operator = operatorOf(scene, random.split("operator"));
  await compareWithBefore(scene);
  await save(scene, doneBefore);
  // On a log that somebody has rewritten nothing else means anything.
  if (figures.violations.length > (scene.before?.figures.violations.length ?? 0)) return;

  const running = startClients(scene, random, isOver);
  let countedSeconds = 0;
  const count = () => {
    const now = passed();
    figures.secondsDone += now - countedSeconds;
    countedSeconds = now;
  };
  const look = async () => {
    count();
    await checkpoint(scene, doneBefore + countedSeconds);
    tell(progress(scene, doneBefore + countedSeconds));
  };
  await Promise.all([
    runSaboteur({ ...scene, pace: options.pace, isOver }, random.split("saboteur")),
    lookOn(operator.look, 500, isOver),
    lookOn(look, options.pace.checkpointMs, isOver),
  ]);
  count();
  await letCallsEnd(scene, operator, () => stop.isAsked);
  await Promise.all(running);
  await comeToRest(scene, operator);
  await becomesFree(scene);
  await lookAtDisk(scene);
  const isWhole = countedSeconds >= seconds && !stop.isAsked;
  if (isWhole) figures.rounds++;
  await checkpoint(scene, isWhole ? 0 : doneBefore + countedSeconds);
}

/** A quick one has time for little more than each act once, and takes what it needs for that. */
function isLong({ options, troubles }: Scene, passedSeconds: number, seconds: number): boolean {
  if (passedSeconds < seconds) return false;
  const isMissing = options.isQuick && ALL_ACTS.some((act) => !troubles.counts.has(act));
  return !isMissing || passedSeconds >= 6 * seconds;
}

function isFull({ figures }: Scene): boolean {
  return figures.violations.length >= MOST_VIOLATIONS || figures.diskBytes > MOST_DISK_BYTES;
}

function operatorOf({ ground, troubles, options, planted }: Scene, random: Random): Operator {
  return openOperator(ground, troubles, {
    staysMs: () => random.between(...options.pace.staleMs),
    isOurs: (path) => planted.has(path),
  });
}

function startClients(scene: Scene, random: Random, isOver: () => boolean): Promise<void>[] {
  const { pace, clients } = scene.options;
  const complain = (what: string) => scene.violated(what, scene.ground.path("calls.jsonl"));
  return Array.from({ length: clients }, (_, at) =>
    runClient({ ...scene, pace, ways: WAYS, isOver, complain, random: random.split(`client ${at}`) }),
  );
}

async function lookOn(look: () => Promise<void>, everyMs: number, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await sleep(everyMs, isOver);
    if (!isOver()) await look();
  }
}

/** After a stop or a crash: what the logs had at the last checkpoint they still have. */
async function compareWithBefore({ before, logs, ground, violated }: Scene): Promise<void> {
  for (const problem of await logs.read()) violated(problem, ground.repository);
  for (const [ref, tip] of Object.entries(before?.tips ?? {}))
    if (logs.commit(tip) === null)
      violated(
        `${ref} was rewritten: it had ${tip} at the last checkpoint`,
        `git -C ${ground.repository} log ${ref}`,
      );
}

function progress({ figures, calls }: Scene, secondsDone: number): string {
  const { all = 0, released = 0, expired = 0 } = figures.holds;
  return [
    `${(secondsDone / 60).toFixed(1)} min`,
    `${all} holds (${released} released, ${expired} expired)`,
    `${calls.live.size} calls live`,
    `${Math.round(figures.diskBytes / 1e6)} MB`,
    `${figures.violations.length} violations`,
  ].join(", ");
}
