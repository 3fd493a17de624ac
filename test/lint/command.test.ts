import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LintOptions, lintCommand } from "../../src/cli/lint.ts";

const BAD = `on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - run: npm publish
      - run: twine upload dist/*
  lock:
    runs-on: ubuntu-latest
    permissions: { contents: write, actions: read }
    steps:
      - uses: reflock/reflock@v1
        with: { name: x }
`;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "reflock-lint-"));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(name: string, content: string): void {
  mkdirSync(join(root, ".github/workflows"), { recursive: true });
  writeFileSync(join(root, ".github/workflows", name), content);
}

async function run(options: LintOptions = {}, env: Record<string, string> = {}, path = root) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await lintCommand(path, options, { stdout, stderr, env });
  const text = (stream: PassThrough) => String(stream.read() ?? "");
  return { code, out: text(stdout), err: text(stderr) };
}

test("says for each finding where it is, what is wrong, why it matters and what to do, in columns", async () => {
  write("release.yml", BAD);
  const { code, out, err } = await run();
  const path = relative(process.cwd(), join(root, ".github/workflows/release.yml"));
  expect(code).toBe(1);
  expect(out).toBe(`${path}:6:14  no-lock  \`npm publish\` and 1 more may run in two jobs at the same time
    why  Two runs that publish at the same time overwrite each other's work, or leave half of each behind.
    fix  put a step that takes a lock before it: \`- uses: reflock/reflock@v1\` with a \`name\`
${path}:8:3   timeout  job \`lock\` takes \`x\` and has no \`timeout-minutes\`
    why  A job that hangs keeps the lock for six hours, GitHub's own limit, and everybody waits.
    fix  give the job \`timeout-minutes\`, the longest wait included
`);
  expect(err).toBe("reflock: 2 findings in 1 of 1 workflow\n");
});

test("says little where nothing is wrong, and nothing when it is to be quiet", async () => {
  write("ci.yml", "on: push\njobs: { test: { runs-on: x, steps: [{ run: npm test }] } }\n");
  write("empty.yaml", "on: push\njobs: { test: { runs-on: x, steps: [{ run: npm test }] } }\n");
  expect(await run()).toEqual({ code: 0, out: "", err: "reflock: 2 workflows read, nothing found\n" });
  expect(await run({ quiet: true })).toEqual({ code: 0, out: "", err: "" });
});

test("prints one document for scripts", async () => {
  write("release.yml", BAD);
  const { code, out, err } = await run({ json: true }, { GITHUB_ACTIONS: "true" });
  expect({ code, err }).toEqual({ code: 1, err: "" });
  expect(JSON.parse(out)).toEqual({
    workflows: 1,
    findings: [
      {
        file: ".github/workflows/release.yml",
        line: 6,
        column: 14,
        rule: "no-lock",
        message: expect.stringContaining("npm publish"),
        why: expect.stringContaining("overwrite"),
        fix: expect.stringContaining("reflock/reflock@v1"),
      },
      expect.objectContaining({ rule: "timeout", line: 8, column: 3 }),
    ],
  });
});

test.each([
  ["nothing is there", "missing"],
  ["no workflows are there", "."],
])("where %s, that is a mistake of the caller's", async (_, path) => {
  await expect(run({}, {}, join(root, path))).rejects.toMatchObject({
    kind: "usage",
    message: expect.stringMatching(/Name a repository, a folder or a workflow file\.$/),
  });
});

describe("in a workflow run", () => {
  const actions = () => ({ GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: root });

  test("annotates, with paths from the workspace", async () => {
    write("release.yml", BAD);
    const { out } = await run({}, actions());
    expect(out).toMatch(
      /^::warning file=\.github\/workflows\/release\.yml,line=6,col=14,title=reflock%3A no-lock::/m,
    );
    expect(out.match(/^::/gm)).toHaveLength(2);
  });

  test("and does not elsewhere", async () => {
    write("release.yml", BAD);
    expect((await run({}, { GITHUB_ACTIONS: "false" })).out).not.toContain("::");
  });

  test("nothing that stands in a workflow becomes a command, or moves the cursor", async () => {
    const hostile = "x\u001b[31m%0A::error::y\u2028::stop-commands::z##[error]";
    write(
      "a,b:c%0A::d.yml",
      `on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions: { contents: write, actions: read }
    steps:
      - run: npm publish ${JSON.stringify(hostile).slice(1, -1)}
      - uses: reflock/reflock@v1
        with: { name: "x", "::error::${"\\u0007"}##[y]": 1 }
      - uses: reflock/reflock@v1
        with: { name: ${JSON.stringify(`a\n::error::b\r\n${hostile}`)} }
`,
    );
    const { code, out, err } = await run({}, actions());
    expect(code).toBe(1);
    const commands = out.split("\n").filter((line) => line.trimStart().startsWith("::"));
    expect(commands.length).toBeGreaterThan(1);
    for (const line of commands)
      expect(line).toMatch(
        /^::warning file=[^,:]+%2Cb%3Ac%250A%3A%3Ad\.yml,line=\d+,col=\d+,title=reflock%3A [a-z-]+::/,
      );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
    expect(out + err).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u2028]|##\[/);
    const { out: document } = await run({ json: true }, actions());
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
    expect(document).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u2028]|##\[|^\s*::/m);
    expect(JSON.stringify(JSON.parse(document))).toContain("::error::");
  });
});
