/**
 * Servers that say no, or nothing: which of it is final, which is worth repeating, in whose words, and never with a credential in it.
 */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type GitRefStore, type GitStoreOptions, openGitStore } from "../../src/git/ref-store.ts";
import { type GitHttpServer, type Mood, startGitHttpServer } from "../git/http-server.ts";
import { type BareRepository, openRepositories, type Repositories } from "../git/repositories.ts";
import { installShim } from "../git/shim.ts";
import { rejectionOf, thrownBy } from "../unit/thrown.ts";
import { change, placeOf } from "./stage.ts";

const { prefix, log, marker } = placeOf("publish");

let repositories: Repositories;
let repository: BareRepository;
let stores: GitRefStore[];

beforeEach(async () => {
  stores = [];
  repositories = await openRepositories();
  repository = await repositories.add("app.git");
});

afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await repositories.close();
});

function open(remote: string, more: Partial<GitStoreOptions> = {}): GitRefStore {
  const store = openGitStore({ remote, cwd: repositories.folder, ...more });
  stores.push(store);
  return store;
}

function placeOfBranches() {
  const below = "refs/heads/locks/publish";
  return { log: `${below}/log/1`, marker: `${below}/holder/1` };
}

/** Takes a lock that nobody holds. */
async function take(store: GitRefStore) {
  const { oid } = await store.write("claim\n", null);
  return await store.transact([change(log, null, oid), change(marker, null, oid)]);
}

describe("a repository that refuses", () => {
  test.each(["update", "pre-receive"])(
    "by its %s hook is final, and says why in its own words",
    async (hook) => {
      await repository.hook(hook, `printf 'no locks on \\033[31mfridays\\033[0m\\n' >&2; exit 1`);
      const error = await rejectionOf(take(open(repository.path)));
      expect(error).toMatchObject({ kind: "refused" });
      expect(error?.message).toContain("no locks on fridays");
      expect(error?.message).not.toMatch(/\p{Cc}/u);
      expect(await repository.tip(log)).toBeNull();
    },
  );

  test("by a hook on transactions is final", async () => {
    await repository.hook("reference-transaction", '[ "$1" != prepared ]');
    expect(await rejectionOf(take(open(repository.path)))).toMatchObject({ kind: "refused" });
  });

  test("because it hides the refs says which other namespace to take", async () => {
    await repository.git("config", "transfer.hideRefs", "refs/locks");
    const error = await rejectionOf(take(open(repository.path)));
    expect(error).toMatchObject({ kind: "refused" });
    expect(error?.message).toMatch(/hidden ref.*refs\/heads\/locks/);
  });

  describe("in a namespace of branches", () => {
    const { log, marker } = placeOfBranches();

    test("to delete is final", async () => {
      const store = open(repository.path);
      const claim = await store.write("claim\n", null);
      expect(await store.transact([change(log, null, claim.oid), change(marker, null, claim.oid)])).toBe(
        "applied",
      );
      await repository.git("config", "receive.denyDeletes", "true");
      const entry = await store.write("entry\n", claim.oid);
      const given = [change(log, claim.oid, entry.oid), change(marker, claim.oid, null)];
      const error = await rejectionOf(store.transact(given));
      expect(error).toMatchObject({ kind: "refused", message: expect.stringContaining("prohibited") });
      expect(await repository.tip(log)).toBe(claim.oid);
    });

    test("to move a marker elsewhere is a conflict: the log may be moved alone", async () => {
      await repository.git("config", "receive.denyNonFastForwards", "true");
      const store = open(repository.path);
      const [root, leftover] = [await repository.commit("root"), await repository.commit("leftover")];
      await repository.set(log, root);
      await repository.set(marker, leftover);
      const claim = await store.write("claim\n", root);
      const taken = [change(log, root, claim.oid), change(marker, leftover, claim.oid)];
      expect(await store.transact(taken)).toBe("conflict");
      expect(await store.transact(taken.slice(0, 1))).toBe("applied");
    });
  });

  test("that is not there, or is none, is named wrongly", async () => {
    await writeFile(join(repositories.folder, "file"), "");
    for (const path of ["nothing", "file", "."]) {
      const error = await rejectionOf(open(join(repositories.folder, path)).list(prefix));
      expect(error, path).toMatchObject({
        kind: "usage",
        message: expect.stringContaining("no repository"),
      });
    }
  });

  // Nothing is closed to the superuser.
  test.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
    "because one may not look into its folder is final",
    async () => {
      const { path } = repository;
      for (const closed of [path, join(path, "objects"), repositories.folder]) {
        await chmod(closed, 0);
        const error = await rejectionOf(open(path, { cwd: "/" }).list(prefix));
        await chmod(closed, 0o755);
        expect(error, closed).toMatchObject({ kind: "denied" });
      }
    },
  );
});

describe("over http", () => {
  let server: GitHttpServer;

  beforeEach(async () => {
    server = await startGitHttpServer(repositories.folder);
  });

  afterEach(() => server.close());

  const at = (userinfo = "") => `${server.url.replace("//", `//${userinfo}`)}/app.git`;

  test("without credentials nobody is asked for any, and it ends at once", async () => {
    server.credentials = "octo:geheim-1234";
    const began = performance.now();
    const error = await rejectionOf(open(at()).list(prefix));
    expect(error).toMatchObject({ kind: "denied" });
    expect(error?.message).toContain("never prompts");
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("credentials in the URL are used at once, and stand in no argument of any process", async () => {
    server.credentials = "octo:geheim-1234/@";
    const shim = installShim();
    try {
      expect(await take(open(at("octo:geheim-1234%2F%40@")))).toBe("applied");
      expect(server.asked.every(({ authorization }) => authorization !== undefined)).toBe(true);
      expect(shim.ran().join()).not.toMatch(/geheim|octo|Basic/);
    } finally {
      shim.remove();
    }
  });

  test("credentials that are wrong are in no error", async () => {
    server.credentials = "octo:something else";
    const error = await rejectionOf(open(at("octo:geheim-1234@")).list(prefix));
    expect(error).toMatchObject({ kind: "denied" });
    expect(`${error?.message} ${error?.stack} ${String(error?.cause)}`).not.toContain("geheim");
    expect(error?.message).toContain("/app.git");
  });

  test("credentials of the user's own repository are used, also those that only it has", async () => {
    server.credentials = "octo:geheim-1234";
    const { path } = await repositories.add("own.git");
    const basic = Buffer.from("octo:geheim-1234").toString("base64");
    await repository.git(
      "-C",
      path,
      "config",
      `http.${server.url}/.extraHeader`,
      `Authorization: Basic ${basic}`,
    );
    expect(await take(open(at(), { cwd: path }))).toBe("applied");
  });

  test("credentials that the user's configuration has for this one folder are used, and sent once", async () => {
    server.credentials = "octo:geheim-1234";
    const own = await repositories.add("own.git");
    const [global, local] = ["global.config", "local.config"].map((name) => join(repositories.folder, name));
    const basic = Buffer.from("octo:geheim-1234").toString("base64");
    const section = `[http "${server.url}/"]\n\textraHeader = Authorization: Basic ${basic}\n`;
    await writeFile(local ?? "", section);
    await writeFile(
      global ?? "",
      `[user]\n\tname = x\n[includeIf "gitdir:${own.path}/"]\n\tpath = ${local}\n`,
    );
    const before = process.env.GIT_CONFIG_GLOBAL;
    process.env.GIT_CONFIG_GLOBAL = global;
    try {
      expect(await take(open(at(), { cwd: own.path }))).toBe("applied");
      await writeFile(global ?? "", section);
      const entry = await open(at(), { cwd: own.path }).list(prefix);
      expect(entry.refs).toHaveLength(2);
    } finally {
      if (before === undefined) delete process.env.GIT_CONFIG_GLOBAL;
      else process.env.GIT_CONFIG_GLOBAL = before;
    }
    // Twice would be one header of two values.
    for (const { authorization } of server.asked) expect(authorization).toBe(`Basic ${basic}`);
  });

  test("a server's own words are told without what they quote of credentials", async () => {
    server.mood = () => [403, "https://octo:geheim-1234@example.com may not do this\n"];
    const error = await rejectionOf(open(at("octo:geheim-1234@")).list(prefix));
    expect(error).toMatchObject({ kind: "denied" });
    expect(error?.message).not.toContain("geheim");
  });

  const moods: readonly (readonly [Mood, string, unknown])[] = [
    [[401, ""], "denied", "denied"],
    [[403, ""], "denied", "denied"],
    [[404, ""], "denied", "denied"],
    [[429, ""], "throttled", "throttled"],
    [[500, ""], "unreachable", "unknown"],
    [[503, "maintenance"], "unreachable", "unknown"],
    ["drop-before", "unreachable", "unknown"],
    ["hang", "unreachable", "unknown"],
  ];

  test.each(moods)("%s: a look is %s, a transaction is %s", async (mood, look, change) => {
    const store = open(at(), { requestTimeoutMs: 3000 });
    await store.list(prefix);
    server.mood = () => mood;
    expect(await rejectionOf(store.list(prefix))).toMatchObject({ kind: look });
    const outcome = await take(store).catch((error: { kind?: string }) => error.kind);
    expect(outcome).toBe(change);
  });

  test("what the HTTP library repeats by itself is answered with a conflict, and the log has the claim", async () => {
    const store = open(at());
    await store.list(prefix);
    const { oid } = await store.write("claim\n", null);
    server.mood = ({ isPush, method }) => {
      if (!isPush || method === "GET") return null;
      server.mood = () => null;
      return "drop-after";
    };
    expect(["conflict", "unknown"]).toContain(
      await store.transact([change(log, null, oid), change(marker, null, oid)]),
    );
    expect(await store.tip(log)).toBe(oid);
  });

  test("whoever is told to stop waits for no answer, and begins nothing more", async () => {
    const stop = new AbortController();
    const store = open(at(), { signal: stop.signal });
    await store.list(prefix);
    server.mood = () => {
      setImmediate(() => stop.abort());
      return "hang";
    };
    expect(await take(store)).toBe("unknown");
    expect(await rejectionOf(store.list(prefix))).toMatchObject({ kind: "cancelled" });
    expect(await rejectionOf(take(store))).toMatchObject({ kind: "cancelled" });
  });

  test("a server that can't be reached", async () => {
    await server.close();
    for (const url of [at(), "https://nowhere.invalid/app.git"]) {
      const store = open(url);
      expect(await rejectionOf(store.list(prefix)), url).toMatchObject({ kind: "unreachable" });
    }
    server = await startGitHttpServer(repositories.folder);
  });
});

describe("a git that is killed", () => {
  test("leaves a look worth repeating, and a transaction unknown", async () => {
    const store = open(repository.path);
    await store.list(prefix);
    const shim = installShim();
    try {
      shim.lose("request");
      expect(await rejectionOf(store.list(prefix))).toMatchObject({ kind: "unreachable" });
      for (const what of ["request", "answer"] as const) {
        shim.lose(what);
        expect(await take(store)).toBe("unknown");
        expect(shim.isWaiting()).toBe(false);
        expect((await repository.tip(log)) === null).toBe(what === "request");
      }
    } finally {
      shim.remove();
    }
  });
});

describe("what is no repository's name", () => {
  test.each([
    "--upload-pack=touch /tmp/x",
    "-oProxyCommand=x",
    "ext::sh -c 'touch /tmp/x'",
    "fd::7",
    "ssh://-oProxyCommand=x/app.git",
    "ssh://git@-oProxyCommand=x/app.git",
    "gopher://example.com/app.git",
    "https://example.com/app.git?private_token=x",
    "a\nb",
    "",
  ])("%j is refused before anything is run", (remote) => {
    expect(thrownBy(() => openGitStore({ remote }))).toMatchObject({ kind: "usage" });
  });

  test("a ref can't become two, nor an option", async () => {
    const store = open(repository.path);
    const { oid } = await store.write("claim\n", null);
    for (const ref of ["refs/locks/a:refs/heads/main", "--all", "refs/locks/*", "refs/locks/a b", "main"])
      expect(await rejectionOf(store.transact([change(ref, null, oid)])), ref).toMatchObject({
        kind: "usage",
      });
    expect(await rejectionOf(store.transact([change(log, null, "--force")]))).toMatchObject({ kind: "bug" });
    expect(await repository.git("for-each-ref")).toBe("");
  });
});
