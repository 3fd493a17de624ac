/** Lock names: which are taken, which are one lock, and that git can keep the refs of all of them beside each other. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holderRef, isLogRef, logRef, parseName, parseNamespace } from "../../src/lock/name.ts";
import { gitEnvironment } from "../hub/git.ts";
import { thrownBy } from "./thrown.ts";

/** The definition in words: composed, lower case, composed again. Two names with the same one are one lock. */
const folded = (text: string): string => text.normalize("NFC").toLowerCase().normalize("NFC");

/** What the encoding stands for, read back by other means. */
const decoded = (encoded: string): string => decodeURIComponent(encoded.replaceAll("=", "%"));

/** Names as people think of them, and characters that git, URLs or file systems treat in a way of their own. */
const character = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(..."abcxyzABCXYZ0189_-") },
  {
    weight: 4,
    arbitrary: fc.constantFrom(..."/.\\~^:?*[]@{}=% +#&'\"<>|$`!,;()é Éß\u0130ıΣςσÅŒ漢🔒🏳\u0301\u0327\u200D"),
  },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }) },
);
const fits = (text: string): boolean =>
  text !== "" && text !== "*" && !/[\p{Cc}\u2028\u2029]/u.test(text) && Buffer.byteLength(folded(text)) <= 66;
const name = fc.string({ unit: character, minLength: 1, maxLength: 30 }).filter(fits);

describe("a name", () => {
  test.each([
    ["publish", "publish"],
    ["Publish", "publish"],
    ["a/b", "a=2Fb"],
    ["..", "=2E=2E"],
    ["x.lock", "x=2Elock"],
    ["@{", "=40=7B"],
    ["a b", "a=20b"],
    ["=2F", "=3D2f"],
    ["50%", "50=25"],
    ["-", "-"],
    ["é", "=C3=A9"],
    ["e\u0301", "=C3=A9"],
    ["É", "=C3=A9"],
    ["E\u0301", "=C3=A9"],
    ["🔒", "=F0=9F=94=92"],
    ["\u0130", "i=CC=87"],
    // Lower-casing leaves its marks out of order.
    ["\u0130\u0331", "i=CC=B1=CC=87"],
    ["i\u0331\u0307", "i=CC=B1=CC=87"],
    ["**", "=2A=2A"],
    [" ", "=20"],
  ])("%j stands in refs as %s", (text, encoded) => {
    expect(parseName(text)).toEqual({
      text: text.normalize("NFC"),
      encoded,
      prefix: `refs/locks/${encoded}/`,
    });
  });

  test("keeps its case and its spelling for people", () => {
    expect(parseName("Straße E\u0301").text).toBe("Straße É");
  });

  test.each([
    ["", /is empty.*name: publish/],
    ["a\nb", /control character/],
    ["a\u0000", /control character/],
    ["\u007F", /control character/],
    ["\u0085", /control character/],
    ["a\u2028b", /control character/],
    ["a\uD800", /control character/],
    ["*", /`status` and `clear`/],
    ["a".repeat(201), /takes 201 bytes.*may take 200/],
    ["é".repeat(34), /takes 204 bytes.*may take 200/],
    ["🔒".repeat(300), /takes 3600 bytes/],
  ])("%j is refused, in one line that says why", (text, why) => {
    const error = thrownBy(() => parseName(text));
    expect(error).toMatchObject({ name: "LockError", kind: "usage", message: expect.stringMatching(why) });
    expect(error?.message).not.toMatch(/[\r\n\0]/);
    expect(error?.message.length).toBeLessThan(400);
  });

  test("takes up to 200 bytes as encoded", () => {
    expect(parseName("a".repeat(200)).encoded).toHaveLength(200);
    expect(parseName("é".repeat(33)).encoded).toHaveLength(198);
  });

  test("is one lock with another if and only if they differ in nothing but case and composition", () => {
    const respelled = name.chain((text) =>
      fc.constantFrom(text, text.normalize("NFD"), text.toLowerCase(), text.toUpperCase()).filter(fits),
    );
    fc.assert(
      fc.property(fc.oneof(fc.tuple(name, name), fc.tuple(name, respelled)), ([a, b]) => {
        expect(parseName(a).encoded === parseName(b).encoded).toBe(folded(a) === folded(b));
      }),
      { numRuns: 2000 },
    );
  });

  test("is one lock with its respellings", () => {
    fc.assert(
      fc.property(name, (text) => {
        const { encoded } = parseName(text);
        const respellings = [
          text.normalize("NFD"),
          text.normalize("NFC"),
          text.toLowerCase(),
          decoded(encoded),
        ];
        for (const same of respellings.filter(fits)) expect(parseName(same).encoded).toBe(encoded);
      }),
      { numRuns: 1000 },
    );
  });

  test("is nothing but letters, digits and escapes, also where file systems do not tell case", () => {
    fc.assert(
      fc.property(name, (text) => {
        const { encoded } = parseName(text);
        expect(encoded).toMatch(/^(?:[a-z0-9_-]|=[0-9A-F]{2})+$/);
        expect(decoded(encoded)).toBe(folded(text));
        // An escape's letters never stand beside the same letters of a name: "=" itself is always escaped.
        expect(decoded(encoded.toLowerCase())).toBe(folded(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the refs of locks", () => {
  test("are valid for git, and none is in the way of another", () => {
    const names = [
      ...[
        "a",
        "a/b",
        "a/b/c",
        "ab",
        "A",
        "..",
        ".",
        "x.lock",
        "x",
        "log",
        "holder",
        "log/1",
        "@",
        "@{",
        "HEAD",
      ],
      ...["-", "--", "refs", "🔒", "a".repeat(200), "é".repeat(33), "con", "=", "=2f", "a b", "\\", "~^:?*["],
      ...fc.sample(name, { numRuns: 150, seed: 7 }),
    ];
    const refs = new Set(
      names
        .map((text) => parseName(text))
        .flatMap((lock) => [
          logRef(lock, 1),
          logRef(lock, 2),
          holderRef(lock, 1),
          `${lock.prefix}queue/1-2-x`,
        ]),
    );
    const dir = mkdtempSync(join(tmpdir(), "reflock-names-"));
    try {
      const env = gitEnvironment();
      const git = (args: string[], input = "") =>
        execFileSync("git", args, { cwd: dir, env, input, encoding: "utf8", stdio: "pipe" }).trim();
      git(["init", "--quiet", "--bare", "."]);
      const object = git(["hash-object", "-w", "--stdin"]);
      // One transaction: git takes all of them or says which it can't.
      git(
        ["update-ref", "--stdin"],
        ["start", ...[...refs].map((ref) => `create ${ref} ${object}`), "commit", ""].join("\n"),
      );
      expect(git(["for-each-ref", "--format=%(refname)"]).split("\n")).toEqual([...refs].toSorted());
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test("are what `git check-ref-format` allows", () => {
    fc.assert(
      fc.property(name, (text) => {
        const { status } = spawnSync("git", ["check-ref-format", logRef(parseName(text), 1)], {
          env: gitEnvironment(),
        });
        expect(status).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test("are told apart by their prefix", () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        const [a, b] = [parseName(one), parseName(other)];
        expect(logRef(b, 1).startsWith(a.prefix)).toBe(a.encoded === b.encoded);
      }),
    );
  });

  test("are logs or are not", () => {
    const lock = parseName("log/1");
    expect(logRef(lock, 1)).toBe("refs/locks/log=2F1/log/1");
    expect(isLogRef(logRef(lock, 1))).toBe(true);
    expect(isLogRef(logRef(lock, 999))).toBe(true);
    expect(isLogRef(holderRef(lock, 1))).toBe(false);
    expect(isLogRef(`${lock.prefix}queue/00000001-000000000001-${"a".repeat(40)}`)).toBe(false);
  });
});

describe("a namespace", () => {
  test.each(["refs/locks", "refs/heads/locks", "refs/tags/locks", "refs/x", "refs/a_b/c-d/E0"])(
    "%s is taken",
    (text) => {
      expect(parseNamespace(text)).toBe(text);
      const lock = parseName("a/b", text);
      expect(logRef(lock, 3)).toBe(`${text}/a=2Fb/log/3`);
      expect(spawnSync("git", ["check-ref-format", logRef(lock, 3)], { env: gitEnvironment() }).status).toBe(
        0,
      );
    },
  );

  test.each([
    ...[
      "",
      "refs",
      "refs/",
      "/refs/locks",
      "refs/locks/",
      "locks",
      "heads/locks",
      "refs//locks",
      "refs/heads",
    ],
    ...[
      "refs/tags",
      "refs/a.lock",
      "refs/../x",
      "refs/a b",
      "refs/-x",
      "refs/é",
      "refs/locks\n",
      "Refs/locks",
    ],
    `refs${"/x".repeat(9)}`,
  ])("%j is refused", (text) => {
    expect(thrownBy(() => parseNamespace(text))).toMatchObject({
      kind: "usage",
      message: expect.stringContaining("`refs/locks`"),
    });
  });
});
