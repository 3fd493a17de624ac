/** What git and servers print, and what it means. */
import { describe, expect, test } from "vitest";
import { addressOf } from "../../src/git/address.ts";
import { failureOf } from "../../src/git/failure.ts";
import type { GitResult } from "../../src/git/process.ts";
import { answerOfPush, pushed } from "../../src/git/rejection.ts";
import { thrownBy } from "./thrown.ts";

const address = addressOf("https://octo:geheim-1234@example.com/app.git", "/");
const [LOG, HOLDER] = ["refs/locks/publish/log/1", "refs/locks/publish/holder/1"];

function result(stdout: string, stderr = "", code = 1): GitResult {
  return { ending: "exit", code, stdout: `To https://example.com/app.git\n${stdout}\n`, stderr };
}

const judge = (one: GitResult) => pushed(answerOfPush(one), LOG, address, 1000);
const refused = (reason: string, other = "atomic push failure") =>
  `!\tabc:${LOG}\t${reason}\n!\tabc:${HOLDER}\t[remote rejected] (${other})\nDone`;

describe("a push", () => {
  test.each([
    ["moved", ` \tabc:${LOG}\t123..abc`, "applied"],
    ["made", `*\tabc:${LOG}\t[new reference]\n-\t:${HOLDER}\t[deleted]`, "applied"],
    ["forced", `+\tabc:${LOG}\t123...abc (forced update)`, "applied"],
    [
      "a marker was there already",
      `*\tabc:${LOG}\t[new reference]\n=\tabc:${HOLDER}\t[up to date]`,
      "applied",
    ],
    [
      "the log was there already",
      `=\tabc:${LOG}\t[up to date]\n*\tabc:${HOLDER}\t[new reference]`,
      "conflict",
    ],
    ["nothing is said of the log", `*\tabc:${HOLDER}\t[new reference]`, "unknown"],
    ["nothing is said", "Everything up-to-date", "unknown"],
  ])("%s", (_, stdout, outcome) => {
    expect(judge(result(stdout, "", 0))).toBe(outcome);
  });

  test.each([
    "[rejected] (stale info)",
    "[rejected] (fetch first)",
    "[rejected] (atomic push failed)",
    "[remote rejected] (failed to update ref)",
    "[remote rejected] (cannot lock ref 'refs/locks/publish/log/1': is at 1 but expected 2)",
    "[remote rejected] (reference already exists)",
    "[remote rejected] (incorrect old value provided)",
    "[remote rejected] (atomic transaction failed)",
    "[remote rejected] (non-fast-forward)",
  ])("%s is a conflict", (reason) => {
    expect(judge(result(refused(reason)))).toBe("conflict");
  });

  test.each([
    ["[remote rejected] (pre-receive hook declined)", "refused"],
    ["[remote rejected] (hook declined)", "refused"],
    ["[remote rejected] (deny updating a hidden ref)", "refused"],
    ["[remote rejected] (deletion prohibited)", "refused"],
    ["[remote rejected] (prohibited by Gerrit: not permitted: create)", "denied"],
    ["[remote rejected] (You need 'GenericContribute' permission)", "denied"],
    ["[remote rejected] (unpacker error)", "unreachable"],
  ])("%s is %s", (reason, kind) => {
    const error = thrownBy(() => judge(result(refused(reason), "remote: because of https://a:b@c/\n")));
    expect(error).toMatchObject({ kind });
    expect(error?.message).toContain("because of https://c/");
  });

  test.each(["policy", "permissions", "read-only", "gh123", "denied", "shallow", "protected", "timeout"])(
    "a race for the lock %s that was lost is a conflict, and its name no refusal",
    (name) => {
      const ref = `refs/locks/${name}/log/1`;
      for (const reason of [
        `cannot lock ref '${ref}': is at 1 but expected 2`,
        `cannot lock ref '${ref}': reference already exists`,
        `failed to update ref ${ref}`,
      ])
        expect(judge(result(refused(`[remote rejected] (${reason})`))), reason).toBe("conflict");
      const rule = refused(`[remote rejected] (cannot update '${ref}': protected by a rule)`);
      expect(thrownBy(() => judge(result(rule)))).toMatchObject({ kind: "refused" });
    },
  );

  test("a race that was lost does not hide what is final for another ref", () => {
    const lost = "[remote rejected] (cannot lock ref 'refs/x': is at 1 but expected 2)";
    expect(thrownBy(() => judge(result(refused(lost, "hook declined"))))).toMatchObject({ kind: "refused" });
    expect(
      thrownBy(() => judge(result(refused("[remote rejected] (you don't have permission to '')")))),
    ).toMatchObject({ kind: "denied" });
  });

  test.each([
    "Internal Server Error",
    "internal error",
    "timed out",
    "timeout",
    "please try again later",
    "temporarily not allowed",
    "Service Unavailable",
    "HTTP 502: Bad Gateway",
    "error 503",
  ])("%s is the server's own trouble, each time", (reason) => {
    for (const _ of [1, 2, 3])
      expect(thrownBy(() => judge(result(refused(`[remote rejected] (${reason})`))))).toMatchObject({
        kind: "unreachable",
        message: expect.stringContaining(reason),
      });
  });

  test("refused in words that nobody knows may be a lost race", () => {
    expect(judge(result(refused("[remote rejected] (computer says no)")))).toMatchObject({
      kind: "unexplained",
      error: { kind: "refused", message: expect.stringContaining("computer says no") },
    });
  });

  test.each([
    ["the connection broke", result("", "fatal: the remote end hung up unexpectedly", 128)],
    ["the server broke off", result(`!\tabc:${LOG}\t[remote failure] (remote failed to report status)`)],
    ["what git speaks to it with crashed", result("", "fatal: remote helper 'https' aborted session", 128)],
    ["the server had trouble", result("", "error: RPC failed; HTTP 502 curl 22", 128)],
    [
      "its time was up",
      { ...result(refused("[rejected] (stale info)")), ending: "timeout", code: null } as const,
    ],
  ])("whose outcome is not told is unknown: %s", (_, one) => {
    expect(judge(one)).toBe("unknown");
  });

  test("to a server that can't change several refs as one", () => {
    const words = "fatal: the receiving end does not support --atomic push";
    expect(judge(result("", words, 128))).toEqual({ kind: "no-atomic" });
  });
});

describe("a failure", () => {
  test.each([
    ["fatal: could not read Username for 'https://example.com': terminal prompts disabled", "denied"],
    ["fatal: Authentication failed for 'https://example.com/app.git/'", "denied"],
    ["git@example.com: Permission denied (publickey).", "denied"],
    ["Host key verification failed.", "denied"],
    ["fatal: unable to access 'https://example.com/': The requested URL returned error: 403", "denied"],
    ["ERROR: Repository not found.\nfatal: Could not read from remote repository.", "denied"],
    ["fatal: repository 'https://example.com/app.git/' not found", "denied"],
    ["fatal: '/srv/a.git' does not appear to be a git repository", "denied"],
    ["fatal: detected dubious ownership in repository at '/srv/a.git'", "denied"],
    ["The requested URL returned error: 429", "throttled"],
    ["fatal: transport 'ext' not allowed", "usage"],
    ["fatal: unable to find remote helper for 'https'", "usage"],
    ["git: 'remote-https' is not a git command. See 'git --help'.", "usage"],
    ["fatal: remote helper 'https' aborted session", "unreachable"],
    ["fatal: unable to access 'https://example.com/': Could not resolve host: example.com", "unreachable"],
    ["ssh: connect to host example.com port 22: Connection refused", "unreachable"],
    ["kex_exchange_identification: Connection closed by remote host", "unreachable"],
    ["fatal: unable to access: The requested URL returned error: 503", "unreachable"],
    ["fatal: something that nobody has seen yet", "unreachable"],
  ])("%s: %s", (stderr, kind) => {
    expect(failureOf(result("", stderr, 128), address, 1000)).toMatchObject({ kind });
  });

  test.each([
    ["fatal: '/srv/a.git' does not appear to be a git repository", "usage"],
    ["fatal: not a git repository: '/srv/a.git'", "usage"],
    ["fatal: detected dubious ownership in repository at '/srv/a.git'", "denied"],
    ["fatal: cannot open '/srv/a.git/HEAD': Permission denied", "denied"],
  ])("with a path of this machine, %s: %s", (stderr, kind) => {
    expect(failureOf(result("", stderr, 128), addressOf("/srv/a.git", "/"), 1000)).toMatchObject({ kind });
  });

  test.each([
    ["https://user:p@ss@host/x", "https://host/x"],
    ["'https://user:p@ss@host' and ssh://git:a@b@c:22/x@y", "'https://host' and ssh://c:22/x@y"],
    ["see https://host/x, or ask me@host", "see https://host/x, or ask me@host"],
  ])("%s has no part of a password left in it", (said, shown) => {
    const { message } = failureOf(result("", `remote: ${said}`, 128), address, 1000);
    expect(message.endsWith(`: ${shown}`), message).toBe(true);
  });

  test("has no credentials, no control characters and no flood in it", () => {
    const basic = Buffer.from("octo:geheim-1234").toString("base64");
    const stderr = `remote: \u001b[31mgeheim-1234 ${basic} https://x:y@z/\u0007 ${"x".repeat(5000)}\u202e\n`;
    const { message } = failureOf(result("", stderr, 128), address, 1000);
    expect(message).toContain("*** *** https://z/");
    expect(message).not.toMatch(/geheim|[\p{Cc}\p{Cf}]/u);
    expect(message.length).toBeLessThan(600);
  });
});
