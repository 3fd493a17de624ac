/**
 * The command that a process guards: it changes what the lock is there for, again and again, and is inside until it has ended. Must not know how it is
 * guarded.
 */
import type { Hold } from "../../src/lock/hold.ts";
import type { LeaseScene } from "./leases-scene.ts";
import type { Random } from "./random.ts";
import { count } from "./scene.ts";

export interface Command {
  /** It ended by itself. */
  readonly ended: Promise<undefined>;
  stop(): void;
}

export function startCommand(
  scene: LeaseScene,
  random: Random,
  pid: number,
  { slot, nonce, claim, sequence }: Hold,
): Command {
  const { world, judge } = scene;
  const visit = { jobId: pid, slot, nonce, claim, sequence };
  let isOver = false;
  const finish = (): undefined => {
    if (isOver) return;
    isOver = true;
    world.trace(() => `the command of process ${pid} has ended`);
    judge.leaving(nonce);
  };
  const update = (): void => {
    if (isOver) return;
    const basis = judge.resource.read(visit);
    world.after(random.between(100, 30_000), () => {
      const isWritten = !isOver && basis !== null && judge.resource.write(visit, basis);
      if (!isOver) count(scene, isWritten ? "updates" : "updates refused");
      if (!isOver) world.after(random.between(100, 30_000), update);
    });
  };
  update();
  const workMs = random.between(100, random.pick([5000, 100_000, 400_000, 600_000]));
  return {
    ended: world.sleep(workMs).then(finish),
    stop: finish,
  };
}
