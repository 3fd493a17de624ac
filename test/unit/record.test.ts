/** Claims and entries as commit messages: what is written is read back, whatever stands in it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeClaim } from "../../src/lock/claim.ts";
import { encodeEntry, readRecord } from "../../src/lock/entry.ts";
import { decodeRecord, FORMAT } from "../../src/lock/record.ts";
import { anyClaim, anyEntry, changed, unknownFields } from "./records.ts";
import { claimFields, entryFields, job, oid, person } from "./situations.ts";

const read = (message: string) =>
  readRecord({ oid: oid(1), parents: [], message, date: "2026-11-21T08:00:00Z" });

const CLAIM = encodeClaim(claimFields());
const ENTRY = encodeEntry(entryFields());

describe("what is written", () => {
  test("of a claim is a subject, a blank line and JSON, as the design page shows it", () => {
    const who = job(812);
    const message = encodeClaim(claimFields({ reason: "release 1.2", maxHoldSeconds: 7200 }));
    const [subject, blank, ...json] = message.split("\n");
    expect([subject, blank]).toEqual(["publish held by run 812, attempt 1, job publish", ""]);
    expect(JSON.parse(json.join("\n"))).toEqual({
      ...{ reflock: 1, kind: "claim", nonce: "nonce-812", lock: "publish", slot: 1, slots: 1, scope: "job" },
      ...{
        clock: "server",
        requestedAt: "2026-11-21T07:59:58.000Z",
        maxHoldSeconds: 7200,
        leaseSeconds: null,
        freeze: false,
      },
      ...{ reason: "release 1.2", run: who.run, process: null },
    });
  });

  test("of an entry too", () => {
    const [subject, blank, ...json] = encodeEntry(entryFields({ outcome: "cleared", by: person() })).split(
      "\n",
    );
    expect([subject, blank]).toEqual(["publish cleared by ada on workbench after 60s", ""]);
    expect(JSON.parse(json.join("\n"))).toEqual({
      ...{ reflock: 1, kind: "entry", ends: "nonce-812", lock: "publish", slot: 1, slots: 1, sequence: 1 },
      ...{
        outcome: "cleared",
        clock: "server",
        by: person(),
        reason: null,
        waitedSeconds: 0,
        heldSeconds: 60,
      },
    });
  });

  test("of a renewal carries the token and the date of the first claim", () => {
    const message = encodeClaim(claimFields({ sequence: 42, acquiredAt: "2026-11-21T08:00:01Z" }));
    expect(message).toMatch(/^publish still held by run 812/);
    expect(read(message)).toMatchObject({
      kind: "claim",
      claim: { sequence: 42, acquiredAt: "2026-11-21T08:00:01Z" },
    });
  });

  test("is read back as it was: claims", () => {
    fc.assert(
      fc.property(anyClaim, (claim) => {
        expect(read(encodeClaim(claim))).toEqual({
          kind: "claim",
          claim: { ...claim, fields: expect.anything() },
        });
      }),
      { numRuns: 500 },
    );
  });

  test("is read back as it was: entries", () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        expect(read(encodeEntry(entry))).toEqual({ kind: "entry", entry });
      }),
      { numRuns: 500 },
    );
  });

  test("begins with one line of at most 200 characters, whatever is in it", () => {
    fc.assert(
      fc.property(anyClaim, anyEntry, (claim, entry) => {
        for (const message of [encodeClaim(claim), encodeEntry(entry)]) {
          const subject = message.slice(0, message.indexOf("\n"));
          expect(message.indexOf("\n\n")).toBe(subject.length);
          expect(subject.length).toBeLessThanOrEqual(200);
          expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("survives what servers do to the ends of a message", () => {
    for (const message of [CLAIM.trimEnd(), `${CLAIM}\n\n`, `${ENTRY.trimEnd()}\n`]) {
      expect(read(message).kind).not.toBe("foreign");
    }
  });

  test("keeps, in a renewal, every field that a later version wrote, in the record and in its run", () => {
    fc.assert(
      fc.property(anyClaim, unknownFields, unknownFields, (claim, more, moreOfRun) => {
        const { run } = claim.who;
        const written = changed(encodeClaim(claim), {
          ...more,
          ...(run && { run: { ...run, ...moreOfRun } }),
        });
        const first = read(written);
        if (first.kind !== "claim") throw new Error(`not a claim: ${written}`);
        const renewal = encodeClaim({ ...first.claim, sequence: 7, acquiredAt: "2026-11-21T08:00:01Z" });
        const { fields } = decodeRecord(renewal) as { fields: Record<string, unknown> };
        expect(fields).toMatchObject({ ...more, nonce: claim.nonce, sequence: 7, reflock: FORMAT });
        if (run) expect(fields.run).toEqual({ ...run, ...moreOfRun });
      }),
      { numRuns: 300 },
    );
  });

  test("keeps `__proto__` a field like any other", () => {
    const message = CLAIM.replace(
      '"reflock": 1',
      '"reflock": 1, "__proto__": {"nonce": "theirs", "polluted": true}',
    );
    const record = read(message.replace('"nonce": "nonce-812",', ""));
    expect(record).toEqual({ kind: "foreign", why: 'has no text in "nonce"' });
    const whole = read(message);
    if (whole.kind !== "claim") throw new Error("not a claim");
    expect(whole.claim.nonce).toBe("nonce-812");
    expect(encodeClaim({ ...whole.claim, sequence: 1, acquiredAt: "x" })).toContain('"polluted": true');
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

test("no record that the interface allows comes near the limit on messages", () => {
  const text = "\u0001".repeat(1000);
  const who = job(812, { job: text, workflow: text, runner: text, actor: text, event: text, url: text });
  expect(encodeClaim(claimFields({ lock: "🔒".repeat(50), reason: text, who })).length).toBeLessThan(65_536);
  expect(encodeEntry(entryFields({ reason: text, by: who })).length).toBeLessThan(65_536);
});
