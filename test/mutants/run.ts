/**
 * `npm run mutants [-- PART OF A NAME]`: makes each mistake in a copy of the tree, runs the tests that must find it, and prints a table. Exits with 1 if
 * one of them is not found, or if the tests fail as they are. Must not know what the mistakes are.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { MUTANTS, type Mutant } from "./mutants.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const COPIED = [
  ...["src", "test", "dist", "docs", "scripts", ".github"],
  ...["action.yml", "package.json", "tsconfig.json", "vitest.config.ts", "README.md"],
];
const LONGEST_MS = 600_000;

interface Result {
  readonly mutant: Mutant;
  readonly by: string | null;
  readonly ms: number;
}

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), "reflock-mutants-"));
  for (const part of COPIED) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  return copy;
}

function apply(source: string, { what, file, from, to }: Mutant): string {
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`"${what}": ${file} has its text ${parts.length - 1} times`);
  return parts.join(to);
}

function isFoundBy(command: readonly string[], cwd: string): boolean {
  const { status } = spawnSync(process.execPath, command, { cwd, stdio: "ignore", timeout: LONGEST_MS });
  return status !== 0;
}

const VITEST = join("node_modules", "vitest", "vitest.mjs");

/** What fails without a mistake finds none. */
function passesWithout(mutants: readonly Mutant[], copy: string): boolean {
  const tests = new Set(mutants.flatMap(({ tests }) => ("seeds" in tests ? [] : tests)));
  return tests.size === 0 || !isFoundBy([VITEST, "run", ...tests], copy);
}

/** What finds it; `null` for nothing. */
function finder({ tests }: Mutant, copy: string): string | null {
  if ("seeds" in tests) {
    const world = tests.world === undefined ? [] : ["--world", tests.world];
    const seeds = ["test/simulation/simulate.ts", "--seeds", String(tests.seeds), "--from", "1", ...world];
    return isFoundBy(seeds, copy) ? `${tests.seeds} seeds` : null;
  }
  return tests.find((test) => isFoundBy([VITEST, "run", test, "--bail", "1"], copy)) ?? null;
}

function judge(mutant: Mutant, copy: string): Result {
  const path = join(copy, "src", mutant.file);
  const source = readFileSync(path, "utf8");
  const started = performance.now();
  try {
    writeFileSync(path, apply(source, mutant));
    return { mutant, by: finder(mutant, copy), ms: performance.now() - started };
  } finally {
    writeFileSync(path, source);
  }
}

function main(part = ""): void {
  const copy = copyTree();
  try {
    const chosen = MUTANTS.filter(({ what, file }) => `${what} ${file}`.includes(part));
    if (!passesWithout(chosen, copy))
      throw new Error("The tests fail where no mistake is planted: mend that first.");
    const results = chosen.map((mutant, at) => {
      const result = judge(mutant, copy);
      const found = result.by === null ? "NOT FOUND" : `found by ${result.by}`;
      console.log(
        `${String(at + 1).padStart(2)} ${mutant.what.padEnd(70)} ${found}, ${(result.ms / 1000).toFixed(1)} s`,
      );
      return result;
    });
    const missed = results.filter(({ by }) => by === null).length;
    console.log(`${results.length - missed} of ${results.length} planted mistakes are found`);
    process.exitCode = missed === 0 ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

main(process.argv[2]);
