/** What a guarded command is told of its holds, and which commands can be run at all. */
import { describe, expect, test } from "vitest";
import { problemOf } from "../../src/cli/run-command.ts";
import { environmentFor, repositoryOf } from "../../src/cli/run-environment.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { parseName } from "../../src/lock/name.ts";

function hold(name: string, sequence: number, more: Partial<Hold> = {}): Hold {
  return {
    ...{
      lock: parseName(name),
      slot: 1,
      slots: 1,
      nonce: `nonce-of-${name}`,
      claim: "c".repeat(40),
      from: null,
    },
    ...{ sequence, waitedSeconds: 0, acquiredAtMs: 0, reentered: false },
    ...more,
  };
}

const handed = (name: string, token: number, more: object = {}) => ({
  ...{
    nonce: `nonce-of-${name}`,
    repository: "octo/app",
    prefix: `refs/locks/${name}/`,
    name,
    token,
    inner: 0,
  },
  ...{ isTheirs: false, ...more },
});

describe("the environment", () => {
  test("shows each hold in all lists, in one order", () => {
    const env = environmentFor([hold("b", 7), hold("a b", 3)], "octo/app", {});
    expect(env).toMatchObject({
      REFLOCK_NAME: "b a b",
      REFLOCK_TOKEN: "7 3",
      REFLOCK_CLAIM: "nonce-of-b nonce-of-a b",
    });
    expect(JSON.parse(env.REFLOCK_HOLDS ?? "")).toEqual([
      handed("b", 7, { inner: 1, isTheirs: true }),
      { ...handed("a b", 3, { inner: 1, isTheirs: true }), prefix: "refs/locks/a=20b/" },
    ]);
  });

  test("keeps what callers have handed on, before what is new", () => {
    const before = { REFLOCK_HOLDS: JSON.stringify([handed("outer", 1), handed("same", 5)]) };
    const env = environmentFor([hold("inner", 2), hold("same", 5, { reentered: true })], "elsewhere", before);
    expect(env).toMatchObject({ REFLOCK_NAME: "outer inner same", REFLOCK_TOKEN: "1 2 5" });
    expect(JSON.parse(env.REFLOCK_HOLDS ?? "")).toEqual([
      handed("outer", 1),
      handed("inner", 2, { repository: "elsewhere", inner: 1, isTheirs: true }),
      handed("same", 5, { inner: 1, isTheirs: true }),
    ]);
  });

  test("counts each run that has entered a hold again", () => {
    const outer = environmentFor([hold("a", 1)], "octo/app", {});
    const inner = environmentFor([hold("a", 1, { reentered: true })], "octo/app", outer);
    expect(JSON.parse(inner.REFLOCK_HOLDS ?? "")).toEqual([handed("a", 1, { inner: 2, isTheirs: true })]);
  });

  test("keeps a nonce that was told alone, behind the others", () => {
    expect(
      environmentFor([hold("a", 1)], "octo/app", { REFLOCK_CLAIM: " told nonce-of-a " }).REFLOCK_CLAIM,
    ).toBe("nonce-of-a told");
  });

  test.for(["", "{", "null", "7", '"x"', "[null]", "[7]", '[{"nonce":1}]', '[{"nonce":"x"}]', "{}"])(
    "passes over what is damaged: %j",
    (text) => {
      expect(environmentFor([hold("a", 1)], "octo/app", { REFLOCK_HOLDS: text }).REFLOCK_NAME).toBe("a");
    },
  );
});

describe("a repository's name for others", () => {
  test.for([
    ["https://github.com/octo/app.git", "github.com/octo/app"],
    ["https://user:secret@github.com/octo/app", "github.com/octo/app"],
    ["ssh://git@github.com/octo/app.git/", "github.com/octo/app"],
    ["git@github.com:octo/app.git", "github.com/octo/app"],
    ["/srv/locks.git", "/srv/locks"],
    ["file:///srv/locks.git", "/srv/locks"],
  ] as const)("%s is %s", ([remote, name]) => {
    expect(repositoryOf(remote)).toBe(name);
  });
});

describe.skipIf(process.platform === "win32")("a command", () => {
  const env = { PATH: "/nowhere:/bin:/usr/bin:/etc" };
  test.for([
    ["sh", null],
    ["/bin/sh", null],
    ["no-such-command", 127],
    ["/no/such/command", 127],
    ["./no-such-command", 127],
    ["", 127],
    ["hostname", null],
    ["/etc", 126],
    ["/etc/passwd", 126],
    ["/etc/passwd/x", 127],
  ] as const)("%j", ([name, status]) => {
    expect(problemOf(name, env)?.status ?? null).toBe(status);
  });

  test("is looked for where no PATH is set, as the system does", () => {
    expect(problemOf("sh", {})).toBeNull();
  });

  test("that is no program in one place of the PATH may be one in the next", () => {
    expect(problemOf("passwd", { PATH: "/etc:/usr/bin:/bin" })).toBeNull();
    expect(problemOf("passwd", { PATH: "/etc" })?.status).toBe(126);
  });
});
