/** What can't be is refused at once: before any request, with status 64, and with a word on what to write instead. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { BUNDLE, expectPlain, test } from "./desk.ts";

const NOWHERE = ["--remote", "/no/such/place"];

describe.concurrent("a mistake", () => {
  test.for<[words: string[], says: string]>([
    [["acquire", ...NOWHERE], "missing required argument"],
    [["acquire", "x", "--frobnicate"], "unknown option '--frobnicate'"],
    [["statsu"], "Did you mean status?"],
    [["status", "--jsno"], "Did you mean --json?"],
    [["run", "publish", ...NOWHERE], "behind `--`"],
    [["run", ...NOWHERE, "--", "true"], "missing required argument"],
    [["run", "publish", ...NOWHERE, "--"], "behind `--`"],
    [["acquire", "publish", ...NOWHERE, "-w", "5"], "A number needs its unit"],
    [["acquire", "publish", ...NOWHERE, "-w"], "argument missing"],
    [["acquire", "publish", ...NOWHERE, "-E", "300"], "0 to 255"],
    [["acquire", "publish", ...NOWHERE, "--slots", "0"], "1 to 999"],
    [["acquire", "publish", ...NOWHERE, "--lease", "soon"], "is not a duration"],
    [["acquire", "publish", ...NOWHERE, "--namespace", "refs/heads"], "namespace"],
    [["acquire", "*", ...NOWHERE], "Name one lock"],
    [["acquire", "a\nb", ...NOWHERE], "control character"],
    [["acquire", "x".repeat(300), ...NOWHERE], "300 bytes"],
    [["acquire", "publish", ...NOWHERE, "--reason", "x".repeat(1001)], "1000 characters"],
    [["acquire", "publish", ...NOWHERE, "--quiet", "--verbose"], "exclude each other"],
    [["release", "publish", ...NOWHERE], "--claim OID"],
    [["check", "publish", ...NOWHERE], "--claim OID"],
    [["release", "publish", "--claim", "HEAD", ...NOWHERE], "40 hexadecimal digits"],
    [["clear", ...NOWHERE], "missing required argument"],
    [["clear", "publish", "--force", ...NOWHERE], "--expect OID"],
    [["clear", "publish", "--force", "--expect", "a".repeat(40), ...NOWHERE], "--reason TEXT"],
    [["log", "publish", "--limit", "0", ...NOWHERE], "1 to 9999"],
    [["status", "*", "x", ...NOWHERE], "can't stand beside"],
    [["status", ...NOWHERE], "/no/such/place"],
    [["status", "--remote", "--upload-pack=touch owned"], "begins with a dash"],
    [["status", "--remote", "ext::sh -c touch% owned"], "transport helper"],
    [["status"], "in no git repository"],
    [["completion", "tcsh"], "Allowed choices are bash, zsh, fish"],
  ])("%j", async ([words, says], { desk }) => {
    const said = await desk.at(desk.folder, ...words);
    expect(said, said.err).toMatchObject({ code: 64, out: "" });
    expect(said.err).toContain(says);
    expectPlain(said);
  });

  test("is told without its control characters", async ({ desk }) => {
    for (const hostile of ["\x1b[2J", "::error::x\n::warning::y", "\u202e"]) {
      expectPlain(await desk.at(desk.folder, hostile));
      expectPlain(await desk.at(desk.folder, "status", `--${hostile}`));
      expectPlain(await desk.at(desk.folder, "acquire", hostile, "--remote", hostile));
    }
  });
});

test.concurrent("help is on stdout when it was asked for, and on stderr when it was not", async ({
  desk,
}) => {
  const asked = await desk.at(desk.folder, "--help");
  expect(asked).toMatchObject({ code: 0, err: "" });
  expect(asked.out).toContain("Usage: reflock");
  const not = await desk.at(desk.folder);
  expect(not).toMatchObject({ code: 64, out: "" });
  expect(not.err).toContain("Usage: reflock");
  for (const words of [
    ["run", "--help"],
    ["help", "run"],
    ["run", "-h"],
  ]) {
    const { code, out } = await desk.at(desk.folder, ...words);
    expect(code).toBe(0);
    expect(out).toContain("reflock run publish -- npm publish");
  }
});

test.concurrent("-V is the version of package.json", async ({ desk }) => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  for (const words of [["-V"], ["--version"], ["status", "-V"]])
    expect(await desk.at(desk.folder, ...words)).toEqual({ code: 0, out: `${version}\n`, err: "" });
});

test("help needs neither git nor a home", () => {
  const { status, stdout } = spawnSync(process.execPath, [BUNDLE, "status", "--help"], {
    env: { PATH: "/nowhere" },
    encoding: "utf8",
  });
  expect(status).toBe(0);
  expect(stdout).toContain("--json");
});
