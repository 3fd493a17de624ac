/**
 * Repeats one request to the store while the store is in trouble, within the caller's patience.
 * Owns all the waiting that a troubled store causes; must not know what the request is.
 */
import { isLockError, LockError } from "./errors.ts";
import type { Ports } from "./ports.ts";

/** How long trouble is borne, by the monotonic clock, and what ends it early. */
export interface Patience {
  readonly untilMs: number;
  /** How long a store is borne that does not answer at all; `untilMs` unless set. */
  readonly silenceUntilMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * @throws LockError what `request` threw, once it is final or patience is out; `cancelled` as soon as the signal is aborted, and then the request's
 * outcome is not known.
 */
export async function insist<Result>(
  ports: Ports,
  patience: Patience,
  request: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 0; ; tries++) {
    throwIfCancelled(patience.signal);
    try {
      return await orCancelled(request(), patience.signal);
    } catch (error) {
      if (!isLockError(error, "unreachable", "throttled")) throw error;
      const pauseMs = error.retryAfterMs ?? backoffMs(tries, ports.random());
      const untilMs = error.kind === "unreachable" ? patience.silenceUntilMs : undefined;
      if (ports.clock.monotonicMs() + pauseMs > (untilMs ?? patience.untilMs)) throw error;
      ports.tell({ kind: "trouble", error, pauseMs });
      await ports.clock.sleep(pauseMs, patience.signal);
    }
  }
}

/** Doubles from half a second to fifteen, and is spread over [1/2, 1) of that, so that clients which failed together do not return together. */
export function backoffMs(tries: number, random: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + random / 2);
}

/**
 * Lets trouble pass before whatever is tried again.
 * @throws LockError `unreachable`, with `what` as its message, where patience would be out by then
 */
export async function backOff(ports: Ports, tries: number, patience: Patience, what: string): Promise<void> {
  const pauseMs = backoffMs(tries, ports.random());
  const error = new LockError("unreachable", what);
  if (ports.clock.monotonicMs() + pauseMs > patience.untilMs) throw error;
  ports.tell({ kind: "trouble", error, pauseMs });
  await ports.clock.sleep(pauseMs, patience.signal);
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LockError("cancelled", "Cancelled.");
}

/** Leaves a request that is under way as soon as the signal is aborted: the runner gives a cancelled step only seconds. */
async function orCancelled<Result>(
  request: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return request;
  let abandon = () => {};
  const cancelled = new Promise<never>((_, reject) => {
    abandon = () => reject(new LockError("cancelled", "Cancelled."));
    signal.addEventListener("abort", abandon, { once: true });
  });
  try {
    return await Promise.race([request, cancelled]);
  } finally {
    signal.removeEventListener("abort", abandon);
    request.catch(() => {});
  }
}
