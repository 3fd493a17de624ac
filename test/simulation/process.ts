/**
 * Owns one simulated process: what it awaits, its clocks, its pauses and its death. Every await of the code under test is a call through here, so
 * that a process can be stopped or killed at any of them. Must not know what is asked, nor of whom.
 */
import type { Clock } from "../../src/lock/ports.ts";
import { EPOCH_MS, type World } from "./world.ts";

/** What chance has in store for a process, decided before it starts. */
export interface Fate {
  /** Dies at this call: `before`, it never leaves; `after`, only the answer never comes. */
  readonly death: { readonly call: number; readonly when: "before" | "after" } | null;
  /** Stands still from this call on. `suspended`: its monotonic clock stands still with it, as that of a stopped virtual machine does. */
  readonly pause: { readonly call: number; readonly ms: number; readonly suspended: boolean } | null;
  /** The wall clock is set by this much at this call. */
  readonly clockJump: { readonly call: number; readonly ms: number } | null;
}

export const UNTROUBLED: Fate = { death: null, pause: null, clockJump: null };

export interface Process {
  readonly name: string;
  readonly clock: Clock;
  isAlive(): boolean;
  /** Ends when the process does, in whatever way. */
  readonly died: Promise<void>;
  kill(why: string): void;
  /** It ends by itself: what is still on its way to it reaches nobody. */
  exit(): void;
  /** `start` runs when the call leaves; it answers once, by `deliver`. The promise never settles once the process is dead. */
  call<Result>(what: string, start: (deliver: Deliver<Result>) => void): Promise<Result>;
  /** How long it stood still so far. */
  stoodStillMs(): number;
  /** A signal reaches a process that stands still only once it goes on. */
  interrupt(handler: () => void): void;
}

/** Settles the call after `delayMs`, if the process lives, and not before it goes on. `answer` returns or throws the result. */
export type Deliver<Result> = (delayMs: number, answer: () => Result) => void;

export function startProcess(
  world: World,
  name: string,
  fate: Fate,
  onTrouble: (kind: string) => void,
): Process {
  let alive = true;
  let calls = 0;
  let paused = false;
  let suspendedMs = 0;
  let stoodStillMs = 0;
  let standingSinceMs = 0;
  let jumpedMs = 0;
  const held: (() => void)[] = [];
  let died = () => {};
  const death = new Promise<void>((resolve) => {
    died = resolve;
  });

  const kill = (why: string) => {
    if (!alive) return;
    alive = false;
    world.trace(() => `${name} is killed, ${why}`);
    died();
  };

  /** Runs now, or when the process goes on. */
  const whenRunning = (step: () => void) => {
    if (!alive) return;
    if (paused) held.push(step);
    else step();
  };

  const standStill = (ms: number, suspended: boolean) => {
    if (paused) return;
    paused = true;
    standingSinceMs = world.nowMs();
    onTrouble("pause");
    world.trace(() => `${name} stands still for ${Math.round(ms / 1000)} s`);
    world.after(ms, () => {
      paused = false;
      stoodStillMs += ms;
      if (suspended) suspendedMs += ms;
      world.trace(() => `${name} goes on`);
      for (const step of held.splice(0)) world.after(0, () => whenRunning(step));
    });
  };

  const atCall = (call: number) => {
    if (fate.clockJump?.call === call) {
      jumpedMs += fate.clockJump.ms;
      onTrouble("clock jump");
      world.trace(() => `${name} has its wall clock set by ${Math.round(fate.clockJump?.ms ?? 0)} ms`);
    }
    if (fate.pause?.call === call) standStill(fate.pause.ms, fate.pause.suspended);
  };

  const call = <Result>(what: string, start: (deliver: Deliver<Result>) => void): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (!alive) return;
      const number = ++calls;
      const isLast = fate.death?.call === number;
      if (isLast && fate.death?.when === "before") {
        onTrouble("kill");
        return kill(`before its call ${number}: ${what}`);
      }
      atCall(number);
      whenRunning(() =>
        start((delayMs, answer) =>
          world.after(delayMs, () =>
            whenRunning(() => {
              if (isLast) {
                onTrouble("kill");
                return kill(`before the answer to its call ${number}: ${what}`);
              }
              try {
                resolve(answer());
              } catch (error) {
                reject(error);
              }
            }),
          ),
        ),
      );
    });

  const clock: Clock = {
    // No two processes share its start.
    monotonicMs: () => 1_000_000 + world.nowMs() - suspendedMs,
    date: () => new Date(EPOCH_MS + world.nowMs() + jumpedMs),
    sleep: (ms, signal) =>
      call("sleep", (deliver) => {
        let isOver = false;
        const wake = () => {
          isOver = true;
        };
        deliver(ms, wake);
        signal?.addEventListener("abort", () => isOver || deliver(0, wake), { once: true });
      }),
  };

  return {
    name,
    clock,
    isAlive: () => alive,
    died: death,
    kill,
    exit() {
      alive = false;
    },
    call,
    stoodStillMs: () => stoodStillMs + (paused ? world.nowMs() - standingSinceMs : 0),
    interrupt: (handler) => whenRunning(handler),
  };
}
