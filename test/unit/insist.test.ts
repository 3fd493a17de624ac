/** Repeating a request while the store is in trouble: how often, how long, and what ends it. */
import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ErrorKind, LockError } from "../../src/lock/errors.ts";
import { backoffMs, insist, type Patience, throwIfCancelled } from "../../src/lock/insist.ts";
import { type Memory, memory } from "./memory.ts";
import { rejectionOf, thrownBy } from "./thrown.ts";

const FOREVER: Patience = { untilMs: Number.POSITIVE_INFINITY };

const trouble = (kind: ErrorKind, retryAfterMs?: number) =>
  new LockError(kind, `${kind}, for a test`, retryAfterMs === undefined ? {} : { retryAfterMs });

/** A request that fails so often with that, and then answers. */
function failing(times: number, error: Error = trouble("unreachable")) {
  const request = async () => {
    request.calls++;
    if (request.calls <= times) throw error;
    return "answer";
  };
  request.calls = 0;
  return request;
}

const pausesOf = ({ told }: Memory) => told.flatMap((one) => (one.kind === "trouble" ? [one.pauseMs] : []));

describe("a request", () => {
  test("that is answered is made once", async () => {
    const { ports, sleeps, told } = memory();
    const request = failing(0);
    expect(await insist(ports, FOREVER, request)).toBe("answer");
    expect([request.calls, sleeps, told]).toEqual([1, [], []]);
  });

  test("is repeated while the store is out of reach, with pauses that double up to fifteen seconds, each told", async () => {
    const it = memory();
    expect(await insist(it.ports, FOREVER, failing(8))).toBe("answer");
    // Chance is one half: three quarters of each.
    expect(it.sleeps).toEqual([375, 750, 1500, 3000, 6000, 11_250, 11_250, 11_250]);
    expect(pausesOf(it)).toEqual(it.sleeps);
    expect(it.told[0]).toMatchObject({ error: { message: "unreachable, for a test" } });
  });

  test("is repeated after as long a pause as the store asks for, and no other", async () => {
    const it = memory();
    const error = trouble("throttled", 61_000);
    expect(await insist(it.ports, FOREVER, failing(2, error))).toBe("answer");
    expect(it.sleeps).toEqual([61_000, 61_000]);
  });

  test.each<ErrorKind>([
    ...(["denied", "foreign", "refused", "usage", "not-acquired", "lost", "not-held", "bug"] as const),
  ])("that fails with `%s` is not repeated", async (kind) => {
    const { ports, sleeps } = memory();
    const request = failing(1, trouble(kind));
    expect(await rejectionOf(insist(ports, FOREVER, request))).toMatchObject({ kind });
    expect([request.calls, sleeps]).toEqual([1, []]);
  });

  test("that fails by a mistake of ours is not repeated", async () => {
    const request = failing(1, new TypeError("a mistake"));
    expect(await rejectionOf(insist(memory().ports, FOREVER, request))).toBeInstanceOf(TypeError);
    expect(request.calls).toBe(1);
  });
});

describe("patience", () => {
  test("ends before a pause that would outlast it, not after, and the last failure is what is thrown", async () => {
    const it = memory();
    const error = await rejectionOf(insist(it.ports, { untilMs: 3000 }, failing(99)));
    expect(error).toMatchObject({ kind: "unreachable", message: "unreachable, for a test" });
    expect(it.sleeps).toEqual([375, 750, 1500]);
    expect(it.nowMs).toBeLessThanOrEqual(3000);
  });

  test("does not even begin a pause that is longer than all of it", async () => {
    const it = memory();
    const error = await rejectionOf(
      insist(it.ports, { untilMs: 60_000 }, failing(1, trouble("throttled", 60_001))),
    );
    expect(error).toMatchObject({ kind: "throttled", retryAfterMs: 60_001 });
    expect([it.sleeps, it.told]).toEqual([[], []]);
  });

  test("with silence ends sooner; what the store itself asks for is borne", async () => {
    const patience = { untilMs: 3_600_000, silenceUntilMs: 5000 };
    const silent = memory();
    expect(await rejectionOf(insist(silent.ports, patience, failing(99)))).toMatchObject({
      kind: "unreachable",
    });
    expect(silent.nowMs).toBeLessThanOrEqual(5000);
    const busy = memory();
    expect(await insist(busy.ports, patience, failing(3, trouble("throttled", 60_000)))).toBe("answer");
    expect(busy.nowMs).toBe(180_000);
  });

  test("that is over already still allows one try", async () => {
    const it = memory();
    it.nowMs = 1000;
    expect(await insist(it.ports, { untilMs: 0 }, failing(0))).toBe("answer");
  });
});

describe("being told to stop", () => {
  test("ends a request that is under way at once, whatever becomes of it", async () => {
    const stop = new AbortController();
    const request = Promise.withResolvers<string>();
    const result = rejectionOf(
      insist(memory().ports, { ...FOREVER, signal: stop.signal }, () => request.promise),
    );
    stop.abort();
    expect(await result).toMatchObject({ kind: "cancelled" });
    // A failure that nobody waits for any more is no unhandled one.
    request.reject(trouble("unreachable"));
  });

  test("ends a pause", async () => {
    const it = memory();
    const stop = new AbortController();
    const request = failing(99);
    const patience = { ...FOREVER, signal: stop.signal };
    const result = rejectionOf(
      insist(it.ports, patience, async () => {
        if (request.calls === 2) stop.abort();
        return request();
      }),
    );
    expect(await result).toMatchObject({ kind: "cancelled" });
    expect(request.calls).toBeLessThanOrEqual(3);
  });

  test("before it began starts nothing, and leaves no failure behind that nobody handles", async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown) => void unhandled.push(error);
    process.on("unhandledRejection", listen);
    try {
      const request = failing(99);
      const patience = { ...FOREVER, signal: AbortSignal.abort() };
      expect(await rejectionOf(insist(memory().ports, patience, request))).toMatchObject({
        kind: "cancelled",
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect({ calls: request.calls, unhandled }).toEqual({ calls: 0, unhandled: [] });
    } finally {
      process.off("unhandledRejection", listen);
    }
  });

  test("is listened for only while a request is under way", async () => {
    const { signal } = new AbortController();
    const patience = { ...FOREVER, signal };
    for (let times = 0; times < 20; times++) await insist(memory().ports, patience, failing(times % 3));
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("is thrown only where it was said", () => {
    expect(thrownBy(() => throwIfCancelled(undefined))).toBeNull();
    expect(thrownBy(() => throwIfCancelled(new AbortController().signal))).toBeNull();
    expect(thrownBy(() => throwIfCancelled(AbortSignal.abort()))).toMatchObject({ kind: "cancelled" });
  });
});

test("the pause doubles from half a second to fifteen, spread over its upper half", () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.nat({ max: 5000 }), random, (tries, random) => {
      const longest = Math.min(15_000, 500 * 2 ** Math.min(tries, 30));
      const pause = backoffMs(tries, random);
      expect(pause).toBeGreaterThanOrEqual(longest / 2);
      expect(pause).toBeLessThanOrEqual(longest);
    }),
  );
});
