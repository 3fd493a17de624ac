/**
 * What can happen to a client: it, its watcher, or all that it started is killed; it is stopped for longer than its lease, and goes on.
 * Owns how each is done; must not know when.
 */
import type { Random } from "../simulation/random.ts";
import type { Call } from "./calls.ts";
import { processesOf, type Seen, signalSeen } from "./processes.ts";
import type { Sabotage } from "./saboteur.ts";
import { sleep } from "./sleep.ts";
import type { Stage } from "./stage.ts";

type Fits = (call: Call, stage: Stage) => boolean;

const isUntouched = ({ marks }: Call) => marks.size === 0;
const isGuarding: Fits = (call, { witness }) =>
  call.kind === "run" && isUntouched(call) && witness.sectionOf(call.id)?.endedMs === null;
/** Started long enough ago to be at work, and not guarding anything yet. */
const isWaiting: Fits = (call, { witness }) =>
  ["run", "acquire", "freeze"].includes(call.kind) &&
  isUntouched(call) &&
  performance.now() - call.startedMs > 300 &&
  witness.sectionOf(call.id) === undefined;

const LOOK_MS = 4000;

async function find(stage: Stage, random: Random, fits: Fits): Promise<Call | null> {
  const untilMs = performance.now() + LOOK_MS;
  while (!stage.isOver() && performance.now() < untilMs) {
    const found = [...stage.calls.live].filter((call) => fits(call, stage));
    const call = found[random.below(found.length)];
    if (call !== undefined) return call;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return null;
}

/** The call's own process, its watcher, and all others that it started. */
function treeOf(stage: Stage, { id, pid }: Call): { own: Seen[]; watcher: Seen[]; others: Seen[] } {
  const all = processesOf(stage.ground.mark);
  const own = all.filter((seen) => seen.pid === pid);
  const watcher = all.filter(({ parent, command }) => parent === pid && command.includes("reflock-watcher"));
  const others = all.filter((seen) => seen.call === id && seen.pid !== pid && !watcher.includes(seen));
  return { own, watcher, others };
}

function kill(seen: readonly Seen[]): boolean {
  return seen.map((one) => signalSeen(one, "SIGKILL")).some(Boolean);
}

/** It alone: the watcher ends its command, and the lease its hold. */
const killRun: Sabotage = async (stage, random) => {
  const call = await find(stage, random, isGuarding);
  if (call === null) return false;
  call.marks.add("killed");
  const done = kill(treeOf(stage, call).own);
  if (done) stage.troubles.note("run killed", `call ${call.id}`);
  return done;
};

/** Nobody is left who would end the command, which goes on past the lease. */
const killRunAndWatcher: Sabotage = async (stage, random) => {
  const call = await find(stage, random, isGuarding);
  if (call === null) return false;
  const { own, watcher } = treeOf(stage, call);
  call.marks.add("killed");
  call.marks.add("watcher-killed");
  const done = kill(watcher) && kill(own);
  if (!done) return false;
  stage.troubles.note("run and its watcher killed", `call ${call.id}`);
  stage.witness.extend(call.id, performance.now() + pastLeaseMs(call));
  return true;
};

/** It is missed only if its `run` is killed as well. */
const killWatcher: Sabotage = async (stage, random) => {
  const call = await find(stage, random, isGuarding);
  if (call === null) return false;
  const done = kill(treeOf(stage, call).watcher);
  if (done) stage.troubles.note("watcher killed", `call ${call.id}`);
  return done;
};

const killAll: Sabotage = async (stage, random) => {
  const call = await find(stage, random, isGuarding);
  if (call === null) return false;
  call.marks.add("killed");
  call.marks.add("watcher-killed");
  const { own, watcher, others } = treeOf(stage, call);
  const done = kill([...watcher, ...own, ...others]);
  if (done) stage.troubles.note("run killed with all that it started", `call ${call.id}`);
  return done;
};

const killWaiting: Sabotage = async (stage, random) => {
  const call = await find(stage, random, isWaiting);
  if (call === null) return false;
  call.marks.add("killed");
  const { own, others } = treeOf(stage, call);
  const done = kill(random.chance(0.5) ? [...own, ...others] : own);
  if (done) stage.troubles.note("waiting or taking call killed", `call ${call.id}, ${call.kind}`);
  return done;
};

/** Past its lease others may take over while its command works on: the target's fence is for that. */
const stop: Sabotage = async (stage, random) => {
  const call = await find(stage, random, isGuarding);
  if (call === null) return false;
  const { own, watcher } = treeOf(stage, call);
  call.marks.add("stopped");
  const both = random.chance(0.5) ? [...own, ...watcher] : own;
  if (!both.map((seen) => signalSeen(seen, "SIGSTOP")).some(Boolean)) return false;
  const end = stage.troubles.begin("run stopped past its lease", `call ${call.id}`);
  const pastMs = pastLeaseMs(call);
  stage.witness.extend(call.id, performance.now() + pastMs);
  // Others go on meanwhile.
  void sleep(pastMs, () => false).then(() => {
    for (const seen of both) signalSeen(seen, "SIGCONT");
    end();
  });
  return true;
};

function pastLeaseMs({ leaseSeconds }: Call): number {
  return (leaseSeconds ?? 10) * 1000 * 1.3 + 2000;
}

export const CLIENT_ACTS: Readonly<Record<string, Sabotage>> = {
  "run killed": killRun,
  "run and its watcher killed": killRunAndWatcher,
  "watcher killed": killWatcher,
  "run killed with all that it started": killAll,
  "waiting or taking call killed": killWaiting,
  "run stopped past its lease": stop,
};
