/** "With git alone", as the README shows it: its commands, run as they stand, on a lock that is held. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, describe, expect } from "vitest";
import { claimFields, STRANGER } from "../e2e/by-hand.ts";
import { gitEnvironment } from "../hub/git.ts";
import { isShell } from "./readme-rules.ts";
import { readPage } from "./readme-text.ts";

const README = readPage(readFileSync(join(import.meta.dirname, "../../README.md"), "utf8"));
const commands = README.blocks
  .filter((block) => isShell(block) && block.heading === "With git alone")
  .map(({ text }) => text);
const [listAll = "", readLog = "", freeLock = ""] = commands;

const LOG = "refs/locks/publish/log/1";
const HOLDER = "refs/locks/publish/holder/1";
const OTHER = "refs/locks/nightly=20build/log/1";

const person = (role: "AUTHOR" | "COMMITTER") => ({
  [`GIT_${role}_NAME`]: "octo",
  [`GIT_${role}_EMAIL`]: "octo@example.com",
});
const ENV = { ...gitEnvironment(), ...person("AUTHOR"), ...person("COMMITTER") };

interface Scene {
  /** Runs commands in a clone; what fails throws. */
  type(commands: string): string;
  refs(): Record<string, string>;
  /** Commits a record in the server's repository. */
  record(subject: string, fields: object, ...parents: string[]): string;
  set(ref: string, oid: string): void;
  readonly claim: string;
}

const test = base.extend("scene", async ({ task: _ }, { onCleanup }): Promise<Scene> => {
  const folder = mkdtempSync(join(tmpdir(), "reflock-readme-"));
  onCleanup(() => rmSync(folder, { recursive: true, force: true }));
  const [origin, clone] = [join(folder, "origin.git"), join(folder, "clone")];
  mkdirSync(clone);
  const git = (cwd: string, args: readonly string[], input = "") =>
    execFileSync("git", args, { cwd, env: ENV, input, encoding: "utf8", stdio: "pipe" }).trim();
  git(folder, ["init", "--quiet", "--bare", origin]);
  git(clone, ["init", "--quiet"]);
  git(clone, ["remote", "add", "origin", origin]);
  const tree = git(origin, ["mktree"]);
  const record: Scene["record"] = (subject, fields, ...parents) =>
    git(
      origin,
      ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])],
      `${subject}\n\n${JSON.stringify(fields, null, 1)}\n`,
    );
  const set: Scene["set"] = (ref, oid) => void git(origin, ["update-ref", ref, oid]);
  const first = record("publish held by run 776", claimFields());
  const entry = record("publish released by run 776", { reflock: 1, kind: "entry", sequence: 1 }, first);
  const claim = record("publish held by run 777", claimFields(), entry);
  for (const ref of [LOG, HOLDER]) set(ref, claim);
  set(OTHER, entry);
  set(`refs/locks/publish/queue/00000001-001795262651-${entry}`, entry);
  const type: Scene["type"] = (text) =>
    execFileSync("bash", ["-euo", "pipefail", "-c", text], {
      cwd: clone,
      env: ENV,
      encoding: "utf8",
      stdio: "pipe",
    });
  const refs: Scene["refs"] = () => {
    const lines = git(origin, ["for-each-ref", "--format=%(refname) %(objectname)"]).split("\n");
    return Object.fromEntries(lines.map((line) => line.split(" ")));
  };
  return { type, refs, record, set, claim };
});

test("every command under the heading is one of these", () => {
  expect(commands).toHaveLength(3);
});

// The commands are for a POSIX shell, which on Windows comes with git and need not be on the path.
describe.skipIf(process.platform === "win32")("the commands", () => {
  test("list every ref of every lock", ({ scene }) => {
    const listed = scene.type(listAll).trim().split("\n");
    expect(Object.fromEntries(listed.map((line) => line.split("\t").reverse()))).toEqual(scene.refs());
  });

  test("tell who holds, and where the run is", ({ scene }) => {
    const told = scene.type(readLog);
    const subjects = told.slice(0, told.indexOf("{")).trim().split("\n");
    expect(subjects.map((line) => line.replace(/^.* {2}/, ""))).toEqual([
      "publish held by run 777",
      "publish released by run 776",
      "publish held by run 776",
    ]);
    expect(JSON.parse(told.slice(told.indexOf("{")))).toMatchObject({
      kind: "claim",
      run: { url: STRANGER.url },
    });
  });

  test("free the lock, keep its log here, and touch nothing else", ({ scene }) => {
    const { [LOG]: log, [HOLDER]: _, ...others } = scene.refs();
    scene.type(readLog);
    scene.type(freeLock);
    expect(scene.refs()).toEqual(others);
    expect(scene.type("git rev-parse old-log-of-publish").trim()).toBe(log);
  });

  const meanwhile: readonly [string, (scene: Scene) => void][] = [
    [
      "its holder has given it back",
      ({ set, record, claim }) => set(LOG, record("publish released", {}, claim)),
    ],
    [
      "its holder has renewed it",
      ({ set, record, claim }) => set(LOG, record("publish still held", {}, claim)),
    ],
    [
      "another holds it",
      ({ set, record, claim }) => {
        const next = record("publish held by run 900", claimFields(), record("publish released", {}, claim));
        for (const ref of [LOG, HOLDER]) set(ref, next);
      },
    ],
  ];

  test.for(meanwhile)("do nothing if meanwhile %s", ([, change], { scene }) => {
    scene.type(readLog);
    change(scene);
    const before = scene.refs();
    expect(() => scene.type(freeLock)).toThrow(/stale info/);
    expect(scene.refs()).toEqual(before);
  });

  test("would end a stranger's hold without the comparison", ({ scene }) => {
    const careless = freeLock.replace(/--force-with-lease=.*\)/, "");
    expect(careless).not.toBe(freeLock);
    scene.type(readLog);
    meanwhile[2]?.[1](scene);
    scene.type(careless);
    expect(Object.keys(scene.refs())).not.toContain(LOG);
  });
});
