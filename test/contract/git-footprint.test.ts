/**
 * What the git store leaves behind, and what it makes use of: nothing of the user's is touched, no hook or signature of theirs is asked for, and no more
 * processes are started than are needed.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type GitRefStore, openGitStore } from "../../src/git/ref-store.ts";
import { resolveRemote } from "../../src/git/remote.ts";
import type { Oid } from "../../src/lock/refs.ts";
import { installFakeSsh } from "../git/fake-ssh.ts";
import { type Asked, startGitHttpServer } from "../git/http-server.ts";
import { type BareRepository, openRepositories, type Repositories } from "../git/repositories.ts";
import { installShim, type Shim } from "../git/shim.ts";
import { gitEnvironment } from "../hub/git.ts";
import { change, placeOf } from "./stage.ts";

const { prefix, log, marker } = placeOf("publish");

let repositories: Repositories;
let repository: BareRepository;
let stores: GitRefStore[];
let environment: NodeJS.ProcessEnv;

beforeEach(async () => {
  environment = { ...process.env };
  stores = [];
  repositories = await openRepositories();
  repository = await repositories.add("app.git");
});

afterEach(async () => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
  await Promise.all(stores.map((store) => store.close()));
  await repositories.close();
});

function open(remote: string, cwd = repositories.folder): GitRefStore {
  const store = openGitStore({ remote, cwd });
  stores.push(store);
  return store;
}

/** Takes the lock, gives it back, and looks at its log, as the policy does. */
async function useLock(store: GitRefStore): Promise<void> {
  const { refs } = await store.list(prefix);
  const from = refs.find(({ name }) => name === log)?.oid ?? null;
  const claim = await store.write("claim\n", from);
  if (from !== null) await store.read(from);
  const take = [change(log, from, claim.oid), change(marker, null, claim.oid)];
  expect(await store.transact(take)).toBe("applied");
  const entry = await store.write("entry\n", claim.oid);
  const give = [change(log, claim.oid, entry.oid), change(marker, claim.oid, null)];
  expect(await store.transact(give)).toBe("applied");
}

function filesOf(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.map((path) => [path.slice(folder.length), readFileSync(path, "latin1")]));
}

function leftFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("reflock-git-"));
}

describe("a user's repository", () => {
  let work: string;

  beforeEach(() => {
    work = join(repositories.folder, "work");
    mkdirSync(work);
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: work, env: gitEnvironment(), stdio: "pipe" });
    git("init", "--quiet");
    writeFileSync(join(work, "file"), "work");
    git("add", "file");
    git("-c", "user.name=u", "-c", "user.email=u@example.com", "commit", "--quiet", "-m", "first");
    writeFileSync(join(work, "file"), "work in progress");
    writeFileSync(join(work, "other"), "not added");
    git("remote", "add", "origin", repository.path);
    // Everything that would get in the way of a push of the user's own, or come along with it.
    for (const [name, value] of [
      ["commit.gpgSign", "true"],
      ["push.gpgSign", "true"],
      ["gpg.program", "/bin/false"],
      ["push.followTags", "true"],
      ["push.pushOption", "ci.skip"],
      ["push.recurseSubmodules", "check"],
      ["fetch.prune", "true"],
      ["gc.auto", "1"],
      ["url./nowhere/.insteadOf", "/elsewhere/"],
    ] as const)
      git("config", name, value);
    for (const hook of ["pre-push", "reference-transaction", "post-checkout", "pre-commit"]) {
      mkdirSync(join(work, ".git/hooks"), { recursive: true });
      writeFileSync(join(work, ".git/hooks", hook), '#!/bin/sh\ntouch "$(dirname "$0")/ran"\nexit 1\n');
      chmodSync(join(work, ".git/hooks", hook), 0o755);
    }
  });

  test.each(["path", "file-url", "ssh"])("is not touched by a lock in its origin, by %s", async (way) => {
    const before = filesOf(work);
    const ssh = installFakeSsh(repositories.folder);
    const urls: Record<string, string> = {
      "file-url": `file://${repository.path}`,
      ssh: `ssh://h${repository.path}`,
    };
    const { url } = await resolveRemote(work, urls[way] ?? null);
    await useLock(open(url, work));
    await useLock(open(url, work));
    ssh.remove();
    expect(filesOf(work)).toEqual(before);
    expect(await repository.git("for-each-ref", "--format=%(refname)")).toBe(log);
  });

  test("that keeps the lock itself has new objects and the lock's refs, and nothing else", async () => {
    const before = filesOf(work);
    // Its own hook on transactions is the server's here, and has a say.
    writeFileSync(join(work, ".git/hooks/reference-transaction"), "#!/bin/sh\n");
    before.set("/.git/hooks/reference-transaction", "#!/bin/sh\n");
    await useLock(open(work, work));
    const after = filesOf(work);
    for (const [path, content] of after) {
      if (before.has(path)) expect(content, path).toBe(before.get(path));
      else expect(path).toMatch(/^\/\.git\/(objects\/|refs\/locks\/publish\/log\/1$)/);
    }
    expect([...before.keys()].filter((path) => !after.has(path))).toEqual([]);
  });

  test("is left alone by who is started from a hook of it", async () => {
    const before = filesOf(work);
    Object.assign(process.env, {
      GIT_DIR: join(work, ".git"),
      GIT_INDEX_FILE: join(work, ".git/index"),
      GIT_WORK_TREE: work,
      GIT_OBJECT_DIRECTORY: join(work, ".git/objects"),
      GIT_QUARANTINE_PATH: join(work, ".git/objects"),
      GIT_NAMESPACE: "other",
      GIT_TRACE: "1",
      GIT_TRACE_PACKET: "1",
      GIT_PREFIX: "sub/",
    });
    await useLock(open(repository.path, work));
    await useLock(open(`file://${repository.path}`, work));
    expect(filesOf(work)).toEqual(before);
    delete process.env.GIT_NAMESPACE;
    expect(await repository.git("for-each-ref", "--format=%(refname)")).toBe(log);
  });
});

test("hooks that a user has for all repositories are not run", async () => {
  const hooks = join(repositories.folder, "hooks");
  mkdirSync(hooks);
  for (const hook of ["pre-push", "reference-transaction", "post-index-change"]) {
    writeFileSync(join(hooks, hook), "#!/bin/sh\nexit 1\n");
    chmodSync(join(hooks, hook), 0o755);
  }
  process.env.GIT_CONFIG_GLOBAL = join(repositories.folder, "global.config");
  writeFileSync(process.env.GIT_CONFIG_GLOBAL, `[core]\n\thooksPath = ${hooks}\n`);
  const ssh = installFakeSsh(repositories.folder);
  await useLock(open(`ssh://h${repository.path}`));
  await useLock(open(`ssh://h${repository.path}`));
  ssh.remove();
});

test("commits are of git's own form, and by the user's name", async () => {
  process.env.GIT_COMMITTER_NAME = "Émile <x>";
  process.env.GIT_COMMITTER_EMAIL = "emile@example.com";
  const store = open(repository.path);
  const { oid, date } = await store.write("subject\n\n{}\n", null);
  await store.transact([change(log, null, oid)]);
  expect(await repository.git("fsck", "--strict", "--no-dangling")).toBe("");
  expect(await repository.git("log", "-1", "--format=%an <%ae> %cn <%ce> %cI", log)).toBe(
    `Émile x <emile@example.com> Émile x <emile@example.com> ${date.replace("Z", "+00:00")}`,
  );
});

describe("who has no identity", () => {
  test("writes under the tool's name", async () => {
    Object.assign(process.env, { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" });
    for (const name of ["GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"]) delete process.env[name];
    const store = open(repository.path);
    const { oid } = await store.write("subject\n", null);
    await store.transact([change(log, null, oid)]);
    expect(await repository.git("log", "-1", "--format=%an <%ae>", log)).toBe("reflock <reflock@localhost>");
  });
});

describe("the private store", () => {
  test("is gone when it is closed, and when its process ends", async () => {
    // Others work on this machine as well.
    process.env.TMPDIR = join(repositories.folder, "temporary");
    mkdirSync(process.env.TMPDIR);
    const before = leftFolders();
    const ssh = installFakeSsh(repositories.folder);
    const url = `ssh://h${repository.path}`;
    const store = open(url);
    await useLock(store);
    expect(leftFolders().length).toBe(before.length + 1);
    await store.close();
    expect(leftFolders()).toEqual(before);
    await useLock(open(repository.path));
    expect(leftFolders(), "by path there is none").toEqual(before);
    const source = new URL("../../src/git/ref-store.ts", import.meta.url).href;
    await repository.git("gc", "--quiet", "--prune=now");
    expect(readdirSync(join(repository.path, "objects")).toSorted()).toEqual(["info", "pack"]);
    const script = (
      remote: string,
      end: string,
    ) => `const { openGitStore } = await import(${JSON.stringify(source)});
      const store = openGitStore({ remote: ${JSON.stringify(remote)} });
      const oid = await store.tip("${log}");
      console.log((await store.read(oid)).message);
      ${end}`;
    const run = (remote: string, end: string) =>
      execFileSync(process.execPath, ["--input-type=module", "-e", script(remote, end)], {
        stdio: "pipe",
        timeout: 30_000,
      });
    expect(() => run(url, "process.exit(7);")).toThrow(expect.objectContaining({ status: 7 }));
    expect(leftFolders()).toEqual(before);
    // Nobody need close it: the git that reads packed commits keeps no process alive.
    for (const remote of [url, repository.path]) {
      expect(run(remote, "").toString()).toBe("entry\n\n");
      expect(leftFolders()).toEqual(before);
    }
    ssh.remove();
  });
});

describe("processes", () => {
  let shim: Shim;

  beforeEach(() => {
    shim = installShim();
  });

  afterEach(() => shim.remove());

  /** The subcommand of each git that was started by us. */
  const ran = () =>
    shim
      .ran()
      .map(
        (line) =>
          / (rev-parse|config|for-each-ref|fetch|push|receive-pack|cat-file)(?= )/.exec(` ${line}`)?.[1] ??
          line,
      );

  test("by path: two to find out, one a look, none to read or write, one a transaction", async () => {
    const store = open(repository.path);
    await store.list(prefix);
    expect(ran().toSorted()).toEqual(["config", "for-each-ref", "rev-parse"]);
    await useLock(store);
    expect(ran()).toEqual(["for-each-ref", "receive-pack", "receive-pack"]);
    await useLock(store);
    expect(ran()).toEqual(["for-each-ref", "receive-pack", "receive-pack"]);
  });

  test("elsewhere: one to find out, one a look that brings the commits along, one a transaction", async () => {
    const ssh = installFakeSsh(repositories.folder);
    const [store, other] = [open(`ssh://h${repository.path}`), open(`ssh://h${repository.path}`)];
    let last: Oid | null = null;
    for (const one of [store, other, store]) {
      const before = last;
      const { refs } = await one.list(prefix);
      expect(refs.map(({ oid }) => oid)).toEqual(before === null ? [] : [before]);
      if (before !== null) expect((await one.read(before)).oid).toBe(before);
      const next = await one.write("next\n", before);
      last = next.oid;
      expect(await one.transact([change(log, before, last)])).toBe("applied");
    }
    ssh.remove();
    expect(ran()).toEqual(["config", "fetch", "push", "config", "fetch", "push", "fetch", "push"]);
  });
});

describe("a look at a lock elsewhere", () => {
  test("asks for its refs alone, however many others there are, and an unchanged one for nothing more", async () => {
    const server = await startGitHttpServer(repositories.folder);
    try {
      const root = await repository.commit("root");
      await repository.set(log, root);
      const store = open(`${server.url}/app.git`);
      expect(await store.tip(log)).toBe(root);
      const first = server.asked.splice(0);
      expect(await store.tip(log)).toBe(root);
      const second = server.asked.splice(0);
      const commands = (asked: readonly Asked[]) =>
        asked.map(({ body }) => /command=(ls-refs|fetch)/.exec(body)?.[1] ?? "capabilities");
      expect(commands(first)).toEqual(["capabilities", "ls-refs", "fetch"]);
      expect(commands(second)).toEqual(["capabilities", "ls-refs"]);
      const prefixes = second.flatMap(({ body }) =>
        [...body.matchAll(/ref-prefix (.*)\n/g)].map(([, name]) => name),
      );
      expect(prefixes).toContain(log);
      for (const name of prefixes) expect(name).toContain(log);
    } finally {
      await server.close();
    }
  });

  test("brings the newest commits of a long log, and not all of it", async () => {
    process.env.TMPDIR = join(repositories.folder, "temporary");
    mkdirSync(process.env.TMPDIR);
    let tip = await repository.commit("first");
    const chain = [tip];
    for (let length = 1; length < 40; length++) {
      tip = await repository.commit(`commit ${length}`, tip);
      chain.unshift(tip);
    }
    await repository.set(log, tip);
    const ssh = installFakeSsh(repositories.folder);
    const store = open(`ssh://h${repository.path}`);
    const objects = () =>
      [...filesOf(process.env.TMPDIR ?? "").keys()].filter((path) => /\/objects\/[0-9a-f]{2}\//.test(path))
        .length;
    await store.list(prefix);
    expect(objects()).toBeLessThan(5);
    expect((await store.history(tip, 10)).map(({ oid }) => oid)).toEqual(chain.slice(0, 10));
    expect(objects()).toBeLessThan(15);
    expect((await store.history(tip, 100)).map(({ oid }) => oid)).toEqual(chain);
    const next = await store.write("next\n", tip);
    expect(await store.transact([change(log, tip, next.oid)])).toBe("applied");
    ssh.remove();
  });
});
