/**
 * A clock that stands still while anybody works, and jumps to whoever wakes next when all of them sleep: hours pass in no time, in order.
 * Owns time; must not know who sleeps, nor why.
 */
import type { Clock } from "../../src/lock/ports.ts";

export interface VirtualClock {
  readonly clock: Clock;
  date(): Date;
  /** Whatever sleeps by this clock has to run in here, so that it is known when nobody is at work. */
  work<Result>(action: () => Promise<Result>): Promise<Result>;
  /** Whoever is kept from going on by this does not work meanwhile. */
  aside<Result>(action: () => Promise<Result>): Promise<Result>;
  /** Ends when whoever works is done, or sleeps. */
  idle(): Promise<void>;
  /** Lets so much time pass. Who wakes on the way does what it has to do before time goes on. */
  advance(ms: number): Promise<void>;
  /** Lets as much time pass as the promise needs. */
  until<Result>(promise: Promise<Result>): Promise<Result>;
}

interface Sleeper {
  readonly atMs: number;
  wake(): void;
}

export function virtualClock(start: string): VirtualClock {
  let nowMs = 0;
  let atWork = 0;
  const sleepers = new Set<Sleeper>();
  const date = () => new Date(Date.parse(start) + nowMs);

  const sleep: Clock["sleep"] = (ms, signal) => {
    if (signal?.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      if (!sleepers.delete(sleeper)) return;
      signal?.removeEventListener("abort", wake);
      atWork++;
      resolve();
    };
    const sleeper: Sleeper = { atMs: nowMs + ms, wake };
    sleepers.add(sleeper);
    signal?.addEventListener("abort", wake, { once: true });
    rest();
    return promise;
  };

  const whenIdle: (() => void)[] = [];
  const rest = () => {
    atWork--;
    // Whoever rested may have woken somebody else just before: that shows in the next turn.
    setImmediate(() => {
      if (atWork > 0) return;
      for (const go of whenIdle.splice(0)) go();
    });
  };
  const idleAgain = () => new Promise<void>((resolve) => whenIdle.push(resolve));
  const idle = () => {
    const promise = idleAgain();
    atWork++;
    rest();
    return promise;
  };

  /** Wakes all whose time has come with the first of them. */
  const wakeNext = (latestMs: number): boolean => {
    const nextMs = Math.min(...[...sleepers].map(({ atMs }) => atMs));
    if (nextMs > latestMs || sleepers.size === 0) return false;
    nowMs = Math.max(nowMs, nextMs);
    for (const sleeper of [...sleepers]) if (sleeper.atMs <= nowMs) sleeper.wake();
    return true;
  };

  return {
    date,
    idle,
    clock: { monotonicMs: () => nowMs, date, sleep },
    async work(action) {
      atWork++;
      try {
        return await action();
      } finally {
        rest();
      }
    },
    async aside(action) {
      rest();
      try {
        return await action();
      } finally {
        atWork++;
      }
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      do await idle();
      while (wakeNext(endMs));
      nowMs = endMs;
    },
    async until(promise) {
      let isDone = false;
      const done = promise.finally(() => {
        isDone = true;
      });
      done.catch(() => {});
      while (!isDone) {
        await idle();
        // Nobody sleeps, yet it is not done: it is about to go on.
        if (!isDone && !wakeNext(Number.POSITIVE_INFINITY))
          await Promise.race([done.catch(() => {}), idleAgain()]);
      }
      return await done;
    },
  };
}
