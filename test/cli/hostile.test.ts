/** Names and reasons that nobody means well with: they work as names and reasons, and as nothing else. */
import { describe, expect } from "vitest";
import { expectPlain, test } from "./desk.ts";

const NAMES = [
  "..",
  "x.lock",
  "@{",
  "a/b",
  "::error::gone wrong",
  "##[error]gone wrong",
  "%0A::error::x",
  "$(touch owned) `touch owned`",
  "'; touch owned; '",
  "<script>alert(1)</script>",
  "release\u202egpj.exe",
  "👩‍💻 ship it",
  "a  b\u00a0c",
];

const REASONS = [
  "\x1b]0;owned\x07\x1b[2J",
  "\r\n::error::x",
  "%0A::set-output name=x::y",
  "| a | b |",
  "\u009b31m\u2028",
  "##[error]x",
  "x".repeat(1000),
];

describe.concurrent("names", () => {
  test("are names, wherever they stand, and nothing else", async ({ desk }) => {
    const taken = await desk.cli("acquire", "--", ...NAMES);
    expect(taken.code, taken.err).toBe(0);
    const claims = taken.out.trimEnd().split("\n");
    expect(claims).toHaveLength(NAMES.length);
    const refused = await desk.cli("acquire", "-n", "--", ...NAMES.toReversed());
    const calls = [taken, refused, await desk.cli("status"), await desk.cli("log", "--", ...NAMES)];
    expect(calls.map(({ code }) => code)).toEqual([0, 75, 0, 0]);
    for (const call of calls) {
      expectPlain(call);
      expect(`${call.out}\n${call.err}`).not.toMatch(/^::|##\[/m);
    }
    const { locks } = await desk.json("status");
    const plain = (name: string) => name.normalize("NFC").toLowerCase().normalize("NFC");
    expect(locks.map(({ name }: { name: string }) => name).toSorted()).toEqual(NAMES.map(plain).toSorted());
    const words = NAMES.flatMap((name, index) => [name, claims[index] ?? ""]);
    const released = await desk.cli("release", "--", ...words);
    expect(released.code, released.err).toBe(0);
    expect((await desk.refs()).filter((ref) => !ref.endsWith("/log/1"))).toEqual([]);
    expect((await desk.shell("ls")).out).toBe("bin\n");
  });

  test("that begin with a dash stand behind `--`", async ({ desk }) => {
    const { out, code } = await desk.cli("acquire", "--", "--force");
    expect(code).toBe(0);
    expect((await desk.cli("release", "--", "--force", out.trimEnd())).code).toBe(0);
  });
});

describe.concurrent("reasons", () => {
  test("are told as text to everybody who meets them", async ({ desk }) => {
    const lock = (index: number) => `lock-${index}`;
    const told = REASONS.map(async (reason, index) => {
      const taken = await desk.cli("acquire", lock(index), "--reason", reason);
      expect(taken.code, taken.err).toBe(0);
      const claim = taken.out.trimEnd();
      return [
        await desk.cli("acquire", "-n", lock(index)),
        await desk.cli("status", lock(index)),
        await desk.cli("clear", lock(index), "--force", "--expect", claim, "--reason", reason),
        await desk.cli("check", lock(index), claim),
      ];
    });
    const calls = (await Promise.all(told)).flat();
    expect(calls.map(({ code }) => code)).toEqual(REASONS.flatMap(() => [75, 0, 0, 76]));
    calls.push(
      await desk.cli("log", ...REASONS.map((_, index) => lock(index))),
      await desk.cli("log", "--json", ...REASONS.map((_, index) => lock(index))),
    );
    for (const call of calls) {
      expectPlain(call);
      expect(`${call.out}\n${call.err}`).not.toMatch(/^::|##\[/m);
    }
    const { holds } = JSON.parse(calls.at(-1)?.out ?? "");
    expect(holds.map(({ reason, endReason }: Record<string, string>) => [reason, endReason])).toEqual(
      REASONS.map((reason) => [reason, reason]),
    );
  });
});

test.concurrent("a claim that somebody made up is shown as text, and its URL is never asked", async ({
  desk,
}) => {
  const run = {
    repository: "octo/app",
    id: 1,
    attempt: 1,
    job: "\x1b[31mred",
    jobId: 7,
    runner: "r",
    workflow: "w",
    event: "push",
    actor: "\u202eevil",
    url: "http://127.0.0.1:9/octo/app",
  };
  const record = {
    ...{
      reflock: 1,
      kind: "claim",
      nonce: "n",
      lock: "publish",
      slot: 1,
      slots: 1,
      scope: "job",
      clock: "server",
    },
    ...{
      requestedAt: "x\x1b[1m",
      maxHoldSeconds: null,
      leaseSeconds: null,
      freeze: false,
      reason: "\n::error::x",
    },
    ...{ run, process: null },
  };
  const oid = await desk.locks.commit(`publish held\n\n${JSON.stringify(record)}`);
  await desk.locks.set("refs/locks/publish/log/1", oid);
  const env = { GH_TOKEN: "secret-credential" };
  for (const words of ["status", "log publish", "acquire -n publish", "clear publish"]) {
    const said = await desk.shell(`reflock ${words} --remote "$REMOTE"`, env);
    expectPlain(said);
    expect(said.out + said.err).not.toContain("secret-credential");
    expect(said.out + said.err).toContain("publish");
  }
  const said = await desk.shell('reflock status --remote "$REMOTE"', env);
  expect(said.out).toContain("its run is at 127.0.0.1:9, and the environment names the API of github.com");
});
