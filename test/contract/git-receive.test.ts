/** A transaction in a repository on this machine: what is sent to the git that receives it, and what becomes of what that says, or does not. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EMPTY_TREE, encodeCommit, type ObjectFormat, oidOf } from "../../src/git/commit.ts";
import { encodePack } from "../../src/git/pack.ts";
import { type GitRefStore, openGitStore } from "../../src/git/ref-store.ts";
import type { RefChange } from "../../src/lock/refs.ts";
import { type BareRepository, openRepositories, type Repositories } from "../git/repositories.ts";
import { runGit } from "../hub/git.ts";

const [LOG, HOLDER] = ["refs/locks/publish/log/1", "refs/locks/publish/holder/1"];

let repositories: Repositories;
let repository: BareRepository;
let store: GitRefStore;

beforeEach(async () => {
  repositories = await openRepositories();
  repository = await repositories.add("app.git");
  store = openGitStore({ remote: repository.path, cwd: repositories.folder });
});

afterEach(async () => {
  await store.close();
  await repositories.close();
});

async function making(): Promise<RefChange[]> {
  const { oid } = await store.write("claim\n", null);
  return [LOG, HOLDER].map((ref) => ({ ref, from: null, to: oid }));
}

describe("a pack", () => {
  test.each<ObjectFormat>(["sha1", "sha256"])(
    "of any commits is read by git as they are, in %s",
    async (format) => {
      const { path } = await repositories.add(`${format}.git`, format);
      const messages = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("x".repeat(5000))), {
        ...{ minLength: 1, maxLength: 5 },
      });
      await fc.assert(
        fc.asyncProperty(messages, fc.integer({ min: 0, max: 70_000 }), async (texts, length) => {
          const plain = [...texts, "y".repeat(length)].map(
            (text, at) => `${at}${text.replaceAll(/\0|[\ud800-\udfff]/gu, "")}`,
          );
          const committer = { name: "octo", email: "octo@example.com" };
          const commits = plain.map((message) =>
            encodeCommit({ message, parent: null, committer, date: new Date(0) }, format),
          );
          const pack = encodePack([...commits, EMPTY_TREE], format);
          const unpacked = await runGit(path, ["unpack-objects", "-q", "--strict"], pack);
          expect(unpacked.stderr).toBe("");
          const oids = commits.map((commit) => oidOf(commit, format));
          const read = await runGit(path, ["cat-file", "--batch-check"], `${oids.join("\n")}\n`);
          const sizes = commits.map(({ content }, at) => `${oids[at]} commit ${content.length}\n`);
          expect(read.stdout.toString()).toBe(sizes.join(""));
        }),
        { numRuns: 15 },
      );
    },
  );
});

describe("the git that receives it", () => {
  test("works by the settings of the repository, and by none of those of this process", async () => {
    const changes = await making();
    await repository.hook("pre-receive", "exit 1");
    process.env.GIT_CONFIG_COUNT = "1";
    process.env.GIT_CONFIG_KEY_0 = "core.hooksPath";
    process.env.GIT_CONFIG_VALUE_0 = "/dev/null";
    try {
      await expect(store.transact(changes)).rejects.toMatchObject({ kind: "refused" });
    } finally {
      for (const name of ["COUNT", "KEY_0", "VALUE_0"]) delete process.env[`GIT_CONFIG_${name}`];
    }
  });

  test("is not asked for several refs as one where it can't do that: the log is changed first, and alone", async () => {
    await repository.git("config", "receive.advertiseAtomic", "false");
    await repository.hook("update", `printf '%s ' "$1" >> "$GIT_DIR/order"`);
    expect(await store.transact((await making()).toReversed())).toBe("applied");
    expect(store.comparesAll()).toBe(false);
    expect(await readFile(join(repository.path, "order"), "utf8")).toBe(`${LOG} ${HOLDER} `);
  });

  test.each(["pre-receive", "post-receive"])(
    "is killed in its hook %s: the outcome is what the log says",
    async (hook) => {
      const changes = await making();
      await repository.hook(hook, "kill -9 $PPID");
      expect(await store.transact(changes)).toBe(hook === "pre-receive" ? "unknown" : "applied");
      expect(await repository.tip(LOG)).toBe(hook === "pre-receive" ? null : changes[0]?.to);
      await repository.hook(hook, "");
      expect(await store.transact(changes)).toBe(hook === "pre-receive" ? "applied" : "conflict");
    },
  );

  test("is not waited for where the refs are changed, until the store is closed: its hooks are not cut off", async () => {
    const [go, ended] = ["go", "ended"].map((name) => join(repositories.folder, name));
    await repository.hook(
      "post-receive",
      `while [ ! -e '${go}' ]; do sleep 0.02; done; echo said; echo said >&2; touch '${ended}'`,
    );
    expect(await store.transact(await making())).toBe("applied");
    expect(existsSync(ended ?? "")).toBe(false);
    const closed = store.close();
    await writeFile(go ?? "", "");
    await closed;
    expect(existsSync(ended ?? "")).toBe(true);
  });

  test("that has nothing but these refs to say leaves the objects of others where they are", async () => {
    const first = await making();
    expect(await store.transact(first)).toBe("applied");
    const next = await store.write("next\n", first[0]?.to ?? null);
    const before = await repository.git("count-objects");
    expect(await store.transact([{ ref: LOG, from: first[0]?.to ?? null, to: next.oid }])).toBe("applied");
    const count = (text: string) => Number.parseInt(text, 10);
    expect(count(await repository.git("count-objects")) - count(before)).toBe(1);
  });
});
