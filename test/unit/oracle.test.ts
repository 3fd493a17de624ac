/** The oracle: the holds in a history of ref changes, and histories that break the rules. */
import { describe, expect, test } from "vitest";
import { apiClient } from "../hub/api-client.ts";
import { startHub } from "../hub/hub.ts";
import type { OracleRecord } from "../hub/journal.ts";
import type { LogCommit } from "../hub/log-chain.ts";
import { EMPTY_TREE } from "../hub/objects.ts";
import { holds, logRefsIn, violations } from "../hub/oracle.ts";

const LOG = "refs/locks/publish/log/1";
const oid = (name: string): string => Buffer.from(name).toString("hex").padEnd(40, "0");

test("reads real commits: a hold, taken over, on the record of git", async () => {
  const hub = await startHub();
  const repository = await hub.addRepository("octo/app");
  const api = apiClient(hub.url, hub.addToken());
  const write = (fields: Record<string, unknown>, ...parents: string[]) =>
    api.commit(`Subject\n\n${JSON.stringify({ reflock: 1, ...fields })}`, ...parents);
  const dead = await write({ kind: "claim", nonce: "n1" });
  await api.call("POST", "git/refs", { ref: LOG, sha: dead });
  const entry = await write(
    { kind: "entry", ends: "n1", sequence: 1, outcome: "taken-over", reason: "gone" },
    dead,
  );
  const next = await write({ kind: "claim", nonce: "n2" }, entry);
  await api.updateRefs(repository.nodeId, [{ name: LOG, beforeOid: dead, afterOid: next }]);
  const records = await repository.oracle();
  expect(await violations(records, repository.commit)).toEqual([]);
  expect(await holds(records, repository.commit, LOG)).toEqual([
    {
      ...{ logRef: LOG, nonce: "n1", sequence: 1, claims: [dead], acquiredAt: 1, endedAt: 2 },
      endedBy: { oid: entry, outcome: "taken-over", reason: "gone" },
    },
    { logRef: LOG, nonce: "n2", sequence: 2, claims: [next], acquiredAt: 2, endedAt: null, endedBy: null },
  ]);
  expect(hub.contractViolations).toEqual([]);
  await hub.close();
});

interface Scenario {
  claim(name: string, parent: string | null, nonce: string, sequence?: number): Scenario;
  entry(name: string, parent: string, ends: string, sequence: number, outcome?: string): Scenario;
  foreign(name: string, parent: string | null): Scenario;
  /** The tip moves; null: the log is deleted. */
  tip(name: string | null): Scenario;
  holds(): Promise<unknown[]>;
  violations(): Promise<string[]>;
}

/** A history written by hand, in the words of the design. */
function history(): Scenario {
  const commits = new Map<string, LogCommit>();
  const records: OracleRecord[] = [];
  const add = (name: string, parent: string | null, message: string): Scenario => {
    commits.set(oid(name), { oid: oid(name), parents: parent === null ? [] : [oid(parent)], message });
    return scenario;
  };
  const read = async (id: string): Promise<LogCommit | null> => commits.get(id) ?? null;
  const json = (fields: Record<string, unknown>): string =>
    `Subject\n\n${JSON.stringify({ reflock: 1, ...fields })}`;
  const scenario: Scenario = {
    claim: (name, parent, nonce, sequence) => add(name, parent, json({ kind: "claim", nonce, sequence })),
    entry: (name, parent, ends, sequence, outcome = "released") =>
      add(name, parent, json({ kind: "entry", ends, sequence, outcome, reason: null })),
    foreign: (name, parent) => add(name, parent, "A commit of somebody else\n"),
    tip(name) {
      const index = records.length;
      const to = name === null ? null : oid(name);
      records.push({ index, transaction: index, ref: LOG, from: records.at(-1)?.to ?? null, to });
      return scenario;
    },
    async holds() {
      const found = await holds(records, read, LOG);
      return found.map((hold) => [
        hold.nonce,
        hold.sequence,
        hold.acquiredAt,
        hold.endedAt,
        hold.endedBy?.outcome ?? null,
      ]);
    },
    violations: () => violations(records, read),
  };
  return scenario;
}

const firstHold = () => history().claim("C1", null, "n1").tip("C1");
const released = () => firstHold().entry("E1", "C1", "n1", 1).tip("E1");

describe("histories that keep the rules", () => {
  test("acquire, renew, release, acquire", async () => {
    const story = firstHold().claim("R1", "C1", "n1", 1).tip("R1").entry("E1", "R1", "n1", 1).tip("E1");
    story.claim("C2", "E1", "n2").tip("C2");
    expect(await story.violations()).toEqual([]);
    expect(await story.holds()).toEqual([
      ["n1", 1, 0, 2, "released"],
      ["n2", 2, 3, null, null],
    ]);
  });

  test("take over: the entry of the dead claim and the new claim at once", async () => {
    const story = firstHold().entry("E1", "C1", "n1", 1, "taken-over").claim("C2", "E1", "n2").tip("C2");
    expect(await story.violations()).toEqual([]);
    expect(await story.holds()).toEqual([
      ["n1", 1, 0, 1, "taken-over"],
      ["n2", 2, 1, null, null],
    ]);
  });

  test("a claim that never landed is given up: on no log, on an entry, on a dead claim", async () => {
    const none = history().claim("X", null, "nx").entry("EX", "X", "nx", 1).tip("EX");
    expect([await none.violations(), await none.holds()]).toEqual([[], []]);
    const free = released().claim("X", "E1", "nx").entry("EX", "X", "nx", 2).tip("EX");
    free.claim("C3", "EX", "n3").tip("C3");
    expect(await free.violations()).toEqual([]);
    expect((await free.holds()).at(-1)).toEqual(["n3", 3, 3, null, null]);
    const dead = firstHold().entry("D", "C1", "n1", 1, "taken-over").claim("X", "D", "nx");
    dead.entry("EX", "X", "nx", 2).tip("EX");
    expect(await dead.violations()).toEqual([]);
    expect(await dead.holds()).toEqual([["n1", 1, 0, 1, "taken-over"]]);
  });
});

describe("histories that break the rules", () => {
  test.each<[string, () => Scenario, string]>([
    ["two claims on one tip", () => firstHold().claim("C2", null, "n2").tip("C2"), "does not follow claim"],
    [
      "a claim on a live claim",
      () => firstHold().claim("C2", "C1", "n2").tip("C2"),
      "cannot be followed by C",
    ],
    [
      "a claim on an old entry",
      () => released().claim("C2", "E1", "n2").tip("C2").claim("C3", "E1", "n3").tip("C3"),
      "does not follow claim",
    ],
    ["the tip goes back", () => released().tip("C1"), "does not follow entry"],
    ["a used nonce comes back", () => released().claim("C2", "E1", "n1").tip("C2"), "used nonce n1"],
    ["the log is deleted", () => released().tip(null), "the log was deleted"],
    [
      "the number begins anew after that",
      () => released().tip(null).claim("C2", null, "n2").tip("C2"),
      "has sequence 1 after 1",
    ],
    [
      "an entry ends another",
      () => firstHold().entry("E1", "C1", "n9", 1).tip("E1"),
      "ends n9, but follows n1",
    ],
    [
      "an entry with a wrong number",
      () => firstHold().entry("E1", "C1", "n1", 2).tip("E1"),
      "says sequence 2",
    ],
    ["a claim with a wrong number", () => released().claim("C2", "E1", "n2", 7).tip("C2"), "says sequence 7"],
    [
      "a renewal with a wrong number",
      () => firstHold().claim("R1", "C1", "n1", 2).tip("R1"),
      "says sequence 2",
    ],
    [
      "an entry on an entry",
      () => released().entry("E2", "E1", "n1", 1).tip("E2"),
      "cannot be followed by E",
    ],
    [
      "a release of a hold that was taken over",
      () => {
        const story = firstHold().entry("E1", "C1", "n1", 1, "taken-over").claim("C2", "E1", "n2").tip("C2");
        return story.entry("E9", "C1", "n1", 1).tip("E9");
      },
      "does not follow claim",
    ],
    ["a commit that is not ours", () => released().foreign("F", "E1").tip("F"), "cannot be followed by ?"],
    [
      "a renewal of nothing",
      () => history().claim("R1", "C1", "n1", 1).tip("R1"),
      "an absent log cannot be followed by",
    ],
    [
      "two holds at one step",
      () => released().claim("A", "E1", "na").entry("EA", "A", "na", 2).claim("B", "EA", "nb").tip("B"),
      "cannot be followed by CEC",
    ],
  ])("%s", async (_, story, expected) => {
    expect(await story().violations()).toContainEqual(expect.stringContaining(expected));
  });

  test("what was held is told also where it was not allowed", async () => {
    const story = firstHold().claim("C2", null, "n2").tip("C2").tip(null);
    expect(await story.holds()).toEqual([
      ["n1", 1, 0, 1, null],
      ["n2", 1, 1, 2, null],
    ]);
  });
});

test("the logs of a repository are those with a slot's number", () => {
  const record = (ref: string, index: number): OracleRecord => ({
    index,
    transaction: 0,
    ref,
    from: null,
    to: EMPTY_TREE,
  });
  const refs = [
    "refs/locks/b/log/2",
    "refs/locks/a/log/1",
    "refs/locks/a/log/1",
    "refs/locks/a/log/01",
    "refs/heads/log",
  ];
  expect(logRefsIn(refs.map(record))).toEqual(["refs/locks/a/log/1", "refs/locks/b/log/2"]);
});
