/** That the judges of a soak find what they are there to find: each planted mistake is told, and a sound record is not. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { LogCommit } from "../hub/log-chain.ts";
import { type Judged, judgeChain, judgeJournal, judgeSections } from "./judge.ts";
import type { LoggedHold } from "./logs.ts";
import { type Evidence, judgeCall, type ToldCall } from "./told.ts";
import type { Section } from "./witness.ts";

const REF = "refs/locks/publish/log/1";
const ZERO = "0".repeat(40);
const oid = (name: string) => createHash("sha1").update(name).digest("hex");

function commit(name: string, parent: string | null, fields: object): LogCommit {
  const message = `${name}\n\n${JSON.stringify({ reflock: 1, ...fields }, null, 1)}\n`;
  return { oid: oid(name), parents: parent === null ? [] : [oid(parent)], message };
}

const claim = (name: string, parent: string | null, nonce: string, more = {}) =>
  commit(name, parent, { kind: "claim", nonce, ...more });
const entry = (name: string, parent: string, ends: string, sequence: number) =>
  commit(name, parent, { kind: "entry", ends, sequence, outcome: "released", reason: null });

/** Two holds, the first of which was renewed. */
const SOUND = [
  claim("c1", null, "a"),
  claim("r1", "c1", "a", { sequence: 1 }),
  entry("e1", "r1", "a", 1),
  claim("c2", "e1", "b"),
  entry("e2", "c2", "b", 2),
];

function journalOf(...tips: readonly string[]): string {
  return tips
    .map((tip, at) => {
      const old = at === 0 ? ZERO : oid(tips[at - 1] ?? "");
      const next = tip === "" ? ZERO : oid(tip);
      return `prepared ${at}\nchange ${at} ${old} ${next} ${REF}\ncommitted ${at}\n`;
    })
    .join("");
}

const JOURNAL = journalOf("c1", "r1", "e1", "c2", "e2");

describe("a log", () => {
  test("that is sound has nothing against it", async () => {
    expect(judgeChain(REF, SOUND)).toEqual([]);
    expect(await judgeJournal(JOURNAL, new Map([[REF, SOUND]]))).toEqual([]);
  });

  test.for<[string, LogCommit[], RegExp]>([
    ["a number is left out", [...SOUND.slice(0, 4), entry("e2", "c2", "b", 3)], /number 3 after 1/],
    ["a number comes twice", [...SOUND.slice(0, 4), entry("e2", "c2", "b", 1)], /number 1 after 1/],
    [
      "a hold is taken with no entry between",
      [claim("c1", null, "a"), claim("c2", "c1", "b")],
      /no entry between/,
    ],
    [
      "an entry ends another's hold",
      [claim("c1", null, "a"), entry("e1", "c1", "b", 1)],
      /ends b, but a holds/,
    ],
    ["a hold is ended twice", [...SOUND, entry("e3", "e2", "b", 2)], /but nobody holds/],
    ["a nonce comes back", [...SOUND, claim("c3", "e2", "a")], /comes back with the nonce a/],
    [
      "a renewal has another number",
      [claim("c1", null, "a"), claim("r1", "c1", "a", { sequence: 2 })],
      /renews/,
    ],
    ["a commit does not follow the one before", [...SOUND.slice(0, 3), claim("c2", "c1", "b")], /follows/],
    ["a commit is somebody else's", [...SOUND, commit("x", "e2", {})], /neither a claim nor an entry/],
  ])("in which %s is told", ([, commits, problem]) => {
    expect(judgeChain(REF, commits).join("\n")).toMatch(problem);
  });
});

describe("git's journal", () => {
  test.for<[string, string, RegExp]>([
    ["was at a commit that is not in it any more", journalOf("c1", "r1", "gone", "e2"), /rewritten/],
    ["was set back", journalOf("c1", "r1", "e1", "c1", "r1", "e1", "c2", "e2"), /does not follow/],
    ["was deleted", journalOf("c1", "", "r1", "e1", "c2", "e2"), /deleted/],
    [
      "was changed by one who had seen another tip",
      JOURNAL.replace(`${oid("e1")} ${oid("c2")}`, `${oid("r1")} ${oid("c2")}`),
      /had left it at/,
    ],
  ])("of a log that %s is told", async ([, journal, problem]) => {
    expect((await judgeJournal(journal, new Map([[REF, SOUND]]))).join("\n")).toMatch(problem);
  });

  test("of a git that was killed counts as what stands in the log", async () => {
    const applied = JOURNAL.replace("committed 3\n", "");
    expect(await judgeJournal(applied, new Map([[REF, SOUND]]))).toEqual([]);
    const other = `prepared 7\nchange 7 ${oid("e1")} ${oid("never")} ${REF}\n`;
    const withOther = JOURNAL.replace("prepared 3\n", `${other}prepared 3\n`);
    expect(await judgeJournal(withOther, new Map([[REF, SOUND]]))).toEqual([]);
  });
});

function section(call: number, token: number, beganMs: number, endedMs: number | null, more = {}): Judged {
  const nonce = `nonce ${call}`;
  return { call, register: "publish#1", nonce, token, beganMs, endedMs, mayOutlive: false, ...more };
}

describe("guarded sections", () => {
  test("one after the other, or in slots of their own, are sound", () => {
    const other = section(3, 1, 0, 20, { register: "publish#2" });
    expect(judgeSections([section(1, 1, 0, 10), section(2, 2, 10, 20), other])).toEqual([]);
  });

  test("that overlap are told", () => {
    expect(judgeSections([section(1, 1, 0, 11), section(2, 2, 10, 20)]).join()).toMatch(/at once, for 1 ms/);
    expect(judgeSections([section(1, 1, 0, null), section(2, 2, 10, 20)]).join()).toMatch(/at once/);
    const far = [section(1, 1, 0, null), section(2, 2, 10, 20), section(3, 3, 30, 40)];
    expect(judgeSections(far)).toHaveLength(2);
  });

  test("may overlap where the first could not be ended in time", () => {
    expect(judgeSections([section(1, 1, 0, 30, { mayOutlive: true }), section(2, 2, 10, 20)])).toEqual([]);
  });

  test("whose token does not grow are told", () => {
    expect(judgeSections([section(1, 2, 0, 10), section(2, 2, 20, 30)]).join()).toMatch(/no greater token/);
    expect(judgeSections([section(1, 3, 0, 10), section(2, 2, 20, 30)]).join()).toMatch(/no greater token/);
  });
});

const HOLD: LoggedHold = {
  ...{ ref: REF, lock: "publish", slot: 1, nonce: "a", sequence: 1, claims: [oid("c1")], call: 5 },
  ...{ isFreeze: false, outcome: "released", reason: null, endedAtMs: 1000 },
};
const WORKED: Section = {
  ...{ id: 0, call: 5, beganMs: 0, endedMs: 10, writes: 1, isFenced: false, code: 0 },
  under: [{ name: "publish", nonce: "a", token: 1, slot: 1 }],
};

function told(call: Partial<ToldCall>, hold: Partial<LoggedHold> = {}, more: Partial<Evidence> = {}): string {
  const known = { ...HOLD, ...hold };
  const logs = { byNonce: new Map([["a", known]]), byClaim: new Map([[oid("c1"), known]]) };
  const all = { id: 5, kind: "run" as const, words: [], marks: new Set<never>(), code: 0, out: "", err: "" };
  const evidence = { logs, section: WORKED, holds: [known], wasTrouble: true, ...more };
  return judgeCall({ ...all, endedAtMs: 2000, ...call }, evidence).join("\n");
}

describe("what a call was told", () => {
  test("and what the log has agree", () => {
    expect(told({})).toBe("");
    expect(told({ code: 76, err: 'reflock: The lock "publish" was lost.' }, { outcome: "expired" })).toBe("");
    expect(told({ code: 75, err: "reflock: held" }, {}, { section: undefined, holds: [] })).toBe("");
    expect(told({ kind: "release", words: [oid("c1")] }, {}, { section: undefined })).toBe("");
    const unheard = { ...HOLD, nonce: "b", outcome: "expired" };
    expect(told({}, {}, { holds: [unheard, HOLD] })).toBe("");
  });

  const lost = { outcome: "expired" };
  const alone = { section: undefined };
  test.for<[string, string, RegExp]>([
    ["a loss that is not told", told({}, lost), /was not told/],
    ["a loss that was none", told({ code: 76, err: "reflock: was lost" }), /given back by itself/],
    ["a bug", told({ code: 70 }), /ended with 70/],
    ["another exit status than the command's", told({ code: 7 }), /its command ended with 0/],
    ["a command that never began", told({}, {}, alone), /never began/],
    ["a refusal after the command began", told({ code: 75, err: "reflock: no" }), /had been running/],
    ["a hold that stays, unsaid", told({}, { outcome: null }), /its hold has not/],
    [
      "a hold left behind",
      told({ code: 75, err: "reflock: no" }, { ...lost, endedAtMs: 9000 }, alone),
      /left a hold/,
    ],
    [
      "an outage that was none",
      told({ code: 69, err: "reflock: no" }, {}, { ...alone, wasTrouble: false }),
      /nothing was wrong/,
    ],
    ["silence", told({ code: 75 }, {}, { ...alone, holds: [] }), /said nothing/],
    ["a stack trace", told({ err: "Error: x\n    at main" }), /not for people/],
    ["a token that is not the log's", told({}, { sequence: 2 }), /worked under token 1/],
    [
      "a release of what was lost",
      told({ kind: "release", words: [oid("c1")] }, lost, alone),
      /given back, and the log/,
    ],
    ["a check without a renewal", told({ kind: "check", words: [oid("c1")] }, {}, alone), /no renewal/],
    [
      "a take that no log has",
      told({ kind: "acquire", out: `{"holds":[{"claim":"${oid("x")}"}]}` }, {}, alone),
      /in no log/,
    ],
    [
      "a holder that never was",
      told(
        { kind: "status", out: `{"locks":[{"name":"a","holders":[{"claim":"${oid("x")}"}]}]}` },
        {},
        alone,
      ),
      /no log has/,
    ],
  ])("is held against it: %s", ([, problems, problem]) => {
    expect(problems).toMatch(problem);
  });
});
