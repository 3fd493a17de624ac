/** Messages that no lock wrote, or somebody tampered with: whatever they hold, they are turned away and nothing breaks. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeClaim } from "../../src/lock/claim.ts";
import { encodeEntry, readRecord } from "../../src/lock/entry.ts";
import { encodeRecord, FORMAT, foreignCommit } from "../../src/lock/record.ts";
import { anyText, changed, unknownFields } from "./records.ts";
import { claimFields, entryFields, job, oid } from "./situations.ts";

const read = (message: string) =>
  readRecord({ oid: oid(1), parents: [], message, date: "2026-11-21T08:00:00Z" });

const CLAIM = encodeClaim(claimFields());
const ENTRY = encodeEntry(entryFields());

describe("what is not ours", () => {
  test.each([
    ["nothing", "", "is not a lock record"],
    ["a subject", "Fix the build", "is not a lock record"],
    ["a subject and a body", "Fix the build\n\nIt was broken.\n", "is not a lock record"],
    ["JSON without a subject", '{"reflock":1,"kind":"claim"}', "is not a lock record"],
    ["other JSON", 'x\n\n{"kind":"claim"}', "is not a lock record"],
    ["an array", 'x\n\n[{"reflock":1}]', "is not a lock record"],
    ["null", "x\n\nnull", "is not a lock record"],
    ["a number", "x\n\n1", "is not a lock record"],
    ["a text for a version", 'x\n\n{"reflock":"1"}', "is not a lock record"],
    ["two values", `${CLAIM}{}`, "is not a lock record"],
    ["a trailer", `${CLAIM}\nSigned-off-by: a\n`, "is not a lock record"],
    [
      "a later format",
      'x\n\n{"reflock":2,"kind":"claim"}',
      "was written by reflock 2, use reflock 2 or later for this lock",
    ],
    ["no kind", changed(CLAIM, { kind: undefined }), 'has none of claim, entry in "kind"'],
    ["another kind", changed(CLAIM, { kind: "ticket" }), 'has none of claim, entry in "kind"'],
    ["a half claim", changed(CLAIM, { nonce: undefined }), 'has no text in "nonce"'],
    ["a half entry", changed(ENTRY, { ends: undefined }), 'has no text in "ends"'],
    ["a claim called an entry", changed(CLAIM, { kind: "entry" }), 'has no text in "ends"'],
  ])("%s", (_, message, why) => {
    expect(read(message)).toEqual({ kind: "foreign", why });
  });

  const texts = { claim: ["nonce", "lock", "requestedAt"], entry: ["ends", "lock"] };
  const textsOrNull = { claim: ["reason", "acquiredAt"], entry: ["reason"] };
  const counts = { claim: ["slot", "slots"], entry: ["slot", "slots", "sequence"] };
  const countsOrNull = {
    claim: ["maxHoldSeconds", "leaseSeconds", "sequence"],
    entry: ["waitedSeconds", "heldSeconds"],
  };
  const choices = { claim: ["scope", "clock"], entry: ["outcome"] };
  const objectsOrNull = { claim: ["run", "process"], entry: ["by"] };
  const notText = [1, true, {}, ["x"]];
  const notCount = ["1", -1, 1.5, 2 ** 53, true, {}, [1]];
  const notObject = ["x", [{}]];
  const each = (fields: { claim: string[]; entry: string[] }, values: unknown[]) =>
    (["claim", "entry"] as const).flatMap((kind) =>
      fields[kind].flatMap((field) => values.map((value) => [kind, field, value] as const)),
    );

  test.each([
    ...each(texts, [...notText, null]),
    ...each(textsOrNull, notText),
    ...each(counts, [...notCount, null]),
    ...each(countsOrNull, notCount),
    ...each(choices, [...notText, null, "else", "constructor"]),
    ...each(objectsOrNull, notObject),
  ])("%s with the wrong type in %s: %j", (kind, field, value) => {
    const message = changed(kind === "claim" ? CLAIM : ENTRY, { [field]: value });
    expect(read(message)).toEqual({ kind: "foreign", why: expect.stringContaining(`"${field}"`) });
  });

  test.each(["repository", "id", "attempt", "job", "runner", "workflow", "event", "actor", "url"])(
    "a run without %s",
    (field) => {
      const { [field]: _, ...run } = { ...job(812).run } as Record<string, unknown>;
      expect(read(changed(CLAIM, { run })).kind).toBe("foreign");
      expect(read(changed(ENTRY, { by: { run, process: null } })).kind).toBe("foreign");
    },
  );

  test("any message at all is read without an exception, and is ours only with a whole record in it", () => {
    const message = fc.oneof(
      anyText,
      fc.tuple(anyText, anyText).map(([subject, body]) => `${subject}\n\n${body}`),
      fc.tuple(anyText, fc.json()).map(([subject, json]) => `${subject}\n\n${json}`),
      fc.tuple(anyText, unknownFields).map(([subject, fields]) => encodeRecord(subject, fields)),
      // A record of ours with a piece cut out, or put in.
      fc
        .tuple(fc.constantFrom(CLAIM, ENTRY), fc.nat(), fc.nat({ max: 30 }), fc.option(anyText, { nil: "" }))
        .map(([text, at, length, other]) => {
          const start = at % text.length;
          return text.slice(0, start) + other + text.slice(start + length);
        }),
    );
    fc.assert(
      fc.property(message, (message) => {
        const record = read(message);
        if (record.kind === "foreign") {
          expect(record.why).toMatch(/^(is|was|has) /);
          return;
        }
        // Whatever is taken for ours can be written again, and is then the same.
        const again = record.kind === "claim" ? encodeClaim(record.claim) : encodeEntry(record.entry);
        expect(JSON.parse(message.slice(message.indexOf("\n\n"))).reflock).toBe(FORMAT);
        expect(read(again).kind).toBe(record.kind);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["ten megabytes of text", `x\n\n{"reflock":1,"reason":"${"a".repeat(10_000_000)}"}`],
    ["ten megabytes of nesting", `x\n\n${"[".repeat(10_000_000)}`],
    ["nesting that closes", `x\n\n${'{"a":'.repeat(9000)}1${"}".repeat(9000)}`],
    ["nesting in a version", `x\n\n{"reflock":${"[".repeat(30_000)}${"]".repeat(30_000)}}`],
    ["ten megabytes of subject", `${"x".repeat(10_000_000)}\n\n{"reflock":1}`],
    ["many fields", `x\n\n{${Array.from({ length: 4000 }, (_, n) => `"f${n}":1`).join(",")}}`],
  ])("%s is turned away at once", (_, message) => {
    const startedMs = performance.now();
    expect(read(message).kind).toBe("foreign");
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  test("nesting in a field that nobody knows does no harm", () => {
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    expect(read(CLAIM.replace('"reflock": 1', `"reflock": 1, "later": ${deep}`)).kind).toBe("claim");
  });
});

test("the error for a commit that is not ours names the ref, the commit, why, and what clears it", () => {
  const commit = { oid: oid(15), parents: [], message: "x", date: "2026-11-21T08:00:00Z" };
  const { kind, message } = foreignCommit(commit, "refs/locks/publish/log/1", "is not a lock record");
  expect(kind).toBe("foreign");
  const parts = [
    "refs/locks/publish/log/1",
    oid(15),
    "is not a lock record",
    `expect: ${oid(15)}`,
    "`force`",
  ];
  for (const part of parts) expect(message).toContain(part);
});
