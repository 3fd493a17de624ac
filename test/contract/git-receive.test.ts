/** A transaction in a repository on this machine: what is sent to the git that receives it, and what becomes of what that says, or does not. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EMPTY_TREE, encodeCommit, type ObjectFormat, oidOf } from "../../src/git/commit.ts";
import { encodePack } from "../../src/git/pack.ts";
import { type GitRefStore, openGitStore } from "../../src/git/ref-store.ts";
import type { RefChange } from "../../src/lock/refs.ts";
import { until } from "../cli/child-stage.ts";
import { type BareRepository, openRepositories, type Repositories } from "../git/repositories.ts";
import { runGit } from "../hub/git.ts";
import { rejectionOf } from "../unit/thrown.ts";

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

  test("compares also what is to be taken away with a commit that it does not have", async () => {
    const held = await making();
    expect(await store.transact(held)).toBe("applied");
    const other = await store.write("other\n", null);
    for (const [ref, tip] of [
      [HOLDER, held[0]?.to],
      ["refs/locks/publish/holder/2", null],
    ] as const) {
      expect(await store.transact([{ ref, from: other.oid, to: null }])).toBe("conflict");
      expect(await repository.tip(ref)).toBe(tip);
    }
  });

  test("is the one that is read, though there is another repository inside it", async () => {
    const work = join(repositories.folder, "work");
    await runGit(repositories.folder, ["init", "--quiet", work]);
    await runGit(join(work, ".git"), ["init", "--quiet", "."]);
    const local = openGitStore({ remote: work, cwd: repositories.folder });
    const claim = await local.write("claim\n", null);
    expect(await local.transact([{ ref: LOG, from: null, to: claim.oid }])).toBe("applied");
    expect(await local.tip(LOG)).toBe(claim.oid);
    await local.close();
  });

  test("leaves a repository whole in which a commit of ours follows somebody else's", async () => {
    const theirs = (
      await runGit(repository.path, ["hash-object", "-w", "--stdin"], "text\n")
    ).stdout.toString();
    const tree = await runGit(repository.path, ["mktree"], `100644 blob ${theirs.trim()}\tfile\n`);
    const foreign = await repository.git(
      ...["-c", "user.name=octo", "-c", "user.email=octo@example.com"],
      ...["commit-tree", tree.stdout.toString().trim(), "-m", "theirs"],
    );
    await repository.set(LOG, foreign);
    const entry = await store.write("entry\n", foreign);
    expect(await store.transact([{ ref: LOG, from: foreign, to: entry.oid }])).toBe("applied");
    expect((await runGit(repository.path, ["fsck", "--strict"])).code).toBe(0);
  });
});

describe("what is not known", () => {
  /** A git on the PATH that does not become the real one, and so outlives it. */
  async function wrapped(): Promise<() => void> {
    const bin = join(repositories.folder, "bin");
    const path = process.env.PATH ?? "";
    await mkdir(bin);
    await writeFile(join(bin, "git"), `#!/bin/sh\nPATH='${path}'\ngit "$@"\nexit $?\n`, { mode: 0o755 });
    process.env.PATH = `${bin}${delimiter}${path}`;
    return () => {
      process.env.PATH = path;
    };
  }

  test("is not made an error by what a hook has said before", async () => {
    await repository.hook("pre-receive", "echo access denied for guests, remote ref does not exist >&2");
    await repository.hook("reference-transaction", '[ "$1" != committed ] || kill -9 $PPID');
    const unwrap = await wrapped();
    try {
      const changes = await making();
      expect(await store.transact(changes)).toBe("unknown");
      expect(await repository.tip(LOG)).toBe(changes[0]?.to);
    } finally {
      unwrap();
    }
  });

  test("is whether a hook that makes other refs of ours has changed them", async () => {
    await repository.git("config", "receive.procReceiveRefs", "refs/locks");
    await repository.hook(
      "proc-receive",
      `exec '${process.execPath}' '${join(import.meta.dirname, "../git/proc-receive.mjs")}'`,
    );
    expect(await store.transact(await making())).toBe("unknown");
    expect(await store.tip(LOG)).toBeNull();
  });
});

describe("who gives up", () => {
  test("begins nothing more", async () => {
    const stop = new AbortController();
    await repository.git("config", "receive.advertiseAtomic", "false");
    const tired = openGitStore({ remote: repository.path, cwd: repositories.folder, signal: stop.signal });
    const { oid } = await tired.write("claim\n", null);
    await repository.hook("update", `echo "$1" >> "$GIT_DIR/order"; sleep 0.5`);
    const changing = tired.transact([LOG, HOLDER].map((ref) => ({ ref, from: null, to: oid })));
    await until(() => existsSync(join(repository.path, "order")));
    stop.abort();
    expect(await changing).not.toBe("applied");
    await tired.close();
    expect(await readFile(join(repository.path, "order"), "utf8")).toBe(`${LOG}\n`);
  });

  test("when the refs are changed cuts no hook off", async () => {
    const stop = new AbortController();
    const tired = openGitStore({ remote: repository.path, cwd: repositories.folder, signal: stop.signal });
    const { oid } = await tired.write("claim\n", null);
    await repository.hook("post-receive", `sleep 0.3; touch "$GIT_DIR/ended"`);
    expect(await tired.transact([{ ref: LOG, from: null, to: oid }])).toBe("applied");
    stop.abort();
    await tired.close();
    expect(existsSync(join(repository.path, "ended"))).toBe(true);
  });
});

test("what could not be kept is told in the words of whoever could not keep it", async () => {
  await repository.git("config", "receive.maxInputSize", "10");
  const error = await rejectionOf(store.transact(await making()));
  expect(error?.message).toMatch(/unpacker error: .*unpack-objects abnormal exit/);
});
