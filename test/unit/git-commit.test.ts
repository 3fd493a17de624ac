import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCommit, EMPTY_TREE, encodeCommit, oidOf } from "../../src/git/commit.ts";
import { gitEnvironment } from "../hub/git.ts";
import { thrownBy } from "./thrown.ts";

const committer = { name: "octo", email: "octo@example.com" };
const date = new Date("2026-11-21T08:00:00.700Z");

describe.each(["sha1", "sha256"] as const)("in a %s repository", (format) => {
  test("a commit has the name that git gives it", () => {
    const folder = mkdtempSync(join(tmpdir(), "reflock-commit-"));
    const git = (input: Buffer, ...args: string[]) =>
      execFileSync("git", args, { cwd: folder, env: gitEnvironment(), input, encoding: "utf8" }).trim();
    try {
      git(Buffer.alloc(0), "init", "--quiet", "--bare", `--object-format=${format}`, ".");
      expect(oidOf(EMPTY_TREE, format)).toBe(
        git(Buffer.alloc(0), "hash-object", "-t", "tree", "-w", "--stdin"),
      );
      const root = encodeCommit({ message: "root é\n\n{}\n", parent: null, committer, date }, format);
      const oid = git(root.content, "hash-object", "-t", "commit", "-w", "--stdin");
      expect(oidOf(root, format)).toBe(oid);
      const child = encodeCommit({ message: "child", parent: oid, committer, date }, format);
      expect(oidOf(child, format)).toBe(git(child.content, "hash-object", "-t", "commit", "-w", "--stdin"));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("what is encoded is read back, whatever the message", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.boolean(), (text, hasParent) => {
        const message = text.replaceAll("\0", "");
        const parent = hasParent ? oidOf(EMPTY_TREE, format) : null;
        const object = encodeCommit({ message, parent, committer, date }, format);
        expect(decodeCommit("oid", object)).toEqual({
          oid: "oid",
          parents: parent === null ? [] : [parent],
          message,
          date: "2026-11-21T08:00:00Z",
        });
      }),
    );
  });
});

test("a signed commit, and one in another time zone, are read by their headers alone", () => {
  const content = Buffer.from(
    "tree 1\nparent aa\nparent bb\nauthor a <a@b> 1 +0000\ncommitter c <c@d> 1795248000 -0730\ngpgsig -----\n \n parent cc\n -----\n\nsubject\n\nparent dd\n",
  );
  expect(decodeCommit("oid", { type: "commit", content })).toEqual({
    oid: "oid",
    parents: ["aa", "bb"],
    message: "subject\n\nparent dd\n",
    date: "2026-11-21T08:00:00Z",
  });
});

test.each(["", "tree", "tree 1\n\n", "committer x <y> 99999999999999999999 +0000\n\nm"])(
  "%j is read as far as it goes",
  (text) => {
    expect(decodeCommit("oid", { type: "commit", content: Buffer.from(text) })).toMatchObject({
      parents: [],
    });
  },
);

test("what is no commit is foreign", () => {
  expect(thrownBy(() => decodeCommit("oid", EMPTY_TREE))).toMatchObject({ kind: "foreign" });
});
