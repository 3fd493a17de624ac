/**
 * Pushes that meet: whoever was not first is told of a conflict, in whichever of git's words, and what nobody compared is never taken for applied.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type GitRefStore, openGitStore } from "../../src/git/ref-store.ts";
import { type BareRepository, openRepositories, type Repositories } from "../git/repositories.ts";
import { rejectionOf } from "../unit/thrown.ts";
import { change, placeOf } from "./stage.ts";

const { log, marker, ticket } = placeOf("publish");

let repositories: Repositories;
let repository: BareRepository;
let one: GitRefStore;
let other: GitRefStore;

beforeEach(async () => {
  repositories = await openRepositories();
  repository = await repositories.add("app.git");
  const open = () => openGitStore({ remote: repository.path, cwd: repositories.folder });
  [one, other] = [open(), open()];
});

afterEach(async () => {
  await Promise.all([one.close(), other.close()]);
  await repositories.close();
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("a ref that is made with the oid which it has already was not made by us", async () => {
  const { oid } = await one.write("claim\n", null);
  expect(await one.transact([change(log, null, oid)])).toBe("applied");
  expect(await one.transact([change(log, null, oid)])).toBe("conflict");
  expect(await one.transact([change(log, null, oid), change(marker, null, oid)])).toBe("conflict");
  expect(await other.read(oid)).toMatchObject({ oid });
  expect(await other.transact([change(ticket("1"), null, oid)])).toBe("applied");
  expect(await other.transact([change(log, null, oid)])).toBe("conflict");
});

test("a log that moved is applied though its marker was there already", async () => {
  const root = await one.write("root\n", null);
  await one.transact([change(log, null, root.oid)]);
  const claim = await one.write("claim\n", root.oid);
  await one.transact([change(ticket("1"), null, claim.oid)]);
  await repository.set(marker, claim.oid);
  const taken = [change(log, root.oid, claim.oid), change(marker, null, claim.oid)];
  expect(await one.transact(taken)).toBe("applied");
  expect(await repository.tip(log)).toBe(claim.oid);
});

test("a move that would be a fast-forward is refused all the same, where the ref is not at what it is to replace", async () => {
  const root = await one.write("root\n", null);
  const between = await one.write("between\n", root.oid);
  const claim = await one.write("claim\n", between.oid);
  await one.transact([change(log, null, root.oid)]);
  expect(await one.transact([change(log, between.oid, claim.oid)])).toBe("conflict");
  expect(await one.transact([change(log, null, claim.oid)])).toBe("conflict");
  expect(await one.transact([change(marker, root.oid, claim.oid), change(log, root.oid, claim.oid)])).toBe(
    "conflict",
  );
  expect([await repository.tip(log), await repository.tip(marker)]).toEqual([root.oid, null]);
});

describe("two pushes that saw the same", () => {
  /** The first push waits inside the server, when git here has compared already, until a file says that it may go on. */
  async function holdUp(): Promise<{ readonly isHeldUp: () => boolean; letGo(): Promise<void> }> {
    const at = (name: string) => join(repositories.folder, name);
    await repository.hook(
      "pre-receive",
      `if mkdir '${at("held-up")}' 2>/dev/null; then while [ ! -e '${at("go")}' ]; do sleep 0.02; done; fi`,
    );
    return { isHeldUp: () => existsSync(at("held-up")), letGo: () => writeFile(at("go"), "") };
  }

  test.each(["makes it", "moves it on"])(
    "of a log: the second one %s, and the first has lost",
    async (what) => {
      let from: string | null = null;
      if (what === "moves it on") {
        from = (await one.write("root\n", null)).oid;
        await one.transact([change(log, null, from)]);
      }
      const [mine, theirs] = [await one.write("mine\n", from), await other.write("theirs\n", from)];
      const { isHeldUp, letGo } = await holdUp();
      const slow = one.transact([change(log, from, mine.oid), change(marker, null, mine.oid)]);
      await until(isHeldUp);
      expect(await other.transact([change(log, from, theirs.oid), change(marker, null, theirs.oid)])).toBe(
        "applied",
      );
      await letGo();
      expect(await slow).toBe("conflict");
      expect([await repository.tip(log), await repository.tip(marker)]).toEqual([theirs.oid, theirs.oid]);
    },
  );

  test("of which the first is a single change", async () => {
    const [mine, theirs] = [await one.write("mine\n", null), await other.write("theirs\n", null)];
    const { isHeldUp, letGo } = await holdUp();
    const slow = one.transact([change(log, null, mine.oid)]);
    await until(isHeldUp);
    expect(await other.transact([change(log, null, theirs.oid)])).toBe("applied");
    await letGo();
    expect(await slow).toBe("conflict");
    expect(await repository.tip(log)).toBe(theirs.oid);
  });

  test("and one of them deletes", async () => {
    const root = await one.write("root\n", null);
    await one.transact([change(ticket("1"), null, root.oid)]);
    const { isHeldUp, letGo } = await holdUp();
    const slow = one.transact([change(ticket("1"), root.oid, null)]);
    await until(isHeldUp);
    expect(await other.transact([change(ticket("1"), root.oid, null)])).toBe("applied");
    await letGo();
    expect(["conflict", "applied"]).toContain(await slow);
    expect(await repository.tip(ticket("1"))).toBeNull();
  });
});

test("processes that move one log on, each as often as it can: what was applied is in the log, once, and nothing else", async () => {
  const [processes, moves] = [4, 5];
  const source = new URL("../../src/git/ref-store.ts", import.meta.url).href;
  const script = `const { openGitStore } = await import(${JSON.stringify(source)});
    const store = openGitStore({ remote: ${JSON.stringify(repository.path)} });
    for (let moved = 0, tries = 0; moved < ${moves}; tries++) {
      const from = await store.tip("${log}");
      const { oid } = await store.write(process.pid + " tries for the " + tries + ". time", from);
      const outcome = await store.transact([
        { ref: "${log}", from, to: oid },
        { ref: "${marker}", from, to: oid },
      ]);
      if (outcome === "unknown") throw new Error("unknown");
      if (outcome !== "applied") continue;
      console.log(oid);
      moved++;
    }`;
  const run = promisify(execFile);
  const outputs = await Promise.all(
    Array.from({ length: processes }, () => run(process.execPath, ["--input-type=module", "-e", script])),
  );
  const applied = outputs.flatMap(({ stdout }) => stdout.trim().split("\n"));
  const chain = (await repository.git("rev-list", "--first-parent", log)).split("\n");
  expect(applied.toSorted()).toEqual(chain.toSorted());
  expect(chain).toHaveLength(processes * moves);
  expect(await repository.tip(marker)).toBe(chain[0]);
});

test("a lock file that a killed git left in the server's repository is told, once it does not go away", async () => {
  const { oid } = await one.write("claim\n", null);
  await repository.git("config", "core.filesRefLockTimeout", "10");
  await one.transact([change(ticket("1"), null, oid)]);
  await repository.set(marker, oid);
  await writeFile(join(repository.path, `${marker}.lock`), "");
  const taken = [change(log, null, oid), change(marker, oid, null)];
  expect(await one.transact(taken)).toBe("conflict");
  const error = await rejectionOf(one.transact(taken));
  expect(error).toMatchObject({ kind: "unreachable" });
  expect(error?.message).toContain(`${marker}.lock`);
  expect(await repository.tip(log)).toBeNull();
});

test("a ref that stands where the lock's folder would be is named", async () => {
  const { oid } = await one.write("claim\n", null);
  await one.transact([change("refs/locks/publish/log", null, oid)]);
  expect(await rejectionOf(one.transact([change(log, null, oid), change(marker, null, oid)]))).toMatchObject({
    kind: "foreign",
    message: expect.stringContaining("refs/locks/publish/log"),
  });
});

test("a ref of the lock that is no commit is told apart, and is nobody's", async () => {
  const blob = (await repository.git("hash-object", "-w", join(repository.path, "config"))).trim();
  await repository.set(log, blob);
  expect((await one.list("refs/locks/publish/")).refs).toEqual([{ name: log, oid: blob, isCommit: false }]);
  expect(await rejectionOf(one.tipCommit(log))).toMatchObject({ kind: "foreign" });
});

test("objects and refs that the server has packed are read as well", async () => {
  const root = await one.write("root\n", null);
  const claim = await one.write("claim\n", root.oid);
  await one.transact([change(log, null, claim.oid)]);
  await repository.git("gc", "--quiet", "--prune=now");
  expect(existsSync(join(repository.path, "objects", root.oid.slice(0, 2), root.oid.slice(2)))).toBe(false);
  expect(await other.tip(log)).toBe(claim.oid);
  expect(await other.history(claim.oid, 5)).toEqual([claim, root]);
  const next = await other.write("next\n", claim.oid);
  expect(await other.transact([change(log, claim.oid, next.oid)])).toBe("applied");
});
