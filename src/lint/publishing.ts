/**
 * Whether a command publishes.
 * Owns the reading of a command's words by the table of tools; must not know about workflows.
 */
import { HARMLESS, TOOLS, type Tool } from "./tools.ts";

/** Wherever it was installed, and however its wrapper is called: `./mvnw`, `node_modules/.bin/lerna`, `npm.cmd`. */
export function toolOf(word: string): string {
  const name = word.replace(/^.*[/\\]/, "").replace(/\.(exe|cmd|bat|ps1)$/i, "");
  return /^(mvnw|gradlew)$/.test(name) ? name.slice(0, -1) : name;
}

/** By name: a script has thousands of commands that are none of these. */
const BY_NAME = new Map<string, Tool[]>();
for (const tool of TOOLS)
  for (const name of tool.names.split(" ")) BY_NAME.set(name, [...(BY_NAME.get(name) ?? []), tool]);

/** @param words the tool, then what it is given */
export function publishes(words: readonly string[]): boolean {
  const [first = "", ...given] = words;
  return BY_NAME.get(toolOf(first))?.some((tool) => isTold(tool, given)) ?? false;
}

function isTold(tool: Tool, given: readonly string[]): boolean {
  // What stands behind `--` is for somebody else.
  const end = given.indexOf("--");
  const own = end < 0 ? given : given.slice(0, end);
  const { unless } = tool;
  const isSpared = (word: string, index: number) =>
    HARMLESS.test(word) || unless?.test(word) || unless?.test(`${word} ${own[index + 1] ?? ""}`);
  if (own.some(isSpared)) return false;
  const { needs } = tool;
  if (needs !== undefined && !own.some((word) => needs.test(word))) return false;
  return tool.does.test(
    positionals(own, tool.valued ?? "")
      .map((word) => word.replaceAll(/\s+/g, ""))
      .join(" "),
  );
}

/** @param valued options that take the next word */
export function positionals(words: readonly string[], valued: string): string[] {
  const options = valued.split(" ");
  return words.filter((word, index) => {
    const before = words[index - 1] ?? "";
    return !/^-./.test(word) && !(before.startsWith("-") && options.includes(before));
  });
}
