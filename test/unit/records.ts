/**
 * Makes up claims, entries and JSON for the property tests of records. Must not know how records are encoded.
 */
import fc from "fast-check";
import type { Claim } from "../../src/lock/claim.ts";
import type { Entry } from "../../src/lock/entry.ts";
import type { Identity } from "../../src/lock/identity.ts";
import { FIRST_DATE } from "./situations.ts";

/** Any text, also such as a subject or a log must survive. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "",
    "\n\n",
    "\n\n{}",
    "\r\n\r\n",
    "::error::x",
    "é🔒",
    "\u2028",
    '"\\',
    "__proto__",
    "a".repeat(300),
  ),
);

const count = fc.oneof(fc.nat(), fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER));
const countOrNull = fc.option(count, { nil: null });

const anyRun = fc.record({
  repository: anyText,
  id: count,
  attempt: count,
  job: anyText,
  jobId: countOrNull,
  runner: anyText,
  workflow: anyText,
  event: anyText,
  actor: anyText,
  url: anyText,
});

const textOrNull = fc.option(anyText, { nil: null });

export const anyIdentity: fc.Arbitrary<Identity> = fc.oneof(
  anyRun.map((run) => ({ run, process: null })),
  fc
    .record({
      user: anyText,
      host: anyText,
      bootId: textOrNull,
      pidNamespace: textOrNull,
      pid: countOrNull,
      startedAt: textOrNull,
    })
    .map((process) => ({ run: null, process })),
);

export const anyClaim: fc.Arbitrary<Omit<Claim, "fields">> = fc
  .record({
    nonce: anyText,
    lock: anyText,
    slot: count,
    slots: count,
    scope: fc.constantFrom("job", "run"),
    clock: fc.constantFrom("server", "local"),
    requestedAt: anyText,
    maxHoldSeconds: countOrNull,
    leaseSeconds: countOrNull,
    freeze: fc.boolean(),
    reason: fc.option(anyText, { nil: null }),
    who: anyIdentity,
  })
  .chain((claim) =>
    fc.option(count, { nil: null }).map((sequence) => ({
      ...claim,
      sequence,
      acquiredAt: sequence === null ? null : FIRST_DATE,
      acquiredClock: claim.clock,
    })),
  );

export const anyEntry: fc.Arbitrary<Entry> = fc.record({
  ends: anyText,
  lock: anyText,
  slot: count,
  slots: count,
  sequence: count,
  outcome: fc.constantFrom("released", "taken-over", "cleared", "expired"),
  clock: fc.constantFrom("server", "local"),
  by: anyIdentity,
  reason: fc.option(anyText, { nil: null }),
  waitedSeconds: countOrNull,
  heldSeconds: countOrNull,
});

/** Fields that a later version may have added: names that none of ours has, also such as JavaScript treats in a way of its own. */
export const unknownFields = fc
  .dictionary(
    fc.oneof(
      fc.string({ minLength: 1, maxLength: 8 }).map((name) => `x${name}`),
      fc.constantFrom("toString", "constructor", "hasOwnProperty", "valueOf"),
    ),
    fc.jsonValue({ maxDepth: 3 }),
    { maxKeys: 4, noNullPrototype: true },
  )
  // JSON has no -0.
  .map((fields): Record<string, unknown> => JSON.parse(JSON.stringify(fields)));

/** A message of ours with some fields changed; `undefined` takes one out. */
export function changed(message: string, change: Readonly<Record<string, unknown>>): string {
  const start = message.indexOf("\n\n");
  return `${message.slice(0, start)}\n\n${JSON.stringify({ ...JSON.parse(message.slice(start)), ...change })}\n`;
}
