import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findWorkflows } from "../../src/lint/files.ts";

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "reflock-lint-")));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `# ${path}\n`);
  }
}

/** The paths that would be reported on, and those that are read beside them. */
function found(path: string) {
  const all = findWorkflows(join(root, path));
  if ("problem" in all) return all.problem;
  return { files: all.files.map((file) => file.path), others: all.others.map((file) => file.path) };
}

describe("a path may be", () => {
  const both = [".github/workflows/a.yml", ".github/workflows/b.yaml"];

  test.each(["", ".github", ".github/workflows", "src/deep"])("in the repository: %j", (path) => {
    write(...both, ".github/workflows/README.md", ".github/dependabot.yml", "src/deep/x.ts");
    // Files for Dependabot lie beside the folder of workflows, and are none.
    expect(found(path)).toEqual({ files: both, others: [] });
  });

  test("a file, with the workflows around it", () => {
    write(...both);
    expect(found(".github/workflows/b.yaml")).toEqual({ files: [both[1]], others: [both[0]] });
  });

  test("a file or a folder of files outside of any repository", () => {
    write("x/one.yml", "x/two.yaml", "x/three.txt");
    expect(found("x/one.yml")).toEqual({ files: ["one.yml"], others: [] });
    expect(found("x")).toEqual({ files: ["one.yml", "two.yaml"], others: [] });
  });
});

describe("there is nothing to read", () => {
  test("in a path that is not there", () => {
    expect(found("missing")).toContain("no file or folder");
  });

  test("in a repository without workflows, though one is around it", () => {
    write(".github/workflows/a.yml", "inner/.git/HEAD", "inner/x.ts");
    expect(found("inner")).toContain("no workflows");
  });

  test("in an empty folder of workflows", () => {
    write(".github/workflows/README.md");
    expect(found("")).toContain("no workflows");
  });
});

describe("what workflows refer to", () => {
  test("is read inside of the repository alone", () => {
    write("inner/.github/workflows/a.yml", "inner/script.sh", "secret.sh");
    symlinkSync(join(root, "secret.sh"), join(root, "inner/link.sh"));
    symlinkSync(root, join(root, "inner/up"));
    symlinkSync("script.sh", join(root, "inner/own.sh"));
    const all = findWorkflows(join(root, "inner"));
    if ("problem" in all) throw new Error(all.problem);
    const { read } = all;
    expect(read("script.sh")).toBe("# inner/script.sh\n");
    expect(read("own.sh")).toBe("# inner/script.sh\n");
    for (const path of [
      "../secret.sh",
      "link.sh",
      "up/secret.sh",
      join(root, "secret.sh"),
      "",
      ".",
      "x\0",
      "missing",
    ])
      expect(read(path), path).toBeNull();
  });

  test("is read once", () => {
    write(".github/workflows/a.yml", "script.sh");
    const all = findWorkflows(root);
    if ("problem" in all) throw new Error(all.problem);
    const before = all.read("script.sh");
    writeFileSync(join(root, "script.sh"), "other");
    expect(all.read("script.sh")).toBe(before);
  });
});
