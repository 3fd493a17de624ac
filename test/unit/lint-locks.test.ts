import { describe, expect, test } from "vitest";
import { isOpen, usageOfAction, usageOfWords } from "../../src/lint/locks.ts";
import type { Text } from "../../src/lint/yaml.ts";

const AT = { line: 1, column: 1 };

function action(inputs: Record<string, string>) {
  const given = Object.entries(inputs).map(([name, text]): [string, Text] => [
    name,
    { kind: "text", at: AT, text, block: null },
  ]);
  return usageOfAction(new Map(given), AT);
}

function words(line: string) {
  return usageOfWords(line.split(" "), AT);
}

const open = (text: string) => `\${{ ${text} }}`;

describe("names", () => {
  const idOf = (inputs: Record<string, string>) => action(inputs).locks[0]?.id;

  test("are one lock without regard to case, and to how accents are composed", () => {
    expect(idOf({ name: "Publish" })).toBe(idOf({ name: "publish" }));
    expect(idOf({ name: "caf\u00e9" })).toBe(idOf({ name: "cafe\u0301" }));
    expect(idOf({ name: "publish" })).not.toBe(idOf({ name: "publish2" }));
  });

  test("are compared as text where they have an expression", () => {
    expect(idOf({ name: `a-${open("matrix.x")}` })).toBe(idOf({ name: "A-$" + "{{matrix.x}}" }));
    expect(idOf({ name: open("matrix.x") })).not.toBe(idOf({ name: open("matrix.y") }));
    expect(isOpen("costs 5$")).toBe(false);
  });

  test("are another lock in another repository or namespace", () => {
    const own = idOf({ name: "x" });
    expect(idOf({ name: "x", repository: "octo/locks" })).not.toBe(own);
    expect(idOf({ name: "x", namespace: "refs/heads/locks" })).not.toBe(own);
    expect(idOf({ name: "x", repository: open("github.repository"), namespace: "refs/locks" })).toBe(own);
    expect(words("reflock run --remote origin X -- y").locks[0]?.id).toBe(own);
    expect(words("reflock run --remote ../locks.git x").locks[0]?.id).not.toBe(own);
  });

  test("stand one a line", () => {
    expect(action({ name: "a\n\n  b b \n" }).locks.map(({ text }) => text)).toEqual(["a", "b b"]);
  });
});

describe("the command line", () => {
  test.each([
    ["reflock run publish", ["publish"], {}],
    ["reflock run -w 10m --reason x a b", ["a", "b"], { wait: "10m" }],
    ["reflock run -n a", ["a"], { wait: "0" }],
    ["reflock run --no-wait --slots=3 a", ["a"], { wait: "0", slots: "3" }],
    ["reflock acquire --max-hold 2h --json a", ["a"], { maxHold: "2h", operation: "acquire" }],
    ["reflock release a $claim", ["a"], { operation: "release" }],
    [`reflock check a ${"0".repeat(40)}`, ["a"], { operation: "check" }],
    ["reflock run $LOCK", ["$LOCK"], {}],
    ["reflock clear --expect 3f --force --reason x a", ["a"], { operation: "clear" }],
  ])("%s", (line, names, also) => {
    const usage = words(line);
    expect(usage.locks.map(({ text }) => text)).toEqual(names);
    expect(usage).toMatchObject(also);
    expect(usage.mistakes).toEqual([]);
  });

  test("uses the job's credentials for its own repository alone", () => {
    expect(words("reflock run a").isOwnToken).toBe(true);
    expect(words("reflock run --remote https://x.example/y.git a").isOwnToken).toBe(false);
    expect(action({ name: "a", token: open("github.token") }).isOwnToken).toBe(true);
    expect(action({ name: "a", token: open("secrets.GITHUB_TOKEN") }).isOwnToken).toBe(true);
    expect(action({ name: "a", token: open("secrets.LOCKS") }).isOwnToken).toBe(false);
  });
});

describe("mistakes", () => {
  test.each([
    [{ name: "" }, /no name/],
    [{}, /no name/],
    [{ name: "*" }, /means all locks/],
    [{ name: "a\n*" }, /means all locks/],
    [{ name: "x".repeat(201) }, /200/],
    [{ name: "a", wait: "30" }, /30s/],
    [{ name: "a", "max-hold": "soon" }, /not a duration/],
    [{ name: "a", slots: "0" }, /1 to 999/],
    [{ name: "a", scope: "step" }, /none of job, run/],
    [{ name: "a", operation: "lock" }, /none of acquire/],
    [{ name: "a", "on-timeout": "pass" }, /none of fail, skip/],
    [{ name: "a", key: "b" }, /no input `key`/],
  ])("%o", (inputs, message) => {
    const { mistakes } = action(inputs as Record<string, string>);
    expect(mistakes.map((each) => each.message).join("\n")).toMatch(message);
    expect(mistakes).toHaveLength(1);
  });

  test.each([
    [{ name: "a", wait: "0", "max-hold": "1h30m", slots: "3", scope: "run" }],
    [{ name: open("matrix.x"), wait: open("inputs.wait"), slots: open("x.y"), scope: open("x.z") }],
    [{ name: "*", operation: "clear" }],
    [{ name: "a", "max-hold": "", wait: "" }],
  ])("none in %o", (inputs) => {
    expect(action(inputs as Record<string, string>).mistakes).toEqual([]);
  });
});
