/**
 * Which part of src may import which: the direction in which knowledge runs.
 * Owns the rule, on a plain list of imports. Must not read files: the test does, and plants violations too.
 */
import { posix } from "node:path";

/** A file of src, by its path in there, and what it imports: a path in src, or a package or builtin as written. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/** A part of src: its folder, or `entry` and `wire` for the files beside the folders. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  entry: ["action", "cli", "wire"],
  action: ["wire", "lock"],
  cli: ["wire", "lock", "lint"],
  wire: ["github", "git", "machine", "lock"],
  github: ["lock"],
  git: ["lock"],
  machine: ["lock"],
  lint: [],
  lock: [],
};

/** What a part may know of another besides, file by file: the linter has to read names and durations as the lock does. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  lint: ["lock/name.ts", "lock/duration.ts", "lock/errors.ts"],
  cli: ["machine/process-identity.ts"],
};

/** Whatever is not here is for nobody. Of node's builtins only the one that starts processes is kept to its place. */
const PACKAGES: readonly { readonly name: RegExp; readonly allowedIn: RegExp }[] = [
  { name: /^@octokit\//, allowedIn: /^github\// },
  { name: /^@actions\/core$/, allowedIn: /^action\// },
  { name: /^@actions\/github(\/|$)/, allowedIn: /^(action|github)\// },
  { name: /^(@actions\/(workflow-parser|expressions)|yaml)(\/|$)/, allowedIn: /^lint\// },
  { name: /^commander$/, allowedIn: /^cli\// },
  { name: /^node:child_process$/, allowedIn: /^(git\/|machine\/|cli\/(child|watcher|run-[a-z]+)\.ts$)/ },
  { name: /^node:/, allowedIn: /^(?!lock\/)/ },
];

const ENTRIES = ["main.ts", "post.ts", "cli.ts"];
const LINE_LIMIT = 300;
const NAMELESS = /^(utils?|helpers?|index)\b/;

export function importViolations(imports: Imports): string[] {
  const violations: string[] = [];
  for (const [file, targets] of imports) {
    for (const target of targets) {
      const problem = isPath(target) ? pathProblem(file, target, imports) : packageProblem(file, target);
      if (problem !== null) violations.push(`${file} imports ${target}: ${problem}`);
    }
  }
  return [...violations, ...circles(imports)];
}

export function fileViolations(lineCounts: ReadonlyMap<string, number>): string[] {
  const violations: string[] = [];
  for (const [file, lines] of lineCounts) {
    if (partOf(file) === null) violations.push(`${file}: stands in no part of src that the rule knows`);
    if (NAMELESS.test(posix.basename(file))) violations.push(`${file}: a name that says nothing`);
    if (lines > LINE_LIMIT) violations.push(`${file}: ${lines} lines, above ${LINE_LIMIT}`);
  }
  return violations;
}

/** Every import of a source text, types included: what a type tells is knowledge too. */
export function importsOf(file: string, source: string): string[] {
  const code = source.replaceAll(/^\s*(\/?\*.*|\/\/.*)$/gm, "");
  const specifiers = [
    ...code.matchAll(/^\s*(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']/gm),
    ...code.matchAll(/^\s*import\s*["']([^"']+)["']/gm),
    // Neither a bar nor a bracket begins a name: they are of a regular expression that looks for the word.
    ...code.matchAll(/\b(?:import|require)\(\s*(?:["']([^"'\n]+)["']|[^\s"'|)])/g),
  ].map((match) => match[1] ?? "a computed name");
  return specifiers.map((specifier) =>
    specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier,
  );
}

function isPath(target: string): boolean {
  return target.endsWith(".ts");
}

function pathProblem(file: string, target: string, imports: Imports): string | null {
  if (!imports.has(target)) return "no such file in src";
  const [from, to] = [partOf(file), partOf(target)];
  if (from === null || to === null) return "a part of src that the rule does not know";
  const isAllowed = from === to || MAY_IMPORT[from]?.includes(to) || EXCEPTIONS[from]?.includes(target);
  return isAllowed ? null : `${from} must not know ${to}`;
}

function packageProblem(file: string, target: string): string | null {
  const rule = PACKAGES.find(({ name }) => name.test(target));
  if (rule === undefined) return "not a package that src may use";
  return rule.allowedIn.test(file) ? null : `not allowed in ${partOf(file) ?? "there"}`;
}

function partOf(file: string): string | null {
  if (ENTRIES.includes(file)) return "entry";
  if (file === "wire.ts") return "wire";
  const folder = file.split("/")[0] ?? "";
  return file.includes("/") && folder in MAY_IMPORT && folder !== "entry" && folder !== "wire"
    ? folder
    : null;
}

/** A file is told in one circle only: within a knot of them the rest would be noise. */
function circles(imports: Imports): string[] {
  const found: string[] = [];
  const told = new Set<string>();
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      const circle = path.slice(at);
      if (!circle.some((member) => told.has(member)))
        found.push(`a circle: ${[...circle, file].join(" → ")}`);
      for (const member of circle) told.add(member);
    } else if (!done.has(file)) {
      for (const target of imports.get(file) ?? []) if (isPath(target)) walk(target, [...path, file]);
      done.add(file);
    }
  };
  for (const file of imports.keys()) walk(file, []);
  return found;
}
