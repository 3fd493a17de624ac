/** What each command does to a lock that nobody else wants, what it prints, and nothing more. */
import { describe, expect } from "vitest";
import { type Desk, expectPlain, OID, test } from "./desk.ts";

async function acquire(desk: Desk, ...words: string[]): Promise<string[]> {
  const said = await desk.cli("acquire", ...words);
  expect(said.code, said.err).toBe(0);
  return said.out.trimEnd().split("\n");
}

describe.concurrent("acquire and release", () => {
  test("print the claim alone, and give back what it names", async ({ desk }) => {
    const said = await desk.cli("acquire", "publish", "--reason", "release 2.1");
    expect(said.code, said.err).toBe(0);
    const claim = said.out.trimEnd();
    expect(claim).toMatch(OID);
    expect(said.err).toMatch(/^reflock: acquired "publish" after 0s, fencing token 1\n$/);
    expect(await desk.locks.tip("refs/locks/publish/holder/1")).toBe(claim);
    const body = await desk.locks.git("log", "-1", "--format=%B", claim);
    expect(JSON.parse(body.slice(body.indexOf("\n\n")))).toMatchObject({
      kind: "claim",
      reason: "release 2.1",
      leaseSeconds: null,
      run: null,
      process: { pid: null, startedAt: null },
    });

    const released = await desk.cli("release", "publish", claim);
    expect(released).toMatchObject({ code: 0, out: "" });
    expect(released.err).toContain('released "publish"');
    expect(await desk.refs()).toEqual(["refs/locks/publish/log/1"]);

    const again = await desk.cli("release", "publish", "--claim", claim);
    expect(again).toMatchObject({ code: 0, out: "" });
    expect(again.err).toContain("given back already");
  });

  test("several names are taken together, in the order of the names, and given back", async ({ desk }) => {
    const claims = await acquire(desk, "zeta", "Alpha", "zeta");
    expect(claims).toHaveLength(2);
    const tips = await Promise.all(
      ["zeta", "alpha"].map((name) => desk.locks.tip(`refs/locks/${name}/holder/1`)),
    );
    expect(claims).toEqual(tips);
    const [zeta = "", alpha = ""] = claims;
    const released = await desk.json("release", "zeta", zeta, "alpha", alpha);
    expect(released).toEqual({
      released: [
        { name: "zeta", result: "released", heldSeconds: expect.any(Number) },
        { name: "alpha", result: "released", heldSeconds: expect.any(Number) },
      ],
    });
  });

  test("--json has all of it in one document", async ({ desk }) => {
    const document = await desk.json("acquire", "publish", "--slots", "2");
    expect(document).toEqual({
      acquired: true,
      holds: [
        {
          name: "publish",
          slot: 1,
          slots: 2,
          ref: "refs/locks/publish/holder/1",
          claim: expect.stringMatching(OID),
          nonce: expect.any(String),
          fencingToken: 1,
          waitedSeconds: expect.any(Number),
          reentered: false,
        },
      ],
    });
    const refused = await desk.cli("acquire", "-n", "publish", "--slots", "2", "--json");
    expect(refused.code).toBe(0);
    const third = await desk.cli("acquire", "-n", "publish", "--slots", "2", "--json");
    expect(third.code).toBe(75);
    const { acquired, locks } = JSON.parse(third.out);
    expect(acquired).toBe(false);
    expect(locks[0].holders).toHaveLength(2);
  });

  test("a claim of another lock, or of none, gives nothing back", async ({ desk }) => {
    const [publish = ""] = await acquire(desk, "publish");
    const [docs = ""] = await acquire(desk, "docs");
    const [other, none, never] = await Promise.all([
      desk.cli("release", "publish", docs),
      desk.cli("check", "publish", "0".repeat(40), "--json"),
      desk.cli("release", "never-held", publish, "--json"),
    ]);
    for (const said of [other, none, never]) {
      expect(said, said.err).toMatchObject({ code: 76 });
      expect(said.err).toContain("trying again");
      expect(said.err).toContain("That hold was not found");
      expect(said.err).not.toContain("free");
    }
    expect(other.out).toBe("");
    expect(JSON.parse(none.out)).toMatchObject({ held: false, name: "publish", result: "not-held" });
    expect(JSON.parse(never.out).released).toMatchObject([{ name: "never-held", result: "not-held" }]);
    expect(await desk.locks.tip("refs/locks/publish/log/1")).toBe(publish);
  });

  test("a nonce in the environment names a hold too", async ({ desk }) => {
    const { holds } = await desk.json("acquire", "publish");
    const env = { REFLOCK_CLAIM: `other ${holds[0].nonce}` };
    const again = await desk.shell('reflock acquire -n publish --remote "$REMOTE"', env);
    expect(again, again.err).toMatchObject({ code: 0, out: `${holds[0].claim}\n` });
    expect(again.err).toContain("is held already");
    const checked = await desk.shell('reflock check publish --remote "$REMOTE"', env);
    expect(checked, checked.err).toMatchObject({ code: 0, out: "" });
    const released = await desk.shell('reflock release publish --remote "$REMOTE"', env);
    expect(released, released.err).toMatchObject({ code: 0, out: "" });
    expect(await desk.refs()).toEqual(["refs/locks/publish/log/1"]);
  });
});

describe.concurrent("check", () => {
  test("renews, and any renewal names the hold", async ({ desk }) => {
    const [claim = ""] = await acquire(desk, "publish");
    const first = await desk.json("check", "publish", claim);
    expect(first).toMatchObject({ held: true, holds: [{ name: "publish", fencingToken: 1 }] });
    const renewal = first.holds[0].claim;
    expect(renewal).not.toBe(claim);
    expect(await desk.locks.tip("refs/locks/publish/log/1")).toBe(renewal);
    expect((await desk.cli("check", "--claim", renewal, "publish")).code).toBe(0);
    expect((await desk.cli("release", "publish", renewal)).code).toBe(0);
    const after = await desk.cli("check", "publish", claim);
    expect(after).toMatchObject({ code: 76, out: "" });
    expect(after.err).toContain("not held any more: released by");
  });

  test("says by whom and why a hold was ended", async ({ desk }) => {
    const [claim = ""] = await acquire(desk, "publish");
    const cleared = await desk.cli("clear", "publish", "--force", "--expect", claim, "--reason", "disk full");
    expect(cleared.code, cleared.err).toBe(0);
    for (const command of ["check", "release"]) {
      const said = await desk.cli(command, "publish", claim);
      expect(said).toMatchObject({ code: 76, out: "" });
      expect(said.err).toMatch(/was lost: cleared by .*: disk full/);
    }
    const checked = await desk.cli("check", "publish", claim, "--json");
    expect(checked.code).toBe(76);
    expect(JSON.parse(checked.out)).toMatchObject({
      held: false,
      result: "lost",
      why: expect.stringContaining("disk full"),
    });
    const released = await desk.cli("release", "publish", claim, "--json");
    expect(released.code).toBe(76);
    expect(JSON.parse(released.out).released).toMatchObject([
      { name: "publish", result: "lost", heldSeconds: null, why: expect.stringContaining("disk full") },
    ]);
  });
});

describe.concurrent("status and log", () => {
  test("show nothing where there is nothing", async ({ desk }) => {
    expect(await desk.json("status")).toEqual({ locks: [] });
    expect(await desk.json("log", "publish")).toEqual({ holds: [] });
    const said = await desk.cli("status");
    expect(said).toMatchObject({ code: 0, out: "" });
    expect(said.err).toContain("no lock under refs/locks");
    expect((await desk.json("status", "publish")).locks[0]).toMatchObject({
      name: "publish",
      holders: [],
      waiters: [],
    });
  });

  test("show who holds, in the shape of the action's `holders`", async ({ desk }) => {
    const [claim = ""] = await acquire(desk, "publish", "--reason", "release 2.1");
    const { locks } = await desk.json("status", "publish");
    expect(locks).toHaveLength(1);
    expect(locks[0]).toMatchObject({ name: "publish", slots: 1, waiters: [] });
    expect(locks[0].holders).toEqual([
      expect.objectContaining({
        claim,
        ref: "refs/locks/publish/holder/1",
        run: null,
        attempt: null,
        job: null,
        url: null,
        who: expect.stringContaining("@"),
        reason: "release 2.1",
        since: expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:.]+Z$/),
        alive: "unknown",
      }),
    ]);
    const { out } = await desk.cli("status", "*");
    const [head = "", row = "", ...below] = out.split("\n");
    expect(head).toMatch(/^LOCK {5}SLOT {2}STATE {2}AGE +WHO +LIFE +CLAIM$/);
    expect(row).toMatch(new RegExp(`^publish  1/1   held   \\d+s +\\S+@\\S+ +unknown +${claim}$`));
    expect(row.indexOf(claim)).toBe(head.indexOf("CLAIM"));
    expect(below).toContain("  reason: release 2.1");
  });

  test("the log has every hold, newest first, with its token and its end", async ({ desk }) => {
    const [first = ""] = await acquire(desk, "publish", "--reason", "one");
    await desk.cli("check", "publish", first);
    await desk.cli("release", "publish", first, "--reason", "done early");
    const [second = ""] = await acquire(desk, "publish", "--reason", "two");
    await desk.cli("clear", "publish", "--force", "--expect", second, "--reason", "stuck");
    const [third = ""] = await acquire(desk, "publish");
    const { holds } = await desk.json("log", "publish");
    expect(holds).toEqual([
      expect.objectContaining({ token: 3, claim: third, outcome: "held", until: null, by: null }),
      expect.objectContaining({
        token: 2,
        claim: second,
        outcome: "cleared",
        reason: "two",
        endReason: "stuck",
      }),
      expect.objectContaining({ token: 1, outcome: "released", reason: "one", endReason: "done early" }),
    ]);
    const limited = await desk.json("log", "publish", "--limit", "1");
    expect(limited.holds.map(({ token }: { token: number }) => token)).toEqual([3]);
    const { out } = await desk.cli("log", "publish");
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^LOCK {5}TOKEN {2}SLOT {2}SINCE +HELD +WAITED +OUTCOME +WHO$/);
    expect(lines.filter((line) => line.startsWith("publish")).map((line) => line.split(/ +/)[1])).toEqual([
      "3",
      "2",
      "1",
    ]);
    expect(out).toMatch(/^ {2}cleared by .*: stuck$/m);
  });

  test("several slots are told one by one", async ({ desk }) => {
    await acquire(desk, "build", "--slots", "3");
    await acquire(desk, "build", "--slots", "3");
    const { out } = await desk.cli("status", "build");
    const states = out
      .split("\n")
      .filter((line) => line.startsWith("build"))
      .map((line) => line.split(/ {2,}/).slice(1, 3));
    expect(states).toEqual([
      ["1/3", "held"],
      ["2/3", "held"],
      ["1 of 3", "free"],
    ]);
  });
});

describe.concurrent("clear", () => {
  test("leaves what may be alive, says what would go, and ends what is expected", async ({ desk }) => {
    const [claim = ""] = await acquire(desk, "publish");
    const left = await desk.cli("clear", "publish");
    expect(left.code).toBe(75);
    expect(left.out).toContain(`publish: the hold of slot 1 (${claim}) not cleared`);
    const why = ["--force", "--expect", claim, "--reason", "it is mine"];
    const dry = await desk.json("clear", "publish", ...why, "--dry-run");
    expect(dry.results).toEqual([
      { lock: "publish", what: "the hold of slot 1", oid: claim, result: "would-clear", why: "it is mine" },
    ]);
    expect(await desk.locks.tip("refs/locks/publish/log/1")).toBe(claim);
    const other = await desk.cli("clear", "publish", "--force", "--expect", "0".repeat(40), "--reason", "x");
    expect(other, other.err).toMatchObject({ code: 0 });
    expect(other.out).toContain("left alone");
    expect(other.err).toContain("nothing there with that oid");
    const done = await desk.cli("clear", "*", ...why);
    expect(done, done.err).toMatchObject({ code: 0 });
    expect(done.out).toBe(`publish: the hold of slot 1 (${claim}) cleared: it is mine\n`);
    const nothing = await desk.cli("clear", "*");
    expect(nothing).toMatchObject({ code: 0, out: "" });
    expect(nothing.err).toContain("nothing to clear");
    expect(await desk.json("clear", "publish")).toEqual({ results: [] });
  });
});

describe.concurrent("freeze", () => {
  test("takes every slot until it is cleared by its oid", async ({ desk }) => {
    const said = await desk.cli("freeze", "deploy", "--slots", "2", "--reason", "incident 42");
    expect(said.code, said.err).toBe(0);
    const claim = said.out.trimEnd();
    expect(claim).toMatch(OID);
    const { out } = await desk.cli("status", "deploy");
    expect(out.match(/^deploy +\d\/2 +frozen/gm)).toHaveLength(2);
    const refused = await desk.cli("acquire", "-n", "deploy", "--slots", "2");
    expect(refused.code).toBe(75);
    expect(refused.err).toContain(`reflock clear --expect ${claim}`);
    for (const words of [
      ["release", "deploy", claim],
      ["check", "deploy", claim],
    ])
      expect((await desk.cli(...words)).code, words[0]).toBe(64);
    const left = await desk.cli("clear", "deploy");
    expect(left.code).toBe(75);
    expect(left.err).toContain(`--expect alone ends: reflock clear --expect ${claim} --remote`);
    expect(left.err).not.toContain("--force");
    const cleared = await desk.json("clear", "deploy", "--expect", claim);
    expect(cleared.results.map(({ result }: { result: string }) => result)).toEqual(["cleared", "cleared"]);
    expect((await desk.cli("acquire", "-n", "deploy", "--slots", "2")).code).toBe(0);
  });
});

describe.concurrent("the remote", () => {
  test("without one it is origin, or else this very repository, which is said once", async ({ desk }) => {
    const alone = await desk.addRepository("alone.git");
    const said = await desk.at(alone.path, "acquire", "publish");
    expect(said.code, said.err).toBe(0);
    expect(said.err.match(/no --remote, and no origin/g)).toHaveLength(1);
    const quiet = await desk.at(alone.path, "status", "--quiet");
    expect(quiet).toMatchObject({ code: 0, err: "" });
    expect(await alone.tip("refs/locks/publish/log/1")).toBe(said.out.trimEnd());
    await alone.git("remote", "add", "origin", desk.locks.path);
    const elsewhere = await desk.at(alone.path, "acquire", "-n", "publish");
    expect(elsewhere.code, elsewhere.err).toBe(0);
    expect(elsewhere.err).not.toContain("no --remote");
    expect(await desk.locks.tip("refs/locks/publish/log/1")).toBe(elsewhere.out.trimEnd());
    await alone.git("remote", "add", "third", "/no/such/place");
    expect((await desk.at(alone.path, "status", "--remote", "third")).code).not.toBe(0);
  });

  test("that refuses, by a rule of its own, is told from one that is held", async ({ desk }) => {
    await desk.locks.hook("pre-receive", "echo 'no pushes on \\033[31mFridays' >&2; exit 1");
    const said = await desk.cli("acquire", "-n", "publish");
    expect(said, said.err).toMatchObject({ code: 77, out: "" });
    expect(said.err).toContain("Fridays");
    expectPlain(said);
  });

  test("another namespace is another lock", async ({ desk }) => {
    await acquire(desk, "publish", "--namespace", "refs/heads/locks");
    expect(await desk.refs()).toEqual([]);
    expect((await desk.json("status")).locks).toEqual([]);
    expect((await desk.json("status", "--namespace", "refs/heads/locks")).locks).toHaveLength(1);
  });

  test("a commit that is not ours is an error of its own, and stays", async ({ desk }) => {
    const foreign = await desk.locks.commit("no lock of ours");
    await desk.locks.set("refs/locks/publish/log/1", foreign);
    for (const words of [
      ["acquire", "-n", "publish"],
      ["release", "publish", "0".repeat(40)],
    ]) {
      const said = await desk.cli(...words);
      expect(said, words[0]).toMatchObject({ code: 65, out: "" });
      expect(said.err).toContain(foreign);
      expectPlain(said);
    }
    expect((await desk.cli("clear", "publish")).code).toBe(75);
    expect(await desk.locks.tip("refs/locks/publish/log/1")).toBe(foreign);
    const why = ["--force", "--expect", foreign, "--reason", "by hand"];
    expect((await desk.cli("clear", "publish", ...why)).code).toBe(0);
    expect((await desk.cli("acquire", "-n", "publish")).code).toBe(0);
  });
});

describe.concurrent("doctor", () => {
  test("tries all that a lock needs, and leaves nothing", async ({ desk }) => {
    const said = await desk.cli("doctor", "publish");
    expect(said.code, said.err).toBe(0);
    const steps = said.out.split("\n").filter((line) => /^(ok|failed|note|skipped) /.test(line));
    expect(steps).toHaveLength(9);
    for (const step of steps) expect(step).toMatch(/^ok {2}/);
    expect(await desk.refs()).toEqual([]);
    const { trials, ...about } = await desk.json("doctor");
    expect(about).toMatchObject({
      remote: desk.locks.path,
      namespace: "refs/locks",
      isThisRepository: false,
    });
    expect(new Set(trials.map(({ result }: { result: string }) => result))).toEqual(new Set(["ok"]));
  });

  test("says which step a server's rules forbid, and what to do", async ({ desk }) => {
    await desk.locks.hook("pre-receive", "echo 'no pushes here, please' >&2; exit 1");
    const said = await desk.cli("doctor");
    expect(said.code).toBe(77);
    expect(said.out).toMatch(/^ok +read refs$/m);
    expect(said.out).toMatch(/^failed +create a ref$/m);
    expect(said.out).toMatch(/--namespace/);
    expect(said.out).toMatch(/^skipped +delete refs$/m);
    const keeps = await desk.addRepository("keeps.git");
    await keeps.hook("update", '[ "$3" != 0000000000000000000000000000000000000000 ]');
    const other = await desk.at(desk.folder, "doctor", "--remote", keeps.path);
    expect(other.code).toBe(77);
    expect(other.out).toMatch(/^failed +delete refs$/m);
  });

  test("knows a server without atomic pushes", async ({ desk }) => {
    const { path } = await desk.addRepository("plain.git", { "receive.advertiseAtomic": "false" });
    const said = await desk.at(desk.folder, "doctor", "--remote", `file://${path}`);
    expect(said.code, said.err).toBe(0);
    expect(said.out).toMatch(/^note +change both or none$/m);
  });

  test("says that a server is out of reach, at once", async ({ desk }) => {
    const said = await desk.at(desk.folder, "doctor", "--remote", "http://127.0.0.1:9/locks.git");
    expect(said.code, said.out).toBe(69);
    expect(said.out).toMatch(/^failed +read refs$/m);
  });
});
