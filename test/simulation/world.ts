/**
 * Owns virtual time and the order of events. Nothing in a simulated world waits for real time: every answer and every sleep is an event, events
 * happen one after the other, and between two of them everything that the last one set going runs until it waits again.
 * Must not know what happens in the events.
 */

/** The world begins at this time by the server's clock. */
export const EPOCH_MS = Date.UTC(2026, 10, 21, 8, 0, 0);

export interface World {
  /** True time since the world began, in milliseconds. */
  nowMs(): number;
  /** Lets something happen later. Events of the same time happen in the order in which they were asked for. */
  after(delayMs: number, event: () => void): void;
  /** The same, of something by which no promise is settled: then nobody goes on by it. */
  afterQuietly(delayMs: number, event: () => void): void;
  /** For what is outside of all processes, so that nothing delays it. */
  sleep(ms: number): Promise<void>;
  trace(line: () => string): void;
  /** Runs until nothing is left to happen, or `isOver`, or the time is up. */
  run(untilMs: number, isOver: () => boolean): Promise<void>;
  /** How many have happened. */
  events(): number;
}

interface Event {
  readonly atMs: number;
  readonly number: number;
  readonly happen: () => void;
  readonly isQuiet: boolean;
}

export function createWorld(say: ((line: string) => void) | null): World {
  const heap: Event[] = [];
  let nowMs = 0;
  let number = 0;
  let happened = 0;

  const plan = (delayMs: number, happen: () => void, isQuiet: boolean) => {
    push(heap, { atMs: nowMs + Math.max(0, Math.round(delayMs)), number: number++, happen, isQuiet });
  };
  const after = (delayMs: number, happen: () => void) => plan(delayMs, happen, false);

  return {
    nowMs: () => nowMs,
    after,
    afterQuietly: (delayMs, happen) => plan(delayMs, happen, true),
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    trace(line) {
      if (say !== null) say(`${formatTime(nowMs)} ${line()}`);
    },
    events: () => happened,
    async run(untilMs, isOver) {
      await settled();
      while (!isOver()) {
        const event = pop(heap);
        if (event === undefined || event.atMs > untilMs) return;
        nowMs = event.atMs;
        event.happen();
        if (!event.isQuiet) await settled();
        // What waits for this thread from outside gets its turn, too.
        if (++happened % 20_000 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

/**
 * Ends when all promises that can go on have gone on. Node runs the queue of `nextTick` only once the queue of promise reactions is empty, however
 * many more are added meanwhile, and this is called from a promise reaction: so it is enough, and costs a tenth of a round of the event loop.
 * https://nodejs.org/api/process.html#when-to-use-queuemicrotask-vs-processnexttick
 */
export function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function formatTime(ms: number): string {
  const seconds = (ms / 1000).toFixed(3);
  return seconds.padStart(10);
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);
}

/** A binary heap: the earliest event stands first. */
function push(heap: Event[], event: Event): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || isBefore(parent, event)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = event;
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    const left = heap[below];
    if (left === undefined) break;
    const right = heap[below + 1];
    let child = left;
    if (right !== undefined && isBefore(right, left)) {
      child = right;
      below++;
    }
    if (isBefore(last, child)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
  return first;
}
