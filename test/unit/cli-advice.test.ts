import { describe, expect, test } from "vitest";
import { adviceFor, commandToClear } from "../../src/cli/advice.ts";
import { inOurWords } from "../../src/cli/wording.ts";
import { LockError } from "../../src/lock/errors.ts";
import { parseName } from "../../src/lock/name.ts";
import { notAcquired } from "../../src/lock/not-acquired.ts";
import { foreignCommit } from "../../src/lock/record.ts";
import type { HolderStatus, LockStatus } from "../../src/lock/report.ts";
import { world } from "./situations.ts";

const CLAIM = "c".repeat(40);
const held = { name: "publish", claim: CLAIM, freeze: false };

function statusOf(freeze: boolean): LockStatus {
  const holder: HolderStatus = {
    ...{ claim: CLAIM, ref: "r", run: null, attempt: null, job: null, url: null, who: "ada@workbench" },
    ...{ reason: null, freeze, since: "", alive: "unknown", why: null },
  };
  return { name: "publish", slots: 1, holders: [holder], waiters: [] };
}

describe("the command that clears", () => {
  test("is for the remote and the namespace that were given", async () => {
    const place = { remote: "/srv/my locks", namespace: "refs/heads/locks" };
    expect(await commandToClear(place, held)).toBe(
      `reflock clear --expect ${CLAIM} --force --reason WHY --remote '/srv/my locks' --namespace refs/heads/locks publish`,
    );
    expect(await commandToClear({}, { ...held, freeze: true })).toBe(
      `reflock clear --expect ${CLAIM} publish`,
    );
  });

  test("has `--` before a name that begins with a dash", async () => {
    expect(await commandToClear({}, { ...held, name: "--force" })).toMatch(/ WHY -- --force$/);
  });

  test.each([
    ["https://user:p@ss@host/x", "https://host/x"],
    ["https://token@host/x", "https://host/x"],
    ["ssh://git@host/x", "ssh://git@host/x"],
    ["ssh://git:secret@host/x", "ssh://git@host/x"],
    ["git@host:x", "git@host:x"],
  ])("shows %s as %s", async (remote, shown) => {
    expect(await commandToClear({ remote }, held)).toContain(` --remote ${shown} publish`);
  });

  test("is told where somebody holds", async () => {
    const error = new LockError("not-acquired", "x", { status: statusOf(false) });
    expect(await adviceFor(error, { namespace: "refs/tags/locks" })).toEqual([
      expect.stringMatching(/^to end that hold, .* --namespace refs\/tags\/locks publish$/),
    ]);
  });
});

describe("the policy's own advice", () => {
  const foreign = () => {
    const made = world();
    const commit = made.commits.get(made.put("by hand", null));
    if (commit === undefined) throw new Error("it was put there");
    return foreignCommit(commit, "refs/locks/publish/log/1", "is no record");
  };
  const refusal = (text: string) => () => {
    try {
      parseName(text);
    } catch (error) {
      if (error instanceof LockError) return error;
    }
    throw new Error("the name was taken");
  };

  test.each<[string, () => LockError, string]>([
    ["held", () => notAcquired({ waitMs: 0 }, statusOf(false)), "Give --wait"],
    ["held long", () => notAcquired({ waitMs: 1000 }, statusOf(false)), "Give a longer --wait"],
    ["frozen", () => notAcquired({ waitMs: 0 }, statusOf(true)), "until somebody clears it."],
    ["foreign", foreign, "reflock clear --force --expect"],
    ["empty", refusal(""), "such as `publish`"],
    ["control", refusal("a\nb"), "one name a word"],
  ])("%s: is in words of the command line", (_, error, says) => {
    const text = inOurWords(error().message);
    expect(text).toContain(says);
    expect(text).not.toMatch(/`(wait|force|clear|name:.*|operation:.*|expect:.*)`|name a line/);
  });

  test("is known at the end alone: what others wrote stays", () => {
    const text = "reason: Use plain text, one name a line. It is held.";
    expect(inOurWords(text)).toBe(text);
  });
});
