/**
 * Owns how a process on somebody's machine differs from one in the cloud: it stands still at any moment, for as long as somebody says, its wall clock is
 * wrong, and its answers take their time. Must not know what the process does.
 */
import type { Clock } from "../../src/lock/ports.ts";
import type { Deliver, Process } from "./process.ts";
import type { World } from "./world.ts";

/** What becomes of the processes of one machine. */
export interface Constitution {
  /** By how much its wall clock is off. */
  readonly offsetMs: number;
  /** How much later than the network has it an answer reaches the process. */
  readonly slownessMs: () => number;
}

export interface Body extends Process {
  /** `suspended`: its monotonic clock stands still with it. */
  standStill(ms: number, suspended: boolean): void;
}

export function embody(world: World, process: Process, { offsetMs, slownessMs }: Constitution): Body {
  let standsUntilMs = 0;
  let suspendedMs = 0;
  let stoodStillMs = 0;

  /** Now, or once it goes on. */
  const whenUp = (step: () => void): void => {
    const leftMs = standsUntilMs - world.nowMs();
    if (leftMs > 0) world.after(leftMs, () => whenUp(step));
    else step();
  };

  const call = <Result>(what: string, start: (deliver: Deliver<Result>) => void): Promise<Result> =>
    process.call<Result>(what, (deliver) =>
      whenUp(() =>
        start((delayMs, answer) => {
          world.after(delayMs + slownessMs(), () => whenUp(() => deliver(0, answer)));
        }),
      ),
    );

  const monotonicMs = () => process.clock.monotonicMs() - suspendedMs;

  /** By its own clock: while that stands still no sleep comes nearer to its end. */
  const sleep: Clock["sleep"] = (ms, signal) =>
    process.call<void>("sleep", (deliver) => {
      const endMs = monotonicMs() + (signal?.aborted ? 0 : ms);
      let isOver = false;
      const wake = () => {
        isOver = true;
      };
      const doze = (): void => {
        const leftMs = Math.ceil(endMs - monotonicMs());
        if (isOver) return;
        if (leftMs > 0) world.after(leftMs, () => whenUp(doze));
        else deliver(0, wake);
      };
      whenUp(doze);
      const abort = () => whenUp(() => isOver || deliver(0, wake));
      signal?.addEventListener("abort", abort, { once: true });
    });

  return {
    ...process,
    call,
    clock: { monotonicMs, sleep, date: () => new Date(process.clock.date().getTime() + offsetMs) },
    stoodStillMs: () => process.stoodStillMs() + stoodStillMs,
    interrupt: (handler) => whenUp(() => process.interrupt(handler)),
    standStill(forMs, suspended) {
      if (!process.isAlive() || standsUntilMs > world.nowMs()) return;
      const ms = Math.ceil(forMs);
      standsUntilMs = world.nowMs() + ms;
      stoodStillMs += ms;
      if (suspended) suspendedMs += ms;
      const kind = suspended ? "is suspended" : "stands still";
      world.trace(() => `${process.name} ${kind} for ${(ms / 1000).toFixed(1)} s`);
    },
  };
}
