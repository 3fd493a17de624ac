import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { addressOf, showRemote } from "../../src/git/address.ts";
import { resolveRemote } from "../../src/git/remote.ts";
import { gitEnvironment } from "../hub/git.ts";
import { rejectionOf, thrownBy } from "./thrown.ts";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

function git(cwd: string, ...args: string[]): void {
  execFileSync("git", args, { cwd, env: gitEnvironment(), stdio: "pipe" });
}

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "reflock-remote-")));
  for (const name of ["work", "alone", "plain", "work/sub"]) mkdirSync(at(name));
  git(folder, "init", "--quiet", "--bare", "server.git");
  for (const name of ["work", "alone"]) git(at(name), "init", "--quiet");
  for (const [name, url] of [
    ["origin", "https://octo:geheim-1234@example.com/octo/app.git"],
    ["mirror", "../server.git"],
    ["evil", "ext::sh -c 'touch /tmp/x'"],
    ["both", "https://example.com/read.git"],
  ] as const)
    git(at("work"), "remote", "add", name, url);
  git(at("work"), "remote", "set-url", "--push", "both", "git@example.com:write.git");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Paths of Windows are written in two ways, of which git has one and Node the other.
describe.skipIf(process.platform === "win32")("what --remote means", () => {
  test("by default origin, shown without its credentials", async () => {
    expect(await resolveRemote(at("work"), null)).toEqual({
      url: "https://octo:geheim-1234@example.com/octo/app.git",
      isThisRepository: false,
      shown: "https://example.com/octo/app.git",
      settings: expect.objectContaining({
        remotes: expect.arrayContaining([["remote.mirror.url", "../server.git"]]),
      }),
    });
  });

  test("without origin this repository, and it says so", async () => {
    const git = at("alone", ".git");
    expect(await resolveRemote(at("alone"), null)).toEqual({
      ...{ url: git, isThisRepository: true, shown: git },
      settings: expect.objectContaining({ remotes: [] }),
    });
    expect(await resolveRemote(at("server.git"), null)).toMatchObject({
      url: at("server.git"),
      isThisRepository: true,
    });
  });

  test("a path may be this repository as well", async () => {
    expect(await resolveRemote(at("work"), ".")).toMatchObject({ url: at("work"), isThisRepository: true });
    expect(await resolveRemote(at("work"), "../alone")).toMatchObject({ isThisRepository: false });
  });

  test("a path may be the repository of the work tree that one stands in", async () => {
    git(
      at("alone"),
      "-c",
      "user.name=u",
      "-c",
      "user.email=u@example.com",
      "commit",
      "--quiet",
      "--allow-empty",
      "-m",
      "1",
    );
    git(at("alone"), "worktree", "add", "--quiet", "--detach", at("beside"));
    expect(await resolveRemote(at("beside"), "../alone/.git")).toMatchObject({ isThisRepository: true });
    expect(await resolveRemote(at("beside"), "../server.git")).toMatchObject({ isThisRepository: false });
  });

  test.each([
    ["a remote whose path is relative to the work tree", "work/sub", "mirror", "server.git"],
    ["a path, relative to where one stands", "work/sub", "../../server.git", "server.git"],
    ["a path without its .git", "plain", "../server", "server"],
  ])("%s", async (_, cwd, given, path) => {
    expect((await resolveRemote(at(cwd), given)).url).toBe(at(path));
  });

  test.each([
    "https://example.com/a.git",
    "git@example.com:a.git",
    "ssh://example.com/a",
    "file:///srv/a.git",
  ])("%s as it is", async (url) => {
    expect(await resolveRemote(at("plain"), url)).toMatchObject({ url, isThisRepository: false });
  });

  test("a remote with an address of its own to push to: that one", async () => {
    expect((await resolveRemote(at("work"), "both")).url).toBe("git@example.com:write.git");
  });

  test.each([
    ["no repository and nothing given", "plain", null, /in no git repository/],
    ["neither a remote nor a path", "work", "nowhere", /no remote named "nowhere"/],
    ["a remote that would run a program", "work", "evil", /transport helper/],
    ["a URL that would", "work", "ext::sh -c x", /transport helper/],
    ["an option", "work", "--upload-pack=x", /begins with a dash/],
    ["nothing at all", "work", "", /is empty/],
    ["a folder that is not there", "missing", null, /There is no folder/],
  ])("%s is an error of usage", async (_, cwd, given, message) => {
    const error = await rejectionOf(resolveRemote(at(cwd), given));
    expect(error).toMatchObject({ kind: "usage", message: expect.stringMatching(message) });
  });
});

/** A git for which every repository is somebody else's, first on the PATH. */
function strangersGit(): string {
  const path = process.env.PATH ?? "";
  mkdirSync(at("bin"), { recursive: true });
  const script = '#!/bin/sh\nPATH="$REAL_PATH" GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec git "$@"\n';
  writeFileSync(at("bin", "git"), script, { mode: 0o755 });
  vi.stubEnv("REAL_PATH", path);
  return `${at("bin")}:${path}`;
}

describe.skipIf(process.platform === "win32")("where the repository at hand is another user's", () => {
  beforeAll(() => {
    vi.stubEnv("PATH", strangersGit());
    vi.stubEnv("GIT_CONFIG_GLOBAL", "/dev/null");
  });

  afterAll(() => vi.unstubAllEnvs());

  test.each([null, "mirror"])("its remote %s can't be known, and git's advice is told", async (given) => {
    const error = await rejectionOf(resolveRemote(at("work/sub"), given));
    expect(error).toMatchObject({ kind: "denied" });
    expect(error?.message).toMatch(/belongs to another user.*safe\.directory/);
    expect(error?.message).toContain(`safe.directory ${at("work")}`);
  });

  test("a URL and a path need nothing of it", async () => {
    const url = "https://example.com/a.git";
    expect(await resolveRemote(at("work"), url)).toMatchObject({ url, isThisRepository: false });
    expect(await resolveRemote(at("work"), "../server.git")).toMatchObject({ url: at("server.git") });
  });

  test("where there is none, it is as for everybody", async () => {
    expect(await rejectionOf(resolveRemote(at("plain"), null))).toMatchObject({ kind: "usage" });
  });
});

describe("a remote is shown", () => {
  test.each([
    ["https://octo:secret@example.com/a.git", "https://example.com/a.git"],
    ["https://ghp_secret@example.com/a.git", "https://example.com/a.git"],
    ["https://u:a@b@example.com/a.git?token=x#y", "https://example.com/a.git"],
    ["https://u:a?b@example.com/a.git", "https://…"],
    ["https://example.com?token=a@b/c", "https://…"],
    ["HTTP://u:p@example.com", "HTTP://example.com"],
    ["ssh://git:secret@example.com/a", "ssh://git@example.com/a"],
    ["git@example.com:a/b.git", "git@example.com:a/b.git"],
    ["/srv/\u001b[31mred\u202e", "/srv/[31mred"],
    [`/${"x".repeat(400)}`, `/${"x".repeat(299)}…`],
  ])("%j as %j", (url, shown) => {
    expect(showRemote(url)).toBe(shown);
  });
});

describe("credentials of a URL", () => {
  const basic = (text: string) => `Authorization: Basic ${Buffer.from(text).toString("base64")}`;

  test.each([
    [
      "https://octo:a%2Fb%40c@example.com/a.git",
      [
        ["http.https://example.com/a.git.extraHeader", ""],
        ["http.https://example.com/a.git.extraHeader", basic("octo:a/b@c")],
      ],
    ],
    ["https://octo@example.com/a.git", [["credential.https://example.com/a.git.username", "octo"]]],
    ["https://example.com/a.git", []],
  ])("%s go where git alone sees them", (given, settings) => {
    expect(addressOf(given, "/")).toMatchObject({ url: "https://example.com/a.git", settings });
  });

  test.skipIf(process.platform === "win32")(
    "a path and a file URL are told apart from what is elsewhere",
    () => {
      expect(addressOf("a.git", "/srv").path).toBe("/srv/a.git");
      expect(addressOf("file:///srv/a%20b.git", "/").path).toBe("/srv/a b.git");
      expect(addressOf("git@example.com:a.git", "/").path).toBeNull();
    },
  );

  test.each([
    "https://example.com/a.git?private_token=geheim",
    "HTTP://example.com?private_token=geheim",
    "https://octo:a?geheim@example.com/a.git",
    "https://octo:geheim@example.com/a.git#geheim",
  ])("%s has some where git would show them: it is refused, and shows none", (url) => {
    const error = thrownBy(() => addressOf(url, "/"));
    expect(error).toMatchObject({ kind: "usage", message: expect.stringContaining("has a query") });
    expect(error?.message).not.toMatch(/geheim|private/);
  });

  test("are in no error about the URL either", () => {
    expect(thrownBy(() => addressOf("https://octo:secret@-x/a.git", "/"))?.message).not.toContain("secret");
  });
});
