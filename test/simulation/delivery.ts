/**
 * Owns how a request travels in virtual time: there, where it is carried out, and back, or wherever the faults let it get. Must not know what it asks.
 */
import { LockError } from "../../src/lock/errors.ts";
import type { RequestFate } from "./faults.ts";
import { describeResult, type RequestKind, type Send, type View } from "./memory-store.ts";
import type { Process } from "./process.ts";
import type { Random } from "./random.ts";
import type { Repository } from "./repository.ts";
import type { World } from "./world.ts";

export function delivery(
  world: World,
  repository: Repository,
  process: Process,
  [quickest, slowest]: readonly [number, number],
  fateOf: (kind: RequestKind) => RequestFate,
  random: Random,
): Send {
  const tripMs = () => random.between(quickest, slowest) / 2;
  return (kind, what, serve) =>
    process.call(what, (deliver) => {
      const fate = fateOf(kind);
      world.trace(
        () => `${process.name}: ${what}${fate.kind === "fine" ? "" : ` (${JSON.stringify(fate)})`}`,
      );
      const fail = (error: LockError, afterMs = tripMs() + tripMs()) =>
        deliver(afterMs, () => {
          world.trace(() => `${process.name}: ${what} => ${error.kind}`);
          throw error;
        });
      const carryOut = (view: View, version: number | null) => () => {
        type Result = ReturnType<typeof serve>;
        let answer: () => Result;
        try {
          const result = fate.kind === "conflict" ? ("conflict" as Result) : serve(view, version);
          answer = () => result;
          if (fate.kind !== "lost")
            world.trace(() => `${process.name}: ${what} => ${describeResult(result)}`);
          else world.trace(() => `${process.name}: ${what} lands => ${describeResult(result)}, unheard`);
        } catch (error) {
          answer = () => {
            throw error;
          };
        }
        if (fate.kind !== "lost") deliver(tripMs(), answer);
      };
      switch (fate.kind) {
        case "unreachable":
          return fail(new LockError("unreachable", "the simulated server did not answer"));
        case "throttled":
          return fail(new LockError("throttled", "slow down", { retryAfterMs: fate.retryAfterMs }));
        case "denied":
          return fail(new LockError("denied", "the simulated server says no"));
        case "lost":
          if (fate.landsAfterMs !== null)
            world.afterQuietly(tripMs() + fate.landsAfterMs, () => carryOut(newest(repository), null)());
          return fail(new LockError("unreachable", "no answer in time"), fate.silenceMs);
        case "behind":
          return world.afterQuietly(tripMs(), () => carryOut(behind(repository, fate, random), null)());
        default:
          return world.afterQuietly(tripMs(), () => carryOut(newest(repository), repository.version())());
      }
    });
}

function newest(repository: Repository): View {
  const version = repository.version();
  return () => version;
}

function behind(
  repository: Repository,
  fate: Extract<RequestFate, { kind: "behind" }>,
  random: Random,
): View {
  const version = repository.version() - fate.versions;
  return fate.torn ? () => version + random.below(fate.versions + 1) : () => version;
}
