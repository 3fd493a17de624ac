/**
 * What a release does, as release.yml has it: its scripts, run as they stand, on a repository with tags; and what docs/security.md says of it.
 * Owns the stand-ins for `gh` and `npm`; must not know what the scripts are made of.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, describe, expect } from "vitest";
import { readTree, type Tree } from "../../src/lint/yaml.ts";
import { gitEnvironment } from "../hub/git.ts";
import { at, textAt } from "./docs-tree.ts";
import { readPage } from "./readme-text.ts";

const ROOT = join(import.meta.dirname, "../..");
const FILES = join(ROOT, ".github");
const RELEASE = readFileSync(join(FILES, "workflows/release.yml"), "utf8");

function stepsOf(job: string): readonly Tree[] {
  const steps = at(readTree(RELEASE), "jobs", job, "steps");
  return steps?.kind === "list" ? steps.items : [];
}

function script(job: string, name: string): string {
  const found = stepsOf(job).find((step) => textAt(step, "name").startsWith(name));
  const text = textAt(found, "run");
  if (text === "") throw new Error(`no step ${name} in ${job}`);
  return text;
}

interface Scene {
  readonly folder: string;
  /** In the clone. */
  git(...args: readonly string[]): string;
  /** A commit on main with this version, and its tag on the server. */
  release(version: string, log?: string): void;
  run(text: string, tag: string): { readonly code: number; readonly said: string };
  /** What the stand-ins were called with. */
  calls(): string[];
  serverTag(name: string): string;
}

const test = base.extend("scene", async ({ task: _ }, { onCleanup }): Promise<Scene> => {
  const folder = mkdtempSync(join(tmpdir(), "reflock-release-"));
  onCleanup(() => rmSync(folder, { recursive: true, force: true }));
  const [origin, clone, bin] = ["origin.git", "clone", "bin"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [clone, bin]) mkdirSync(path);
  const book = join(folder, "calls");
  for (const name of ["gh", "npm"])
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\necho "${name} $*" >> '${book}'\ncase $* in "view reflock version") cat latest 2>/dev/null ;; *view*) exit 1 ;; esac\n`,
      { mode: 0o755 },
    );
  const person = {
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@b",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@b",
  };
  const env = { ...gitEnvironment(), ...person, PATH: `${bin}:${process.env.PATH}`, RUNNER_TEMP: folder };
  const git: Scene["git"] = (...args) =>
    execFileSync("git", args, { cwd: clone, env, encoding: "utf8", stdio: "pipe" }).trim();
  execFileSync("git", ["init", "--quiet", "--bare", origin], { env });
  git("init", "--quiet", "--initial-branch=main");
  git("remote", "add", "origin", origin);
  return {
    ...{ folder, git },
    release(
      version,
      log = `# Changes\n\n## ${version} (2026-12-01)\n\n- What is new.\n\n## 0.0.1\n\n- What is old.\n`,
    ) {
      writeFileSync(join(clone, "package.json"), JSON.stringify({ version }));
      writeFileSync(join(clone, "CHANGELOG.md"), log);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", version);
      git("tag", `v${version}`);
      git("push", "--quiet", "origin", "main", `v${version}`);
    },
    run(text, tag) {
      git("checkout", "--quiet", tag);
      const done = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", text], {
        cwd: clone,
        env: { ...env, GITHUB_REF_NAME: tag },
        encoding: "utf8",
      });
      git("checkout", "--quiet", "main");
      return { code: done.status ?? 128, said: done.stdout + done.stderr };
    },
    calls: () => readFileSync(book, "utf8").trim().split("\n"),
    serverTag: (name) => git("ls-remote", "origin", `refs/tags/${name}`).split("\t")[0] ?? "",
  };
});

describe.skipIf(process.platform === "win32")("release.yml", () => {
  const check = script("test", "The tag is that of");
  const create = script("github", "Create the release");
  const move = script("github", "Move the major tag");
  const publish = script("npm", "Publish");

  test("takes a tag that says what the files say", ({ scene }) => {
    scene.release("1.2.3");
    expect(scene.run(check, "v1.2.3")).toEqual({ code: 0, said: "" });
  });

  test("takes that of an older line", ({ scene }) => {
    scene.release("1.2.3");
    scene.git("push", "--quiet", "origin", "main:refs/heads/release/1");
    scene.git("update-ref", "-d", "refs/remotes/origin/main");
    expect(scene.run(check, "v1.2.3")).toEqual({ code: 0, said: "" });
  });

  test.for<[string, (scene: Scene) => string, RegExp]>([
    [
      "whose version is another",
      (scene) => {
        scene.release("1.2.3");
        scene.git("tag", "v1.2.4");
        return "v1.2.4";
      },
      /package.json has the version 1.2.3/,
    ],
    [
      "of which the change log knows nothing",
      (scene) => {
        scene.release("1.2.3", "# Changes\n\n## 1.2.30\n\n- Another.\n\n## 1x2.3\n");
        return "v1.2.3";
      },
      /no section/,
    ],
    [
      "of a commit that is not on main",
      (scene) => {
        scene.release("1.2.2");
        scene.git("checkout", "--quiet", "-b", "other");
        writeFileSync(join(scene.folder, "clone/package.json"), JSON.stringify({ version: "1.2.3" }));
        writeFileSync(join(scene.folder, "clone/CHANGELOG.md"), "## 1.2.3\n");
        scene.git("commit", "--quiet", "--all", "--message", "aside");
        scene.git("tag", "v1.2.3");
        return "v1.2.3";
      },
      /not on main/,
    ],
  ])("refuses a tag %s", ([, prepare, why], { scene }) => {
    const { code, said } = scene.run(check, prepare(scene));
    expect(said).toMatch(why);
    expect(code).toBe(1);
  });

  test("makes the release of the change log's section, and of no other", ({ scene }) => {
    scene.release("1.2.3");
    expect(scene.run(create, "v1.2.3").code).toBe(0);
    expect(scene.calls()[1]).toMatch(/^gh release create v1\.2\.3 --verify-tag .*notes\.md$/);
    expect(readFileSync(join(scene.folder, "notes.md"), "utf8").trim()).toBe("- What is new.");
  });

  test("publishes what is there, and a pre-release not as the latest", ({ scene }) => {
    for (const version of ["1.2.3", "2.0.0-rc.1"]) {
      scene.release(version);
      for (const text of [publish, create]) expect(scene.run(text, `v${version}`).code).toBe(0);
    }
    const calls = scene.calls().filter((call) => !call.includes("view"));
    expect(calls.map((call) => / --(tag \w+|prerelease)/.exec(call)?.[1])).toEqual([
      "tag latest",
      undefined,
      "tag next",
      "prerelease",
    ]);
    expect(calls[0]).toContain("npm publish --ignore-scripts --provenance");
  });

  test("publishes a fix of an older line, but not as the latest", ({ scene }) => {
    scene.release("1.2.3");
    writeFileSync(join(scene.folder, "clone/latest"), "2.0.0\n");
    expect(scene.run(publish, "v1.2.3").code).toBe(0);
    expect(scene.calls().at(-1)).toMatch(/^npm publish .* --tag release-1$/);
  });

  test("makes the major tag, and moves it on", ({ scene }) => {
    for (const version of ["1.2.3", "1.10.0"]) {
      scene.release(version);
      const { code, said } = scene.run(move, `v${version}`);
      expect(code, said).toBe(0);
      expect(scene.serverTag("v1")).toBe(scene.serverTag(`v${version}`));
    }
  });

  test.for([
    ["an older release that comes late", ["1.10.0", "1.9.1"]],
    ["a pre-release", ["1.2.3", "1.3.0-rc.1"]],
    ["another major version", ["1.2.3", "2.0.0"]],
  ] as const)("leaves it where it is for %s", ([, [first, second]], { scene }) => {
    scene.release(first);
    scene.run(move, `v${first}`);
    scene.release(second);
    expect(scene.run(move, `v${second}`).code).toBe(0);
    expect(scene.serverTag("v1")).toBe(scene.serverTag(`v${first}`));
  });

  test("moves it only from where it was seen", ({ scene }) => {
    scene.release("1.2.3");
    scene.run(move, "v1.2.3");
    scene.release("1.2.4");
    scene.git("push", "--quiet", "origin", "+main~1:refs/tags/v1");
    // Somebody else moves it between the look and the push.
    const between = move.replace(
      /^git push /m,
      'git push --quiet origin "+HEAD:refs/tags/v1"; git commit --quiet --allow-empty -m x; git push ',
    );
    expect(between).not.toBe(move);
    const { code, said } = scene.run(between, "v1.2.4");
    expect(said).toContain("stale info");
    expect(code).not.toBe(0);
  });

  test("publishes from the repository that the package names, without which npm takes no provenance", () => {
    const { repository } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(repository).toEqual({ type: "git", url: "git+https://github.com/reflock/reflock.git" });
  });

  test("attests what a step of a workflow runs", () => {
    const attest = stepsOf("attest").find((step) => textAt(step, "uses").includes("attest"));
    expect(textAt(attest, "with", "subject-path").trim().split("\n")).toEqual(["action.yml", "dist/**"]);
  });

  test("is verified as docs/security.md says, each file of it", ({ scene }) => {
    const page = readPage(readFileSync(join(ROOT, "docs/security.md"), "utf8"));
    const [commands = "", ...more] = page.blocks
      .filter(({ language }) => language === "sh")
      .map(({ text }) => text);
    expect(more).toEqual([]);
    const env = { PATH: `${join(scene.folder, "bin")}:${process.env.PATH}` };
    execFileSync("bash", ["-euc", commands], { cwd: ROOT, env, stdio: "pipe" });
    const verified = scene
      .calls()
      .map((call) => /^gh attestation verify (\S+) --repo reflock\/reflock$/.exec(call)?.[1]);
    const dist = readdirSync(join(ROOT, "dist"), { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    expect(verified.toSorted()).toEqual(
      [
        "action.yml",
        ...dist.map((file) => join(file.parentPath, file.name).slice(ROOT.length + 1)),
      ].toSorted(),
    );
  });
});
