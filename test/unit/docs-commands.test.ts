/** The pages for those who work on this name no script, file or folder that is not there. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const SCRIPTS = Object.keys(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts);
const PAGES = ["README.md", "CONTRIBUTING.md", "docs/proof.md", "docs/design.md", "docs/security.md"];

const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, one = ""]) => one);

test.each(PAGES)("%s", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8");
  const scripts = found(text, /npm run (?:--?[\w-]+ )*([\w:]+)/g);
  expect(scripts.filter((script) => !SCRIPTS.includes(script))).toEqual([]);
  const paths = found(text, /(?<![\w/.])((?:test|bench|demo|scripts|docs)\/[\w./-]*\w)/g);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
