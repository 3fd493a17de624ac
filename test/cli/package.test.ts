/** The package as npm makes it: installed from the tarball alone, without a network, it runs. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

let folder = "";

function run(file: string, args: readonly string[], cwd = folder, env: NodeJS.ProcessEnv = {}): string {
  const path = `${join(process.execPath, "..")}:${process.env.PATH}`;
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, PATH: path, npm_config_update_notifier: "false", ...env },
  });
  expect(status, `${file} ${args.join(" ")}: ${stderr}`).toBe(0);
  return stdout;
}

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "package-")));
  // Whether dist/ is fresh another check tells; here it must stay as it is.
  run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], ROOT);
  writeFileSync(join(folder, "package.json"), '{ "name": "somebody", "private": true }');
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./reflock-${version}.tgz`]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("brings a command that runs, and nothing else", () => {
  expect(readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
    "reflock",
  ]);
  expect(run("node_modules/.bin/reflock", ["-V"])).toBe(`${version}\n`);
  run("git", ["init", "--quiet", "--bare", "locks.git"]);
  const remote = ["--remote", "locks.git"];
  const claim = run("node_modules/.bin/reflock", ["acquire", "publish", ...remote]).trimEnd();
  expect(run("node_modules/.bin/reflock", ["status", ...remote])).toContain(claim);
  run("node_modules/.bin/reflock", ["release", "publish", claim, ...remote]);
  expect(run("node_modules/.bin/reflock", ["run", "-n", ...remote, "publish", "--", "echo", "guarded"])).toBe(
    "guarded\n",
  );
});

test("has what belongs to it, with its licences, and no sources or tests", () => {
  const files = run("tar", ["-tzf", `reflock-${version}.tgz`])
    .trimEnd()
    .split("\n");
  const must = [
    "package.json",
    "README.md",
    "LICENSE",
    "dist/cli.js",
    "dist/licences.txt",
    "dist/shared/proxy.js",
  ];
  expect(files).toEqual(expect.arrayContaining(must.map((name) => `package/${name}`)));
  const may =
    /^package\/(package\.json|README\.md|LICENSE|docs\/(cli|lint)\.md|dist\/(cli\.js|cli\/[\w-]+\.js|licences\.txt|shared\/proxy\.js))$/;
  expect(files.filter((name) => !may.test(name))).toEqual([]);
  const licences = readFileSync(join(folder, "node_modules/reflock/dist/licences.txt"), "utf8");
  expect(licences).toMatch(/^commander \d/m);
  expect(licences).toMatch(/^@octokit\/core \d/m);
});

test("every chunk that is named is there", () => {
  const dist = join(folder, "node_modules/reflock/dist");
  const chunks = readdirSync(join(dist, "cli")).map((name) => join("cli", name));
  for (const name of ["cli.js", ...chunks]) {
    const text = readFileSync(join(dist, name), "utf8");
    for (const [, path = ""] of text.matchAll(/(?:from|import|import\()\s*"(\.{1,2}\/[^"]+)"/g))
      expect(() => readFileSync(join(dist, name, "..", path))).not.toThrow();
  }
});
